# What every page shares.

skip-to-content = Zum Inhalt springen

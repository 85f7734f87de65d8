# What every page shares.

skip-to-content = Aller au contenu

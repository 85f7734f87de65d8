# What every page shares.

skip-to-content = Zum Inhalt springen
foot-help = Hilfe
foot-privacy = Datenschutzerklärung
foot-terms = Nutzungsbedingungen
foot-language = Sprache:
language-title = Sprache
language-hint = Die Seiten in diesem Browser erscheinen in der Sprache, die Sie wählen.

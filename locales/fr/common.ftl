# What every page shares.

skip-to-content = Aller au contenu
foot-help = Aide
foot-privacy = Politique de confidentialité
foot-terms = Conditions d’utilisation
foot-language = Langue :
language-title = Langue
language-hint = Les pages s’affichent dans ce navigateur dans la langue que vous choisissez.

# Créer un compte, vérifier une adresse, obtenir un nouveau mot de passe.

password-too-short = Utilisez au moins { $least } caractères. Quelques mots faciles à retenir font un bon mot de passe.
password-too-long = Utilisez au plus { $most } caractères.
password-is-name = Votre mot de passe ne doit pas être votre nom.
password-is-email = Votre mot de passe ne doit pas être votre adresse e-mail.
password-expected-words = Votre mot de passe doit être plus que votre nom, votre adresse e-mail ou le nom de ce serveur : ajoutez des mots sans rapport avec eux.
password-too-common = Ce mot de passe figure sur les listes que tout le monde essaie en premier. Choisissez-en un autre.
password-too-easy = Ce mot de passe est facile à deviner : un mot courant, une rangée de touches ou une répétition. Utilisez quelques mots sans lien entre eux.

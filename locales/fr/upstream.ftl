# Signing in with another provider.

upstream-or = Ou se connecter ailleurs
upstream-sign-in-with = Continuer avec { $it }
upstream-departure-title = En route
upstream-departure-heading = Vous êtes dirigé vers { $it }
upstream-departure-wait = Si rien ne se passe, utilisez le bouton.
upstream-departure-go = Continuer
upstream-refused-title = Cette connexion n’a pas abouti
upstream-refused-no-provider = Personne ne peut se connecter ici par ce fournisseur.
upstream-refused-stale = Vous avez mis trop de temps, êtes revenu deux fois ou avez commencé dans un autre navigateur.
upstream-refused-denied = La connexion y a été annulée.
upstream-refused-provider = L’autre fournisseur est injoignable, ou sa réponse n’est pas digne de confiance.
upstream-refused-too-many = De très nombreuses connexions ont été entamées depuis votre réseau durant la dernière minute.
upstream-refused-no-account = Ce compte n’appartient à personne ici.
upstream-refused-no-address = L’autre fournisseur n’indique aucune adresse e-mail qu’il ait vérifiée.
upstream-refused-address-taken = Il existe ici un compte avec la même adresse, qui n’y est pas associé.
upstream-refused-linked-elsewhere = Ce compte est associé à une autre personne ici.
upstream-refused-other-person = Vous n’êtes plus connecté en tant que la personne qui a commencé l’association.
upstream-refused-disabled = Votre compte ici est désactivé.
upstream-refused-not-signed-in = Il est impossible de se connecter à votre compte ici pour le moment.
upstream-ask-operator = Adressez-vous à l’exploitant de ce serveur.
upstream-later = Attendez un instant, puis réessayez.
upstream-again-sign-in = Revenez à la page de connexion et réessayez, ou connectez-vous autrement.
upstream-again-account = Revenez à votre compte et réessayez.
upstream-link-yourself = Connectez-vous à ce compte autrement, puis associez l’autre sous « Autres comptes ».

# The pages of one's own account.

account-title-error = Erreur : { $title }
account-not-done = Cela n’a pas fonctionné.
account-nav-label = Votre compte
account-nav-signed-in-as = Connecté en tant que
account-nav-sign-out = Se déconnecter
account-overview-title = Vue d’ensemble
account-profile-title = Profil
account-email-title = E-mail
account-password-title = Mot de passe
account-factors-title = Clés d’accès et codes
account-sessions-title = Appareils
account-applications-title = Applications
account-providers-title = Autres comptes
account-activity-title = Activité
account-data-title = Vos données

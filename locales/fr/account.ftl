# The pages of one's own account.

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

account-email-unverified = non confirmée
account-optional = (facultatif)
account-save = Enregistrer
account-saved = Enregistré.
account-signed-in-at = Connexion : { $when }
account-last-used = Dernière utilisation : { $when }
account-since = Depuis le { $when }
account-confirm = Confirmer votre identité
account-confirm-first = Connectez-vous d’abord à nouveau, avec votre second facteur si vous en avez un.
account-overview-desk = Ouvrir l’administration
account-overview-no-factors = Seul votre mot de passe protège ce compte. Ajoutez une clé d’accès ou une application qui affiche des codes.
account-overview-factors-none = Vous n’avez ajouté ni clé d’accès ni application qui affiche des codes.
account-password-none = Vous n’avez pas de mot de passe.
account-password-none-with = Vous n’avez pas de mot de passe : vous vous connectez avec votre compte { $it }.
account-password-set = Vous avez un mot de passe.
account-password-changed = Dernière modification : { $when }
account-password-done = Votre mot de passe a été modifié. Vous avez été déconnecté partout ailleurs.
account-password-done-first = Votre mot de passe est défini. Vous avez été déconnecté partout ailleurs.
account-password-ends = Un nouveau mot de passe vous déconnecte partout ailleurs, et les applications devront vous redemander l’accès.
account-password-for = Compte
account-password-current = Mot de passe actuel
account-password-new = Nouveau mot de passe
account-password-again = Nouveau mot de passe, encore une fois
account-password-hint = Au moins { $least } caractères. Quelques mots sans rapport entre eux font un bon mot de passe.
account-password-change = Modifier le mot de passe
account-password-add = Définir un mot de passe
account-profile-name = Nom complet
account-profile-given-name = Prénom
account-profile-family-name = Nom de famille
account-profile-nickname = Surnom
account-profile-language = Langue des pages et des e-mails
account-profile-language-browser = Selon mon navigateur
account-sessions-lead = Vous êtes connecté dans ces navigateurs. Mettez fin à toute session que vous ne reconnaissez pas, puis changez votre mot de passe.
account-sessions-this = Cet appareil
account-sessions-apps = Applications :
account-sessions-end = Déconnecter
account-sessions-end-others = Déconnecter partout ailleurs
account-sessions-ended = Cette session est terminée.
account-sessions-ended-others = Vous êtes déconnecté partout ailleurs.
account-sessions-unknown = Un navigateur qui ne dit pas son nom
account-applications-none = Aucune application n’a accès à votre compte.
account-applications-lead = Vous autorisez ces applications à utiliser votre compte.
account-applications-self = S’est enregistrée elle-même
account-applications-disabled = Désactivée
account-applications-only-account = Savoir que vous avez un compte ici
account-applications-permission = Utiliser l’autorisation
account-applications-at = Auprès de :
account-applications-revoke = Retirer l’accès
account-applications-revoked = L’application n’a plus accès.
account-activity-lead = Ce qui a été fait avec votre compte, le plus récent d’abord. Changez votre mot de passe si vous n’en reconnaissez pas une partie.
account-activity-none = Rien pour le moment.
account-activity-older = Plus ancien
account-activity-signed-in = Connexion
account-activity-signed-out = Déconnexion
account-activity-consent-granted = Accès autorisé
account-activity-consent-revoked = Accès retiré
account-activity-password-changed = Mot de passe modifié
account-activity-user-changed = Profil modifié
account-activity-user-added = Compte créé
account-activity-factor-added = Moyen de connexion ajouté
account-activity-factor-removed = Moyen de connexion retiré
account-activity-upstream-linked = Autre compte associé
account-activity-upstream-unlinked = Autre compte dissocié
account-activity-client-registered = Application enregistrée
account-activity-email-changed = Nouvelle adresse e-mail confirmée
account-activity-account-link-issued = Lien demandé
account-activity-sign-in-blocked = Trop de tentatives : la connexion a dû attendre
account-activity-recovery-codes-made = Nouveaux codes de secours créés
account-activity-recovery-code-used = Connexion avec un code de secours
account-activity-by-operator = par l’administration
account-activity-sessions-ended = Sessions fermées
account-activity-account-changed = Compte modifié
account-activity-reset-link-made = Lien vers un nouveau mot de passe créé
account-activity-sign-in-unblocked = Connexion de nouveau permise sans attendre
account-activity-user-disabled = Compte désactivé
account-activity-user-enabled = Compte réactivé
account-activity-group-member-added = Ajout à un groupe
account-activity-group-member-removed = Retrait d’un groupe
account-activity-other = Autre chose : { $kind }
account-providers-lead = Vous pouvez vous connecter ici avec des comptes que vous avez ailleurs.
account-providers-none = Vous n’avez associé aucun compte.
account-providers-link = Associer un compte chez { $it }
account-providers-unlink = Dissocier
account-providers-linked = Le compte est associé. Vous pouvez désormais vous connecter avec lui.
account-providers-unlinked = Le compte n’est plus associé.
account-only-way-in = C’est votre seul moyen de vous connecter. Définissez d’abord un mot de passe ou ajoutez une clé d’accès.
account-refused-password = Ce n’est pas votre mot de passe actuel.
account-refused-locked = Trop de mots de passe erronés de suite. Faites réinitialiser votre mot de passe.
account-refused-busy = Trop de personnes se connectent en même temps. Attendez un instant, puis réessayez.
account-refused-unequal = Les deux nouveaux mots de passe ne sont pas identiques.
account-refused-text = Une valeur dépasse 128 caractères ou contient des caractères de contrôle.
account-refused-gone = Cela n’existe plus.
account-refused-too-many =
    { $count ->
        [one] Trop de tentatives. Attendez une seconde, puis réessayez.
       *[other] Trop de tentatives. Attendez { $count } secondes, puis réessayez.
    }
account-overview-passkeys =
    { $count ->
        [one] Une clé d’accès
       *[other] { $count } clés d’accès
    }
account-overview-sessions =
    { $count ->
        [one] Connecté dans un navigateur
       *[other] Connecté dans { $count } navigateurs
    }
account-overview-applications =
    { $count ->
        [one] Une application a accès
       *[other] { $count } applications ont accès
    }

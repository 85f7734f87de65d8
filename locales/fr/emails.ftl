# E-mails.

email-greeting = Bonjour { $name },
email-greeting-nobody = Bonjour,
email-footer = Ce message vous est envoyé par { $host }, car quelqu’un y a utilisé cette adresse.
email-link-hint = Si le lien ci-dessus ne s’ouvre pas, copiez cette adresse dans votre navigateur :
email-link-minutes = { $count ->
    [one] Le lien fonctionne une seule fois, pendant { $count } minute.
   *[other] Le lien fonctionne une seule fois, pendant { $count } minutes.
}
email-link-hours = { $count ->
    [one] Le lien fonctionne une seule fois, pendant { $count } heure.
   *[other] Le lien fonctionne une seule fois, pendant { $count } heures.
}
email-link-days = { $count ->
    [one] Le lien fonctionne une seule fois, pendant { $count } jour.
   *[other] Le lien fonctionne une seule fois, pendant { $count } jours.
}
email-not-you = Si vous n’avez rien demandé, vous n’avez rien à faire.
email-was-it-you = Si ce n’était pas vous, choisissez tout de suite un nouveau mot de passe et prévenez l’exploitant.

email-sign-up-subject = Terminez la création de votre compte sur { $host }
email-sign-up-text = Vous souhaitez créer un compte sur { $host } avec cette adresse e-mail. Il reste une étape.
email-sign-up-button = Terminer la création du compte
email-member-subject = Vous avez déjà un compte sur { $host }
email-member-text = Quelqu’un a voulu créer un compte sur { $host } avec cette adresse e-mail. Vous en avez déjà un : connectez-vous avec celui-ci. Si vous avez oublié votre mot de passe, la page de connexion vous aide à en choisir un nouveau.
email-member-name = Votre nom d’utilisateur est { $name }.
email-member-button = Se connecter
email-invitation-subject = Vous êtes invité sur { $host }
email-invitation-text = Vous êtes invité à créer un compte sur { $host }.
email-invitation-button = Accepter l’invitation
email-verify-subject = Confirmez votre adresse e-mail sur { $host }
email-verify-text = Confirmez que cette adresse e-mail est la vôtre, afin que { $host } puisse l’utiliser pour votre compte.
email-verify-button = Confirmer l’adresse
email-reset-subject = Choisissez un nouveau mot de passe sur { $host }
email-reset-text = Quelqu’un a demandé un nouveau mot de passe pour votre compte sur { $host }.
email-reset-button = Choisir un nouveau mot de passe

email-password-changed-subject = Votre mot de passe sur { $host } a été modifié
email-password-changed-text = Le mot de passe de votre compte sur { $host } a été modifié. Vous êtes déconnecté dans vos autres navigateurs.
email-changed-subject = Votre adresse e-mail sur { $host } a été modifiée
email-changed-text = L’adresse e-mail de votre compte sur { $host } est désormais { $address }. Ce message est le dernier envoyé à l’ancienne adresse.
email-factor-added-subject = Un moyen de connexion a été ajouté sur { $host }
email-factor-added-text = Ceci a été ajouté à votre compte sur { $host } : { $factor }.
email-factor-removed-subject = Un moyen de connexion a été retiré sur { $host }
email-factor-removed-text = Ceci a été retiré de votre compte sur { $host } : { $factor }.
email-factor-passkey = la clé d’accès « { $name } »
email-factor-totp = l’application d’authentification
email-factor-recovery-codes = les codes de secours
email-factor-upstream = le compte « { $account } » chez { $provider }
email-factor-all = toutes les clés d’accès, l’application d’authentification et les codes de secours
email-locked-subject = Nombreux échecs de connexion sur { $host }
email-locked-text = Quelqu’un a essayé de nombreuses fois, sans succès, de se connecter à votre compte sur { $host }. La connexion par mot de passe est ralentie pendant un moment. Les clés d’accès et les navigateurs que vous utilisez déjà ne sont pas concernés.
email-device-subject = Nouvelle connexion sur { $host }
email-device-text = Quelqu’un s’est connecté à votre compte sur { $host } avec un navigateur jamais utilisé auparavant.
email-detail = { $name } : { $value }
email-link-label = { $label } :
email-device-when = Quand
email-device-place = Depuis
email-device-browser = Navigateur
email-deleted-subject = Votre compte sur { $host } a été supprimé
email-deleted-text = Votre compte sur { $host } et tout ce qui s’y rattachait ont été supprimés.
email-deleted-hint = Si ce n’était pas vous, prévenez l’exploitant.
email-test-subject = Message de test de { $host }
email-test-text = Les e-mails de { $host } arrivent à cette adresse.

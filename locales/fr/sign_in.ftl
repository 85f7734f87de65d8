# Signing in and out, and setting the server up.

sign-in-title = Connexion
sign-in-title-choose = Choisir un compte
sign-in-title-again = Confirmez que c’est bien vous
sign-in-heading-again = Confirmez que c’est bien vous
sign-in-to-client = pour continuer vers { $it }
sign-in-and-back = puis retour vers { $it }
sign-in-hint-choose = Continuez avec le compte connecté ici, en saisissant son mot de passe, ou connectez-vous avec un autre.
sign-in-hint-again = Votre mot de passe vous est demandé à nouveau avant de continuer.
sign-in-create = Les comptes de ce serveur sont créés par son exploitant. Demandez-lui-en un si vous n’en avez pas, ou connectez-vous avec celui que vous avez.
sign-in-name = Nom d’utilisateur ou adresse e-mail
sign-in-password = Mot de passe
sign-in-remember = { $count ->
    [one] Rester connecté ici pendant { $count } jour
   *[other] Rester connecté ici pendant { $count } jours
}
sign-in-submit = Se connecter
sign-in-continue = Continuer
sign-in-name-missing = Saisissez votre nom d’utilisateur ou votre adresse e-mail.
sign-in-wrong = Le nom ou le mot de passe est incorrect.
sign-in-too-many = { $count ->
    [one] Trop de tentatives. Attendez { $count } seconde, puis réessayez.
   *[other] Trop de tentatives. Attendez { $count } secondes, puis réessayez.
}
sign-in-too-many-minutes = { $count ->
    [one] Trop de tentatives. Attendez { $count } minute, puis réessayez.
   *[other] Trop de tentatives. Attendez { $count } minutes, puis réessayez.
}
sign-in-locked = Trop de tentatives de suite. Connectez-vous avec une clé d’accès ou dans un navigateur que vous avez déjà utilisé ici, ou faites réinitialiser votre mot de passe.
sign-in-busy = Trop de personnes se connectent en même temps. Attendez un instant, puis réessayez.
sign-in-disabled = Ce compte est désactivé. Adressez-vous à l’exploitant de ce serveur.
sign-in-over = Cette connexion est terminée
sign-in-gone = Elle est restée ouverte trop longtemps, a été terminée dans une autre fenêtre ou appartient à un autre navigateur.
sign-in-begin-anew = Retournez d’où vous venez et connectez-vous à nouveau.
sign-in-restart = Se connecter avec un autre compte
sign-in-second-title = Encore une étape
sign-in-second-lead = Prouvez encore une fois que vous êtes { $it }.
sign-in-second-code = Code
sign-in-second-hint-app = Les six chiffres que votre application d’authentification affiche en ce moment.
sign-in-second-hint-recovery = L’un de vos codes de secours. Chacun ne sert qu’une fois.
sign-in-second-hint-both = Les six chiffres que votre application d’authentification affiche en ce moment, ou l’un de vos codes de secours.
sign-in-second-wrong = Le code est incorrect, trop ancien ou déjà utilisé.
sign-in-enrol-title = Configurer un second facteur
sign-in-enrol-lead = Une preuve supplémentaire de votre identité est nécessaire avant de continuer en tant que { $it }.
sign-in-enrol-passkey = Une clé d’accès
sign-in-enrol-passkey-hint = Votre appareil ou votre gestionnaire de mots de passe prouve qui vous êtes, par votre empreinte, votre visage ou son code.
sign-in-enrol-passkey-do = Configurer une clé d’accès
sign-in-enrol-app = Une application d’authentification
sign-in-codes-lead = Si vous perdez votre appareil, l’un de ces codes vous permet d’entrer. Chacun ne sert qu’une fois. Gardez-les en lieu sûr : ils ne sont affichés que maintenant.
sign-in-codes-kept = Je les ai gardés : continuer
sign-in-or = ou
sign-in-forgot = Mot de passe oublié ?
sign-in-sign-up = Créer un compte
sign-in-create-open = Vous pouvez créer un compte ici, ou vous connecter avec celui que vous avez.
time-soon = Cette page va bientôt expirer.
time-more = Plus de temps
time-kept = Vous avez maintenant plus de temps.
time-over = Cette page a expiré. Vous pouvez recommencer ici même.
time-again = Recommencer

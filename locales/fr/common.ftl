# What every page shares.

skip-to-content = Aller au contenu
foot-help = Aide
foot-privacy = Politique de confidentialité
foot-terms = Conditions d’utilisation
foot-language = Langue :
language-title = Langue
language-hint = Les pages s’affichent dans ce navigateur dans la langue que vous choisissez.
title-error = Erreur : { $title }
not-done = Cela n’a pas fonctionné.
date-day = { $day } { $month } { $year }
date-months = janvier février mars avril mai juin juillet août septembre octobre novembre décembre
date-moment = { $day } à { $time } UTC
length-days = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
}
length-hours = { $count ->
    [one] { $count } heure
   *[other] { $count } heures
}
length-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
length-seconds = { $count ->
    [one] { $count } seconde
   *[other] { $count } secondes
}
home-title = Bienvenue
home-hello = Bonjour, { $it }
home-signed-in = Vous êtes connecté. Les applications qui utilisent ce serveur peuvent maintenant vous demander un accès.
home-account = Votre compte
home-sign-out = Se déconnecter
home-welcome = Ce serveur connecte les personnes à leurs applications et leur laisse décider de ce que chacune peut faire.
home-sign-in = Se connecter
home-issuer = Émetteur
home-developers = Pour les développeurs
home-metadata = Métadonnées du serveur
leave-title = Se déconnecter ?
leave-client = { $it } demande à vous déconnecter ici.
leave-who = Vous êtes connecté en tant que { $it }.
leave-do = Se déconnecter
leave-stay = Rester connecté
leave-done = Vous êtes déconnecté
leave-done-back = Votre session ici est terminée et vous êtes sur le chemin du retour. S’il ne se passe rien, utilisez le bouton.
leave-done-here = Votre session ici est terminée. Les applications auxquelles vous étiez connecté peuvent conserver leurs propres sessions.
leave-again = Se reconnecter
leave-frame = Vous déconnecte d’une application
leave-fault-hint = L’application qui vous a envoyé ici a commis une erreur : son id_token_hint n’a pas été émis par ce serveur. Vous n’y serez pas renvoyé.
leave-fault-other = L’application qui vous a envoyé ici a commis une erreur : son id_token_hint a été émis pour une autre application que celle qu’elle nomme. Vous n’y serez pas renvoyé.
leave-fault-unknown = L’application qui vous a envoyé ici a commis une erreur : elle n’est pas enregistrée ici, ou elle est désactivée. Vous n’y serez pas renvoyé.
leave-fault-redirect = L’application qui vous a envoyé ici a commis une erreur : l’adresse à laquelle elle veut vous renvoyer n’est pas une de celles qu’elle a enregistrées. Vous n’y serez pas renvoyé.
form-post-title = Retour à l’application
form-post-status = Vous êtes en route vers { $it }. S’il ne se passe rien, utilisez le bouton.
form-post-go = Continuer
setup-title = Configurer Grantor
setup-lead = Créez le premier compte, celui qui administre ce serveur. Cette page ne fonctionne qu’une fois.
setup-name = Nom d’utilisateur
setup-name-hint = Il vous sert à vous connecter.
setup-email = Adresse e-mail
setup-optional = (facultatif)
setup-password = Mot de passe
setup-password-hint = Au moins 15 caractères : quelques mots que vous pouvez retenir, ou un mot de passe créé par votre gestionnaire. Les espaces et toutes les lettres sont acceptés.
setup-do = Créer le compte
setup-done-title = Grantor est configuré
setup-done = Le compte { $it } est prêt. La page de configuration est définitivement fermée.
setup-busy = Le serveur est occupé. Attendez un instant, puis réessayez.
reveal-show = Afficher
reveal-hide = Masquer
reveal-show-label = Afficher le mot de passe
reveal-hide-label = Masquer le mot de passe

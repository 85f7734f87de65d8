# What every page shares.

skip-to-content = Zum Inhalt springen
foot-help = Hilfe
foot-privacy = Datenschutzerklärung
foot-terms = Nutzungsbedingungen
foot-language = Sprache:
language-title = Sprache
language-hint = Die Seiten in diesem Browser erscheinen in der Sprache, die Sie wählen.
title-error = Fehler: { $title }
not-done = Das hat nicht geklappt.
date-day = { $day }. { $month } { $year }
date-months = Januar Februar März April Mai Juni Juli August September Oktober November Dezember
date-moment = { $day }, { $time } UTC
length-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tagen
}
length-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
length-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
length-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}
home-title = Willkommen
home-hello = Hallo, { $it }
home-signed-in = Sie sind angemeldet. Apps, die diesen Server nutzen, können Sie jetzt um Zugriff bitten.
home-account = Ihr Konto
home-sign-out = Abmelden
home-welcome = Dieser Server meldet Menschen bei ihren Apps an und lässt sie bestimmen, was jede App darf.
home-sign-in = Anmelden
home-issuer = Aussteller
home-developers = Für Entwickler
home-metadata = Metadaten des Servers
leave-title = Abmelden?
leave-client = { $it } möchte Sie hier abmelden.
leave-who = Sie sind als { $it } angemeldet.
leave-do = Abmelden
leave-stay = Angemeldet bleiben
leave-done = Sie sind abgemeldet
leave-done-back = Ihre Sitzung hier ist beendet, und Sie sind auf dem Weg zurück. Wenn nichts geschieht, benutzen Sie die Schaltfläche.
leave-done-here = Ihre Sitzung hier ist beendet. Apps, bei denen Sie angemeldet waren, können eigene Sitzungen behalten.
leave-again = Wieder anmelden
leave-frame = Meldet Sie bei einer App ab
leave-fault-hint = Die App, die Sie hierher geschickt hat, hat einen Fehler gemacht: ihr id_token_hint stammt nicht von diesem Server. Sie werden nicht zu ihr zurückgeschickt.
leave-fault-other = Die App, die Sie hierher geschickt hat, hat einen Fehler gemacht: ihr id_token_hint wurde für eine andere App ausgestellt als die, die sie nennt. Sie werden nicht zu ihr zurückgeschickt.
leave-fault-unknown = Die App, die Sie hierher geschickt hat, hat einen Fehler gemacht: sie ist hier nicht registriert oder gesperrt. Sie werden nicht zu ihr zurückgeschickt.
leave-fault-redirect = Die App, die Sie hierher geschickt hat, hat einen Fehler gemacht: die Adresse, zu der Sie zurückkehren sollen, hat sie nicht registriert. Sie werden nicht zu ihr zurückgeschickt.
form-post-title = Zurück zur App
form-post-status = Sie sind auf dem Weg zu { $it }. Wenn nichts geschieht, benutzen Sie die Schaltfläche.
form-post-go = Weiter
setup-title = Grantor einrichten
setup-lead = Legen Sie das erste Konto an: das, das diesen Server verwaltet. Diese Seite funktioniert nur einmal.
setup-name = Benutzername
setup-name-hint = Damit melden Sie sich an.
setup-email = E-Mail
setup-optional = (freiwillig)
setup-password = Passwort
setup-password-hint = Mindestens 15 Zeichen: ein paar Wörter, die Sie sich merken können, oder eines, das Ihr Passwortmanager macht. Leerzeichen und alle Buchstaben sind willkommen.
setup-do = Konto anlegen
setup-done-title = Grantor ist eingerichtet
setup-done = Das Konto { $it } ist bereit. Die Einrichtungsseite ist endgültig geschlossen.
setup-busy = Der Server ist überlastet. Warten Sie einen Augenblick und versuchen Sie es noch einmal.
reveal-show = Anzeigen
reveal-hide = Verbergen
reveal-show-label = Passwort anzeigen
reveal-hide-label = Passwort verbergen

# Signing in and out, and setting the server up.

sign-in-title = Anmelden
sign-in-title-choose = Konto wählen
sign-in-title-again = Bitte bestätigen Sie, dass Sie es sind
sign-in-heading-again = Sind Sie es?
sign-in-to-client = um mit { $it } fortzufahren
sign-in-and-back = und dann zurück zu { $it }
sign-in-hint-choose = Fahren Sie mit dem hier angemeldeten Konto und seinem Passwort fort, oder melden Sie sich mit einem anderen an.
sign-in-hint-again = Bevor es weitergeht, werden Sie noch einmal nach Ihrem Passwort gefragt.
sign-in-create = Konten auf diesem Server legt der Betreiber an. Bitten Sie ihn um eines, oder melden Sie sich mit dem Konto an, das Sie haben.
sign-in-name = Benutzername oder E-Mail-Adresse
sign-in-password = Passwort
sign-in-remember = { $count ->
    [one] Hier einen Tag lang angemeldet bleiben
   *[other] Hier { $count } Tage lang angemeldet bleiben
}
sign-in-submit = Anmelden
sign-in-continue = Weiter
sign-in-name-missing = Geben Sie Ihren Benutzernamen oder Ihre E-Mail-Adresse ein.
sign-in-wrong = Der Name oder das Passwort ist falsch.
sign-in-too-many = { $count ->
    [one] Zu viele Versuche. Warten Sie { $count } Sekunde und versuchen Sie es dann noch einmal.
   *[other] Zu viele Versuche. Warten Sie { $count } Sekunden und versuchen Sie es dann noch einmal.
}
sign-in-too-many-minutes = { $count ->
    [one] Zu viele Versuche. Warten Sie { $count } Minute und versuchen Sie es dann noch einmal.
   *[other] Zu viele Versuche. Warten Sie { $count } Minuten und versuchen Sie es dann noch einmal.
}
sign-in-locked = Zu viele Versuche hintereinander. Melden Sie sich mit einem Passkey oder in einem Browser an, den Sie hier schon benutzt haben, oder lassen Sie Ihr Passwort zurücksetzen.
sign-in-busy = Zu viele Menschen melden sich gerade gleichzeitig an. Warten Sie einen Moment und versuchen Sie es dann noch einmal.
sign-in-disabled = Dieses Konto ist gesperrt. Fragen Sie den Betreiber dieses Servers.
sign-in-over = Diese Anmeldung ist vorbei
sign-in-gone = Sie war zu lange offen, wurde in einem anderen Fenster beendet oder gehört zu einem anderen Browser.
sign-in-begin-anew = Gehen Sie dorthin zurück, woher Sie gekommen sind, und melden Sie sich noch einmal an.
sign-in-restart = Als jemand anderes anmelden
sign-in-second-title = Noch ein Schritt
sign-in-second-lead = Weisen Sie noch einmal nach, dass Sie { $it } sind.
sign-in-second-code = Code
sign-in-second-hint-app = Die sechs Ziffern, die Ihre Authenticator-App gerade zeigt.
sign-in-second-hint-recovery = Einer Ihrer Wiederherstellungscodes. Jeder gilt einmal.
sign-in-second-hint-both = Die sechs Ziffern, die Ihre Authenticator-App gerade zeigt, oder einer Ihrer Wiederherstellungscodes.
sign-in-second-wrong = Der Code ist falsch, zu alt oder wurde schon benutzt.
sign-in-enrol-title = Zweiten Faktor einrichten
sign-in-enrol-lead = Bevor es als { $it } weitergeht, brauchen Sie einen weiteren Nachweis, wer Sie sind.
sign-in-enrol-passkey = Ein Passkey
sign-in-enrol-passkey-hint = Ihr Gerät oder Ihr Passwortmanager weist mit Fingerabdruck, Gesicht oder PIN nach, wer Sie sind.
sign-in-enrol-passkey-do = Passkey einrichten
sign-in-enrol-app = Eine Authenticator-App
sign-in-codes-lead = Wenn Sie Ihr Gerät verlieren, kommen Sie mit einem dieser Codes hinein. Jeder gilt einmal. Bewahren Sie sie sicher auf: Sie werden nur jetzt gezeigt.
sign-in-codes-kept = Ich habe sie aufbewahrt: weiter
sign-in-or = oder
sign-in-forgot = Passwort vergessen?
sign-in-sign-up = Konto anlegen
sign-in-create-open = Sie können hier ein Konto anlegen oder sich mit dem anmelden, das Sie haben.
time-soon = Diese Seite läuft gleich ab.
time-more = Mehr Zeit
time-kept = Sie haben jetzt mehr Zeit.
time-over = Diese Seite ist abgelaufen. Sie können gleich hier noch einmal beginnen.
time-again = Noch einmal beginnen

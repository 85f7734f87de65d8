# E-Mails.

email-greeting = Guten Tag { $name },
email-greeting-nobody = Guten Tag,
email-footer = Diese Nachricht kommt von { $host }, weil jemand diese Adresse dort verwendet hat.
email-link-hint = Wenn sich der Link oben nicht öffnet, kopieren Sie diese Adresse in Ihren Browser:
email-link-minutes = { $count ->
    [one] Der Link gilt einmal und { $count } Minute lang.
   *[other] Der Link gilt einmal und { $count } Minuten lang.
}
email-link-hours = { $count ->
    [one] Der Link gilt einmal und { $count } Stunde lang.
   *[other] Der Link gilt einmal und { $count } Stunden lang.
}
email-link-days = { $count ->
    [one] Der Link gilt einmal und { $count } Tag lang.
   *[other] Der Link gilt einmal und { $count } Tage lang.
}
email-not-you = Wenn Sie das nicht angefordert haben, müssen Sie nichts tun.
email-was-it-you = Wenn Sie das nicht waren, wählen Sie sofort ein neues Passwort und sagen Sie dem Betreiber Bescheid.

email-sign-up-subject = Ihr Konto bei { $host } fertigstellen
email-sign-up-text = Sie möchten bei { $host } mit dieser E-Mail-Adresse ein Konto anlegen. Ein Schritt fehlt noch.
email-sign-up-button = Konto fertigstellen
email-member-subject = Sie haben ein Konto bei { $host }
email-member-text = Jemand wollte bei { $host } mit dieser E-Mail-Adresse ein Konto anlegen. Sie haben bereits eines: Melden Sie sich damit an. Wenn Sie Ihr Passwort vergessen haben, hilft Ihnen die Anmeldeseite zu einem neuen.
email-member-name = Ihr Benutzername ist { $name }.
email-member-button = Anmelden
email-invitation-subject = Sie sind zu { $host } eingeladen
email-invitation-text = Sie sind eingeladen, bei { $host } ein Konto anzulegen.
email-invitation-button = Einladung annehmen
email-verify-subject = Bestätigen Sie Ihre E-Mail-Adresse bei { $host }
email-verify-text = Bestätigen Sie, dass diese E-Mail-Adresse Ihnen gehört, damit { $host } sie für Ihr Konto verwenden darf.
email-verify-button = Adresse bestätigen
email-reset-subject = Neues Passwort bei { $host } wählen
email-reset-text = Jemand hat für Ihr Konto bei { $host } ein neues Passwort angefordert.
email-reset-button = Neues Passwort wählen

email-password-changed-subject = Ihr Passwort bei { $host } wurde geändert
email-password-changed-text = Das Passwort Ihres Kontos bei { $host } wurde geändert. In Ihren anderen Browsern sind Sie abgemeldet.
email-changed-subject = Ihre E-Mail-Adresse bei { $host } wurde geändert
email-changed-text = Die E-Mail-Adresse Ihres Kontos bei { $host } ist jetzt { $address }. Dies ist die letzte Nachricht an die alte Adresse.
email-factor-added-subject = Bei { $host } kam ein Anmeldeweg hinzu
email-factor-added-text = Zu Ihrem Konto bei { $host } kam hinzu: { $factor }.
email-factor-removed-subject = Bei { $host } wurde ein Anmeldeweg entfernt
email-factor-removed-text = Von Ihrem Konto bei { $host } wurde entfernt: { $factor }.
email-factor-passkey = der Passkey „{ $name }“
email-factor-totp = die Authenticator-App
email-factor-recovery-codes = Wiederherstellungscodes
email-factor-upstream = das Konto „{ $account }“ bei { $provider }
email-factor-all = alle Passkeys, die Authenticator-App und die Wiederherstellungscodes
email-locked-subject = Viele fehlgeschlagene Anmeldungen bei { $host }
email-locked-text = Jemand hat oft vergeblich versucht, sich mit Ihrem Konto bei { $host } anzumelden. Die Anmeldung mit Passwort ist für eine Weile verlangsamt. Passkeys und die Browser, die Sie schon benutzen, sind davon nicht betroffen.
email-device-subject = Neue Anmeldung bei { $host }
email-device-text = Jemand hat sich mit einem bisher nicht benutzten Browser in Ihrem Konto bei { $host } angemeldet.
email-detail = { $name }: { $value }
email-link-label = { $label }:
email-device-when = Wann
email-device-place = Von
email-device-browser = Browser
email-deleted-subject = Ihr Konto bei { $host } wurde gelöscht
email-deleted-text = Ihr Konto bei { $host } und alles, was dazu gehörte, wurde gelöscht.
email-deleted-hint = Wenn Sie das nicht waren, sagen Sie dem Betreiber Bescheid.
email-test-subject = Testnachricht von { $host }
email-test-text = E-Mails von { $host } kommen bei dieser Adresse an.

# The pages of one's own account.

account-nav-label = Ihr Konto
account-nav-signed-in-as = Angemeldet als
account-nav-sign-out = Abmelden
account-overview-title = Übersicht
account-profile-title = Profil
account-email-title = E-Mail
account-password-title = Passwort
account-factors-title = Passkeys und Codes
account-sessions-title = Geräte
account-applications-title = Apps
account-providers-title = Andere Konten
account-activity-title = Aktivität
account-data-title = Ihre Daten

account-email-unverified = nicht bestätigt
account-optional = (freiwillig)
account-save = Speichern
account-saved = Gespeichert.
account-signed-in-at = Angemeldet am { $when }
account-last-used = Zuletzt benutzt am { $when }
account-since = Seit dem { $when }
account-confirm = Bestätigen, dass Sie es sind
account-confirm-first = Melden Sie sich zuerst noch einmal an, mit Ihrem zweiten Faktor, falls Sie einen haben.
account-overview-desk = Zur Verwaltung
account-overview-no-factors = Nur Ihr Passwort schützt dieses Konto. Fügen Sie einen Passkey oder eine App hinzu, die Codes zeigt.
account-overview-factors-none = Sie haben weder einen Passkey noch eine App, die Codes zeigt.
account-password-none = Sie haben kein Passwort.
account-password-none-with = Sie haben kein Passwort: Sie melden sich mit Ihrem Konto bei { $it } an.
account-password-set = Sie haben ein Passwort.
account-password-changed = Zuletzt geändert am { $when }
account-password-done = Ihr Passwort wurde geändert. Überall sonst wurden Sie abgemeldet.
account-password-done-first = Ihr Passwort ist festgelegt. Überall sonst wurden Sie abgemeldet.
account-password-ends = Ein neues Passwort meldet Sie überall sonst ab, und Apps müssen Sie erneut um Zugriff bitten.
account-password-for = Konto
account-password-current = Aktuelles Passwort
account-password-new = Neues Passwort
account-password-again = Neues Passwort noch einmal
account-password-hint = Mindestens { $least } Zeichen. Ein paar Wörter, die nicht zusammengehören, sind ein gutes Passwort.
account-password-change = Passwort ändern
account-password-add = Passwort festlegen
account-profile-name = Name
account-profile-given-name = Vorname
account-profile-family-name = Nachname
account-profile-nickname = Spitzname
account-profile-language = Sprache der Seiten und E-Mails
account-profile-language-browser = Wie im Browser eingestellt
account-sessions-lead = In diesen Browsern sind Sie angemeldet. Beenden Sie jede Sitzung, die Sie nicht kennen, und ändern Sie dann Ihr Passwort.
account-sessions-this = Dieses Gerät
account-sessions-apps = Apps:
account-sessions-end = Abmelden
account-sessions-end-others = Überall sonst abmelden
account-sessions-ended = Diese Sitzung ist beendet.
account-sessions-ended-others = Überall sonst sind Sie abgemeldet.
account-sessions-unknown = Ein Browser, der seinen Namen nicht nennt
account-applications-none = Keine App hat Zugriff auf Ihr Konto.
account-applications-lead = Diesen Apps erlauben Sie, Ihr Konto zu benutzen.
account-applications-self = Hat sich selbst registriert
account-applications-disabled = Gesperrt
account-applications-only-account = Wissen, dass Sie hier ein Konto haben
account-applications-permission = Die Berechtigung benutzen
account-applications-at = Bei:
account-applications-revoke = Zugriff entziehen
account-applications-revoked = Die App hat keinen Zugriff mehr.
account-activity-lead = Was mit Ihrem Konto geschah, das Neueste zuerst. Ändern Sie Ihr Passwort, wenn Ihnen etwas davon fremd ist.
account-activity-none = Noch nichts.
account-activity-older = Älteres
account-activity-signed-in = Angemeldet
account-activity-signed-out = Abgemeldet
account-activity-consent-granted = Zugriff erlaubt
account-activity-consent-revoked = Zugriff entzogen
account-activity-password-changed = Passwort geändert
account-activity-user-changed = Profil geändert
account-activity-user-added = Konto angelegt
account-activity-factor-added = Anmeldeweg hinzugefügt
account-activity-factor-removed = Anmeldeweg entfernt
account-activity-upstream-linked = Anderes Konto verknüpft
account-activity-upstream-unlinked = Verknüpfung mit anderem Konto gelöst
account-activity-client-registered = App registriert
account-activity-email-changed = Neue E-Mail-Adresse bestätigt
account-activity-account-link-issued = Link angefordert
account-activity-sign-in-blocked = Zu viele Versuche: Die Anmeldung musste warten
account-activity-recovery-codes-made = Neue Wiederherstellungscodes erstellt
account-activity-recovery-code-used = Mit einem Wiederherstellungscode angemeldet
account-activity-by-operator = durch die Verwaltung
account-activity-sessions-ended = Sitzungen beendet
account-activity-account-changed = Konto geändert
account-activity-reset-link-made = Link zu einem neuen Passwort erstellt
account-activity-sign-in-unblocked = Anmelden sofort wieder erlaubt
account-activity-user-disabled = Konto gesperrt
account-activity-user-enabled = Konto entsperrt
account-activity-group-member-added = In eine Gruppe aufgenommen
account-activity-group-member-removed = Aus einer Gruppe entfernt
account-activity-other = Etwas anderes: { $kind }
account-providers-lead = Sie können sich hier mit Konten anmelden, die Sie anderswo haben.
account-providers-none = Sie haben kein Konto verknüpft.
account-providers-link = Konto bei { $it } verknüpfen
account-providers-unlink = Verknüpfung lösen
account-providers-linked = Das Konto ist verknüpft. Sie können sich ab jetzt damit anmelden.
account-providers-unlinked = Das Konto ist nicht mehr verknüpft.
account-only-way-in = Es ist Ihr einziger Weg, sich anzumelden. Legen Sie zuerst ein Passwort fest oder fügen Sie einen Passkey hinzu.
account-refused-password = Das ist nicht Ihr aktuelles Passwort.
account-refused-locked = Zu viele falsche Passwörter hintereinander. Lassen Sie Ihr Passwort zurücksetzen.
account-refused-busy = Zu viele melden sich gerade gleichzeitig an. Warten Sie einen Augenblick und versuchen Sie es noch einmal.
account-refused-unequal = Die beiden neuen Passwörter sind nicht gleich.
account-refused-text = Ein Wert ist länger als 128 Zeichen oder enthält Steuerzeichen.
account-refused-gone = Es ist nicht mehr da.
account-refused-too-many =
    { $count ->
        [one] Zu viele Versuche. Warten Sie eine Sekunde und versuchen Sie es noch einmal.
       *[other] Zu viele Versuche. Warten Sie { $count } Sekunden und versuchen Sie es noch einmal.
    }
account-overview-passkeys =
    { $count ->
        [one] Ein Passkey
       *[other] { $count } Passkeys
    }
account-overview-sessions =
    { $count ->
        [one] In einem Browser angemeldet
       *[other] In { $count } Browsern angemeldet
    }
account-overview-applications =
    { $count ->
        [one] Eine App hat Zugriff
       *[other] { $count } Apps haben Zugriff
    }

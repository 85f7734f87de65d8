# The pages of one's own account.

account-title-error = Fehler: { $title }
account-not-done = Das hat nicht geklappt.
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

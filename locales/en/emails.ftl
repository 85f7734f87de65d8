# E-mails.

email-greeting = Hello { $name },
email-greeting-nobody = Hello,
email-footer = This message was sent by { $host }, because somebody used this address there.
email-link-hint = If the link above does not open, copy this address into your browser:
email-link-minutes = { $count ->
    [one] The link works once, for { $count } minute.
   *[other] The link works once, for { $count } minutes.
}
email-link-hours = { $count ->
    [one] The link works once, for { $count } hour.
   *[other] The link works once, for { $count } hours.
}
email-link-days = { $count ->
    [one] The link works once, for { $count } day.
   *[other] The link works once, for { $count } days.
}
email-not-you = If you did not ask for this, you need not do anything.
email-was-it-you = If this was not you, choose a new password at once and tell the operator.

email-sign-up-subject = Finish your account at { $host }
email-sign-up-text = You want to make an account at { $host } with this e-mail address. One step is missing.
email-sign-up-button = Finish the account
email-member-subject = You have an account at { $host }
email-member-text = Somebody wanted to make an account at { $host } with this e-mail address. You have one already: sign in with it. If you forgot your password, the sign-in page helps you to a new one.
email-member-name = Your user name is { $name }.
email-member-button = Sign in
email-invitation-subject = You are invited to { $host }
email-invitation-text = You are invited to make an account at { $host }.
email-invitation-button = Accept the invitation
email-verify-subject = Confirm your e-mail address at { $host }
email-verify-text = Confirm that this e-mail address is yours, so that { $host } may use it for your account.
email-verify-button = Confirm the address
email-reset-subject = Choose a new password at { $host }
email-reset-text = Somebody asked for a new password for your account at { $host }.
email-reset-button = Choose a new password

email-password-changed-subject = Your password at { $host } was changed
email-password-changed-text = The password of your account at { $host } was changed. You are signed out in your other browsers.
email-changed-subject = Your e-mail address at { $host } was changed
email-changed-text = The e-mail address of your account at { $host } is now { $address }. This is the last message to the old one.
email-factor-added-subject = A way to sign in was added at { $host }
email-factor-added-text = This was added to your account at { $host }: { $factor }.
email-factor-removed-subject = A way to sign in was removed at { $host }
email-factor-removed-text = This was removed from your account at { $host }: { $factor }.
email-factor-passkey = the passkey “{ $name }”
email-factor-totp = the authenticator app
email-factor-recovery-codes = recovery codes
email-factor-upstream = the account “{ $account }” at { $provider }
email-factor-all = all passkeys, the authenticator app and the recovery codes
email-locked-subject = Many failed sign-ins at { $host }
email-locked-text = Somebody tried many times to sign in to your account at { $host } and failed. Sign-in with a password is slowed down for a while. A passkey and the browsers that you use already are not affected.
email-device-subject = New sign-in at { $host }
email-device-text = Somebody signed in to your account at { $host } with a browser that was not used before.
email-detail = { $name }: { $value }
email-link-label = { $label }:
email-device-when = When
email-device-place = From
email-device-browser = Browser
email-deleted-subject = Your account at { $host } was deleted
email-deleted-text = Your account at { $host } and what belonged to it were deleted.
email-deleted-hint = If this was not you, tell the operator.
email-test-subject = Test message from { $host }
email-test-text = E-mails from { $host } reach this address.

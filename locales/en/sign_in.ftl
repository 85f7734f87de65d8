# Signing in and out, and setting the server up.

sign-in-title = Sign in
sign-in-title-choose = Choose an account
sign-in-title-again = Confirm it is you
sign-in-heading-again = Confirm it’s you
sign-in-to-client = to continue to { $it }
sign-in-and-back = and then back to { $it }
sign-in-hint-choose = Go on with the account that is signed in here, by its password, or sign in with another one.
sign-in-hint-again = You are asked for your password again before you go on.
sign-in-create = Accounts on this server are made by its operator. Ask for one if you have none, or sign in with the one that you have.
sign-in-name = User name or e-mail address
sign-in-password = Password
sign-in-remember = { $count ->
    [one] Stay signed in here for a day
   *[other] Stay signed in here for { $count } days
}
sign-in-submit = Sign in
sign-in-continue = Continue
sign-in-name-missing = Enter your user name or your e-mail address.
sign-in-wrong = The name or the password is wrong.
sign-in-too-many = { $count ->
    [one] Too many tries. Wait { $count } second, then try again.
   *[other] Too many tries. Wait { $count } seconds, then try again.
}
sign-in-too-many-minutes = { $count ->
    [one] Too many tries. Wait { $count } minute, then try again.
   *[other] Too many tries. Wait { $count } minutes, then try again.
}
sign-in-locked = Too many tries in a row. Sign in with a passkey or in a browser that you have used here before, or have your password reset.
sign-in-busy = Too many people are signing in at once. Wait a moment, then try again.
sign-in-disabled = This account is switched off. Ask the operator of this server.
sign-in-over = This sign-in is over
sign-in-gone = It was open for too long, was finished in another window, or belongs to another browser.
sign-in-begin-anew = Go back to where you came from and sign in again.
sign-in-restart = Sign in as somebody else
sign-in-second-title = One more step
sign-in-second-lead = Prove once more that you are { $it }.
sign-in-second-code = Code
sign-in-second-hint-app = The six digits that your authenticator app shows now.
sign-in-second-hint-recovery = One of your recovery codes. Each works once.
sign-in-second-hint-both = The six digits that your authenticator app shows now, or one of your recovery codes.
sign-in-second-wrong = The code is wrong, too old or was used before.
sign-in-enrol-title = Set up a second factor
sign-in-enrol-lead = You need one more proof of who you are before you go on as { $it }.
sign-in-enrol-passkey = A passkey
sign-in-enrol-passkey-hint = Your device or password manager proves who you are, by your fingerprint, your face or its PIN.
sign-in-enrol-passkey-do = Set up a passkey
sign-in-enrol-app = An authenticator app
sign-in-codes-lead = If you lose your device, one of these codes lets you in. Each works once. Keep them in a safe place: they are shown only now.
sign-in-codes-kept = I have kept them: go on
sign-in-or = or
sign-in-forgot = Forgot your password?
sign-in-sign-up = Create an account
sign-in-create-open = You can create an account here, or sign in with the one that you have.
time-soon = This page is about to expire.
time-more = More time
time-kept = You have more time now.
time-over = This page has expired. You can begin again right here.
time-again = Begin again

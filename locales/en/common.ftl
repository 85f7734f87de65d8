# What every page shares.

skip-to-content = Skip to the content
foot-help = Help
foot-privacy = Privacy policy
foot-terms = Terms of service
foot-language = Language:
language-title = Language
language-hint = Pages in this browser speak the language that you choose.
title-error = Error: { $title }
not-done = That did not work.
date-day = { $day } { $month } { $year }
date-months = January February March April May June July August September October November December
date-moment = { $day }, { $time } UTC
length-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
length-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
length-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
length-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
home-title = Welcome
home-hello = Hello, { $it }
home-signed-in = You are signed in. Apps that use this server can now ask you for access.
home-account = Your account
home-sign-out = Sign out
home-welcome = This server signs people in to their apps and lets them say what each app may do.
home-sign-in = Sign in
home-issuer = Issuer
home-developers = For developers
home-metadata = Server metadata
leave-title = Sign out?
leave-client = { $it } asks to sign you out here.
leave-who = You are signed in as { $it }.
leave-do = Sign out
leave-stay = Stay signed in
leave-done = You are signed out
leave-done-back = Your session here has ended, and you are on your way back. If nothing happens, use the button.
leave-done-here = Your session here has ended. Apps that you were signed in to may still keep sessions of their own.
leave-again = Sign in again
leave-frame = Signs you out of an app
leave-fault-hint = The app that sent you here made a mistake: its id_token_hint was not issued by this server. You will not be sent back to it.
leave-fault-other = The app that sent you here made a mistake: its id_token_hint was issued to another app than the one it names. You will not be sent back to it.
leave-fault-unknown = The app that sent you here made a mistake: it is not registered here, or it is disabled. You will not be sent back to it.
leave-fault-redirect = The app that sent you here made a mistake: the address that it wants you to return to is not one that it registered. You will not be sent back to it.
form-post-title = Taking you back
form-post-status = You are on your way to { $it }. If nothing happens, use the button.
form-post-go = Continue
setup-title = Set up Grantor
setup-lead = Create the first account, the one that administers this server. This page works only once.
setup-name = User name
setup-name-hint = You sign in with it.
setup-email = E-mail
setup-optional = (optional)
setup-password = Password
setup-password-hint = At least 15 characters: a few words you can remember, or one that your password manager makes. Spaces and any letters are welcome.
setup-do = Create the account
setup-done-title = Grantor is set up
setup-done = The account { $it } is ready. The setup page is closed for good.
setup-busy = The server is busy. Wait a moment, then try again.
reveal-show = Show
reveal-hide = Hide
reveal-show-label = Show password
reveal-hide-label = Hide password

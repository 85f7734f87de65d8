# Signing in with another provider.

upstream-or = Or sign in elsewhere
upstream-sign-in-with = Continue with { $it }
upstream-departure-title = On the way
upstream-departure-heading = You are being sent to { $it }
upstream-departure-wait = If nothing happens, use the button.
upstream-departure-go = Continue
upstream-refused-title = You were not signed in that way
upstream-refused-no-provider = Nobody can sign in by this provider here.
upstream-refused-stale = You took too long, came back twice, or began in another browser.
upstream-refused-denied = The sign-in was cancelled there.
upstream-refused-provider = The other provider cannot be reached, or its answer is not to be trusted.
upstream-refused-too-many = Very many sign-ins were begun from your network in the last minute.
upstream-refused-no-account = That account belongs to nobody here.
upstream-refused-no-address = The other provider names no e-mail address that it has verified.
upstream-refused-address-taken = There is an account here with the same address, which is not linked to it.
upstream-refused-linked-elsewhere = That account is linked to another person here.
upstream-refused-other-person = You are not signed in any more as the person who began to link it.
upstream-refused-disabled = Your account here is switched off.
upstream-refused-not-signed-in = Your account here cannot be signed in to at the moment.
upstream-ask-operator = Ask the operator of this server.
upstream-later = Wait a moment, then try again.
upstream-again-sign-in = Go back to the sign-in page and try again, or sign in another way.
upstream-again-account = Go back to your account and try again.
upstream-link-yourself = Sign in to that account another way, then link the other one under “Other accounts”.

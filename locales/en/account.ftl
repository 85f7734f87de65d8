# The pages of one's own account.

account-nav-label = Your account
account-nav-signed-in-as = Signed in as
account-nav-sign-out = Sign out
account-overview-title = Overview
account-profile-title = Profile
account-email-title = E-mail
account-password-title = Password
account-factors-title = Passkeys and codes
account-sessions-title = Devices
account-applications-title = Apps
account-providers-title = Other accounts
account-activity-title = Activity
account-data-title = Your data

account-email-unverified = not verified
account-optional = (optional)
account-save = Save
account-saved = Saved.
account-signed-in-at = Signed in { $when }
account-last-used = Last used { $when }
account-since = Since { $when }
account-confirm = Confirm it’s you
account-confirm-first = Sign in again first, with your second factor if you have one.
account-overview-desk = Open the operator’s desk
account-overview-no-factors = Only your password protects this account. Add a passkey or an app that shows codes.
account-overview-factors-none = You have added no passkey and no app that shows codes.
account-password-none = You have no password.
account-password-none-with = You have no password: you sign in with your account at { $it }.
account-password-set = You have a password.
account-password-changed = Last changed { $when }
account-password-done = Your password was changed. You were signed out everywhere else.
account-password-done-first = Your password is set. You were signed out everywhere else.
account-password-ends = A new password signs you out everywhere else, and apps must ask you for access again.
account-password-for = Account
account-password-current = Current password
account-password-new = New password
account-password-again = New password once more
account-password-hint = At least { $least } characters. A few words that do not belong together are a good password.
account-password-change = Change the password
account-password-add = Set a password
account-profile-name = Name
account-profile-given-name = First name
account-profile-family-name = Last name
account-profile-nickname = Nickname
account-profile-language = Language of pages and e-mails
account-profile-language-browser = As my browser says
account-sessions-lead = These browsers are signed in to your account. End every one that you do not know, and change your password then.
account-sessions-this = This device
account-sessions-apps = Apps:
account-sessions-end = Sign out
account-sessions-end-others = Sign out everywhere else
account-sessions-ended = That session has ended.
account-sessions-ended-others = You are signed out everywhere else.
account-sessions-unknown = A browser that does not say its name
account-applications-none = No app has access to your account.
account-applications-lead = You let these apps use your account.
account-applications-self = Registered itself
account-applications-disabled = Disabled
account-applications-only-account = Know that you have an account here
account-applications-permission = Use the permission
account-applications-at = At:
account-applications-revoke = Remove access
account-applications-revoked = The app has no access any more.
account-activity-lead = What was done with your account, newest first. Change your password if you do not know something of it.
account-activity-none = Nothing yet.
account-activity-older = Older
account-activity-signed-in = Signed in
account-activity-signed-out = Signed out
account-activity-consent-granted = Allowed access
account-activity-consent-revoked = Removed access
account-activity-password-changed = Changed the password
account-activity-user-changed = Changed the profile
account-activity-user-added = Made the account
account-activity-factor-added = Added a way to sign in
account-activity-factor-removed = Removed a way to sign in
account-activity-upstream-linked = Linked another account
account-activity-upstream-unlinked = Unlinked another account
account-activity-client-registered = Registered an app
account-activity-email-changed = Confirmed a new e-mail address
account-activity-account-link-issued = Asked for a link
account-activity-sign-in-blocked = Too many attempts: signing in had to wait
account-activity-recovery-codes-made = Made new recovery codes
account-activity-recovery-code-used = Signed in with a recovery code
account-activity-by-operator = by an operator
account-activity-sessions-ended = Ended sessions
account-activity-account-changed = Changed the account
account-activity-reset-link-made = Made a link to a new password
account-activity-sign-in-unblocked = Allowed sign-in again at once
account-activity-user-disabled = Switched the account off
account-activity-user-enabled = Switched the account on
account-activity-group-member-added = Added to a group
account-activity-group-member-removed = Removed from a group
account-activity-other = Something else: { $kind }
account-providers-lead = You can sign in here with accounts that you have elsewhere.
account-providers-none = You have linked no account.
account-providers-link = Link an account at { $it }
account-providers-unlink = Unlink
account-providers-linked = The account is linked. You can sign in with it from now on.
account-providers-unlinked = The account is not linked any more.
account-only-way-in = It is your only way to sign in. Set a password or add a passkey first.
account-refused-password = That is not your current password.
account-refused-locked = Too many wrong passwords in a row. Have your password reset.
account-refused-busy = Too many people are signing in at once. Wait a moment, then try again.
account-refused-unequal = The two new passwords are not the same.
account-refused-text = A value is longer than 128 characters, or holds control characters.
account-refused-gone = It is not there any more.
account-refused-too-many =
    { $count ->
        [one] Too many tries. Wait one second, then try again.
       *[other] Too many tries. Wait { $count } seconds, then try again.
    }
account-overview-passkeys =
    { $count ->
        [one] One passkey
       *[other] { $count } passkeys
    }
account-overview-sessions =
    { $count ->
        [one] One browser is signed in
       *[other] { $count } browsers are signed in
    }
account-overview-applications =
    { $count ->
        [one] One app has access
       *[other] { $count } apps have access
    }

# The pages of one's own account.

account-title-error = Error: { $title }
account-not-done = That did not work.
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

# Making an account, verifying an address, having a new password.

# Signing in with another provider.

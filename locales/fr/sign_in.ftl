# Signing in and out, and setting the server up.

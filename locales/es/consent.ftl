# Allowing a client.

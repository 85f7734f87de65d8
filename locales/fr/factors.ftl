# Passkeys, one-time codes and recovery codes.

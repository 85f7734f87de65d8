# The operator's desk.

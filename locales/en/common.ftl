# What every page shares.

skip-to-content = Skip to the content
foot-help = Help
foot-privacy = Privacy policy
foot-terms = Terms of service
foot-language = Language:
language-title = Language
language-hint = Pages in this browser speak the language that you choose.

# What every page shares.

skip-to-content = Skip to the content

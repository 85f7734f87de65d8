# What every page shares.

skip-to-content = 本文へ移動

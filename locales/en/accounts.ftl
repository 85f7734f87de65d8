# Making an account, verifying an address, having a new password.

password-too-short = Use at least { $least } characters. A few words that you can remember are a good password.
password-too-long = Use at most { $most } characters.
password-is-name = Your password must not be your name.
password-is-email = Your password must not be your e-mail address.
password-expected-words = Your password must be more than your name, your e-mail address or the name of this server: add words that have nothing to do with them.
password-too-common = This password is on the lists that everybody tries first. Choose another one.
password-too-easy = This password is easy to guess: a common word, a row of keys or a repetition. Use a few words that do not belong together.

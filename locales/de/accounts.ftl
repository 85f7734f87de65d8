# Ein Konto anlegen, eine Adresse bestätigen, ein neues Passwort bekommen.

password-too-short = Verwenden Sie mindestens { $least } Zeichen. Ein paar Wörter, die Sie sich merken können, sind ein gutes Passwort.
password-too-long = Verwenden Sie höchstens { $most } Zeichen.
password-is-name = Ihr Passwort darf nicht Ihr Name sein.
password-is-email = Ihr Passwort darf nicht Ihre E-Mail-Adresse sein.
password-expected-words = Ihr Passwort muss mehr sein als Ihr Name, Ihre E-Mail-Adresse oder der Name dieses Servers: Fügen Sie Wörter hinzu, die nichts damit zu tun haben.
password-too-common = Dieses Passwort steht auf den Listen, die jeder zuerst ausprobiert. Wählen Sie ein anderes.
password-too-easy = Dieses Passwort ist leicht zu erraten: ein häufiges Wort, eine Tastenreihe oder eine Wiederholung. Verwenden Sie ein paar Wörter, die nicht zusammengehören.

# Signing in with another provider.

upstream-or = Oder anderswo anmelden
upstream-sign-in-with = Weiter mit { $it }
upstream-departure-title = Unterwegs
upstream-departure-heading = Sie werden zu { $it } geleitet
upstream-departure-wait = Wenn nichts geschieht, benutzen Sie die Schaltfläche.
upstream-departure-go = Weiter
upstream-refused-title = So wurden Sie nicht angemeldet
upstream-refused-no-provider = Über diesen Anbieter kann sich hier niemand anmelden.
upstream-refused-stale = Es hat zu lange gedauert, Sie kamen zweimal zurück oder haben in einem anderen Browser begonnen.
upstream-refused-denied = Die Anmeldung wurde dort abgebrochen.
upstream-refused-provider = Der andere Anbieter ist nicht erreichbar, oder seiner Antwort ist nicht zu trauen.
upstream-refused-too-many = Aus Ihrem Netz wurden in der letzten Minute sehr viele Anmeldungen begonnen.
upstream-refused-no-account = Dieses Konto gehört hier niemandem.
upstream-refused-no-address = Der andere Anbieter nennt keine E-Mail-Adresse, die er bestätigt hat.
upstream-refused-address-taken = Hier gibt es ein Konto mit derselben Adresse, das nicht damit verknüpft ist.
upstream-refused-linked-elsewhere = Dieses Konto ist hier mit einer anderen Person verknüpft.
upstream-refused-other-person = Sie sind nicht mehr als die Person angemeldet, die mit dem Verknüpfen begonnen hat.
upstream-refused-disabled = Ihr Konto hier ist gesperrt.
upstream-refused-not-signed-in = In Ihr Konto hier kann man sich im Augenblick nicht anmelden.
upstream-ask-operator = Fragen Sie den Betreiber dieses Servers.
upstream-later = Warten Sie einen Augenblick und versuchen Sie es noch einmal.
upstream-again-sign-in = Gehen Sie zurück zur Anmeldeseite und versuchen Sie es noch einmal, oder melden Sie sich anders an.
upstream-again-account = Gehen Sie zurück zu Ihrem Konto und versuchen Sie es noch einmal.
upstream-link-yourself = Melden Sie sich auf einem anderen Weg in diesem Konto an und verknüpfen Sie dann das andere unter „Andere Konten“.

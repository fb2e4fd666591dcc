# Was Kunden lesen, mit „Sie“: `form_of_address = "sie"`. Alles andere steht in de.ftl; die Schlüssel und Argumente sind dieselben.

## engine

engine-footer-why = Sie bekommen „{ $title }“, weil Sie zugestimmt haben.

## web

web-confirm-closed-text = Es wird nichts gesendet. Wenn Sie die Nachrichten möchten, melden Sie sich bitte neu an.
web-confirm-not-you = Das waren nicht Sie? Dann müssen Sie nichts tun: Ohne Ihre Bestätigung kommt keine Nachricht.
web-confirmed-text = { $name } schreibt Ihnen ab jetzt: „{ $list }“. Mit jeder Nachricht können Sie sich wieder abmelden.
web-home-text = Von hier verschickt dieser Absender Nachrichten an alle, die sie haben möchten. Zum Abmelden öffnen Sie den Link in einer Nachricht.
web-page-failed-text = Es liegt an uns. Bitte versuchen Sie es in einigen Minuten noch einmal.
web-request-rejected-text = Bitte öffnen Sie den Link noch einmal aus der Nachricht und drücken dort den Knopf.
web-unknown-link-text = Vielleicht wurde er beim Kopieren abgeschnitten: Öffnen Sie ihn bitte noch einmal aus der Nachricht. Geht es auch dann nicht, können wir ihn nicht lesen, und er hat nichts geändert: Sie sind weder bestätigt noch abgemeldet. Zum Abmelden schreiben Sie uns bitte; unser Impressum steht unten.
web-unsubscribed = Sie sind abgemeldet

# Was Rundruf sagt, auf Deutsch. Dieselben Schlüssel mit denselben Argumenten sind in en.ftl; README.md sagt, wie einer dazukommt.

## check
# Keys of core/check begin with `check-`.


## consent
# Keys of core/consent begin with `consent-`.


## daemon
# Keys of core/daemon begin with `daemon-`.


## engine
# Keys of core/engine begin with `engine-`.


## host
# Keys of core/host begin with `host-`.


## lang
# Keys of core/lang begin with `lang-`.

lang-verbatim = { $text }
lang-caused-by = { $text }: { $cause }
lang-not-utf8 = das ist kein Text in UTF-8
lang-os-error-1 = nicht gestattet (Systemfehler 1)
lang-os-error-2 = gibt es nicht (Systemfehler 2)
lang-os-error-13 = keine Berechtigung (Systemfehler 13)
lang-os-error-17 = gibt es schon (Systemfehler 17)
lang-os-error-20 = kein Ordner (Systemfehler 20)
lang-os-error-21 = ist ein Ordner (Systemfehler 21)
lang-os-error-24 = zu viele offene Dateien (Systemfehler 24)
lang-os-error-28 = die Platte ist voll (Systemfehler 28)
lang-os-error-30 = nur lesbar (Systemfehler 30)
lang-os-error-32 = abgerissen (Systemfehler 32)
lang-os-error-36 = der Name ist zu lang (Systemfehler 36)
lang-os-error-40 = die Links führen im Kreis (Systemfehler 40)
lang-os-error-98 = die Adresse ist schon vergeben (Systemfehler 98)
lang-os-error-99 = diese Adresse hat die Maschine nicht (Systemfehler 99)
lang-os-error-104 = abgerissen (Systemfehler 104)
lang-os-error-111 = niemand nimmt an (Systemfehler 111)


## sdk
# Keys of core/sdk begin with `sdk-`.


## store
# Keys of core/store begin with `store-`.


## web
# Keys of core/web begin with `web-`.


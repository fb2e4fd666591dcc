# Was Rundruf sagt, auf Deutsch. Dieselben Schlüssel mit denselben Argumenten sind in en.ftl; README.md sagt, wie einer dazukommt.

## check
# Keys of core/check begin with `check-`.


## consent
# Keys of core/consent begin with `consent-`.


## daemon
# Keys of core/daemon begin with `daemon-`.

daemon-add-transport = lege [transports.{ $name }] an; es gibt: { $known }
daemon-address-with-channel = schreibe Kanal:Adresse, wie sms:+49170…; das Plugin bedient { $served }
daemon-admin-address-example = schreibe email:chef@krume.example
daemon-admin-name-a-second = nenne dort einen zweiten
daemon-admin-unreachable = fällt { $names } aus, erfährst du es nicht: `admin.notify` nennt keinen anderen Transport
daemon-after-a-withdrawal = nach einem Widerruf
daemon-all-is-well = Alles in Ordnung.
daemon-answer-ended-early = die Antwort brach ab
daemon-answer-no = nein
daemon-answer-yes = ja
daemon-argument-missing = es fehlt: { $name }
daemon-argument-needs-a-value = `{ $name }` braucht einen Wert
daemon-arguments-conflict = `{ $name }` geht nicht zusammen mit `{ $other }`
daemon-ask-who-built-it = frage, wer es gebaut hat
daemon-at-least = mindestens { $limit }
daemon-at-most = höchstens { $limit }
daemon-broadcast = Aussendung
daemon-broadcast-sent = Aussendung { $id }; wie weit: rundruf broadcast status { $id } --wait
daemon-can = kann
daemon-cannot-change-transport = `{ $file }`: [transports.{ $name }] lässt sich nicht ändern
daemon-cannot-read = `{ $shown }` kann nicht gelesen werden: { $error }
daemon-cannot-run-like-this = so lässt es sich nicht betreiben
daemon-cannot-write = `{ $path }` kann nicht geschrieben werden: { $error }
daemon-channel-missing = der Kanal fehlt
daemon-channels = Kanäle
daemon-check-origin-then-pin = prüfe, woher die Datei kommt; `rundruf plugin pin { $name }` legt sie dann neu fest
daemon-check-summary = { $passed } bestanden, { $warned } mit Warnung, { $bad } durchgefallen, { $skipped } ausgelassen
daemon-checked = geprüft
daemon-checked-on = zuletzt geprüft
daemon-chmod-600 = chmod 600 auf diese Datei
daemon-connection-broke = die Verbindung zum Daemon brach ab
daemon-consent-text-rule = jede Einwilligung nennt, wer was schickt und wie man sich abmeldet
daemon-content = Inhalt
daemon-content-readable-there = Inhalt dort lesbar
daemon-contract = Vertrag
daemon-contract-not-kept = das Plugin hält den Vertrag nicht ein: { $bad } von { $all } Prüfungen
daemon-country = Land
daemon-crashed = ABGESTÜRZT
daemon-create-a-transport = lege erst einen an: [transports.NAME]
daemon-create-folder = mkdir -p { $shown }, oder nenne einen anderen
daemon-create-secret-file = lege die Datei an; Pfade beginnen bei dieser Datei
daemon-create-settings-file = lege die Datei an, oder nenne eine andere mit --config
daemon-daemon-not-running = der Daemon läuft nicht; sie gilt ab dem nächsten Start
daemon-daemon-would-not-start = der Daemon würde nicht starten
daemon-default = Vorgabe
daemon-default-label = Vorgabe:
daemon-demanded = verlangt
daemon-did-you-mean = meintest du `{ $name }`?
daemon-digest-differs = `{ $shown }` hat die Prüfsumme { $found }, festgelegt ist { $pinned }
daemon-doctor-found-something = der Doktor hat etwas gefunden
daemon-does-it-run = läuft er? rundruf serve --config DATEI
daemon-does-not-serve = `{ $id }` bedient { $word } nicht
daemon-each-message-needs-one-outcome = jede Nachricht braucht genau ein Ergebnis; `rundruf plugin check { $path }` findet den Fehler
daemon-error = Fehler
daemon-example-label = Beispiel:
daemon-failed = DURCHGEFALLEN
daemon-fault-count = { $count } Fehler. Der Daemon würde nicht starten.
daemon-faults-in-the-settings = Fehler in den Einstellungen: { $count }
daemon-file = Datei
daemon-file-failed = `{ $file }`: { $error }
daemon-folder-exists = `{ $name }` gibt es hier schon
daemon-folder-holds-ours = in `{ $shown }` liegt `{ $ours }`: das Plugin könnte es lesen und ändern
daemon-folder-in-plugin-state = `{ $shown }` liegt in `{ $states }`, wo Plugins ihren Zustand haben
daemon-folder-of-its-own = gib dem Plugin einen Ordner für sich allein
daemon-frequency-cap-example = wie {"{"} messages = 4, per = "30d" {"}"}
daemon-frequency-cap-range = `per` muss größer als 0 und höchstens `366d` sein
daemon-further-processors = weitere Verarbeiter
daemon-goes-to = geht an
daemon-host-of-setting = was `{ $key }` sagt{ $otherwise }
daemon-import = Import
daemon-import-broke-off = der Daemon brach ab
daemon-in-flight = unterwegs zugleich
daemon-isolation-process = schreibe isolation = "process", oder lass es weg
daemon-it-serves = er kann: { $channels }
daemon-keep-in-one-file = behalte es in einer
daemon-kept = Aufbewahrung
daemon-key-in-two-files = `{ $pointer }` steht in zwei Dateien: `{ $one }` und `{ $other }`
daemon-key-missing = `{ $full }` fehlt
daemon-keys-label = Schlüssel:
daemon-keys-of-plugin = { $help }; was dem Plugin gehört, steht in [{ $name }.config]
daemon-known-are = bekannt sind: { $names }
daemon-label-summary = verlässt das Haus: { $out }; geht an: { $to }
daemon-larger-than-4-mib = größer als 4 MiB
daemon-leaves-the-house = verlässt das Haus
daemon-limits = Grenzen
daemon-list-closed = die Liste `{ $name }` ist geschlossen; { $ended } Einwilligungen sind beendet
daemon-list-exists = die Liste `{ $name }` gibt es schon: `{ $file }`
daemon-list-name-rule = a-z, 0-9 und -, höchstens 64 Zeichen
daemon-list-not-taken-over = die Liste ist geschrieben, aber der Daemon hat sie nicht übernommen
daemon-list-taken-over = der Daemon hat sie übernommen
daemon-list-was-closed = die Liste `{ $name }` wurde geschlossen, und ihr Name wird nie wieder benutzt
daemon-listen-example = schreibe 127.0.0.1:8080
daemon-listen-not-an-address = `web.listen` = `{ $listen }` ist keine Adresse mit Port
daemon-lists-kept-there = Listen dort
daemon-log-continues = das Protokoll ({ $size } Einträge) setzt fort, was unterschrieben wurde
daemon-look-into-log = sieh in sein Protokoll, oder starte ihn neu
daemon-lookups-tell = Nachfragen verraten
daemon-make-room = schaffe dort Platz; nichts wurde halb gespeichert
daemon-map-example = unsere_spalte = "deren Überschrift"
daemon-max-characters = höchstens so viele Zeichen: { $limit }
daemon-max-entries = höchstens so viele Einträge: { $limit }
daemon-message-not-taken = das Plugin nimmt die Nachricht nicht an: { $why }
daemon-messages-at-once = Nachrichten auf einmal
daemon-min-characters = mindestens so viele Zeichen: { $limit }
daemon-min-entries = mindestens so viele Einträge: { $limit }
daemon-name-another-address = `web.listen` nennt eine andere Adresse; Port 0 nimmt eine freie
daemon-name-another-list = lege eine neue unter anderem Namen an
daemon-name-the-number = nenne die Nummer: rundruf contact find
daemon-needed-form = gebraucht wird die Form { $pattern }
daemon-needs-a-restart = `{ $key }` hat sich geändert, und das braucht einen Neustart
daemon-needs-own-process = `{ $shown }` braucht einen eigenen Prozess, sagt seine Beschreibung
daemon-no-daemon = der Daemon antwortet nicht auf `{ $socket }`: { $error }
daemon-no-faults = Keine Fehler.
daemon-no-limit = keine Grenze
daemon-no-outcome-came = es kam kein Ergebnis
daemon-no-outcome-yet = {"  "}… noch kein Ergebnis; gewartet wird bis zu { $most } Sekunden
daemon-no-store-url = `{ $shown }` nennt kein `store.url`
daemon-no-such-argument = `{ $name }` gibt es hier nicht
daemon-no-such-check = es gibt keine Prüfung `{ $id }`
daemon-no-such-command = es gibt keinen Befehl `{ $name }`
daemon-no-such-contact = so einen Kontakt gibt es nicht
daemon-no-such-file = die Datei `{ $shown }` gibt es nicht
daemon-no-such-folder = den Ordner `{ $shown }` gibt es nicht
daemon-no-such-key = es gibt keinen Schlüssel `{ $key }`
daemon-no-such-transport = es gibt keinen Transport `{ $name }`
daemon-no-such-transport-in = es gibt keinen Transport `{ $name }` in `{ $path }`
daemon-no-tls = ohne TLS geht die Post offen über das Netz
daemon-no-transport-in = es gibt keinen Transport in `{ $path }`
daemon-nobody-on-the-network = niemandem im Netz
daemon-none = keine
daemon-not-a-file = das ist keine Datei
daemon-not-a-list-name = `{ $shown }` ist kein Name einer Liste
daemon-not-a-plugin-name = `{ $name }` ist kein Name eines Plugins
daemon-not-a-time = `{ $text }` ist kein Zeitpunkt
daemon-not-a-transport-name = `{ $shown }` ist kein Name eines Transports
daemon-not-before = frühestens in
daemon-not-confirmed = nicht bestätigt
daemon-not-empty = nicht leer
daemon-not-key-value = `{ $pair }` ist nicht SCHLÜSSEL=WERT
daemon-not-toml = so ist es kein TOML: sieh dir die Stelle an
daemon-not-tried-with = nicht geprüft mit
daemon-not-utf8 = hier steht etwas, das kein UTF-8 ist
daemon-not-valid = UNGÜLTIG
daemon-nothing = nichts
daemon-one-file-or-another-id = nenne in beiden Transporten dieselbe Datei, oder gib einem der Plugins eine andere Kennung
daemon-one-of = eines von { $names }
daemon-optin-default = die Vorgabe ist 7d
daemon-optin-range = `optin.expires_after` muss zwischen `1d` und `14d` liegen
daemon-or-default = , sonst{" "}
daemon-otherwise = sonst
daemon-own-process-only = nur ein eigener
daemon-passed = bestanden
daemon-paths-start-here = Pfade beginnen bei dieser Datei
daemon-people = Personen:
daemon-per-second = je Sekunde
daemon-pinned =
    `{ $name }` ist festgelegt auf { $library }
      vorher: { $old }
      jetzt:  { $new }
      steht in { $file }; ein laufender Daemon liest es beim nächsten Neuladen
daemon-pinned-already =
    `{ $name }` ist schon auf diese Datei festgelegt: { $library }
      { $new }
daemon-plugin-built = ist es gebaut, und stimmt der Pfad?
daemon-plugin-file-needs-a-path = eine Datei wird mit ihrem Pfad genannt: `./{ $name }`
daemon-plugin-info-shows-all = `rundruf plugin info` zeigt alles, was es von sich sagt
daemon-plugin-info-shows-file = `rundruf plugin info PFAD` zeigt, was eine Datei ist
daemon-plugin-list-shows-all = `rundruf plugin list` zeigt alle; `plugin_dir` sagt, wo sie liegen; eine Datei wird mit ihrem Pfad genannt
daemon-plugin-name-rule = a-z, 0-9 und einzelne -, beginnend mit einem Buchstaben, 2 bis 40 Zeichen: wie mein-anbieter
daemon-plugin-schema-faulty = `{ $shown }`: das Schema seiner Einstellungen ist fehlerhaft: { $error }
daemon-plugins-share-an-id = `{ $one }` und `{ $two }` sind verschiedene Plugins mit derselben Kennung `{ $id }`
daemon-process = Prozess
daemon-proof-not-valid = dieser Nachweis ist nicht gültig
daemon-proof-written =
    { $file }  ({ $state }, Ereignisse: { $events })
    prüfen: rundruf log verify { $file }, oder auspacken und python3 verify.py
daemon-protection-there = Schutz im Land
daemon-quickstart-1-folder = 1  Ordner { $dir }: Einstellungen, Datenbank, Sandkasten.
daemon-quickstart-2-import = 2  people.csv: { $confirmed } mit Nachweis aufgenommen, { $rejected } abgelehnt (Zeile { $refused }).
daemon-quickstart-3-chat = 3  Frieda wurde im Chat gefragt (messages/{ $file }) und hat JA geantwortet: bestätigt.
daemon-quickstart-4-mail = 4  Gustav wurde per E-Mail gefragt (messages/{ $file }); Öffnen ändert nichts, der Knopf bestätigt.
daemon-quickstart-5-broadcast = 5  Aussendung { $id } mit Anhang: { $sent } gesendet, { $failed } abgelehnt, { $skipped } übersprungen.
daemon-quickstart-6-proof =
    6  Nachweis, dass Gustav Ja gesagt hat: { $shown }
       Prüfen ohne uns: { $how }
daemon-quickstart-7-pages =
    7  Seiten: http://{ $address }{ $page } (bestätigen), der Abmelde-Link steht in jeder Nachricht.
       { $seconds } Sekunden.
daemon-quickstart-folder-not-empty = `{ $dir }` ist nicht leer
daemon-quickstart-name-another-folder = nenne einen anderen Ordner, oder führe diesen fort: rundruf serve --config { $settings_file }
daemon-quickstart-reply-yes = JA
daemon-quickstart-until-ctrl-c = Läuft weiter bis Strg-C.
daemon-readable-by-others = `{ $shown }` kann von anderen gelesen werden
daemon-readme-says-what-to-change = README.md sagt, was zu ändern ist.
daemon-receipt = Quittung
daemon-remove-list-from-settings = {"  "}= entferne [lists.{ $name }] aus den Einstellungen: `rundruf config show --origin` zeigt, wo
daemon-repeat-is-safe = Wiederholung sicher
daemon-required = {" "}(nötig)
daemon-resolve-needs-as = wie entscheidest du?
daemon-resolve-options = --as sent, --as resend oder --as failed
daemon-retry-defaults = die Vorgaben sind 30s und 1h
daemon-retry-range = `retry.first` muss größer als 0 und höchstens `retry.longest` sein
daemon-role = Rolle
daemon-role-controller = eigener Verantwortlicher (controller)
daemon-role-joint = gemeinsam verantwortlich (joint)
daemon-role-none = keine: niemand sonst ist beteiligt
daemon-role-processor = Auftragsverarbeiter (processor)
daemon-sample-head =
    # Rundruf: jeder Schlüssel, erklärt. Vom Programm gemacht; `rundruf config explain SCHLÜSSEL` sagt dasselbe.
    # Eine Zeile, die mit # und einem Schlüssel beginnt, zeigt die Vorgabe oder ein Beispiel.
    # Dauern: "30s", "15m", "48h", "7d". Größen: "10 MiB". Texte: "…" oder {"{"} de = "…", en = "…" {"}"}.
    # Geheimnisse: {"{"} file = "…" {"}"}, {"{"} env = "…" {"}"} oder {"{"} credential = "…" {"}"} (systemd). Relative Pfade beginnen bei dieser Datei.
    # Weitere Dateien: conf.d/*.toml daneben, in der Reihenfolge ihrer Namen.
daemon-save-as-utf8 = speichere die Datei als UTF-8
daemon-schema-faulty = das Schema des Plugins ist fehlerhaft: { $error }
daemon-schema-shows-all = `rundruf config schema` zeigt alle
daemon-sdk-fetch-sources = hole die Quellen von Rundruf und nenne sie: --sdk ORDNER; oder schreibe in C: --c braucht nichts davon
daemon-sdk-not-found = dieses Programm liegt nicht in seinen Quellen, und das SDK (rundruf-plugin { $version }) hat kein Verzeichnis
daemon-sdk-not-in = in `{ $given }` liegt das SDK nicht
daemon-sdk-which-folder = gebraucht wird der Ordner mit der Cargo.toml von rundruf-plugin, core/sdk in den Quellen
daemon-secret-credential-missing = das Credential `{ $what }` gibt es nur unter systemd
daemon-secret-empty = `{ $what }` ist leer
daemon-secret-env-missing = die Umgebungsvariable `{ $what }` ist nicht gesetzt
daemon-secret-in-plain-text = `{ $key }` steht im Klartext in der Datei
daemon-secret-load-credential = LoadCredential= in rundruf.service, oder nimm {"{"} file = "…" {"}"}
daemon-secret-needs-reference = schreibe {"{"} file = "…" {"}"} oder {"{"} env = "…" {"}"}
daemon-secret-set-env = setze sie, oder nimm {"{"} file = "…" {"}"}
daemon-secret-write-it = schreibe das Geheimnis hinein
daemon-secret-write-reference = schreibe {"{"} file = "…" {"}"}, {"{"} env = "…" {"}"} oder {"{"} credential = "…" {"}"}
daemon-seed = Zufall ab
daemon-sent-in = gesendet in
daemon-set-example = wie --set port=8080
daemon-settings-of-plugin = Einstellungen in [transports.NAME.config]
daemon-settings-places = gesucht wird bei --config, RUNDRUF_CONFIG, ./rundruf.toml, /etc/rundruf/rundruf.toml, in dieser Reihenfolge
daemon-several-contacts = das sind mehrere
daemon-sha-256 = SHA-256
daemon-skipped = ausgelassen
daemon-state-folder-unusable = der Zustandsordner `{ $shown }` kann nicht benutzt werden: { $error }
daemon-stop-and-start = halte den Daemon an und starte ihn neu, oder setze den alten Wert wieder ein
daemon-stop-the-other-one = halte zuerst den anderen an, oder gib diesem eine eigene Datenbank
daemon-store-url-example = schreibe sqlite:DATEI
daemon-store-url-refused = `store.url` = `{ $url }` geht nicht
daemon-taken-in-rust = `{ $name }` ist in Rust schon vergeben
daemon-talks-to = Spricht mit
daemon-terms = Geschäftsbedingungen
daemon-test-message-subject = Probe
daemon-test-message-text = Eine Probe.
daemon-there-are = es gibt: { $names }
daemon-there-are-no-settings-here = hier gibt es keine Einstellungen: lass es weg
daemon-tmpdir = TMPDIR nennt einen anderen Ort
daemon-transport-does-not-serve = der Transport `{ $name }` kann { $word } nicht
daemon-transport-name-rule = Buchstaben, Ziffern, - und _
daemon-two-channels = das sind zwei verschiedene Kanäle
daemon-two-plugins-one-id = `{ $one }` (Transport `{ $other }`) und `{ $two }` sind verschiedene Plugins mit derselben Kennung `{ $id }`
daemon-type-array = eine Liste [ … ]
daemon-type-boolean = ein Wahrheitswert (true oder false)
daemon-type-integer = eine ganze Zahl
daemon-type-needed = `{ $name }` ist { $got }; gebraucht wird { $wanted }
daemon-type-number = eine Zahl
daemon-type-object = eine Tabelle {"{"} … {"}"}
daemon-type-string = ein Text in Anführungszeichen
daemon-unknown-key = unbekannter Schlüssel `{ $key }`{ $around }
daemon-use-another-name = nimm einen anderen Namen oder Ordner
daemon-use-tls = nimm starttls oder implicit
daemon-valid = GÜLTIG
daemon-value-not-allowed = `{ $value }` geht nicht für `{ $name }`
daemon-value-refused = `{ $name }` = { $shown } geht nicht
daemon-var-needs-value = --var braucht NAME=WERT
daemon-warned = Warnung
daemon-warning = Warnung
daemon-what-comes-next = So geht es weiter
daemon-what-helps = was hilft
daemon-what-leaves-the-house = Was das Haus verlässt
daemon-which-command = welcher Befehl?
daemon-withdrawals-entered = Widerrufe eingetragen: { $n }
daemon-worth-a-look = Auffällig
daemon-would-be-pinned =
    `{ $name }` würde festgelegt auf { $library }
      vorher: { $old }
      dann:   { $new }
      in { $file }; geschrieben ist nichts
daemon-would-get-it = bekommen es:
daemon-would-not = bekommen es nicht:
daemon-written = Angelegt
daemon-help-25-checks-whether-a-plugin = 25 Prüfungen, ob ein Plugin den Vertrag einhält, jede in einem eigenen Prozess
daemon-help-a-file-with-every-key = eine Datei mit jedem Schlüssel, erklärt
daemon-help-a-full-proof-per-person = A: voller Nachweis je Person; C: ohne, wird gesperrt
daemon-help-a-project-that-builds-and = ein Projekt, das sich bauen lässt und die Prüfungen besteht
daemon-help-add-many-from-a-file = Viele aus einer Datei aufnehmen, mit Nachweis
daemon-help-add-nothing-is-sent = aufnehmen; gesendet wird nichts
daemon-help-address-may-be-repeated = Adresse, mehrfach möglich
daemon-help-address-such-as-email-anna = Adresse, wie email:anna@example.org
daemon-help-addresses-in-full = Adressen im Klartext
daemon-help-addresses-such-as-email-anna = Adressen, wie email:anna@example.org
daemon-help-all-faults-at-once-with = alle Fehler auf einmal, mit Zeile und Spalte
daemon-help-all-lists = alle Listen
daemon-help-all-lists-with-numbers = alle Listen mit Zahlen
daemon-help-all-of-an-address = alle einer Adresse
daemon-help-all-that-are-found = alle, die gefunden werden
daemon-help-all-transports-or-none-of = alle Transporte, oder keinen
daemon-help-all-with-their-state = alle, mit Zustand
daemon-help-an-address-of-your-own = eine eigene Adresse, wie sms:+49170…
daemon-help-arguments = Argumente
daemon-help-ask-for-confirmation-double-opt = um Bestätigung bitten (Double-Opt-in)
daemon-help-attachment-may-be-repeated = Anhang, mehrfach möglich
daemon-help-bash-elvish-fish-powershell-or = bash, elvish, fish, powershell oder zsh
daemon-help-begin-2026-12-01t10-00 = Beginn: 2026-12-01T10:00:00+01:00 oder "2026-12-01 10:00 Europe/Berlin"
daemon-help-broadcasts = Aussendungen
daemon-help-channel-if-the-address-does = Kanal, wenn er nicht in der Adresse steht
daemon-help-check-a-proof-without-a = einen Nachweis prüfen; ohne Datei das Protokoll selbst
daemon-help-check-and-explain-settings = Einstellungen prüfen und erklären
daemon-help-check-only = nur prüfen
daemon-help-close-a-list-for-good = Liste für immer schließen
daemon-help-commands = Befehle
daemon-help-compare-counters-log-files-and = Zähler, Protokoll, Dateien und Rechte vergleichen
daemon-help-completions-for-a-shell = Vervollständigung für eine Shell
daemon-help-consents = Einwilligungen
daemon-help-csv = csv
daemon-help-end-afterwards = danach beenden
daemon-help-enter-a-withdrawal = Widerruf eintragen
daemon-help-every-single-delivery = jede einzelne Zustellung
daemon-help-everywhere = Überall
daemon-help-examples-rundruf-quickstart-rundruf-config =
    Beispiele:
      rundruf quickstart
      rundruf config check
      rundruf import kunden.csv --list angebote --evidence A
      rundruf broadcast send --list angebote --file brot.md --dry-run
      rundruf consent proof email:anna@example.org --list angebote -o nachweis.zip
daemon-help-file = Datei
daemon-help-file-with-the-text-f = Datei mit dem Text; F.en.md daneben für Englisch
daemon-help-first-name = Vorname
daemon-help-folder = Ordner
daemon-help-folder-else-rundruf-quickstart = Ordner, sonst ./rundruf-quickstart
daemon-help-folder-of-the-sources-of = Ordner der Quellen von Rundruf, sonst der, in dem dieses Programm liegt
daemon-help-further-variable-may-be-repeated = weitere Angabe, mehrfach möglich
daemon-help-go-on = fortsetzen
daemon-help-how-long-chance-may-call = so lange den Zufall rufen lassen, sonst 3
daemon-help-how-the-plugin-runs-process = wie das Plugin läuft: process (eingezäunt, wie der Daemon es startet), none (ohne Zaun) oder both
daemon-help-in-c-instead-of-rust = in C statt in Rust
daemon-help-json-schema-of-the-settings = JSON-Schema der Einstellungen
daemon-help-key-such-as-web-listen = Schlüssel, wie web.listen oder lists.*.title
daemon-help-language-else-the-systems = Sprache, sonst die des Systems
daemon-help-language-of-the-texts = Sprache der Texte
daemon-help-language-such-as-de-or = Sprache, wie de oder en
daemon-help-last-name = Nachname
daemon-help-lists-what-people-can-say = Listen: wozu man Ja sagen kann
daemon-help-name-a-z-0-9 = Name, a-z 0-9 -
daemon-help-name-of-the-list = Name der Liste
daemon-help-name-of-the-transport = Name des Transports
daemon-help-name-or-path = Name oder Pfad
daemon-help-new-list-in-conf-d = neue Liste in conf.d/list-NAME.toml
daemon-help-nothing-but-failures = nur Fehler
daemon-help-nothing-is-begun-after-this = danach wird nichts mehr begonnen
daemon-help-number-of-the-broadcast = Nummer der Aussendung
daemon-help-number-or-address = Nummer oder Adresse
daemon-help-numbers-of-a-broadcast = Zahlen einer Aussendung
daemon-help-one-message-to-all-who = Eine Nachricht an alle, die darum gebeten haben: jede für sich, niemand sieht die anderen.
daemon-help-one-person = eine Person
daemon-help-one-setting-may-be-repeated = eine Einstellung, mehrfach möglich
daemon-help-only-ask-whether-the-address = nur fragen, ob die Adresse erreichbar ist; nichts senden
daemon-help-only-in-this-state-sent = nur in diesem Zustand: sent, failed, unknown …
daemon-help-only-say-what-would-change = nur sagen, was sich ändern würde
daemon-help-only-show-who-would-get = nur zeigen, wer was bekäme, und wer nicht und warum
daemon-help-only-this-one = nur diese eine
daemon-help-options = Optionen
daemon-help-output-for-programs = Ausgabe für Programme
daemon-help-pause = anhalten
daemon-help-people-and-their-addresses = Menschen und ihre Adressen
daemon-help-pin-the-library-of-a = die Bibliothek eines Transports festlegen: nur diese Datei wird noch geladen
daemon-help-plugins = Plugins
daemon-help-process-or-none = process oder none
daemon-help-proof-as-a-zip-checked = Nachweis als ZIP, prüfbar ohne uns
daemon-help-proof-zip = PROOF.zip
daemon-help-report-else-file-report-jsonl = Bericht, sonst DATEI.report.jsonl
daemon-help-resolve = resolve
daemon-help-search = suchen
daemon-help-send-a-test-message = eine Testnachricht senden
daemon-help-send-one-message-by-a = eine Nachricht mit einem Plugin senden, ohne Daemon: zum Entwickeln
daemon-help-settings-else-rundruf-config-rundruf = Einstellungen; sonst RUNDRUF_CONFIG, ./rundruf.toml, /etc/rundruf/rundruf.toml
daemon-help-settings-file = Datei der Einstellungen
daemon-help-show-deliveries-in-doubt-resolve = ungewisse Zustellungen zeigen; `resolve` entscheidet
daemon-help-signed-head = unterschriebener Stand
daemon-help-state-folder-else-one-that = Zustandsordner, sonst einer, der danach weg ist
daemon-help-stop-for-good = endgültig abbrechen
daemon-help-subject-else-the-first-line = Betreff; sonst die erste Zeile
daemon-help-text-in-address-or-variables = Text in Adresse oder Angaben
daemon-help-text-markdown-with-first-name = Text, Markdown mit {"{"}{"{"} first_name {"}"}{"}"}
daemon-help-the-daemon-runs-until-sigterm = Der Daemon: läuft bis SIGTERM
daemon-help-the-log-of-consents = Das Protokoll der Einwilligungen
daemon-help-the-newest = die neuesten
daemon-help-the-one-purpose = der eine Zweck
daemon-help-the-plugins-settings-toml-or = die Einstellungen des Plugins, TOML oder JSON
daemon-help-the-plugins-settings-toml-or-json = Einstellungen des Plugins, TOML oder JSON; {"{"}port{"}"}, {"{"}host{"}"}, {"{"}folder{"}"} füllt der Prüfstand. Sonst aus seinem Schema
daemon-help-the-settings-in-force-secrets = die Einstellungen in Kraft, Geheimnisse verdeckt
daemon-help-this-check-alone-may-be = nur diese Prüfung (mehrmals möglich)
daemon-help-this-help = diese Hilfe
daemon-help-title-that-people-read = Titel, den die Leute lesen
daemon-help-to-all-of-a-list = an alle einer Liste, die Ja gesagt haben
daemon-help-toml-our-column-their-header = TOML: unsere_spalte = "deren Überschrift"
daemon-help-transport-repeated-in-order-of = Transport, mehrfach in der Reihenfolge der Vorliebe
daemon-help-transports = Transporte
daemon-help-try-everything-in-a-few = Alles in ein paar Sekunden ausprobieren, ohne Konto
daemon-help-usage = Aufruf:
daemon-help-version = Fassung
daemon-help-wait-so-long-for-what = so lange auf Antworten warten
daemon-help-wait-until-it-is-done = warten, bis sie fertig ist
daemon-help-what-a-key-means = was ein Schlüssel bedeutet
daemon-help-what-a-library-is-and = was eine Bibliothek ist und wer welche Daten bekäme, ohne sie auszuführen
daemon-help-what-becomes-of-them = was mit ihnen geschieht
daemon-help-what-is-sent = was gesendet wird
daemon-help-where-chance-begins-as-printed = Zufall ab hier, wie gedruckt
daemon-help-with-file-and-line = mit Datei und Zeile
daemon-help-write-manual-pages-into-a = Handbuchseiten in einen Ordner schreiben
daemon-help-your-own-address = deine eigene Adresse
daemon-word-account = das Konto wird abgelehnt
daemon-word-addresses = Adressen
daemon-word-cancelled = abgebrochen
daemon-word-channel = Kanal
daemon-word-channels = Kanäle
daemon-word-closed = geschlossen
daemon-word-confirmed = bestätigt
daemon-word-consents = Einwilligungen
daemon-word-contact = Kontakt
daemon-word-contacts = neue Kontakte
daemon-word-created = angelegt
daemon-word-customer = Kunde
daemon-word-declined = verneint
daemon-word-delivered = zugestellt
daemon-word-detail = Einzelheit
daemon-word-done = fertig
daemon-word-down = ausgefallen
daemon-word-draining = läuft leer
daemon-word-erased = gelöscht
daemon-word-eta-s = noch Sekunden
daemon-word-expired = verfallen
daemon-word-expires-at = verfällt
daemon-word-failed = abgelehnt
daemon-word-file = Datei
daemon-word-frequency-cap = Obergrenze erreicht
daemon-word-held = zurückgehalten
daemon-word-id = Nummer
daemon-word-in-flight = unterwegs
daemon-word-invalidated = ungültig
daemon-word-isolation = Abschottung
daemon-word-language = Sprache
daemon-word-list = Liste
daemon-word-merged = schon bekannt
daemon-word-name = Name
daemon-word-no-address = keine Adresse
daemon-word-not-asked = nicht gefragt
daemon-word-not-permitted = nicht erlaubt
daemon-word-not-rendered = nicht darstellbar
daemon-word-objected = widersprochen
daemon-word-ok = gelungen
daemon-word-paused = angehalten
daemon-word-permanent = abgelehnt
daemon-word-process = eigener Prozess
daemon-word-quarantined = gesperrt
daemon-word-queued = wartet
daemon-word-rate-per-s = je Sekunde
daemon-word-reachable = erreichbar
daemon-word-read = gelesen
daemon-word-reason = Grund
daemon-word-reassigned = neu vergeben
daemon-word-refused = abgelehnt
daemon-word-report = Bericht
daemon-word-request-expired = Bitte verfallen
daemon-word-requested = gefragt
daemon-word-resolved = entschieden
daemon-word-retry = später noch einmal
daemon-word-rows = Zeilen
daemon-word-running = läuft
daemon-word-scheduled = geplant
daemon-word-sent = gesendet
daemon-word-since = seit
daemon-word-skipped = übersprungen
daemon-word-skipped-by = übersprungen, weil
daemon-word-stale = veraltet
daemon-word-start-at = Beginn
daemon-word-state = Zustand
daemon-word-suppressed = auf der Sperrliste
daemon-word-terminated = beendet
daemon-word-took-ms = Millisekunden
daemon-word-total = insgesamt
daemon-word-unconfirmed = unbestätigt
daemon-word-undeliverable = unzustellbar
daemon-word-unknown = ungewiss
daemon-word-unreachable = nicht erreichbar
daemon-word-untouched = nicht begonnen
daemon-word-up = bereit
daemon-word-vars = Angaben
daemon-word-window = Fenster
daemon-word-withdrawn = widerrufen


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


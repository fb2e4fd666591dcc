# Was Rundruf sagt, auf Deutsch. Dieselben Schlüssel mit denselben Argumenten sind in en.ftl; README.md sagt, wie einer dazukommt.

## check
# Keys of core/check begin with `check-`.

# What each check demands, and what helps.
check-begun-not-open = es meldete Index { $index } als begonnen, der nicht offen ist
check-demands-manifest-section = das Manifest ist da und sagt dasselbe wie die Bibliothek von sich
check-advice-manifest-section = Kennung und Fassung einmal schreiben und für beide nehmen
check-demands-one-symbol = ein Symbol ist sichtbar, und die Datei kann weder geändert noch entladen werden
check-advice-one-symbol = mit -fPIC -fvisibility=hidden übersetzen, mit -Wl,-z,relro,-z,now,-z,nodelete,-z,noexecstack binden
check-demands-rtld-now-local = es lädt auf jedem System mit glibc
check-advice-rtld-now-local = statisch binden, was nicht zur glibc gehört, und gegen eine alte glibc bauen
check-demands-scan-time = das Laden lädt und tut sonst nichts
check-advice-scan-time = alles aus den Konstruktoren nach `open` verlegen
check-demands-entry-idempotent = der Einstieg antwortet auf jeden Aufruf dasselbe
check-advice-entry-idempotent = die Adresse eines einzigen statischen Einstiegs zurückgeben
check-demands-descriptor-sane = Größen, Merker, Texte, Funktionen und Schema sind, wie sie sein sollen
check-advice-descriptor-sane = die Typen der Header-Datei nehmen und Reserviertes auf 0 setzen
check-demands-older-host = Hosts mit kürzerer und längerer Tabelle werden bedient
check-advice-older-host = vor jedem Feld RUNDRUF_HAS fragen und `size` nie mit sizeof vergleichen
check-demands-unknown-extension = eine Erweiterung, die es nicht hat, ist null
check-advice-unknown-extension = die ganze Kennung samt ihrer Länge vergleichen
check-demands-open-bad-config = ungültige Einstellungen werden mit einem Text abgelehnt
check-advice-open-bad-config = das ganze JSON lesen und in `error` schreiben, was an welchem Schlüssel falsch ist
check-demands-open-close-loop = immer wieder geöffnet und geschlossen hinterlässt es nichts
check-advice-open-close-loop = in `close` zurückgeben, was `open` genommen hat: Speicher, Deskriptoren, Threads
check-demands-two-instances = zwei Instanzen wissen nichts voneinander
check-advice-two-instances = alles in der Instanz halten, nichts in globalen Variablen
check-demands-close-quiet = nach `close` ruft es nichts mehr auf und arbeitet nicht weiter
check-advice-close-quiet = in `close` warten, bis jeder eigene Thread geendet hat
check-demands-close-in-flight = `close` beantwortet jede Nachricht, die noch unterwegs ist
check-advice-close-in-flight = Unbegonnenes als UNTOUCHED und Begonnenes als MAYBE_SENT melden, bevor `close` zurückkehrt
check-demands-drain = nach `drain` wird nichts begonnen und nichts verloren
check-advice-drain = nach `drain` CLOSED antworten und melden, was man hält
check-demands-exactly-once = jede Nachricht hat genau einen Ausgang
check-advice-exactly-once = jeden Index eines Stapels einmal melden, was auch geschieht
check-demands-stride = Felder werden nach ihrer Schrittweite gelesen
check-advice-stride = von Element zu Element mit der Schrittweite des Stapels gehen, nicht mit sizeof
check-demands-poisoned-batch = ein Stapel wird nur gelesen, und nicht nach seinem letzten Ausgang
check-advice-poisoned-batch = kopieren, was man braucht, bevor man den letzten Index meldet
check-demands-busy = ein volles Plugin sagt BUSY, und `ready`, wenn es Platz hat
check-advice-busy = einen Stapel ganz nehmen oder gar nicht, und nach BUSY `ready` rufen, wenn Platz ist
check-demands-bad-input = auch schlechte Eingaben haben einen Ausgang
check-advice-bad-input = Adressen und Größen prüfen und jede Nachricht für sich beantworten
check-demands-cancel = was nicht mehr beginnen darf, wird nicht begonnen
check-advice-cancel = vor jeder Nachricht `deadline_ms` ansehen und sie als EXPIRED melden
check-demands-latency-of-calls = Aufrufe kehren sofort zurück, was der Anbieter auch tut
check-advice-latency-of-calls = in `submit` einreihen und auf einem eigenen Thread senden
check-demands-remote-faults = jeder Fehler des Anbieters führt zum richtigen Ausgang
check-advice-remote-faults = MAYBE_SENT sagen, sobald ein Byte der Nachricht gegangen sein kann, und nie vorher
check-demands-inbound-backpressure = eine Nachricht von außen wird bestätigt, wenn der Host sie hat
check-advice-inbound-backpressure = dem Anbieter erst "angekommen" sagen, wenn `inbound` OK geantwortet hat, und es sonst wieder versuchen
check-demands-host-faults = ein Host, der versagt, lässt das Plugin nicht versagen
check-advice-host-faults = jede Funktion des Hosts ansehen, bevor man sie ruft, und nie zweimal melden
check-demands-confinement-and-fuzz = viele Threads zugleich in der Abschottung schaden ihm nicht
check-advice-confinement-and-fuzz = schützen, was Threads teilen, und vom System nichts verlangen, was die Abschottung verbietet

check-demands-core-promise = jeder Empfänger bekommt seine eigene Nachricht, einmal und ganz
check-advice-core-promise = setzen Sie die Variablen dieses Empfängers ein, und senden Sie an seine Adresse, einmal, mit dem Text und jedem Anhang
check-demands-no-traces = nichts von einem Menschen bleibt, wo es nicht hingehört
check-advice-no-traces = halten Sie Namen, Texte und Adressen aus Protokoll, Ausgabe, `remote_id` und Dateien heraus; benennen Sie eine Nachricht mit ihrer Kennung
check-demands-claims = was das Manifest verspricht, gibt es, und anderes wird nicht benutzt
check-advice-claims = nehmen Sie die Fähigkeit aus dem Manifest, oder ergänzen Sie, was fehlt
check-demands-schema-words = die Wörter im Schema der Einstellungen sind bekannt, und jeden verlangten Schlüssel gibt es
check-advice-schema-words = berichtigen Sie das Wort: eines, das niemand kennt, wirkt nicht, und ein Schlüssel, den es nicht gibt, lässt sich nicht angeben

# How the process of a check ended.
check-died = der Prozess starb an { $signal }, bei: { $step }
check-exited = es beendete den Prozess selbst (Code { $code }), bei: { $step }
check-call-hangs = `{ $call }` kehrte in { $seconds } Sekunden nicht zurück; dabei: { $step }
check-stack-overflow = sein Stapel ist übergelaufen: eine Funktion ruft sich ohne Ende selbst auf oder hat zu große lokale Variablen
check-step-in-call = { $step }, und zwar in `{ $call }`
check-timed-out = es endete nicht in { $seconds } Sekunden, bei: { $step }
check-closed-descriptor = es schloss einen Deskriptor, der nicht seiner war, bei: { $step }
check-wrote-elsewhere = es schrieb auf einen Deskriptor, der nicht seiner war, bei: { $step }
check-last-output = { $why }; seine letzte Ausgabe: { $output }
check-orphans = ein Prozess, den es gestartet hat, läuft nach ihm weiter
check-supervisor-died = der Prozess, der über die Prüfung wacht, hat sie nicht überlebt
check-not-started = die Prüfung ließ sich nicht starten: { $why }
check-thread-panicked = ein Thread der Prüfung brach zusammen

# Why a check is skipped, or a way of running the plugin left out.
check-with-isolation = mit isolation = "{ $mode }": { $why }
check-no-mode = so lässt es sich nicht betreiben
check-has-go-runtime = es enthält eine Go-Laufzeit
check-has-panic-abort = es wurde mit `panic = "abort"` gebaut
check-no-confinement = die Abschottung lässt sich hier nicht aufbauen: { $why }
check-smoke-failed = ein erster Blick kam nicht so weit: siehe `{ $owner }`
check-reported-by = steht schon da: siehe `{ $owner }`
check-not-loaded = es lässt sich nicht laden: { $why }
check-unreadable-manifest = das Manifest lässt sich nicht lesen
check-unreadable-manifest-why = das Manifest lässt sich nicht lesen: { $why }
check-kit-fault = die Prüfung kann auf diesem System nicht arbeiten: { $why }
check-no-endpoint = es gibt keine weiteren Endpunkte
check-no-settings = keine Einstellungen, um es zu öffnen: { $why }
check-no-value-for-key = für den Schlüssel `{ $key }` lässt sich aus dem Schema kein Wert machen
check-bad-answers = `x-check.answers` ist nicht lesbar: { $why }
check-unknown-remote = `x-check.remote` ist `{ $remote }`: der Prüfstand spricht `http`, `smtp` und `raw`, und `none` ist für ein Plugin, das an niemanden sendet
check-not-opened = es lässt sich mit den Einstellungen der Prüfung nicht öffnen: { $why }
check-said-nothing = es sagte nichts (Status { $status })

# What a check was doing.
check-step-load = Laden
check-step-open = Öffnen
check-step-first-message = Senden einer ersten Nachricht
check-step-close = Schließen
check-step-load-now = Laden mit RTLD_NOW
check-step-open-for = Öffnen für { $host }
check-step-extension = Fragen nach einer Erweiterung, die es nicht gibt
check-step-open-with = Öffnen mit { $settings }
check-step-round = Öffnen und Schließen, Runde { $round }
check-step-send-singly = Senden einer Nachricht nach der anderen
check-step-close-one = Schließen einer von zwei Instanzen
check-step-close-listen = Schließen und Lauschen, was danach kommt
check-step-close-in-flight = Schließen, während { $count } Nachrichten unterwegs sind
check-step-drain = Leeren mit `drain`
check-step-batch = Senden eines Stapels von { $size }
check-step-large-batch = Senden eines Stapels, der größer ist, als sein Manifest erlaubt
check-step-padding = Senden eines Stapels, dessen Felder hinter jedem Element { $bytes } Bytes einer späteren Fassung haben
check-step-guarded = Senden von Stapeln, die verboten sind, sobald ihre letzte Nachricht gemeldet ist
check-step-beyond-window = Senden von mehr als seinem Fenster, während der Server hängt
check-step-send = Senden: { $what }
check-step-send-after-bad = Senden einer gewöhnlichen Nachricht nach alledem
check-step-expired = Senden eines Stapels, dessen Frist vorbei ist
check-step-hanging = Aufrufe, während der Server hängt
check-step-folder-gone = Senden, während sein Ordner weg ist
check-step-inbound = { $count } Nachrichten warten draußen, Start { $start }
check-step-complete-fault = der Host beantwortet `complete` mit Status { $status }
check-step-bare-host = Öffnen für einen Host, der nur `complete` hat
check-step-fuzz = zufällige Aufrufe von 8 Threads, Zufall ab { $seed }

# Checks 1 to 8: loading.
check-manifest-agrees = { $id } { $version }, Vertrag { $abi }
check-manifest-differs = das Manifest sagt als { $what } `{ $manifest }`, der Deskriptor sagt `{ $descriptor }`
check-manifest-differs-abi = das Manifest sagt Vertrag `{ $manifest }`, der Einstieg sagt `{ $entry }`
check-word-id = Kennung
check-word-version = Fassung
check-word-toolchain = Werkzeug
check-word-entry = Einstieg
check-word-descriptor = Deskriptor
check-word-table = Funktionstabelle
check-no-symbol = es exportiert `rundruf_plugin_v1` nicht
check-null-entry = sein Einstieg ist null
check-other-abi = sein Einstieg hat eine andere Fassung des Vertrags
check-null-descriptor = sein Deskriptor ist null
check-null-table = seine Funktionstabelle ist null
check-entry-symbols = es zeigt { $count } Symbole namens `rundruf_plugin_v…`: gesucht wird genau eines
check-more-symbols = es zeigt { $count } weitere Symbole, etwa `{ $symbol }`: sie können mit anderen zusammenstoßen
check-executable-stack = sein Stapelspeicher ist ausführbar
check-text-relocations = sein Code muss beim Laden geändert werden (Textverschiebungen): mit -fPIC bauen
check-not-nodelete = es ist nicht als unentladbar gekennzeichnet: mit -Wl,-z,nodelete binden
check-not-relro = seine Adresstabellen bleiben schreibbar: mit -Wl,-z,relro,-z,now binden
check-one-symbol-ok = ein Symbol, kein ausführbarer Stapelspeicher, Verschiebungen nur lesbar, nie entladen
check-needs-library = es braucht `{ $name }`, was nicht jedes System hat: statisch binden
check-needs-glibc = es braucht glibc { $version }: Systeme mit einer älteren können es nicht laden
check-loads-everywhere = lädt mit glibc { $version } und sonst nichts
check-load-opened = beim Laden öffnete es `{ $what }`
check-load-changed = beim Laden änderte es am ganzen Prozess: { $what }
check-load-threads = beim Laden startete es { $count } Threads
check-load-slow = das Laden dauerte { $ms } ms
check-load-slowish = das Laden dauerte { $ms } ms, 100 reichen
check-load-go = seine Go-Laufzeit startet { $count } Threads und übernimmt Signale: nur im eigenen Prozess
check-load-ok = in { $ms } ms geladen, ohne andere Wirkung
check-entry-differs = 200 Aufrufe des Einstiegs gaben { $count } verschiedene Antworten
check-entry-ok = 200 Aufrufe von zwei Threads, eine Antwort
check-bad-size = { $what }: { $size } Bytes angegeben, mindestens { $least } nötig
check-unknown-flags = sein Einstieg hat unbekannte Merker ({ $flags })
check-reserved-flags = reservierte Merker sind nicht 0
check-not-utf8 = { $what }: kein UTF-8
check-bad-id = die Kennung `{ $id }` besteht nicht aus Kleinbuchstaben, Ziffern, `.`, `-` und `_`
check-bad-version = die Fassung `{ $version }` ist nicht wie 1.2.3
check-missing-function = seiner Funktionstabelle fehlt `{ $name }`
check-small-window = `max_in_flight` ({ $max_in_flight }) ist kleiner als `max_batch` ({ $max_batch })
check-bad-schema = sein `config_schema` ist kein JSON Schema: { $why }
check-descriptor-ok = Größen, Merker, Texte, Funktionen, Schema
check-word-this-host = diesen Host
check-word-oldest-host = den ältesten Host
check-word-later-host = einen späteren Host
check-refuses-host = es lehnt { $host } ab, weil dessen Tabelle eine andere Größe hat: { $why }
check-hosts-ok = Hosts mit kürzerer und längerer Tabelle kommen mit ihm aus
check-claims-extension = es will die Erweiterung `{ $id }` haben, die es nicht gibt
check-extensions-ok = { $count } Namen, die es nicht gibt: keiner wird behauptet
check-attribute-signal-handlers = Signalbehandlung
check-attribute-ignored-signals = ignorierte Signale
check-attribute-signal-mask = die Signalmaske
check-attribute-working-directory = das Arbeitsverzeichnis
check-attribute-umask = die umask
check-attribute-locale = die Locale
check-attribute-environment = die Umgebung

# Faults that any check may meet.
check-missing-outcomes = { $count } Nachrichten hatten nach { $seconds } Sekunden keinen Ausgang
check-no-outcome = eine Nachricht hatte nach 20 Sekunden keinen Ausgang
check-refused-ordinary = es lehnte einen gewöhnlichen Stapel ab (Status { $status })
check-always-busy = es war 20 Sekunden beschäftigt, ohne etwas zu tun zu haben
check-completed-twice = es meldete Index { $index } eines Stapels von { $count } zweimal
check-completed-beyond = es meldete Index { $index } eines Stapels von { $count }
check-completed-refused = es meldete Nachrichten eines Stapels, den es abgelehnt hatte
check-completed-after-close = es meldete Nachrichten, nachdem `close` zurückgekehrt war
check-completed-unknown-batch = es meldete einen Stapel, den es nie bekommen hat (Kennung { $id })
check-complete-bad-argument = es rief `complete` mit einem Nullzeiger oder einer zu kleinen Schrittweite
check-code-without-class = sein Ausgang { $code } gehört zu keiner Klasse
check-inbound-after-close = es übergab eine Nachricht, nachdem `close` zurückgekehrt war
check-called-after-close = es rief den Host, nachdem `close` zurückgekehrt war
check-wrote-to-batch = es schrieb in einen Stapel, der dem Host gehört (Klausel batch)
check-read-ended-batch = es las einen Stapel, nachdem es dessen letzten Index gemeldet hatte (Klausel batch)
check-read-host-after-close = es las die Tabelle des Hosts, nachdem `close` zurückgekehrt war (Klausel host)
check-read-beyond-host = es las über das `size` hinaus, das die Tabelle des Hosts nennt
check-during = { $what }: { $why }

# Checks 9 to 14: opening and closing.
check-settings-empty = gar keinen Einstellungen
check-settings-cut = Einstellungen, in der Mitte abgeschnitten
check-settings-noise = einem Mebibyte Rauschen
check-settings-brackets = Klammern, die nie geschlossen werden
check-settings-wrong-type = `{ $key }` von falschem Typ
check-opens-with = es öffnet sich mit: { $settings }
check-refuses-silently = es lehnt ohne ein Wort in `error` ab: { $settings }
check-long-refusal = seine Worte sind { $bytes } Bytes lang, bei: { $settings }
check-bad-settings-ok = { $refused } von { $count } Arten schlechter Einstellungen mit Worten abgelehnt, nichts hinterlassen
check-after-rounds = nach { $rounds } Runden: { $why }
check-leaked-kib = { $kib } KiB bleiben zurück
check-leaked-threads = { $count } Threads bleiben zurück
check-leaked-descriptors = { $count } Deskriptoren bleiben zurück, etwa `{ $last }`
check-grows = nach { $rounds } Runden hält es { $kib } KiB mehr
check-loop-ok = { $rounds } Runden: kein Thread, kein Deskriptor; von jeder { $round } Bytes, von jeder Nachricht { $message }
check-bytes-kept = { $round } Bytes jeder Runde und { $message } jeder Nachricht werden nicht zurückgegeben
check-open-changed = beim Öffnen änderte es am ganzen Prozess: { $what }
check-outcomes-mixed = eine Instanz meldete Nachrichten der anderen
check-settings-mixed = eine Nachricht der einen Instanz ging mit den Einstellungen der anderen hinaus
check-after-other-closed = nachdem die andere Instanz geschlossen war: { $why }
check-instances-ok = { $count } Nachrichten gingen dorthin, wohin ihre Einstellungen sagen
check-instances-outcomes-ok = Ausgänge kamen zur eigenen Instanz; wohin Nachrichten gehen, ist von hier nicht zu sehen
check-quiet-ok = kein Aufruf, kein Thread übrig
check-quiet-go = kein Aufruf; { $count } Threads der Go-Laufzeit schlafen
check-threads-sleep = kein Aufruf, aber { $count } Threads sind übrig; sie schlafen
check-threads-work = { $count } Threads arbeiten nach `close` weiter
check-close-lost = `close` verlor { $lost } von { $count } Nachrichten: sie haben keinen Ausgang
check-close-slow = `close` dauerte { $seconds } Sekunden
check-close-ok = { $count } Nachrichten, { $open } davon beim Schließen unterwegs: jede einmal beantwortet
check-drain-status = `drain` antwortet mit Status { $status }
check-not-closed = nach `drain` beantwortet es einen Stapel mit Status { $status }, nicht mit CLOSED (2)
check-drain-ok = nichts Neues genommen, { $count } Nachrichten beantwortet (Codes { $codes })

# Checks 15 to 21: sending.
check-prints-recipient = die Adresse eines Empfängers steht in dem, was es ausgibt
check-names-recipient = die Adresse eines Empfängers steht in einem Ausgang oder in einer Zeile des Protokolls
check-none-sent = jede Nachricht hat einen Ausgang, aber keine von { $count } ging hinaus: { $detail }
check-once-ok = { $count } Nachrichten in Stapeln bis { $most }, je ein Ausgang; ein größerer Stapel wird ganz { $larger }
check-word-accepted = genommen
check-word-refused = abgelehnt
check-ignores-stride = mit { $bytes } Bytes mehr hinter jedem Element sind die Ausgänge andere: es geht nicht nach der Schrittweite
check-stride-ok = Elemente mit 8 bis 66.000 Bytes mehr geben dieselben Ausgänge
check-guarded-ok = { $count } Nachrichten: nichts in einen Stapel geschrieben, nichts nach seinem Ende gelesen
check-endless-queue = bei einem Fenster von { $window } nahm es { $count } Nachrichten, die es jetzt nicht senden kann: seine Schlange hat kein Ende
check-never-busy = { $count } Nachrichten waren so schnell erledigt, wie sie kamen: es war nie beschäftigt
check-never-ready = es war beschäftigt, hat wieder Platz und rief nicht `ready`: der Host wartete vergebens
check-busy-ok = nach { $count } Nachrichten beschäftigt bei einem Fenster von { $window }; vom nächsten nichts genommen, später `ready`
check-input-empty-address = eine leere Adresse
check-input-huge-address = eine Adresse von 64 KiB
check-input-nul-address = eine Adresse mit einem NUL darin
check-input-binary-address = eine Adresse, die kein UTF-8 ist
check-input-two-line-address = eine Adresse aus zwei Zeilen
check-input-blank-address = eine Adresse aus Leerzeichen
check-input-no-text = eine Nachricht ohne Betreff und Text
check-input-binary-text = ein Text, der kein UTF-8 ist
check-input-huge-text = ein Text, der größer ist, als sein Manifest erlaubt
check-input-no-recipient = ein Stapel ohne Empfänger
check-refuses-whole-batch = { $what }: es lehnt den ganzen Stapel ab (Status { $status }), und damit die guten Nachrichten
check-harms-neighbour = { $what }: eine gewöhnliche Nachricht daneben hat einen anderen Ausgang als allein
check-bad-input-ok = { $count } Arten schlechter Eingaben, jede mit ihrem Ausgang
check-expired-outcome = eine Nachricht, deren Frist vorbei ist, hat Ausgang { $code }, nicht EXPIRED (303) oder UNTOUCHED (201)
check-expired-sent = eine Nachricht, deren Frist vorbei ist, ging hinaus
check-deadline-matters = eine Frist in einer Stunde ändert den Ausgang einer Nachricht
check-cancel-ok = zu spät geht nicht hinaus, rechtzeitig geht hinaus, jede einmal beantwortet
check-submit-waits = `submit` wartet, während der Server hängt: drei Aufrufe dauerten über 100 ms
check-drain-slow = `drain` dauerte { $ms } ms
check-submit-slow = jeder zehnte Aufruf dauert über eine Millisekunde (p50 { $p50 } µs, p90 { $p90 } µs)
check-latency-ok = `submit` p50 { $p50 } µs, p90 { $p90 } µs, während der Server hängt

# Checks 22 to 25: faults of the provider and of the host, many calls at once.
check-no-provider = es verbindet sich mit keinem Anbieter: seine Einstellungen haben weder Port noch Ordner der Prüfung
check-never-connected = es verband sich nie mit dem Port der Prüfung
check-no-whole-message = zum Port der Prüfung kam keine ganze Nachricht: spricht es dort HTTP oder SMTP?
check-fault-wrong = { $what }: Ausgang { $code }, { $expected }
check-fault-questionable = { $what }: Ausgang { $code }, was erlaubt ist, aber niemandem hilft
check-fault-refused-connection = die Verbindung wird abgelehnt
check-fault-reset-on-connect = die Verbindung wird sofort getrennt
check-fault-reset-mid-message = die Verbindung wird mitten in einer Nachricht getrennt
check-fault-reset-after-message = die Verbindung wird nach der ganzen Nachricht getrennt
check-fault-garbage = die Antwort auf die ganze Nachricht ist Rauschen
check-fault-drip = die Antwort kommt Byte für Byte
check-fault-refused-for-now = es wird vorläufig abgelehnt
check-fault-refused-for-good = es wird endgültig abgelehnt
check-fault-no-tls = TLS ist gewollt, und der Server hat keines
check-expected-not-sent = obwohl nichts hinausging: 2xx oder 5xx ist richtig
check-expected-no-reply = obwohl nichts zurückkam: 2xx, 4xx oder 5xx ist richtig
check-expected-unknown = obwohl es angenommen sein kann: MAYBE_SENT (400) ist richtig
check-expected-accepted = obwohl es am Ende angenommen wurde: 1xx ist richtig
check-expected-refused-for-now = obwohl es später gehen kann: 2xx ist richtig
check-expected-refused-for-good = obwohl es abgelehnt ist: 3xx ist richtig
check-faults-ok = 8 Fehler des Anbieters, jeder mit dem richtigen Ausgang; { $tls }
check-word-with-tls = mit TLS
check-without-tls = ohne TLS: `x-check.tls` nennt keine Schlüssel dafür
check-folder-gone-ok = sein Ordner ist weg: Ausgang { $code }
check-folder-gone-wrong = sein Ordner ist weg: Ausgang { $code }, { $expected }
check-inbound-no-capability = es empfängt nichts: keine Fähigkeit `inbound`
check-inbound-no-file = es empfängt, aber sein Schema sagt nicht, wie man eine Nachricht macht (`x-check.inbound.file`)
check-inbound-unknown = eine Nachricht kam von einem unbekannten Absender
check-inbound-acknowledged-early = es hatte dem Anbieter schon "angekommen" gesagt, als es den Host bat, eine Nachricht zu speichern
check-inbound-other-text = der Text einer Nachricht ist nicht, was geschrieben wurde
check-inbound-other-id = eine Nachricht, die wiederkam, hatte eine andere Kennung
check-inbound-same-id = verschiedene Nachrichten haben dieselbe Kennung
check-inbound-lost = { $lost } von { $count } Nachrichten von außen gingen verloren
check-inbound-ok = { $count } Nachrichten, jede zweite abgelehnt, drei Starts: keine verloren, keine zu früh bestätigt
check-during-complete-fault = wenn der Host `complete` mit einem Fehler beantwortet: { $why }
check-refuses-bare-host = es lehnt einen Host ohne Protokoll und Eingang ab: { $why }
check-host-faults-ok = ein Host, der mit Fehlern antwortet, und einer ohne log, inbound, receipt, ready und Erweiterungen
check-only-confined = in der Abschottung, nicht ohne sie: { $why }
check-unsent-confined = eine Nachricht geht nicht hinaus (Ausgang { $code }): nennt `hosts` ihren Port?
check-fuzz-ok = { $calls } Aufrufe von 8 Threads, Zufall ab { $seed }, { $confinement }
check-unconfined = ohne die Abschottung
check-confined = in der ganzen Abschottung
check-and = { $all }; { $next }
check-partly-confined = in einem Teil der Abschottung: { $gaps }

# Checks 26 to 29: each person's own message, no traces, claims, words of the schema.
check-step-canaries = Kanarien werden gesendet: jeder Empfänger hat einen eigenen Text
check-step-attachment = Kanarien mit einem Anhang werden gesendet
check-step-claims = es wird nachgesehen, was sein Manifest verspricht
check-give-provider = was hinausgeht, ist nicht zu sehen: geben Sie Einstellungen mit {"{"}port{"}"} oder {"{"}folder{"}"} an (`--settings DATEI`, oder `x-check.config` in seinem Schema); wer an niemanden sendet, sagt `x-check.remote = "none"`
check-give-settings = { $why }; geben Sie Einstellungen an, mit denen es sich öffnet: `--settings DATEI`, oder `x-check` in seinem Schema, mit {"{"}host{"}"} und {"{"}port{"}"}, wo es sich verbindet
check-sends-to-nobody = es sagt, dass es an niemanden sendet (`x-check.remote` ist `none`)
check-nothing-sent-here = keine von { $count } Nachrichten wurde gesendet, also war nichts zu sehen ({ $detail }); geben Sie Einstellungen an, mit denen es an den Anbieter des Prüfstands sendet: `--settings DATEI`, oder `x-check` in seinem Schema
check-promise-own-text = es sagt „gesendet“, und was Empfänger { $index } gehört (die Variable im Text), steht in nichts, was hinausging
check-promise-no-text = die Nachricht an Empfänger { $index } ging ohne ihren Text hinaus
check-promise-twice = die Nachricht an Empfänger { $index } ging { $count }-mal hinaus
check-promise-wrong-recipient = die Nachricht an Empfänger { $index } ging nicht an dessen Adresse allein
check-promise-other-person = Empfänger { $index } bekommt, was einem anderen Menschen gehört
check-promise-order = in einer Anfrage für mehrere Menschen stehen Adressen und Texte in verschiedener Reihenfolge
check-promise-attachment = es sagt „gesendet“, und der Anhang steckt in nichts, was hinausging
check-promise-ok = { $count } Empfänger: jeder mit seinem eigenen Text, einmal, an seine eigene Adresse
check-promise-ok-attachment = { $count } Empfänger: jeder mit seinem eigenen Text, einmal, an seine eigene Adresse, mit dem Anhang
check-promise-sealed = { $count } Nachrichten gingen hinaus; nach seinem Etikett kann der Betreiber sie nicht lesen, also wurde nicht angesehen, was darin steht
check-trace = { $what } eines Empfängers steht in { $place }
check-word-name = der Name
check-word-text = der Text
check-word-address = die Adresse
check-word-person = Name oder Adresse
check-place-log = einer Zeile seines Protokolls
check-place-detail = der Begründung eines Ergebnisses
check-place-remote-id = der `remote_id` eines Ergebnisses
check-place-output = dem, was es ausgibt
check-place-state = seinem Zustandsordner, obwohl sein Etikett sagt, dass es nichts speichert
check-place-file = `{ $path }`, außerhalb seiner Ordner
check-traces-ok = { $count } Empfänger: nichts von ihnen in Protokoll, Ausgabe, Ergebnissen oder Dateien außerhalb
check-claim-no-extension = es verspricht `{ $capability }` und hat kein `{ $id }`
check-claim-attachments-refused = es verspricht `attachments` und lehnt eine Nachricht mit Anhang ab (Ergebnis { $code })
check-claim-no-receipt = es verspricht `receipts`, und für { $count } Nachrichten kam in { $seconds } Sekunden keine (die erste wird mit BUSY beantwortet und muss noch einmal kommen)
check-claim-receipts-unseen = es verspricht `receipts`, und der Prüfstand weiß nicht, wie eine entsteht: sagen Sie `x-check.receipt` in seinem Schema (`file` mit {"{"}id{"}"}, oder `path` und `body` mit {"{"}ids{"}"})
check-claim-receipts-webhook = sein Anbieter ruft mit Quittungen an: der Prüfstand kann das nicht, also wurden sie nicht angesehen
check-inbound-webhook = sein Anbieter ruft mit Nachrichten an: der Prüfstand kann das nicht, also wurden sie nicht angesehen
check-unclaimed = es ruft `{ $function }` auf, ohne `{ $capability }` zu versprechen: der Daemon lehnt das ab
check-claims-ok = was es verspricht, gibt es: { $list }
check-claims-ok-recall = was es verspricht, gibt es: { $list }; { $back } Nachrichten kamen auf Verlangen zurück
check-step-recall = { $count } Nachrichten werden zurückverlangt, während der Server hängt
check-recall-maybe = es bietet `rundruf.recall/1` an und gab keine von { $count } Nachrichten zurück; in Anfragen für viele Menschen können alle begonnen sein: sehen Sie es sich an
check-recall-nothing = es bietet `rundruf.recall/1` an und gab in { $seconds } Sekunden keine von { $count } Nachrichten zurück, von denen die meisten nicht begonnen sein können
check-recall-sent = es gab { $back } von { $count } Nachrichten zurück, und { $sent } gingen trotzdem hinaus
check-strange-word = `config_schema{ $at }`: niemand kennt das Wort `{ $word }`; ist `{ $near }` gemeint?
check-strange-path = `config_schema{ $at }`: `x-path` ist `{ $word }`; es muss `file` oder `folder` sein
check-strange-secret = `config_schema{ $at }`: `x-secret` muss true oder false sein
check-no-such-key = `config_schema{ $at }`: den verlangten Schlüssel `{ $name }` gibt es nicht
check-words-ok = die Wörter des Schemas sind bekannt, und jeden verlangten Schlüssel gibt es

## consent
# Keys of core/consent begin with `consent-`.

# Why a text is not an address.
consent-address-control = die Adresse enthält ein Steuerzeichen
consent-address-date = das ist ein Datum, keine Telefonnummer
consent-address-domain = die Domain ist nicht gültig
consent-address-email = eine E-Mail-Adresse schreibt man name@domain
consent-address-empty = die Adresse ist leer
consent-address-matrix = einen Matrix-Nutzer schreibt man @name:server
consent-address-no-country = diese Landesvorwahl gibt es nicht; schreiben Sie +49…
consent-address-no-region = die Nummer hat keine Landesvorwahl; schreiben Sie +49…, oder setzen Sie `default_region`
consent-address-number-impossible = Telefonnummern dieser Länge gibt es in diesem Land nicht
consent-address-number-long = zu lang für eine Telefonnummer dieses Landes
consent-address-number-short = zu kurz für eine Telefonnummer dieses Landes
consent-address-region = `default_region` ist kein Landeskürzel wie DE
consent-address-signal = ein Signal-Konto ist eine UUID oder eine Telefonnummer
consent-address-sms = eine Telefonnummer schreibt man +49…, mit 8 bis 15 Ziffern
consent-address-threema = eine Threema-ID hat acht Buchstaben oder Ziffern
consent-address-too-long = die Adresse ist länger als { $bytes } Bytes
consent-address-xmpp = eine XMPP-Adresse schreibt man name@server
consent-basis-purpose = der Zweck war „{ $before }“ und ist jetzt „{ $now }“
consent-basis-sender = der Absender war „{ $before }“ und ist jetzt „{ $now }“
consent-basis-text = der Text, dem die Leute zugestimmt haben, war „{ $before }“ und ist jetzt „{ $now }“

# Transitions and evidence.
consent-evidence-unreadable = der Nachweis kann nicht entschlüsselt werden: sein Schlüssel wurde gelöscht, oder er wurde verändert
consent-illegal-transition = eine Einwilligung im Zustand { $state } nimmt `{ $event }` nicht an

# What a consent text lacks, or should not say.
consent-lint-no-controller = der Text nennt „{ $name }“ nicht
consent-lint-no-title = der Text nennt „{ $title }“ nicht: Wofür ist die Einwilligung?
consent-lint-no-withdrawal = der Text sagt nicht, wie man sich abmeldet
consent-lint-too-short = der Text ist leer oder zu kurz, um etwas zu erklären
consent-lint-vague = „{ $word }“ lässt offen, wer schreibt und was
consent-list-change = Am { $at } hat der Absender die Liste { $list } geändert und erklärt, dass sie mit anderen Worten denselben Zweck hat ({ $what }). Angegebener Grund: { $reason }

# Where the log did not go on as it was.
consent-break-fork = Am { $at } wurde das Protokoll von einer älteren Kopie mit { $size } Einträgen fortgesetzt; { $signed } waren zuvor unterschrieben. Angegebener Grund: { $reason }
consent-break-restore = Am { $at } wurde das Protokoll aus einer Sicherung mit { $size } Einträgen zurückgeholt. Angegebener Grund: { $reason }

# The page for people in a proof file.
consent-page-act-checkbox = Häkchen im Anmeldeformular
consent-page-act-import = aus einer Datei übernommen
consent-page-act-inbound = Nachricht von dieser Adresse
consent-page-act-one-click = Abmeldeknopf im Mailprogramm
consent-page-act-operator = von einer Mitarbeiterin oder einem Mitarbeiter eingetragen
consent-page-act-other = auf anderem Weg
consent-page-act-post = Knopf auf unserer Seite
consent-page-act-timer = eine Frist ist abgelaufen
consent-page-act-transport = Meldung des Zustelldienstes
consent-page-actor-operator = durch: Personal ({ $name })
consent-page-actor-other = durch: andere
consent-page-actor-person = durch: die Person selbst
consent-page-actor-system = durch: automatisch
consent-page-address = Adresse
consent-page-after = Danach: { $state }
consent-page-breaks = Unterbrechungen des Protokolls
consent-page-changes = Änderungen der Liste seit der Einwilligung
consent-page-channel-email = E-Mail
consent-page-channel-matrix = Matrix-Konto
consent-page-channel-other = anderer Kanal
consent-page-channel-signal = Signal-Konto
consent-page-channel-sms = Mobilnummer (SMS)
consent-page-channel-threema = Threema-ID
consent-page-channel-xmpp = XMPP-Konto
consent-page-check = So prüfen Sie diesen Nachweis
consent-page-check-key = Besorgen Sie den öffentlichen Schlüssel des Absenders auf anderem Weg als aus dieser Datei: Öffnen Sie { $url } auf der Website des Absenders (und vergewissern Sie sich, dass die Website dem Absender gehört), oder erfragen Sie ihn brieflich oder telefonisch. Er muss mit der Zeile übereinstimmen, die unten steht.
consent-page-check-others = VERIFY.md beschreibt dieselbe Prüfung mit anderen Programmen, ohne unseres.
consent-page-check-run = Führen Sie in diesem Ordner aus: python3 verify.py --key SCHLÜSSEL, mit diesem Schlüssel anstelle von SCHLÜSSEL. Ein Netz wird nicht gebraucht.
consent-page-check-verdicts = „Gültig“ heißt: Nichts wurde verändert, und der Schlüssel des Absenders hat unterschrieben. „Stimmig“ heißt: Nichts wurde verändert, seit jemand mit dem Schlüssel aus dieser Datei unterschrieben hat; wem dieser Schlüssel gehört, müssen Sie noch vergleichen. „Ungültig“ heißt: Etwas wurde verändert, oder ein anderer Schlüssel hat unterschrieben.
consent-page-check-what = Jedes Ereignis oben wurde zu seiner Zeit in ein Protokoll eingetragen, das nur wachsen kann. Es hatte { $size } Einträge, als dieser Nachweis erstellt wurde. Wer einen davon nachträglich ändert, fällt bei dieser Prüfung auf.
consent-page-consent-text = Text, dem die Person zugestimmt hat
consent-page-controller = Verantwortlich
consent-page-detail = Näheres: { $detail }
consent-page-earlier = angefragt am { $asked }, bestätigt am { $confirmed }
consent-page-event-close-list = Liste wurde geschlossen
consent-page-event-confirm = Die Person hat bestätigt
consent-page-event-decline = Die Person hat abgelehnt
consent-page-event-edit = Angaben der Person wurden geändert
consent-page-event-erase = Eintrag wurde gelöscht
consent-page-event-go-stale = wegen Nichtnutzung ausgesetzt
consent-page-event-hold = vorläufig angehalten
consent-page-event-hold-expired = beendet, weil während der Pause niemand geantwortet hat
consent-page-event-import-a = mit vollständigem Nachweis aus einem anderen System übernommen
consent-page-event-import-b = mit Nachweis aus einem anderen System übernommen
consent-page-event-import-c = ohne Nachweis aus einem anderen System übernommen, gesperrt
consent-page-event-import-d = als Bestandskundin oder Bestandskunde übernommen
consent-page-event-import-e = gekaufte oder gemietete Daten, abgewiesen
consent-page-event-invalidate = für ungültig befunden
consent-page-event-merge = zwei Einträge der Person wurden zu einem
consent-page-event-other = ein Ereignis anderer Art
consent-page-event-renew = Die Person hat die Einwilligung erneuert
consent-page-event-request-expired = nicht rechtzeitig bestätigt
consent-page-event-request-failed = Die Anfrage war nicht zustellbar
consent-page-event-resume = nach einer Pause fortgesetzt
consent-page-event-sign-up = eingetragen; die Person wurde um Bestätigung gebeten
consent-page-event-stop = widerrufen
consent-page-event-stop-all = für alle Listen widerrufen
consent-page-history = Was geschehen ist
consent-page-how = Wie
consent-page-intro = Wer wann in welche Nachrichten eingewilligt hat und wie es dazu kam. Erstellt am { $made }; was später geschah, steht nicht darin.
consent-page-limits = Was damit nicht bewiesen ist
consent-page-limits-text = Wer das Telefon in der Hand hielt oder das Postfach geöffnet hat, dass das Eingetragene wahr ist, und dass nach der Erstellung nichts mehr geschehen ist.
consent-page-list = Thema und Zweck
consent-page-message-id = Nummer der Nachricht (Message-Id)
consent-page-number = Nr.
consent-page-other-text = Verwendeter Text
consent-page-remote-id = Nummer beim Zustelldienst
consent-page-sent = Die Bitte um Bestätigung, wie sie versandt wurde
consent-page-sent-delivered = zugestellt
consent-page-sent-failed = nicht versandt
consent-page-sent-other = noch nicht versandt
consent-page-sent-read = gelesen
consent-page-sent-removed = Angaben nach der Aufbewahrungsfrist gelöscht
consent-page-sent-sent = versandt
consent-page-sent-skipped = nicht versandt
consent-page-sent-unknown = möglicherweise versandt
consent-page-source = über: { $source }
consent-page-source-command = unser Personal
consent-page-source-file = eine Datei
consent-page-source-form = Anmeldeformular
consent-page-source-link = den Link in einer Nachricht
consent-page-source-other = einen anderen Weg
consent-page-source-qr = einen QR-Code
consent-page-source-shop = den Shop
consent-page-source-timer = eine Frist
consent-page-state-confirmed = Einwilligung erteilt
consent-page-state-customer = Bestandskunde (keine Einwilligung)
consent-page-state-declined = abgelehnt
consent-page-state-erased = gelöscht
consent-page-state-expired = Anfrage ohne Antwort abgelaufen
consent-page-state-held = angehalten, es wird nichts gesendet
consent-page-state-invalidated = für ungültig befunden, es wird nichts gesendet
consent-page-state-none = keine Einwilligung
consent-page-state-objected = Werbung widersprochen
consent-page-state-other = anderer Stand
consent-page-state-quarantined = ohne Nachweis, es wird nichts gesendet
consent-page-state-requested = angefragt, noch nicht bestätigt
consent-page-state-stale = wegen Nichtnutzung ausgesetzt
consent-page-state-terminated = beendet, Liste geschlossen
consent-page-state-withdrawn = widerrufen
consent-page-status = Stand
consent-page-texts = Texte
consent-page-time = Zeit
consent-page-title = Einwilligungsnachweis
consent-page-transport = Zustelldienst
consent-page-what = Ereignis
consent-page-words = mit den Worten der Person: „{ $words }“

# Why a proof file cannot be made or read.
consent-proof-archive = das Archiv kann nicht geschrieben werden: { $cause }
consent-proof-archive-changed = Bytes darin wurden verändert, oder es ist abgeschnitten
consent-proof-blind-damaged = die Datei, die einen Datensatz öffnet, ist beschädigt
consent-proof-damaged = es ist beschädigt
consent-proof-file-missing = `{ $name }` fehlt oder ist kein Text
consent-proof-key-damaged = der Schlüssel darin ist keiner
consent-proof-log-proof-damaged = ein Beweis des Protokolls ist beschädigt
consent-proof-name-twice = ein Dateiname kommt zweimal vor
consent-proof-no-checkpoint = der Nachweis kann nicht gemacht werden: der Stand des Protokolls wurde nicht mit diesem Schlüssel unterschrieben
consent-proof-no-events = der Nachweis kann nicht gemacht werden: Ereignisse fehlen
consent-proof-no-hashes = der Nachweis kann nicht gemacht werden: Prüfsummen des Protokolls fehlen
consent-proof-not-one = das ist kein Nachweis: { $why }
consent-proof-not-zip = es ist kein ZIP-Archiv
consent-proof-record-not-json = ein Datensatz ist kein JSON
consent-proof-records-damaged = seine Datensätze sind beschädigt
consent-proof-too-large = es ist zu groß

# What the check of a proof file found; the English is the same as in verify.py.
consent-verify-canonical = Datensatz { $n } hat die feste Form
consent-verify-change = Angabe { $n } des Absenders zur Liste steht im Protokoll, an Stelle { $index }
consent-verify-digests = Prüfsummen von { $count } Dateien
consent-verify-failed = FALSCH: { $what }
consent-verify-file-changed = { $name } ist nicht, was das Verzeichnis sagt
consent-verify-first-version = von der ersten Version erstellt: sie unterschrieb die Datensätze und ihren Platz im Protokoll, nicht die Seite; lesen Sie record.json und die Texte, nicht beleg.html
consent-verify-in-log = Datensatz { $n } steht im Protokoll, an Stelle { $index }
consent-verify-key = der Schlüssel des Absenders hat unterschrieben
consent-verify-manifest = unterschriebenes Verzeichnis von { $count } Dateien
consent-verify-name = `{ $name }` gehört zu keinem Nachweis
consent-verify-ok = gut: { $what }
consent-verify-order = Datensatz { $n } folgt auf den davor
consent-verify-sent = die Nachricht zu Datensatz { $n } liegt bei, wie sie versandt wurde
consent-verify-signature = Unterschrift des Stands
consent-verify-text = der Text von Datensatz { $n } ist dabei und unverändert


## daemon
# Keys of core/daemon begin with `daemon-`.

daemon-add-transport = legen Sie [transports.{ $name }] an; es gibt: { $known }
daemon-address-with-channel = schreiben Sie Kanal:Adresse, wie sms:+49170…; das Plugin bedient { $served }
daemon-admin-address-example = schreiben Sie email:chef@krume.example
daemon-admin-name-a-second = nennen Sie dort einen zweiten
daemon-admin-unreachable = fällt { $names } aus, erfahren Sie es nicht: `admin.notify` nennt keinen anderen Transport
daemon-after-a-withdrawal = nach einem Widerruf
daemon-all-is-well = Alles in Ordnung.
daemon-answer-ended-early = die Antwort brach ab
daemon-answer-no = nein
daemon-answer-yes = ja
daemon-argument-missing = es fehlt: { $name }
daemon-argument-needs-a-value = `{ $name }` braucht einen Wert
daemon-arguments-conflict = `{ $name }` geht nicht zusammen mit `{ $other }`
daemon-ask-who-built-it = fragen Sie, wer es gebaut hat
daemon-at-least = mindestens { $limit }
daemon-at-most = höchstens { $limit }
daemon-backup-faulty = diese Sicherung kann so nicht zurückgeholt werden
daemon-backup-good = Die Sicherung ist vollständig und kann zurückgeholt werden: { $size } Einträge im Protokoll der Einwilligungen
daemon-backup-made = Sicherung in { $folder }: { $size } Einträge im Protokoll der Einwilligungen, { $running } laufende Aussendungen
daemon-backup-with-key = Sie enthält alles, womit alle persönlichen Daten lesbar sind, den Schlüssel der Maschine und die Einstellungen mit den darin geschriebenen Geheimnissen: bewahren Sie sie verschlossen auf.
daemon-backup-without-key = Der Schlüssel der Maschine ist nicht darin. Bewahren Sie ihn anderswo auf: ohne ihn kann die Sicherung nicht zurückgeholt werden.
daemon-broadcast = Aussendung
daemon-broadcast-resent = { $count ->
    [0] Aussendung { $id }: keine gescheiterte Zustellung ist übrig, die noch einmal gesendet werden darf
    [one] Aussendung { $id }: 1 gescheiterte Zustellung wird noch einmal versucht; wer inzwischen gestoppt hat, wird übersprungen
   *[other] Aussendung { $id }: { $count } gescheiterte Zustellungen werden noch einmal versucht; wer inzwischen gestoppt hat, wird übersprungen
}
daemon-broadcast-sent = Aussendung { $id }; wie weit: rundruf broadcast status { $id } --wait
daemon-can = kann
daemon-cannot-change-transport = `{ $file }`: [transports.{ $name }] lässt sich nicht ändern
daemon-cannot-read = `{ $shown }` kann nicht gelesen werden: { $error }
daemon-cannot-run-like-this = so lässt es sich nicht betreiben
daemon-cannot-write = `{ $path }` kann nicht geschrieben werden: { $error }
daemon-channel-missing = der Kanal fehlt
daemon-channels = Kanäle
daemon-check-origin-then-pin = prüfen Sie, woher die Datei kommt; `rundruf plugin pin { $name }` legt sie dann neu fest
daemon-check-summary = { $passed } bestanden, { $warned } mit Warnung, { $bad } durchgefallen, { $skipped } ausgelassen{ $errors ->
        [0] {""}
       *[other] , { $errors } nicht gelaufen
    }
daemon-checked = geprüft
daemon-checked-on = zuletzt geprüft
daemon-checks-did-not-run = { $errors } von { $all } Prüfungen konnten nicht laufen: die Gründe stehen oben und sagen nichts über das Plugin
daemon-chmod-600 = chmod 600 auf diese Datei
daemon-clock-accepted = Die Uhr gilt: { $time }. Was gewartet hat, geht weiter.
daemon-clock-believed = Die Uhr geht richtig: { $time }.
daemon-clock-held =
    Die Uhr ist gesprungen und gilt seit { $since } nicht mehr: Sie zeigt { $shown }, erwartet ist { $expected }.
    Nichts beginnt, verfällt, wird gelöscht oder signiert. Wenn die Uhr richtig geht: rundruf clock accept
daemon-close-needs-yes = das Schließen der Liste `{ $name }` beendet { $live } Einwilligungen für immer, und es gibt kein Terminal, auf dem gefragt werden kann
daemon-close-needs-yes-help = sagen Sie es mit --yes
daemon-close-question = Das Schließen der Liste `{ $name }` beendet { $live } Einwilligungen für immer. Schließen? (ja/nein)
daemon-connection-broke = die Verbindung zum Daemon brach ab
daemon-consent-text-rule = jede Einwilligung nennt, wer was schickt und wie man sich abmeldet
daemon-consistent = STIMMIG, unterschrieben mit dem Schlüssel in dieser Datei: vergleichen Sie ihn. Ob er dem Absender gehört, wurde nicht geprüft.
    Schlüssel in der Datei: { $key }
    Der Absender veröffentlicht seinen Schlüssel unter { $url }
    Dann: rundruf log verify { $file } --key SCHLÜSSEL
daemon-contact-kept = für Rechtsansprüche aufbewahrt bis { $until }: { $reason }
daemon-contact-kept-then-erased = für Rechtsansprüche aufbewahrt bis { $until }: { $reason }. Die Person will vergessen werden: wird dann gelöscht
daemon-contact-on-hold = Aufbewahrt bis { $until }: vorher wird nichts davon gelöscht. Nachrichten gehen weiter wie bisher; `consent withdraw` beendet sie
daemon-contact-released = Nicht mehr für Rechtsansprüche aufbewahrt
daemon-contact-released-erased = Nicht mehr für Rechtsansprüche aufbewahrt und gelöscht, wie die Person es verlangt hat
daemon-contact-rests = { $address } bekommt keine Nachrichten: die Adresse war einmal unzustellbar
daemon-contact-rests-since = { $address } bekommt seit { $since } keine Nachrichten: { $transport } bekam die Auskunft, die Adresse sei unzustellbar ({ $reply })
daemon-contact-revive-hint = wenn sie wieder erreichbar ist: rundruf contact revive { $address }
daemon-content = Inhalt
daemon-content-readable-there = Inhalt dort lesbar
daemon-contract = Vertrag
daemon-contract-not-kept = das Plugin hält den Vertrag nicht ein: { $bad } von { $all } Prüfungen
daemon-country = Land
daemon-crashed = ABGESTÜRZT
daemon-create-a-transport = legen Sie erst einen an: [transports.NAME]
daemon-create-folder = mkdir -p { $shown }, oder nennen Sie einen anderen
daemon-create-secret-file = legen Sie die Datei an; Pfade beginnen bei dieser Datei
daemon-create-settings-file = legen Sie die Datei an, oder nennen Sie eine andere mit --config
daemon-daemon-not-running = der Daemon läuft nicht; sie gilt ab dem nächsten Start
daemon-daemon-starts-without = der Daemon würde starten, aber ohne diese Transporte: { $names }
daemon-daemon-would-not-start = der Daemon würde nicht starten
daemon-data-passed-on = weitergegebene Daten
daemon-default = Vorgabe
daemon-default-label = Vorgabe:
daemon-demanded = verlangt
daemon-did-not-run = LIEF NICHT
daemon-did-you-mean = meinten Sie `{ $name }`?
daemon-digest-differs = `{ $shown }` hat die Prüfsumme { $found }, festgelegt ist { $pinned }
daemon-doctor-found-something = `doctor` hat etwas gefunden
daemon-does-it-run = läuft er? rundruf serve --config DATEI
daemon-does-not-serve = `{ $id }` bedient { $word } nicht
daemon-each-message-needs-one-outcome = jede Nachricht braucht genau ein Ergebnis; `rundruf plugin check { $path }` findet den Fehler
daemon-error = Fehler
daemon-example-label = Beispiel:
daemon-failed = DURCHGEFALLEN
daemon-fault-count = { $count } Fehler: so startet der Daemon nicht, oder nicht mit allen Transporten.
daemon-faults-in-the-settings = Fehler in den Einstellungen: { $count }
daemon-file = Datei
daemon-file-failed = `{ $file }`: { $error }
daemon-file-too-large = `{ $file }` ist größer als { $most } MiB
daemon-file-too-large-help = Nehmen Sie eine kleinere Datei
daemon-folder-exists = `{ $name }` gibt es hier schon
daemon-folder-of-its-own = geben Sie dem Plugin einen Ordner für sich allein
daemon-fork-reason = `--reason` ist leer: was dort steht, sagt jeder spätere Nachweis
daemon-forked = Das Protokoll der Einwilligungen geht als Abzweigung mit { $size } Einträgen weiter; { $signed } waren unterschrieben. Jeder spätere Nachweis zeigt es. Laufende Aussendungen sind angehalten: sehen Sie sie an, bevor Sie `broadcast resume` sagen
daemon-former-name-taken = `{ $name }` heißt ein Transport in diesen Einstellungen, oder zwei hießen früher so
daemon-former-name-taken-help = `renamed_from` ist der Name, den der Transport vorher hatte; entfernen Sie ihn, sobald der Daemon einmal damit gestartet ist
daemon-frequency-cap-example = wie {"{"} messages = 4, per = "30d" {"}"}
daemon-frequency-cap-range = `per` muss größer als 0 und höchstens `366d` sein
daemon-further-processors = weitere Verarbeiter
daemon-goes-to = geht an
daemon-help-backup = eine Kopie von allem in einem Ordner, auch während der Daemon läuft
daemon-help-backup-create = eine Sicherung machen
daemon-help-backup-folder = Ordner der Sicherung; beim Machen leer oder noch nicht da
daemon-help-backup-machine-key = der Schlüssel der Maschine, wenn er nicht in der Sicherung ist
daemon-help-backup-restore = eine Sicherung dorthin zurückholen, wo die Einstellungen sagen; es darf kein Daemon laufen und keine Datenbank da sein
daemon-help-backup-verify = eine Sicherung prüfen, nichts ändern
daemon-help-contact-edit = Namen, Sprache oder Angaben ändern; ein leerer Wert löscht
daemon-help-contact-hold = Daten einer Person für Rechtsansprüche aufbewahren: nichts davon wird bis dahin gelöscht
daemon-help-contact-release = Beenden, dass Daten einer Person für Rechtsansprüche aufbewahrt werden
daemon-help-contact-revive = eine unzustellbare Adresse wieder anschreiben lassen
daemon-help-contact-merge = den zweiten Kontakt in den ersten übernehmen
daemon-help-fork-reason = warum; jeder spätere Nachweis sagt es
daemon-help-hold-reason = warum; wird aufbewahrt
daemon-help-hold-until = der letzte Tag, etwa 2027-12-31
daemon-help-how-many-entries = wie viele Einträge
daemon-help-import-dates = was in 05/01/2024 vorn steht, Tag (dmy) oder Monat (mdy); sonst werden solche Daten abgelehnt
daemon-help-import-keep = diese weitere Spalte speichern; mehrfach möglich
daemon-help-import-keep-all = alle weiteren Spalten speichern
daemon-help-import-more = 
    Spalten (die erste Zeile nennt sie; andere Überschriften mit --map, übliche wie „E-Mail-Adresse“, „Vorname“ oder „Sprache“ sind bekannt):
      channel, address   email, sms, threema, signal, matrix oder xmpp, und die Adresse dort;
                         oder eine Spalte je Kanal, die so heißt: email, sms, …
      first_name, last_name
                         für Platzhalter in Nachrichten
      language           de, de_AT, German, Deutsch (Deutschland), …; eine unbekannte gilt als keine
      requested_at       wann sich die Person angemeldet hat
      confirmed_at       wann sie das bestätigt hat
      source             wo: eine URL oder der Name eines Dokuments
      consent_text       die Worte, die die Person sah, oder @DATEI: ein Text neben der Tabelle oder in einem Ordner darunter
      last_used_at       wann zuletzt aufgrund dessen etwas gesendet wurde (darf fehlen)
    Weitere Spalten werden nicht gespeichert, außer mit --keep ÜBERSCHRIFT, --keep-all oder einem Namen in --map.

    Zeiten: 2026-05-01T10:00:00+02:00, 2026-05-01, 01.05.2026 10:00, 1.5.26, 1. Mai 2026, Datumszahlen von Tabellenkalkulationen.
    Ohne Angabe gelten sie in `time_zone` der Einstellungen. 05/01/2026 wird abgelehnt, wenn --dates nicht sagt, was es heißt.

    Nachweisklassen:
      A   jede Zeile hat das ganze Double-Opt-in: requested_at, confirmed_at, source, consent_text. Die Einwilligung gilt.
      C   weniger als das. Die Zeile wird gesperrt gespeichert: an sie wird nichts gesendet, auch keine Bitte.

    UTF-8, UTF-16 und Windows-1252, getrennt durch ; , oder Tabulator. Jede Zeile, die nicht einfach übernommen wurde, steht mit Grund im Bericht.
    Ende mit 0, wenn Zeilen übernommen wurden, mit 1, wenn die Datei nicht lesbar ist oder jede Zeile abgelehnt wurde.

    Beispiele:
      rundruf import kunden.csv --list angebote --evidence A --dry-run
      rundruf import kunden.csv --list angebote --evidence C --set channel=email --set source="Aushang im Laden"
daemon-help-import-set = ein Wert für alle Zeilen, wie channel=email; mehrfach möglich
daemon-help-import-update = Namen und Angaben bekannter Kontakte ersetzen
daemon-help-key-of-the-log = öffentlicher Schlüssel des Protokolls des Absenders oder eine Datei damit; nicht der aus dem Nachweis
daemon-help-language-of-the-person = Sprache der Person, sonst de
daemon-help-log-fork = eine ältere Kopie der Datenbank sichtbar fortsetzen; der Daemon muss angehalten sein
daemon-help-pending-question = was die Person gefragt wurde: optin, renew oder hold
daemon-help-text-or-file-with-json = ein Text, oder eine Datei mit JSON-Zeilen (text, lang, pending, reaction); - oder nichts: Standardeingabe
daemon-help-the-newest-entries-first = die neuesten Einträge zuerst: wann, wer, was, alt → neu
daemon-help-verify-codes = 
    Rückgabewerte: 0 gültig, 3 stimmig (unterschrieben mit dem Schlüssel in der Datei, der nicht verglichen wurde), 1 ungültig.
    Ohne --key gilt der öffentliche Schlüssel des Protokolls dieser Maschine, wenn der Nachweis sagt, dass er von diesem Protokoll ist.
daemon-help-who-changed-what-and-when = Wer wann was geändert hat
daemon-help-without-machine-key = den Schlüssel der Maschine nicht mitsichern
daemon-host-of-setting = was `{ $key }` sagt{ $otherwise }
daemon-import = Import
daemon-import-all-refused = keine Zeile wurde übernommen
daemon-import-all-refused-help = der Bericht nennt zu jeder Zeile den Grund
daemon-import-broke-off = der Daemon brach ab
daemon-import-columns = Spalten
daemon-import-dry-run = Probelauf: nichts wurde gespeichert. Ein echter Import dieser Datei ergäbe jetzt:
daemon-import-left-out = nicht gespeichert
daemon-import-left-out-columns = { $names } (`--keep ÜBERSCHRIFT` oder `--keep-all` speichert sie)
daemon-import-reason =   { $count } × { $verdict }: { $reason } (Zeile { $lines })
daemon-import-reasons-more =   { $count } × andere Gründe: siehe Bericht
daemon-import-report-help = nennen Sie eine andere Datei: `--report DATEI`
daemon-import-report-is-file = der Bericht würde die importierte Datei überschreiben
daemon-import-set = `--set { $text }` ist nicht SPALTE=WERT, oder nennt eine Spalte noch einmal
daemon-import-set-help = wie in `--set channel=email`
daemon-import-text-link = ein Link, oder in einem Ordner hinter einem: wird nicht gelesen
daemon-import-text-long = länger als { $kib } KiB
daemon-import-text-outside = außerhalb des Ordners der Tabelle: wird nicht gelesen
daemon-in-flight = unterwegs zugleich
daemon-inbox-attachments = { $n ->
    [one] mit einem Anhang, der nicht aufbewahrt wird
   *[other] mit { $n } Anhängen, die nicht aufbewahrt werden
}
daemon-input-failed = die Eingabe lässt sich nicht lesen: { $error }
daemon-isolation-process = schreiben Sie isolation = "process", oder lassen Sie es weg
daemon-it-serves = er kann: { $channels }
daemon-keep-in-one-file = behalten Sie es in einer
daemon-kept = Aufbewahrung
daemon-key-in-two-files = `{ $pointer }` steht in zwei Dateien: `{ $one }` und `{ $other }`
daemon-key-missing = `{ $full }` fehlt
daemon-keys-label = Schlüssel:
daemon-keys-of-plugin = { $help }; die eigenen Schlüssel des Plugins gehören in [{ $name }.config]
daemon-known-are = bekannt sind: { $names }
daemon-label-summary = gibt weiter: { $out }; geht an: { $to }
daemon-larger-than-4-mib = größer als 4 MiB
daemon-limits = Grenzen
daemon-list-closed = die Liste `{ $name }` ist geschlossen; { $ended } Einwilligungen sind beendet
daemon-list-exists = die Liste `{ $name }` gibt es schon: `{ $file }`
daemon-list-goes-on = die Liste `{ $name }` geht weiter; der Grund ist aufbewahrt
daemon-list-gone = nicht in den Einstellungen: sie sendet nichts und nimmt nichts an
daemon-list-held = angehalten, sendet nichts: { $what }
daemon-list-held-help = dasselbe mit anderen Worten: rundruf list changed { $name } --same-purpose --reason "…"; ein anderer Zweck: stellen Sie die alten Worte wieder her, und legen Sie eine neue Liste an
daemon-list-name-rule = a-z, 0-9 und -, höchstens 64 Zeichen
daemon-list-not-taken-over = die Liste ist geschrieben, aber der Daemon hat sie nicht übernommen
daemon-list-stops-missing = sendet nichts: Widerrufe seit der Sicherung können fehlen; rundruf doctor sagt, was zu tun ist
daemon-list-taken-over = der Daemon hat sie übernommen
daemon-list-was-closed = die Liste `{ $name }` wurde geschlossen, und ihr Name wird nie wieder benutzt
daemon-list-would-be-gone = die Liste `{ $name }` steht nicht mehr in den Einstellungen: ihre { $live } Einwilligungen bleiben, und sie sendet nichts und nimmt nichts an
daemon-list-would-be-gone-help = nehmen Sie sie wieder auf, oder beenden Sie ihre Einwilligungen mit `rundruf list close`
daemon-list-would-be-held = die Liste `{ $name }` wird angehalten, mit { $live } Einwilligungen: { $what }
daemon-listen-example = schreiben Sie 127.0.0.1:8080
daemon-listen-not-an-address = `web.listen` = `{ $listen }` ist keine Adresse mit Port
daemon-lists-kept-there = Listen dort
daemon-log-continues = das Protokoll ({ $size } Einträge) setzt fort, was unterschrieben wurde
daemon-look-into-log = sehen Sie in sein Protokoll, oder starten Sie ihn neu
daemon-lookups-tell = Nachfragen verraten
daemon-make-room = schaffen Sie dort Platz; nichts wurde halb gespeichert
daemon-map-example = unsere_spalte = "deren Überschrift"
daemon-max-characters = höchstens { $limit } Zeichen
daemon-max-entries = höchstens diese Zahl von Einträgen: { $limit }
daemon-message-not-taken = das Plugin nimmt die Nachricht nicht an: { $why }
daemon-messages-at-once = Nachrichten auf einmal
daemon-min-characters = mindestens { $limit } Zeichen
daemon-min-entries = mindestens diese Zahl von Einträgen: { $limit }
daemon-name-another-address = `web.listen` nennt eine andere Adresse; Port 0 nimmt eine freie
daemon-name-another-list = legen Sie eine neue unter anderem Namen an
daemon-needed-form = gebraucht wird die Form { $pattern }
daemon-needs-a-restart = `{ $key }` hat sich geändert, und das braucht einen Neustart
daemon-needs-own-process = `{ $shown }` braucht einen eigenen Prozess, sagt seine Beschreibung
daemon-no-daemon = der Daemon antwortet nicht auf `{ $socket }`: { $error }
daemon-no-faults = Keine Fehler.
daemon-no-frame = in `{ $language }` gibt es keine Texte von uns: Bitten um Bestätigung können darin nicht gesendet werden
daemon-no-frame-for-text = in `{ $language }` gibt es keine Texte von uns um diesen Text: diese Menschen bekommen ihn in `default_language`
daemon-no-limit = keine Grenze
daemon-no-log-key = `{ $name }` ist weder der öffentliche Schlüssel eines Protokolls noch eine Datei damit
daemon-no-log-key-help = er ist eine Zeile: Name+Nummer+Schlüssel, wie ihn der Absender unter /.well-known/consent-log.vkey veröffentlicht
daemon-no-outcome-came = es kam kein Ergebnis
daemon-no-outcome-yet = {"  "}… noch kein Ergebnis; gewartet wird bis zu { $most } Sekunden
daemon-no-store-url = `{ $shown }` nennt kein `store.url`
daemon-no-such-argument = `{ $name }` gibt es hier nicht
daemon-no-such-check = es gibt keine Prüfung `{ $id }`
daemon-no-such-command = es gibt keinen Befehl `{ $name }`
daemon-no-such-file = die Datei `{ $shown }` gibt es nicht
daemon-no-such-folder = den Ordner `{ $shown }` gibt es nicht
daemon-no-such-key = es gibt keinen Schlüssel `{ $key }`
daemon-no-such-transport = es gibt keinen Transport `{ $name }`
daemon-no-such-transport-in = es gibt keinen Transport `{ $name }` in `{ $path }`
daemon-no-time-zone = es gibt keine Zeitzone `{ $name }`
daemon-no-time-zone-help = wie Europe/Berlin
daemon-no-https = `{ $name }` sendet Links über das Netz, und `public_url` ist ohne https: Mailprogramme bieten dann kein Abmelden mit einem Klick an, und andere können die Links mitlesen
daemon-no-https-help = web.public_url ist die https-Adresse, unter der die Leute die Seiten erreichen
daemon-no-https-relay = falls `{ $name }` Nachrichten an andere Maschinen weitergibt: `public_url` ist ohne https, also bieten Mailprogramme kein Abmelden mit einem Klick an
daemon-no-tls = ohne TLS geht die Post offen über das Netz
daemon-no-transport-in = es gibt keinen Transport in `{ $path }`
daemon-nobody-on-the-network = niemandem im Netz
daemon-none = keine
daemon-not-a-file = das ist keine Datei
daemon-not-a-list-name = `{ $shown }` ist kein gültiger Name einer Liste
daemon-not-a-plugin-name = `{ $name }` ist kein gültiger Name eines Plugins
daemon-not-a-time = `{ $text }` ist kein Zeitpunkt
daemon-not-a-transport-name = `{ $shown }` ist kein gültiger Name eines Transports
daemon-not-before = frühestens in
daemon-not-confirmed = nicht bestätigt
daemon-not-empty = nicht leer
daemon-not-key-value = `{ $pair }` ist nicht SCHLÜSSEL=WERT
daemon-not-toml = das ist kein TOML: sehen Sie sich die Stelle an
daemon-not-tried-with = nicht geprüft mit
daemon-not-utf8 = dieser Text ist kein UTF-8
daemon-not-valid = UNGÜLTIG
daemon-nothing = nichts
daemon-nothing-closed = nichts wurde geschlossen
daemon-nothing-sent = nichts wurde gesendet
daemon-old-copy-help = holen Sie die neueste Sicherung zurück (`rundruf backup restore`). Ist das Spätere endgültig verloren, setzt `rundruf log fork --reason TEXT` diese Kopie fort: laufende Aussendungen pausieren, und jeder spätere Nachweis zeigt es
daemon-one-file-or-another-id = nennen Sie in beiden Transporten dieselbe Datei, oder geben Sie einem der Plugins eine andere Kennung
daemon-one-of = eines von { $names }
daemon-optin-chat-default = die Vorgabe ist 3d
daemon-optin-default = die Vorgabe ist 7d
daemon-optin-range = `optin.expires_after` muss zwischen `1d` und `14d` liegen
daemon-or-default = , sonst{" "}
daemon-otherwise = sonst
daemon-own-process-only = nur ein eigener
daemon-passed = bestanden
daemon-paths-start-here = Pfade beginnen bei dieser Datei
daemon-people = Personen:
daemon-per-second = je Sekunde
daemon-picture-failed = der Text zeigt das Bild `{ $picture }`, aber `{ $file }` ist nicht lesbar: { $error }
daemon-picture-failed-help = Legen Sie die Datei neben den Text, oder berichtigen Sie den Pfad in ![…](…)
daemon-pinned =
    `{ $name }` ist festgelegt auf { $library }
      vorher: { $old }
      jetzt:  { $new }
      steht in { $file }; ein laufender Daemon liest es beim nächsten Neuladen
daemon-pinned-already =
    `{ $name }` ist schon auf diese Datei festgelegt: { $library }
      { $new }
daemon-plan-incomplete = { $people ->
    [one] 1 Person hat für einen Platzhalter keine Angabe und liest dort eine Lücke: { $names }
   *[other] { $people } Personen haben für einen Platzhalter keine Angabe und lesen dort eine Lücke: { $names }
}
daemon-plan-price = Preis über { $transport }: etwa { $total } ({ $messages } × { $parts } × { $each })
daemon-plugin-built = ist es gebaut, und stimmt der Pfad?
daemon-plugin-file-needs-a-path = eine Datei wird mit ihrem Pfad genannt: `./{ $name }`
daemon-plugin-info-shows-all = `rundruf plugin info` zeigt alles, was es von sich sagt
daemon-plugin-info-shows-file = `rundruf plugin info PFAD` zeigt, was eine Datei ist
daemon-plugin-list-shows-all = `rundruf plugin list` zeigt alle; `plugin_dir` sagt, wo sie liegen; eine Datei wird mit ihrem Pfad genannt
daemon-plugin-name-rule = a-z, 0-9 und einzelne -, beginnend mit einem Buchstaben, 2 bis 40 Zeichen: wie mein-anbieter
daemon-plugin-refuses-settings = das Plugin von `{ $name }` lehnt seine Einstellungen ab: { $why }
daemon-plugin-refuses-settings-help = ändern Sie `{ $key }`: mit diesen Einstellungen öffnet das Plugin nicht, und dieser Transport sendet nichts
daemon-plugin-schema-faulty = `{ $shown }`: das Schema seiner Einstellungen ist fehlerhaft: { $error }
daemon-plugin-warns-help = das sagt das Plugin, wenn es mit diesen Einstellungen geöffnet wird; laufen würde es
daemon-plugins-share-an-id = `{ $one }` und `{ $two }` sind verschiedene Plugins mit derselben Kennung `{ $id }`
daemon-preview-title = Vorschau
daemon-preview-written = Vorschau in { $file }; nichts wurde gesendet.
daemon-process = Prozess
daemon-proof-not-valid = dieser Nachweis ist nicht gültig
daemon-proof-written =
    { $file }  ({ $state }, Ereignisse: { $events })
    prüfen: rundruf log verify { $file }, oder auspacken und python3 verify.py
daemon-protection-there = Schutz im Land
daemon-quickstart-1-folder = 1  Ordner { $dir }: Einstellungen, Datenbank, Sandbox.
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
daemon-quickstart-name-another-folder = nennen Sie einen anderen Ordner, oder führen Sie diesen fort: rundruf serve --config { $settings_file }
daemon-quickstart-reply-yes = JA
daemon-quickstart-until-ctrl-c = Läuft weiter bis Strg-C.
daemon-readable-by-others = `{ $shown }` kann von anderen gelesen werden
daemon-readme-says-what-to-change = README.md sagt, was zu ändern ist.
daemon-receipt = Quittung
daemon-remove-list-from-settings = {"  "}= entfernen Sie [lists.{ $name }] aus den Einstellungen: `rundruf config show --origin` zeigt, wo
daemon-repeat-is-safe = Wiederholung sicher
daemon-required = {" "}(nötig)
daemon-resolve-needs-as = wie entscheiden Sie?
daemon-resolve-options = --as sent, --as resend oder --as failed
daemon-restored = Zurückgeholt nach { $database }: { $size } Einträge im Protokoll der Einwilligungen. Was damals lief ({ $running } Aussendungen), ist angehalten, weil es seither versandt worden sein kann: sehen Sie es an, bevor Sie `broadcast resume` sagen.
daemon-restored-stops-known = Widerrufe, die danach kamen, stehen im Verzeichnis der Widerrufe neben der Datenbank und werden beim Start eingetragen.
daemon-restored-stops-missing = Neben der Datenbank liegt kein Verzeichnis der Widerrufe (`{ $file }`): Widerrufe nach der Sicherung können fehlen. Es wird nichts gesendet, bis Sie eingetragen haben, was Sie wissen (rundruf consent withdraw --file DATEI), und es sagen: rundruf consent stops-complete --reason "…"
daemon-probe-default = die Vorgabe ist ["1m", "2m", "5m", "15m"]
daemon-probe-range = `retry.probe_after` ist eine Liste von Zeiten, je 1s bis 1d
daemon-retry-defaults = die Vorgaben sind 30s und 1h
daemon-retry-range = `retry.first` muss größer als 0 und höchstens `retry.longest` sein
daemon-tell-after-default = die Vorgabe ist 5m
daemon-tell-after-range = `retry.tell_after` ist 1s bis 1d
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
daemon-save-as-utf8 = speichern Sie die Datei als UTF-8
daemon-schema-faulty = das Schema des Plugins ist fehlerhaft: { $error }
daemon-schema-shows-all = `rundruf config schema` zeigt alle
daemon-sdk-fetch-sources = holen Sie die Quellen von Rundruf, und nennen Sie sie: --sdk ORDNER; oder schreiben Sie in C: --c braucht nichts davon
daemon-sdk-not-found = dieses Programm ist nicht im Ordner seiner Quellen, und kein Verzeichnis hat das SDK (rundruf-plugin { $version })
daemon-sdk-not-in = in `{ $given }` liegt das SDK nicht
daemon-sdk-which-folder = gebraucht wird der Ordner mit der Cargo.toml von rundruf-plugin, core/sdk in den Quellen
daemon-secret-credential-missing = das Credential `{ $what }` gibt es nur unter systemd
daemon-secret-empty = `{ $what }` ist leer
daemon-secret-env-missing = die Umgebungsvariable `{ $what }` ist nicht gesetzt
daemon-secret-in-open-file = `{ $key }` steht im Klartext in `{ $shown }`, und jeder Benutzer dieser Maschine kann die Datei lesen
daemon-secret-in-plain-text = `{ $key }` steht im Klartext in der Datei
daemon-secret-load-credential = LoadCredential= in rundruf.service, oder nehmen Sie {"{"} file = "…" {"}"}
daemon-secret-needs-reference = schreiben Sie {"{"} file = "…" {"}"} oder {"{"} env = "…" {"}"}
daemon-secret-set-env = setzen Sie sie, oder nehmen Sie {"{"} file = "…" {"}"}
daemon-secret-write-it = schreiben Sie das Geheimnis hinein
daemon-secret-write-reference = schreiben Sie {"{"} file = "…" {"}"}, {"{"} env = "…" {"}"} oder {"{"} credential = "…" {"}"}
daemon-seed = Startwert des Zufalls
daemon-send-question = { $recipients ->
    [one] An 1 Person senden? [j/N]
   *[other] An { $recipients } Personen senden? [j/N]
}
daemon-sent-in = gesendet in
daemon-set-example = wie --set port=8080
daemon-settings-of-plugin = Einstellungen in [transports.NAME.config]
daemon-setup-answer-too-long = die Antwort ist länger als { $most } Bytes
daemon-setup-died = das Plugin ist mitten in der Einrichtung zu Ende gegangen
daemon-setup-endless = die Einrichtung hat zu viele Schritte
daemon-setup-failed = die Einrichtung kommt nicht weiter; das Plugin sagt nicht, warum
daemon-setup-file-exists = `{ $file }` gibt es schon, und eine Einrichtung ersetzt nie eine Datei
daemon-setup-file-exists-help = sie kann das einzige Exemplar eines Schlüssels sein: wenn Sie sie nicht brauchen, verschieben Sie sie und beginnen Sie von vorn
daemon-setup-file-written = geschrieben, nur für den Eigentümer lesbar: { $file }
daemon-setup-no-answer = niemand antwortet
daemon-setup-no-answer-help = rufen Sie den Befehl in einem Terminal auf, oder geben Sie in jeder Zeile der Standardeingabe eine Antwort
daemon-setup-no-file-setting = das Plugin legt eine Datei an, und die Einstellung `{ $setting }`, die sie nennen soll, fehlt
daemon-setup-no-file-setting-help = schreiben Sie `{ $setting }` mit dem Pfad der Datei unter [transports.{ $name }.config] und beginnen Sie von vorn
daemon-setup-none = das Plugin `{ $id }` des Transports `{ $name }` hat keine Einrichtung
daemon-setup-none-help = seine Einstellungen genügen: `rundruf config explain transports.{ $name }.config`, dann `rundruf transport test { $name }`
daemon-setup-not-offered = das Plugin gibt eine Einrichtung an und hat keine: ein Fehler des Plugins
daemon-setup-silent = das Plugin antwortet nicht rechtzeitig
daemon-setup-write-it = schreiben Sie zuerst [transports.NAME] mit seinem Plugin in die Einstellungen
daemon-settings-places = gesucht wird bei --config, RUNDRUF_CONFIG, ./rundruf.toml, /etc/rundruf/rundruf.toml, in dieser Reihenfolge
daemon-sha-256 = SHA-256
daemon-skipped = ausgelassen
daemon-socket-too-long = der Pfad des Sockets hat { $length } Bytes: `{ $shown }`
daemon-socket-too-long-help = höchstens { $most } Bytes: nennen Sie in `daemon.socket` einen kürzeren, etwa /run/rundruf/rundruf.sock
daemon-state-folder-unusable = der Zustandsordner `{ $shown }` kann nicht benutzt werden: { $error }
daemon-not-checked = nicht geprüft, weil ein anderer Benutzer als der des Daemons nachsieht: { $why }
daemon-not-checked-help = sudo rundruf config check sieht mehr; ob der Daemon damit auskommt, steht in seinem Log (journalctl -u rundruf)
daemon-not-checked-help-root = ob der Daemon es hat, steht in seinem Log (journalctl -u rundruf)
daemon-settings-closed-to-you = lesen dürfen es nur root und die Mitglieder seiner Gruppe: sudo usermod -aG rundruf NAME, dann neu anmelden
daemon-store-file-owner = `{ $shown }` gehört dem Benutzer { $uid }, der Daemon aber läuft als Benutzer { $user }, dem der Ordner gehört: er kann diese Datei nicht benutzen
daemon-store-file-owner-help = chown { $user }:{ $group } { $shown }
daemon-serve-as-root = die Datenbank `{ $shown }` gehört dem Benutzer { $user }: als root würde der Daemon dort Dateien hinterlassen, die dieser nicht benutzen kann
daemon-serve-as-root-help = systemctl start rundruf; von Hand: setpriv --reuid { $user } --regid { $group } --clear-groups rundruf serve
daemon-stop-and-start = halten Sie den Daemon an, und starten Sie ihn neu, oder setzen Sie den alten Wert wieder ein
daemon-stop-the-other-one = halten Sie zuerst den anderen an, oder geben Sie diesem eine eigene Datenbank
daemon-stops-complete = Vermerkt: die Widerrufe seit { $since } sind eingetragen. Aussendungen, die gewartet haben, gehen weiter; angehaltene brauchen `broadcast resume`
daemon-store-file-help = der Daemon braucht diese Datei: geben Sie sie dem Benutzer, unter dem er läuft
daemon-store-key-missing = `{ $shown }` fehlt; ohne diese Datei ist die Datenbank `{ $database }` nicht lesbar
daemon-store-key-missing-help = holen Sie sie aus einer Sicherung zurück; ein verlorener Schlüssel wird nie neu gemacht
daemon-store-url-example = schreiben Sie sqlite:DATEI
daemon-store-url-refused = `store.url` = `{ $url }` geht nicht
daemon-taken-in-rust = `{ $name }` ist in Rust schon vergeben
daemon-talks-to = Spricht mit
daemon-terms = Geschäftsbedingungen
daemon-test-message-subject = Testnachricht
daemon-test-message-text = Das ist eine Testnachricht.
daemon-test-not-sent = die Testnachricht wurde nicht gesendet: { $state } { $reason }
daemon-test-sent = Testnachricht an { $to } gesendet ({ $detail }); sonst hat sie niemand bekommen
daemon-text-not-utf8 = Zeile { $line }, Spalte { $column } ist kein UTF-8
daemon-text-unreadable = `{ $file }` lässt sich nicht als Text lesen: { $fault }
daemon-text-unreadable-help = Speichern Sie die Datei als UTF-8 (im Editor von Windows: Speichern unter, Codierung UTF-8)
daemon-text-utf16-broken = sie beginnt wie UTF-16 und ist keines
daemon-there-are = es gibt: { $names }
daemon-there-are-no-settings-here = hier gibt es keine Einstellungen: lassen Sie es weg
daemon-tmpdir = TMPDIR nennt einen anderen Ort
daemon-too-deep = das ist zu tief verschachtelt
daemon-too-deep-help = höchstens { $most } Ebenen von Tabellen und Listen: vielleicht fehlt eine Klammer
daemon-transport-does-not-serve = der Transport `{ $name }` kann { $word } nicht
daemon-transport-account = Konto { $account }: { $state }
daemon-transport-account-ready = bereit
daemon-transport-account-not-ready = nicht bereit: { $why }
daemon-transport-account-unknown = niemand weiß, ob es bereit ist
daemon-transport-credits = noch { $left }
daemon-transport-credits-alarm = noch { $left }, Alarm unter { $alarm }
daemon-transport-deaf = taub: { $why }
daemon-transport-heard = zuletzt gehört { $at } ({ $by })
daemon-transport-held-deaf = Aussendungen warten: ein STOP als Antwort ginge verloren
daemon-transport-name-rule = Buchstaben, Ziffern, - und _
daemon-transport-webhook = der Anbieter ruft zurück unter { $url }
daemon-try-line = Zeile { $line }: { $fault }
daemon-try-no-bool = `reaction` ist true oder false
daemon-try-no-json = kein JSON: { $error }
daemon-try-no-object = kein JSON-Objekt
daemon-try-no-question = `pending` ist null, "optin", "renew" oder "hold"
daemon-try-no-text = `{ $name }` ist kein Text
daemon-try-text-missing = `text` fehlt
daemon-try-too-long = länger als ein Megabyte
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
daemon-url-host = der Host in dieser URL ist keiner, den das DNS haben kann
daemon-url-host-help = schreiben Sie ihn als xn--…, oder prüfen Sie die Schreibweise
daemon-use-another-name = nehmen Sie einen anderen Namen oder Ordner
daemon-use-tls = nehmen Sie starttls oder implicit
daemon-valid = GÜLTIG
daemon-value-not-allowed = `{ $value }` geht nicht für `{ $name }`
daemon-value-refused = `{ $name }` = { $shown } geht nicht
daemon-var-needs-value = --var braucht NAME=WERT
daemon-warned = Warnung
daemon-warning = Warnung
daemon-what-comes-next = So geht es weiter
daemon-what-helps = was hilft
daemon-which-command = welcher Befehl?
daemon-who-receives-what = Wer welche Daten bekommt
daemon-withdrawals = Widerrufe
daemon-withdrawals-broke-off = davor eingetragen: { $entered }; tragen Sie die Datei noch einmal ein: was doppelt eingetragen wird, ändert nichts
daemon-withdrawals-entered = Widerrufe eingetragen: { $n }
daemon-withdrawals-from-file = Widerrufe eingetragen: { $entered }; beendete Einwilligungen: { $ended }; nicht eingetragene Zeilen: { $refused }
daemon-withdrawals-no-text = { $file } ist nicht in UTF-8
daemon-withdrawals-no-text-help = speichern Sie sie als reinen Text in UTF-8, eine Adresse je Zeile
daemon-withdrawals-refused = nicht eingetragene Zeilen: { $refused }
daemon-withdrawals-refused-help = berichtigen Sie diese Zeilen und tragen Sie die Datei noch einmal ein: was doppelt eingetragen wird, ändert nichts
daemon-withdrawals-refused-line = Zeile { $line }: { $reason }
daemon-withdrawals-too-large = { $file } ist größer als { $limit } MiB
daemon-worth-a-look = Auffällig
daemon-would-be-pinned =
    `{ $name }` würde festgelegt auf { $library }
      vorher: { $old }
      dann:   { $new }
      in { $file }; geschrieben ist nichts
daemon-would-get-it = bekommen es:
daemon-would-not = bekommen es nicht:
daemon-written = Angelegt
daemon-help-29-checks-whether-a-plugin = 29 Prüfungen, ob ein Plugin den Vertrag einhält, jede in einem eigenen Prozess
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
daemon-help-begin-2026-12-01t10-00 = Beginn: "01.12.2026 10:00", 2026-12-01T10:00:00+01:00 oder "2026-12-01 10:00 Europe/Berlin"
daemon-help-broadcast-again = denselben Text innerhalb eines Tages noch einmal an dieselbe Liste erlauben
daemon-help-broadcast-preview = in diese Datei schreiben, was die Empfänger sehen; nichts wird gesendet
daemon-help-broadcast-resend = Gescheitertes noch einmal senden; nie an jemanden, der es hat oder gestoppt hat
daemon-help-broadcast-resend-failed = nur die gescheiterten (muss dastehen)
daemon-help-broadcast-send-more = Der Text ist Markdown; { "{{ first_name }}" } wird für jede Person eingesetzt, und { "{{ first_name | default(\"ihr Lieben\") }}" }, wo die Angabe fehlen darf.
    ![was zu sehen ist](foto.jpg) zeigt ein Bild; sein Pfad beginnt bei der Datei des Textes. Gezeigt werden JPEG, PNG, GIF und WebP.
    An einem Terminal kommt zuerst der Probelauf und dann eine Frage; mit --yes, mit --json und in einem Skript wird nicht gefragt.

    Zuerst:  rundruf broadcast test --list angebote --file brot.md --to email:ich@example.org
    Dann:    rundruf broadcast send --list angebote --file brot.md
daemon-help-broadcast-show = Betreff, Text, wer gesendet hat, und die Zahlen
daemon-help-broadcast-test = diese Nachricht nur an sich selbst senden
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
daemon-help-file-with-the-text-f = Datei mit dem Text; DATEI.en.md daneben für Englisch
daemon-help-first-name = Vorname
daemon-help-folder = Ordner
daemon-help-folder-else-rundruf-quickstart = Ordner, sonst ./rundruf-quickstart
daemon-help-folder-of-the-sources-of = Ordner der Quellen von Rundruf, sonst der, der dieses Programm enthält
daemon-help-further-variable-may-be-repeated = weitere Angabe, mehrfach möglich
daemon-help-go-on = fortsetzen
daemon-help-it-is-right-go-on = sie geht richtig: es geht weiter
daemon-help-seconds-of-random-calls = Sekunden mit zufälligen Aufrufen, Vorgabe 3
daemon-help-how-the-plugin-runs-process = wie das Plugin läuft: process (abgeschottet, wie der Daemon es startet); none (nicht abgeschottet) oder both: nie als root, und auf eigene Gefahr
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
daemon-help-nothing-is-begun-after-this = nach dieser Zeit wird nichts mehr begonnen
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
daemon-help-report-else-file-report-jsonl = Bericht, sonst DATEI.report.jsonl und DATEI.report.csv neben der Datei
daemon-help-resolve = resolve
daemon-help-search = suchen
daemon-help-send-a-test-message = eine Testnachricht senden
daemon-help-set-up = ein Konto Schritt für Schritt einrichten: verknüpfen, anmelden, Schlüssel erzeugen
daemon-help-send-one-message-by-a = eine Nachricht mit einem Plugin senden, ohne Daemon: zum Entwickeln
daemon-help-settings-else-rundruf-config-rundruf = Einstellungen; sonst RUNDRUF_CONFIG, ./rundruf.toml, /etc/rundruf/rundruf.toml
daemon-help-settings-file = Datei der Einstellungen
daemon-help-show-deliveries-in-doubt-resolve = ungewisse Zustellungen zeigen; `resolve` entscheidet
daemon-help-signed-head = unterschriebener Stand
daemon-help-state-folder-else-one-that = Zustandsordner, sonst einer, der danach weg ist
daemon-help-stop-for-good = endgültig abbrechen
daemon-help-stops-complete = Sagen, dass die Widerrufe seit einer Sicherung eingetragen sind: Aussendungen dürfen weitergehen
daemon-help-stops-reason = woher Sie es wissen; wird aufbewahrt
daemon-help-subject-else-the-first-line = Betreff; sonst die erste Zeile
daemon-help-text-in-address-or-variables = Text in Adresse oder Angaben
daemon-help-text-markdown-with-first-name = Text, Markdown mit {"{"}{"{"} first_name {"}"}{"}"}
daemon-help-the-clock-of-this-machine = die Uhr, wenn sie gesprungen ist
daemon-help-the-daemon-runs-until-sigterm = Der Daemon: läuft bis SIGTERM
daemon-help-the-log-of-consents = Das Protokoll der Einwilligungen
daemon-help-the-newest = die neuesten
daemon-help-the-one-purpose = der eine Zweck
daemon-help-the-plugins-settings-toml-or = die Einstellungen des Plugins, TOML oder JSON
daemon-help-the-plugins-settings-toml-or-json = Einstellungen des Plugins, TOML oder JSON; {"{"}port{"}"}, {"{"}host{"}"}, {"{"}folder{"}"} füllen die Prüfungen aus. Vorgabe: aus seinem Schema gebildet
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
daemon-help-seconds-to-wait = Sekunden, in denen auf Antworten und Quittungen gewartet wird
daemon-help-wait-until-it-is-done = warten, bis sie fertig ist
daemon-help-what-a-key-means = was ein Schlüssel bedeutet
daemon-help-what-a-library-is-and = was eine Bibliothek ist und wer welche Daten bekäme, ohne sie auszuführen
daemon-help-what-becomes-of-them = was mit ihnen geschieht
daemon-help-what-is-sent = was gesendet wird
daemon-help-random-seed = Startwert des Zufalls, wie ein früherer Lauf ihn gedruckt hat
daemon-help-what-replies-mean = was Antworten bedeuten und nach welcher Regel; ohne Daemon
daemon-help-what-waits-for-a-person = Was auf einen Menschen wartet
daemon-help-whether-it-is-believed = ob sie gilt und was sie zeigt
daemon-help-with-file-and-line = mit Datei und Zeile
daemon-help-withdrawals-from-a-file = Datei mit einer Adresse je Zeile, etwa die Abmeldungen eines anderen Programms; was in einer Zeile nach dem ersten , ; oder Tabulator steht, wird nicht gelesen
daemon-help-write-manual-pages-into-a = Handbuchseiten in einen Ordner schreiben
daemon-help-your-own-address = Ihre eigene Adresse
daemon-help-the-person-asked-for-it = die Person hat darum gebeten: nötig nach Widerruf, Nein oder Import ohne Nachweis, und im Nachweis vermerkt
daemon-help-where-the-person-asked = wo und wann die Person gefragt hat, wie "Brief vom 3. Dezember"
daemon-help-only-this-list = nur diese Liste; sonst alle, jetzt und künftig
daemon-help-a-held-list-goes-on = eine angehaltene Liste geht weiter: ihr Zweck ist derselbe mit anderen Worten
daemon-help-the-same-in-other-words = Zweck, Absender und Text sind dieselben mit anderen Worten; sonst legen Sie eine neue Liste an
daemon-help-why-it-is-the-same = warum es dasselbe ist; wird für einen Nachweis aufbewahrt
daemon-help-do-not-ask = nicht nachfragen
daemon-stale-default = die Vorgabe ist 730d, zwei Jahre
daemon-stale-range = eine Einwilligung verfällt nach 180 bis 1096 Tagen
daemon-withdrawn-from-all = an diese Adresse wird nichts mehr gesendet, von keiner Liste, außer nach einer neuen Anmeldung der Person; beendete Einwilligungen: { $n }
daemon-word-account = das Konto wird abgelehnt
daemon-word-address = Adresse
daemon-word-addresses = Adressen
daemon-word-attachment = Anhang
daemon-word-by = gesendet von
daemon-word-cancelled = abgebrochen
daemon-word-channel = Kanal
daemon-word-channels = Kanäle
daemon-word-clock = die Uhr: rundruf clock status
daemon-word-closed = geschlossen
daemon-word-confirmed = bestätigt
daemon-word-consents = Einwilligungen
daemon-word-contact = Kontakt
daemon-word-contacts = neue Kontakte
daemon-word-created = angelegt
daemon-word-customer = Kunde
daemon-word-declined = verneint
daemon-word-delivered = zugestellt
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
daemon-word-line = Zeile
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
daemon-word-picture = Bild
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
daemon-word-report-csv = Bericht als Tabelle
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
daemon-word-subject = Betreff
daemon-word-suppressed = auf der Sperrliste
daemon-word-terminated = beendet
daemon-word-took-ms = Millisekunden
daemon-word-total = insgesamt
daemon-word-unconfirmed = unbestätigt
daemon-word-undeliverable = unzustellbar
daemon-word-unknown = ungewiss
daemon-word-unreachable = nicht erreichbar
daemon-word-unreadable = nicht lesbar
daemon-word-untouched = nicht begonnen
daemon-word-waiting = wartet
daemon-word-up = bereit
daemon-word-updated = geändert
daemon-word-vars = Angaben
daemon-word-verdict = Ergebnis
daemon-word-waits-for = wartet auf
daemon-word-window = Fenster
daemon-word-withdrawn = widerrufen

# What an operator does for one person: export, erase, inbox.
daemon-consent-text-stop-unheard-help = nennen Sie stattdessen den Link in jeder Nachricht, oder nehmen Sie einen Transport dazu, der Antworten annimmt
daemon-consent-text-stop-unheard = der Text sagt STOP, aber kein Transport dieser Liste nimmt Antworten an: niemand würde es hören
daemon-erase-elsewhere = diese Dateien im Datenordner nennen sie noch; Rundruf hat sie nicht geschrieben, löschen Sie sie selbst, wenn Sie dürfen: { $files }
daemon-erase-in-flight = { $n } Nachrichten waren gerade unterwegs: was aus ihnen wird, wird gelöscht, sobald es bekannt ist
daemon-erase-incomplete = die Datenbank enthält noch eine Schreibweise der Adresse
daemon-erase-incomplete-help = sehen Sie in Texten und Anhängen von Rundrufen nach: was an alle ging, wird nicht geändert; `rundruf doctor` sagt, was sonst nicht stimmt
daemon-erase-kept = was bleibt: ein verschlüsselter Fingerabdruck, damit die Adresse nicht wieder angeschrieben wird; Zahlen; die Blätter des Protokolls. Kopien und Sicherungen von vorher enthalten die Adresse noch: löschen Sie sie zu ihrer Zeit. Was zugestellt ist, liegt beim Anbieter und bei der Person.
daemon-erase-needs-yes = `--yes`, wo kein Terminal ist
daemon-erase-plugins-cannot = diesen Plugins kann es niemand sagen: { $names }. In ihren Zustandsordnern wurden die Schreibweisen überschrieben, die Rundruf kennt; was ein Plugin in anderer Form aufhebt, ist noch da
daemon-erase-plugins-pending = das erfahren noch, sobald es geht: { $names }. Bis dahin ist die Adresse nur dafür aufgehoben, verschlüsselt
daemon-erase-plugins-told = vergessen haben sie die Plugins von: { $names }
daemon-erase-not-confirmed = nichts wurde gelöscht: niemand hat es bestätigt
daemon-erase-on-hold = Jetzt nicht gelöscht: für Rechtsansprüche aufbewahrt bis { $until } ({ $reason }). Der Person wird ab jetzt nichts mehr gesendet, und alles wird gelöscht, wenn das endet: von selbst oder mit `contact release`
daemon-erase-question = Endgültig löschen: { $addresses }? Die Nachweise dieser Einwilligungen kann danach niemand mehr lesen. [ja/nein]
daemon-erased = gelöscht: { $addresses }
daemon-export-written = alles zu dieser Person ist in { $file }; geben Sie es nur ihr selbst
daemon-files-and-folders = Dateien und Ordner
daemon-help-a-name = Ein Name
daemon-help-a-remark = Eine Bemerkung
daemon-help-all-that-waits = Alles, was wartet, ohne Texte
daemon-help-also-what-is-done = Auch Erledigtes, das noch aufbewahrt wird
daemon-help-answer-the-sender = Der Person antworten, über denselben Transport
daemon-help-end-a-hold = Ein Anhalten beenden: Nachrichten fortsetzen oder stoppen
daemon-help-everything-about-one-person = Alles zu einer Person, als JSON und als Seite (Art. 15, 20 DSGVO)
daemon-help-forget-one-person = Eine Person endgültig vergessen (Art. 17 DSGVO)
daemon-help-nothing-more-is-to-be-done = Es ist nichts mehr zu tun
daemon-help-number-of-the-message = Nummer der Nachricht, wie `inbox list` sie zeigt
daemon-help-one-message-with-its-text = Eine Nachricht mit ihrem Text und den Einwilligungen der Person
daemon-help-only-this-address = Nur diese Adresse, nicht die anderen der Person
daemon-help-text-of-the-answer = Text der Antwort
daemon-help-the-reason = Der Grund; er kommt in den Nachweis und ist nötig, um fortzusetzen
daemon-help-whether-messages-go-on = Ob es weitergeht
daemon-help-who-takes-care-of-it = Wer sich darum kümmert
daemon-help-zip-or-folder = ZIP-Datei, oder ein Ordner für die Dateien
daemon-hold-default = Vorgabe: 14d
daemon-hold-range = `hold_for` muss zwischen 1 und 30 Tagen liegen
daemon-inbox-assigned = Nachricht { $id }: { $name } kümmert sich darum
daemon-inbox-done = Nachricht { $id } ist erledigt
daemon-inbox-held = angeh.  { $at }  { $address }  { $list }
daemon-inbox-replied = Nachricht { $id } ist beantwortet; `inbox done { $id }`, wenn nichts mehr zu tun ist
daemon-inbox-resolved = Nachricht { $id }: { $n } Einwilligungen geändert
daemon-inbox-unknown = Rundruf { $id }: { $count } Zustellungen mit unbekanntem Ausgang; entscheiden mit `rundruf broadcast unknown { $id }`
daemon-never-unconfined-as-root = als root läuft kein Plugin ohne Abschottung: Sein Code könnte alles auf dieser Maschine ändern
daemon-never-unconfined-as-root-help = lassen Sie `--isolation` weg, oder nehmen Sie einen Benutzer, der nichts zu verlieren hat
daemon-own-state-folder = liest und schreibt in einem eigenen Zustandsordner
daemon-reads-the-file-of = liest die Datei, die `{ $key }` nennt
daemon-retention-default = Vorgabe: 90d
daemon-retention-range = `inbound` muss zwischen 1 Tag und 3 Jahren liegen
daemon-unconfined-warning = Warnung: Der Code des Plugins läuft jetzt ohne Abschottung und kann alles, was Ihr Benutzer kann.
daemon-what-plugins-may = Was Plugins benutzen dürfen:
daemon-word-inbox-assign = zugewiesen
daemon-word-inbox-continue = fortgesetzt
daemon-word-inbox-done = erledigt
daemon-word-inbox-reply = beantwortet
daemon-word-inbox-stop = gestoppt
daemon-writes-into-the-folder-of = liest und schreibt in dem Ordner, den `{ $key }` nennt
daemon-value-address = ADRESSE
daemon-value-channel = KANAL
daemon-value-class = KLASSE
daemon-value-column = SPALTE
daemon-value-command = BEFEHL
daemon-value-dir = ORDNER
daemon-value-file = DATEI
daemon-value-heading = ÜBERSCHRIFT
daemon-value-id = NUMMER
daemon-value-key = SCHLÜSSEL
daemon-value-list = LISTE
daemon-value-mode = ART
daemon-value-options = OPTIONEN
daemon-value-path = PFAD
daemon-value-proof = NACHWEIS
daemon-value-purpose = ZWECK
daemon-value-state = ZUSTAND
daemon-value-subject = BETREFF
daemon-value-tag = KÜRZEL
daemon-value-time = ZEIT
daemon-value-title = TITEL
daemon-value-value = WERT
daemon-help-also = auch:
daemon-too-many-values = `{ $name }` nimmt einen Wert, und `{ $value }` ist einer zu viel
daemon-argument-not-utf8 = ein Argument ist kein UTF-8
daemon-man-name = BEZEICHNUNG
daemon-man-synopsis = ÜBERSICHT
daemon-man-description = BESCHREIBUNG
daemon-man-extra = WEITERES
daemon-man-version = FASSUNG
daemon-word-dry-run = Probelauf
daemon-word-not-ok = misslungen
daemon-word-signal-hup = Signal HUP
daemon-toml-fault-may-only-go-between-digits = `_` darf nur zwischen Ziffern stehen
daemon-toml-fault-cannot-recurse-further-max-recursion-depth-met = zu tief verschachtelt
daemon-toml-fault-carriage-return-must-be-followed-by-newline = nach einem Wagenrücklauf muss ein Zeilenende kommen
daemon-toml-fault-duplicate-key = der Schlüssel steht zweimal da
daemon-toml-fault-extra = ein `=` zu viel
daemon-toml-fault-extra-assignment-between-key-value-pairs = ein `=` zu viel zwischen zwei Einträgen
daemon-toml-fault-extra-comma-in-array = ein Komma zu viel in der Liste
daemon-toml-fault-extra-comma-in-inline-table = ein Komma zu viel in der Tabelle
daemon-toml-fault-integers-with-a-radix-cannot-be-signed = vor 0x, 0o und 0b steht kein Vorzeichen
daemon-toml-fault-invalid-comment-character = dieses Zeichen darf in keinem Kommentar stehen
daemon-toml-fault-invalid-inline-table-element = das ist kein Eintrag einer Tabelle
daemon-toml-fault-invalid-key-value-pair = das ist kein Eintrag wie schlüssel = wert
daemon-toml-fault-invalid-unquoted-key = so heißt ein Schlüssel nur in Anführungszeichen
daemon-toml-fault-invalid-value = ungültiger Wert
daemon-toml-fault-invalid-key = ungültiger Schlüssel
daemon-toml-fault-invalid-table = ungültige Überschrift einer Tabelle
daemon-toml-fault-invalid-string = ungültiger Text
daemon-toml-fault-invalid-boolean = das ist weder true noch false
daemon-toml-fault-invalid-date-time = das ist keine gültige Zeit
daemon-toml-fault-invalid-datetime = das ist keine gültige Zeitangabe
daemon-toml-fault-invalid-date = das ist kein gültiges Datum
daemon-toml-fault-invalid-time = das ist keine gültige Uhrzeit
daemon-toml-fault-invalid-offset = das ist kein gültiger Zeitversatz
daemon-toml-fault-invalid-float = das ist keine gültige Kommazahl
daemon-toml-fault-invalid-mantissa = vor dem Exponenten steht keine gültige Zahl
daemon-toml-fault-invalid-fraction = nach dem Punkt steht keine gültige Zahl
daemon-toml-fault-invalid-exponent = ungültiger Exponent
daemon-toml-fault-invalid-integer-number = das ist keine gültige ganze Zahl
daemon-toml-fault-invalid-hexadecimal-number = das ist keine gültige Hexadezimalzahl
daemon-toml-fault-invalid-octal-number = das ist keine gültige Oktalzahl
daemon-toml-fault-invalid-binary-number = das ist keine gültige Binärzahl
daemon-toml-fault-invalid-basic-string = ungültiger Text in "…"
daemon-toml-fault-invalid-literal-string = ungültiger Text in '…'
daemon-toml-fault-invalid-multi-line-basic-string = ungültiger Text in """…"""
daemon-toml-fault-invalid-multi-line-literal-string = ungültiger Text in '''…'''
daemon-toml-fault-key-with-no-value = der Schlüssel hat keinen Wert
daemon-toml-fault-keys-cannot-be-multi-line-basic-strings = ein Schlüssel darf nicht in """…""" stehen
daemon-toml-fault-keys-cannot-be-multi-line-literal-strings = ein Schlüssel darf nicht in '''…''' stehen
daemon-toml-fault-missing-array-opening = die Liste wird nicht geöffnet
daemon-toml-fault-missing-assignment-between-key-value-pairs = es fehlt ein `=`
daemon-toml-fault-missing-comma-between-array-elements = zwischen zwei Werten der Liste fehlt ein Komma
daemon-toml-fault-missing-comma-between-key-value-pairs = zwischen zwei Einträgen fehlt ein Komma
daemon-toml-fault-missing-comment-start = der Kommentar beginnt nicht mit #
daemon-toml-fault-missing-escaped-value = nach `\` fehlt ein gültiges Zeichen
daemon-toml-fault-missing-inline-table-opening = die Tabelle wird nicht geöffnet
daemon-toml-fault-missing-key-for-inline-table-element = einem Eintrag der Tabelle fehlt der Schlüssel
daemon-toml-fault-missing-opening-quote = das öffnende Anführungszeichen fehlt
daemon-toml-fault-missing-table-open = die Überschrift der Tabelle wird nicht geöffnet
daemon-toml-fault-missing-value-for-key = dem Schlüssel fehlt ein Wert
daemon-toml-fault-missing-value = hier fehlt ein Wert
daemon-toml-fault-radix-must-be-lowercase = 0x, 0o und 0b werden klein geschrieben
daemon-toml-fault-recursion-limit = zu tief verschachtelt
daemon-toml-fault-redundant-integer-number-prefix = die Zahl hat ein Präfix zu viel
daemon-toml-fault-redundant-numeric-sign = ein Vorzeichen zu viel
daemon-toml-fault-string-values-must-be-quoted = ein Text steht in Anführungszeichen
daemon-toml-fault-too-few-unicode-value-digits = die Nummer des Zeichens hat zu wenige Ziffern
daemon-toml-fault-unclosed-array-table = die Überschrift [[…]] wird nicht geschlossen
daemon-toml-fault-unclosed-array = die Liste wird nicht geschlossen
daemon-toml-fault-unclosed-inline-table = die Tabelle wird nicht geschlossen
daemon-toml-fault-unclosed-table = die Überschrift […] wird nicht geschlossen
daemon-toml-fault-unexpected-in-array = in einer Liste steht kein `=`
daemon-toml-fault-unexpected-content-between-comment-and-newline = nach dem Kommentar kommt noch etwas
daemon-toml-fault-unexpected-content = das gehört hier nicht hin
daemon-toml-fault-unexpected-key-or-value = hier ist die Zeile zu Ende, und es kommt noch etwas
daemon-toml-fault-unexpected-leading-zero = eine Zahl beginnt nicht mit 0
daemon-toml-fault-unexpected-sign = hier steht kein Vorzeichen
daemon-toml-fault-unquoted-keys-cannot-be-empty = ein leerer Schlüssel steht in Anführungszeichen
daemon-toml-fault-could-not-allocate-for-string = für diesen Text reicht der Speicher nicht
daemon-toml-expected-key = ein Schlüssel
daemon-toml-expected-value = ein Wert
daemon-toml-expected-nothing = nichts
daemon-toml-expected-newline = das Ende der Zeile
daemon-toml-expected-basic-string = ein Text in "…"
daemon-toml-expected-literal-string = ein Text in '…'
daemon-toml-expected-multi-line-basic-string = ein Text in """…"""
daemon-toml-expected-multi-line-literal-string = ein Text in '''…'''
daemon-toml-expected-characters = Zeichen
daemon-toml-expected-digits = Ziffern
daemon-toml-expected-letters = Buchstaben
daemon-toml-expected-numbers = Zahlen
daemon-toml-expected-printable-characters = druckbare Zeichen
daemon-toml-expected-unicode-hexadecimal-value = die Nummer eines Zeichens in Hexadezimalziffern
daemon-toml-expected-non-double-quote-visible-characters = druckbare Zeichen außer "
daemon-toml-expected-non-single-quote-visible-characters = druckbare Zeichen außer '
daemon-toml-expected-non-single-quote-characters = Zeichen außer '
daemon-toml-expected-unquoted-string = ein Name ohne Anführungszeichen
daemon-toml-kind-string = ein Text
daemon-toml-kind-integer = eine ganze Zahl
daemon-toml-kind-float = eine Kommazahl
daemon-toml-kind-boolean = ein Wahrheitswert
daemon-toml-kind-datetime = eine Zeit
daemon-toml-kind-array = eine Liste
daemon-toml-kind-table = eine Tabelle
daemon-toml-kind-inline-table = eine Tabelle in {"{"}…{"}"}
daemon-toml-and-expected = { $what }; erwartet: { $expected }
daemon-toml-extend = der Schlüssel gehört zu etwas, was schon fertig ist: { $kind }
daemon-toml-other = der Leser für TOML sagt dazu: „{ $text }“
daemon-map-fault = Zeile { $line } von `{ $name }`: { $what }
daemon-map-not-text = `{ $name }`: { $key } ist kein Text in Anführungszeichen
daemon-word-said = Einzelheit
daemon-not-in-audit-log = `{ $action }` ist getan, konnte aber nicht in das Änderungsprotokoll eingetragen werden: { $why }
daemon-secret-judged-in-unit = ein Hinweis, kein Fehler: nur die Unit selbst kann es sagen (`systemctl start` und ihr Log), und dieser Transport wurde nicht ausprobiert
daemon-broadcast-begins = Sie beginnt am { $time }.
daemon-try-means-stop = Stopp
daemon-try-means-stop-list = Stopp für eine Liste
daemon-try-means-stop-all = Stopp für alles
daemon-try-means-soft = vielleicht eine Absage
daemon-try-means-yes = ja
daemon-try-means-no = nein
daemon-try-means-start = möchte neu beginnen
daemon-try-means-continue = fortsetzen
daemon-try-means-help = Hilfe
daemon-try-means-data = fragt, was gespeichert ist
daemon-try-means-none = nichts davon: für einen Menschen


## engine
engine-alert-identity = Der Schlüssel eines Empfängers hat sich geändert
engine-alert-identity-text = Ein Empfänger hat einen anderen Schlüssel oder ein anderes Gerät als zuvor, und es wurde ihm nichts geschickt (Transport und Zustellung: { $detail }). An diese Adresse geht nichts mehr, bis Sie oder die Person es erlauben: Vergleichen Sie den Schlüssel mit ihr, danach `rundruf contact revive`. Die Zustellung selbst lässt sich mit `rundruf broadcast resend ID --failed` wiederholen.
engine-clock-help = die Uhr richtig stellen oder bestätigen: rundruf clock accept
engine-clock-jumped = Die Uhr ist gesprungen: Sie zeigt { $shown }, erwartet war { $expected }
engine-clock-not-signed = die Uhr ist gesprungen und gilt nicht: so lange wird nichts signiert
engine-consents-unused = Liste `{ $list }`: an { $count } Einwilligungen wurde seit { $months } Monaten nichts gesendet; nach { $limit } Monaten zählen sie nicht mehr
engine-doctor-clock = { $jump }: nichts beginnt, verfällt, wird gelöscht oder signiert; wenn die Uhr richtig geht: rundruf clock accept
engine-doctor-no-other-transport = fällt der Transport `{ $name }` aus, erfährt es niemand: `admin.notify` nennt keinen anderen Transport
engine-doctor-nobody-notified = fällt ein Transport aus, erfährt es niemand: `admin.notify` nennt niemanden
engine-doctor-alert-waits = noch konnte es niemand erfahren: { $detail }
engine-doctor-credits = { $name }: noch { $left } Guthaben, weniger als { $alarm }
engine-doctor-deaf = { $name }: es kommt nichts an, was Menschen schreiben: { $why }
engine-doctor-held-deaf = { $name }: Aussendungen warten, weil ein STOP als Antwort verloren ginge; sollen sie trotzdem weitergehen: rundruf transport resume { $name }
engine-doctor-not-ready = { $name }: das Konto funktioniert nicht: { $why }
engine-health-credits-low = es sind noch { $left } da, weniger als { $alarm }
engine-doctor-list-changed = die Liste `{ $name }` ist angehalten, mit { $live } Einwilligungen: { $what }
engine-doctor-list-gone = die Liste `{ $name }` steht nicht in den Einstellungen: ihre { $live } Einwilligungen bleiben, und sie sendet nichts und nimmt nichts an; `rundruf list close` beendet sie
engine-doctor-stops-missing = die Datenbank wurde ohne ihr Verzeichnis der Widerrufe (`….stops`) zurückgeholt: Widerrufe seit { $since } können fehlen, und es wird nichts gesendet. Tragen Sie ein, was Sie wissen: rundruf consent withdraw --file DATEI. Danach: rundruf consent stops-complete --reason "…"
# Keys of core/engine begin with `engine-`.

engine-alert-account-refused =
    Der Transport { $name } ist angehalten, weil der Anbieter das Konto, den Absender oder eine Einstellung ablehnt: { $detail }.
    Was er zu senden hat, wartet, und keine Adresse wird aufgegeben. Ab und zu wird eine Nachricht versucht; sobald sie angenommen wird, geht alles
    von selbst weiter, und eine zweite Nachricht sagt es. Um sofort fortzufahren, wenn die Ursache behoben ist: rundruf transport resume { $name }
engine-alert-clock-believed = die Uhr gilt wieder
engine-alert-clock-believed-text = Die Uhr gilt wieder. Was auf sie gewartet hat, geht weiter.
engine-alert-clock-held = die Uhr ist gesprungen, nichts wird gesendet
engine-alert-clock-held-text =
    { $detail }. Bis sie wieder gilt, beginnt nichts, verfällt nichts, wird nichts gelöscht und nichts signiert; Abmeldungen gelten wie immer.
    Wenn die Uhr richtig geht: rundruf clock accept
engine-alert-given-up =
    Der Transport { $name } ist ausgefallen und wird nicht mehr neu gestartet: { $detail }.
    Was er zu senden hat, wartet. Wenn der Fehler behoben ist, laden Sie den Daemon neu (SIGHUP).
engine-alert-list-goes-on = die Liste { $name } geht weiter
engine-alert-list-goes-on-text = Die Liste { $name } sendet wieder, und was auf sie gewartet hat, geht weiter.
engine-alert-list-held = die Liste { $name } ist angehalten
engine-alert-list-held-text = Die Liste { $name } sendet nichts: ihre Einwilligungen wurden für etwas anderes gegeben, als die Einstellungen jetzt sagen. { $detail }. Dasselbe mit anderen Worten: rundruf list changed { $name } --same-purpose --reason "…". Ein anderer Zweck: stellen Sie die alten Worte wieder her, und legen Sie eine neue Liste an.
engine-alert-not-starting =
    Der Transport { $name } kommt nicht in Gang: { $detail }.
    Was er zu senden hat, wartet. Es wird weiter versucht.
engine-alert-settings-accepted = die Einstellungen gelten
engine-alert-settings-accepted-text = Die neuen Einstellungen sind in Kraft.
engine-alert-settings-refused = neue Einstellungen abgelehnt
engine-alert-settings-refused-text =
    Die neuen Einstellungen gelten nicht, die alten bleiben in Kraft: { $detail }.
    Mehr sagt: rundruf config check
engine-alert-takes-nothing = Transport { $name } sendet zurzeit nichts
engine-alert-takes-nothing-text =
    Der Anbieter des Transports { $name } nimmt keine Nachrichten an: { $detail }.
    Was er zu senden hat, wartet und wird immer wieder versucht. Eine zweite Nachricht sagt, wenn er wieder sendet.
engine-alert-task-died = ein Teil des Daemons ist ausgefallen und wird neu begonnen
engine-alert-task-died-text = Dieser Teil des Daemons ist durch einen Programmfehler ausgefallen: { $task }. Er wird von selbst neu begonnen, mit wachsenden Pausen; alles andere läuft weiter. Verloren geht nichts: was er zu tun hat, wartet. Wo es geschah, steht im Protokoll des Daemons; bitte melden Sie es.
engine-alert-task-runs = der Teil des Daemons arbeitet wieder
engine-alert-task-runs-text = Dieser Teil des Daemons arbeitet seit zehn Minuten wieder, nachdem er neu begonnen wurde: { $task }.
engine-alert-transport-down = Transport { $name } ist ausgefallen
engine-alert-transport-paused = Transport { $name } ist angehalten
engine-alert-transport-works = Transport { $name } sendet wieder
engine-alert-transport-works-text = Der Transport { $name } sendet wieder.
engine-alert-not-ready = Das Konto des Transports { $name } funktioniert nicht
engine-alert-not-ready-text = Das Plugin des Transports { $name } meldet, dass sein Konto nicht funktioniert: { $detail }. Bis das geklärt ist, kann der Anbieter Nachrichten ablehnen.
engine-alert-ready = Das Konto des Transports { $name } funktioniert wieder
engine-alert-ready-text = Das Plugin des Transports { $name } meldet, dass sein Konto wieder funktioniert.
engine-alert-credits = Transport { $name } hat nur noch wenig Guthaben
engine-alert-credits-text = Transport { $name }: { $detail }. Ist das Guthaben aufgebraucht, lehnt der Anbieter Nachrichten ab.
engine-alert-credits-again = Transport { $name } hat wieder Guthaben
engine-alert-credits-again-text = Der Transport { $name } hat wieder genug Guthaben.
engine-alert-deaf = Transport { $name } hört nichts
engine-alert-deaf-text = Das Plugin des Transports { $name } meldet, dass nichts ankommt, was Menschen schreiben: { $detail }. Ein STOP als Antwort ginge verloren. Aussendungen, deren Nachrichten es versprechen, warten und gehen von selbst weiter, sobald wieder etwas ankommt. Sollen sie trotzdem weitergehen: rundruf transport resume { $name }
engine-alert-hears = Transport { $name } hört wieder
engine-alert-hears-text = Das Plugin des Transports { $name } meldet, dass wieder ankommt, was Menschen schreiben. Aussendungen, die darauf gewartet haben, gehen weiter.
engine-address-ambiguous = das könnten mehrere Arten von Adressen sein
engine-address-ambiguous-help = schreiben Sie sie als Kanal:Adresse, wie sms:+49170…
engine-address-help = schreiben Sie sie als Kanal:Adresse, wie email:anna@example.org
engine-asked-already = dieses Postfach oder diese Nummer wurde schon gefragt: eine Bitte in 24 Stunden, drei in 30 Tagen
engine-asked-already-help = warten Sie auf die Antwort; immer wieder zu fragen ist nicht erlaubt
engine-attachment-name = der Name eines Anhangs ist leer, zu lang oder enthält einen Schrägstrich
engine-attachment-name-help = benennen Sie die Datei um
engine-attachment-too-large = `{ $name }` ist größer als { $most } MiB
engine-attachment-too-large-help = machen Sie ihn kleiner, oder verlinken Sie ihn
engine-attachment-twice = zwei Anhänge oder Bilder heißen `{ $name }`
engine-attachment-twice-help = Benennen Sie eine der Dateien um
engine-attachments-too-many = mehr als { $most } Anhänge
engine-attachments-too-many-help = senden Sie weniger
engine-broadcast-again = derselbe Text ging innerhalb eines Tages schon an diese Liste: Aussendung { $id } vom { $time }
engine-broadcast-again-help = was daran gescheitert ist: `rundruf broadcast resend --failed { $id }`; alles mit Absicht noch einmal: `--again`
engine-broadcast-expires = die Aussendung wäre abgelaufen, bevor sie beginnt
engine-broadcast-expires-help = nennen Sie eine spätere Zeit
engine-broadcast-gone-by = die Zeit für den Beginn ist schon vorbei
engine-broadcast-gone-by-help = Geben Sie eine spätere Zeit an, oder keine, um sofort zu beginnen
engine-contact-without-address = ein Kontakt braucht mindestens eine Adresse
engine-content-damaged = der Inhalt der Aussendung ist beschädigt
engine-content-empty = die Nachricht hat keinen Text
engine-content-empty-help = schreiben Sie einen: --text oder --file
engine-content-service-damaged = eine Dienstnachricht ist beschädigt
engine-content-sms-parts = als SMS hat der Text in `{ $language }` mindestens { $parts } Teile
engine-content-too-large = mit seinen Dateien ist die Nachricht größer als die { $most }, die { $transport } annimmt
engine-content-too-long = der Text in `{ $language }` ist länger als 256 KiB
engine-content-too-long-help = kürzen Sie ihn, oder hängen Sie eine Datei an
engine-csv-archive = das ist eine Tabelle oder ein Archiv, keine CSV-Datei
engine-csv-archive-help = speichern Sie sie zuerst als CSV
engine-csv-channels = die Kanäle sind: { $names }
engine-csv-column-twice = Zeile { $line }: die Spalte `{ $name }` steht zweimal da: { $first } und { $second }
engine-csv-column-twice-help = entfernen Sie eine, benennen Sie sie um, oder sagen Sie in einer Zuordnung (`--map`), welche gilt: { $name } = "deren Überschrift"
engine-csv-columns-missing = diese Spalten fehlen: { $names }
engine-csv-columns-missing-help = die Datei hat: { $names }. Benennen Sie sie um, nennen Sie sie in einer Zuordnung (`--map`): { $name } = "deren Überschrift", oder geben Sie einen Wert für alle an: `--set { $name }=…`. `rundruf import --help` erklärt die Spalten
engine-csv-columns-too-many = Zeile { $line }: { $columns } Spalten, höchstens { $most } werden gelesen
engine-csv-columns-too-many-help = exportieren Sie weniger
engine-csv-damaged = der Text ist dort beschädigt
engine-csv-empty = die Datei ist leer
engine-csv-encoding = die Datei beginnt wie { $encoding } und ist es nicht
engine-csv-export-help = exportieren Sie sie als CSV
engine-csv-half-utf8 = Zeile { $line }: der Text ist dort beschädigt: das Byte { $byte } ist kein UTF-8, der Rest der Datei schon
engine-csv-half-utf8-help = exportieren Sie sie noch einmal als UTF-8
engine-csv-heading-help = die erste Zeile nennt die Spalten
engine-csv-heading-long = Zeile 1: die Überschrift ist länger als 64 KiB: ist das eine einzige lange Zeile, oder keine CSV-Datei?
engine-csv-keep-column = die Datei hat keine Spalte `{ $name }`, die man behalten könnte
engine-csv-line = Zeile { $line }: { $fault }
engine-csv-map-column = die Zuordnung sagt { $pair }, aber so eine Spalte hat die Datei nicht
engine-csv-map-column-help = ihre Spalten sind: { $names }
engine-csv-map-name = die Zuordnung sagt { $pair }, aber das ist kein Name einer Spalte
engine-csv-map-twice = die Zuordnung sagt { $pair }, aber diese Spalte ist schon `{ $name }`
engine-csv-map-twice-help = eine Spalte kann nur eines sein
engine-csv-no-encoding = Zeile { $line }: das Byte { $byte } gehört zu keiner Kodierung, die hier gelesen wird (UTF-8, UTF-16, Windows-1252): vielleicht schrieb ein DOS-Programm die Datei
engine-csv-nul-byte = Zeile { $line }: ein NUL-Byte: das ist keine CSV-Datei
engine-csv-nul-character = ein NUL-Zeichen: das ist keine CSV-Datei
engine-csv-open-quote = ein Anführungszeichen in dem Datensatz, der dort beginnt, wird nie geschlossen
engine-csv-quotes-help = sehen Sie sich dort die Anführungszeichen an
engine-csv-record-long = der Datensatz, der dort beginnt, ist länger als 1 MiB: fehlt ein Anführungszeichen, oder ist es keine CSV-Datei?
engine-csv-set-address = `{ $name }` kann nicht für alle dasselbe sein
engine-csv-set-column = `--set { $name }`, aber die Datei hat dafür eine Spalte: `{ $heading }`
engine-csv-set-column-help = lassen Sie eines von beiden weg
engine-csv-set-name = { $pair } ist keine Spalte
engine-csv-too-large = die Datei ist größer als 4 GiB
engine-csv-too-large-help = teilen Sie sie
engine-csv-utf8-help = exportieren Sie sie als UTF-8
engine-did-you-mean = meinten Sie `{ $name }`?
engine-evidence-erased = der Nachweis wurde gelöscht
engine-file-unreadable = die Datei kann nicht gelesen werden: { $error }
engine-footer-imprint = Impressum
engine-footer-leave = Abmelden
engine-footer-privacy = Datenschutz
engine-footer-stop = Abmelden: STOP antworten
engine-footer-stop-sms = Abmelden: STOP antworten.
engine-footer-why = Du bekommst „{ $title }“, weil du zugestimmt hast.
engine-import-class = nur die Nachweisklassen A und C lassen sich importieren
engine-import-class-help = sehen Sie in die Tabelle der Klassen
engine-language = die Sprache ist kein Kürzel wie de oder en
engine-list-closed = die Liste `{ $name }` ist geschlossen
engine-list-closed-help = legen Sie eine neue unter anderem Namen an
engine-list-held = die Liste `{ $name }` ist angehalten: ihre Einwilligungen wurden für etwas anderes gegeben, als ihre Einstellungen jetzt sagen
engine-list-held-help = `rundruf list show` sagt, was sich geändert hat. Dasselbe mit anderen Worten: rundruf list changed { $name } --same-purpose --reason "…". Ein anderer Zweck: stellen Sie die alten Worte wieder her, und legen Sie eine neue Liste an
engine-list-not-held = die Liste `{ $name }` ist nicht angehalten: es gibt nichts dazu zu sagen
engine-list-without-channel = kein Transport der Liste `{ $list }` bedient { $channel }
engine-list-without-channel-help = nehmen Sie einen in `transports` der Liste auf
engine-no-address = es gibt keine Adresse `{ $name }`
engine-no-broadcast = es gibt keine Aussendung `{ $name }`
engine-no-channel = es gibt keinen Kanal `{ $name }`
engine-no-consent = von dieser Adresse gibt es keine Einwilligung für diese Liste
engine-no-consent-help = `rundruf consent show` zeigt, was es gibt
engine-no-contact = so einen Kontakt gibt es nicht
engine-no-content = es gibt keinen Inhalt `{ $name }`
engine-no-list = es gibt keine Liste `{ $name }`
engine-no-message = es gibt keine Nachricht `{ $name }`
engine-no-random-numbers = das System gibt keine Zufallszahlen her
engine-no-transport = es gibt keinen Transport `{ $name }`
engine-plugin-cannot-say = das Plugin von `{ $name }` kann nicht sagen, wen es erreicht
engine-plugin-cannot-say-help = senden Sie eine Testnachricht, ohne `--dry-run`
engine-plugin-does-not-run = das Plugin von `{ $name }` läuft nicht
engine-plugin-does-not-run-help = `rundruf transport list` sagt, warum
engine-row-addresses-bad = mehrere Adressen in einer Zelle, und die { $number }. ist keine: { $why }
engine-row-addresses-many = mehr als { $most } Adressen in einer Zelle
engine-row-addresses-share-proof = mehrere Adressen in einer Zelle, und der Nachweis sagt nicht, welche davon bestätigt hat: schreiben Sie für jede eine eigene Zeile
engine-row-behind-quote = ein Feld geht hinter seinem schließenden Anführungszeichen weiter
engine-row-channel-empty = `channel` ist leer
engine-row-fields = { $fields } Felder, aber die Überschrift hat { $width }: ein Feld mit dem Trennzeichen darin braucht Anführungszeichen
engine-row-future = `{ $name }` liegt in der Zukunft
engine-row-known-confirmed = schon bekannt und bestätigt: nichts ändert sich
engine-row-known-quarantined = schon bekannt und gesperrt: nichts ändert sich
engine-row-known-stricter = schon bekannt, und der strengere Zustand bleibt: { $state ->
    [requested] gefragt
    [held] zurückgehalten
    [stale] veraltet
    [declined] verneint
    [expired] verfallen
    [withdrawn] widerrufen
    [invalidated] ungültig
    [terminated] beendet
    [quarantined] gesperrt
    [objected] widersprochen
    *[other] { $state }
    }
engine-row-number-rounded = eine Tabellenkalkulation hat die Nummer gerundet, ihre letzten Ziffern sind weg: formatieren Sie die Spalte als Text, und exportieren Sie noch einmal
engine-row-order = `confirmed_at` liegt vor `requested_at`
engine-row-proof = { $why } (Nachweisklasse A; siehe „What an import must prove“ in README.md)
engine-row-proof-empty = `{ $name }` ist leer: Klasse A braucht es für jede Person
engine-row-source-empty = `source` ist leer: wo hat sich die Person angemeldet?
engine-row-source-vague = `source` ist weder eine Adresse (URL) noch der Name eines Dokuments, wie `Anmeldeformular vom Mai 2026`
engine-row-text-empty = `consent_text` ist leer: Klasse A braucht die Worte, die die Person sah
engine-row-text-fault = `consent_text` nennt die Datei `{ $name }`: { $why }
engine-row-text-file = `consent_text` nennt die Datei `{ $name }`, die weder neben der Tabelle noch unter deren Ordner gefunden wurde
engine-row-text-lint = `consent_text` ist kein Nachweis: { $why }
engine-row-text-long = `consent_text` ist länger als 16 KiB
engine-row-text-names-nobody = `consent_text` nennt weder den Absender `{ $sender }` noch die Liste
engine-row-time = `{ $name }` ist `{ $text }`: keine Zeit wie 2026-05-01T10:00:00Z, 2026-05-01, 01.05.2026 10:00 oder 1. Mai 2026
engine-row-time-ambiguous = `{ $name }` ist `{ $text }`: Tag oder Monat kann vorn stehen. Exportieren Sie Daten wie 2026-05-01, oder sagen Sie es mit `--dates dmy` (Tag zuerst) oder `--dates mdy` (Monat zuerst)
engine-row-unused = seit mehr als 24 Monaten unbenutzt: die Einwilligung kann erloschen sein
engine-row-variable-long = `{ $name }` ist länger als { $most } Bytes
engine-row-without-address = der Datensatz hat keine Adresse
engine-row-without-proof = kein Nachweis für diese Person: an sie wird nichts gesendet
engine-same-contact = das ist schon ein und derselbe Kontakt
engine-several-contacts = das können mehrere Kontakte sein
engine-several-contacts-help = nennen Sie den Kanal wie in sms:+49170…, oder die Nummer: rundruf contact find
engine-stops-not-missing = es fehlen keine Widerrufe: es gibt nichts zu sagen
engine-stops-reason-help = er wird aufbewahrt: sagen Sie, woher Sie es wissen, etwa „alle Post seit Montag gelesen, 3 Widerrufe eingetragen“
engine-template-block = Blöcke und Kommentare (`{"{%"}`, `{"{#"}`) sind in Nachrichten nicht erlaubt
engine-template-character = `{ $character }` ist in Nachrichten nicht erlaubt
engine-template-eval = ein Ausdruck lässt sich nicht auswerten: { $fault }
engine-template-expression = `{"{{"} { $expression } {"}}"}` ist kein Ausdruck: { $fault }
engine-template-expression-help = schreiben Sie {"{{"} first_name {"}}"} oder {"{{"} first_name | default("du") {"}}"}
engine-template-expression-long = er ist länger als { $most } Bytes
engine-template-fault = Zeile { $line }, Spalte { $column }: { $fault }
engine-template-holes = mehr als 256 verschiedene Lücken
engine-template-holes-help = schreiben Sie den Text ohne sie
engine-template-open = dieses `{"{{"}` wird nie geschlossen
engine-template-open-help = schließen Sie es mit `{"}}"}`
engine-template-unknown-variable = niemand unter den ersten { $people } Leuten hat eine Variable `{ $name }`
engine-template-unknown-variable-help = { $near }; wenn sie fehlen darf: {"{{"} { $name } | default("") {"}}"}
engine-test-message = Testnachricht von { $sender }.
engine-test-no-transport = kein Transport der Liste `{ $list }` bedient { $channel }
engine-test-subject = [Probe]
engine-test-too-many = Testnachrichten gingen innerhalb eines Tages schon an { $most } Adressen
engine-test-too-many-help = Ein Test ist für Sie selbst; die anderen bekommen die Nachricht mit der Aussendung
engine-there-are = es gibt: { $names }
engine-transport-does-not-serve = `{ $name }` bedient { $channel } nicht
engine-transport-does-not-serve-help = prüfen Sie ihn mit einer Adresse seines eigenen Kanals
engine-transport-gone = er steht nicht mehr in den Einstellungen, darum sind { $failed } Nachrichten gescheitert, die er noch zu senden hatte; hat er nun einen anderen Namen, so bewahrt `renamed_from` in seiner Tabelle sie beim nächsten Wechsel
engine-transport-left = Transport `{ $name }`: { $reason }
engine-variable-name = `{ $name }` ist kein Name einer Angabe
engine-variable-name-help = nehmen Sie a-z, 0-9 und _
engine-variable-value = `{ $name }` enthält einen Zeilenumbruch oder ist zu lang
engine-variable-value-help = eine Zeile, höchstens 1.024 Bytes
engine-transport-not-again = der Transport `{ $name }` läuft, lässt sich aber nicht noch einmal starten: { $reason }
engine-transport-unknown = die Plugin-Datei des Transports `{ $name }` fehlt oder ist nicht lesbar, darum ist nicht bekannt, welche Adressen er erreicht
engine-transport-unknown-help = `rundruf transport list` nennt den Grund; ist er behoben, laden Sie den Dienst neu (systemctl reload rundruf)
engine-doctor-task = ein Teil des Daemons ist ausgefallen (zuletzt { $deaths }-mal) und wird neu begonnen: { $task }; wo, steht im Protokoll, bitte melden Sie es
engine-task-alerts = die Mitteilungen an den Admin
engine-task-commands = die Antworten auf Befehle
engine-task-extensions = was Plugins über sich sagen (Konto, Guthaben)
engine-task-fan-out = das Schreiben der Zustellungen
engine-task-inbox = das Lesen der Nachrichten von Kunden
engine-task-pages = die öffentlichen Seiten
engine-task-timers = was nach der Zeit geschieht (Termine, Verfall, Signieren des Protokolls)
engine-transport-task-died = eine Aufgabe dieses Transports im Daemon ist durch einen Programmfehler ausgefallen; sein Plugin endet, was unterwegs ist, wird geklärt, und er wird in { $seconds } s neu begonnen; wo es geschah, steht im Protokoll, bitte melden Sie es
engine-transport-down = der Transport `{ $name }` steht: { $reason }
engine-transport-waiting = der Transport `{ $name }` wartet: { $reason }
engine-takes-nothing = der Anbieter nimmt zurzeit nichts an, es wird immer wieder versucht: { $detail }
engine-transport-paused = der Transport `{ $name }` ist angehalten: { $reason }
engine-plugin-remark = das Plugin von `{ $name }`: { $remark }
engine-not-on-hold = die Daten dieses Kontakts werden nicht für Rechtsansprüche aufbewahrt
engine-not-undeliverable = keine Adresse dieses Kontakts ist unzustellbar
engine-not-undeliverable-help = was für den Kontakt gilt, sagt rundruf contact show
engine-paused-by-hand = von Hand
engine-picture-format = das Bild `{ $path }` hat kein Format, das Mailprogramme zeigen
engine-picture-format-help = Speichern Sie es als JPEG, PNG, GIF oder WebP
engine-picture-is-link = das Bild { $url } bleibt ein Link: nichts wird aus dem Netz geladen; soll es zu sehen sein, legen Sie die Datei neben den Text
engine-picture-missing = der Text zeigt das Bild `{ $path }`, das nicht dabei ist
engine-picture-missing-help = Senden Sie die Datei mit dem Text, unter diesem Pfad
engine-account-refused = das Konto wird abgelehnt, ab und zu wird eine Nachricht versucht: { $detail }
engine-reason = der Grund ist eine Zeile mit 3 bis { $most } Zeichen
engine-reason-help = er wird aufbewahrt: sagen Sie, warum der Zweck derselbe ist, wie in "umfirmiert, gleicher Inhaber, gleiche Angebote"
engine-request-not-begun = diese { $channel }-Adresse darf nicht gefragt werden: ihr Stand für die Liste ist `{ $state }`, und nur die Person selbst darf neu beginnen
engine-request-not-begun-help = wenn die Person darum gebeten hat, sagen Sie, wo: --person-asked --source "am Telefon, 3. Dezember"

# What an operator does for one person: export, erase, inbox.
engine-alert-inbox = Nachrichten warten auf einen Menschen
engine-erase-admin = diese Adresse steht in `[admin] notify`: dorthin gehen Meldungen an die Verwaltung
engine-erase-admin-help = entfernen Sie sie zuerst aus den Einstellungen
engine-erase-only = `only` braucht eine Adresse, nicht die Nummer eines Kontakts
engine-erase-too-many = nach diesen Adressen kann nicht gesucht werden
engine-export-addresses = Adressen
engine-export-archive = das Archiv kann nicht geschrieben werden: { $cause }
engine-export-as-of = Stand: { $when }
engine-export-by = Übertragungsweg
engine-export-consents = Einwilligungen und ihr Verlauf
engine-export-data-out = Was der Betreiber erhält
engine-export-entered = Eingetragen
engine-export-event = Ereignis
engine-export-from = Von
engine-export-how = Wie
engine-export-language = Sprache
engine-export-no-part = es gibt keinen Teil `{ $name }`
engine-export-none = Nichts ist gespeichert.
engine-export-operator = Betreiber
engine-export-outcome = Ausgang
engine-export-received = Nachrichten von Ihnen
engine-export-recipients = Wer Daten erhält, und welche
engine-export-retention = Wie lange es aufbewahrt wird
engine-export-retention-evidence = Einwilligungen und ihre Nachweise: solange sie gelten, und danach, solange sie bewiesen werden müssen.
engine-export-retention-inbound = Ihre Nachrichten: { $days } Tage, sobald sie erledigt sind.
engine-export-retention-request = Eine Anmeldung, die nicht bestätigt wird: { $days } Tage.
engine-export-retention-service = Bestätigungen und Antworten an Sie: { $days } Tage.
engine-export-retention-suppression = Ein Stopp: als verschlüsselter Fingerabdruck, der die Adresse nicht zeigt, bis Sie sich wieder anmelden.
engine-export-rights = Ihre Rechte
engine-export-rights-text = Sie können Daten berichtigen oder löschen lassen, ihre Nutzung einschränken oder ihr widersprechen, eine Einwilligung jederzeit zurücknehmen, diese Daten in einer Form für Programme erhalten (export.json) und sich bei einer Datenschutzbehörde beschweren. Keine Entscheidung über Sie trifft ein Programm allein.
engine-export-role = Rolle nach der DSGVO
engine-export-sent = Rundrufe an Sie
engine-export-services = Andere Nachrichten an Sie
engine-export-sources = Woher es stammt
engine-export-storage = Wie lange er es speichert
engine-export-stored = Gespeichert
engine-export-subject = Zu Ihnen
engine-export-suppressed = Sie haben gestoppt: An Sie geht keine Werbung.
engine-export-text = Wortlaut
engine-export-time = Zeit
engine-export-title = Was über Sie gespeichert ist
engine-export-to = An
engine-export-variables = Weitere Angaben
engine-export-what = Was
engine-export-word-answer = Antwort
engine-export-word-close-list = Liste geschlossen
engine-export-word-confirm = bestätigt
engine-export-word-confirmation-request = Bitte um Bestätigung
engine-export-word-decline = abgelehnt
engine-export-word-go-stale = ausgesetzt, lange nicht genutzt
engine-export-word-hold = angehalten
engine-export-word-hold-expired = nach einer Pause beendet
engine-export-word-import-a = mit vollständigem Nachweis übernommen
engine-export-word-import-b = mit Nachweis übernommen
engine-export-word-import-c = ohne Nachweis übernommen, gesperrt
engine-export-word-import-d = als Kunde übernommen
engine-export-word-invalidate = für ungültig befunden
engine-export-word-legal-notice = rechtlicher Hinweis
engine-export-word-receipt = Beleg einer Einwilligung
engine-export-word-reminder = Erinnerung
engine-export-word-renew = erneuert
engine-export-word-request-expired = nicht rechtzeitig bestätigt
engine-export-word-request-failed = Anfrage nicht zustellbar
engine-export-word-resume = fortgesetzt
engine-export-word-service = Mitteilung
engine-export-word-sign-up = angemeldet, um Bestätigung gebeten
engine-export-word-still-interested = gefragt, ob noch Interesse besteht
engine-export-word-stop = zurückgenommen
engine-export-word-stop-acknowledgement = Bestätigung eines Stopps
engine-grants-everything = alles, was der Daemon darf: isolation ist "none"
engine-inbox-held-wait = { $count ->
    [one] 1 Einwilligung ist angehalten, seit { $since }: ohne Antwort endet sie als Widerruf
   *[other] { $count } Einwilligungen sind angehalten, die älteste seit { $since }: ohne Antwort enden sie als Widerruf
 }
engine-inbox-messages-wait = { $count ->
    [one] 1 Nachricht wartet seit { $since } auf einen Menschen: `rundruf inbox list`
   *[other] { $count } Nachrichten warten auf einen Menschen, die älteste seit { $since }: `rundruf inbox list`
 }
engine-inbox-no-message = es gibt keine Nachricht { $id }
engine-inbox-no-transport = der Transport, über den diese Nachricht kam, steht nicht mehr in den Einstellungen
engine-inbox-no-transport-help = antworten Sie auf anderem Weg, dann `rundruf inbox done`
engine-inbox-nobody-told = niemand erfährt, wenn eine Nachricht wartet: nennen Sie sich in `[admin] notify`
engine-inbox-not-held = keine Einwilligung dieser Person ist angehalten
engine-inbox-not-held-help = nach einem Stopp kann nur die Person selbst neu beginnen, mit einer neuen Anmeldung
engine-inbox-reply-subject = Antwort von { $sender }
engine-inbox-text = nötig ist ein Text von 1 bis { $longest } Zeichen, ohne Steuerzeichen
engine-inbox-unknown-wait = { $count ->
    [one] 1 Zustellung von Rundruf { $id } kam vielleicht an, vielleicht nicht: `rundruf broadcast unknown { $id }`
   *[other] { $count } Zustellungen von Rundruf { $id } kamen vielleicht an, vielleicht nicht: `rundruf broadcast unknown { $id }`
 }
engine-time = { $day }.{ $month }.{ $year } { $clock }
engine-given-up-after = nach { $attempts } Versuchen aufgegeben: { $why }
engine-coded-reason = { $code } { $said }
engine-hold-reason-help = er wird aufbewahrt: sagen Sie, worum es geht, etwa „Klage 3 O 12/26“
engine-hold-until = das ist kein künftiger Tag innerhalb von elf Jahren
engine-hold-until-help = der letzte Tag, etwa 2027-12-31


## host
# Keys of core/host begin with `host-`.

# Why a plugin cannot be found, loaded or run.
host-not-found = es gibt kein Plugin `{ $name }` in { $places }
host-cannot-read = `{ $path }` kann nicht gelesen werden
host-not-safe = `{ $path }` ist nicht sicher: { $why } ({ $remedy } { $path })
host-not-a-plugin = `{ $path }` ist kein Plugin: { $why }
host-other-version = `{ $path }` spricht Fassung { $found } des Plugin-Vertrags, dieses Programm { $known }: bauen Sie das Plugin neu gegen { $known }
host-other-digest = `{ $path }` hat die Prüfsumme { $found }, festgelegt ist { $pinned }: prüfen Sie, woher es kommt, und legen Sie sie dann neu fest mit `rundruf plugin pin`
host-does-not-load = `{ $path }` lässt sich nicht laden: { $why }
host-does-not-open = der Transport `{ $name }` lässt sich nicht öffnen: { $why }
host-process = Transport `{ $name }`: der Prozess des Plugins { $what }
host-state-unusable = der Zustandsordner `{ $path }` kann nicht benutzt werden
host-state-full = der Zustandsordner `{ $path }` ist voll: { $why }; schaffen Sie darin Platz, oder erhöhen Sie `state_limit`
host-no-room = für den Zustandsordner `{ $path }` ist zu wenig frei: { $free } MiB, und { $reserve } MiB bleiben der Datenbank; schaffen Sie auf dieser Platte Platz
host-still-running = der frühere Prozess von `{ $path }` endet nicht

# Who could change a file.
host-owned-by-another = der Benutzer { $user } besitzt es, der weder root ist noch der, unter dem dies läuft
host-writable-by-all = jeder kann hineinschreiben
host-writable-by-list = eine Zugriffsliste (ACL) lässt vielleicht andere hineinschreiben
host-writable-by-group = die Gruppe { $group } kann hineinschreiben

# A library that was away and is there again.
host-library-waits-for-reload = seine Datei ist wieder lesbar, aber die Einstellungen wurden nicht nach ihr geprüft: laden Sie den Dienst neu (systemctl reload rundruf)

# The file of a library.
host-not-a-file = es ist keine Datei
host-library-too-large = es ist größer als 256 MiB
host-not-elf = es ist keine Bibliothek (keine ELF-Datei)
host-not-shared = es ist eine ELF-Datei, aber keine Bibliothek
host-for-32-bits = es wurde für Maschinen mit 32 Bit gebaut, diese hat 64: bauen Sie es neu
host-for-another-machine = es wurde für { $found } gebaut, diese Maschine ist { $here }: bauen Sie es neu, oder holen Sie das richtige
host-byte-order = eine andere Reihenfolge der Bytes
host-machine = Maschine { $number }
host-elf-head-damaged = die ELF-Datei ist in den ersten Bytes beschädigt: kopieren oder bauen Sie sie neu
host-elf-damaged = die ELF-Datei ist beschädigt oder abgeschnitten ({ $why }): kopieren oder bauen Sie sie neu
host-no-section = es hat keinen Abschnitt `{ $section }`: es ist kein Plugin, oder er wurde entfernt (`strip` allein lässt ihn stehen)
host-two-sections = es hat zwei Abschnitte `{ $section }`: bauen Sie es mit einer einzigen Beschreibung
host-section-compressed = sein Abschnitt `{ $section }` ist gepackt: bauen Sie es ohne das, oder `objcopy --decompress-debug-sections`
host-manifest-too-large = seine Beschreibung ist größer als 256 KiB
host-manifest-empty = seine Beschreibung ist leer: legen Sie den Text von `manifest.json` dorthin

# The manifest's JSON.
host-manifest-not-utf8 = seine Beschreibung ist ab Byte { $byte } kein UTF-8: speichern Sie sie als UTF-8
host-manifest-not-json = seine Beschreibung ist kein gültiges JSON (Zeile { $line }, Spalte { $column }): { $what }
host-key-twice = der Schlüssel `{ $key }` steht zweimal: behalten Sie einen
host-control-character = in einem Text steht ein Steuerzeichen: nehmen Sie es heraus
host-json-too-deep = sie ist tiefer als 64 Stufen geschachtelt: machen Sie sie flacher
host-manifest-not-a-table = seine Beschreibung muss eine Tabelle sein: `{"{"} … {"}"}`
host-manifest-form = seine Beschreibung hat die Form { $form }, dieses Programm kennt Form 1

# The manifest's fields: a fault, what the value must be (`must-`), what it is (`is-`).
host-field-wrong = `{ $key }` in seiner Beschreibung muss { $must } sein, und ist { $found }
host-field-missing = `{ $key }` fehlt in seiner Beschreibung: { $must }
host-field-unknown = `{ $key }` in seiner Beschreibung sagt diesem Programm nichts: ist es verschrieben?
host-capability-unknown = `{ $word }` in `capabilities` sagt diesem Programm nichts
host-setting-unknown = `hosts` in seiner Beschreibung nennt die Einstellung `{ $key }`, die `config_schema` nicht hat
host-is-list = eine Liste aus { $count }
host-is-table = eine Tabelle
host-must-form = 1, die Form der Beschreibung
host-must-abi = die Fassung des Vertrags, wie [0, 1]
host-must-label = ohne den Datenschutz-Zettel (`label` mit `operator`, `data_out`, `storage`, …) wüsste niemand, wer was bekommt
host-must-config-schema = das JSON-Schema seiner Einstellungen, mindestens {"{"} "type": "object" {"}"}
host-must-hosts = eine Liste von Rechnern, jeder eine Tabelle mit `host` und `port`
host-must-host-entry = eine Tabelle mit `host` und `port`, oder ein Rechner allein
host-must-host = ein Rechnername, eine Adresse oder `{"{"}config.SCHLÜSSEL{"}"}`
host-must-port = eine Zahl von 1 bis 65535, oder `{"{"}config.SCHLÜSSEL{"}"}`
host-must-id = aus Kleinbuchstaben, Ziffern, `.`, `-` und `_`, ein Buchstabe zuerst, höchstens 100 Zeichen
host-must-name = eine Zeile mit höchstens 200 Zeichen
host-must-version = eine Fassung wie `1.0.0`, siehe semver.org
host-must-channels = eine Liste von Arten von Adressen, wie ["sms"], keine zweimal
host-must-number = eine Zahl von { $from } bis { $to }
host-must-bytes = eine Zahl von Bytes von { $from } bis { $to }
host-must-rate = null oder eine Zahl über 0 und bis 1000000
host-must-bool = true oder false
host-must-capabilities = eine Liste von Wörtern, wie ["html"], keines zweimal
host-must-line = eine Zeile Text
host-must-texts = eine Liste kurzer Texte
host-must-day = ein Tag wie `2026-11-23`
host-must-label-table = der Datenschutz-Zettel: eine Tabelle, die sagt, wer welche Daten bekommt
host-must-operator = eine Tabelle mit `name` und `country` des Betreibers
host-must-operator-name = der Name des Betreibers
host-must-country = das Land des Betreibers, wie `DE`
host-must-role = `processor`, `controller`, `joint` oder `none`
host-must-data-out = eine Liste der Daten, die das Plugin weitergibt, leer, wenn es keine sind
host-must-content-visible = true oder false: kann der Betreiber des Dienstes den Text lesen?
host-must-storage = eine Zeile, die sagt, wie lange der Betreiber die Daten speichert
host-no-contract = sein Datenschutz-Zettel nennt keinen Vertrag (`dpa_url`): vereinbaren Sie einen mit dem Betreiber des Dienstes
host-label-is-old = seinen Datenschutz-Zettel hat zuletzt am { $day } jemand geprüft, vor über einem Jahr: stimmt er noch?

# The schema of a plugin's settings.
host-schema-not-a-table = `config_schema` in seiner Beschreibung muss das Schema einer Tabelle sein ("type": "object")
host-schema-fault = `config_schema{ $at }` in seiner Beschreibung { $what }
host-schema-loop = verweist im Kreis auf `{ $to }`: Einstellungen enden irgendwo
host-schema-dangling = verweist auf `{ $to }`, das es nicht gibt
host-schema-foreign = verweist nach außen: schreiben Sie es in `$defs`, und verweisen Sie auf `#/$defs/…`
host-schema-no-ref = verweist anders als mit `$ref`: lassen Sie es weg
host-schema-too-deep = ist tiefer als 64 Stufen geschachtelt: machen Sie es flacher
host-schema-too-large = ist größer als 20.000 Regeln, wenn man den Verweisen folgt: machen Sie es kleiner
host-schema-pattern-too-long = ist länger als 1.000 Zeichen
host-schema-rules = muss eine Tabelle von Regeln sein, true oder false
host-schema-type = muss einen Typ von JSON nennen
host-schema-keys = muss eine Liste von Schlüsseln sein
host-schema-enum = muss eine Liste des Erlaubten sein
host-schema-list = muss eine Liste sein
host-schema-table = muss eine Tabelle sein
host-schema-number = muss eine Zahl sein
host-schema-whole-number = muss eine ganze Zahl sein
host-schema-text = muss ein Text sein

# The code of a library.
host-no-memory-file = das System hat keine Datei im Speicher dafür: { $why }
host-no-entry = es stellt `rundruf_plugin_v1` nicht bereit
host-entry-null = sein Eintrag ist null
host-entry-magic = sein Eintrag beginnt nicht mit der vereinbarten Zahl
host-entry-small = sein Eintrag ist kleiner, als diese Fassung des Vertrags verlangt
host-descriptor-null = sein Deskriptor ist null
host-descriptor-small = sein Deskriptor ist kleiner, als diese Fassung des Vertrags verlangt
host-table-null = seine Tabelle der Funktionen ist null
host-table-small = seine Tabelle der Funktionen ist kleiner, als diese Fassung des Vertrags verlangt
host-table-incomplete = in seiner Tabelle der Funktionen fehlt `open`, `submit`, `drain` oder `close`
host-ids-differ = sein Code sagt, es sei `{ $code }`, seine Beschreibung sagt `{ $manifest }`: schreiben Sie in beide dieselbe Kennung
host-run-as-process = { $why }: lassen Sie es mit isolation = "process" laufen
host-wants-process = seine Beschreibung sagt, dass es einen eigenen Prozess braucht
host-panic-abort = es wurde mit `panic = "abort"` gebaut
host-go-runtime = es enthält eine Laufzeit von Go

# Confinement.
host-no-landlock = der Kernel hat kein Landlock: Plugins können jede Datei lesen und schreiben, die der Daemon lesen und schreiben kann; Linux 6.7 mit `lsm=landlock` hat es
host-old-landlock = das Landlock des Kernels ist älter als Fassung 4: Plugins mit Netz können sich mit jedem Port verbinden; Linux 6.7 hat es
host-no-seccomp = der Kernel hat kein seccomp: Plugins können jeden Systemaufruf machen
host-has-threads = es gibt schon { $count } Threads
host-call-failed = { $call } schlug fehl
host-file-rules-refused = die Regeln für Dateien werden abgelehnt: { $why }
host-call-rules-refused = die Regeln für Systemaufrufe werden abgelehnt: { $why }
host-path-leads-out = `{ $path }` führt aus `{ $folder }` hinaus, wo das Plugin einen Link daraus machen konnte: entfernen Sie es
host-grant-relative = `{ $path }` ist nicht absolut
host-grant-dots = `{ $path }` führt mit `..` aus einem Ordner nach oben, den es nicht gibt
host-grant-is-ours = `{ $path }` gehört dem Daemon: Kein Plugin darf es benutzen
host-grant-contains = `{ $path }` enthält `{ $ours }`: Das Plugin könnte es lesen, und in einem Ordner auch ändern
host-grant-inside = `{ $path }` liegt in `{ $ours }`, und das gehört dem Daemon
host-not-granted = der Transport `{ $name }` startet nicht: `{ $setting }`: { $why }
host-needs-landlock = der Kernel hat kein Landlock, deshalb könnte das Plugin jede Datei des Daemons lesen und ändern; Linux 6.7 mit `lsm=landlock` hat es; wenn Sie das für dieses Plugin hinnehmen, schreiben Sie `without_landlock = true`
host-grants-ports-and-names = verbindet sich mit den TCP-Ports { $ports } und löst Namen auf
host-grants-ports = verbindet sich mit den TCP-Ports { $ports }
host-grants-no-network = kein Netz
host-grants-read = liest { $paths }
host-grants-write = liest und schreibt in { $paths }

# Why a plugin does not open.
host-refused-to-open = es wollte nicht öffnen (Status { $status })
host-folder-unusable = der Zustandsordner kann nicht benutzt werden: { $why }
host-earlier-process = ein früherer Prozess dieses Transports endet nicht
host-not-confined = sein Prozess lässt sich nicht einschließen: { $why }
host-not-watched = sein Prozess lässt sich nicht beobachten: { $why }

# What happened to a plugin's process (`the plugin's process …`).
host-process-lost-message = der Prozess des Plugins starb, während er diese Nachricht hielt
host-process-no-pipe = bekommt keine Leitung: { $why }
host-process-no-thread = bekommt keinen Thread: { $why }
host-process-not-started = kann nicht gestartet werden: { $why }
host-process-not-read = kann nicht gelesen werden: { $why }
host-process-not-watched = kann nicht beobachtet werden: { $why }
host-process-deaf = hört nicht zu: { $why }
host-process-ended-early = endete, bevor es geöffnet hatte ({ $how })
host-process-opens-late = öffnet nicht innerhalb von 30 Sekunden
host-in-process-opens-late = öffnet nicht innerhalb von 30 Sekunden; es läuft im Prozess des Daemons und lässt sich nicht beenden: setzen Sie isolation = "process" und starten Sie den Daemon neu
host-process-breaks-protocol = bricht das Protokoll der Leitung
host-process-too-late = kommt zu spät

# Why a plugin is down.
host-not-started = wird geöffnet; ein früherer Prozess davon endet vielleicht noch
host-stopped = angehalten
host-ended = endete
host-ended-with-status = endete mit Status { $code }
host-ended-by-signal = endete durch Signal { $signal }
host-ended-by-named-signal = endete durch Signal { $signal } ({ $name })
host-killed-silent = antwortete 15 Sekunden lang nicht und wurde beendet
host-killed-no-outcome = sagte { $seconds } Sekunden lang kein Ergebnis und wurde beendet
host-killed-protocol = Verstoß gegen das Protokoll: { $violation }; beendet
host-killed-threads = hatte mehr als { $most } Threads und wurde beendet
host-killed-folder = füllte seinen Zustandsordner `{ $path }` und wurde beendet: { $why }
host-killed-disk = wurde beendet, weil auf der Platte nur { $free } MiB frei sind und { $reserve } MiB der Datenbank bleiben
host-killed-pipe-closed = wurde beendet, nachdem seine Leitung zu war
host-killed-at-stop = endete nicht rechtzeitig
host-given-up = aufgegeben nach { $why }
host-crashes = { $count } Abstürzen in { $minutes } Minuten, der letzte: { $last }
host-violation-backlog = es fragt und hört nicht auf die Antworten
host-violation-frame-size = ein Frame nennt mehr Bytes, als erlaubt sind
host-violation-frame = ein Frame ist nicht lesbar
host-violation-numbers = die Ergebnisse sind falsch nummeriert
host-folder-too-deep = Ordner liegen darin { $depth } tief ineinander
host-folder-files = er enthält mehr als { $most } Dateien
host-folder-size = er enthält mehr als { $most } MiB
host-folder-unreadable = ein Ordner darin ist nicht zugänglich
host-must-messages = eine Tabelle der Sprachen, jede mit den englischen Sätzen des Plugins und ihrer Übersetzung


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
lang-quoted = „{ $text }“
lang-translated = { $english ->
    *[other] { $german }
    }


## sdk
# Keys of core/sdk begin with `sdk-`.


## store
# Keys of core/store begin with `store-`.

# Why the store does not open, or a call fails.
store-backup-file-changed = `{ $name }` fehlt oder wurde geändert, seit die Sicherung gemacht wurde
store-backup-file-more = `{ $name }` gehört nicht zur Sicherung
store-backup-folder-name = der Name des Ordners ist kein gültiger Text
store-backup-folder-used = der Ordner ist nicht leer; nennen Sie für jede Sicherung einen neuen
store-backup-log = das Protokoll der Einwilligungen darin ist nicht das, das die Sicherung nennt
store-backup-no-database = es gibt keine Datenbank zum Sichern
store-backup-none = das ist keine Sicherung von `rundruf backup`
store-backup-without-key = der Schlüssel der Maschine ist nicht in der Sicherung: zum Zurückholen wird er gebraucht (`--machine-key DATEI`)
store-broadcast-ended = die Aussendung `{ $id }` ist zu Ende: von ihr wird nichts mehr gesendet
store-broadcast-is = die Aussendung `{ $id }` ist { $state ->
    [scheduled] geplant
    [running] im Gang
    [paused] angehalten
    [done] fertig
    [cancelled] abgebrochen
    [expired] abgelaufen
    *[other] { $state }
    }
store-closed = der Speicher ist geschlossen
store-database = die Datenbank versagte: { $cause }
store-evidence-not-sealed = ein Nachweis konnte nicht verschlüsselt werden: { $why }
store-fork-no-database = unter `{ $path }` gibt es keine Datenbank
store-frontier-damaged = der Rand des Protokolls ist beschädigt
store-full = die Platte mit `{ $path }` ist voll
store-in-use = `{ $path }` wird von einem anderen Daemon benutzt
store-list-closed = die Liste `{ $name }` wurde geschlossen, und ihr Name wird nie wieder benutzt
store-list-held = die Liste `{ $name }` ist angehalten: sie sendet vorerst nichts und nimmt nichts an
store-log-altered = das Protokoll setzt nicht fort, was unterschrieben wurde: etwas wurde verändert
store-log-in-use = das Schreibprotokoll wird noch gelesen: es wird später geleert
store-log-shorter = das Protokoll hat { $size } Einträge, { $signed } wurden unterschrieben: wurde eine alte Kopie zurückgeholt?
store-newer = `{ $path }` hat das Schema { $found }, dieses Programm kennt bis { $known }: nehmen Sie das neuere Programm
store-no-address = es gibt keine Adresse `{ $id }`
store-no-address-given = eine Nachricht ohne Adresse
store-no-broadcast = es gibt keine Aussendung `{ $id }`
store-no-import = es gibt keinen Import `{ $id }`
store-no-message = es gibt keine Nachricht `{ $id }`
store-no-random = das System gibt keine Zufallszahlen her
store-no-such-address = so eine Adresse gibt es nicht
store-no-such-contact = so einen Kontakt gibt es nicht
store-no-such-list = so eine Liste gibt es nicht
store-not-a-number = darin steht keine Zahl
store-not-a-store = `{ $url }` ist kein Speicher: schreiben Sie sqlite:DATEI
store-of-another-program = es ist die Datenbank eines anderen Programms
store-old-copy = `{ $path }` ist eine alte Kopie der Datenbank: sie wurde seither weiter benutzt, anderswo oder bevor sie zurückkopiert wurde. Ihr Protokoll der Einwilligungen hat { $size } Einträge, { $signed } wurden unterschrieben
store-request-panicked = eine Anfrage brach ab; von ihr wurde nichts gespeichert
store-restore-exists = das gibt es schon: verschieben Sie die Datenbank und ihre Schlüssel vorher in einen anderen Ordner, und behalten Sie sie
store-restore-other-key = ein anderer Schlüssel der Maschine ist schon da; verschieben Sie ihn vorher in einen anderen Ordner, und behalten Sie ihn
store-restore-reason = aus der Sicherung von { $made } zurückgeholt (Millisekunden UTC)
store-thread-died = ein Thread starb
store-too-little-random = es wurden zu wenige Zufallszahlen gezogen
store-two-contacts = zwei dieser Adressen gehören zwei verschiedenen Menschen; Menschen werden nie aus Versehen zusammengelegt; mit Absicht tut es `rundruf contact merge`
store-unusable = `{ $path }` kann nicht benutzt werden: { $cause }

# What is wrong with the keys.
store-key-length = ein Schlüssel hat die falsche Länge
store-key-not-wrapped = ein Schlüssel kann nicht umhüllt werden
store-keys = die Schlüssel in `{ $path }` gehören nicht zu dieser Datenbank: { $why }
store-keys-missing = die Datei fehlt: holen Sie sie aus ihrer Sicherung
store-keys-of-another = sie wurden mit dem Schlüssel einer anderen Maschine umhüllt
store-keys-without-database = die Schlüssel sind da, aber die Datenbank, zu der sie gehören, fehlt oder ist leer: holen Sie sie aus ihrer Sicherung zurück (`rundruf backup restore`). Um mit nichts neu zu beginnen, verschieben Sie die Dateien mit den Schlüsseln vorher in einen anderen Ordner
store-machine-key-length = der Schlüssel der Maschine hat nicht 32 Bytes
store-machine-key-missing = der Schlüssel der Maschine fehlt: holen Sie ihn aus seiner Sicherung
store-secret-length = ein Geheimnis hat die falsche Länge
store-secret-missing = das Geheimnis `{ $name }` fehlt. Es wird nicht neu gemacht, weil jeder Link und jeder Widerruf daran hängt: holen Sie die Schlüssel aus ihrer Sicherung zurück
store-stops-missing = die Datenbank wurde ohne ihr Verzeichnis der Widerrufe zurückgeholt: es wird nichts gesendet oder importiert, bis die Widerrufe seither eingetragen sind. Tragen Sie ein, was Sie wissen: rundruf consent withdraw --file DATEI. Danach: rundruf consent stops-complete --reason "…"

# Why an imported address stays as it was.
store-import-suppressed = die Adresse steht auf der Sperrliste: nur eine neue Anmeldung der Person hebt das auf
store-import-withdrawn = die Person hat die Einwilligung widerrufen: nur eine neue Anmeldung der Person gibt sie wieder

# What `doctor` finds.
store-doctor-broadcast-unreadable = Aussendung { $id } ist in einem Zustand, den dieses Programm nicht kennt: nichts davon wird gesendet
store-doctor-consent-state = { $count } Einwilligungen sind nicht in dem Zustand, den ihr letztes Ereignis sagt
store-doctor-consents-unreadable = { $count } Einwilligungen sind nicht lesbar (Zustand, Kanal oder Merkmale unbekannt): an sie wird nichts gesendet
store-doctor-counter = Aussendung { $id }: `{ $name }` sagt { $said }, die Zeilen sagen { $real }
store-doctor-deliveries-unreadable = Aussendung { $id }: { $count } Zustellungen sind in einem Zustand, den dieses Programm nicht kennt
store-doctor-event-order = { $count } Ereignisse folgen auf das einer anderen Einwilligung, oder auf keines
store-doctor-file-damaged = die Datenbankdatei ist beschädigt: { $why }
store-doctor-file-open = `{ $path }` kann von anderen gelesen werden: chmod 600
store-doctor-file-unreadable = `{ $path }` kann nicht gelesen werden: { $error }
store-doctor-gap = das Protokoll der Einwilligungen hat eine Lücke vor Eintrag { $id }
store-doctor-hashes = { $count } gespeicherte Prüfsummen des Protokolls passen nicht zu seinen Einträgen
store-doctor-lease-foreign = Vergabe { $id }: { $count } der Zustellungen vor ihrem Zeiger lassen sich nicht greifen
store-doctor-lease-open = Vergabe { $id }: { $said } Zustellungen sollen offen sein, { $real } sind es
store-doctor-log-size = das Protokoll der Einwilligungen sagt { $said } Einträge, seine Ereignisse sind { $real }, oder es sind nicht dieselben
store-doctor-no-broadcast = { $count } Zustellungen gehören zu keiner Aussendung
store-doctor-no-key = { $count } Einwilligungen haben keinen Schlüssel: ihre Nachweise sind nicht lesbar
store-doctor-not-continued = das Protokoll der Einwilligungen setzt seinen letzten unterschriebenen Stand nicht fort
store-doctor-open-requests = { $count } Einwilligungen haben mehr als eine offene Bitte
store-doctor-skips = Aussendung { $id }: die Gründe der Übersprungenen sagen { $said }, die Zeilen sagen { $real }


## web
web-cannot-listen = auf `{ $place }` kann nicht gehört werden: { $cause }
web-inbox-deleted-a-message = hat eine Nachricht gelöscht
web-inbox-in-a-group-for-a-person = in einer Gruppe: für einen Menschen
web-socket-in-use = ein anderer Daemon hört auf `{ $path }`
web-not-a-socket = `{ $path }` gibt es schon, und es ist kein Socket: nennen Sie einen anderen Pfad, oder räumen Sie es weg
# Keys of core/web begin with `web-`.

web-add-contact-help = nehmen Sie sie zuerst auf: rundruf contact add
web-attachments-incomplete = die Anfrage brach vor ihren Anhängen ab
web-broadcast-not-a-number = die Aussendung ist keine Zahl
web-cannot-spool = es lässt sich nicht zwischenspeichern
web-confirm = Anmeldung bestätigen
web-confirm-button = Ja, das möchte ich
web-confirm-closed = Diese Anmeldung ist nicht mehr offen
web-confirm-closed-text = Es wird nichts gesendet. Wenn du die Nachrichten möchtest, melde dich bitte neu an.
web-confirm-not-you = Das warst nicht du? Dann musst du nichts tun: Ohne deine Bestätigung kommt keine Nachricht.
web-confirm-question = { $name } möchte an { $address } schreiben: „{ $list }“.
web-confirmed = Danke, das ist bestätigt
web-confirmed-text = { $name } schreibt dir ab jetzt: „{ $list }“. Mit jeder Nachricht kannst du dich wieder abmelden.
web-contact-not-a-number = der Kontakt ist keine Zahl
web-disk-full = die Platte mit `{ $path }` ist voll
web-disk-full-help = schaffen Sie dort Platz; nichts wurde halb gespeichert
web-evidence-class = die Nachweisklasse `{ $class }` lässt sich nicht importieren: A oder C
web-file-size-differs = die Datei hat { $length } Bytes, angekündigt waren { $announced }
web-home-text = Von hier verschickt dieser Absender Nachrichten an alle, die sie haben möchten. Zum Abmelden öffne den Link in einer Nachricht.
web-imprint = Impressum
web-no-json-line = die Anfrage muss mit einer Zeile JSON beginnen
web-no-memory = kein Platz für Dateien
web-no-such-address = so eine Adresse gibt es nicht
web-no-such-broadcast = so eine Aussendung gibt es nicht
web-no-such-contact = so einen Kontakt gibt es nicht
web-no-such-route = so einen Weg gibt es nicht
web-no-such-state = so einen Zustand gibt es nicht
web-not-a-time = eine Zeitangabe entspricht nicht RFC 3339
web-page-failed = Das hat gerade nicht geklappt
web-page-failed-text = Es liegt an uns. Bitte versuche es in einigen Minuten noch einmal.
web-parameter-missing = `{ $name }` fehlt
web-parameter-not-a-number = `{ $name }` ist keine Zahl
web-person-asked-with-source = `person_asked` und `source` gehören zusammen: sagen Sie, wo die Person darum gebeten hat
web-privacy = Datenschutz
web-request-failed = die Anfrage brach ab
web-request-failed-help = sehen Sie ins Log
web-request-incomplete = die Anfrage brach vor ihrem Ende ab
web-request-rejected = Das konnten wir nicht annehmen
web-request-rejected-text = Bitte öffne den Link noch einmal aus der Nachricht und drücke dort den Knopf.
web-request-timeout = die Anfrage kam nicht rechtzeitig an
web-request-timeout-help = senden Sie sie noch einmal
web-request-too-large = die Anfrage ist größer als { $limit } Bytes
web-request-too-large-help = senden Sie weniger, oder erhöhen Sie `web.max_body`
web-resend-failed-only = nur gescheiterte Zustellungen lassen sich noch einmal senden: {"{"}"failed": true{"}"}
web-same-purpose-or-new-list = `same_purpose` muss true sein; ein anderer Zweck ist eine andere Liste
web-source-too-long = `source` ist eine Zeile mit höchstens { $most } Zeichen
web-unknown-decision = `as` ist `sent`, `resend` oder `failed`
web-unknown-link = Dieser Link ist uns nicht bekannt
web-unknown-link-text = Vielleicht wurde er beim Kopieren abgeschnitten: Öffne ihn bitte noch einmal aus der Nachricht. Geht es auch dann nicht, können wir ihn nicht lesen, und er hat nichts geändert: Du bist weder bestätigt noch abgemeldet. Zum Abmelden schreib uns bitte; unser Impressum steht unten.
web-unsubscribe = Abmelden
web-unsubscribe-all = Von allen Listen abmelden
web-unsubscribe-all-text = Diese Taste beendet alles, was { $name } an diese Adresse schickt, jetzt und später:
web-unsubscribe-at-once = Es wirkt sofort.
web-unsubscribe-text = { $name } schreibt an { $address }: „{ $list }“.
web-unsubscribed = Du bist abgemeldet
web-unsubscribed-all-text = { $name } schickt nichts mehr an diese Adresse, von keiner Liste, außer nach einer neuen Anmeldung.
web-unsubscribed-text = { $name } schickt „{ $list }“ nicht mehr an { $address }.
web-work-failed = die Arbeit brach ab

# Messages that wait for a person.
web-inbox-a-reaction = eine Reaktion
web-inbox-answered-often-enough = schon oft genug beantwortet
web-inbox-could-not-be-handled = konnte nicht verarbeitet werden
web-inbox-for-a-person = nicht verstanden: für einen Menschen
web-inbox-held = vielleicht eine Absage: angehalten
web-inbox-not-a-number = die Nummer der Nachricht ist keine Zahl
web-inbox-refusal-of-an-unknown-address = vielleicht eine Absage, von einer unbekannten Adresse
web-inbox-resolve-as = `as` muss `continue` oder `stop` sein
web-inbox-start-while-held = START, während angehalten ist
web-inbox-stopped = gestoppt
web-import-dates = `dates` ist `dmy` oder `mdy`
web-not-a-digest = `old` und `new` sind SHA-256 in 64 Hexadezimalziffern

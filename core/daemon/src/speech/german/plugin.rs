//! What a library says of itself, and what is wrong with that.

/// English, German.
pub(super) const PHRASES: &[(&str, &str)] = &[
    // the file
    ("it is larger than 256 MiB", "es ist größer als 256 MiB"),
    ("it is not a shared library (no ELF file)", "es ist keine Bibliothek (keine ELF-Datei)"),
    ("it is an ELF file but not a shared library", "es ist eine ELF-Datei, aber keine Bibliothek"),
    (
        "it was built for machines of 32 bits, this one has 64: build it anew",
        "es wurde für Maschinen mit 32 Bit gebaut, diese hat 64: baue es neu",
    ),
    (
        "it was built for {}, this machine is {}: build it anew, or fetch the right one",
        "es wurde für {} gebaut, diese Maschine ist {}: baue es neu, oder hole das richtige",
    ),
    ("another byte order", "eine andere Reihenfolge der Bytes"),
    (
        "the ELF file is damaged in its first bytes: copy or build it anew",
        "die ELF-Datei ist in den ersten Bytes beschädigt: kopiere oder baue sie neu",
    ),
    (
        "the ELF file is damaged or cut off ({}): copy or build it anew",
        "die ELF-Datei ist beschädigt oder abgeschnitten ({}): kopiere oder baue sie neu",
    ),
    (
        "it has no section `{}`: it is no plugin, or was stripped of it (`strip` alone keeps it)",
        "es hat keinen Abschnitt `{}`: es ist kein Plugin, oder er wurde entfernt (`strip` allein lässt ihn stehen)",
    ),
    (
        "it has two sections `{}`: build it with one manifest",
        "es hat zwei Abschnitte `{}`: baue es mit einer einzigen Beschreibung",
    ),
    (
        "its section `{}` is compressed: build it without, or `objcopy --decompress-debug-sections`",
        "sein Abschnitt `{}` ist gepackt: baue es ohne das, oder `objcopy --decompress-debug-sections`",
    ),
    ("its manifest is larger than 256 KiB", "seine Beschreibung ist größer als 256 KiB"),
    (
        "its manifest is empty: put the text of `manifest.json` there",
        "seine Beschreibung ist leer: lege den Text von `manifest.json` dorthin",
    ),
    // the text
    (
        "its manifest is not UTF-8 from byte {} on: save it as UTF-8",
        "seine Beschreibung ist ab Byte {} kein UTF-8: speichere sie als UTF-8",
    ),
    (
        "its manifest is no sound JSON (line {}, column {}): {}",
        "seine Beschreibung ist kein gültiges JSON (Zeile {}, Spalte {}): {}",
    ),
    ("the key `{}` stands twice: keep one", "der Schlüssel `{}` steht zweimal: behalte einen"),
    ("a text has a control character in it: take it out", "in einem Text steht ein Steuerzeichen: nimm es heraus"),
    (
        "it is nested deeper than 64 levels: make it flatter",
        "sie ist tiefer als 64 Stufen geschachtelt: mache sie flacher",
    ),
    ("its manifest must be a table: `{ … }`", "seine Beschreibung muss eine Tabelle sein: `{ … }`"),
    (
        "its manifest has form {}, this program knows form 1",
        "seine Beschreibung hat die Form {}, dieses Programm kennt Form 1",
    ),
    // its fields
    ("`{}` in its manifest must be {}, and is {}", "`{}` in seiner Beschreibung muss {} sein, und ist {}"),
    ("`{}` is missing in its manifest: {}", "`{}` fehlt in seiner Beschreibung: {}"),
    (
        "without the privacy label (`label` with `operator`, `data_out`, `storage`, …) nobody could know who receives what",
        "ohne den Datenschutz-Zettel (`label` mit `operator`, `data_out`, `storage`, …) wüsste niemand, wer was bekommt",
    ),
    (
        "the JSON Schema of its settings, at least { \"type\": \"object\" }",
        "das JSON-Schema seiner Einstellungen, mindestens { \"type\": \"object\" }",
    ),
    ("true or false", "true oder false"),
    ("a table", "eine Tabelle"),
    ("a list of {}", "eine Liste aus {}"),
    ("one line of text", "eine Zeile Text"),
    (
        "small letters, digits, `.`, `-` and `_`, a letter first, at most 100 characters",
        "aus Kleinbuchstaben, Ziffern, `.`, `-` und `_`, ein Buchstabe zuerst, höchstens 100 Zeichen",
    ),
    ("one line of at most 200 characters", "eine Zeile mit höchstens 200 Zeichen"),
    ("a version such as `1.0.0`, see semver.org", "eine Fassung wie `1.0.0`, siehe semver.org"),
    ("the version of the contract, such as [0, 1]", "die Fassung des Vertrags, wie [0, 1]"),
    (
        "a list of kinds of address, such as [\"sms\"], none of them twice",
        "eine Liste von Arten von Adressen, wie [\"sms\"], keine zweimal",
    ),
    ("a number from {} to {}", "eine Zahl von {} bis {}"),
    ("a number of bytes from {} to {}", "eine Zahl von Bytes von {} bis {}"),
    ("null, or a number above 0 and up to 1000000", "null oder eine Zahl über 0 und bis 1000000"),
    (
        "a list of words, such as [\"html\"], none of them twice",
        "eine Liste von Wörtern, wie [\"html\"], keines zweimal",
    ),
    (
        "a list of hosts, each a table with `host` and `port`",
        "eine Liste von Rechnern, jeder eine Tabelle mit `host` und `port`",
    ),
    ("a table with `host` and `port`, or a host alone", "eine Tabelle mit `host` und `port`, oder ein Rechner allein"),
    ("a host name, an address, or `{config.KEY}`", "ein Rechnername, eine Adresse oder `{config.SCHLÜSSEL}`"),
    ("a number from 1 to 65535, or `{config.KEY}`", "eine Zahl von 1 bis 65535, oder `{config.SCHLÜSSEL}`"),
    (
        "`hosts` in its manifest names the setting `{}`, which `config_schema` does not have",
        "`hosts` in seiner Beschreibung nennt die Einstellung `{}`, die `config_schema` nicht hat",
    ),
    // the label
    (
        "the privacy label: a table that says who receives which data",
        "der Datenschutz-Zettel: eine Tabelle, die sagt, wer welche Daten bekommt",
    ),
    (
        "a table with the `name` and the `country` of the operator of its service",
        "eine Tabelle mit `name` und `country` des Betreibers",
    ),
    ("the name of the operator of its service", "der Name des Betreibers"),
    ("the country of the operator of its service, such as `DE`", "das Land des Betreibers, wie `DE`"),
    ("`processor`, `controller`, `joint` or `none`", "`processor`, `controller`, `joint` oder `none`"),
    (
        "a list of what leaves the house, empty if nothing does",
        "eine Liste dessen, was das Haus verlässt, leer, wenn nichts",
    ),
    (
        "true or false: can the operator of its service read the text?",
        "true oder false: kann der Betreiber des Dienstes den Text lesen?",
    ),
    (
        "one line that says how long the operator stores the data",
        "eine Zeile, die sagt, wie lange der Betreiber die Daten speichert",
    ),
    ("a day such as `2026-11-23`", "ein Tag wie `2026-11-23`"),
    ("a list of short texts", "eine Liste kurzer Texte"),
    (
        "its label names no contract (`dpa_url`): agree one with the operator of its service",
        "sein Datenschutz-Zettel nennt keinen Vertrag (`dpa_url`): vereinbare einen mit dem Betreiber des Dienstes",
    ),
    (
        "its label was looked at on {}, more than a year ago: does it still hold?",
        "seinen Datenschutz-Zettel hat zuletzt am {} jemand geprüft, vor über einem Jahr: stimmt er noch?",
    ),
    (
        "`{}` in its manifest means nothing to this program: is it misspelt?",
        "`{}` in seiner Beschreibung sagt diesem Programm nichts: ist es verschrieben?",
    ),
    ("`{}` in `capabilities` means nothing to this program", "`{}` in `capabilities` sagt diesem Programm nichts"),
    // the schema of its settings
    (
        "`config_schema` in its manifest must be the schema of a table (\"type\": \"object\")",
        "`config_schema` in seiner Beschreibung muss das Schema einer Tabelle sein (\"type\": \"object\")",
    ),
    ("`{}` in its manifest {}", "`{}` in seiner Beschreibung {}"),
    ("refers to `{}` in a loop: settings end somewhere", "verweist im Kreis auf `{}`: Einstellungen enden irgendwo"),
    ("refers to `{}`, which is not there", "verweist auf `{}`, das es nicht gibt"),
    (
        "refers to something outside of itself: write it into `$defs` and refer to `#/$defs/…`",
        "verweist nach außen: schreibe es in `$defs` und verweise auf `#/$defs/…`",
    ),
    ("refers by other means than `$ref`: leave it out", "verweist anders als mit `$ref`: lass es weg"),
    ("is nested deeper than 64 levels: make it flatter", "ist tiefer als 64 Stufen geschachtelt: mache es flacher"),
    (
        "is larger than 20,000 rules once its references are followed: make it smaller",
        "ist größer als 20.000 Regeln, wenn man den Verweisen folgt: mache es kleiner",
    ),
    ("is longer than 1,000 characters", "ist länger als 1.000 Zeichen"),
    ("must be a table of rules, true or false", "muss eine Tabelle von Regeln sein, true oder false"),
    ("must name a type of JSON", "muss einen Typ von JSON nennen"),
    ("must be a list of keys", "muss eine Liste von Schlüsseln sein"),
    ("must be a list of what is allowed", "muss eine Liste des Erlaubten sein"),
    ("must be a list", "muss eine Liste sein"),
    ("must be a table", "muss eine Tabelle sein"),
    ("must be a number", "muss eine Zahl sein"),
    ("must be a whole number", "muss eine ganze Zahl sein"),
    ("must be a text", "muss ein Text sein"),
];

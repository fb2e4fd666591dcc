//! Plugins, pages, and the local interface.

/// English, German.
pub(super) const PHRASES: &[(&str, &str)] = &[
    ("there is no plugin `{}` in {}", "es gibt kein Plugin `{}` in {}"),
    ("cannot read `{}`: {}", "`{}` kann nicht gelesen werden: {}"),
    ("cannot read `{}`", "`{}` kann nicht gelesen werden"),
    ("`{}` is not a plugin: {}", "`{}` ist kein Plugin: {}"),
    (
        "`{}` speaks version {} of the plugin contract, this program {}: rebuild the plugin against {}",
        "`{}` spricht Fassung {} des Plugin-Vertrags, dieses Programm {}: baue das Plugin neu gegen {}",
    ),
    (
        "`{}` has the digest {}, pinned is {}: check where it came from, then pin it anew",
        "`{}` hat die Prüfsumme {}, festgelegt ist {}: prüfe, woher es kommt, und lege sie dann neu fest",
    ),
    ("it is not a file", "es ist keine Datei"),
    ("this place", "diesem Ort"),
    ("it is larger than 256 MiB", "es ist größer als 256 MiB"),
    ("its manifest is damaged: {}", "seine Beschreibung ist beschädigt: {}"),
    (
        "its manifest has form {}, this program knows form 1",
        "seine Beschreibung hat die Form {}, dieses Programm kennt Form 1",
    ),
    (
        "it has no privacy label (`label` with `operator` and `data_out`): nobody could know who receives what",
        "es hat keinen Datenschutz-Zettel (`label` mit `operator` und `data_out`): niemand wüsste, wer was bekommt",
    ),
    ("its manifest lacks an id, a channel or a limit", "seiner Beschreibung fehlt Kennung, Kanal oder Grenze"),
    ("its manifest has no `config_schema`", "seine Beschreibung hat kein `config_schema`"),
    ("it is not a shared library (no ELF file)", "es ist keine Bibliothek (keine ELF-Datei)"),
    ("the ELF file is damaged or not of 64 bits: {}", "die ELF-Datei ist beschädigt oder hat nicht 64 Bit: {}"),
    ("it is an ELF file but not a shared library", "es ist eine ELF-Datei, aber keine Bibliothek"),
    (
        "it has no section `{}`: was it stripped, or is it no plugin?",
        "es hat keinen Abschnitt `{}`: wurde er entfernt, oder ist es kein Plugin?",
    ),
    ("its manifest section is damaged: {}", "der Abschnitt mit seiner Beschreibung ist beschädigt: {}"),
    ("its manifest is larger than 256 KiB", "seine Beschreibung ist größer als 256 KiB"),
    ("it was built for {}, this machine is {}", "es wurde für {} gebaut, diese Maschine ist {}"),
    ("it does not export `rundruf_plugin_v1`", "es stellt `rundruf_plugin_v1` nicht bereit"),
    ("`{}` does not load: {}", "`{}` lässt sich nicht laden: {}"),
    ("transport `{}` does not open: {}", "der Transport `{}` lässt sich nicht öffnen: {}"),
    ("transport `{}`: the plugin's process {}", "Transport `{}`: der Prozess des Plugins {}"),
    ("the state folder `{}` cannot be used", "der Zustandsordner `{}` kann nicht benutzt werden"),
    ("by hand", "von Hand"),
    ("the account is refused: {}", "das Konto wird abgelehnt: {}"),
    ("the earlier process of `{}` does not end", "der frühere Prozess von `{}` endet nicht"),
    ("cannot listen on `{}`: {}", "auf `{}` kann nicht gehört werden: {}"),
    (
        "`web.listen` names another address; port 0 takes a free one",
        "`web.listen` nennt eine andere Adresse; Port 0 nimmt eine freie",
    ),
    ("another daemon listens on `{}`", "ein anderer Daemon hört auf `{}`"),
    (
        "`{}` is there already and is not a socket: name another path, or move it away",
        "`{}` gibt es schon, und es ist kein Socket: nenne einen anderen Pfad, oder räume es weg",
    ),
    ("the request ended before its end", "die Anfrage brach vor ihrem Ende ab"),
    ("the request ended before its attachments", "die Anfrage brach vor ihren Anhängen ab"),
    ("`{}` is missing", "`{}` fehlt"),
    ("`{}` is not a number", "`{}` ist keine Zahl"),
    ("cannot spool: {}", "es lässt sich nicht zwischenspeichern: {}"),
];

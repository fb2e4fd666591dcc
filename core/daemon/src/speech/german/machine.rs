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
        "`{}` has the digest {}, pinned is {}: check where it came from, then pin it anew by `rundruf plugin pin`",
        "`{}` hat die Prüfsumme {}, festgelegt ist {}: prüfe, woher es kommt, und lege sie dann neu fest mit `rundruf plugin pin`",
    ),
    ("`{}` is not safe: {} ({})", "`{}` ist nicht sicher: {} ({})"),
    ("everybody can write to it", "jeder kann hineinschreiben"),
    ("the group {} can write to it", "die Gruppe {} kann hineinschreiben"),
    (
        "it belongs to the user {}, who is neither root nor the one that runs this",
        "der Benutzer {} besitzt es, der weder root ist noch der, unter dem dies läuft",
    ),
    (
        "the kernel has no Landlock: plugins can read and write every file that the daemon can; Linux 6.7 with `lsm=landlock` mends it",
        "der Kernel hat kein Landlock: Plugins können jede Datei lesen und schreiben, die der Daemon lesen und schreiben kann; Linux 6.7 mit `lsm=landlock` behebt es",
    ),
    (
        "the kernel's Landlock is older than version 4: plugins with network can connect to every port; Linux 6.7 mends it",
        "das Landlock des Kernels ist älter als Fassung 4: Plugins mit Netz können sich mit jedem Port verbinden; Linux 6.7 behebt es",
    ),
    (
        "the kernel has no seccomp: plugins can make every system call",
        "der Kernel hat kein seccomp: Plugins können jeden Systemaufruf machen",
    ),
    ("its process cannot be shut in: {}", "sein Prozess lässt sich nicht einschließen: {}"),
    ("it is not a file", "es ist keine Datei"),
    ("this place", "diesem Ort"),
    ("it does not export `rundruf_plugin_v1`", "es stellt `rundruf_plugin_v1` nicht bereit"),
    ("`{}` does not load: {}", "`{}` lässt sich nicht laden: {}"),
    ("transport `{}` does not open: {}", "der Transport `{}` lässt sich nicht öffnen: {}"),
    ("transport `{}`: the plugin's process {}", "Transport `{}`: der Prozess des Plugins {}"),
    ("the state folder `{}` cannot be used", "der Zustandsordner `{}` kann nicht benutzt werden"),
    ("the plugin of `{}` cannot say whom it reaches", "das Plugin von `{}` kann nicht sagen, wen es erreicht"),
    ("send a test message, without `--dry-run`", "sende eine Testnachricht, ohne `--dry-run`"),
    ("the plugin of `{}` does not run", "das Plugin von `{}` läuft nicht"),
    ("`rundruf transport list` says why", "`rundruf transport list` sagt, warum"),
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

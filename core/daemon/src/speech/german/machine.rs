//! Plugins, pages, and the local interface.

/// English, German.
pub(super) const PHRASES: &[(&str, &str)] = &[
    (
        "the plugin's process died while it held this message",
        "der Prozess des Plugins starb, während er diese Nachricht hielt",
    ),
    ("cannot listen on `{}`: {}", "auf `{}` kann nicht gehört werden: {}"),
    ("another daemon listens on `{}`", "ein anderer Daemon hört auf `{}`"),
    (
        "`{}` is there already and is not a socket: name another path, or move it away",
        "`{}` gibt es schon, und es ist kein Socket: nenne einen anderen Pfad, oder räume es weg",
    ),
    ("`{}` is missing", "`{}` fehlt"),
];

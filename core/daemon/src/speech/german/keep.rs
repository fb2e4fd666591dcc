//! Proofs, and what the doctor finds.

/// English, German.
pub(super) const PHRASES: &[(&str, &str)] = &[
    ("the system gives no random numbers", "das System gibt keine Zufallszahlen her"),
    (
        "nobody is told if transport `{}` fails: `admin.notify` names no other transport",
        "fällt der Transport `{}` aus, erfährt es niemand: `admin.notify` nennt keinen anderen Transport",
    ),
    (
        "nobody is told if a transport fails: `admin.notify` names nobody",
        "fällt ein Transport aus, erfährt es niemand: `admin.notify` nennt niemanden",
    ),
    ("nobody could be told yet: {}", "noch konnte es niemand erfahren: {}"),
    ("the proof cannot be made: {} missing", "der Nachweis kann nicht gemacht werden: {} fehlt"),
    ("the archive cannot be written: {}", "das Archiv kann nicht geschrieben werden: {}"),
];

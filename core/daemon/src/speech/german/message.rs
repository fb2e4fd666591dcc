//! Broadcasts and what they say.

/// English, German.
pub(super) const PHRASES: &[(&str, &str)] = &[
    ("the message has no text", "die Nachricht hat keinen Text"),
    ("write one: --text or --file", "schreibe einen: --text oder --file"),
    ("the text in `{}` is longer than 256 KiB", "der Text in `{}` ist länger als 256 KiB"),
    ("shorten it, or attach a file", "kürze ihn, oder hänge eine Datei an"),
    ("line {}, column {}: {}", "Zeile {}, Spalte {}: {}"),
    (
        "blocks and comments (`{%`, `{#`) are not allowed in messages",
        "Blöcke und Kommentare (`{%`, `{#`) sind in Nachrichten nicht erlaubt",
    ),
    ("this `{{` is never closed", "dieses `{{` wird nie geschlossen"),
    ("close it with `}}`", "schließe es mit `}}`"),
    ("more than 256 different holes", "mehr als 256 verschiedene Lücken"),
    ("write the text without them", "schreibe den Text ohne sie"),
    ("`{}` is not an expression: {}", "`{}` ist kein Ausdruck: {}"),
    (
        "write {{ first_name }} or {{ first_name | default(\"du\") }}",
        "schreibe {{ first_name }} oder {{ first_name | default(\"du\") }}",
    ),
    ("an expression cannot be evaluated: {}", "ein Ausdruck lässt sich nicht auswerten: {}"),
    ("`{}` is not allowed in messages", "`{}` ist in Nachrichten nicht erlaubt"),
    ("it is longer than {} bytes", "er ist länger als {} Bytes"),
    (
        "nobody among the first {} people has a variable `{}`",
        "niemand unter den ersten {} Leuten hat eine Variable `{}`",
    ),
    ("{}; if it may be missing: {{ {} | default(\"\") }}", "{}; wenn sie fehlen darf: {{ {} | default(\"\") }}"),
    ("more than {} attachments", "mehr als {} Anhänge"),
    ("send fewer", "sende weniger"),
    (
        "an attachment's name is empty, too long or contains a slash",
        "der Name eines Anhangs ist leer, zu lang oder enthält einen Schrägstrich",
    ),
    ("rename the file", "benenne die Datei um"),
    ("`{}` is larger than {} MiB", "`{}` ist größer als {} MiB"),
    ("make it smaller, or link to it", "mach ihn kleiner, oder verlinke ihn"),
    ("the broadcast would expire before it begins", "die Aussendung wäre abgelaufen, bevor sie beginnt"),
    ("give a later time", "nenne eine spätere Zeit"),
    ("test it with an address of its own channel", "prüfe ihn mit einer Adresse seines eigenen Kanals"),
    ("as a text message the text in `{}` has at least {} parts", "als SMS hat der Text in `{}` mindestens {} Teile"),
    ("a service message is damaged", "eine Dienstnachricht ist beschädigt"),
    ("the broadcast's content is damaged", "der Inhalt der Aussendung ist beschädigt"),
    ("`{}` does not serve {}", "`{}` bedient {} nicht"),
];

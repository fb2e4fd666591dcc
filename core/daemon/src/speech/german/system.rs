//! What the system says when something fails. The number stays, so that it can be looked up.

/// English (as the C library has it), German.
pub(super) const PHRASES: &[(&str, &str)] = &[
    ("Operation not permitted (os error 1)", "nicht gestattet (Systemfehler 1)"),
    ("No such file or directory (os error 2)", "gibt es nicht (Systemfehler 2)"),
    ("Permission denied (os error 13)", "keine Berechtigung (Systemfehler 13)"),
    ("File exists (os error 17)", "gibt es schon (Systemfehler 17)"),
    ("Not a directory (os error 20)", "kein Ordner (Systemfehler 20)"),
    ("Is a directory (os error 21)", "ist ein Ordner (Systemfehler 21)"),
    ("Too many open files (os error 24)", "zu viele offene Dateien (Systemfehler 24)"),
    ("No space left on device (os error 28)", "die Platte ist voll (Systemfehler 28)"),
    ("Read-only file system (os error 30)", "nur lesbar (Systemfehler 30)"),
    ("Broken pipe (os error 32)", "abgerissen (Systemfehler 32)"),
    ("File name too long (os error 36)", "der Name ist zu lang (Systemfehler 36)"),
    ("Address already in use (os error 98)", "die Adresse ist schon vergeben (Systemfehler 98)"),
    ("Cannot assign requested address (os error 99)", "diese Adresse hat die Maschine nicht (Systemfehler 99)"),
    ("Connection reset by peer (os error 104)", "abgerissen (Systemfehler 104)"),
    ("Connection refused (os error 111)", "niemand nimmt an (Systemfehler 111)"),
    ("stream did not contain valid UTF-8", "das ist kein Text in UTF-8"),
];

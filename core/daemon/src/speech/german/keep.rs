//! The store, proofs, and what the doctor finds.

/// English, German.
pub(super) const PHRASES: &[(&str, &str)] = &[
    ("`{}` is not a store: write sqlite:FILE", "`{}` ist kein Speicher: schreibe sqlite:DATEI"),
    ("`{}` is in use by another daemon", "`{}` wird von einem anderen Daemon benutzt"),
    (
        "`{}` has schema {}, this program knows up to {}: use the newer program",
        "`{}` hat das Schema {}, dieses Programm kennt bis {}: nimm das neuere Programm",
    ),
    ("the disk that holds `{}` is full", "die Platte mit `{}` ist voll"),
    (
        "the keys in `{}` do not belong to this database: {}",
        "die Schlüssel in `{}` gehören nicht zu dieser Datenbank: {}",
    ),
    ("the file is missing: restore it from its backup", "die Datei fehlt: hole sie aus ihrer Sicherung"),
    (
        "the machine key is missing: restore it from its backup",
        "der Schlüssel der Maschine fehlt: hole ihn aus seiner Sicherung",
    ),
    ("the machine key has not 32 bytes", "der Schlüssel der Maschine hat nicht 32 Bytes"),
    ("they were wrapped with another machine key", "sie wurden mit dem Schlüssel einer anderen Maschine umhüllt"),
    ("`{}` cannot be used: {}", "`{}` kann nicht benutzt werden: {}"),
    ("the database failed: {}", "die Datenbank versagte: {}"),
    ("the system gives no random numbers", "das System gibt keine Zufallszahlen her"),
    ("the store is closed", "der Speicher ist geschlossen"),
    ("cannot read the file: {}", "die Datei kann nicht gelesen werden: {}"),
    (
        "the log has {} entries, {} were signed: was an old copy restored?",
        "das Protokoll hat {} Einträge, {} wurden unterschrieben: wurde eine alte Kopie zurückgeholt?",
    ),
    (
        "the log is not a continuation of what was signed: something was altered",
        "das Protokoll setzt nicht fort, was unterschrieben wurde: etwas wurde verändert",
    ),
    (
        "the consent log has {} entries, but {} were signed before: this is an old copy of the database. \
         Restore the newest backup, or remove `{}` if the loss is known and recorded",
        "das Protokoll der Einwilligungen hat {} Einträge, aber {} wurden schon unterschrieben: das ist eine alte Kopie der \
         Datenbank. Hole die neueste Sicherung zurück, oder entferne `{}`, wenn der Verlust bekannt und festgehalten ist",
    ),
    (
        "nobody is told if transport `{}` fails: `admin.notify` names no other transport",
        "fällt der Transport `{}` aus, erfährt es niemand: `admin.notify` nennt keinen anderen Transport",
    ),
    (
        "nobody is told if a transport fails: `admin.notify` names nobody",
        "fällt ein Transport aus, erfährt es niemand: `admin.notify` nennt niemanden",
    ),
    ("nobody could be told yet: {}", "noch konnte es niemand erfahren: {}"),
    ("it does not hold a number", "darin steht keine Zahl"),
    ("the proof cannot be made: {} missing", "der Nachweis kann nicht gemacht werden: {} fehlt"),
    ("the archive cannot be written: {}", "das Archiv kann nicht geschrieben werden: {}"),
    ("ok {}", "gut: {}"),
    ("FAILED {}", "FALSCH: {}"),
    ("{} is not what the manifest says", "{} ist nicht, was das Verzeichnis sagt"),
    ("manifest of {} files read", "Verzeichnis von {} Dateien gelesen"),
    ("signature of the checkpoint", "Unterschrift des Stands"),
    ("record {} is canonical", "Datensatz {} hat die feste Form"),
    ("record {} is in the log, at {}", "Datensatz {} steht im Protokoll, an Stelle {}"),
    ("record {} follows the one before", "Datensatz {} folgt auf den davor"),
    ("text of record {} is here", "der Text von Datensatz {} ist dabei"),
    ("text {} is unchanged", "der Text {} ist unverändert"),
    ("a file is missing or not text", "eine Datei fehlt oder ist kein Text"),
    ("its manifest is damaged", "sein Verzeichnis ist beschädigt"),
    ("its records are damaged", "seine Datensätze sind beschädigt"),
    ("a record is not JSON", "ein Datensatz ist kein JSON"),
    ("a blind is damaged", "eine Verschleierung ist beschädigt"),
    ("a log proof is damaged", "ein Beweis des Protokolls ist beschädigt"),
    ("it is not a ZIP archive", "es ist kein ZIP-Archiv"),
    ("it is too large", "es ist zu groß"),
    ("it is damaged", "es ist beschädigt"),
    ("this is not a proof file: {}", "das ist kein Nachweis: {}"),
    (
        "the evidence cannot be decrypted: its key was deleted, or it was altered",
        "der Nachweis kann nicht entschlüsselt werden: sein Schlüssel wurde gelöscht, oder er wurde verändert",
    ),
    ("the database file is damaged: {}", "die Datenbankdatei ist beschädigt: {}"),
    ("`{}` cannot be read: {}", "`{}` kann nicht gelesen werden: {}"),
    ("`{}` can be read by others: chmod 600", "`{}` kann von anderen gelesen werden: chmod 600"),
    ("broadcast {}: `{}` says {}, the rows say {}", "Aussendung {}: `{}` sagt {}, die Zeilen sagen {}"),
    (
        "broadcast {}: reasons of the skipped say {}, the rows say {}",
        "Aussendung {}: die Gründe der Übersprungenen sagen {}, die Zeilen sagen {}",
    ),
    ("{} deliveries belong to no broadcast", "{} Zustellungen gehören zu keiner Aussendung"),
    (
        "lease {}: {} deliveries are said to be open, {} are",
        "Vergabe {}: {} Zustellungen sollen offen sein, {} sind es",
    ),
    (
        "lease {}: {} of the deliveries before its cursor cannot be claimed",
        "Vergabe {}: {} der Zustellungen vor ihrem Zeiger lassen sich nicht greifen",
    ),
    (
        "{} consents are not in the state that their last event says",
        "{} Einwilligungen sind nicht in dem Zustand, den ihr letztes Ereignis sagt",
    ),
    (
        "{} events follow an event of another consent, or none",
        "{} Ereignisse folgen auf das einer anderen Einwilligung, oder auf keines",
    ),
    ("{} consents have more than one open request", "{} Einwilligungen haben mehr als eine offene Bitte"),
    ("the consent log has a gap before entry {}", "das Protokoll der Einwilligungen hat eine Lücke vor Eintrag {}"),
    (
        "the consent log says {} entries, its events are {}, or they are not the same",
        "das Protokoll der Einwilligungen sagt {} Einträge, seine Ereignisse sind {}, oder es sind nicht dieselben",
    ),
    (
        "{} stored hashes of the consent log do not fit its entries",
        "{} gespeicherte Prüfsummen des Protokolls passen nicht zu seinen Einträgen",
    ),
    (
        "the consent log is not a continuation of its last signed checkpoint",
        "das Protokoll der Einwilligungen setzt seinen letzten unterschriebenen Stand nicht fort",
    ),
    (
        "{} consents have no key: their evidence cannot be read",
        "{} Einwilligungen haben keinen Schlüssel: ihre Nachweise sind nicht lesbar",
    ),
];

//! Words of the interface, for people: states, reasons, names of fields. With `--json` they stay as they are.

use super::Speech;

/// Word, German, English.
const WORDS: &[(&str, &str, &str)] = &[
    // broadcasts
    ("scheduled", "geplant", "scheduled"),
    ("running", "läuft", "running"),
    ("paused", "angehalten", "paused"),
    ("done", "fertig", "done"),
    ("cancelled", "abgebrochen", "cancelled"),
    // deliveries
    ("total", "insgesamt", "total"),
    ("queued", "wartet", "queued"),
    ("in_flight", "unterwegs", "in flight"),
    ("retry", "später noch einmal", "retry"),
    ("sent", "gesendet", "sent"),
    ("delivered", "zugestellt", "delivered"),
    ("read", "gelesen", "read"),
    ("failed", "abgelehnt", "failed"),
    ("unknown", "ungewiss", "unknown"),
    ("held", "zurückgehalten", "held"),
    ("skipped", "übersprungen", "skipped"),
    ("skipped_by", "übersprungen, weil", "skipped because"),
    ("rate_per_s", "je Sekunde", "per second"),
    ("eta_s", "noch Sekunden", "seconds left"),
    ("start_at", "Beginn", "begins"),
    ("expires_at", "verfällt", "expires"),
    ("created", "angelegt", "created"),
    ("list", "Liste", "list"),
    ("state", "Zustand", "state"),
    ("id", "Nummer", "number"),
    // consents, and why somebody gets nothing
    ("not_asked", "nicht gefragt", "not asked"),
    ("requested", "gefragt", "asked"),
    ("unconfirmed", "unbestätigt", "unconfirmed"),
    ("confirmed", "bestätigt", "confirmed"),
    ("customer", "Kunde", "customer"),
    ("stale", "veraltet", "stale"),
    ("declined", "verneint", "declined"),
    ("expired", "verfallen", "expired"),
    ("request_expired", "Bitte verfallen", "request expired"),
    ("withdrawn", "widerrufen", "withdrawn"),
    ("invalidated", "ungültig", "invalidated"),
    ("terminated", "beendet", "terminated"),
    ("quarantined", "gesperrt", "quarantined"),
    ("objected", "widersprochen", "objected"),
    ("erased", "gelöscht", "erased"),
    ("suppressed", "auf der Sperrliste", "suppressed"),
    ("undeliverable", "unzustellbar", "undeliverable"),
    ("reassigned", "neu vergeben", "reassigned"),
    ("not_permitted", "nicht erlaubt", "not permitted"),
    ("no_address", "keine Adresse", "no address"),
    ("frequency_cap", "Obergrenze erreicht", "frequency cap"),
    ("not_rendered", "nicht darstellbar", "not rendered"),
    // imports
    ("rows", "Zeilen", "rows"),
    ("contacts", "neue Kontakte", "new contacts"),
    ("addresses", "Adressen", "addresses"),
    ("merged", "schon bekannt", "known before"),
    ("refused", "abgelehnt", "refused"),
    ("report", "Bericht", "report"),
    // contacts, transports
    ("contact", "Kontakt", "contact"),
    ("language", "Sprache", "language"),
    ("vars", "Angaben", "variables"),
    ("consents", "Einwilligungen", "consents"),
    ("channel", "Kanal", "channel"),
    ("channels", "Kanäle", "channels"),
    ("name", "Name", "name"),
    ("isolation", "Abschottung", "isolation"),
    ("window", "Fenster", "window"),
    ("since", "seit", "since"),
    ("reason", "Grund", "reason"),
    ("up", "bereit", "up"),
    ("down", "ausgefallen", "down"),
    ("reachable", "erreichbar", "can be reached"),
    ("unreachable", "nicht erreichbar", "cannot be reached"),
    ("draining", "läuft leer", "draining"),
    ("ok", "gelungen", "ok"),
    ("detail", "Einzelheit", "detail"),
    ("took_ms", "Millisekunden", "milliseconds"),
    ("closed", "geschlossen", "closed"),
    ("file", "Datei", "file"),
    ("resolved", "entschieden", "resolved"),
    ("process", "eigener Prozess", "process"),
];

pub(super) fn word(speech: Speech, word: &str) -> &str {
    let found = WORDS.iter().find(|(w, ..)| *w == word);
    found.map_or(word, |(_, de, en)| speech.say(de, en))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rundruf_consent::{Refusal, State};

    /// Every state and every reason has its word.
    #[test]
    fn every_word_is_there() {
        let known = |word: &str| WORDS.iter().any(|(w, ..)| *w == word);
        for refusal in Refusal::ALL {
            assert!(known(refusal.word()), "{}", refusal.word());
        }
        for state in State::ALL.iter().filter(|s| **s != State::None) {
            assert!(known(state.word()), "{}", state.word());
        }
        for (n, (word, ..)) in WORDS.iter().enumerate() {
            assert!(WORDS.iter().skip(n + 1).all(|(w, ..)| w != word), "`{word}` stands twice");
        }
    }
}

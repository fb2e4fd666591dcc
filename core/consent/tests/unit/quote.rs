//! What of a reply is the person's own, one way of quoting at a time.

use super::*;

#[test]
fn the_persons_own_words_are_left() {
    let wrote = "Am 3. Mai 2026 um 10:00 Uhr schrieb Bäckerei Krume <a@b.example>:";
    for (text, want) in [
        // One line is never a quote.
        ("> stop".to_owned(), "> stop"),
        ("Von meinem Konto bitte abmelden".to_owned(), "Von meinem Konto bitte abmelden"),
        // Quotes alone say nothing.
        ("> Abmelden\n> mit STOP".to_owned(), ""),
        ("> Abmelden\n\n\n> mit STOP".to_owned(), ""),
        // Above, below and between quotes.
        (format!("Danke\n{wrote}\n> Abmelden mit STOP"), "Danke"),
        (format!("Danke\n{wrote}\n\n> Abmelden mit STOP"), "Danke\n"),
        (format!("{wrote}\n> Angebote\nAbmelden"), "Abmelden"),
        (format!("{wrote}\n> Angebote\nAbmelden\n> mehr\nbitte"), "Abmelden\nbitte"),
        (format!("Danke\n{wrote}\n> Angebote\nAbmelden"), "Danke\nAbmelden"),
        // Without signs: everything below is older, unless nothing was said above.
        (format!("Danke\n{wrote}\nAngebote\nAbmelden mit STOP"), "Danke"),
        (format!("Danke\n{wrote}"), "Danke"),
        (format!("\n{wrote}\nAbmelden"), "\nAbmelden"),
        // The introduction on two lines.
        ("Danke\nAm Montag um zehn hat die Bäckerei\nKrume geschrieben:\n> STOP".to_owned(), "Danke"),
        ("Danke\nBäckerei Krume <a@b.example>\nschrieb:\n> STOP".to_owned(), "Danke"),
        ("Am Montag komme ich\nAbmelden bitte".to_owned(), "Am Montag komme ich\nAbmelden bitte"),
        ("Ich bin a@b.example\nAbmelden bitte".to_owned(), "Ich bin a@b.example\nAbmelden bitte"),
        ("Meine Wünsche:\nAbmelden bitte".to_owned(), "Meine Wünsche:\nAbmelden bitte"),
        ("Frau Krume schrieb mir gestern:\nAbmelden".to_owned(), "Frau Krume schrieb mir gestern:\nAbmelden"),
        ("Das schrieb ich am 3. Mai\nAbmelden".to_owned(), "Das schrieb ich am 3. Mai\nAbmelden"),
        ("Bis 5 Uhr:\nAbmelden".to_owned(), "Bis 5 Uhr:\nAbmelden"),
        // What programs put above an older message.
        ("Danke\n-----Original Message-----\nSTOP".to_owned(), "Danke"),
        ("-----Original Message-----\nAbmelden".to_owned(), "Abmelden"),
        ("Danke\nVon: Bäckerei\nGesendet: Montag\nSTOP".to_owned(), "Danke"),
        ("Danke\nVon: Anna\nSTOP".to_owned(), "Danke\nVon: Anna\nSTOP"),
        ("Danke\nDatum egal\nGesendet: Montag".to_owned(), "Danke\nDatum egal\nGesendet: Montag"),
        // Signatures, and lines of programs.
        ("Danke\n--\nStop GmbH".to_owned(), "Danke"),
        ("Danke\n___\nStop GmbH".to_owned(), "Danke"),
        ("--\nAbmelden".to_owned(), "--\nAbmelden"),
        ("Abmelden\nVon meinem iPhone gesendet".to_owned(), "Abmelden"),
        ("Sent from my phone\nAbmelden".to_owned(), "Abmelden"),
        // Our own footer, copied along; as the first line it may be the person's.
        ("Danke\nAntworten Sie STOP zum Abmelden".to_owned(), "Danke"),
        ("Zum Abmelden\nbitte".to_owned(), "Zum Abmelden\nbitte"),
    ] {
        assert_eq!(own_words(&text), want, "{text}");
    }
}

#[test]
fn a_program_answers_at_the_beginning_alone() {
    for (text, automatic) in [
        ("Automatische Antwort: Ich bin im Urlaub", true),
        ("  OUT OF OFFICE", true),
        ("Ihre automatische Antwort nervt", false),
        ("", false),
    ] {
        assert_eq!(is_automatic(text), automatic, "{text}");
    }
}

//! Addresses that fail on purpose, to rehearse outcomes.

/// The outcome that an address rehearses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rehearsal {
    /// Not a rehearsal address: sent.
    None,
    /// Refused permanently.
    Refuse,
    /// Refused temporarily.
    Later,
    /// The connection is cut: may have been sent.
    Cut,
    /// Sent after the time of `slow`.
    Slow,
    /// The account is refused: the transport pauses.
    Account,
    /// The person has opted out of this sender: a withdrawal.
    OptedOut,
    /// The person has another key than before: held until the admin looks.
    OtherKey,
    /// Not on this channel any more: the person's next channel is tried.
    Elsewhere,
}

/// Prefix of a name, suffix of a phone number, outcome.
const WORDS: [(&str, &str, Rehearsal); 8] = [
    ("refuse", "0001", Rehearsal::Refuse),
    ("later", "0002", Rehearsal::Later),
    ("cut", "0003", Rehearsal::Cut),
    ("slow", "0004", Rehearsal::Slow),
    ("account", "0005", Rehearsal::Account),
    ("optedout", "0006", Rehearsal::OptedOut),
    ("otherkey", "0007", Rehearsal::OtherKey),
    ("elsewher", "0008", Rehearsal::Elsewhere),
];

/// The outcome of an address: names are recognised by their prefix (in any case), phone numbers by their suffix.
pub(crate) fn of(channel: &str, address: &str) -> Rehearsal {
    let is_number = address.starts_with('+');
    let name = if channel == "email" { address.split('@').next().unwrap_or(address) } else { address };
    let name = name.trim_start_matches(['*', '@']).to_ascii_lowercase();
    WORDS
        .iter()
        .find(|(word, end, _)| if is_number { address.ends_with(end) } else { name.starts_with(word) })
        .map_or(Rehearsal::None, |(_, _, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        for (channel, address, want) in [
            ("email", "refuse@x.example", Rehearsal::Refuse),
            ("email", "Later-today@x.example", Rehearsal::Later),
            ("email", "anna@refuse.example", Rehearsal::None),
            ("threema", "CUT12345", Rehearsal::Cut),
            ("threema", "SLOW2345", Rehearsal::Slow),
            ("sms", "+491700000005", Rehearsal::Account),
            ("sms", "+491700000006", Rehearsal::OptedOut),
            ("threema", "OTHERKEY", Rehearsal::OtherKey),
            ("email", "elsewhere@x.example", Rehearsal::Elsewhere),
            ("sms", "+491700000009", Rehearsal::None),
            ("signal", "+491700000001", Rehearsal::Refuse),
        ] {
            assert_eq!(of(channel, address), want, "{channel} {address}");
        }
    }
}

//! The words of headings: our own names, and what office programs, shops and address books call the same thing.

use rundruf_consent::Channel;

/// What one of our columns holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ColumnKind {
    Channel,
    Address,
    /// An address of this channel.
    Of(Channel),
    Language,
    RequestedAt,
    ConfirmedAt,
    Source,
    ConsentText,
    LastUsedAt,
    /// A variable with a name of ours.
    Variable(&'static str),
}

/// Our columns by name, each with further headings in the form of [`plain`].
const COLUMNS: [(ColumnKind, &str, &str); 11] = [
    (ColumnKind::Channel, "channel", "kanal versandkanal"),
    (ColumnKind::Address, "address", ""),
    (
        ColumnKind::Language,
        "language",
        "sprache sprachcode lang locale preferredlanguage languagecode korrespondenzsprache",
    ),
    (
        ColumnKind::RequestedAt,
        "requested_at",
        "angefragtam anfragedatum angemeldetam anmeldungam anmeldedatum registriertam registrierungsdatum optinangefordertam \
         requested requestdate signupdate signedupat subscribedat optintime",
    ),
    (
        ColumnKind::ConfirmedAt,
        "confirmed_at",
        "bestätigtam bestaetigtam bestätigungsdatum bestätigungam einwilligungam einwilligungsdatum einwilligungvom zugestimmtam \
         zustimmungam zustimmungsdatum optinam optindatum doubleoptinam confirmed confirmdate confirmationdate confirmtime consentdate \
         consentat optindate",
    ),
    (
        ColumnKind::Source,
        "source",
        "quelle herkunft ursprung anmeldequelle einwilligungsquelle quellederanmeldung quelledereinwilligung anmeldungüber optinsource \
         signupsource consentsource",
    ),
    (
        ColumnKind::ConsentText,
        "consent_text",
        "einwilligungstext textdereinwilligung einwilligungserklärung zustimmungstext wortlaut wortlautdereinwilligung consent \
         consentwording",
    ),
    (
        ColumnKind::LastUsedAt,
        "last_used_at",
        "zuletztgenutzt zuletztgenutztam zuletztverwendet letztenutzung letzterversand letztenachricht lastused lastsent",
    ),
    (
        ColumnKind::Variable("first_name"),
        "first_name",
        "vorname vornamen rufname firstname givenname forename prénom prenom nome",
    ),
    (
        ColumnKind::Variable("last_name"),
        "last_name",
        "nachname nachnamen familienname zuname lastname surname familyname nomdefamille cognome",
    ),
    (ColumnKind::Of(Channel::Email), "email", MAIL),
];

const MAIL: &str = "mail emailadresse mailadresse emailaddress email1 email1value emailprivat email1adresse primaryemail emailadr \
     elektronischepost eposta courriel";
/// Headings that say that a number is one of a mobile phone.
const MOBILE: &str = "handy handynummer handynr mobil mobiltelefon mobilnummer mobilnr mobilfunk mobilfunknummer mobile mobilephone \
     mobilenumber mobilephonenumber cell cellphone natel smsnummer telefonmobil telmobil phonemobile";
/// Headings that are an address only if the channel is said for the whole file.
const ANY_ADDRESS: &str = "adresse kontakt kennung konto";
const PHONE: &str = "telefon telefonnummer telefonnr tel telnr nummer rufnummer phone phonenumber number telephone";

/// Our own name of a heading: `Last Used-At` is `last_used_at`.
pub(super) fn own_form(heading: &str) -> String {
    heading.trim().to_lowercase().replace([' ', '-'], "_")
}

/// Alphanumeric characters alone: `E-Mail-Adresse:` is `emailadresse`.
fn plain(heading: &str) -> String {
    heading.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

fn has(words: &str, word: &str) -> bool {
    !word.is_empty() && words.split_whitespace().any(|w| w == word)
}

/// The column with this name of ours.
pub(super) fn own(name: &str) -> Option<ColumnKind> {
    let listed = COLUMNS.iter().find(|(_, own, _)| *own == name).map(|(kind, ..)| *kind);
    listed.or_else(|| Channel::parse(name).map(ColumnKind::Of))
}

/// Our name of a column.
pub(super) fn name_of(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Of(channel) => channel.word(),
        ColumnKind::Variable(name) => name,
        other => COLUMNS.iter().find(|(kind, ..)| *kind == other).map_or("", |(_, own, _)| own),
    }
}

/// The column that other programs mean by a heading. `channel`: the one that the whole file is for.
pub(super) fn other(heading: &str, channel: Option<Channel>) -> Option<ColumnKind> {
    let word = plain(heading);
    let phone = matches!(channel, Some(Channel::Sms | Channel::Signal));
    if channel.is_some() && (has(ANY_ADDRESS, &word) || (phone && (has(PHONE, &word) || has(MOBILE, &word)))) {
        return Some(ColumnKind::Address);
    }
    if has(MOBILE, &word) {
        return Some(ColumnKind::Of(Channel::Sms));
    }
    let plain_own = |own: &str| own.replace('_', "") == word;
    COLUMNS.iter().find(|(_, own, words)| plain_own(own) || has(words, &word)).map(|(kind, ..)| *kind)
}

/// The name of the variable that a heading makes: `Kunden-Nr.` is `kunden_nr`. Empty if nothing is left.
pub(super) fn variable(heading: &str) -> String {
    let mut name = String::new();
    for c in heading.to_lowercase().chars() {
        match c {
            'ä' => name.push_str("ae"),
            'ö' => name.push_str("oe"),
            'ü' => name.push_str("ue"),
            'ß' => name.push_str("ss"),
            c if c.is_ascii_alphanumeric() => name.push(c),
            _ if name.is_empty() || name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    let name = if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name.to_owned() };
    name.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_other_programs() {
        for (heading, want) in [
            ("E-Mail-Adresse", "email"),
            ("E-Mail", "email"),
            ("Email Address", "email"),
            ("E-mail 1 - Value", "email"),
            ("Handy", "sms"),
            ("Mobiltelefon", "sms"),
            ("Vorname", "first_name"),
            ("First Name", "first_name"),
            ("Given Name", "first_name"),
            ("Nachname", "last_name"),
            ("Einwilligung am", "confirmed_at"),
            ("Bestätigt am", "confirmed_at"),
            ("Angemeldet am", "requested_at"),
            ("Quelle", "source"),
            ("Sprache", "language"),
            ("Einwilligungstext", "consent_text"),
            ("Zuletzt genutzt am", "last_used_at"),
        ] {
            assert_eq!(other(heading, None).map(name_of), Some(want), "{heading}");
        }
        // Where people live is not where they are reached, unless the file says so.
        for heading in ["Adresse", "Telefon", "Name", "Umsatz €", "", "E-Mail 2: Adresse"] {
            assert_eq!(other(heading, None), None, "{heading}");
        }
        assert_eq!(other("Adresse", Some(Channel::Email)), Some(ColumnKind::Address));
        assert_eq!(other("Telefon", Some(Channel::Sms)), Some(ColumnKind::Address));
        assert_eq!(other("Telefon", Some(Channel::Email)), None);
    }

    #[test]
    fn names_of_variables() {
        for (heading, want) in [
            ("Kunden-Nr.", "kunden_nr"),
            ("Umsatz €", "umsatz"),
            ("Größe", "groesse"),
            ("1. Filiale", "_1_filiale"),
            ("€", ""),
        ] {
            assert_eq!(variable(heading), want);
        }
    }
}

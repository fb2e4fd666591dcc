//! What a short reply means. STOP is generous, YES is strict (SPEC §3): a false stop is cheap, a missed one is illegal, and
//! so is a false yes.

mod normal; // how a text is compared
mod words; // the lists, by language

/// What a reply means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Keyword {
    /// Ends promotional messages now.
    Stop(Scope),
    /// Smells like a refusal: pause and ask.
    SoftRefusal,
    /// The yes to a pending question.
    Yes,
    /// Nearly a yes to a pending question: ask again for the word.
    NearlyYes,
    /// The no to a pending question.
    No,
    /// Wants to sign up, perhaps to this list.
    Start(Option<String>),
    /// Go on after a hold.
    Resume,
    /// Wants to know who writes.
    Help,
    /// Anything else.
    None,
}

/// How far a stop reaches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    /// All promotional lists of this sender on this channel.
    Address,
    /// One list, as the person wrote it (normalised).
    List(String),
    /// All channels of the person.
    Everything,
}

/// Longer texts are read by a person, not by this: only their beginning is looked at for a refusal.
const MAX_LOOKED_AT: usize = 2_000;

/// Reads a reply. `language` is the list's; `pending` says whether a question waits for JA or NEIN.
#[must_use]
pub fn keyword(text: &str, language: &str, pending: bool) -> Keyword {
    let text: String = text.chars().take(MAX_LOOKED_AT).collect();
    if normal::is_stop_emoji(&text) {
        return Keyword::Stop(Scope::Address);
    }
    if text.trim() == "?" {
        return Keyword::Help;
    }
    let normal = normal::normal(&text);
    if normal.is_empty() {
        // What has no letters must never match a word.
        return if pending && normal::is_thumb_up(&text) { Keyword::NearlyYes } else { Keyword::None };
    }
    let polite = normal::without_courtesy(&normal);
    let whole = if polite.is_empty() { normal.as_str() } else { polite.as_str() };
    if let Some(scope) = stop(whole) {
        return Keyword::Stop(scope);
    }
    if words::RESUME.contains(&whole) {
        return Keyword::Resume;
    }
    if pending {
        if words::yes(language).contains(&whole) {
            return Keyword::Yes;
        }
        if words::no(language).contains(&whole) || words::NO_ALWAYS.contains(&whole) {
            return Keyword::No;
        }
    }
    if words::HELP.contains(&whole) {
        return Keyword::Help;
    }
    if let Some(rest) = words::START.iter().find_map(|start| after_word(whole, start)) {
        return Keyword::Start((!rest.is_empty()).then(|| rest.to_owned()));
    }
    if words::SOFT_REFUSAL.iter().any(|pattern| normal.contains(pattern)) || words::NO_ALWAYS.contains(&whole) {
        return Keyword::SoftRefusal;
    }
    let first = whole.split(' ').next().unwrap_or("");
    let nearly = words::yes(language).contains(&first) || ["ok", "okay"].contains(&first);
    if pending && nearly { Keyword::NearlyYes } else { Keyword::None }
}

/// A hard stop: the whole message is a stop word, or at most four words that begin with one of the core verbs.
fn stop(whole: &str) -> Option<Scope> {
    if words::STOP_ALL.contains(&whole) {
        return Some(Scope::Everything);
    }
    if words::STOP.contains(&whole) {
        return Some(Scope::Address);
    }
    let rest = words::STOP_CORE.iter().find_map(|core| after_word(whole, core))?;
    if rest.split(' ').count() > 3 {
        return None;
    }
    match rest {
        "alles" | "alle" | "all" | "everything" | "tout" | "tutto" | "todo" => Some(Scope::Everything),
        // A list's name is compared by the caller, who knows the lists; an unknown name stops the address.
        list => Some(Scope::List(list.to_owned())),
    }
}

/// What follows a word at the beginning: empty if nothing does, `None` if the text does not begin with the word.
fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(word)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(' ') }
}

/// The form in which a list's name or title is compared with [`Scope::List`] and [`Keyword::Start`].
#[must_use]
pub fn normalized_name(text: &str) -> String {
    normal::normal(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, pending: bool, want: Keyword) {
        assert_eq!(keyword(text, "de", pending), want, "{text:?}");
    }

    #[test]
    fn stop_is_generous() {
        for text in [
            "STOP",
            "stop",
            "Stopp!",
            " abmelden. ",
            "S T O P",
            "S.T.O.P",
            "ＳＴＯＰ",
            "bitte abmelden",
            "Abmelden bitte, danke",
            "ABBESTELLEN",
            "kündigen",
            "kuendigen",
            "unsubscribe",
            "ARRÊT",
            "İPTAL",
            "iptal",
            "Rezygnuję",
            "🛑",
            "👎",
            "⛔️",
            "keine Werbung mehr",
            "basta",
            "darse de baja",
            "стоп",
            "στοπ",
            "opt-out",
            "remove me",
            "stop\u{200b}",
            "*STOP*",
            "„Stop“",
            "Schluss",
            "nie mehr",
        ] {
            check(text, false, Keyword::Stop(Scope::Address));
            check(text, true, Keyword::Stop(Scope::Address));
        }
        check("STOP ALLES", false, Keyword::Stop(Scope::Everything));
        check("stop angebote", false, Keyword::Stop(Scope::List("angebote".into())));
        check("Stop schreiben Sie mir", false, Keyword::Stop(Scope::List("schreiben sie mir".into())));
    }

    #[test]
    fn yes_is_strict() {
        for text in ["Ja", "ja.", " JA! ", "ja bitte", "jawohl"] {
            check(text, true, Keyword::Yes);
            assert_ne!(keyword(text, "de", false), Keyword::Yes, "nothing is pending: {text:?}");
        }
        for text in ["👍", "ok", "ja, aber wer sind Sie?"] {
            check(text, true, Keyword::NearlyYes);
        }
        for text in ["yes", "tak", "si", "да", "", "   ", "\u{200b}"] {
            assert_ne!(keyword(text, "de", true), Keyword::Yes, "{text:?}");
        }
        assert_eq!(keyword("yes", "en", true), Keyword::Yes);
        assert_eq!(keyword("Tak", "pl", true), Keyword::Yes);
        assert_ne!(keyword("tak", "da", true), Keyword::Yes, "Danish for thanks");
    }

    #[test]
    fn soft_refusals_are_held() {
        for text in [
            "bitte nicht mehr schreiben",
            "Woher haben Sie meine Nummer?",
            "Lasst mich in Ruhe",
            "Das ist Spam!",
            "ich widerspreche der Nutzung",
            "Bitte löschen Sie meine Daten umgehend",
            "not interested, thanks",
            "take me off this list please now",
            "Don't stop",
            "nein",
        ] {
            check(text, false, Keyword::SoftRefusal);
        }
    }

    #[test]
    fn other_keywords() {
        check("nein", true, Keyword::No);
        check("Nein danke", true, Keyword::No);
        check("START", false, Keyword::Start(None));
        check("Start Angebote", false, Keyword::Start(Some("angebote".into())));
        check("WEITER", false, Keyword::Resume);
        check("Hilfe", false, Keyword::Help);
        check("?", false, Keyword::Help);
        check("Wann habt ihr geöffnet?", false, Keyword::None);
        check("ende gut alles gut sagt meine oma immer", false, Keyword::None);
        check("!!!", false, Keyword::None);
    }
}

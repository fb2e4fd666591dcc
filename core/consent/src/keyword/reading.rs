//! One text against the phrases and patterns of all languages.

use super::normal::{self, Tokens};
use super::pattern::Sense;
use super::sentence;
use super::vocabulary::{Phrase, PhraseReach, Vocabulary};
use super::weighing;
use super::words::{self, SentWord, belongs_to_a_yes, is_repeated, is_slipped_stop, is_stretched, joined};
use super::{InboundReply, Keyword, PendingQuestion, ReplyDecision, Scope};

/// Most words of a short message that begins with a verb of stopping.
const SHORT: usize = 4;
/// All that may stand before or after a yes, in normal form.
const BESIDE_YES: [&str; 10] =
    ["bitte", "danke", "please", "thanks", "svp", "merci", "lutfen", "prosze", "grazie", "gracias"];
/// Most words of an answer that begins with a no.
const SHORT_NO: usize = 8;

pub(super) struct Reading<'a> {
    pub(super) vocabulary: &'static Vocabulary,
    reply: &'a InboundReply<'a>,
    text: &'a str,
    tokens: Tokens,
    pub(super) words: Vec<SentWord>,
    language: &'a str,
}

impl<'a> Reading<'a> {
    pub(super) fn new(vocabulary: &'static Vocabulary, text: &'a str, reply: &'a InboundReply<'a>) -> Self {
        let mut tokens = normal::tokens(text);
        let words = words::known(vocabulary, &mut tokens);
        let language = reply.language.split(['-', '_']).next().unwrap_or_default();
        Self { vocabulary, reply, text, tokens, words, language }
    }

    pub(super) fn decide(&self) -> ReplyDecision {
        let Some(first) = self.words.first() else { return ReplyDecision::new(Keyword::None, "no-words") };
        let asked = self.reply.question != PendingQuestion::Nothing;
        let answers = matches!(self.reply.question, PendingQuestion::OptIn | PendingQuestion::Renew);
        if answers && self.is_yes() {
            return ReplyDecision::new(Keyword::Yes, "yes");
        }
        let begins_with_yes = self.is_said(&first.text, Sense::Keep);
        let whole = self.whole();
        if whole.is_none()
            && let Some(decision) = self.short_stop()
        {
            return decision;
        }
        // "Yes no" is neither.
        let whole = whole.filter(|f| !(asked && begins_with_yes && f.0 == Sense::No));
        let decided = whole.or_else(|| self.sentences()).filter(|found| !self.is_harmless(found.1));
        let Some((verdict, rule)) = decided else {
            return self.otherwise(asked, answers, begins_with_yes);
        };
        // "Yes, but who are you?" is asked again.
        let only_doubts = [
            "who",
            "who-are-you",
            "whence",
            "whence-number",
            "quit-word",
            "less",
            "too-much",
            "by-other-way",
            "doubt-who",
        ];
        if answers
            && begins_with_yes
            && verdict == Sense::Soft
            && only_doubts.iter().any(|d| rule.rsplit('.').next() == Some(*d))
        {
            return ReplyDecision::new(Keyword::NearlyYes, "nearly-yes");
        }
        let keyword = match verdict {
            Sense::StopAll => Keyword::Stop(Scope::Everything),
            Sense::Stop | Sense::StopList => Keyword::Stop(Scope::Address),
            Sense::Soft => Keyword::SoftRefusal,
            Sense::No if answers => Keyword::No,
            Sense::No => Keyword::SoftRefusal,
            Sense::Data => Keyword::Data,
            Sense::Resume => Keyword::Resume,
            Sense::Start => Keyword::Start(None),
            Sense::Help => Keyword::Help,
            Sense::Keep => Keyword::None,
        };
        ReplyDecision::new(keyword, rule)
    }

    /// What neither a phrase nor a pattern decides.
    fn otherwise(&self, asked: bool, answers: bool, begins_with_yes: bool) -> ReplyDecision {
        let begins_with_no = self.words.first().is_some_and(|w| self.is_said(&w.text, Sense::No));
        if asked && begins_with_no && self.words.len() <= SHORT_NO {
            return ReplyDecision::new(if answers { Keyword::No } else { Keyword::SoftRefusal }, "begins-with-no");
        }
        if asked && (begins_with_yes || self.is_nearly_yes()) {
            return ReplyDecision::new(Keyword::NearlyYes, "nearly-yes");
        }
        if let Some(start) = self.start() {
            return start;
        }
        // Who is asked and does not answer gets nothing anyway.
        if !answers && self.words.len() >= weighing::LEAST_WORDS && self.doubt() >= weighing::HOLDS && !self.is_kept() {
            return ReplyDecision::new(Keyword::SoftRefusal, "sounds-like-refusal");
        }
        ReplyDecision::new(Keyword::None, "nothing")
    }

    fn doubt(&self) -> f32 {
        weighing::score(self.vocabulary, &self.words, self.has_question())
    }

    pub(super) fn has_question(&self) -> bool {
        self.words.iter().any(|w| self.tokens.is_question(w.sentence))
    }

    /// What was only doubt, in a message of which nothing else sounds like a refusal.
    fn is_harmless(&self, rule: &str) -> bool {
        rule.contains(".doubt-") && self.doubt() < weighing::HARMLESS
    }

    /// Whether a word is a yes ([`Sense::Keep`]) or a no ([`Sense::No`]) in some language.
    fn is_said(&self, word: &str, verdict: Sense) -> bool {
        if verdict == Sense::No {
            return self.vocabulary.phrases(word).iter().any(|p| p.verdict == Sense::No);
        }
        self.vocabulary.languages.iter().any(|l| l.yes.iter().any(|y| y == word))
    }

    /// The whole message is a yes in the language of the question, and nothing beside it could turn its meaning.
    fn is_yes(&self) -> bool {
        let bare = self.text.trim().trim_matches(['"', '„', '“', '”', '\'', '*', '_', '«', '»']).trim();
        let end = bare.trim_end_matches(['!', '.']);
        let doubtful = self.reply.is_reaction
            || end.chars().any(|c| !belongs_to_a_yes(c))
            || bare.ends_with("..")
            || bare.contains("!.")
            || end.contains(['.', '!']);
        if doubtful {
            return false;
        }
        let Some(language) = self.vocabulary.languages.iter().find(|l| l.code == self.yes_language()) else {
            return false;
        };
        if is_stretched(&end.to_lowercase()) {
            return false;
        }
        let all = joined(self.words.iter());
        let polite = joined(self.words.iter().filter(|w| !BESIDE_YES.contains(&w.text.as_str())));
        // "ja ja" is none.
        let once = self.words.windows(2).all(|w| matches!(w, [a, b] if a.text != b.text));
        once && language.yes.iter().any(|yes| *yes == all || *yes == polite)
    }

    /// Languages whose words for yes are kept together.
    fn yes_language(&self) -> &str {
        match self.language {
            "da" | "nb" | "nn" | "no" | "fi" => "sv",
            "sr" | "bs" | "sl" | "me" => "hr",
            "sk" => "cs",
            other => other,
        }
    }

    /// Begins with an "ok".
    fn is_nearly_yes(&self) -> bool {
        self.words.first().is_some_and(|w| matches!(w.text.as_str(), "ok" | "okay" | "oki" | "klar" | "sure"))
    }

    /// The strongest phrase that these words are, without courtesy; after a no, what follows it.
    fn phrase(&self, words: &[SentWord], sentence: bool) -> Option<(Sense, &'static str)> {
        let found = self.exact_phrase(words, sentence);
        let Some((first, rest)) = words.split_first() else { return found };
        if found.is_none() && rest.len() > 1 && self.is_said(&first.text, Sense::No) {
            return self.exact_phrase(rest, true).filter(|f| f.0 >= Sense::Soft);
        }
        found
    }

    fn exact_phrase(&self, words: &[SentWord], sentence: bool) -> Option<(Sense, &'static str)> {
        let content = || words.iter().filter(|w| !w.found.role.is_courtesy);
        if content().count() > 8 {
            return None;
        }
        let reach = |p: &&Phrase| match p.reach {
            PhraseReach::Sentence => true,
            PhraseReach::Message => !sentence,
            PhraseReach::MessageHere => !sentence && self.is_here(p.language),
        };
        // "No, thanks" to a question is a no.
        let answers = matches!(self.reply.question, PendingQuestion::OptIn | PendingQuestion::Renew);
        let look_up = |text: &str| {
            self.vocabulary
                .phrases(text)
                .iter()
                .filter(reach)
                .max_by_key(|p| (answers && p.verdict == Sense::No, p.verdict))
        };
        let name = if sentence { "sentence" } else { "whole-message" };
        let polite = joined(content());
        let mut best = look_up(&joined(words.iter())).or_else(|| look_up(&polite));
        // ab melden, st op
        if best.is_none() && content().count() <= 4 {
            let glued: String = polite.split(' ').collect();
            best = look_up(&glued).filter(|p| glued.len() >= 4 && p.verdict >= Sense::Stop);
            if best.is_none() && is_repeated(&glued) {
                return Some((Sense::Stop, "repeated-stop"));
            }
        }
        // Words that say nothing are left out, if they say nothing in the language of the phrase.
        let fillers =
            content().filter(|w| w.found.role.is_filler()).fold(u32::MAX, |all, w| all & w.found.role.filler_of);
        if best.is_none() && fillers != u32::MAX && self.patterns(words, true).is_none() {
            let bare = joined(content().filter(|w| !w.found.role.is_filler()));
            best = look_up(&bare)
                .filter(|p| fillers.checked_shr(u32::try_from(p.language).unwrap_or(32)).unwrap_or(0) & 1 == 1)
                .filter(|p| p.verdict >= Sense::Soft);
        }
        // Words with slips, as they were probably meant.
        if best.is_none() && words.iter().any(|w| w.found.meant.is_some()) {
            let meant: Vec<&str> = content().map(|w| w.found.meant.as_deref().unwrap_or(&w.text)).collect();
            best = look_up(&meant.join(" "));
        }
        best.map(|p| (p.verdict, name))
    }

    /// Whether the contact's language is this one or close to it.
    fn is_here(&self, language: usize) -> bool {
        self.vocabulary.languages.get(language).is_some_and(|l| l.code == self.yes_language())
    }

    fn whole(&self) -> Option<(Sense, &'static str)> {
        let found = self.phrase(&self.words, false);
        match self.words.as_slice() {
            [word] if found.is_none() && !word.found.is_known && is_slipped_stop(&word.text) => {
                Some((Sense::Stop, "slipped-stop"))
            }
            _ => found,
        }
    }

    /// At most four words that begin with a core verb: a stop, perhaps for one list.
    fn short_stop(&self) -> Option<ReplyDecision> {
        let words: Vec<&SentWord> = self.words.iter().filter(|w| !w.found.role.is_courtesy).collect();
        let (first, rest) = words.split_first()?;
        if words.len() > SHORT || !first.found.role.is_core || self.tokens.is_question(first.sentence) {
            return None;
        }
        if self.is_kept() {
            return None;
        }
        if !rest.is_empty()
            && rest.iter().all(|w| w.found.role.is_everything || w.found.role.is_filler())
            && rest.iter().any(|w| w.found.role.is_everything)
        {
            return Some(ReplyDecision::new(Keyword::Stop(Scope::Everything), "core-all"));
        }
        let name: Vec<&str> = rest
            .iter()
            .filter(|w| w.sentence == first.sentence)
            .map(|w| w.text.as_str())
            .filter(|w| !matches!(*w, "von" | "vom" | "from" | "the" | "liste" | "list"))
            .collect();
        let unknown = rest.iter().any(|w| !w.found.is_known && w.text.chars().any(char::is_alphabetic))
            || matches!(rest, [one] if !one.found.role.is_filler() && !one.found.role.is_core);
        if unknown && !name.is_empty() {
            // A list's name is compared by the caller, who knows the lists; an unknown name stops the address.
            return Some(ReplyDecision::new(Keyword::Stop(Scope::List(name.join(" "))), "core-list"));
        }
        Some(ReplyDecision::new(Keyword::Stop(Scope::Address), "core-short"))
    }

    /// Whether the message is one in which a word of stopping is about something else.
    fn is_kept(&self) -> bool {
        let mut kept = false;
        self.each_sentence(|reading, words| {
            kept |= reading.patterns(words, true).is_some_and(|(v, _)| v == Sense::Keep);
        });
        kept
    }

    /// START, perhaps with a list.
    fn start(&self) -> Option<ReplyDecision> {
        let words: Vec<&SentWord> = self.words.iter().filter(|w| !w.found.role.is_courtesy).collect();
        let (first, rest) = words.split_first()?;
        let is_start = |p: &Phrase| p.verdict == Sense::Start;
        if words.len() > 3 || rest.is_empty() || !self.vocabulary.phrases(&first.text).iter().any(is_start) {
            return None;
        }
        let name = rest.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
        Some(ReplyDecision::new(Keyword::Start(Some(name)), "start-list"))
    }

    fn each_sentence(&self, mut each: impl FnMut(&Self, &[SentWord])) {
        for words in self.words.chunk_by(|a, b| a.sentence == b.sentence) {
            each(self, words);
        }
    }

    /// The strongest of what the sentences say.
    fn sentences(&self) -> Option<(Sense, &'static str)> {
        let mut best: Option<(Sense, &'static str)> = None;
        self.each_sentence(|reading, words| {
            let found = reading.phrase(words, true).or_else(|| reading.patterns(words, false));
            if let Some(found) = found.filter(|f| f.0 != Sense::Keep)
                && best.is_none_or(|b| b.0 < found.0)
            {
                best = Some(found);
            }
        });
        best
    }

    /// The strongest pattern of any language that matches a sentence. `keeps`: whether one that keeps does.
    fn patterns(&self, words: &[SentWord], keeps: bool) -> Option<(Sense, &'static str)> {
        let is_question = self.tokens.is_question(words.first()?.sentence);
        let home = self.vocabulary.languages.iter().position(|l| l.code == self.yes_language());
        sentence::patterns(self.vocabulary, words, home, is_question, keeps)
    }
}

//! The relay's reply → outcome. Reviewers read this table first. Codes: RFC 5321 §4.2, enhanced status codes: RFC 3463.
//!
//! The same digits mean different things at MAIL, RCPT, DATA and after the message: MAIL is about the sender, RCPT about the recipient, unless
//! its text names the sender, our host or its greeting.
//!
//! | reply | meaning | outcome |
//! | --- | --- | --- |
//! | 2xx | accepted | sent |
//! | 421 | the relay closes the connection | retry after a minute, and sending pauses |
//! | 4xx with "greylist" or "try again" | greylisting | retry after 5 minutes |
//! | 4xx with x.7.x | our reputation or a policy | retry after 15 minutes, and sending pauses |
//! | other 4xx, also about the sender's domain | busy, unreachable | retry |
//! | 530, 534, 535, 538; x.1.7, x.1.8; x.5.x; 500 to 504 and 555 without a class | our account, sender address or settings | account |
//! | 5xx that names the sender, our host, its greeting or its reverse DNS | the same | account |
//! | 5.6.x, x.2.3, x.3.4, "too large", "virus" | the message | bad content |
//! | 5xx about a full mailbox, a loop, or a closed group (5.7.124, 5.7.133) | this recipient, now | refused, the address is kept |
//! | 5.7.x, "block list", "reputation" | our reputation or a policy, never the recipient | retry after 15 minutes, and sending pauses |
//! | 5xx at MAIL that is none of these | the sender | account |
//! | 5xx with x.1.0, 1.1, 1.2, 1.3, 1.6, 1.10, 4.4, 4.310; 5.2.1 "disabled"; 5.4.1 "recipient address rejected"; 5.5.0 "mailbox unavailable"; two texts of Yahoo | the address does not exist | bad recipient |
//! | 5xx with "relay access denied" at RCPT | the relay does not serve this recipient | refused, the address is kept |
//! | other 5xx | final for this message (RFC 5321 §4.2.1) | refused, the address is kept |
//!
//! After [`crate::send_queue`]'s limit of refusals in a row without any success sending pauses: then the fault is rarely the recipients'.

use rundruf_plugin::Outcome;
use std::time::Duration;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SmtpReply {
    /// Reply code, 200 to 599.
    pub(crate) code: u16,
    /// Enhanced status code (RFC 3463); zeros if the reply has none.
    pub(crate) status: [u16; 3],
    /// The text of all lines.
    pub(crate) text: String,
}

/// What a reply answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SmtpCommand {
    /// MAIL: the sender.
    Mail,
    /// RCPT: the recipient.
    Recipient,
    /// DATA, before the message.
    Data,
    /// The end of the message.
    Message,
}

/// What a refusal concerns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RefusalReason {
    Recipient,
    /// It passes; with the time to wait, if the reply suggests one.
    Temporary(Option<Duration>),
    Connection,
    /// Our reputation or a policy about senders.
    Policy,
    /// The message, for all recipients.
    Content,
    /// Our account, sender address, greeting or settings.
    Account,
    /// This message to this recipient, finally; the address is kept.
    Refused,
}

const MINUTE: Duration = Duration::from_secs(60);

/// Provider's texts without a class that mean a closed address.
const CLOSED_ADDRESS: &[&str] = &["this user doesn't have a", "this mailbox is disabled (554.30)"];
const TOO_LARGE: &[&str] =
    &["too large", "too big", "size exceeds", "exceeds fixed", "maximum message size", "message size"];
/// Texts about what a message contains.
const DANGEROUS: &[&str] = &["potential security issue", "virus", "infected", "malware"];
const POLICY_REFUSAL: &[&str] = &[
    "spam",
    "block",
    "blacklist",
    "black list",
    "reputation",
    "policy",
    "denied",
    "banned",
    "spf",
    "dkim",
    "dmarc",
    "unusual",
    "rate limit",
    "daily limit",
    "hourly limit",
    "send limit",
    "sending limit",
    "versandlimit",
    "too many",
    "unauthenticated",
    "suspicious",
    "not accepted from",
];
/// Texts about our sender address.
const OUR_SENDER: &[&str] = &[
    "sender address",
    "sender rejected",
    "sender denied",
    "sender verify",
    "sender not",
    "sender is not",
    "sender domain",
    "sender callout",
    "envelope sender",
    "outbound sender",
    "invalid sender",
    "unknown sender",
    "verify sender",
    "verifying sender",
    "callback setup failed",
    "from address",
    "not owned by user",
    "send as",
    "sendasdenied",
    "absender",
];
/// Texts about our account, host or greeting.
const OUR_ACCOUNT: &[&str] = &[
    "authentication required",
    "authentication is required",
    "authentication needed",
    "must authenticate",
    "not authenticated",
    "not logged in",
    "helo",
    "ehlo",
    "greeting",
    "reverse hostname",
    "reverse dns",
    "reverse lookup",
    "rdns",
    "ptr record",
    "your hostname",
    "your host name",
    "client host rejected",
];
const RELAY_DENIED: &[&str] = &[
    "relay access denied",
    "relaying denied",
    "relay not permitted",
    "relaying not allowed",
    "unable to relay",
    "relay denied",
];
/// Texts about our reputation: they weigh more than the name of our host in the same reply.
const REPUTATION: &[&str] =
    &["blocked", "block list", "blocklist", "blacklist", "black list", "reputation", "spam", "rbl"];
const MAILBOX_CLOSED: &[&str] = &["disabled", "inactive", "suspended", "deactivated", "closed", "not active"];
const GREYLISTED: &[&str] =
    &["greylist", "graylist", "grey-list", "gray-list", "try again", "try later", "temporarily deferred"];

impl SmtpReply {
    pub(crate) const fn is_positive(&self) -> bool {
        matches!(self.code, 200..=399)
    }

    /// What a refusal of a command concerns.
    pub(crate) fn reason(&self, at: SmtpCommand) -> RefusalReason {
        // Addresses say nothing: `helo@spamblock.example` is a recipient like every other.
        let words = self.text.split_whitespace().filter(|word| !word.contains('@'));
        let lower = words.collect::<Vec<_>>().join(" ").to_lowercase();
        let says = |words: &[&str]| words.iter().any(|w| lower.contains(w));
        let [class, subject, detail] = self.status;
        match (self.code, subject) {
            (421, _) => return RefusalReason::Connection,
            (..500, _) if says(GREYLISTED) => return RefusalReason::Temporary(Some(MINUTE * 5)),
            (..500, 7) => return RefusalReason::Policy,
            (..500, _) => return RefusalReason::Temporary(None),
            _ => {}
        }
        let blocked = subject == 7 || says(POLICY_REFUSAL);
        match (self.code, subject, detail) {
            (530 | 534 | 535 | 538, ..) | (_, 1, 7 | 8) => RefusalReason::Account,
            (_, 5, 0) if says(&["mailbox unavailable"]) && at != SmtpCommand::Mail => RefusalReason::Recipient,
            (_, 5, _) => RefusalReason::Account,
            (500..=504 | 555, ..) if class == 0 => RefusalReason::Account,
            (_, 2, 3) | (_, 3, 4) | (_, 6, _) => RefusalReason::Content,
            (_, 2, 2) | (_, 4, 6) => RefusalReason::Refused,
            _ if says(TOO_LARGE) || says(DANGEROUS) => RefusalReason::Content,
            // A group that takes mail of its own organisation alone.
            (_, 7, 124 | 129 | 133..=136) => RefusalReason::Refused,
            _ if says(&["resolver.rst"]) => RefusalReason::Refused,
            // Postfix answers about the sender at RCPT, with classes that mean the recipient elsewhere.
            (_, 1, _) if says(OUR_SENDER) && !says(REPUTATION) => RefusalReason::Account,
            _ if says(RELAY_DENIED) && says(&["authentica"]) => RefusalReason::Account,
            // A relay that does not know us refuses everybody: then the run of refusals pauses sending.
            _ if at == SmtpCommand::Recipient && says(RELAY_DENIED) => RefusalReason::Refused,
            _ if says(RELAY_DENIED) => RefusalReason::Account,
            // "Recipient address rejected: …" at RCPT is about the recipient even if its reason speaks of a policy.
            (_, 4, 1) if says(&["recipient address rejected"]) => RefusalReason::Recipient,
            (_, 1, 0 | 1 | 2 | 3 | 6 | 10) | (_, 4, 4 | 310) if at != SmtpCommand::Mail => RefusalReason::Recipient,
            // 5.2.1 means a closed mailbox, or one that gets too much mail at the moment: the text decides.
            (_, 2, 1) if at != SmtpCommand::Mail && says(MAILBOX_CLOSED) && !says(&["temporar"]) => {
                RefusalReason::Recipient
            }
            _ if (says(OUR_ACCOUNT) || says(OUR_SENDER)) && !says(REPUTATION) => RefusalReason::Account,
            _ if blocked => RefusalReason::Policy,
            _ if at == SmtpCommand::Mail => RefusalReason::Account,
            _ if class == 0 && says(CLOSED_ADDRESS) => RefusalReason::Recipient,
            _ => RefusalReason::Refused,
        }
    }

    /// The outcome of a message to this address whose command was refused.
    pub(crate) fn refusal_outcome(&self, at: SmtpCommand, address: &str) -> Outcome {
        let line = self.summary(address);
        let outcome = match self.reason(at) {
            RefusalReason::Recipient => Outcome::bad_recipient(line),
            RefusalReason::Temporary(after) => Outcome::retry(after, line),
            RefusalReason::Connection => Outcome::retry(Some(MINUTE), line),
            RefusalReason::Policy => Outcome::retry(Some(MINUTE * 15), line),
            RefusalReason::Content => Outcome::bad_content(line),
            RefusalReason::Account => Outcome::account_auth(line),
            RefusalReason::Refused => Outcome::unsupported(line),
        };
        outcome.with_code(i32::from(self.code))
    }

    /// The outcome of an accepted message (2xx), with the relay's queue id if the text has one.
    pub(crate) fn accepted_outcome(&self, address: &str) -> Outcome {
        let text = redact(&self.text, address);
        let id =
            ["queued as ", "id="].iter().find_map(|mark| text.split_once(mark)).map_or(text.as_str(), |(_, id)| id);
        let id = id.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
        Outcome::sent(id.chars().take(80).collect::<String>()).with_code(i32::from(self.code))
    }

    /// One line for the admin, without the recipient's address, at most 200 characters.
    pub(crate) fn summary(&self, address: &str) -> String {
        let [a, b, c] = self.status;
        let status = if a == 0 { String::new() } else { format!("{a}.{b}.{c} ") };
        let text = redact(&self.text, address);
        let line: String =
            format!("{} {status}{text}", self.code).chars().filter(|c| !c.is_control()).take(200).collect();
        line.trim_end().to_owned()
    }
}

/// The text as one line, with the address, its local part and everything else that looks like an address replaced by `…`.
fn redact(text: &str, address: &str) -> String {
    let local = address.split('@').next().unwrap_or_default().to_lowercase();
    let names = |word: &str| word.contains('@') || (local.len() > 2 && word.to_lowercase().contains(&local));
    text.split_whitespace().map(|word| if names(word) { "…" } else { word }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "../tests/unit/replies.rs"]
mod tests;

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
//! | 5.6.x, x.2.3, x.3.4, "too large" | the message | bad content |
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
    "too many",
    "unauthenticated",
    "suspicious",
    "not accepted from",
];
const OUR_ACCOUNT: &[&str] = &[
    "sender address",
    "sender rejected",
    "sender denied",
    "sender verify",
    "sender not",
    "sender is not",
    "sender domain",
    "invalid sender",
    "unknown sender",
    "from address",
    "not owned by user",
    "send as",
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
    "absender",
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
        let lower = self.text.to_lowercase();
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
            _ if says(TOO_LARGE) => RefusalReason::Content,
            // A relay that does not know us refuses everybody: then the run of refusals pauses sending.
            _ if at == SmtpCommand::Recipient && says(RELAY_DENIED) => RefusalReason::Refused,
            _ if says(RELAY_DENIED) => RefusalReason::Account,
            // "Recipient address rejected: …" at RCPT is about the recipient even if its reason speaks of a policy.
            (_, 4, 1) if says(&["recipient address rejected"]) => RefusalReason::Recipient,
            (_, 1, 0 | 1 | 2 | 3 | 6 | 10) | (_, 4, 4 | 310) if at != SmtpCommand::Mail => RefusalReason::Recipient,
            // 5.2.1 means a closed mailbox, or one that gets too much mail at the moment: the text decides.
            (_, 2, 1) if at != SmtpCommand::Mail && says(MAILBOX_CLOSED) => RefusalReason::Recipient,
            _ if says(OUR_ACCOUNT) && !says(REPUTATION) => RefusalReason::Account,
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
mod tests {
    use super::*;
    use rundruf_plugin::abi::OutcomeCode;

    const HARD: OutcomeCode = OutcomeCode::BAD_RECIPIENT;
    const SOFT: OutcomeCode = OutcomeCode::RETRY;
    const CONTENT: OutcomeCode = OutcomeCode::BAD_CONTENT;
    const ACCOUNT: OutcomeCode = OutcomeCode::ACCOUNT_AUTH;
    /// Final for this message; the address is kept.
    const FINAL: OutcomeCode = OutcomeCode::UNSUPPORTED;

    /// A reply to RCPT as received, its outcome, and the retry delay in minutes.
    const REPLIES: &[(&str, OutcomeCode, u64)] = &[
        // Gmail
        ("550 5.1.1 The email account that you tried to reach does not exist. NoSuchUser", HARD, 0),
        ("550 5.2.1 The email account that you tried to reach is inactive. DisabledUser", HARD, 0),
        (
            "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
            FINAL,
            0,
        ),
        ("450 4.2.1 The user you are trying to contact is receiving mail too quickly", SOFT, 0),
        ("452 4.2.2 The recipient's inbox is out of storage space", SOFT, 0),
        ("552 5.2.2 The recipient's inbox is out of storage space and inactive", FINAL, 0),
        ("421 4.7.28 Gmail has detected an unusual rate of unsolicited mail", SOFT, 1),
        ("550 5.7.28 There is an unusual rate of unsolicited mail originating from your IP Netblock", SOFT, 15),
        ("421 4.7.0 Try again later, closing connection.", SOFT, 1),
        ("550 5.7.26 This mail has been blocked because the sender is unauthenticated", SOFT, 15),
        ("421 4.7.26 unauthenticated or DMARC policy", SOFT, 1),
        ("550 5.7.27 SPF did not pass", SOFT, 15),
        ("550 5.7.30 DKIM did not pass", SOFT, 15),
        ("550 5.7.32 the From: header is not aligned", SOFT, 15),
        ("550 5.7.24 suspicious entries in the SPF record", SOFT, 15),
        ("550 5.7.25 The IP address sending this message does not have a PTR record setup", ACCOUNT, 0),
        ("450 4.7.23 no PTR record", SOFT, 15),
        ("421 4.7.29 not sent over a TLS connection", SOFT, 1),
        ("550 5.7.1 very low reputation of the sending domain", SOFT, 15),
        // Yahoo
        (
            "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
            SOFT,
            1,
        ),
        (
            "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list",
            SOFT,
            15,
        ),
        ("553 5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred", SOFT, 15),
        ("554 5.7.9 Message not accepted for policy reasons", SOFT, 15),
        ("554 [PH01] Email not accepted for policy reasons", SOFT, 15),
        ("421 Max message per connection reached", SOFT, 1),
        ("554 delivery error: dd This user doesn't have a yahoo.com account", HARD, 0),
        ("554 30 Sorry, your message cannot be delivered. This mailbox is disabled (554.30).", HARD, 0),
        // Microsoft
        (
            "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Part of their network is on our block list (S3150).",
            SOFT,
            15,
        ),
        ("451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation", SOFT, 15),
        ("550 5.7.509 Access denied, sending domain does not pass DMARC verification", SOFT, 15),
        ("550 5.7.511 Access denied, banned sender[192.0.2.1]", SOFT, 15),
        ("550 5.7.606 Access denied, banned sending IP [192.0.2.1]", SOFT, 15),
        ("550 5.7.515 Access denied, sending domain does not meet the required authentication level", SOFT, 15),
        ("550 5.5.0 Requested action not taken: mailbox unavailable", HARD, 0),
        ("550 5.4.1 Recipient address rejected: Access denied", HARD, 0),
        ("550 5.4.4 nonexistentdomain", HARD, 0),
        ("550 5.4.310 DNS domain does not exist", HARD, 0),
        ("450 4.4.316 Connection refused", SOFT, 0),
        ("451 4.7.500 Server busy. Please try again later", SOFT, 5),
        // GMX, T-Online
        ("554 Transaction failed, Reject due to SPF policy", SOFT, 15),
        ("554 The sending server is black listed", SOFT, 15),
        ("554 IP=192.0.2.1 - None/bad reputation. Ask your postmaster for help. (NOWL)", SOFT, 15),
        // Others
        ("550 5.1.10 null MX", HARD, 0),
        ("450 4.1.1 unverified address", SOFT, 0),
        ("451 4.7.1 Greylisted, please try again in 300 seconds", SOFT, 5),
        ("450 Recipient address rejected: Greylisted", SOFT, 5),
        ("452 4.5.3 Too many recipients", SOFT, 0),
        ("552 5.3.4 Message size exceeds fixed limit", CONTENT, 0),
        ("552 message too large", CONTENT, 0),
        ("552 mailbox full", FINAL, 0),
        ("554 5.6.0 malformed", CONTENT, 0),
        ("550 5.4.7 delivery time expired", FINAL, 0),
        ("550 5.4.6 routing loop detected", FINAL, 0),
        ("550 no", FINAL, 0),
        ("535 5.7.8 authentication failed", ACCOUNT, 0),
        ("530 5.7.0 Must issue a STARTTLS command first", ACCOUNT, 0),
        ("454 4.7.0 Temporary authentication failure", SOFT, 15),
        ("553 5.1.8 sender domain does not exist", ACCOUNT, 0),
        ("553 5.7.1 Sender address rejected: not owned by user", ACCOUNT, 0),
        ("554 5.7.1 Relay access denied", FINAL, 0),
        ("501 5.5.4 bad parameter", ACCOUNT, 0),
        ("500 what?", ACCOUNT, 0),
        ("504 5.5.2 <mailserver>: Helo command rejected: need fully-qualified hostname", ACCOUNT, 0),
        ("555 5.5.4 Unsupported option: NOTIFY=FAILURE,DELAY", ACCOUNT, 0),
        ("555 SIZE parameter not recognized", ACCOUNT, 0),
        ("550 Sender verify failed", ACCOUNT, 0),
        ("550 5.7.1 Client host rejected: cannot find your reverse hostname", ACCOUNT, 0),
        ("554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org", SOFT, 15),
        ("450 4.1.8 <news@krume.example>: Sender address rejected: Domain not found", SOFT, 0),
        ("450 4.7.1 Client host rejected: cannot find your hostname", SOFT, 15),
        ("550 Invalid user", FINAL, 0),
        ("550 No such person at this address.", FINAL, 0),
        ("550 5.2.0 Mailbox does not take mail", FINAL, 0),
        ("551 User not local; please try another path", FINAL, 0),
    ];

    /// The same digits at other commands.
    const ELSEWHERE: &[(SmtpCommand, &str, OutcomeCode)] = &[
        (
            SmtpCommand::Mail,
            "550 Requested action not taken: mailbox unavailable Sender address is not allowed.",
            ACCOUNT,
        ),
        (SmtpCommand::Mail, "550 5.1.1 mailbox unavailable", ACCOUNT),
        (SmtpCommand::Mail, "550 5.5.0 mailbox unavailable", ACCOUNT),
        (SmtpCommand::Mail, "550 no", ACCOUNT),
        (SmtpCommand::Mail, "553 5.1.3 bad address syntax", ACCOUNT),
        (SmtpCommand::Mail, "501 5.1.7 Bad sender address syntax", ACCOUNT),
        (SmtpCommand::Mail, "554 5.7.1 Relay access denied", ACCOUNT),
        (SmtpCommand::Mail, "552 5.3.4 Message size exceeds fixed limit", CONTENT),
        (SmtpCommand::Mail, "554 5.7.1 your IP has a poor reputation", SOFT),
        (SmtpCommand::Mail, "451 4.1.8 Sender domain does not resolve", SOFT),
        (SmtpCommand::Mail, "452 4.3.1 Insufficient system storage", SOFT),
        (SmtpCommand::Data, "554 5.5.1 Error: no valid recipients", ACCOUNT),
        (SmtpCommand::Data, "554 transaction failed", FINAL),
        (SmtpCommand::Message, "554 transaction failed", FINAL),
        (SmtpCommand::Message, "550 5.1.1 user unknown", HARD),
        (SmtpCommand::Message, "554 5.6.0 malformed", CONTENT),
        (SmtpCommand::Message, "554 5.7.1 spam message rejected", SOFT),
        (SmtpCommand::Message, "550 5.7.1 Sender address rejected: not owned by user", ACCOUNT),
        (SmtpCommand::Message, "535 5.7.8 not logged in", ACCOUNT),
    ];

    fn reply(line: &str) -> SmtpReply {
        let (code, mut text) = line.split_once(' ').unwrap();
        let mut status = [0; 3];
        let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
        let numbers: Vec<u16> = first.split('.').map_while(|n| n.parse().ok()).collect();
        if let [a, b, c] = numbers[..] {
            status = [a, b, c];
            text = rest;
        }
        SmtpReply { code: code.parse().unwrap(), status, text: text.to_owned() }
    }

    #[test]
    fn replies_of_large_providers() {
        for (line, code, minutes) in REPLIES {
            let outcome = reply(line).refusal_outcome(SmtpCommand::Recipient, "anna@kunde.example");
            let pause = outcome.retry_after().map_or(0, |d| d.as_secs() / 60);
            assert_eq!((outcome.code(), pause), (*code, *minutes), "{line}");
        }
        for (at, line, code) in ELSEWHERE {
            assert_eq!(reply(line).refusal_outcome(*at, "anna@kunde.example").code(), *code, "{at:?} {line}");
        }
    }

    #[test]
    fn outcomes_contain_no_address() {
        for (line, want) in [
            ("550 5.1.1 <anna@kunde.example>: user unknown", "550 5.1.1 … user unknown"),
            ("550 5.1.1 Anna: user unknown", "550 5.1.1 … user unknown"),
            ("550 unknown user 'anna' here", "550 unknown user … here"),
            ("550 rcpt=anna+news", "550 …"),
        ] {
            assert_eq!(reply(line).refusal_outcome(SmtpCommand::Recipient, "anna@kunde.example").detail(), want);
        }
    }

    #[test]
    fn queue_ids() {
        for (line, want) in [
            ("250 2.0.0 Ok: queued as 4F1C2\n", "4F1C2"),
            ("250 OK id=1rAbCd-0001", "1rAbCd-0001"),
            ("250 2.0.0 OK 1700000000 x1-2.3 - gsmtp", "OK 1700000000 x1-2.3 - gsmtp"),
            ("250 2.6.0 <c0ffee@kunde.example> Queued mail for delivery", "… Queued mail for delivery"),
        ] {
            assert_eq!(reply(line).accepted_outcome("anna@kunde.example").remote_id(), want);
        }
    }
}

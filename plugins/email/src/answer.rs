//! The other side's reply → outcome. The table a reviewer reads first.
//!
//! | reply | meaning | outcome |
//! | --- | --- | --- |
//! | 2xx | taken | sent |
//! | x.1.1, x.1.0, x.1.2, x.1.3, x.1.6, x.1.10, 5.2.1, 5.4.4 with 5xx | this address, for good | bad recipient |
//! | x.2.2, 4xx, x.3.x, x.4.x | full, busy, not reached | retry |
//! | 450, 451 with "greylist" or "try again" | wait a little | retry after 5 minutes |
//! | 421 | the connection, not the person | retry after a minute |
//! | x.7.x | our reputation or a policy: never the person | retry after 15 minutes |
//! | x.6.x, 5.2.3, 5.3.4, 552 | this message | bad content |
//! | x.1.7, x.1.8, 530, 535, 5.7.0 with authentication | our account or sender | account |

use rundruf_plugin::Outcome;
use std::time::Duration;

/// A reply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    /// Enhanced status code (RFC 3463); zeros if there is none.
    pub(crate) status: [u8; 3],
    pub(crate) text: String,
}

impl Reply {
    pub(crate) const fn is_positive(&self) -> bool {
        matches!(self.code, 200..=399)
    }

    /// One line without addresses: what looks like one is left out.
    fn line(&self) -> String {
        let words = self.text.split_whitespace().map(|w| if w.contains('@') { "…" } else { w });
        let [a, b, c] = self.status;
        let status = if a == 0 { String::new() } else { format!("{a}.{b}.{c} ") };
        let text: String = format!("{} {status}{}", self.code, words.collect::<Vec<_>>().join(" ")).chars().take(200).collect();
        text.trim_end().to_owned()
    }
}

const MINUTE: Duration = Duration::from_secs(60);

/// What a refusal means for the message.
pub(crate) fn refused(reply: &Reply) -> Outcome {
    let (line, code) = (reply.line(), i32::from(reply.code));
    let lower = reply.text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let permanent = reply.code >= 500;
    let [_, subject, detail] = reply.status;
    let later = |after: Option<Duration>| Outcome::retry(after, line.clone());
    let outcome = match (reply.code, subject, detail) {
        (421, ..) => later(Some(MINUTE)),
        (530 | 534 | 535 | 538, ..) => Outcome::account_auth(line.clone()),
        (_, 1, 7 | 8) => Outcome::account_auth(line.clone()),
        (_, 1, 0 | 1 | 2 | 3 | 6 | 10) if permanent => Outcome::bad_recipient(line.clone()),
        (_, 2, 1) if permanent && !says(&["receiving mail at a rate"]) => Outcome::bad_recipient(line.clone()),
        (_, 4, 1) if permanent && says(&["recipient address rejected"]) => Outcome::bad_recipient(line.clone()),
        (_, 4, 4) if permanent => Outcome::bad_recipient(line.clone()),
        (_, 5, 0) if permanent && says(&["mailbox unavailable"]) => Outcome::bad_recipient(line.clone()),
        (_, 2, 3) | (_, 3, 4) | (_, 6, _) if permanent => Outcome::bad_content(line.clone()),
        (_, 2, 2) => later(None),
        (_, 7, _) => later(Some(MINUTE * 15)),
        _ if !permanent && says(&["greylist", "graylist", "try again"]) => later(Some(MINUTE * 5)),
        _ if !permanent => later(None),
        // No enhanced code that decides: the words do, and in doubt the address is not burnt.
        _ if says(&["user unknown", "unknown user", "no such user", "doesn't have", "does not exist", "mailbox is disabled", "no mailbox", "invalid recipient"]) => {
            Outcome::bad_recipient(line.clone())
        }
        _ if says(&["spam", "block", "reputation", "policy", "denied", "black"]) => later(Some(MINUTE * 15)),
        (552, ..) => Outcome::bad_content(line.clone()),
        (550 | 551 | 553, 0, 0) => Outcome::bad_recipient(line.clone()),
        (554, ..) => Outcome::bad_content(line.clone()),
        _ => later(None),
    };
    outcome.with_code(code)
}

/// What a final 2xx says: the queue id, if there is one.
pub(crate) fn taken(reply: &Reply) -> Outcome {
    let id = reply.text.split("queued as ").nth(1).unwrap_or(&reply.text);
    let id: String = id.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
    Outcome::sent(id.chars().take(80).collect::<String>()).with_code(i32::from(reply.code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rundruf_plugin::abi::OutcomeCode;

    #[test]
    fn replies() {
        let (hard, soft, content, account) =
            (OutcomeCode::BAD_RECIPIENT, OutcomeCode::RETRY, OutcomeCode::BAD_CONTENT, OutcomeCode::ACCOUNT_AUTH);
        for (code, status, text, want) in [
            (550, [5, 1, 1], "The email account that you tried to reach does not exist", hard),
            (550, [5, 2, 1], "The email account that you tried to reach is disabled", hard),
            (450, [4, 2, 1], "The user you are trying to contact is receiving mail too quickly", soft),
            (550, [5, 2, 1], "The user you are trying to contact is receiving mail at a rate that prevents", soft),
            (452, [4, 2, 2], "The recipient's inbox is out of storage space", soft),
            (552, [5, 2, 2], "mailbox full", soft),
            (421, [4, 7, 28], "unusual rate of mail", soft),
            (550, [5, 7, 26], "unauthenticated", soft),
            (550, [5, 7, 515], "Access denied, sending domain does not meet the required authentication level", soft),
            (550, [5, 5, 0], "Requested action not taken: mailbox unavailable", hard),
            (550, [5, 4, 1], "Recipient address rejected: Access denied", hard),
            (451, [4, 7, 1], "Greylisted, please try again", soft),
            (552, [5, 3, 4], "Message size exceeds fixed limit", content),
            (554, [5, 6, 0], "malformed", content),
            (554, [0, 0, 0], "delivery error: dd This user doesn't have a yahoo account", hard),
            (554, [0, 0, 0], "IP=192.0.2.1 - None/bad reputation", soft),
            (550, [0, 0, 0], "no", hard),
            (535, [5, 7, 8], "authentication failed", account),
            (530, [5, 7, 0], "Authentication required", account),
            (553, [5, 1, 8], "sender domain", account),
            (500, [0, 0, 0], "what?", soft),
        ] {
            let status = status.map(|n| u8::try_from(n).unwrap_or(255));
            let reply = Reply { code, status, text: text.to_owned() };
            assert_eq!(refused(&reply).code(), want, "{code} {status:?} {text}");
        }
    }

    #[test]
    fn a_reply_names_nobody() {
        let reply = Reply { code: 550, status: [5, 1, 1], text: "<anna@krume.example>: user unknown".to_owned() };
        assert_eq!(refused(&reply).detail(), "550 5.1.1 … user unknown");
        let ok = Reply { code: 250, status: [2, 0, 0], text: "Ok: queued as 4F1C2\n".to_owned() };
        assert_eq!(taken(&ok).remote_id(), "4F1C2");
    }
}

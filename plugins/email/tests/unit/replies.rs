//! The table of replies, by provider, and what a summary shows.

use super::*;
use rundruf_plugin::abi::OutcomeCode;

#[path = "reply_table.rs"]
mod reply_table; // by command, code and text; prints a confusion table

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
    (SmtpCommand::Mail, "550 Requested action not taken: mailbox unavailable Sender address is not allowed.", ACCOUNT),
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

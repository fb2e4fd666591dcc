//! Replies of relays and hosts by command, code and text, with what each should mean for the address and for the list. The confusion table is
//! printed (`--nocapture`); no healthy address may be lost, and no fault of the account may be taken for the recipient's.

use super::{SmtpCommand, reply};
use rundruf_plugin::abi::OutcomeCode;
use std::collections::BTreeMap;

/// The address is given up.
const GONE: OutcomeCode = OutcomeCode::BAD_RECIPIENT;
/// It is tried again.
const LATER: OutcomeCode = OutcomeCode::RETRY;
/// The message is refused, for everybody.
const CONTENT: OutcomeCode = OutcomeCode::BAD_CONTENT;
/// Ours to fix: the transport pauses, nobody is harmed.
const OURS: OutcomeCode = OutcomeCode::ACCOUNT_AUTH;
/// This message fails for this recipient, the address is kept.
const FAILS: OutcomeCode = OutcomeCode::UNSUPPORTED;

const MAIL: SmtpCommand = SmtpCommand::Mail;
const RCPT: SmtpCommand = SmtpCommand::Recipient;
const DATA: SmtpCommand = SmtpCommand::Data;
const DOT: SmtpCommand = SmtpCommand::Message;

const TABLE: &[(SmtpCommand, &str, OutcomeCode)] = &[
    // About the sender, whatever the command: Postfix answers about MAIL at RCPT (`smtpd_delay_reject`).
    (MAIL, "550 5.7.1 <news@krume.example>: Sender address rejected: not logged in", OURS),
    (RCPT, "550 5.1.0 <news@krume.example>: Sender address rejected: User unknown in virtual mailbox table", OURS),
    (RCPT, "550 5.1.1 <news@krume.example>: Sender address rejected: undeliverable address", OURS),
    (RCPT, "553 5.7.1 <news@krume.example>: Sender address rejected: not owned by user krume", OURS),
    (MAIL, "550 Verification failed for <news@krume.example>", OURS),
    (RCPT, "550 Sender verify failed", OURS),
    (RCPT, "550 Callback setup failed while verifying <news@krume.example>", OURS),
    (RCPT, "553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)", OURS),
    (MAIL, "501 5.1.7 Invalid address", OURS),
    (MAIL, "550 Requested action not taken: mailbox unavailable invalid DNS MX or A/AAAA resource record", OURS),
    (MAIL, "550 Requested action not taken: mailbox unavailable Sender address is not allowed.", OURS),
    (MAIL, "550 5.1.1 User unknown", OURS),
    (MAIL, "550 5.7.60 SMTP; Client does not have permissions to send as this sender", OURS),
    (DOT, "554 5.2.252 SendAsDenied; krume not allowed to send as news", OURS),
    (DOT, "550 5.1.8 Access denied, bad outbound sender", OURS),
    (MAIL, "530 5.7.57 Client not authenticated to send mail", OURS),
    (MAIL, "535 5.7.139 Authentication unsuccessful, account is locked", OURS),
    (RCPT, "550 5.7.1 Relaying denied. Proper authentication required.", OURS),
    (MAIL, "550 5.7.1 Absenderadresse nicht erlaubt", OURS),
    (RCPT, "550 Der Absender ist für dieses Konto gesperrt", OURS),
    (MAIL, "535 Anmeldung fehlgeschlagen", OURS),
    (MAIL, "521 5.2.1 Host does not accept mail", OURS),
    // About our host, greeting, reverse DNS, and what we speak.
    (RCPT, "504 5.5.2 <mailserver>: Helo command rejected: need fully-qualified hostname", OURS),
    (RCPT, "550 5.7.1 <mail.krume.example>: Helo command rejected: Host not found", OURS),
    (RCPT, "554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied", OURS),
    (RCPT, "550 5.7.25 The IP address sending this message does not have a PTR record", OURS),
    (MAIL, "501 5.5.4 Invalid domain name", OURS),
    (MAIL, "555 5.5.4 Unsupported option: SIZE=2048", OURS),
    (RCPT, "555 5.5.4 Unsupported option: NOTIFY=FAILURE,DELAY", OURS),
    (RCPT, "502 5.5.2 command not recognized", OURS),
    (DATA, "503 5.5.1 bad sequence of commands", OURS),
    // About the recipient, by a class that says so.
    (RCPT, "550 5.1.1 <anna@kunde.example>: Recipient address rejected: User unknown in virtual mailbox table", GONE),
    (RCPT, "550 5.1.1 <anna@kunde.example>... User unknown", GONE),
    (RCPT, "550 5.1.1 unknown or illegal alias: anna@kunde.example", GONE),
    (RCPT, "550 5.1.1 <ptr-helo@spamblock.example>: Recipient address rejected: User unknown", GONE),
    (RCPT, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", GONE),
    (DOT, "550 5.1.1 user unknown", GONE),
    (RCPT, "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", GONE),
    (RCPT, "550 5.5.0 Requested action not taken: mailbox unavailable", GONE),
    (RCPT, "501 5.1.3 Bad recipient address syntax", GONE),
    (RCPT, "550 5.1.2 <anna@kunde.example>: Recipient address rejected: Domain not found", GONE),
    (RCPT, "556 5.1.10 Recipient address has null MX", GONE),
    (RCPT, "551 5.1.6 User has moved", GONE),
    (RCPT, "550 5.2.1 Mailbox disabled, not accepting messages", GONE),
    (RCPT, "554 delivery error: dd This user doesn't have a yahoo.com account", GONE),
    // About the recipient, without such a class, or for this time only.
    (RCPT, "550 Requested action not taken: mailbox unavailable", FAILS),
    (RCPT, "550 Unrouteable address", FAILS),
    (RCPT, "550 Administrative prohibition", FAILS),
    (RCPT, "550 Empfänger unbekannt", FAILS),
    (RCPT, "550 Postfach voll", FAILS),
    (RCPT, "552 5.2.2 mailbox size limit exceeded", FAILS),
    (RCPT, "550 5.2.2 <anna@kunde.example>: user is over quota", FAILS),
    (RCPT, "550 5.2.1 mailbox temporarily disabled", FAILS),
    (RCPT, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", FAILS),
    (RCPT, "554 5.7.1 <k040@kunde.example>: Relay access denied", FAILS),
    (RCPT, "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", FAILS),
    (RCPT, "550 relay not permitted", FAILS),
    (RCPT, "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required", FAILS),
    (DOT, "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required", FAILS),
    (DOT, "550 5.7.124 sender not in allowed-senders list", FAILS),
    (RCPT, "521 5.2.1 will not accept delivery of this message", FAILS),
    (DOT, "554 5.4.6 Too many hops", FAILS),
    (DOT, "554 delivery error: dd This account has been disabled or discontinued [#102].", FAILS),
    (DOT, "571 Delivery not authorized, message refused", FAILS),
    (DOT, "552 Mailbox full", FAILS),
    // Passing, or our reputation: nobody is given up.
    (MAIL, "450 4.1.8 <news@krume.example>: Sender address rejected: Domain not found", LATER),
    (RCPT, "450 4.7.1 <mail.krume.example>: Helo command rejected: Host not found", LATER),
    (RCPT, "450 4.7.1 Client host rejected: cannot find your hostname", LATER),
    (RCPT, "450 4.2.0 <anna@kunde.example>: Recipient address rejected: Greylisted", LATER),
    (RCPT, "451 4.7.1 Greylisting in action, please come back later", LATER),
    (RCPT, "451 Temporary local problem - please try later", LATER),
    (RCPT, "452 4.2.2 mailbox full", LATER),
    (RCPT, "452 4.5.3 Too many recipients", LATER),
    (RCPT, "454 4.7.1 Relay access denied", LATER),
    (MAIL, "452 4.3.1 Insufficient system storage", LATER),
    (MAIL, "421 4.3.2 Service shutting down", LATER),
    (RCPT, "421 4.7.0 too many errors", LATER),
    (DATA, "421 Timeout", LATER),
    (DOT, "421 4.4.2 connection lost", LATER),
    (DOT, "451 4.3.0 Queue file write error", LATER),
    (RCPT, "450 4.1.2 <anna@kunde.example>: Recipient address rejected: Domain not found", LATER),
    (MAIL, "554 IP=192.0.2.1 - None/bad reputation. Ask your postmaster for help (NOWL)", LATER),
    (RCPT, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", LATER),
    (RCPT, "550 5.7.1 Refused by local policy. No SPAM please!", LATER),
    (DOT, "554 Transaction failed Reject due to policy restrictions.", LATER),
    (RCPT, "550 5.7.23 <anna@kunde.example>: Recipient address rejected: Message rejected due to: SPF fail", LATER),
    (DOT, "550 5.7.26 Unauthenticated email from krume.example is not accepted due to DMARC policy", LATER),
    (
        DOT,
        "550 5.7.515 Access denied, sending domain krume.example does not meet the required authentication level",
        LATER,
    ),
    (RCPT, "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP", LATER),
    (
        DOT,
        "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
        LATER,
    ),
    (DOT, "550 5.4.5 Daily user sending limit exceeded", LATER),
    (RCPT, "554 Mail send limit exceeded", LATER),
    (RCPT, "550 5.7.1 Versandlimit erreicht", LATER),
    (DOT, "554 5.7.1 rejected: spam content", LATER),
    // The message.
    (MAIL, "552 5.3.4 Message size exceeds fixed limit", CONTENT),
    (MAIL, "552 Message size exceeds maximum permitted", CONTENT),
    (DOT, "552 5.2.3 Message length exceeds administrative limit", CONTENT),
    (DATA, "552 5.3.4 message too big", CONTENT),
    (DOT, "550 5.6.0 CAT.InvalidContent.Exception", CONTENT),
    (DOT, "552 5.7.0 This message was blocked because its content presents a potential security issue", CONTENT),
    (DOT, "554 5.7.1 Message infected by a virus", CONTENT),
];

#[test]
fn a_reply_means_what_its_command_says() {
    const NAMES: [(&str, OutcomeCode); 5] =
        [("gone", GONE), ("fails", FAILS), ("later", LATER), ("content", CONTENT), ("ours", OURS)];
    let mut counts = BTreeMap::new();
    let mut wrong = Vec::new();
    for (at, line, want) in TABLE {
        let got = reply(line).refusal_outcome(*at, "anna@kunde.example").code();
        *counts.entry((want.0, got.0)).or_insert(0) += 1;
        if got != *want {
            wrong.push(format!("{at:?} {line}: {got:?}, not {want:?}"));
        }
    }
    let mut shown = format!("{} replies\n{:<10}", TABLE.len(), "is \\ read");
    NAMES.iter().for_each(|(name, _)| shown.push_str(&format!("{name:>8}")));
    for (name, want) in NAMES {
        shown.push_str(&format!("\n{name:<10}"));
        for (_, got) in NAMES {
            shown.push_str(&format!("{:>8}", counts.get(&(want.0, got.0)).copied().unwrap_or(0)));
        }
    }
    // Not `println!`: a plugin prints nothing. The table goes to the test's own output.
    std::io::Write::write_all(&mut std::io::stderr(), format!("{shown}\n").as_bytes()).unwrap();
    assert_eq!(wrong, Vec::<String>::new(), "{shown}");
}

//! Mail transactions over one session (RFC 5321 §3.3). Where the relay offers PIPELINING (RFC 2920), the body of one message and the envelope of the
//! next leave in one write: one round trip per message.
//!
//! A message is *begun* just before the first byte of its body is written. If the connection breaks before that, the message was not sent. Once its
//! last byte (the end of data) may have been written, a missing reply means that it may have been sent. In between, the relay has an incomplete
//! message and discards it (RFC 5321 §4.1.1.4).

use crate::mime::{MimeMessage, hex};
use crate::public_id;
use crate::queued_message::QueuedMessage;
use crate::reply::{RefusalReason, SmtpCommand, SmtpReply};
use crate::shared_queue::SharedQueue;
use crate::smtp::{SessionError, SmtpSession};
use rundruf_plugin::Outcome;
use std::time::Duration;

/// After this many refusals in a row the connection is replaced: servers slow down from the ninth error on.
const MAX_REFUSALS: u32 = 8;
const RESET: &[u8] = b"RSET\r\n";
const END_OF_DATA: &[u8] = b".\r\n";
/// A message whose connection broke for the second time is not tried again before this time.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// A message in its transaction.
struct Transaction {
    queued: QueuedMessage,
    message: MimeMessage,
    /// The envelope was sent together with the body of the previous message.
    envelope_sent: bool,
}

/// The relay's reply to an envelope.
enum EnvelopeReply {
    /// DATA was accepted: send the body.
    Accepted,
    /// The first refusal, what it answers, and whether the relay accepted DATA nevertheless.
    Refused { at: SmtpCommand, reply: SmtpReply, data_open: bool },
}

/// The connection cannot be used any more.
struct ConnectionBroken;

/// Sends messages over one connection until its limit is reached, it breaks, or there is no work.
pub(crate) async fn run_transactions(shared: &SharedQueue, session: SmtpSession) {
    let out = Vec::with_capacity(8 * 1_024);
    let mut runner = TransactionRunner { shared, session, out, sent: 0, accepted: 0, refusals: 0, reset: false };
    let mut next: Option<Transaction> = None;
    loop {
        let transaction = match next.take() {
            Some(transaction) => transaction,
            None if runner.is_exhausted() => break,
            None => match shared.wait().await {
                Some((queued, message)) => Transaction { queued, message, envelope_sent: false },
                None => break,
            },
        };
        match runner.run(transaction).await {
            Ok(following) => next = following,
            Err(ConnectionBroken) => return,
        }
    }
    runner.session.quit().await;
}

struct TransactionRunner<'a> {
    shared: &'a SharedQueue,
    session: SmtpSession,
    out: Vec<u8>,
    /// Messages whose body was sent over this connection.
    sent: u32,
    accepted: u32,
    /// Refusals since the last accepted message.
    refusals: u32,
    /// The last envelope was refused; the relay must forget it (RSET) before the next.
    reset: bool,
}

impl TransactionRunner<'_> {
    fn is_exhausted(&self) -> bool {
        let limit = self.shared.config.messages_per_connection;
        self.refusals >= MAX_REFUSALS || (limit > 0 && self.sent >= limit)
    }

    /// Sends one message. Returns the next one if its envelope was sent together with this body.
    async fn run(&mut self, transaction: Transaction) -> Result<Option<Transaction>, ConnectionBroken> {
        let Transaction { queued, message, envelope_sent } = transaction;
        if !envelope_sent {
            self.out.clear();
            if std::mem::take(&mut self.reset) {
                self.out.extend_from_slice(RESET);
            }
            if let Err(outcome) = self.append_envelope(&queued, &message) {
                queued.pending.finish(outcome);
                return Ok(None);
            }
        }
        match self.send_envelope(envelope_sent).await {
            Ok(EnvelopeReply::Accepted) => self.send_body(queued, message).await,
            Ok(EnvelopeReply::Refused { at, reply, data_open }) => {
                self.envelope_refused(queued, message, (at, reply), data_open).await
            }
            Err(error) => {
                if self.accepted == 0 {
                    self.shared.record_broken_connection(&error.to_string());
                }
                self.shared.retry_once(queued, message, Outcome::retry(Some(RETRY_AFTER), error.to_string()));
                Err(ConnectionBroken)
            }
        }
    }

    /// Appends the envelope of a message: MAIL, RCPT and DATA with the parameters that the relay offers (RFC 1870, 3461, 6531).
    ///
    /// # Errors
    /// The outcome, if the relay cannot transport this message.
    fn append_envelope(&mut self, queued: &QueuedMessage, message: &MimeMessage) -> Result<(), Outcome> {
        let to = queued.pending.recipient();
        let address = to.address();
        if address.is_empty() || address.chars().any(|c| c.is_control() || c.is_whitespace() || "<>".contains(c)) {
            return Err(Outcome::bad_recipient("the address has a character that no relay takes"));
        }
        let plain = address.is_ascii();
        if !plain && !self.session.utf8 {
            return Err(Outcome::unsupported("the relay takes no address beyond ASCII (SMTPUTF8)"));
        }
        let size = message.len();
        if let Some(most @ 1..) = self.session.size
            && size > most
        {
            return Err(Outcome::bad_content(format!(
                "the message has {} KiB, the relay takes {}",
                size / 1024,
                most / 1024
            )));
        }
        let config = &self.shared.config;
        let out = &mut self.out;
        out.extend_from_slice(b"MAIL FROM:<");
        match (&self.shared.verp, &config.return_path) {
            (Some(verp), _) => verp.append(to.message_id(), out),
            (None, Some(fixed)) => out.extend_from_slice(fixed.as_bytes()),
            (None, None) => out.extend_from_slice(config.sender().1.as_bytes()),
        }
        out.push(b'>');
        if self.session.size.is_some() {
            out.extend_from_slice(format!(" SIZE={size}").as_bytes());
        }
        if self.session.dsn {
            out.extend_from_slice(b" RET=HDRS ENVID=");
            hex(public_id::of(to.message_id()), out);
        }
        if !plain {
            out.extend_from_slice(b" SMTPUTF8");
        }
        out.extend_from_slice(b"\r\nRCPT TO:<");
        out.extend_from_slice(address.as_bytes());
        out.push(b'>');
        if self.session.dsn {
            out.extend_from_slice(b" NOTIFY=FAILURE,DELAY");
            if plain {
                out.extend_from_slice(b" ORCPT=rfc822;");
                xtext(&address, out);
            }
        }
        out.extend_from_slice(b"\r\nDATA\r\n");
        Ok(())
    }

    /// Sends the envelope in `out` unless it was sent already, and reads the replies: in one write with PIPELINING, otherwise command by command.
    async fn send_envelope(&mut self, envelope_sent: bool) -> Result<EnvelopeReply, SessionError> {
        let reset = !envelope_sent && self.out.starts_with(RESET);
        let mut no = None;
        let steps = if self.session.pipelining {
            if !envelope_sent {
                self.session.write(&self.out).await?;
            }
            vec![&[][..]; 3 + usize::from(reset)]
        } else {
            self.out.split_inclusive(|b| *b == b'\n').collect()
        };
        let last = steps.len().saturating_sub(1);
        for (n, command) in steps.into_iter().enumerate() {
            if !command.is_empty() {
                // After a refused command the rest of the envelope is not sent.
                if no.is_some() {
                    break;
                }
                self.session.write(command).await?;
            }
            let reply = self.session.code_only_reply().await?;
            let at = match last - n {
                0 => SmtpCommand::Data,
                1 => SmtpCommand::Recipient,
                _ => SmtpCommand::Mail,
            };
            if n == last && reply.code == 354 {
                return Ok(no.map_or(EnvelopeReply::Accepted, |(at, reply)| EnvelopeReply::Refused {
                    at,
                    reply,
                    data_open: true,
                }));
            }
            if reply.code == 421 {
                // The relay closes the connection (RFC 5321 §3.8): no more replies will come.
                return Ok(EnvelopeReply::Refused { at, reply, data_open: false });
            }
            if reply.code < 400 && (n == last || !(200..300).contains(&reply.code)) {
                // A positive reply where none belongs: the next replies would be taken for those of other commands.
                return Err(SessionError::Io(format!("the relay answers out of order: {}", reply.code)));
            }
            if no.is_none() && reply.code >= 400 {
                no = Some((at, reply));
            }
        }
        match no {
            Some((at, reply)) => Ok(EnvelopeReply::Refused { at, reply, data_open: false }),
            None => Err(SessionError::Io("the relay answers out of order".to_owned())),
        }
    }

    /// Handles a refused envelope; no byte of the message was sent.
    async fn envelope_refused(
        &mut self,
        queued: QueuedMessage,
        message: MimeMessage,
        (at, reply): (SmtpCommand, SmtpReply),
        data_open: bool,
    ) -> Result<Option<Transaction>, ConnectionBroken> {
        self.refusals += 1;
        self.reset = true;
        let over = reply.code == 421;
        let outcome = reply.refusal_outcome(at, &queued.pending.recipient().address());
        if over && self.accepted > 0 {
            // The relay limits the messages per connection: this message was not refused.
            self.shared.retry_once(queued, message, outcome);
        } else {
            self.shared.record_refusal(reply.reason(at), outcome.detail());
            queued.pending.finish(outcome);
        }
        if over {
            return Err(ConnectionBroken);
        }
        if data_open {
            // DATA is open although no recipient was accepted: an empty message ends it, and no one gets it (RFC 2920 §3.1).
            tracing::debug!("the relay opened DATA for a refused envelope");
            let ended = async {
                self.session.write(END_OF_DATA).await?;
                self.session.reply().await
            };
            if ended.await.is_err() {
                return Err(ConnectionBroken);
            }
        }
        Ok(None)
    }

    /// Sends the body, followed by the envelope of the next message where PIPELINING is offered.
    async fn send_body(
        &mut self,
        mut queued: QueuedMessage,
        message: MimeMessage,
    ) -> Result<Option<Transaction>, ConnectionBroken> {
        if self.shared.is_draining() || queued.pending.is_recalled() {
            // Not begun, so not sent: the relay discards an envelope without a body.
            return Err(ConnectionBroken);
        }
        self.sent += 1;
        self.out.clear();
        if message.tail.is_none() {
            self.out.extend_from_slice(&message.bytes);
        }
        self.out.extend_from_slice(END_OF_DATA);
        let end_of_data = message.len() + END_OF_DATA.len();
        let next = self.append_next_envelope();
        // From here on bytes of the message may leave.
        queued.pending.begin();
        let mut written = 0;
        match self.write_and_read_reply(&message, &mut written).await {
            Ok(reply) => self.finish(queued, &reply, next),
            Err(error) => {
                if self.accepted == 0 {
                    self.shared.record_broken_connection(&error.to_string());
                }
                if written < end_of_data {
                    // The end of data was certainly not written: the relay discards the incomplete message.
                    queued.pending.unbegin();
                    let refusal = self.session.final_refusal().await;
                    let address = queued.pending.recipient().address().into_owned();
                    let outcome = refusal.map(|reply| reply.refusal_outcome(SmtpCommand::Message, &address));
                    queued
                        .pending
                        .finish(outcome.unwrap_or_else(|| Outcome::retry(Some(RETRY_AFTER), error.to_string())));
                } else {
                    queued.pending.finish(Outcome::maybe_sent(format!("no answer after the message: {error}")));
                }
                if let Some(Transaction { queued, message, .. }) = next {
                    self.shared.requeue(queued, message);
                }
                Err(ConnectionBroken)
            }
        }
    }

    /// Takes the next message and appends its envelope. `None` without PIPELINING, without work, or at the connection's limit.
    fn append_next_envelope(&mut self) -> Option<Transaction> {
        if !self.session.pipelining || self.is_exhausted() {
            return None;
        }
        loop {
            let (queued, message) = self.shared.next()?;
            match self.append_envelope(&queued, &message) {
                Ok(()) => return Some(Transaction { queued, message, envelope_sent: true }),
                Err(outcome) => queued.pending.finish(outcome),
            }
        }
    }

    async fn write_and_read_reply(
        &mut self,
        message: &MimeMessage,
        written: &mut usize,
    ) -> Result<SmtpReply, SessionError> {
        if let Some(tail) = &message.tail {
            self.session.write_counted(&message.bytes, written).await?;
            self.session.write_counted(tail, written).await?;
        }
        self.session.write_counted(&self.out, written).await?;
        self.session.reply_after_message().await
    }

    /// Handles the reply to the body.
    fn finish(
        &mut self,
        queued: QueuedMessage,
        reply: &SmtpReply,
        next: Option<Transaction>,
    ) -> Result<Option<Transaction>, ConnectionBroken> {
        if (200..300).contains(&reply.code) {
            self.accepted += 1;
            self.refusals = 0;
            self.shared.record_success();
            let outcome = reply.accepted_outcome(&queued.pending.recipient().address());
            queued.pending.finish(outcome);
            return Ok(next);
        }
        self.refusals += 1;
        let outcome = reply.refusal_outcome(SmtpCommand::Message, &queued.pending.recipient().address());
        let reason = reply.reason(SmtpCommand::Message);
        self.shared.record_refusal(reason, outcome.detail());
        queued.pending.finish(outcome);
        if reason != RefusalReason::Connection {
            return Ok(next);
        }
        if let Some(Transaction { queued, message, .. }) = next {
            self.shared.requeue(queued, message);
        }
        Err(ConnectionBroken)
    }
}

/// Appends text as xtext (RFC 3461 §4).
fn xtext(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        if (b'!'..=b'~').contains(&byte) && byte != b'+' && byte != b'=' {
            out.push(byte);
        } else {
            out.extend_from_slice(format!("+{byte:02X}").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xtext_escapes_plus_and_equals() {
        let mut out = Vec::new();
        xtext("anna+news=x@kunde.example", &mut out);
        assert_eq!(out, b"anna+2Bnews+3Dx@kunde.example");
    }
}

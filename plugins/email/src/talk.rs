//! Letters over one connection. Where the relay offers pipelining, the body of one message and the envelope of the next leave in one write: one round
//! trip a message (RFC 2920).
//!
//! A letter is *begun* when the first byte of its body is about to leave. Before that a broken connection means nothing. When its last byte (the end of
//! data) may have left, a missing answer means that it may have been sent. In between, the relay has not got the whole message and drops it.

use crate::answer::{Reply, Verdict};
use crate::mime::{Message, hex};
use crate::pool::{Job, Pool};
use crate::smtp::{Session, SessionError};
use rundruf_plugin::Outcome;
use std::time::Duration;

/// After this many refusals in a row a new connection is taken: servers slow down on the ninth.
const REFUSALS: u32 = 8;
const RESET: &[u8] = b"RSET\r\n";
const END_OF_DATA: &[u8] = b".\r\n";
/// A letter whose connection broke for the second time waits at least so long.
const LATER: Duration = Duration::from_secs(10);

/// A letter whose turn it is.
struct Turn {
    job: Job,
    message: Message,
    /// Its envelope left with the body before it.
    asked: bool,
}

/// What the relay says to an envelope.
enum Answer {
    /// The body may come.
    Open,
    /// The reply that decides, and whether DATA was opened all the same.
    No { reply: Reply, data_open: bool },
}

/// The connection is of no use any more.
struct Broken;

/// Sends letters over one connection until it has had its share, breaks, or there is no work.
pub(crate) async fn talk(pool: &Pool, session: Session) {
    let out = Vec::with_capacity(8 * 1_024);
    let mut talk = Talk { pool, session, out, carried: 0, taken: 0, refusals: 0, reset: false };
    let mut follows = None;
    loop {
        let turn = match follows.take() {
            Some(turn) => turn,
            None if talk.is_spent() => break,
            None => match pool.wait().await {
                Some((job, message)) => Turn { job, message, asked: false },
                None => break,
            },
        };
        match talk.letter(turn).await {
            Ok(next) => follows = next,
            Err(Broken) => return,
        }
    }
    talk.session.quit().await;
}

struct Talk<'a> {
    pool: &'a Pool,
    session: Session,
    out: Vec<u8>,
    /// Messages whose body went over this connection, and how many of them the relay took.
    carried: u32,
    taken: u32,
    refusals: u32,
    /// The relay still knows an envelope that came to nothing.
    reset: bool,
}

impl Talk<'_> {
    fn is_spent(&self) -> bool {
        let limit = self.pool.config.messages_per_connection;
        self.refusals >= REFUSALS || (limit > 0 && self.carried >= limit)
    }

    /// Sends one letter; what comes back is the next one, if its envelope left with this one's body.
    async fn letter(&mut self, turn: Turn) -> Result<Option<Turn>, Broken> {
        let Turn { job, message, asked } = turn;
        if !asked {
            self.out.clear();
            if std::mem::take(&mut self.reset) {
                self.out.extend_from_slice(RESET);
            }
            if let Err(outcome) = self.envelope(&job, &message) {
                job.letter.finish(outcome);
                return Ok(None);
            }
        }
        match self.ask(asked).await {
            Ok(Answer::Open) => self.body(job, message).await,
            Ok(Answer::No { reply, data_open }) => self.refused(job, message, reply, data_open).await,
            Err(error) => {
                if self.taken == 0 {
                    self.pool.was_cut(&error.to_string());
                }
                self.pool.give_back(job, message, Outcome::retry(Some(LATER), error.to_string()));
                Err(Broken)
            }
        }
    }

    /// Appends the envelope of a letter, unless the relay cannot carry it.
    fn envelope(&mut self, job: &Job, message: &Message) -> Result<(), Outcome> {
        let to = job.letter.recipient();
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
        let config = &self.pool.config;
        let out = &mut self.out;
        out.extend_from_slice(b"MAIL FROM:<");
        match (&self.pool.verp, &config.return_path) {
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
            hex(to.message_id(), out);
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

    /// Sends the envelope in `out`, unless it has left, and reads its answers: in one write where pipelining is allowed, else step by step.
    async fn ask(&mut self, asked: bool) -> Result<Answer, SessionError> {
        let reset = !asked && self.out.starts_with(RESET);
        let mut no = None;
        let steps = if self.session.pipelining {
            if !asked {
                self.session.write(&self.out).await?;
            }
            vec![&[][..]; 3 + usize::from(reset)]
        } else {
            self.out.split_inclusive(|b| *b == b'\n').collect()
        };
        let last = steps.len().saturating_sub(1);
        for (n, command) in steps.into_iter().enumerate() {
            if !command.is_empty() {
                // A refused step ends the envelope: DATA is not even asked for.
                if no.is_some() {
                    break;
                }
                self.session.write(command).await?;
            }
            let reply = self.session.brief_reply().await?;
            if n == last && reply.code == 354 {
                return Ok(no.map_or(Answer::Open, |reply| Answer::No { reply, data_open: true }));
            }
            if reply.code == 421 {
                // The relay hangs up: no more answers will come.
                return Ok(Answer::No { reply, data_open: false });
            }
            if no.is_none() && !(n < last && reply.is_positive()) {
                no = Some(reply);
            }
        }
        match no {
            Some(reply) => Ok(Answer::No { reply, data_open: false }),
            None => Err(SessionError::Io("the relay answers out of order".to_owned())),
        }
    }

    /// The envelope is refused; nothing of the message has left.
    async fn refused(
        &mut self,
        job: Job,
        message: Message,
        reply: Reply,
        data_open: bool,
    ) -> Result<Option<Turn>, Broken> {
        self.refusals += 1;
        self.reset = true;
        let over = reply.code == 421;
        let outcome = reply.refused(&job.letter.recipient().address());
        if over && self.taken > 0 {
            // "Enough on this connection": that is no refusal of this message.
            self.pool.give_back(job, message, outcome);
        } else {
            self.pool.was_refused(reply.verdict(), outcome.detail());
            job.letter.finish(outcome);
        }
        if over {
            return Err(Broken);
        }
        if data_open {
            // DATA was opened for nobody: a lone dot ends it, and nobody gets anything.
            tracing::debug!("the relay opened DATA for a refused envelope");
            let ended = async {
                self.session.write(END_OF_DATA).await?;
                self.session.reply().await
            };
            if ended.await.is_err() {
                return Err(Broken);
            }
        }
        Ok(None)
    }

    /// Sends the body, and behind it the envelope of the next letter where that is allowed.
    async fn body(&mut self, mut job: Job, message: Message) -> Result<Option<Turn>, Broken> {
        if self.pool.is_draining() || job.letter.is_draining() {
            // Not begun, so untouched; the relay forgets an envelope without a body.
            return Err(Broken);
        }
        self.carried += 1;
        self.out.clear();
        if message.tail.is_none() {
            self.out.extend_from_slice(&message.bytes);
        }
        self.out.extend_from_slice(END_OF_DATA);
        let end_of_data = message.len() + END_OF_DATA.len();
        let next = self.follow();
        // From here on bytes of the message leave.
        job.letter.begin();
        let mut left = 0;
        match self.write_and_hear(&message, &mut left).await {
            Ok(reply) => self.concluded(job, &reply, next),
            Err(error) => {
                if self.taken == 0 {
                    self.pool.was_cut(&error.to_string());
                }
                if left < end_of_data {
                    // The end of data has certainly not left.
                    job.letter.unbegin();
                    let words = self.session.last_words().await;
                    let said = words.map(|reply| reply.refused(&job.letter.recipient().address()));
                    job.letter.finish(said.unwrap_or_else(|| Outcome::retry(Some(LATER), error.to_string())));
                } else {
                    job.letter.finish(Outcome::maybe_sent(format!("no answer after the message: {error}")));
                }
                if let Some(Turn { job, message, .. }) = next {
                    self.pool.put_back(job, message);
                }
                Err(Broken)
            }
        }
    }

    /// Appends the envelope of the letter that comes next.
    fn follow(&mut self) -> Option<Turn> {
        if !self.session.pipelining || self.is_spent() {
            return None;
        }
        loop {
            let (job, message) = self.pool.next()?;
            match self.envelope(&job, &message) {
                Ok(()) => return Some(Turn { job, message, asked: true }),
                Err(outcome) => job.letter.finish(outcome),
            }
        }
    }

    async fn write_and_hear(&mut self, message: &Message, left: &mut usize) -> Result<Reply, SessionError> {
        if let Some(tail) = &message.tail {
            self.session.write_counted(&message.bytes, left).await?;
            self.session.write_counted(tail, left).await?;
        }
        self.session.write_counted(&self.out, left).await?;
        self.session.reply_after_message().await
    }

    /// The relay has answered to the body.
    fn concluded(&mut self, job: Job, reply: &Reply, next: Option<Turn>) -> Result<Option<Turn>, Broken> {
        if (200..300).contains(&reply.code) {
            self.taken += 1;
            self.refusals = 0;
            self.pool.went_well();
            let outcome = reply.taken(&job.letter.recipient().address());
            job.letter.finish(outcome);
            return Ok(next);
        }
        self.refusals += 1;
        let outcome = reply.refused(&job.letter.recipient().address());
        let verdict = reply.verdict();
        self.pool.was_refused(verdict, outcome.detail());
        job.letter.finish(outcome);
        if verdict != Verdict::Connection {
            return Ok(next);
        }
        if let Some(Turn { job, message, .. }) = next {
            self.pool.put_back(job, message);
        }
        Err(Broken)
    }
}

/// RFC 3461 §4.
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
    fn addresses_in_parameters() {
        let mut out = Vec::new();
        xtext("anna+news=x@kunde.example", &mut out);
        assert_eq!(out, b"anna+2Bnews+3Dx@kunde.example");
    }
}

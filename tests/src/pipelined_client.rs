//! A bare SMTP client that does nothing but send, as fast as RFC 2920 allows: the end of one message and the envelope of the next are one write.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Instant;

const ENVELOPE: &[u8] = b"MAIL FROM:<from@example.org>\r\nRCPT TO:<to@example.org>\r\nDATA\r\n";
/// Replies to the end of one message and to the three commands of the next envelope.
const REPLIES: usize = 4;

/// Sends `count` messages of `size` bytes in `sessions` sessions, each in a thread of its own, and returns messages a second.
///
/// # Panics
/// If the server refuses anything.
#[must_use]
pub fn pipelined_client(port: u16, count: u64, size: usize, sessions: u32) -> f64 {
    let line = b"x".repeat(70);
    let mut message = b"Subject: yardstick\r\n\r\n".to_vec();
    while message.len() < size {
        message.extend_from_slice(&line);
        message.extend_from_slice(b"\r\n");
    }
    message.extend_from_slice(b".\r\n");
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for session in 0..u64::from(sessions) {
            let share = count / u64::from(sessions) + u64::from(session < count % u64::from(sessions));
            let message = &message;
            scope.spawn(move || send(port, share, message).expect("the server takes it"));
        }
    });
    count as f64 / begin.elapsed().as_secs_f64()
}

fn send(port: u16, count: u64, message: &[u8]) -> io::Result<()> {
    if count == 0 {
        return Ok(());
    }
    let mut out = TcpStream::connect(("127.0.0.1", port))?;
    out.set_nodelay(true)?;
    let mut replies = BufReader::new(out.try_clone()?);
    let mut line = String::new();
    expect(&mut replies, &mut line, 1)?;
    out.write_all(b"EHLO yardstick.example\r\n")?;
    expect(&mut replies, &mut line, 1)?;
    out.write_all(ENVELOPE)?;
    expect(&mut replies, &mut line, REPLIES - 1)?;
    let both = [message, ENVELOPE].concat();
    for _ in 1..count {
        out.write_all(&both)?;
        expect(&mut replies, &mut line, REPLIES)?;
    }
    out.write_all(message)?;
    expect(&mut replies, &mut line, 1)?;
    out.write_all(b"QUIT\r\n")
}

/// Reads this number of replies, which all must say yes.
fn expect(replies: &mut impl BufRead, line: &mut String, count: usize) -> io::Result<()> {
    let mut left = count;
    while left > 0 {
        line.clear();
        if replies.read_line(line)? == 0 || !line.starts_with(['2', '3']) {
            return Err(io::Error::other(format!("the server said {line:?}")));
        }
        // The last line of a reply has a space behind its code (RFC 5321 §4.2.1).
        left -= usize::from(line.as_bytes().get(3) == Some(&b' '));
    }
    Ok(())
}

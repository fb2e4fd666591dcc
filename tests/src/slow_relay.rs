//! An SMTP relay on loopback that takes its time for each message, postpones some recipients, and notes when each message was begun.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a relay has seen.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Recipients whose text began to arrive, and when.
    begun: Vec<(String, Instant)>,
    /// Recipients whose message was accepted, and when.
    accepted: Vec<(String, Instant)>,
    /// Recipients that were postponed, once for each refusal.
    postponed: Vec<String>,
}

/// A running relay. Its threads end with the test's process.
#[derive(Debug)]
pub struct SlowRelay {
    seen: Arc<Mutex<Seen>>,
    /// Port on 127.0.0.1.
    pub port: u16,
}

impl SlowRelay {
    /// Starts one that takes this time for each message, and answers 450 to recipients of the domain `postpones`.
    ///
    /// # Panics
    /// If no port is free.
    #[must_use]
    pub fn start(takes: Duration, postpones: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let seen = Arc::clone(&shared);
                // A connection that breaks is a session that ends.
                std::thread::spawn(move || drop(serve(&connection, takes, postpones, &seen)));
            }
        });
        Self { seen, port }
    }

    fn look<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many messages were begun.
    #[must_use]
    pub fn begun(&self) -> usize {
        self.look(|seen| seen.begun.len())
    }

    /// Recipients whose message was begun after this moment.
    #[must_use]
    pub fn begun_after(&self, moment: Instant) -> Vec<String> {
        self.look(|seen| seen.begun.iter().filter(|(_, at)| *at > moment).map(|(to, _)| to.clone()).collect())
    }

    /// Recipients of all messages that were accepted, in order, with the time.
    #[must_use]
    pub fn accepted(&self) -> Vec<(String, Instant)> {
        self.look(|seen| seen.accepted.clone())
    }

    /// How often a recipient was postponed.
    #[must_use]
    pub fn postponed(&self) -> usize {
        self.look(|seen| seen.postponed.len())
    }
}

fn serve(connection: &TcpStream, takes: Duration, postpones: &str, seen: &Mutex<Seen>) -> std::io::Result<()> {
    let lock = || seen.lock().unwrap_or_else(PoisonError::into_inner);
    let mut lines = BufReader::new(connection.try_clone()?);
    let mut say = connection;
    say.write_all(b"220 relay.example ESMTP\r\n")?;
    let (mut line, mut to) = (String::new(), None::<String>);
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let word = line.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
        let answer: &[u8] = match word.as_str() {
            "EHLO" => b"250-relay.example\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n",
            "MAIL" | "RSET" | "NOOP" => {
                to = None;
                b"250 2.0.0 Ok\r\n"
            }
            "RCPT" => {
                let address = line.split(['<', '>']).nth(1).unwrap_or("").to_owned();
                if !postpones.is_empty() && address.ends_with(postpones) {
                    lock().postponed.push(address);
                    b"450 4.2.0 later\r\n"
                } else {
                    to = Some(address);
                    b"250 2.1.5 Ok\r\n"
                }
            }
            "DATA" if to.is_none() => b"554 5.5.1 no valid recipients\r\n",
            "DATA" => {
                say.write_all(b"354 go\r\n")?;
                let to = to.take().unwrap_or_default();
                line.clear();
                if lines.read_line(&mut line)? == 0 {
                    return Ok(());
                }
                lock().begun.push((to.clone(), Instant::now()));
                while line != ".\r\n" {
                    line.clear();
                    if lines.read_line(&mut line)? == 0 {
                        return Ok(());
                    }
                }
                std::thread::sleep(takes);
                lock().accepted.push((to, Instant::now()));
                b"250 2.0.0 Ok: queued\r\n"
            }
            "QUIT" => {
                say.write_all(b"221 2.0.0 Bye\r\n")?;
                return Ok(());
            }
            _ => b"500 5.5.2 what\r\n",
        };
        say.write_all(answer)?;
    }
}

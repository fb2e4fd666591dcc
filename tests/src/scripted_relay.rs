//! An SMTP relay on loopback that answers as its rules say, and keeps what it takes. The rules can change while it runs.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the relay says to commands.
#[derive(Clone, Debug)]
pub struct RelayRule {
    /// `MAIL`, `RCPT`, `DATA`, `.` (the end of a message) or `CONNECT`.
    pub at: &'static str,
    /// Only commands that contain this text.
    pub to: String,
    /// The reply, its lines without line ends; `""` closes the connection.
    pub say: String,
}

impl RelayRule {
    /// A reply to every such command.
    #[must_use]
    pub fn new(at: &'static str, to: &str, say: &str) -> Self {
        Self { at, to: to.to_owned(), say: say.to_owned() }
    }
}

/// What the relay has seen.
#[derive(Clone, Debug, Default)]
struct RelayRecord {
    rules: Vec<RelayRule>,
    commands: Vec<String>,
    /// Recipient and text of each message that was accepted.
    accepted: Vec<(String, String)>,
}

/// A running relay. Its threads end with the test's process.
#[derive(Clone, Debug)]
pub struct ScriptedRelay {
    record: Arc<Mutex<RelayRecord>>,
    /// Port on 127.0.0.1.
    pub port: u16,
}

impl ScriptedRelay {
    /// Starts one with these rules; the first that fits answers.
    ///
    /// # Panics
    /// If no port is free.
    #[must_use]
    pub fn start(rules: Vec<RelayRule>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let relay = Self { record: Arc::new(Mutex::new(RelayRecord { rules, ..RelayRecord::default() })), port };
        let serving = relay.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let relay = serving.clone();
                // A connection that breaks is a session that ends.
                std::thread::spawn(move || drop(relay.serve(&connection)));
            }
        });
        relay
    }

    fn lock(&self) -> MutexGuard<'_, RelayRecord> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the rules.
    pub fn obey(&self, rules: Vec<RelayRule>) {
        self.lock().rules = rules;
    }

    /// Recipient and text of each message that was accepted, in order.
    #[must_use]
    pub fn accepted(&self) -> Vec<(String, String)> {
        self.lock().accepted.clone()
    }

    /// How many commands began so.
    #[must_use]
    pub fn commands(&self, begin: &str) -> usize {
        self.lock().commands.iter().filter(|line| line.starts_with(begin)).count()
    }

    fn ruled(&self, at: &str, line: &str) -> Option<String> {
        self.lock().rules.iter().find(|rule| rule.at == at && line.contains(&rule.to)).map(|rule| rule.say.clone())
    }

    fn serve(&self, connection: &TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(connection.try_clone()?);
        let mut out = connection;
        let mut say = |text: &str| -> std::io::Result<bool> {
            for line in text.lines() {
                out.write_all(format!("{line}\r\n").as_bytes())?;
            }
            Ok(!text.is_empty())
        };
        let greeting = self.ruled("CONNECT", "").unwrap_or_else(|| "220 relay.example ESMTP".to_owned());
        if !say(&greeting)? || !greeting.starts_with('2') {
            return Ok(());
        }
        let (mut line, mut mail, mut to) = (String::new(), false, None::<String>);
        loop {
            line.clear();
            if lines.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            self.lock().commands.push(line.to_owned());
            let word = line.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
            let ruled = self.ruled(&word, line);
            let answer = match word.as_str() {
                "EHLO" => ruled.unwrap_or_else(|| {
                    "250-relay.example\n250-PIPELINING\n250-8BITMIME\n250-DSN\n250 ENHANCEDSTATUSCODES".to_owned()
                }),
                "MAIL" => {
                    (mail, to) = (ruled.is_none(), None);
                    ruled.unwrap_or_else(|| "250 2.1.0 Ok".to_owned())
                }
                "RCPT" if !mail => "503 5.5.1 Error: need MAIL command".to_owned(),
                "RCPT" => {
                    if ruled.is_none() {
                        to = line.split(['<', '>']).nth(1).map(str::to_owned);
                    }
                    ruled.unwrap_or_else(|| "250 2.1.5 Ok".to_owned())
                }
                "DATA" if to.is_none() => "554 5.5.1 Error: no valid recipients".to_owned(),
                "DATA" if ruled.is_some() => ruled.unwrap_or_default(),
                "DATA" => {
                    say("354 go")?;
                    let (mut text, mut part) = (String::new(), String::new());
                    while part != ".\r\n" {
                        text.push_str(&part);
                        part.clear();
                        if lines.read_line(&mut part)? == 0 {
                            return Ok(());
                        }
                    }
                    let to = to.take().unwrap_or_default();
                    mail = false;
                    self.ruled(".", &to).unwrap_or_else(|| {
                        self.lock().accepted.push((to, text));
                        "250 2.0.0 Ok: queued as A1".to_owned()
                    })
                }
                "RSET" => {
                    (mail, to) = (false, None);
                    "250 2.0.0 Ok".to_owned()
                }
                "QUIT" => {
                    say("221 2.0.0 Bye")?;
                    return Ok(());
                }
                _ => "500 5.5.2 what".to_owned(),
            };
            if !say(&answer)? || answer.starts_with("421") {
                return Ok(());
            }
        }
    }
}

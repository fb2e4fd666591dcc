//! `quickstart`: tries everything in seconds, without an account: folder, daemon, import, two confirmations, broadcast, proof.

use super::context::CommandContext;
use crate::client::CommandFailure;
use crate::daemon::{self, Daemon};
use crate::lang::word;
use crate::settings;
use clap::ArgMatches;
use rundruf_consent::{DeliveryId, ImportClass};
use rundruf_engine::{BroadcastForm, ContactForm, ImportForm, ImportLine, MessageAttachment, SignUp};
use rundruf_lang::{Language, Message, msg};
use rundruf_store::BroadcastState;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const SETTINGS: &str = include_str!("../../../../config/quickstart.toml");
const PEOPLE: &str = include_str!("../../../../config/quickstart.csv");
const LIST: &str = "angebote";
const PATIENCE: Duration = Duration::from_secs(20);

fn failed(what: &str, e: impl std::fmt::Display) -> CommandFailure {
    CommandFailure::new("quickstart", format!("{what}: {e}"), "")
}

/// `quickstart [DIR] [--once]`.
pub(super) fn run(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let dir = PathBuf::from(m.get_one::<String>("dir").map_or("rundruf-quickstart", String::as_str));
    let dir = std::path::absolute(&dir).map_err(|e| failed("folder", e))?;
    let settings_file = dir.join("rundruf.toml");
    if dir.exists() && fs::read_dir(&dir).map_err(|e| failed("folder", e))?.next().is_some() {
        let message = msg!("daemon-quickstart-folder-not-empty", dir = %dir.display());
        let help = msg!("daemon-quickstart-name-another-folder", settings_file = %settings_file.display());
        return Err(CommandFailure::new("not_empty", message, help));
    }
    fs::create_dir_all(&dir).map_err(|e| failed("folder", e))?;
    fs::write(dir.join("people.csv"), PEOPLE).map_err(|e| failed("people.csv", e))?;
    let settled = |listen: SocketAddr| {
        fs::write(&settings_file, SETTINGS.replace("@LISTEN@", &listen.to_string()))
            .map_err(|e| failed("rundruf.toml", e))?;
        let (report, resolved) = settings::check::check(&settings_file, context.language);
        resolved
            .filter(|_| report.faults.is_empty())
            .ok_or_else(|| CommandFailure::new("settings", report.text(context.language).trim_end().to_owned(), ""))
    };
    let resolved = settled(usual_address())?;
    crate::logging::start("error");
    let runtime = daemon::runtime().map_err(|e| failed("runtime", e))?;
    let once = m.get_flag("once");
    let code = runtime.block_on(async {
        let daemon = match Daemon::start(resolved).await {
            // Another process took the port in the meantime.
            Err(failure) if failure.code == "listen" => Daemon::start(settled(free_address())?).await?,
            started => started?,
        };
        let tour = Walkthrough { context, daemon: &daemon, dir: dir.clone() };
        let walked = tour.walk().await;
        if walked.is_ok() && !once {
            context.output.line(&format!("\n{}", msg!("daemon-quickstart-until-ctrl-c").text(context.language)));
            daemon::stop_requested().await;
        }
        let clean = daemon.stop().await;
        walked.map(|()| u8::from(!clean))
    });
    runtime.shutdown_timeout(Duration::from_secs(3));
    code
}

/// The port that is tried first.
const USUAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Binds the usual port, or any free one.
fn usual_address() -> SocketAddr {
    if TcpListener::bind(USUAL).is_ok() { USUAL } else { free_address() }
}

/// Binds any free port.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).unwrap_or(USUAL)
}

struct Walkthrough<'a> {
    context: &'a CommandContext,
    daemon: &'a Daemon,
    dir: PathBuf,
}

impl Walkthrough<'_> {
    fn line(&self, message: Message) {
        self.context.output.line(&message.text(self.context.language));
    }

    async fn walk(&self) -> Result<(), CommandFailure> {
        let begin = Instant::now();
        let dir = self.dir.display();
        self.line(msg!("daemon-quickstart-1-folder", dir = %dir));
        self.people().await?;
        self.yes_by_chat().await?;
        let page = self.yes_by_mail().await?;
        let id = self.broadcast().await?;
        self.deliveries(id).await?;
        let proof = self.proof().await?;
        let seconds = begin.elapsed().as_secs_f64();
        let address = self.daemon.server.public().map(|a| a.to_string()).unwrap_or_default();
        let shown = format!("{seconds:.1}");
        let shown = if self.context.language == Language::En { shown } else { shown.replace('.', ",") };
        self.line(msg!("daemon-quickstart-7-pages", address = %address, page = %page, seconds = shown));
        let value = serde_json::json!({
            "dir": self.dir.display().to_string(), "messages": self.dir.join("messages").display().to_string(), "broadcast": id.0,
            "proof": proof.display().to_string(), "public": format!("http://{address}"), "confirm_page": page, "seconds": seconds,
        });
        if self.context.output.json {
            self.context.output.result(&value, String::new);
        }
        Ok(())
    }

    async fn people(&self) -> Result<(), CommandFailure> {
        let form = ImportForm::new(LIST, ImportClass::A, "operator:quickstart");
        let told: Arc<Mutex<Vec<ImportLine>>> = Arc::default();
        let lines = Arc::clone(&told);
        let each = Box::new(move |l| lines.lock().unwrap_or_else(PoisonError::into_inner).push(l));
        let done = self.daemon.engine.import_csv(&self.dir.join("people.csv"), form, each, Box::new(|_| {})).await;
        let (done, _) = done.map_err(|e| failed("people.csv", e))?;
        let refused = told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .first()
            .map(|l| format!("{}: {}", l.line, l.reason.text(self.context.language)))
            .unwrap_or_default();
        self.line(
            msg!("daemon-quickstart-2-import", confirmed = %done.confirmed, rejected = done.refused, refused = refused),
        );
        Ok(())
    }

    async fn ask(&self, address: &str, name: &str) -> Result<(), CommandFailure> {
        let engine = &self.daemon.engine;
        let (channel, value) = address.split_once(':').unwrap_or(("", address));
        let form = ContactForm {
            addresses: vec![(channel.to_owned(), value.to_owned())],
            language: Some(self.context.language.tag().to_owned()),
            vars: BTreeMap::from([("first_name".to_owned(), name.to_owned())]),
        };
        let contact = engine.contact_add(form).await.map_err(|e| failed(address, e))?;
        let Some(row) = contact.addresses.first() else { return Ok(()) };
        let sign_up = SignUp {
            person_asked: None,
            address: row.id,
            list: LIST.to_owned(),
            source: "command".to_owned(),
            language: String::new(),
            actor: "operator:quickstart".to_owned(),
        };
        engine.consent_request(sign_up).await.map_err(|e| failed(address, e))?;
        Ok(())
    }

    /// Waits for the newest message to an address.
    async fn message(&self, needles: &[&str]) -> Result<(PathBuf, String), CommandFailure> {
        let until = Instant::now() + PATIENCE;
        loop {
            for entry in fs::read_dir(self.dir.join("messages")).into_iter().flatten().flatten() {
                let path = entry.path();
                let is_message = path.extension().is_some_and(|e| e == "eml" || e == "txt");
                let text = if is_message { fs::read_to_string(&path).unwrap_or_default() } else { String::new() };
                if !text.is_empty() && needles.iter().all(|n| text.contains(n)) {
                    return Ok((path, text));
                }
            }
            if Instant::now() > until {
                return Err(failed("messages", "no message came"));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn state(&self, address: &str, want: rundruf_consent::State) -> Result<(), CommandFailure> {
        let engine = &self.daemon.engine;
        let until = Instant::now() + PATIENCE;
        let parsed = engine.address_parse(address).map_err(|e| failed(address, e))?;
        loop {
            let row = engine.address_find(parsed.clone()).await.map_err(|e| failed(address, e))?;
            if row.is_some_and(|r| r.consents.iter().any(|c| c.state == want)) {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(failed(address, format!("is not {}", want.word())));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn yes_by_chat(&self) -> Result<(), CommandFailure> {
        self.ask("threema:FRIE2345", "Frieda").await?;
        let (request, _) = self.message(&["FRIE2345", LIST]).await?;
        let inbox = self.dir.join("messages/in");
        let word = msg!("daemon-quickstart-reply-yes").text(self.context.language);
        let dropped = fs::write(inbox.join(".new"), word)
            .and_then(|()| fs::rename(inbox.join(".new"), inbox.join("threema:FRIE2345.txt")));
        dropped.map_err(|e| failed("messages/in", e))?;
        self.state("threema:FRIE2345", rundruf_consent::State::Confirmed).await?;
        let file = short(&request);
        self.line(msg!("daemon-quickstart-3-chat", file = %file));
        Ok(())
    }

    async fn yes_by_mail(&self) -> Result<String, CommandFailure> {
        self.ask("email:gustav@kunde.example", "Gustav").await?;
        let (request, text) = self.message(&["gustav@kunde.example", "/c/"]).await?;
        let from = text.find("/c/").unwrap_or(0);
        let link: String = text.get(from..).unwrap_or("").chars().take_while(|c| !c.is_whitespace()).collect();
        let address = self.daemon.server.public().ok_or_else(|| failed("web", "no address"))?;
        let (get, post) = (link.clone(), link.clone());
        let pressed = tokio::task::spawn_blocking(move || {
            Ok::<_, std::io::Error>((http(address, "GET", &get)?, http(address, "POST", &post)?))
        });
        let (shown, done) = pressed.await.map_err(|e| failed("web", e))?.map_err(|e| failed("web", e))?;
        if shown != 200 || done != 200 {
            return Err(failed("web", format!("{shown} {done}")));
        }
        self.state("email:gustav@kunde.example", rundruf_consent::State::Confirmed).await?;
        let file = short(&request);
        self.line(msg!("daemon-quickstart-4-mail", file = %file));
        Ok(link)
    }

    async fn broadcast(&self) -> Result<rundruf_consent::BroadcastId, CommandFailure> {
        let form = BroadcastForm {
            list: LIST.to_owned(),
            text: BTreeMap::from([
                ("de".to_owned(), "# Mohnbrötchen\n\nHallo {{ first_name }},\n\nheute **frisch** aus dem Ofen: Mohnbrötchen, das Stück 80 Cent.\n".to_owned()),
                ("en".to_owned(), "# Poppy seed rolls\n\nHello {{ first_name }},\n\n**fresh** from the oven today: poppy seed rolls, 80 cents each.\n".to_owned()),
            ]),
            attachments: vec![MessageAttachment {
                name: "preise.txt".to_owned(),
                media_type: "text/plain".to_owned(),
                bytes: "Mohnbrötchen  0,80\nMischbrot     3,90\n".as_bytes().into(),
                url: String::new(),
            }],
            // Running it twice is allowed.
            again: true,
            ..BroadcastForm::default()
        };
        let engine = &self.daemon.engine;
        let id = engine.broadcast_send(form).await.map_err(|e| failed("broadcast", e))?;
        let until = Instant::now() + PATIENCE;
        loop {
            let status = engine.broadcast_status(id).await.map_err(|e| failed("broadcast", e))?;
            let t = &status.row.tally;
            if status.row.state == BroadcastState::Done {
                self.line(
                    msg!("daemon-quickstart-5-broadcast", id = %id, sent = %t.sent, failed = %t.failed, skipped = %t.skipped),
                );
                return Ok(id);
            }
            if Instant::now() > until {
                return Err(failed("broadcast", "is not done"));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn deliveries(&self, id: rundruf_consent::BroadcastId) -> Result<(), CommandFailure> {
        let rows = self
            .daemon
            .engine
            .delivery_list(id, None, DeliveryId(0), 100)
            .await
            .map_err(|e| failed("deliveries", e))?;
        for row in rows {
            let to = row.address.as_ref().map(rundruf_consent::Address::masked).unwrap_or_default();
            let what = match (&row.remote_id, &row.reason) {
                (Some(file), _) => format!("messages/{file}"),
                (None, Some(reason)) => {
                    let reason = self.daemon.engine.stored_reason(row.transport, reason).text(self.context.language);
                    format!("{} – {reason}", word(self.context.language, row.state.word()))
                }
                (None, None) => word(self.context.language, row.state.word()),
            };
            self.context.output.line(&format!("     {to:<24} {what}"));
        }
        Ok(())
    }

    async fn proof(&self) -> Result<PathBuf, CommandFailure> {
        let engine = &self.daemon.engine;
        let address = engine.address_parse("email:gustav@kunde.example").map_err(|e| failed("proof", e))?;
        let (zip, ..) = engine.proof(&address, LIST).await.map_err(|e| failed("proof", e))?;
        let path = self.dir.join("proof-gustav.zip");
        fs::write(&path, zip).map_err(|e| failed("proof", e))?;
        let shown = path.display();
        let key = engine.config().data_dir.join(crate::settings::LOG_KEYS);
        let how = format!("python3 -m zipfile -e {shown} proof && python3 proof/verify.py --key {}", key.display());
        self.line(msg!("daemon-quickstart-6-proof", shown = %shown, how = %how));
        Ok(path)
    }
}

fn short(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A minimal HTTP client for our own pages on loopback. Returns the status code.
fn http(address: SocketAddr, method: &str, path: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0))
}

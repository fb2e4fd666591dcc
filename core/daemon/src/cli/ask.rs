//! Commands that ask the daemon. What they print with `--json` is what the daemon answered.

use super::Context;
use crate::client::{Client, Failure, Upload, encode};
use crate::speech::Speech;
use clap::ArgMatches;
use hyper::Method;
use hyper::body::Bytes;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

type Result<T> = std::result::Result<T, Failure>;

fn text<'a>(m: &'a ArgMatches, name: &str) -> &'a str {
    m.get_one::<String>(name).map_or("", String::as_str)
}

fn many<'a>(m: &'a ArgMatches, name: &str) -> Vec<&'a str> {
    m.get_many::<String>(name).into_iter().flatten().map(String::as_str).collect()
}

fn read_failed(path: &Path, e: &std::io::Error) -> Failure {
    Failure::new("read", format!("`{}`: {e}", path.display()), "")
}

async fn get(client: &Client, path: &str) -> Result<Value> {
    let (_, bytes) = client.bytes(Method::GET, path, Upload::of("")).await?;
    Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

async fn post(client: &Client, path: &str, body: &Value) -> Result<Value> {
    let (_, bytes) = client.bytes(Method::POST, path, Upload::of(body.to_string())).await?;
    Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// Runs one.
pub(super) async fn run(context: &Context, name: &str, matches: &ArgMatches) -> Result<u8> {
    let client = context.client()?;
    let ask = Ask { context, client };
    match (name, matches.subcommand()) {
        ("list", Some(("show", _))) => ask.lists().await,
        ("list", Some(("close", m))) => {
            let value = post(&ask.client, &format!("/api/lists/{}/close", encode(text(m, "name"))), &json!({})).await?;
            ask.print(&value)
        }
        ("contact", Some((verb, m))) => ask.contact(verb, m).await,
        ("import", _) => ask.import(matches).await,
        ("consent", Some((verb, m))) => ask.consent(verb, m).await,
        ("broadcast", Some((verb, m))) => ask.broadcast(verb, m).await,
        ("transport", Some((verb, m))) => ask.transport(verb, m).await,
        ("log", _) => {
            let value = get(&ask.client, "/api/log/checkpoint").await?;
            context.term.result(&value, || value.get("checkpoint").and_then(Value::as_str).unwrap_or("").to_owned());
            Ok(0)
        }
        ("doctor", _) => ask.doctor().await,
        _ => Ok(2),
    }
}

/// `log verify` without a file: the log against what was signed, by signing anew.
pub(super) fn log_itself(context: &Context) -> Result<u8> {
    let client = context.client()?;
    let runtime = crate::life::runtime().map_err(|e| Failure::new("runtime", e.to_string(), ""))?;
    let value = runtime.block_on(get(&client, "/api/log/checkpoint"))?;
    let size = value.get("size").and_then(Value::as_u64).unwrap_or(0);
    let result = json!({"ok": true, "size": size, "root": value.get("root"), "checked": ["the log continues what was signed before"]});
    context.term.result(&result, || match context.speech {
        Speech::De => format!("Das Protokoll ({size} Einträge) setzt fort, was unterschrieben wurde."),
        Speech::En => format!("The log ({size} entries) continues what was signed."),
    });
    Ok(0)
}

/// Tells a running daemon to read its settings again. False if none runs.
pub(super) fn reload(context: &Context) -> bool {
    let Ok(client) = context.client() else { return false };
    let Ok(runtime) = crate::life::runtime() else { return false };
    runtime.block_on(async {
        let Ok(stream) = tokio::net::UnixStream::connect(&client.socket).await else { return false };
        let pid = stream.peer_cred().ok().and_then(|c| c.pid()).and_then(rustix::process::Pid::from_raw);
        pid.is_some_and(|p| rustix::process::kill_process(p, rustix::process::Signal::HUP).is_ok())
    })
}

struct Ask<'a> {
    context: &'a Context,
    client: Client,
}

/// `key value` lines of an object, for people.
fn plain(value: &Value) -> String {
    let Value::Object(object) = value else { return value.to_string() };
    let shown = |v: &Value| match v {
        Value::String(s) => s.clone(),
        Value::Null => "–".to_owned(),
        v => v.to_string(),
    };
    object.iter().map(|(k, v)| format!("{k:<14} {}", shown(v))).collect::<Vec<_>>().join("\n")
}

impl Ask<'_> {
    fn print(&self, value: &Value) -> Result<u8> {
        self.context.term.result(value, || plain(value));
        Ok(0)
    }

    async fn each(&self, path: &str, line: impl Fn(&Value) -> String) -> Result<u8> {
        self.client.lines(Method::GET, path, Upload::of(""), |v| self.context.term.result(&v, || line(&v))).await?;
        Ok(0)
    }

    async fn lists(&self) -> Result<u8> {
        self.each("/api/lists", |v| {
            let states = v
                .get("by_state")
                .and_then(Value::as_object)
                .map(|o| o.iter().map(|(k, n)| format!("{k} {n}")).collect::<Vec<_>>().join(", "));
            format!("{:<20} {}", v.get("name").and_then(Value::as_str).unwrap_or(""), states.unwrap_or_default())
        })
        .await
    }

    async fn contact(&self, verb: &str, m: &ArgMatches) -> Result<u8> {
        match verb {
            "add" => {
                let mut vars = BTreeMap::new();
                for (key, option) in [("first_name", "first-name"), ("last_name", "last-name")] {
                    if let Some(value) = m.get_one::<String>(option) {
                        vars.insert(key.to_owned(), value.clone());
                    }
                }
                for pair in many(m, "var") {
                    let (key, value) = pair
                        .split_once('=')
                        .ok_or_else(|| Failure::new("usage", format!("`{pair}`"), "--var key=value"))?;
                    vars.insert(key.to_owned(), value.to_owned());
                }
                let body =
                    json!({"addresses": many(m, "address"), "language": m.get_one::<String>("language"), "vars": vars});
                let value = post(&self.client, "/api/contacts", &body).await?;
                self.print(&value)
            }
            "show" => {
                let id = m.get_one::<i64>("id").copied().unwrap_or(0);
                let value = get(&self.client, &format!("/api/contacts/{id}")).await?;
                self.print(&value)
            }
            _ => {
                self.each(&format!("/api/contacts?find={}", encode(text(m, "text"))), |v| {
                    let id = v.get("contact").and_then(Value::as_i64).unwrap_or(0);
                    let addresses = v.get("addresses").map(ToString::to_string).unwrap_or_default();
                    format!("{id:>8}  {addresses}  {}", v.get("vars").map(ToString::to_string).unwrap_or_default())
                })
                .await
            }
        }
    }

    async fn consent(&self, verb: &str, m: &ArgMatches) -> Result<u8> {
        let address = text(m, "address");
        match verb {
            "show" => {
                self.each(&format!("/api/consents?address={}", encode(address)), |v| {
                    let field = |f: &str| {
                        v.get(f).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).unwrap_or_default()
                    };
                    format!(
                        "{:<20} {:<8} {:<12} {}  #{}",
                        field("list"),
                        field("channel"),
                        field("state"),
                        field("since"),
                        field("evidence")
                    )
                })
                .await
            }
            "request" => {
                let body =
                    json!({"address": address, "list": text(m, "list"), "language": m.get_one::<String>("language")});
                let value = post(&self.client, "/api/consents/request", &body).await?;
                self.print(&value)
            }
            "withdraw" => {
                let list = m.get_one::<String>("list");
                if list.is_none() && !m.get_flag("all") {
                    let help = self.context.say("nenne --list LISTE oder --all", "name --list LIST or --all");
                    return Err(Failure::new("usage", self.context.say("welche Liste?", "which list?"), help));
                }
                let value =
                    post(&self.client, "/api/consents/withdraw", &json!({"address": address, "list": list})).await?;
                self.print(&value)
            }
            _ => {
                let list = text(m, "list");
                let path = format!("/api/consents/proof?address={}&list={}", encode(address), encode(list));
                let (headers, bytes) = self.client.bytes(Method::GET, &path, Upload::of("")).await?;
                let file = PathBuf::from(text(m, "output"));
                write_private(&file, &bytes).map_err(|e| read_failed(&file, &e))?;
                let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
                let events: u64 = header("x-rundruf-events").parse().unwrap_or(0);
                let value = json!({"file": file.display().to_string(), "list": list, "state": header("x-rundruf-state"), "events": events});
                self.context.term.result(&value, || {
                    let hint = self
                        .context
                        .say("prüfen: auspacken, dann python3 verify.py", "to check: unpack, then python3 verify.py");
                    format!("{}  ({}, {events})\n{hint}", file.display(), header("x-rundruf-state"))
                });
                Ok(0)
            }
        }
    }

    async fn import(&self, m: &ArgMatches) -> Result<u8> {
        let path = PathBuf::from(text(m, "file"));
        let file = fs::File::open(&path).map_err(|e| read_failed(&path, &e))?;
        let size = file.metadata().map_err(|e| read_failed(&path, &e))?.len();
        let (map, map_text) = match m.get_one::<String>("map") {
            None => (BTreeMap::new(), String::new()),
            Some(name) => {
                let text = fs::read_to_string(name).map_err(|e| read_failed(Path::new(name), &e))?;
                let map: BTreeMap<String, String> = toml::from_str(&text)
                    .map_err(|e| Failure::new("map", format!("`{name}`: {e}"), "our_column = \"their header\""))?;
                (map, text)
            }
        };
        let texts = named_texts(&path).map_err(|e| read_failed(&path, &e))?;
        let head = json!({"map": map, "map_text": map_text, "texts": texts, "size": size});
        let dry_run = m.get_flag("dry-run");
        let query = format!(
            "list={}&evidence={}&dry_run={}",
            encode(text(m, "list")),
            encode(text(m, "evidence")),
            u8::from(dry_run)
        );
        let body = Upload { pieces: VecDeque::from([Bytes::from(format!("{head}\n"))]), file: Some(file) };
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let report =
            m.get_one::<String>("report").map_or_else(|| PathBuf::from(format!("{name}.report.jsonl")), PathBuf::from);
        let made = fs::File::create(&report).map_err(|e| read_failed(&report, &e))?;
        let mut writer = std::io::BufWriter::new(made);
        let bar = self.context.term.bar(size);
        let mut done = Value::Null;
        let mut failed = None;
        let streamed = self
            .client
            .lines(Method::POST, &format!("/api/imports?{query}"), body, |value| {
                if let Some(line) = value.get("line") {
                    failed = failed.take().or_else(|| writeln!(writer, "{line}").err());
                } else if let Some(p) = value.get("progress") {
                    bar.set_position(p.get("bytes").and_then(Value::as_u64).unwrap_or(0));
                } else if let Some(d) = value.get("done") {
                    done = d.clone();
                }
            })
            .await;
        bar.finish_and_clear();
        if let Err(failure) = streamed {
            drop(writer);
            let _ = fs::remove_file(&report);
            return Err(failure);
        }
        if let Some(e) = failed.or_else(|| writer.flush().err()) {
            return Err(read_failed(&report, &e));
        }
        if let Value::Object(object) = &mut done {
            object.insert("report".to_owned(), json!(report.display().to_string()));
        }
        self.print(&done)
    }

    async fn broadcast(&self, verb: &str, m: &ArgMatches) -> Result<u8> {
        let id = || m.get_one::<i64>("id").copied().unwrap_or(0);
        match verb {
            "send" => self.send(m).await,
            "list" => self.each("/api/broadcasts", summary).await,
            "status" => self.status(id(), m.get_flag("wait")).await,
            "deliveries" => {
                let state = m.get_one::<String>("state").map_or_else(String::new, |s| format!("&state={}", encode(s)));
                let path = format!(
                    "/api/broadcasts/{}/deliveries?addresses={}{state}",
                    id(),
                    u8::from(m.get_flag("addresses"))
                );
                self.each(&path, delivery).await
            }
            "unknown" => {
                if m.get_one::<String>("verb").is_none() {
                    return self.each(&format!("/api/broadcasts/{}/deliveries?state=unknown", id()), delivery).await;
                }
                let Some(how) = m.get_one::<String>("as") else {
                    let help = self
                        .context
                        .say("--as sent, --as resend oder --as failed", "--as sent, --as resend or --as failed");
                    return Err(Failure::new(
                        "usage",
                        self.context.say("wie entscheidest du?", "how do you decide?"),
                        help,
                    ));
                };
                let mut body = json!({"as": how});
                if let (Some(delivery), Value::Object(o)) = (m.get_one::<i64>("delivery"), &mut body) {
                    o.insert("delivery".to_owned(), json!(delivery));
                }
                let value = post(&self.client, &format!("/api/broadcasts/{}/unknown", id()), &body).await?;
                self.print(&value)
            }
            verb => {
                let value = post(&self.client, &format!("/api/broadcasts/{}/{verb}", id()), &json!({})).await?;
                self.context.term.result(&value, || summary(&value));
                Ok(0)
            }
        }
    }

    async fn status(&self, id: i64, wait: bool) -> Result<u8> {
        let path = format!("/api/broadcasts/{id}");
        let mut value = get(&self.client, &path).await?;
        if wait {
            let number = |v: &Value, f: &str| v.get(f).and_then(Value::as_u64).unwrap_or(0);
            let bar = self.context.term.bar(number(&value, "total"));
            while ["scheduled", "running", "paused"].contains(&value.get("state").and_then(Value::as_str).unwrap_or(""))
            {
                let open = number(&value, "queued") + number(&value, "in_flight") + number(&value, "retry");
                bar.set_length(number(&value, "total"));
                bar.set_position(number(&value, "total").saturating_sub(open));
                tokio::time::sleep(Duration::from_millis(100)).await;
                value = get(&self.client, &path).await?;
            }
            bar.finish_and_clear();
        }
        self.context.term.result(&value, || plain(&value));
        Ok(0)
    }

    async fn send(&self, m: &ArgMatches) -> Result<u8> {
        let mut texts = BTreeMap::new();
        if let Some(text) = m.get_one::<String>("text") {
            texts.insert("de".to_owned(), text.clone());
        } else {
            let path = PathBuf::from(text(m, "file"));
            texts.insert("de".to_owned(), fs::read_to_string(&path).map_err(|e| read_failed(&path, &e))?);
            let english = path.with_extension("en.md");
            if english.exists() {
                texts.insert("en".to_owned(), fs::read_to_string(&english).map_err(|e| read_failed(&english, &e))?);
            }
        }
        let mut pieces = VecDeque::new();
        let mut attachments = Vec::new();
        for file in many(m, "attach") {
            let path = Path::new(file);
            let bytes = fs::read(path).map_err(|e| read_failed(path, &e))?;
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            attachments.push(json!({"name": name, "media_type": media_type(&name), "size": bytes.len()}));
            pieces.push_back(Bytes::from(bytes));
        }
        let moment = |name: &str| m.get_one::<String>(name).map(|t| self.moment(t)).transpose();
        let subject: BTreeMap<&str, &String> = m.get_one::<String>("subject").map(|s| ("de", s)).into_iter().collect();
        let dry_run = m.get_flag("dry-run");
        let head = json!({
            "list": text(m, "list"), "text": texts, "subject": subject, "at": moment("at")?, "expires_at": moment("expires")?,
            "attachments": attachments, "dry_run": dry_run,
        });
        pieces.push_front(Bytes::from(format!("{head}\n")));
        let (_, bytes) = self.client.bytes(Method::POST, "/api/broadcasts", Upload { pieces, file: None }).await?;
        let value: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        self.context.term.result(&value, || if dry_run { plan(&value, self.context.speech) } else { plain(&value) });
        Ok(0)
    }

    /// RFC 3339, or a date and time in a named zone.
    fn moment(&self, text: &str) -> Result<String> {
        if let Ok(t) = text.parse::<jiff::Timestamp>() {
            return Ok(t.to_string());
        }
        let parsed = text.rsplit_once(' ').and_then(|(when, zone)| {
            let civil: jiff::civil::DateTime = when.trim().parse().ok()?;
            civil.in_tz(zone).ok().map(|z| z.timestamp().to_string())
        });
        parsed.ok_or_else(|| {
            let message = match self.context.speech {
                Speech::De => format!("`{text}` ist kein Zeitpunkt"),
                Speech::En => format!("`{text}` is no moment"),
            };
            Failure::new("bad_time", message, "2026-12-01T10:00:00+01:00, \"2026-12-01 10:00 Europe/Berlin\"")
        })
    }

    async fn transport(&self, verb: &str, m: &ArgMatches) -> Result<u8> {
        let name = || encode(text(m, "name"));
        match verb {
            "list" => {
                self.each("/api/transports", |v| {
                    let field = |f: &str| {
                        v.get(f).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).unwrap_or_default()
                    };
                    format!(
                        "{:<16} {:<18} {:<8} {:<8} {}/{} {}",
                        field("name"),
                        field("plugin"),
                        field("isolation"),
                        field("state"),
                        field("in_flight"),
                        field("window"),
                        field("reason").replace("null", "")
                    )
                })
                .await
            }
            "test" => {
                let value =
                    post(&self.client, &format!("/api/transports/{}/test", name()), &json!({"to": text(m, "to")}))
                        .await?;
                self.context.term.result(&value, || plain(&value));
                Ok(u8::from(value.get("ok") != Some(&Value::Bool(true))))
            }
            verb => {
                let value = post(&self.client, &format!("/api/transports/{}/{verb}", name()), &json!({})).await?;
                self.print(&value)
            }
        }
    }

    async fn doctor(&self) -> Result<u8> {
        let value = get(&self.client, "/api/doctor").await?;
        let ok = value.get("ok") == Some(&Value::Bool(true));
        self.context.term.result(&value, || {
            let lines: Vec<String> = value
                .get("findings")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(|f| {
                    format!(
                        "{} {}",
                        if f.get("fault") == Some(&Value::Bool(true)) { "✗" } else { "!" },
                        f.get("text").and_then(Value::as_str).unwrap_or("")
                    )
                })
                .collect();
            if lines.is_empty() {
                self.context.say("Alles in Ordnung.", "All is well.").to_owned()
            } else {
                lines.join("\n")
            }
        });
        Ok(u8::from(!ok))
    }
}

fn summary(v: &Value) -> String {
    let field = |f: &str| v.get(f).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).unwrap_or_default();
    format!("{:>6}  {:<16} {:<10} {} / {}", field("id"), field("list"), field("state"), field("sent"), field("total"))
}

fn delivery(v: &Value) -> String {
    let field = |f: &str| v.get(f).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).unwrap_or_default();
    format!(
        "{:>10}  {:<8} {:<30} {:<10} {}",
        field("delivery"),
        field("channel"),
        field("address"),
        field("state"),
        field("reason").replace("null", "")
    )
}

/// A dry run, for people.
fn plan(v: &Value, speech: Speech) -> String {
    let numbers = |f: &str| {
        let object = v.get(f).and_then(Value::as_object);
        object.map(|o| o.iter().map(|(k, n)| format!("{k} {n}")).collect::<Vec<_>>().join(", ")).unwrap_or_default()
    };
    let mut out = format!(
        "{} {}\n{} {}\n{} {}\n",
        speech.say("Personen:", "people:"),
        v.get("total").unwrap_or(&Value::Null),
        speech.say("bekommen es:", "would get it:"),
        numbers("by_channel"),
        speech.say("bekommen es nicht:", "would not:"),
        numbers("skipped_by")
    );
    for sample in v.get("samples").and_then(Value::as_array).into_iter().flatten() {
        let field = |f: &str| sample.get(f).and_then(Value::as_str).unwrap_or("");
        out.push_str(&format!("\n── {} · {}\n{}\n", field("channel"), field("language"), field("text")));
    }
    out
}

/// The texts that a CSV names as `@file`, read from beside it. Only names without a folder count.
fn named_texts(csv: &Path) -> std::io::Result<BTreeMap<String, String>> {
    let folder = csv.parent().unwrap_or(Path::new(""));
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        let is_text = path.extension().is_some_and(|e| e == "txt" || e == "md" || e == "html");
        let small = entry.metadata().is_ok_and(|m| m.is_file() && m.len() <= 16 * 1024);
        if let (true, true, Some(name)) = (is_text, small, path.file_name().and_then(|n| n.to_str()))
            && let Ok(text) = fs::read_to_string(&path)
            && texts.len() < 64
        {
            texts.insert(name.to_owned(), text);
        }
    }
    Ok(texts)
}

/// A proof names a person: readable by its owner alone.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)
}

/// Media type by the ending of a name.
pub(super) fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or("").to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "txt" | "md" => "text/plain",
        "mp4" => "video/mp4",
        "mp3" => "audio/mpeg",
        "ics" => "text/calendar",
        "vcf" => "text/vcard",
        _ => "application/octet-stream",
    }
}

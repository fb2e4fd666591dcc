//! `consent show|request|withdraw|stops-complete|proof`.

use super::{ApiCommands, Result, field, file_failed, post, text};
use crate::client::{RequestBody, encode};
use crate::lang::word;
use clap::ArgMatches;
use hyper::Method;
use rundruf_lang::msg;
use serde_json::json;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

impl ApiCommands<'_> {
    pub(super) async fn consent(&self, verb: &str, m: &ArgMatches) -> Result<u8> {
        let language = self.language();
        if verb == "stops-complete" {
            let value =
                post(&self.client, "/api/consents/stops-complete", &json!({"reason": text(m, "reason")})).await?;
            let since = self.time(&value, "since");
            self.context.output.result(&value, || msg!("daemon-stops-complete", since = since).text(language));
            return Ok(0);
        }
        let address = text(m, "address");
        match verb {
            "show" => {
                self.each(&format!("/api/consents?address={}", encode(address)), |v| {
                    let state = field(v, "state");
                    let (list, channel, since) = (field(v, "list"), field(v, "channel"), self.time(v, "since"));
                    format!("{list:<20} {channel:<8} {:<14} {since}  #{}", word(language, &state), field(v, "evidence"))
                })
                .await
            }
            "request" => {
                let body = json!({
                    "address": address, "list": text(m, "list"), "language": m.get_one::<String>("language"),
                    "person_asked": m.get_flag("person-asked"), "source": m.get_one::<String>("source"),
                });
                let value = post(&self.client, "/api/consents/request", &body).await?;
                self.print(&value, &["list", "channel", "state"])
            }
            "withdraw" if m.contains_id("file") => self.withdraw_all(m, Path::new(text(m, "file"))).await,
            "withdraw" => {
                let body = json!({"address": address, "list": m.get_one::<String>("list")});
                let value = post(&self.client, "/api/consents/withdraw", &body).await?;
                self.context.output.result(&value, || {
                    let n = field(&value, "withdrawn");
                    match m.get_one::<String>("list") {
                        Some(_) => msg!("daemon-withdrawals-entered", n = %n).text(language),
                        None => msg!("daemon-withdrawn-from-all", n = %n).text(language),
                    }
                });
                Ok(0)
            }
            _ => self.proof(address, text(m, "list"), Path::new(text(m, "output"))).await,
        }
    }

    async fn proof(&self, address: &str, list: &str, file: &Path) -> Result<u8> {
        let path = format!("/api/consents/proof?address={}&list={}", encode(address), encode(list));
        let (headers, bytes) = self.client.bytes(Method::GET, &path, RequestBody::of("")).await?;
        write_private(file, &bytes).map_err(|e| file_failed(file, &e))?;
        let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
        let (state, events) = (header("x-rundruf-state"), header("x-rundruf-events").parse::<u64>().unwrap_or(0));
        let value = json!({"file": file.display().to_string(), "list": list, "state": state, "events": events});
        self.context.output.result(&value, || {
            let (file, state) = (file.display(), word(self.language(), &state));
            msg!("daemon-proof-written", file = %file, state = state, events = %events).text(self.language())
        });
        Ok(0)
    }
}

/// Writes a file that contains personal data: only its owner can read it, and it is complete or does not exist.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = PathBuf::from(format!("{}.part", path.display()));
    let written = super::import::create_private(&part).and_then(|mut f| f.write_all(bytes).and_then(|()| f.sync_all()));
    let done = written.and_then(|()| fs::rename(&part, path));
    if done.is_err() {
        let _ = fs::remove_file(&part);
    }
    done
}

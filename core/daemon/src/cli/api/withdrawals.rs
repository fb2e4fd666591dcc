//! `consent withdraw --file`: the stops that another program knows, one address a line.

use super::{ApiCommands, Result, file_failed, post};
use crate::client::CommandFailure;
use clap::ArgMatches;
use rundruf_lang::msg;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Largest file, in bytes.
const MAX_FILE: u64 = 64 << 20;
/// Refused lines that are shown to people; with `--json` all are.
const SHOWN: usize = 20;

/// A line with an address: its number, from 1, and the address.
#[derive(Debug, PartialEq, Eq)]
struct AddressLine<'a> {
    number: usize,
    address: &'a str,
}

/// The addresses of a file: the first field of each line. Empty lines and those that begin with `#` have none.
fn addresses(text: &str) -> impl Iterator<Item = AddressLine<'_>> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line)).filter_map(|(number, line)| {
        let line = line.trim_start_matches('\u{feff}').trim();
        let first = line.split([',', ';', '\t']).next().unwrap_or("").trim();
        let address = first.strip_prefix('"').and_then(|f| f.strip_suffix('"')).unwrap_or(first).trim();
        (!address.is_empty() && !address.starts_with('#')).then_some(AddressLine { number, address })
    })
}

impl ApiCommands<'_> {
    /// Enters a withdrawal for each line. A line without an address stops no other; entering one again changes nothing.
    pub(super) async fn withdraw_all(&self, m: &ArgMatches, file: &Path) -> Result<u8> {
        let language = self.language();
        let mut bytes = Vec::new();
        let mut open = File::open(file).map_err(|e| file_failed(file, &e))?.take(MAX_FILE + 1);
        open.read_to_end(&mut bytes).map_err(|e| file_failed(file, &e))?;
        if bytes.len() as u64 > MAX_FILE {
            let message = msg!("daemon-withdrawals-too-large", file = %file.display(), limit = MAX_FILE >> 20);
            return Err(CommandFailure::new("too_large", message, ""));
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            let message = msg!("daemon-withdrawals-no-text", file = %file.display());
            CommandFailure::new("encoding", message, msg!("daemon-withdrawals-no-text-help"))
        })?;
        let (channel, list) = (m.get_one::<String>("channel"), m.get_one::<String>("list"));
        let all: Vec<_> = addresses(&text).collect();
        let mut progress = self.context.output.progress(&msg!("daemon-withdrawals").text(language), all.len() as u64);
        let (mut entered, mut ended) = (0_u64, 0_u64);
        let mut refused: Vec<Value> = Vec::new();
        for (at, line) in (0_u64..).zip(&all) {
            progress.at(at);
            let address = match channel {
                Some(channel) if !line.address.starts_with(&format!("{channel}:")) => {
                    format!("{channel}:{}", line.address)
                }
                _ => line.address.to_owned(),
            };
            let body = json!({"address": address, "list": list});
            match post(&self.client, "/api/consents/withdraw", &body).await {
                Ok(value) => {
                    entered += 1;
                    ended += value.get("withdrawn").and_then(Value::as_u64).unwrap_or(0);
                }
                // Whatever is not about this address would fail for the next one too.
                Err(failure) if !matches!(failure.code.as_str(), "bad_address" | "bad_channel") => {
                    progress.end();
                    self.context.output.remark(&msg!("daemon-withdrawals-broke-off", entered = entered).text(language));
                    return Err(failure);
                }
                Err(failure) => {
                    refused.push(json!({"line": line.number, "code": failure.code, "reason": failure.text(language)}));
                }
            }
        }
        progress.end();
        let value = json!({"entered": entered, "withdrawn": ended, "refused": refused, "list": list});
        let mut shown = msg!("daemon-withdrawals-from-file", entered = entered, ended = ended, refused = refused.len())
            .text(language);
        for one in refused.iter().take(SHOWN) {
            let (line, reason) = (super::field(one, "line"), super::field(one, "reason"));
            shown.push('\n');
            shown.push_str(&msg!("daemon-withdrawals-refused-line", line = line, reason = reason).text(language));
        }
        if refused.is_empty() {
            self.context.output.result(&value, || shown);
            return Ok(0);
        }
        let failure = CommandFailure::new(
            "refused",
            msg!("daemon-withdrawals-refused", refused = refused.len()),
            msg!("daemon-withdrawals-refused-help"),
        );
        self.context.output.refusal(value, &shown, &failure);
        if !self.context.output.json {
            self.context.output.failure(&failure);
        }
        Ok(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_field_of_each_line() {
        let text = "\u{feff}anna@x.example\r\n\n# from the old program\n\"bea@x.example\";2024-05-01\n  sms:+491701234567\t\n,x\n";
        let all: Vec<_> = addresses(text).map(|line| (line.number, line.address)).collect();
        assert_eq!(all, [(1, "anna@x.example"), (4, "bea@x.example"), (5, "sms:+491701234567")]);
    }
}

//! `contact add|show|edit|merge|revive|hold|release|find`.

use super::{ApiCommands, Result, field, get, many, post, text};
use crate::client::{CommandFailure, encode};
use crate::lang::word;
use clap::ArgMatches;
use rundruf_lang::msg;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FIELDS: [&str; 4] = ["contact", "addresses", "language", "vars"];

impl ApiCommands<'_> {
    pub(super) async fn contact(&self, verb: &str, m: &ArgMatches) -> Result<u8> {
        match verb {
            "add" => self.contact_add(m).await,
            "export" => self.contact_export(m).await,
            "erase" => self.contact_erase(m).await,
            "show" => {
                let value = get(&self.client, &format!("/api/contacts?who={}", encode(text(m, "who")))).await?;
                self.person(&value)
            }
            "edit" => {
                let language = m.get_one::<String>("language");
                let body = json!({"who": text(m, "who"), "language": language, "vars": variables(m)?});
                let value = post(&self.client, "/api/contacts/edit", &body).await?;
                self.person(&value)
            }
            "revive" => {
                let value = post(&self.client, "/api/contacts/revive", &json!({"who": text(m, "who")})).await?;
                self.person(&value)
            }
            "hold" => {
                let body = json!({"who": text(m, "who"), "until": text(m, "until"), "reason": text(m, "reason")});
                let value = post(&self.client, "/api/contacts/hold", &body).await?;
                let until = self.time(&value, "kept_until");
                self.context
                    .output
                    .result(&value, || msg!("daemon-contact-on-hold", until = until).text(self.language()));
                Ok(0)
            }
            "release" => {
                let body = json!({"who": text(m, "who"), "reason": text(m, "reason")});
                let value = post(&self.client, "/api/contacts/release", &body).await?;
                let erased = value.get("erased") == Some(&Value::Bool(true));
                let said =
                    if erased { msg!("daemon-contact-released-erased") } else { msg!("daemon-contact-released") };
                self.context.output.result(&value, || said.text(self.language()));
                Ok(0)
            }
            "merge" => {
                let body = json!({"keep": text(m, "keep"), "gone": text(m, "gone")});
                let value = post(&self.client, "/api/contacts/merge", &body).await?;
                self.person(&value)
            }
            _ => {
                let path = format!("/api/contacts?find={}", encode(text(m, "text")));
                self.each(&path, |v| {
                    let vars = v.get("vars").and_then(Value::as_object);
                    let said: Vec<String> = vars
                        .into_iter()
                        .flatten()
                        .map(|(k, _)| v.get("vars").map_or_else(String::new, |o| field(o, k)))
                        .collect();
                    format!("{:>8}  {}  {}", field(v, "contact"), field(v, "addresses"), said.join(" "))
                })
                .await
            }
        }
    }

    async fn contact_add(&self, m: &ArgMatches) -> Result<u8> {
        let addresses = [many(m, "addresses"), many(m, "address")].concat();
        let body = json!({"addresses": addresses, "language": m.get_one::<String>("language"), "vars": variables(m)?});
        let value = post(&self.client, "/api/contacts", &body).await?;
        self.person(&value)
    }

    fn person(&self, value: &Value) -> Result<u8> {
        let language = self.language();
        self.print(value, &FIELDS)?;
        for consent in value.get("consents").and_then(Value::as_array).into_iter().flatten() {
            let state = field(consent, "state");
            self.context.output.line(&format!("{:<22} {}", field(consent, "list"), word(language, &state)));
        }
        if let Some(hold) = value.get("legal_hold") {
            let (until, reason) = (self.time(hold, "until"), field(hold, "reason"));
            let said = if hold.get("erase_then") == Some(&Value::Bool(true)) {
                msg!("daemon-contact-kept-then-erased", until = until, reason = reason)
            } else {
                msg!("daemon-contact-kept", until = until, reason = reason)
            };
            self.context.output.line(&said.text(language));
        }
        for resting in value.get("undeliverable").and_then(Value::as_array).into_iter().flatten() {
            let (address, reply) = (field(resting, "address"), field(resting, "said"));
            let message = if reply.is_empty() {
                msg!("daemon-contact-rests", address = address)
            } else {
                let (since, transport) = (self.time(resting, "since"), field(resting, "transport"));
                msg!(
                    "daemon-contact-rests-since",
                    address = address,
                    since = since,
                    transport = transport,
                    reply = reply
                )
            };
            self.context.output.line(&message.text(language));
            let address = field(resting, "address");
            self.context.output.line(&msg!("daemon-contact-revive-hint", address = address).text(language));
        }
        Ok(0)
    }
}

/// The variables that the arguments set.
fn variables(m: &ArgMatches) -> Result<BTreeMap<String, String>> {
    let mut vars = BTreeMap::new();
    for (key, option) in [("first_name", "first-name"), ("last_name", "last-name")] {
        if let Some(value) = m.get_one::<String>(option) {
            vars.insert(key.to_owned(), value.clone());
        }
    }
    for pair in many(m, "var") {
        let (key, value) = pair.split_once('=').ok_or_else(|| {
            let message = msg!("daemon-var-needs-value");
            CommandFailure::new("usage", message, "--var first_name=Anna")
        })?;
        vars.insert(key.to_owned(), value.to_owned());
    }
    Ok(vars)
}

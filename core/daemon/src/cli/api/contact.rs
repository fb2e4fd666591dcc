//! `contact add|show|find`.

use super::{ApiCommands, Result, field, get, many, post, text};
use crate::client::{CommandFailure, RequestBody, encode};
use crate::lang::word;
use clap::ArgMatches;
use hyper::Method;
use rundruf_lang::msg;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FIELDS: [&str; 4] = ["contact", "addresses", "language", "vars"];

impl ApiCommands<'_> {
    pub(super) async fn contact(&self, verb: &str, m: &ArgMatches) -> Result<u8> {
        match verb {
            "add" => self.contact_add(m).await,
            "show" => {
                let value = self.contact_named(text(m, "who")).await?;
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
        let addresses = [many(m, "addresses"), many(m, "address")].concat();
        let body = json!({"addresses": addresses, "language": m.get_one::<String>("language"), "vars": vars});
        let value = post(&self.client, "/api/contacts", &body).await?;
        self.person(&value)
    }

    /// Looks a contact up by its number or by an address.
    async fn contact_named(&self, who: &str) -> Result<Value> {
        // With a plus it is a telephone number, not the number of a contact.
        if let Some(id) = who.parse::<i64>().ok().filter(|_| !who.starts_with('+')) {
            return get(&self.client, &format!("/api/contacts/{id}")).await;
        }
        let mut found = Vec::new();
        let plain = who.split_once(':').map_or(who, |(_, value)| value);
        let is_it = |v: &Value| {
            let addresses = v.get("addresses").and_then(Value::as_array);
            addresses.into_iter().flatten().filter_map(Value::as_str).any(|a| {
                a.eq_ignore_ascii_case(who) || a.split_once(':').is_some_and(|(_, v)| v.eq_ignore_ascii_case(who))
            })
        };
        let path = format!("/api/contacts?find={}", encode(plain));
        self.client.lines(Method::GET, &path, RequestBody::of(""), |v| found.extend(is_it(&v).then_some(v))).await?;
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            (None, _) => Err(CommandFailure::new("not_found", msg!("daemon-no-such-contact"), "")),
            (Some(_), false) => {
                let help = msg!("daemon-name-the-number");
                Err(CommandFailure::new("ambiguous", msg!("daemon-several-contacts"), help))
            }
        }
    }

    fn person(&self, value: &Value) -> Result<u8> {
        let language = self.language();
        self.print(value, &FIELDS)?;
        for consent in value.get("consents").and_then(Value::as_array).into_iter().flatten() {
            let state = field(consent, "state");
            self.context.output.line(&format!("{:<22} {}", field(consent, "list"), word(language, &state)));
        }
        Ok(0)
    }
}

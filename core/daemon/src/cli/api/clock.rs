//! `clock status|accept`.

use super::{ApiCommands, Result, get, post};
use rundruf_lang::{Message, msg};
use serde_json::{Value, json};

impl ApiCommands<'_> {
    pub(super) async fn clock(&self, verb: &str) -> Result<u8> {
        let value = match verb {
            "accept" => post(&self.client, "/api/clock/accept", &json!({})).await?,
            _ => get(&self.client, "/api/clock").await?,
        };
        let is = |name: &str| value.get(name) == Some(&Value::Bool(true));
        let text: Message = if is("held") {
            let (shown, expected) = (self.time(&value, "shown"), self.time(&value, "expected"));
            msg!("daemon-clock-held", shown = shown, expected = expected, since = self.time(&value, "since"))
        } else if is("accepted") {
            msg!("daemon-clock-accepted", time = self.time(&value, "time"))
        } else {
            msg!("daemon-clock-believed", time = self.time(&value, "time"))
        };
        self.context.output.result(&value, || text.text(self.language()));
        Ok(0)
    }
}

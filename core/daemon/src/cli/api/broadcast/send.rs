//! `broadcast send` and `broadcast test`.

use super::super::consent::write_private;
use super::super::{ApiCommands, Result, field, file_failed, text};
use super::form::MessageForm;
use super::plan;
use crate::client::CommandFailure;
use crate::lang::local_time;
use clap::ArgMatches;
use hyper::Method;
use rundruf_lang::msg;
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::path::Path;

impl ApiCommands<'_> {
    pub(super) async fn send(&self, m: &ArgMatches) -> Result<u8> {
        let mut form = MessageForm::read(m)?;
        form.set_times(m, &self.zone)?;
        form.set("again", json!(m.get_flag("again")));
        if let Some(file) = m.get_one::<String>("preview") {
            return self.preview(&form, Path::new(file)).await;
        }
        let output = &self.context.output;
        if m.get_flag("dry-run") {
            let value = self.post_form(&form, "dry_run", json!(true)).await?;
            output.result(&value, || plan::text(&value, self.language()));
            return Ok(0);
        }
        let is_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if is_terminal && !output.json && !m.get_flag("yes") && !self.may_send(&form, m.get_flag("again")).await? {
            return Err(CommandFailure::new("not_confirmed", msg!("daemon-nothing-sent"), ""));
        }
        let value = self.post_form(&form, "dry_run", json!(false)).await?;
        output.result(&value, || {
            let sent = msg!("daemon-broadcast-sent", id = field(&value, "id")).text(self.language());
            let begins = form.start_at().map(|at| local_time(self.language(), &self.zone, at));
            let begins = begins.map(|time| msg!("daemon-broadcast-begins", time = time).text(self.language()));
            [Some(sent), begins].into_iter().flatten().collect::<Vec<_>>().join("\n")
        });
        Ok(0)
    }

    async fn post_form(&self, form: &MessageForm, name: &str, of: Value) -> Result<Value> {
        let (_, bytes) = self.client.bytes(Method::POST, "/api/broadcasts", form.body(name, of)).await?;
        Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// Shows the dry run on the terminal and asks.
    async fn may_send(&self, form: &MessageForm, again: bool) -> Result<bool> {
        let language = self.language();
        let value = self.post_form(form, "dry_run", json!(true)).await?;
        if let Some(same) = value.get("same_text").filter(|same| same.is_object() && !again) {
            return Err(CommandFailure::new("again", field(same, "message"), field(same, "help")));
        }
        self.context.output.remark(plan::text(&value, language).trim_end());
        let recipients = plan::recipients(&value);
        self.context.output.ask(&msg!("daemon-send-question", recipients = recipients).text(language));
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer).is_ok();
        Ok(read && ["ja", "j", "yes", "y"].contains(&answer.trim().to_lowercase().as_str()))
    }

    /// Writes what recipients see into a file; nothing is sent.
    async fn preview(&self, form: &MessageForm, file: &Path) -> Result<u8> {
        let mut value = self.post_form(form, "preview", json!(true)).await?;
        let page = plan::page(&value, self.language());
        write_private(file, page.as_bytes()).map_err(|e| file_failed(file, &e))?;
        let shown = file.display().to_string();
        if let Value::Object(object) = &mut value {
            object.insert("file".to_owned(), json!(shown));
        }
        self.context.output.result(&value, || {
            let written = msg!("daemon-preview-written", file = shown).text(self.language());
            format!("{}\n\n{written}", plan::text(&value, self.language()).trim_end())
        });
        Ok(0)
    }

    /// Sends the message to the author alone.
    pub(super) async fn test_message(&self, m: &ArgMatches) -> Result<u8> {
        let form = MessageForm::read(m)?;
        let value = self.post_form(&form, "to", json!(text(m, "to"))).await?;
        if value.get("ok") == Some(&Value::Bool(true)) {
            self.context.output.result(&value, || {
                msg!("daemon-test-sent", to = text(m, "to"), detail = field(&value, "detail")).text(self.language())
            });
            return Ok(0);
        }
        let state = crate::lang::word(self.language(), &field(&value, "state"));
        let reason = crate::lang::word(self.language(), &field(&value, "said"));
        let message = msg!("daemon-test-not-sent", state = state, reason = reason);
        let failure = CommandFailure::new("not_sent", message, "");
        let text = format!("{}: {}", msg!("daemon-error").text(self.language()), failure.text(self.language()));
        self.context.output.refusal(value, &text, &failure);
        Ok(1)
    }
}

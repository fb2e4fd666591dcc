//! A text, compiled and filled in as a plugin does it.

use rundruf_consent::{Channel, Time};
use rundruf_engine::MessageAttachment;
use rundruf_engine::content::{self, BroadcastContent, Capabilities, CompiledContent, ListTitles};
use rundruf_engine::{EngineError, Sender};
use rundruf_host::MessageTemplate;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const LEAVE: &str = "https://news.krume.example/u/token";
pub(crate) const IMPRINT: &str = "https://krume.example/impressum";

pub(crate) fn sender() -> Sender {
    Sender {
        name: "Bäckerei Krume GmbH".to_owned(),
        imprint_url: IMPRINT.to_owned(),
        privacy_url: "https://krume.example/datenschutz".to_owned(),
        formal: false,
    }
}

pub(crate) fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// A broadcast with this German text.
pub(crate) fn spec(text: &str) -> BroadcastContent {
    let title = map(&[("de", "Angebote der Woche"), ("en", "Weekly offers")]);
    let list = ListTitles { name: "angebote".to_owned(), title };
    BroadcastContent { text: map(&[("de", text)]), subject: map(&[("de", "Neues")]), attachments: Vec::new(), list }
}

pub(crate) fn attachment(name: &str) -> MessageAttachment {
    MessageAttachment {
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        bytes: Arc::from([]),
        url: "https://news.krume.example/f/token".to_owned(),
    }
}

/// What one person gets.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) meta: Vec<(String, String)>,
}

fn fill(template: &MessageTemplate, values: &[Box<str>], is_html: bool) -> String {
    let mut out = String::new();
    for (literal, var) in &template.segments {
        out.push_str(literal);
        let value = var.map_or("", |n| &values[n as usize]);
        if is_html {
            out.push_str(&value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"));
        } else {
            out.push_str(value);
        }
    }
    out
}

pub(crate) fn got(compiled: &CompiledContent, vars: &BTreeMap<String, String>) -> Result<Got, EngineError> {
    let values = compiled.vars(&serde_json::to_string(vars).unwrap(), LEAVE)?;
    let content = compiled.content();
    Ok(Got {
        subject: fill(&content.subject, &values, false),
        text: fill(&content.text, &values, false),
        html: fill(&content.html, &values, true),
        meta: content.meta.clone(),
    })
}

pub(crate) fn compile(
    spec: &BroadcastContent,
    language: &str,
    channel: Channel,
) -> Result<CompiledContent, EngineError> {
    compile_with(spec, &sender(), language, channel, &[])
}

pub(crate) fn compile_with(
    spec: &BroadcastContent,
    sender: &Sender,
    language: &str,
    channel: Channel,
    linked: &[MessageAttachment],
) -> Result<CompiledContent, EngineError> {
    let can = Capabilities { html: true, attachments: false, replies: true };
    content::compile(spec, sender, language, channel, linked, can, Time(0))
}

/// For a transport that takes no replies.
pub(crate) fn compile_unheard(
    spec: &BroadcastContent,
    language: &str,
    channel: Channel,
) -> Result<CompiledContent, EngineError> {
    let can = Capabilities { html: true, attachments: false, replies: false };
    content::compile(spec, &sender(), language, channel, &[], can, Time(0))
}

/// This text as this person gets it by e-mail.
pub(crate) fn mail(text: &str, vars: &[(&str, &str)]) -> Result<Got, EngineError> {
    got(&compile(&spec(text), "de", Channel::Email)?, &map(vars))
}

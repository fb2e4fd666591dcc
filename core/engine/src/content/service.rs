//! Service messages: a locked text, stored as JSON with the message, without Markdown and placeholders.

use super::source::BroadcastContent;
use super::{CompiledContent, content_id, meta, one_line};
use crate::config::Sender;
use crate::error::{EngineError, Result};
use rundruf_consent::{Channel, Class, Time};
use rundruf_host::{MessageContent, MessageTemplate};
use rundruf_lang::msg;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a service message says, as it is stored with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ServiceContent {
    pub(crate) language: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    /// A broadcast's content for the author's own eyes, instead of subject and text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trial: Option<TrialMessage>,
}

/// A broadcast's content and the values of its placeholders.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TrialMessage {
    pub(crate) content: BroadcastContent,
    pub(crate) vars: BTreeMap<String, String>,
}

impl ServiceContent {
    /// The stored form of these texts.
    pub(crate) fn json(language: &str, subject: &str, text: &str) -> String {
        let (language, subject, text) = (language.to_owned(), subject.to_owned(), text.to_owned());
        let content = Self { language, subject, text, trial: None };
        serde_json::to_string(&content).unwrap_or_default()
    }

    /// The stored form of a test message.
    pub(crate) fn trial_json(language: &str, trial: TrialMessage) -> String {
        let (language, subject, text) = (language.to_owned(), String::new(), String::new());
        let content = Self { language, subject, text, trial: Some(trial) };
        serde_json::to_string(&content).unwrap_or_default()
    }

    /// Reads the stored form.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        serde_json::from_str(json)
            .map_err(|_| EngineError::refused("payload", msg!("engine-content-service-damaged"), ""))
    }
}

/// Compiles a locked text. `list` is name and title of the list that it is about.
#[must_use]
pub fn compile_plain(
    class: Class,
    language: &str,
    channel: Channel,
    (subject, text): (&str, &str),
    sender: &Sender,
    list: Option<(&str, &str)>,
    date: Time,
) -> CompiledContent {
    let class = match class {
        Class::Promotion => 0,
        Class::Request | Class::Reminder => 1,
        Class::StopAck => 3,
        Class::Legal => 4,
        _ => 2,
    };
    let mut content = MessageContent {
        class,
        channel: channel.word().to_owned(),
        language: language.to_owned(),
        subject: MessageTemplate::fixed(one_line(subject)),
        text: MessageTemplate::fixed(text),
        meta: meta(sender, list, date, true),
        ..MessageContent::default()
    };
    content.id = content_id(&content);
    CompiledContent { content: Arc::new(content), placeholders: Arc::from([]) }
}

//! What a plugin says, on its way to the daemon: without the secrets of its settings, and with the German that its manifest has.

use crate::error::HostError;
use crate::event::{EventHandler, HostEvent, MessageOutcome};
use crate::extension_call::Forgotten;
use crate::health_report::HealthReport;
use crate::lookup::LookupAnswer;
use crate::manifest::Manifest;
use rundruf_lang::Message;
use std::sync::Arc;

/// How one transport's plugin is quoted.
#[derive(Clone)]
pub(crate) struct PluginWords {
    manifest: Arc<Manifest>,
    /// What none of its sentences may say, longest first.
    secrets: Arc<[String]>,
}

impl PluginWords {
    pub(crate) fn new(manifest: Arc<Manifest>, config: &str) -> Self {
        let secrets = manifest.secrets(config).into();
        Self { manifest, secrets }
    }

    /// A text without secrets.
    fn mask(&self, text: &mut String) {
        for secret in self.secrets.iter().filter(|secret| text.contains(secret.as_str())).collect::<Vec<_>>() {
            *text = text.replace(secret.as_str(), "…");
        }
    }

    /// A reason that may be the plugin's own, or have its words inside.
    pub(crate) fn reason(&self, why: Message) -> Message {
        why.each_text(&|text| {
            let mut text = text.to_owned();
            self.mask(&mut text);
            text
        })
        .each_verbatim(&|text| self.manifest.message(text))
    }

    pub(crate) fn error(&self, error: HostError) -> HostError {
        match error {
            HostError::Open { name, why } => HostError::Open { name, why: self.reason(why) },
            other => other,
        }
    }

    pub(crate) fn answers(&self, mut answers: Vec<LookupAnswer>) -> Vec<LookupAnswer> {
        answers.iter_mut().for_each(|answer| self.mask(&mut answer.detail));
        answers
    }

    pub(crate) fn forgotten(&self, forgotten: Forgotten) -> Forgotten {
        forgotten.map_err(|mut why| {
            self.mask(&mut why);
            why
        })
    }

    pub(crate) fn health(&self, mut report: HealthReport) -> HealthReport {
        report.texts().into_iter().for_each(|text| self.mask(text));
        report
    }

    fn outcomes(&self, outcomes: &mut [MessageOutcome]) {
        let says = |text: &str| self.secrets.iter().any(|secret| text.contains(secret.as_str()));
        for outcome in outcomes.iter_mut().filter(|outcome| !outcome.detail.is_empty() && says(&outcome.detail)) {
            let mut detail = outcome.detail.to_string();
            self.mask(&mut detail);
            outcome.detail = detail.into();
        }
    }

    /// The handler, behind the masking.
    pub(crate) fn before(&self, events: EventHandler) -> EventHandler {
        let words = self.clone();
        Arc::new(move |mut event| {
            match &mut event {
                HostEvent::Outcomes { outcomes, .. } | HostEvent::Lost { outcomes, .. }
                    if !words.secrets.is_empty() =>
                {
                    words.outcomes(outcomes);
                }
                HostEvent::Receipt { receipt, .. } => words.mask(&mut receipt.detail),
                HostEvent::Log { message, .. } => words.mask(message),
                HostEvent::Down { reason, .. } => {
                    *reason = words.reason(std::mem::replace(reason, Message::verbatim("")));
                }
                _ => {}
            }
            events(event);
        })
    }
}

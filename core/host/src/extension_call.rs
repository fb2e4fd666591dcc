//! Requests of the daemon to a plugin's extensions, and the answers: one form for all of them.

use crate::event::{MAX_LINE, cut};
use crate::health_report::HealthReport;
use crate::setup_prompt::{MAX_ANSWER, SetupPrompt};
use crate::webhook_request::{WebhookRequest, WebhookResponse};
use serde::{Deserialize, Serialize};

/// Largest body of a provider's request, in bytes.
pub const MAX_REQUEST_BODY: usize = 1 << 20;
/// Most headers of a provider's request.
pub const MAX_HEADERS: usize = 100;
/// Most addresses that are to be forgotten at once.
pub const MAX_FORGET: usize = 256;

/// Which extension a request is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ExtensionKind {
    Webhook,
    Forget,
    Health,
    Setup,
}

impl ExtensionKind {
    /// The capability that the manifest claims.
    pub(crate) const fn capability(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Forget => "forget",
            Self::Health => "health",
            Self::Setup => "setup",
        }
    }

    /// Requests that wait for a plugin at the same time; further ones are refused.
    pub(crate) const fn most(self) -> usize {
        if matches!(self, Self::Webhook) { 64 } else { 4 }
    }
}

/// A request to an extension of a plugin.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum ExtensionRequest {
    /// A request of a provider.
    Webhook(WebhookRequest),
    /// Addresses to forget: channel and value.
    Forget(Vec<(String, String)>),
    /// The state of the account.
    Health,
    /// The next step of a set-up: name of the step that is over, and the admin's answer.
    Setup { step: String, answer: String },
}

impl ExtensionRequest {
    pub(crate) const fn kind(&self) -> ExtensionKind {
        match self {
            Self::Webhook(_) => ExtensionKind::Webhook,
            Self::Forget(_) => ExtensionKind::Forget,
            Self::Health => ExtensionKind::Health,
            Self::Setup { .. } => ExtensionKind::Setup,
        }
    }

    /// Whether it is within the limits of the contract.
    pub(crate) fn fits(&self) -> bool {
        match self {
            Self::Webhook(request) => request.headers.len() <= MAX_HEADERS && request.body.len() <= MAX_REQUEST_BODY,
            Self::Forget(addresses) => (1..=MAX_FORGET).contains(&addresses.len()),
            Self::Health => true,
            Self::Setup { answer, .. } => answer.len() <= MAX_ANSWER,
        }
    }

    /// About how many bytes its frame has.
    pub(crate) fn size_hint(&self) -> usize {
        match self {
            Self::Webhook(request) => request.body.len() + 4_096,
            Self::Forget(addresses) => addresses.len() * 64,
            Self::Health | Self::Setup { .. } => 64,
        }
    }
}

/// Whether a plugin has forgotten addresses: if not, why.
pub type Forgotten = Result<(), String>;

/// What a plugin answers to a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum ExtensionAnswer {
    Webhook(WebhookResponse),
    Forget(Forgotten),
    Health(HealthReport),
    Setup(SetupPrompt),
}

impl ExtensionAnswer {
    pub(crate) const fn kind(&self) -> ExtensionKind {
        match self {
            Self::Webhook(_) => ExtensionKind::Webhook,
            Self::Forget(_) => ExtensionKind::Forget,
            Self::Health(_) => ExtensionKind::Health,
            Self::Setup(_) => ExtensionKind::Setup,
        }
    }

    /// Within the limits: a broken plugin may report anything.
    pub(crate) fn bounded(self) -> Self {
        match self {
            Self::Webhook(response) => Self::Webhook(response.bounded()),
            Self::Forget(forgotten) => Self::Forget(forgotten.map_err(|why| cut(&why, MAX_LINE))),
            Self::Health(report) => Self::Health(report.bounded()),
            Self::Setup(step) => Self::Setup(step.bounded()),
        }
    }
}

/// Why a request was not answered by the plugin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExtensionRefusal {
    /// The plugin does not have the extension.
    NotOffered,
    /// The plugin is down or draining, or too many requests wait for it.
    Closed,
    /// No answer came in time.
    NoAnswer,
    /// The request is larger than the contract allows.
    TooLarge,
}

//! The extension `rundruf.health/1`: a transport that knows the state of its account, and whether it hears.

use async_trait::async_trait;

/// Whether the account works.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Account {
    /// The provider could not be asked.
    #[default]
    Unknown,
    /// The provider takes messages.
    Ready,
    /// The provider refuses the account, or something is missing: what, for the admin.
    NotReady(String),
}

/// What is left at the provider.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Credits {
    /// What is left, in millionths.
    pub left_micro: i64,
    /// The admin is told when fewer are left, as the settings say.
    pub alarm_micro: Option<i64>,
    /// Currency (ISO 4217); empty for credits that have none.
    pub currency: String,
}

/// Whether what comes in arrives. Sending that works while nothing is heard loses every STOP: say [`Deaf`](Hearing::Deaf) when the way in is broken, or
/// when no proof has come for too long.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Hearing {
    /// There is no proof in either direction.
    #[default]
    Unknown,
    /// Something came in.
    Hears {
        /// When, in Unix milliseconds.
        at_ms: i64,
        /// By what: `a callback`, `a message to oneself`.
        by: String,
    },
    /// Nothing is heard.
    Deaf {
        /// Why, for the admin.
        why: String,
        /// When something was heard last, in Unix milliseconds; 0 for never.
        last_ms: i64,
    },
}

/// The state of the account, and of the way in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HealthState {
    /// Whether the account works.
    pub account_works: Account,
    /// Whether what comes in arrives.
    pub hearing: Hearing,
    /// The account at the provider, such as the sender's id.
    pub account: String,
    /// Version of the remote program, if it says.
    pub remote_version: String,
    /// Limits of the provider, in words.
    pub limits: String,
    /// What is left, if the provider counts.
    pub credits: Option<Credits>,
}

/// The extension `rundruf.health/1`: implement it beside [`Transport`](crate::Transport), and claim `health` in the manifest, where there is an account
/// or a way in that can break.
#[async_trait]
pub trait Health: Send + Sync {
    /// The state now, within 20 s. The daemon asks every few minutes: where the provider is to be spared, answer what was learnt last.
    async fn state(&self) -> HealthState;
}

//! Lists: names, numbers by state, and why one sends nothing.

use rundruf_consent::{ListId, Time};
use std::collections::BTreeMap;

/// Why a list sends nothing for now. The numbers are stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ListHold {
    /// It is not held.
    #[default]
    Nothing = 0,
    /// Its settings say another sender, purpose or text than its consents were given for (R30).
    Changed = 1,
    /// It is not in the settings any more.
    Gone = 2,
    /// The database was brought back from a backup, and the stops since then are not known. It is never stored: it holds for all lists.
    StopsMissing = 3,
}

impl ListHold {
    /// The hold with this number; an unknown one counts as held.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Nothing,
            2 => Self::Gone,
            3 => Self::StopsMissing,
            _ => Self::Changed,
        }
    }

    /// The word in APIs; `None` if it is not held.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Changed => Some("changed"),
            Self::Gone => Some("gone"),
            Self::StopsMissing => Some("stops_missing"),
        }
    }
}

/// A list, also one that is closed or not in the settings any more.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// Its number.
    pub id: ListId,
    /// Its name in the settings.
    pub name: String,
    /// Whether it was closed for good.
    pub closed: bool,
    /// Why it sends nothing.
    pub hold: ListHold,
    /// What its consents were given for, as JSON; `None` if that was never stored.
    pub basis: Option<String>,
}

/// A list with the number of its addresses by state of consent.
#[derive(Clone, Debug)]
pub struct ListStats {
    /// Its number.
    pub id: ListId,
    /// Its name in the settings.
    pub name: String,
    /// Whether it was closed for good.
    pub closed: bool,
    /// Why it sends nothing.
    pub hold: ListHold,
    /// Number of addresses by word of the state.
    pub by_state: BTreeMap<&'static str, u64>,
}

impl ListStats {
    /// Consents that closing the list ends: given, paused, unused or asked for.
    #[must_use]
    pub fn live(&self) -> u64 {
        let live = ["confirmed", "customer", "held", "stale", "requested"];
        live.iter().filter_map(|word| self.by_state.get(word)).sum()
    }
}

/// The admin's word that a list has the same purpose in other words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SamePurpose {
    /// The list.
    pub list: ListId,
    /// Who says so: `operator:<name>`.
    pub actor: String,
    /// Why, in the admin's words.
    pub reason: String,
    /// What the consents were given for, as JSON.
    pub before: String,
    /// What the settings say now, as JSON.
    pub after: String,
}

/// What was said, and when.
pub type DatedSamePurpose = (Time, SamePurpose);

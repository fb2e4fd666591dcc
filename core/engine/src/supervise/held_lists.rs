//! Which lists are held at a start or reload: those whose settings say another sender, purpose or text than their consents were given for (R30),
//! and those that are gone from the settings. A held list sends nothing and takes nothing, until the settings are as before or the admin says that
//! it is the same in other words.

use crate::alerts;
use crate::config::Config;
use crate::context::{EngineContext, KnownLists};
use crate::error::Result;
use rundruf_consent::basis::{BasisChange, ConsentBasis};
use rundruf_consent::{ListId, Time};
use rundruf_store::{ListHold, Store};
use std::sync::{Arc, PoisonError};

/// What is to be stored before the settings come into force.
pub(super) struct ListDecisions {
    holds: Vec<(ListId, String, ListHold, Vec<BasisChange>)>,
    bases: Vec<(ListId, ConsentBasis)>,
}

/// Compares the lists of the settings with what their consents were given for. Stores nothing.
pub(super) async fn decide(config: &Config, lists: &KnownLists, store: &Arc<dyn Store>) -> Result<ListDecisions> {
    let mut decisions = ListDecisions { holds: Vec::new(), bases: Vec::new() };
    for row in store.list_all().await?.into_iter().filter(|row| !row.closed) {
        let Some((_, list)) = lists.current.iter().find(|(id, _)| *id == row.id) else {
            decisions.holds.push((row.id, row.name, ListHold::Gone, Vec::new()));
            continue;
        };
        let now = config.basis_of(list);
        let before = row.basis.as_deref().and_then(ConsentBasis::from_json);
        let mut changes = before.as_ref().map_or_else(Vec::new, |before| before.changes(&now));
        if !changes.is_empty() && !store.list_in_use(row.id).await? {
            changes.clear();
        }
        let hold = if changes.is_empty() { ListHold::Nothing } else { ListHold::Changed };
        if changes.is_empty() {
            let next = before.as_ref().map_or_else(|| now.clone(), |before| before.with(&now));
            if before.as_ref() != Some(&next) {
                decisions.bases.push((row.id, next));
            }
        } else {
            lists.held.lock().unwrap_or_else(PoisonError::into_inner).insert(row.id, changes.clone());
        }
        decisions.holds.push((row.id, row.name, hold, changes));
    }
    Ok(decisions)
}

impl ListDecisions {
    /// Stores them: from then on a held list sends nothing.
    pub(super) async fn apply(&self, store: &Arc<dyn Store>, now: Time) -> Result<()> {
        for (list, name, hold, changes) in &self.holds {
            store.list_hold(*list, *hold, now).await?;
            match hold {
                ListHold::Nothing | ListHold::StopsMissing => {}
                ListHold::Gone => {
                    tracing::warn!(list = %name, "the list is not in the settings: it sends and takes nothing")
                }
                ListHold::Changed => {
                    let what: Vec<String> = changes.iter().map(|c| c.message().to_string()).collect();
                    tracing::warn!(list = %name, what = %what.join("; "), "the list is held: its consents were given for something else");
                }
            }
        }
        for (list, basis) in &self.bases {
            store.list_basis(*list, basis.to_json()).await?;
        }
        Ok(())
    }

    /// Tells the admin which lists are held, and which go on.
    pub(super) async fn tell(&self, context: &EngineContext) {
        for (_, name, hold, changes) in &self.holds {
            match hold {
                ListHold::Changed => alerts::list_held(context, name, changes).await,
                ListHold::Nothing => alerts::list_goes_on(context, name).await,
                // The admin took it out of the settings and knows.
                ListHold::Gone | ListHold::StopsMissing => {}
            }
        }
    }
}

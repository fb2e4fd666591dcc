//! Compares the lists of the settings with what the consents in the database were given for (R30), before a daemon does.

use super::ResolvedSettings;
use super::fault::SettingsReport;
use rundruf_consent::basis::{BasisChange, ConsentBasis};
use rundruf_lang::{Message, msg};

/// Warns of lists that these settings would hold. Without a database, or with one of another version, nothing is said.
pub(crate) fn compare(resolved: &ResolvedSettings, report: &mut SettingsReport) {
    let Ok(Some(stored)) = rundruf_store::read_lists(&resolved.store_url) else { return };
    for (row, stats) in stored {
        let (name, live) = (row.name, stats.live());
        if row.closed || live == 0 {
            continue;
        }
        let key = format!("lists.{name}");
        let Some(list) = resolved.engine.lists.iter().find(|list| list.name == name) else {
            let message = msg!("daemon-list-would-be-gone", name = &name, live = live);
            report.warn(None, &key, message, msg!("daemon-list-would-be-gone-help"));
            continue;
        };
        let Some(before) = row.basis.as_deref().and_then(ConsentBasis::from_json) else { continue };
        let what: Vec<Message> =
            before.changes(&resolved.engine.basis_of(list)).iter().map(BasisChange::message).collect();
        if !what.is_empty() {
            let message = msg!("daemon-list-would-be-held", name = &name, live = live, what = what);
            report.warn(None, &key, message, msg!("daemon-list-held-help", name = &name));
        }
    }
}

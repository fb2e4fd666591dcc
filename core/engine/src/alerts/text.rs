//! What the admin reads: subject and text, German or English.

use super::AlertKind;
use rundruf_lang::{Language, Message, msg};

/// Subject and text of an alert in the admin's language. `name` is the transport's, `detail` the cause in that language.
pub(super) fn alert(language: Language, kind: AlertKind, is_over: bool, name: &str, detail: &str) -> (String, String) {
    let (subject, text) = match (kind, is_over) {
        (AlertKind::GivenUp, false) => (
            msg!("engine-alert-transport-down", name = name),
            msg!("engine-alert-given-up", name = name, detail = detail),
        ),
        (AlertKind::Down, false) => (
            msg!("engine-alert-transport-down", name = name),
            msg!("engine-alert-not-starting", name = name, detail = detail),
        ),
        (AlertKind::Account, false) => (
            msg!("engine-alert-transport-paused", name = name),
            msg!("engine-alert-account-refused", name = name, detail = detail),
        ),
        (AlertKind::Outage, false) => (
            msg!("engine-alert-takes-nothing", name = name),
            msg!("engine-alert-takes-nothing-text", name = name, detail = detail),
        ),
        (AlertKind::Settings, false) => {
            (msg!("engine-alert-settings-refused"), msg!("engine-alert-settings-refused-text", detail = detail))
        }
        (AlertKind::Identity, _) => {
            (msg!("engine-alert-identity"), msg!("engine-alert-identity-text", detail = detail))
        }
        (AlertKind::Task, false) => {
            (msg!("engine-alert-task-died"), msg!("engine-alert-task-died-text", task = detail))
        }
        (AlertKind::Task, true) => (msg!("engine-alert-task-runs"), msg!("engine-alert-task-runs-text", task = detail)),
        (AlertKind::Inbox, _) => (msg!("engine-alert-inbox"), Message::verbatim(detail)),
        (AlertKind::Settings, true) => {
            (msg!("engine-alert-settings-accepted"), msg!("engine-alert-settings-accepted-text"))
        }
        (AlertKind::Clock, false) => {
            (msg!("engine-alert-clock-held"), msg!("engine-alert-clock-held-text", detail = detail))
        }
        (AlertKind::Clock, true) => (msg!("engine-alert-clock-believed"), msg!("engine-alert-clock-believed-text")),
        (AlertKind::List, false) => (
            msg!("engine-alert-list-held", name = name),
            msg!("engine-alert-list-held-text", name = name, detail = detail),
        ),
        (AlertKind::List, true) => {
            (msg!("engine-alert-list-goes-on", name = name), msg!("engine-alert-list-goes-on-text", name = name))
        }
        (AlertKind::NotReady, false) => (
            msg!("engine-alert-not-ready", name = name),
            msg!("engine-alert-not-ready-text", name = name, detail = detail),
        ),
        (AlertKind::NotReady, true) => {
            (msg!("engine-alert-ready", name = name), msg!("engine-alert-ready-text", name = name))
        }
        (AlertKind::Credits, false) => {
            (msg!("engine-alert-credits", name = name), msg!("engine-alert-credits-text", name = name, detail = detail))
        }
        (AlertKind::Credits, true) => {
            (msg!("engine-alert-credits-again", name = name), msg!("engine-alert-credits-again-text", name = name))
        }
        (AlertKind::Deaf, false) => {
            (msg!("engine-alert-deaf", name = name), msg!("engine-alert-deaf-text", name = name, detail = detail))
        }
        (AlertKind::Deaf, true) => {
            (msg!("engine-alert-hears", name = name), msg!("engine-alert-hears-text", name = name))
        }
        (_, true) => {
            (msg!("engine-alert-transport-works", name = name), msg!("engine-alert-transport-works-text", name = name))
        }
    };
    (format!("Rundruf: {}", subject.text(language)), text.text(language))
}

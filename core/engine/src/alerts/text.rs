//! What the admin reads: subject and text, German or English.

use super::AlertKind;

/// Subject and text of an alert in the admin's language.
pub(super) fn alert(language: &str, alert: AlertKind, is_over: bool, name: &str, detail: &str) -> (String, String) {
    let german = language == "de";
    let (subject, text) = match (alert, is_over, german) {
        (AlertKind::GivenUp, false, true) => (
            format!("Transport {name} ist ausgefallen"),
            format!(
                "Der Transport {name} ist ausgefallen und wird nicht mehr neu gestartet: {detail}.\n\
                 Was er zu senden hat, wartet. Wenn der Fehler behoben ist, lade den Daemon neu (SIGHUP)."
            ),
        ),
        (AlertKind::GivenUp, false, false) => (
            format!("transport {name} is down"),
            format!(
                "The transport {name} is down and is not started again: {detail}.\n\
                 What it has to send waits. When the fault is mended, reload the daemon (SIGHUP)."
            ),
        ),
        (AlertKind::Down, false, true) => (
            format!("Transport {name} ist ausgefallen"),
            format!(
                "Der Transport {name} kommt seit Minuten nicht in Gang: {detail}.\n\
                 Was er zu senden hat, wartet. Es wird weiter versucht."
            ),
        ),
        (AlertKind::Down, false, false) => (
            format!("transport {name} is down"),
            format!(
                "The transport {name} has not come up for minutes: {detail}.\n\
                 What it has to send waits. It is tried again and again."
            ),
        ),
        (AlertKind::Account, false, true) => (
            format!("Transport {name} ist angehalten"),
            format!(
                "Der Transport {name} ist angehalten, weil die Gegenseite das Konto ablehnt: {detail}.\n\
                 Was er zu senden hat, wartet. Wenn das Konto in Ordnung ist: rundruf transport resume {name}"
            ),
        ),
        (AlertKind::Account, false, false) => (
            format!("transport {name} is paused"),
            format!(
                "The transport {name} is paused because the other side refuses the account: {detail}.\n\
                 What it has to send waits. When the account is in order: rundruf transport resume {name}"
            ),
        ),
        (AlertKind::Settings, false, true) => (
            "neue Einstellungen abgelehnt".to_owned(),
            format!(
                "Die neuen Einstellungen gelten nicht, die alten bleiben in Kraft: {detail}.\n\
                 Mehr sagt: rundruf config check"
            ),
        ),
        (AlertKind::Settings, false, false) => (
            "new settings refused".to_owned(),
            format!(
                "The new settings are not in force, the old ones stay: {detail}.\n\
                 rundruf config check says more"
            ),
        ),
        (AlertKind::Settings, true, true) => {
            ("die Einstellungen gelten".to_owned(), "Die neuen Einstellungen sind in Kraft.".to_owned())
        }
        (AlertKind::Settings, true, false) => {
            ("settings in force".to_owned(), "The new settings are in force.".to_owned())
        }
        (_, true, true) => (format!("Transport {name} sendet wieder"), format!("Der Transport {name} sendet wieder.")),
        (_, true, false) => (format!("transport {name} sends again"), format!("The transport {name} sends again.")),
    };
    (format!("Rundruf: {subject}"), text)
}

//! The state of accounts, and whether plugins hear (`rundruf.health/1`).

use crate::alerts::{self, AlertKind};
use crate::context::EngineContext;
use crate::transports::{AskedHealth, TransportHandle};
use rundruf_host::{AccountState, ExtensionRefusal, HealthReport, HearingState};
use rundruf_lang::{Language, Message, msg};
use std::sync::Arc;
use std::time::Duration;

/// How long a plugin may take, as the contract says.
const WITHIN: Duration = Duration::from_secs(20);

/// Asks the plugin, notes what it says, and tells the admin what became different. Without an answer the last state stays, with its time.
pub(super) async fn ask(context: &Arc<EngineContext>, transport: &Arc<TransportHandle>) {
    let asking = Arc::clone(transport);
    let asked = tokio::task::spawn_blocking(move || asking.instance.health(WITHIN)).await;
    let report = match asked {
        Ok(Ok(report)) => report,
        Ok(Err(ExtensionRefusal::NotOffered)) | Err(_) => return,
        Ok(Err(why)) => {
            tracing::warn!(transport = %transport.config.name, ?why, "the plugin does not say how its account is");
            return;
        }
    };
    let before = transport.health();
    let now = context.clock.now();
    tell(context, transport, before.as_ref().map(|asked| &asked.report), &report).await;
    transport.set_health(AskedHealth { report, at: now });
}

/// An amount in millionths, for people.
pub(crate) fn amount(micro: i64, currency: &str) -> String {
    let cents = micro / 10_000;
    let sign = if cents < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:02}", (cents / 100).abs(), (cents % 100).abs());
    if currency.is_empty() { text } else { format!("{text} {currency}") }
}

/// What is wrong, by kind of alert: why, if it is; `None` while nobody knows.
fn troubles(said: &dyn Fn(&str) -> Message, report: &HealthReport) -> [(AlertKind, Option<Option<Message>>); 3] {
    let ready = match report.account_state {
        AccountState::Unknown => None,
        AccountState::Ready => Some(None),
        AccountState::NotReady => Some(Some(said(&report.detail))),
    };
    let credits = report.credits_micro.map(|left| {
        report.is_low().then(|| {
            let alarm = amount(report.alarm_micro.unwrap_or(0), &report.currency);
            msg!("engine-health-credits-low", left = amount(left, &report.currency), alarm = alarm)
        })
    });
    let hearing = match report.hearing {
        HearingState::Unknown => None,
        HearingState::Hears => Some(None),
        HearingState::Deaf => Some(Some(said(&report.detail))),
    };
    [(AlertKind::NotReady, ready), (AlertKind::Credits, credits), (AlertKind::Deaf, hearing)]
}

/// Tells the admin what began and what ended. After a start everything counts as new: the store knows what was told already.
async fn tell(
    context: &Arc<EngineContext>,
    transport: &Arc<TransportHandle>,
    before: Option<&HealthReport>,
    report: &HealthReport,
) {
    let language = Language::from_tag(context.config.admin.language);
    let said = |text: &str| transport.said(text);
    let earlier = before.map(|report| troubles(&said, report).map(|(_, trouble)| trouble.map(|t| t.is_some())));
    let all = troubles(&said, report);
    for (n, (kind, trouble)) in all.into_iter().enumerate() {
        let Some(trouble) = trouble else { continue };
        let was = earlier.as_ref().and_then(|all| all.get(n).copied().flatten());
        if was == Some(trouble.is_some()) {
            continue;
        }
        match trouble {
            Some(why) => {
                tracing::warn!(transport = %transport.config.name, ?kind, "the plugin says that something is wrong");
                alerts::health_failed(context, transport, kind, why.text(language)).await;
            }
            None => alerts::health_works(context, transport, kind).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        assert_eq!(amount(12_500_000, "EUR"), "12.50 EUR");
        assert_eq!(amount(990_000_000, ""), "990.00");
        assert_eq!(amount(-50_000, "EUR"), "-0.05 EUR");
    }

    #[test]
    fn what_nobody_knows_is_no_trouble_and_no_end_of_one() {
        let said = |text: &str| Message::verbatim(text);
        let unknown = troubles(&said, &HealthReport::default());
        assert!(unknown.iter().all(|(_, trouble)| trouble.is_none()), "{unknown:?}");
        let deaf = HealthReport { hearing: HearingState::Deaf, credits_micro: Some(5), ..HealthReport::default() };
        let [_, credits, hearing] = troubles(&said, &deaf);
        assert_eq!((credits.1, hearing.1.is_some_and(|t| t.is_some())), (Some(None), true));
    }
}

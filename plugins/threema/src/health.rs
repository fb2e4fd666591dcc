//! The account at the gateway, and whether we hear.

use crate::Threema;
use crate::gateway::GatewayError;
use rundruf_plugin::{Account, Credits, Health, HealthState, async_trait};

const MICRO: i64 = 1_000_000;

#[async_trait]
impl Health for Threema {
    async fn state(&self) -> HealthState {
        let Some(running) = &self.running else { return HealthState::default() };
        let asked = running.gateway.credits().await;
        let account_works = match &asked {
            Ok(left) if *left <= 0 => {
                Account::NotReady("the account has no credits left: buy some at gateway.threema.ch".to_owned())
            }
            Ok(_) => running.sender.account_fault().await.map_or(Account::Ready, Account::NotReady),
            Err(GatewayError::Status(401 | 403, _)) => {
                Account::NotReady("the gateway refuses `gateway_id` or `secret`".to_owned())
            }
            Err(GatewayError::Certificate(why)) => Account::NotReady(why.clone()),
            Err(_) => Account::Unknown,
        };
        let alarm_micro = (running.low_credits > 0).then(|| running.low_credits.saturating_mul(MICRO));
        HealthState {
            account_works,
            hearing: running.receiver.as_ref().map(|receiver| receiver.hearing.hearing()).unwrap_or_default(),
            account: running.id.as_str().to_owned(),
            credits: asked.ok().map(|left| Credits {
                left_micro: left.saturating_mul(MICRO),
                alarm_micro,
                ..Credits::default()
            }),
            ..HealthState::default()
        }
    }
}

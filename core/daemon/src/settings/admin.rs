//! Checks `[admin]`: how the admin is notified of faults.

use super::check::SettingsChecker;
use super::read::SettingsTree;
use super::suggest;
use super::types::{AdminLanguageSetting, AdminSettings, NotifySettings};
use rundruf_consent::Address;
use rundruf_engine::without_alert;
use rundruf_lang::msg;
use std::time::Duration;

/// How often plugins are asked how their account is.
const FIVE_MINUTES: Duration = Duration::from_secs(300);

impl SettingsChecker<'_> {
    pub(super) fn admin(
        &mut self,
        tree: &SettingsTree,
        admin: &AdminSettings,
        known: &[&str],
        region: Option<&str>,
    ) -> rundruf_engine::AdminConfig {
        let mut notify = Vec::new();
        for (n, one) in admin.notify.iter().enumerate() {
            let at = format!("/admin/notify/{n}");
            if let Some(address) = self.notify(tree, &at, one, known, region) {
                notify.push(rundruf_engine::NotifyTarget { transport: one.transport.clone(), address });
            }
        }
        let alone = without_alert(known.iter().copied(), &notify);
        if !notify.is_empty() && !alone.is_empty() && known.len() > 1 {
            let names = alone.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
            let message = msg!("daemon-admin-unreachable", names = %names);
            self.warn(tree, "/admin/notify", message, msg!("daemon-admin-name-a-second"));
        }
        let language = match admin.language {
            Some(AdminLanguageSetting::De) => "de",
            Some(AdminLanguageSetting::En) => "en",
            None => self.language.tag(),
        };
        let health_every = admin.health_every.map_or(FIVE_MINUTES, |every| every.0.max(Duration::from_secs(1)));
        rundruf_engine::AdminConfig { notify, language, health_every }
    }

    fn notify(
        &mut self,
        tree: &SettingsTree,
        at: &str,
        one: &NotifySettings,
        known: &[&str],
        region: Option<&str>,
    ) -> Option<Address> {
        if !known.contains(&one.transport.as_str()) {
            let name = one.transport.escape_debug();
            let message = msg!("daemon-no-such-transport", name = %name);
            let help = match suggest::similar(&one.transport, known) {
                Some(similar) => msg!("daemon-did-you-mean", name = similar),
                None => msg!("daemon-there-are", names = known.join(", ")),
            };
            self.fault(tree, &format!("{at}/transport"), message, help);
            return None;
        }
        let at = format!("{at}/address");
        let address = match rundruf_engine::address(&one.address, region) {
            Ok(address) => address,
            Err(error) => {
                let message = error.message();
                let help = msg!("daemon-admin-address-example");
                self.fault(tree, &at, message, help);
                return None;
            }
        };
        let word = address.channel().word();
        let served = self.channels.get(&one.transport);
        if let Some(channels) = served.filter(|all| !all.iter().any(|c| c == word)).map(|all| all.join(", ")) {
            let name = &one.transport;
            let message = msg!("daemon-transport-does-not-serve", name = %name, word = %word);
            let help = msg!("daemon-it-serves", channels = %channels);
            self.fault(tree, &at, message, help);
            return None;
        }
        Some(address)
    }
}

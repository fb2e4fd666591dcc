//! How the admin is told that something is wrong.

use super::check::Checker;
use super::near;
use super::read::Tree;
use super::types::{Admin, Notify};
use crate::speech::Speech;
use rundruf_consent::Address;
use rundruf_engine::unheard;

impl Checker<'_> {
    pub(super) fn admin(
        &mut self,
        tree: &Tree,
        admin: &Admin,
        known: &[&str],
        region: Option<&str>,
    ) -> rundruf_engine::Admin {
        let mut notify = Vec::new();
        for (n, one) in admin.notify.iter().enumerate() {
            let at = format!("/admin/notify/{n}");
            if let Some(address) = self.notify(tree, &at, one, known, region) {
                notify.push(rundruf_engine::Notify { transport: one.transport.clone(), address });
            }
        }
        let alone = unheard(known.iter().copied(), &notify);
        if !notify.is_empty() && !alone.is_empty() && known.len() > 1 {
            let names = alone.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
            let message = (
                format!("fällt {names} aus, erfährst du es nicht: `admin.notify` nennt keinen anderen Transport"),
                format!("if {names} fails you do not hear of it: `admin.notify` names no other transport"),
            );
            self.warn(tree, "/admin/notify", message, ("nenne dort einen zweiten", "name a second one there"));
        }
        let language = if self.speech == Speech::De { "de" } else { "en" };
        let translate =
            if self.speech == Speech::De { |t: &str| Speech::De.translate(t) } else { |t: &str| t.to_owned() };
        rundruf_engine::Admin { notify, language, translate }
    }

    fn notify(&mut self, tree: &Tree, at: &str, one: &Notify, known: &[&str], region: Option<&str>) -> Option<Address> {
        if !known.contains(&one.transport.as_str()) {
            let name = one.transport.escape_debug();
            let message = (format!("es gibt keinen Transport `{name}`"), format!("there is no transport `{name}`"));
            let help = match near::near(&one.transport, known) {
                Some(near) => (format!("meintest du `{near}`?"), format!("did you mean `{near}`?")),
                None => (format!("es gibt: {}", known.join(", ")), format!("there are: {}", known.join(", "))),
            };
            self.fault(tree, &format!("{at}/transport"), message, (&help.0, &help.1));
            return None;
        }
        let at = format!("{at}/address");
        let address = match rundruf_engine::address(&one.address, region) {
            Ok(address) => address,
            Err(error) => {
                let message = (Speech::De.translate(&error.to_string()), error.to_string());
                let help = ("schreibe email:chef@krume.example", "write email:chef@krume.example");
                self.fault(tree, &at, message, help);
                return None;
            }
        };
        let word = address.channel().word();
        let served = self.channels.get(&one.transport);
        if let Some(channels) = served.filter(|all| !all.iter().any(|c| c == word)).map(|all| all.join(", ")) {
            let name = &one.transport;
            let message = (
                format!("der Transport `{name}` kann {word} nicht"),
                format!("the transport `{name}` does not serve {word}"),
            );
            let help = (format!("er kann: {channels}"), format!("it serves: {channels}"));
            self.fault(tree, &at, message, (&help.0, &help.1));
            return None;
        }
        Some(address)
    }
}

//! Who was erased leaves what plugins keep (`rundruf.forget/1`). What a plugin could not be told yet is kept encrypted in the key database, and
//! deleted there as soon as the plugin has answered.

use crate::context::EngineContext;
use crate::error::Result;
use crate::transports::TransportHandle;
use crate::view::PluginErasure;
use rundruf_consent::{Address, AddressId};
use rundruf_host::InstanceState;
use rundruf_store::PendingForget;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long a plugin may take, as the contract says.
const WITHIN: Duration = Duration::from_secs(10);
/// Addresses of one request, as the contract says.
const TOGETHER: u32 = 256;

/// Notes durably which plugins are to forget these addresses: those of every transport of their channels. Answers which ones cannot be told.
pub(crate) async fn note(context: &EngineContext, addresses: &[(AddressId, Address)]) -> Result<PluginErasure> {
    let mut report = PluginErasure::default();
    let mut pending = Vec::new();
    let at = context.clock.now();
    for transport in &context.transports {
        let is_unknown = transport.is_unknown();
        let mut of: Vec<PendingForget> = addresses
            .iter()
            .filter(|(_, address)| is_unknown || transport.serves(address.channel()))
            .map(|(id, address)| PendingForget {
                id: 0,
                transport: transport.id,
                address: *id,
                channel: address.channel().word().to_owned(),
                value: address.value().to_owned(),
                at,
            })
            .collect();
        if of.is_empty() {
            continue;
        }
        // Of a plugin that could never be read nobody knows whether it can be told: it is noted, and looked at when it can be read.
        if is_unknown || transport.instance.manifest().can("forget") {
            report.pending.push(transport.config.name.clone());
            if !is_unknown {
                report.left_out.push(transport.config.name.clone());
            }
            pending.append(&mut of);
        } else {
            report.cannot.push(transport.config.name.clone());
        }
    }
    if !pending.is_empty() {
        context.store.forget_add(pending).await?;
    }
    Ok(report)
}

/// Tells the plugins of the report that run. Those that have forgotten move from `pending` to `told`.
pub(crate) async fn tell_now(context: &EngineContext, report: &mut PluginErasure) -> Result<()> {
    let named: Vec<_> = context.transports.iter().filter(|t| report.pending.contains(&t.config.name)).collect();
    let asked =
        named.iter().map(|transport| async move { (transport.config.name.clone(), tell(context, transport).await) });
    for (name, told) in futures_util::future::join_all(asked).await {
        if told? {
            report.pending.retain(|pending| *pending != name);
            report.left_out.retain(|pending| *pending != name);
            report.told.push(name);
        }
    }
    Ok(())
}

/// Tells the plugin of a transport what it is still to forget. True if nothing is left.
pub(crate) async fn tell(context: &EngineContext, transport: &Arc<TransportHandle>) -> Result<bool> {
    loop {
        let rows = context.store.forget_list(transport.id, TOGETHER).await?;
        if rows.is_empty() {
            return Ok(true);
        }
        if transport.instance.state() != InstanceState::Up {
            return Ok(false);
        }
        if !transport.instance.manifest().can("forget") {
            // It could be told when this was noted, or was not known. It will never be: the address must not wait here for ever.
            tracing::warn!(transport = %transport.config.name, count = rows.len(), "the plugin cannot be told whom to forget: see its state folder");
            context.store.forget_done(rows.iter().map(|row| row.id).collect()).await?;
            continue;
        }
        // A message that is still on its way would bring the address back.
        let people: BTreeSet<AddressId> = rows.iter().map(|row| row.address).collect();
        if context.store.erase_in_flight(people.into_iter().collect()).await? > 0 {
            return Ok(false);
        }
        let addresses = rows.iter().map(|row| (row.channel.clone(), row.value.clone())).collect();
        let asking = Arc::clone(transport);
        let asked = tokio::task::spawn_blocking(move || asking.instance.forget(addresses, WITHIN)).await;
        match asked {
            Ok(Ok(Ok(()))) => {
                context.store.forget_done(rows.iter().map(|row| row.id).collect()).await?;
                tracing::info!(transport = %transport.config.name, count = rows.len(), "the plugin has forgotten who was erased");
            }
            Ok(Ok(Err(why))) => {
                tracing::warn!(transport = %transport.config.name, %why, "the plugin has not forgotten who was erased: it is asked again");
                return Ok(false);
            }
            Ok(Err(why)) => {
                tracing::warn!(transport = %transport.config.name, ?why, "the plugin does not say whether it has forgotten who was erased: it is asked again");
                return Ok(false);
            }
            Err(_) => return Ok(false),
        }
    }
}

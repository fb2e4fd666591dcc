//! The message of a broadcast to its author, before anybody else gets it.

use super::form::{content_of, store_files};
use crate::content::{self, ServiceContent, TrialMessage};
use crate::context::EngineContext;
use crate::error::{EngineError, Result};
use crate::view::BroadcastForm;
use rundruf_consent::{Address, ListId};
use rundruf_lang::msg;
use rundruf_store::TransportId;
use std::collections::BTreeMap;

/// Checks the form, stores its files, and answers transport and payload of the test message.
pub(crate) async fn prepare(
    context: &EngineContext,
    list: ListId,
    form: BroadcastForm,
    to: &Address,
) -> Result<(TransportId, String)> {
    let (source, _) = content_of(context, list, &form)?;
    let config = context.open_list(list)?;
    let transport = context.transport_for(config, to.channel()).ok_or_else(|| {
        let message = msg!("engine-test-no-transport", list = &config.name, channel = to.channel().word());
        EngineError::refused("no_transport", message, msg!("engine-transport-does-not-serve-help"))
    })?;
    let known = context.store.address_find(to.clone()).await?;
    let contact = match known {
        Some(row) => context.store.contact_get(row.contact).await?,
        None => None,
    };
    let language = contact.as_ref().and_then(|c| c.language.clone());
    let language = language.unwrap_or_else(|| context.config.default_language.clone());
    let names = content::bare_names(&source, &language)?;
    // What the author's own contact does not say is shown by its name, so that the place is seen.
    let mut vars: BTreeMap<String, String> = names.into_iter().map(|n| (n.clone(), format!("[{n}]"))).collect();
    vars.extend(contact.map(|c| c.vars).unwrap_or_default());
    let id = transport.id;
    store_files(context, &source, form).await?;
    Ok((id, ServiceContent::trial_json(&language, TrialMessage { content: source, vars })))
}

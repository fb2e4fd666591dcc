//! The proof file of one consent.

use crate::context::EngineContext;
use crate::error::{EngineError, Result};
use rundruf_consent::proof::{self, ProofEvent, ProofInput};
use rundruf_consent::{Address, ListId, State};
use rundruf_lang::msg;
use rundruf_store::EventRow;

/// Makes the file. Answers its bytes, the consent's state and the number of events.
pub(crate) async fn proof(context: &EngineContext, address: &Address, list: ListId) -> Result<(Vec<u8>, State, usize)> {
    let found = context.store.address_find(address.clone()).await?;
    let row = found.ok_or_else(|| EngineError::Unknown(msg!("engine-no-address", name = %address.masked())))?;
    let data =
        context.store.consent_proof(row.id, list).await?.ok_or_else(|| {
            EngineError::refused("no_consent", msg!("engine-no-consent"), msg!("engine-no-consent-help"))
        })?;
    // The head that is signed and stored now covers every event, and the proof is about this head and no other.
    let checkpoint = context.sign_log().await?;
    let proven = |rows: &[EventRow]| -> Result<Vec<ProofEvent>> {
        let one = |e: &EventRow| {
            let (index, key) = (u64::try_from(e.id.0 - 1).ok()?, e.key.clone());
            Some(ProofEvent { record: e.record, index, json: e.json.clone()?, key })
        };
        let all: Option<Vec<ProofEvent>> = rows.iter().map(one).collect();
        all.ok_or_else(|| EngineError::refused("erased", msg!("engine-evidence-erased"), ""))
    };
    let (events, changes) = (proven(&data.events)?, proven(&data.changes)?);
    let breaks = context.store.log_breaks().to_vec();
    let (signer, now, nodes) = (context.log_key.clone(), context.clock.now(), context.store.log_nodes()?);
    let (state, count) = (data.consent.state, events.len());
    let make = move || {
        proof::write(&ProofInput {
            events: &events,
            changes: &changes,
            key: &data.key,
            texts: &data.texts,
            sent: &data.sent,
            breaks: &breaks,
            nodes: &*nodes,
            checkpoint: &checkpoint,
            signer: &signer,
            now,
        })
    };
    let zip = tokio::task::spawn_blocking(make).await.map_err(std::io::Error::other)?;
    Ok((zip.map_err(|e| EngineError::refused("proof", e.message(), ""))?, state, count))
}

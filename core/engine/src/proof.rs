//! The proof file of one consent.

use crate::error::EngineError;
use crate::start::Inner;
use rundruf_consent::proof::{self, ProofEvent, ProofInput};
use rundruf_consent::{Address, ListId, State};

/// The file, the state and the number of events.
pub(crate) async fn proof(
    engine: &Inner,
    address: &Address,
    list: ListId,
) -> Result<(Vec<u8>, State, usize), EngineError> {
    let found = engine.store.address_find(address.clone()).await?;
    let row = found.ok_or_else(|| EngineError::Unknown { what: "address", name: address.masked() })?;
    let data = engine.store.consent_proof(row.id, list).await?.ok_or_else(|| {
        EngineError::refused(
            "no_consent",
            "there is no consent of this address for this list",
            "`rundruf consent show` lists what there is",
        )
    })?;
    // The signed head covers every event: a proof never names a tree that was not signed.
    engine.store.log_sign(engine.signer.clone(), engine.clock.now()).await?;
    let head = engine.store.log_head().await?;
    let events: Option<Vec<ProofEvent>> = data
        .events
        .iter()
        .map(|e| Some(ProofEvent { record: e.record, index: u64::try_from(e.id.0 - 1).ok()?, json: e.json.clone()? }))
        .collect();
    let events = events.ok_or_else(|| EngineError::refused("erased", "the evidence was erased", ""))?;
    let (signer, now, nodes) = (engine.signer.clone(), engine.clock.now(), engine.store.log_nodes()?);
    let (state, count) = (data.consent.state, events.len());
    let make = move || {
        let (events, key, texts, nodes, signer) = (&*events, &data.key, &*data.texts, &*nodes, &signer);
        proof::write(&ProofInput { events, key, texts, nodes, size: head.size, signer, now })
    };
    let zip = tokio::task::spawn_blocking(make).await.map_err(std::io::Error::other)?;
    Ok((zip.map_err(|e| EngineError::refused("proof", e.to_string(), ""))?, state, count))
}

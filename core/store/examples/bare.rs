//! Prints one line of JSON: the bare loop and the same work through the trait, for one size of chunk.
//! `cargo run --release -p rundruf-store --features bench --example bare -- [chunk] [recipients]`

use rundruf_consent::{Refusal, State, Time};
use rundruf_store::*;
use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let chunk: u32 = arguments.next().map_or(Ok(1_024), |a| a.parse())?;
    let recipients: u64 = arguments.next().map_or(Ok(500_000), |a| a.parse())?;
    let dir = tempfile::tempdir()?;
    let bare = bench::bare(dir.path(), recipients, chunk)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let store_dir = tempfile::tempdir()?;
    let (fan_out, trait_) = runtime.block_on(through_the_trait(store_dir.path(), recipients, chunk))?;
    writeln!(
        std::io::stdout(),
        r#"{{"chunk":{chunk},"recipients":{recipients},"per_s":{bare:.0},"store_per_s":{trait_:.0},"ratio":{:.2},"fan_out_per_s":{fan_out:.0}}}"#,
        trait_ / bare
    )?;
    Ok(())
}

/// The same work by `fan_out` and `dispatch_step`: rows a second of each.
async fn through_the_trait(dir: &std::path::Path, recipients: u64, chunk: u32) -> Result<(f64, f64), Box<dyn Error>> {
    let path = dir.join("s.db");
    bench::seed(&path, "l", recipients)?;
    let store = open(&format!("sqlite:{}", path.display()), OpenOptions::default())?;
    let (Some(list), Some(transport)) = (
        store.list_sync(vec!["l".into()]).await?.first().copied(),
        store.transport_sync(vec!["t".into()]).await?.first().copied(),
    ) else {
        return Err("no list".into());
    };
    let new = NewBroadcast {
        list,
        key: [1; 8],
        content: String::new(),
        start_at: None,
        expires_at: None,
        actor: String::new(),
    };
    let id = store.broadcast_add(new, Time(1)).await?;
    let choose: FanOutChooser =
        Arc::new(move |candidates| match candidates.iter().position(|c| c.state == State::Confirmed) {
            Some(at) => FanOutChoice::Send(at, transport),
            None => FanOutChoice::Skip(0, Refusal::NotAsked),
        });
    let begin = Instant::now();
    while !store.fan_out(id, 10_000, Arc::clone(&choose), Time(1)).await?.finished {}
    let fan_out = recipients as f64 / begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let mut settle = Vec::new();
    loop {
        let claim = ClaimRequest::new(chunk, Time(2));
        let step = store.dispatch_step(transport, [1; 16], std::mem::take(&mut settle), Some(claim)).await?;
        if step.claimed.is_empty() {
            break;
        }
        settle.extend(step.claimed.iter().map(|claimed| {
            let (broadcast, lease) = match claimed.work {
                ClaimKind::Broadcast { broadcast, lease, .. } => (Some(broadcast), lease),
                ClaimKind::Service { .. } => (None, None),
            };
            Settlement {
                delivery: claimed.permit.delivery(),
                evidence: claimed.permit.evidence(),
                broadcast,
                lease,
                to: DeliveryOutcome::Sent { remote_id: "".into() },
                at: Time(3),
            }
        }));
    }
    let rate = recipients as f64 / begin.elapsed().as_secs_f64();
    store.close().await;
    Ok((fan_out, rate))
}

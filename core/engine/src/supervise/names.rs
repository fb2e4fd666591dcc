//! Names of transports that have changed, or that are not in the settings any more: their messages, their pause and their state folder.

use super::recover::{self, RecoveryScope};
use super::transport::{ORPHAN_WAIT, blocking};
use crate::config::{Config, OnUnknown, TransportConfig};
use crate::context::{EngineContext, LeftBehind};
use crate::error::Result;
use crate::transports::ResendPolicy;
use rundruf_store::{Store, TransportId};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The numbers of the transports of the settings, in order; what belongs to a former name follows first.
pub(super) async fn sync_transports(
    transports: &[TransportConfig],
    store: &Arc<dyn Store>,
) -> Result<Vec<TransportId>> {
    for transport in transports {
        if let Some(old) = &transport.renamed_from
            && store.transport_rename(old.clone(), transport.name.clone()).await?
        {
            tracing::info!(transport = %transport.name, old, "what belongs to the former name of the transport follows");
        }
    }
    Ok(store.transport_sync(transports.iter().map(|t| t.name.clone()).collect()).await?)
}

/// Moves the state folder and the pause of a former name, unless there is one of the new name. A process of an earlier daemon that still writes
/// its journal there is waited for.
pub(super) fn move_folder(folders: &Path, old: &str, new: &str) -> Result<()> {
    let (from, to) = (folders.join(old), folders.join(new));
    if from.is_dir() && !to.exists() {
        drop(rundruf_host::journal::collect(&from, ORPHAN_WAIT)?);
        std::fs::rename(&from, &to)?;
    }
    move_pause(folders, old, new)
}

/// Moves the pause of a former name, unless there is one of the new name.
pub(super) fn move_pause(folders: &Path, old: &str, new: &str) -> Result<()> {
    let pause = |name: &str| folders.join(format!("{name}.paused"));
    if pause(old).exists() && !pause(new).exists() {
        std::fs::rename(pause(old), pause(new))?;
    }
    Ok(())
}

/// How often it is looked whether an earlier process has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Ends the messages of transports that are not in the settings any more: those in flight by the journal, or as unknown; the others fail. What
/// became of them is noted for `doctor` and `transport list`. `names` is held only while a transport is ended, so that a reload need not wait for an
/// earlier process: the transport may come back meanwhile.
pub(super) async fn abandon_left(context: &EngineContext, names: &tokio::sync::Mutex<()>) -> Result<()> {
    let until = Instant::now() + ORPHAN_WAIT;
    loop {
        let unchanged = names.lock().await;
        let waits = abandon_free(context, Instant::now() >= until).await?;
        drop(unchanged);
        if !waits {
            return Ok(());
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Ends those that no process uses any more, or all. True if some are left.
async fn abandon_free(context: &EngineContext, all: bool) -> Result<bool> {
    let (config, store, now) = (&context.config, &context.store, context.clock.now());
    let known = context.transports.iter().map(|t| t.id).collect();
    let mut waits = false;
    for left in store.transport_left(known).await? {
        let folder = folder_of(config, &left.name);
        let is_folder = folder.is_dir();
        if is_folder && !all && rundruf_host::journal::is_in_use(&folder) {
            waits = true;
            continue;
        }
        let journal = if is_folder {
            // An earlier process that has not ended in all this time is killed.
            blocking(move || Ok(rundruf_host::journal::collect(&folder, Duration::ZERO)?)).await?
        } else {
            None
        };
        // Nobody knows any more what its plugin could do.
        let resend = ResendPolicy { repeat_is_safe: false, on_unknown: OnUnknown::Hold };
        let scope = RecoveryScope { transport: left.id, name: &left.name, resend, rules: &config.retry };
        recover::settle(store, scope, journal, now).await?;
        let mut failed = 0;
        loop {
            let some = store.transport_abandon(left.id, now).await?;
            failed += some;
            if some == 0 {
                break;
            }
        }
        tracing::error!(
            transport = %left.name, failed, others = left.open.saturating_sub(failed),
            "the transport is not in the settings any more: what it had to send has failed; after a change of its name `renamed_from` keeps it"
        );
        context.add_left_behind(vec![LeftBehind { name: left.name, failed, since: now }]);
    }
    Ok(waits)
}

fn folder_of(config: &Config, name: &str) -> PathBuf {
    config.data_dir.join("transports").join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_and_pause_follow_once() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir(at("old")).unwrap();
        std::fs::write(at("old").join("kept"), "x").unwrap();
        std::fs::write(at("old.paused"), "by hand").unwrap();
        move_folder(dir.path(), "old", "new").unwrap();
        assert!(at("new").join("kept").exists() && at("new.paused").exists() && !at("old").exists());
        // Another one of the old name: what the new one has is not touched.
        std::fs::create_dir(at("old")).unwrap();
        move_folder(dir.path(), "old", "new").unwrap();
        assert!(at("new").join("kept").exists() && at("old").exists());
        move_folder(dir.path(), "never", "new").unwrap();
    }
}

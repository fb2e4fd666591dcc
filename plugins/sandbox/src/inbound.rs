//! Files in `in/` → inbound messages. A file is deleted once the host has stored its message.

use rundruf_plugin::{Host, Inbound, InboundKind, Trust};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Interval between two looks into the folder.
const POLL_INTERVAL: Duration = Duration::from_millis(150);
/// Longest message, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// Now, in Unix milliseconds.
pub(crate) fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Polls the folder until the runtime ends.
pub(crate) async fn watch(folder: PathBuf, host: Host, heard_at: Arc<AtomicI64>) {
    loop {
        tokio::time::sleep(POLL_INTERVAL).await;
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.is_file()).collect();
        files.sort();
        for file in files {
            report(&folder, &file, (&host, heard_at.as_ref())).await;
        }
    }
}

/// Channel and address from a file name `<channel>:<address>.txt`.
pub(crate) fn sender(file: &Path) -> Option<(String, String)> {
    let name = file.file_name()?.to_str()?;
    let (channel, address) = name.strip_suffix(".txt")?.split_once(':')?;
    (!channel.is_empty() && !address.is_empty()).then(|| (channel.to_owned(), address.to_owned()))
}

/// Reports one file to the host; a file with another name is moved to `refused`.
async fn report(folder: &Path, file: &Path, (host, heard_at): (&Host, &AtomicI64)) {
    let hidden = file.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
    if hidden {
        return;
    }
    let Some((channel, address)) = sender(file) else {
        if let Some(name) = file.file_name() {
            tracing::warn!("a file in `in` is not named <channel>:<address>.txt and is put aside");
            let _ = fs::rename(file, folder.join("refused").join(name));
        }
        return;
    };
    let Ok(meta) = fs::metadata(file) else { return };
    let changed = meta.modified().unwrap_or(UNIX_EPOCH);
    let at_ms = i64::try_from(changed.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(0);
    // A new empty file is probably still being written.
    if meta.len() == 0 && SystemTime::now().duration_since(changed).unwrap_or_default() < Duration::from_secs(2) {
        return;
    }
    let mut bytes = Vec::new();
    let Ok(open) = fs::File::open(file) else { return };
    if open.take(MAX_BYTES).read_to_end(&mut bytes).is_err() {
        return;
    }
    let message = Inbound {
        text: String::from_utf8_lossy(&bytes).into_owned(),
        remote_id: format!("{at_ms}-{}-{}", meta.len(), file.file_name().unwrap_or_default().to_string_lossy()),
        at_ms,
        ..Inbound::new(InboundKind::Text, Trust::Vouched, channel, address)
    };
    heard_at.store(unix_ms(), Ordering::Relaxed);
    if host.inbound(message).await.is_ok() {
        let _ = fs::remove_file(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names() {
        let of = |name: &str| sender(Path::new(name));
        assert_eq!(of("threema:ANNA2345.txt"), Some(("threema".into(), "ANNA2345".into())));
        assert_eq!(of("email:a.b@c.example.txt"), Some(("email".into(), "a.b@c.example".into())));
        for bad in ["ANNA.txt", "threema:.txt", ":x.txt", "threema:ANNA"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}

//! The manifest of a transport's last start, in a file beside its state folder, where the plugin cannot write. With it the daemon knows which
//! addresses the transport reaches while its library is away.

use crate::manifest::Manifest;
use crate::state_dir::{self, beside};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Largest manifest, in bytes.
const MAX: u64 = 1 << 20;

/// The manifest of the last start, as JSON and read; `None` if there is none, or of another version of the contract.
#[must_use]
pub fn read(state_dir: &Path) -> Option<(Vec<u8>, Manifest)> {
    let path = beside(state_dir, ".manifest");
    let mut json = Vec::new();
    let file = state_dir::open(&path, File::options().read(true)).ok()?;
    file.take(MAX).read_to_end(&mut json).ok()?;
    let manifest = Manifest::from_json(&path, &json).ok()?;
    Some((json, manifest))
}

/// Writes the manifest down, unless it is there.
pub(crate) fn write(state_dir: &Path, json: &[u8]) -> io::Result<()> {
    if read(state_dir).is_some_and(|(known, _)| known == json) {
        return Ok(());
    }
    if let Some(above) = state_dir.parent() {
        std::fs::create_dir_all(above)?;
    }
    let (path, new) = (beside(state_dir, ".manifest"), beside(state_dir, ".manifest.new"));
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(json)?;
    std::fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_manifest_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("transports/post");
        assert!(read(&state).is_none());
        write(&state, b"{}").unwrap();
        assert!(dir.path().join("transports/post.manifest").exists());
        assert!(read(&state).is_none(), "not a manifest");
    }
}

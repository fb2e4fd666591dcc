//! `plugin list`: all that are found, one line each.

use super::view;
use crate::cli::{Context, local};
use crate::client::Failure;
use rundruf_host::Manifest;
use std::fs;
use std::path::PathBuf;

pub(super) fn run(context: &Context) -> Result<u8, Failure> {
    let mut seen = Vec::new();
    for folder in local::folders(context) {
        let mut files: Vec<PathBuf> = fs::read_dir(&folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
        files.retain(|p| p.extension().is_some_and(|e| e == "so"));
        files.sort();
        for path in files {
            if let Ok(manifest) = Manifest::read(&path)
                && !seen.contains(&manifest.id)
            {
                seen.push(manifest.id.clone());
                context.term.result(&view(&path, &manifest), || {
                    let channels = manifest.channels.join(",");
                    format!("{:<20} {:<8} {channels:<40} {}", manifest.id, manifest.version, path.display())
                });
            }
        }
    }
    Ok(0)
}

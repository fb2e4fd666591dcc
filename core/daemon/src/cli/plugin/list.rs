//! `plugin list`: all that are found, with what leaves the house.

use super::{info, view};
use crate::cli::{Context, local};
use crate::client::Failure;
use crate::life::chain;
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
            match Manifest::read(&path) {
                Ok(manifest) if !seen.contains(&manifest.id) => {
                    seen.push(manifest.id.clone());
                    context.term.result(&view(&path, &manifest), || {
                        let channels = manifest.channels.join(",");
                        let leaves = info::leaves(context.speech, &manifest);
                        let (id, version, path) = (&manifest.id, &manifest.version, path.display());
                        format!("{id:<20} {version:<8} {channels:<40} {path}\n    {leaves}")
                    });
                }
                // One found earlier wins, as it does by its name.
                Ok(_) => {}
                // Other libraries may lie there as well; what is called like a plugin should be one.
                Err(error) if path.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"librundruf_")) => {
                    context.term.remark(&context.speech.translate(&chain(&error)));
                }
                Err(_) => {}
            }
        }
    }
    Ok(0)
}

//! `plugin list`: all plugins in the plugin folders, with the data that each passes on.

use super::info;
use super::library::view;
use crate::cli::context::{CommandContext, folders};
use crate::client::CommandFailure;
use rundruf_host::Manifest;
use rundruf_lang::msg;
use std::fs;
use std::path::PathBuf;

pub(super) fn run(context: &CommandContext) -> Result<u8, CommandFailure> {
    let mut seen: Vec<(Manifest, PathBuf)> = Vec::new();
    for folder in folders(context) {
        let mut files: Vec<PathBuf> = fs::read_dir(&folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
        files.retain(|p| p.extension().is_some_and(|e| e == "so"));
        files.sort();
        for path in files {
            match Manifest::read(&path) {
                Ok(manifest) if !seen.iter().any(|(m, _)| m.id == manifest.id) => {
                    context.output.result(&view(&path, &manifest), || {
                        let channels = manifest.channels.join(",");
                        let leaves = info::leaves(context.language, &manifest);
                        let (id, version, path) = (&manifest.id, &manifest.version, path.display());
                        format!("{id:<20} {version:<8} {channels:<40} {path}\n    {leaves}")
                    });
                    seen.push((manifest, path));
                }
                // A file in an earlier folder hides one of the same name, as in `discover::find`. The same id under another file name is an error.
                Ok(manifest) => {
                    let unique_plugin_id =
                        seen.iter().find(|(m, _)| m.id == manifest.id && m.sha256 != manifest.sha256);
                    if let Some((_, first)) =
                        unique_plugin_id.filter(|(_, first)| first.file_name() != path.file_name())
                    {
                        let (one, two, id) = (first.display(), path.display(), &manifest.id);
                        context.output.remark(
                            &msg!("daemon-plugins-share-an-id", one = %one, two = %two, id = %id)
                                .text(context.language),
                        );
                    }
                }
                // Other libraries may be in the folder; a file with a plugin's name should be a plugin.
                Err(error) if path.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"librundruf_")) => {
                    context.output.remark(&error.with_cause().text(context.language));
                }
                Err(_) => {}
            }
        }
    }
    Ok(0)
}

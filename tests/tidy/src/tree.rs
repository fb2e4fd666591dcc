//! The files of the workspace, for tests that read sources: paths as they are in the repository, `/` between folders.

use std::fs;
use std::path::Path;

/// The workspace's folder.
///
/// # Panics
/// Never: this crate is two folders below it.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace")
}

/// All files below these folders, sorted, without build results and hidden folders.
///
/// # Panics
/// If a folder cannot be read.
#[must_use]
pub fn files(folders: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    for folder in folders {
        walk(&root().join(folder), &mut all);
    }
    all.sort();
    all
}

fn walk(folder: &Path, out: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("a folder's entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", "build", "__pycache__"].contains(&name.as_str()) && !name.starts_with('.') {
                walk(&path, out);
            }
        } else if let Ok(short) = path.strip_prefix(root()) {
            out.push(short.to_string_lossy().into_owned());
        }
    }
}

/// A file's text; bytes that are not UTF-8 are replaced.
///
/// # Panics
/// If it cannot be read.
#[must_use]
pub fn read(path: &str) -> String {
    let bytes = fs::read(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    String::from_utf8_lossy(&bytes).into_owned()
}

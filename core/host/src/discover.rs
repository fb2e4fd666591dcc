//! Name → file. A name is looked for in folders, a path is taken as it is.

mod owner; // who could change a file

use crate::HostError;
pub use owner::check_owner;
use std::path::{Path, PathBuf};

/// Finds the library of a plugin. `plugin` is a path (it contains a slash) or a name; a name is looked for in `folders`, in their order, as
/// `librundruf_NAME.so`, `libNAME.so` and `NAME.so`.
///
/// # Errors
/// [`HostError::NotFound`] with the places that were searched.
pub fn find(plugin: &str, folders: &[PathBuf]) -> Result<PathBuf, HostError> {
    let missing = |places: String| HostError::NotFound { name: plugin.to_owned(), places };
    if plugin.contains('/') {
        let path = Path::new(plugin);
        return if path.is_file() { Ok(path.to_owned()) } else { Err(missing("this place".to_owned())) };
    }
    let name = plugin.replace('-', "_");
    for folder in folders {
        for file in
            [format!("librundruf_{name}.so"), format!("lib{name}.so"), format!("{name}.so"), format!("{plugin}.so")]
        {
            let path = folder.join(file);
            if path.is_file() {
                return Ok(path);
            }
        }
    }
    Err(missing(folders.iter().map(|f| format!("`{}`", f.display())).collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("librundruf_two_words.so"), "").unwrap();
        std::fs::write(dir.path().join("other.so"), "").unwrap();
        let folders = [dir.path().join("none"), dir.path().to_owned()];
        assert!(find("two-words", &folders).is_ok());
        assert!(find("other", &folders).is_ok());
        assert!(find(&dir.path().join("other.so").display().to_string(), &[]).is_ok());
        let text = find("third", &folders).unwrap_err().to_string();
        assert!(text.contains("third") && text.contains("none"), "{text}");
    }
}

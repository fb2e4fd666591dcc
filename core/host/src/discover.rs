//! Finds the file of a plugin: a name is searched in folders, a path is used as it is.

mod owner; // who could change a file

use crate::error::HostError;
pub use owner::check_owner;
use std::path::{Path, PathBuf};

/// Finds the library of a plugin. `plugin` is a path (it contains a slash) or a name; a name is looked for in `folders`, in their order, as
/// `librundruf_NAME.so`, `libNAME.so` and `NAME.so`. The name of the file itself is one as well.
///
/// # Errors
/// [`HostError::NotFound`] with the places that were searched; [`HostError::Read`] if there is nothing at the path.
pub fn find(plugin: &str, folders: &[PathBuf]) -> Result<PathBuf, HostError> {
    if plugin.contains('/') {
        // Whether it is a library is checked when it is read.
        let path = PathBuf::from(plugin);
        return match std::fs::metadata(&path) {
            Ok(_) => Ok(path),
            Err(cause) => Err(HostError::Read { path, cause }),
        };
    }
    let name = plugin.replace('-', "_");
    let mut files =
        vec![format!("librundruf_{name}.so"), format!("lib{name}.so"), format!("{name}.so"), format!("{plugin}.so")];
    files.extend(Path::new(plugin).extension().is_some_and(|e| e == "so").then(|| plugin.to_owned()));
    let found = folders.iter().flat_map(|folder| files.iter().map(move |file| folder.join(file))).find(|p| p.is_file());
    found.ok_or_else(|| HostError::NotFound {
        name: plugin.to_owned(),
        places: folders.iter().map(|f| format!("`{}`", f.display())).collect::<Vec<_>>().join(", "),
    })
}

/// Where the library of a plugin that was not found belongs: the path, or the usual name in the last of the folders.
#[must_use]
pub fn expected(plugin: &str, folders: &[PathBuf]) -> PathBuf {
    if plugin.contains('/') {
        return PathBuf::from(plugin);
    }
    let folder = folders.last().map_or(Path::new("/nonexistent"), PathBuf::as_path);
    folder.join(format!("librundruf_{}.so", plugin.replace('-', "_")))
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
        assert!(find("other.so", &folders).is_ok());
        assert!(find(&dir.path().join("other.so").display().to_string(), &[]).is_ok());
        assert_eq!(expected("two-words", &folders), dir.path().join("librundruf_two_words.so"));
        let text = find("third", &folders).unwrap_err().to_string();
        assert!(text.contains("third") && text.contains("none"), "{text}");
        let path = dir.path().join("third.so").display().to_string();
        assert_eq!(find(&path, &folders).unwrap_err().to_string(), format!("cannot read `{path}`"));
    }
}

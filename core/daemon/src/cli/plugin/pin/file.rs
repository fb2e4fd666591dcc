//! Changes a digest in the text of a settings file, and replaces files atomically.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, TableLike, value};

/// The file's text with the new digest; nothing else changes. `None` if the result would not be read back as meant.
pub(super) fn pinned(text: &str, name: &str, digest: &str) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let transport = document.get_mut("transports")?.get_mut(name)?.as_table_like_mut()?;
    put(transport, digest);
    let written = document.to_string();
    // Check that what is written will be read back.
    let again: toml::Table = written.parse().ok()?;
    let read = again.get("transports")?.get(name)?.get("sha256")?.as_str()?;
    (read == digest).then_some(written)
}

fn put(transport: &mut dyn TableLike, digest: &str) {
    match transport.get_mut("sha256").and_then(|i| i.as_value_mut()) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = digest.into();
            *old.decor_mut() = decor;
        }
        None => {
            transport.insert("sha256", value(digest));
        }
    }
}

/// A complete new file beside the one that it will replace. Removed if it is dropped before.
pub(super) struct ReplacementFile {
    file: PathBuf,
    beside: PathBuf,
    old: String,
}

impl ReplacementFile {
    /// Writes the new file with the mode and owner of the old one.
    pub(super) fn write(file: &Path, old: &str, new: &str) -> io::Result<Self> {
        // A symbolic link is kept: the file behind it is replaced.
        let file = fs::canonicalize(file)?;
        let meta = fs::metadata(&file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let beside = file.with_file_name(format!(".{name}.{}.new", std::process::id()));
        let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        let this = Self { file, beside, old: old.to_owned() };
        to.write_all(new.as_bytes())?;
        if (meta.uid(), meta.gid()) != owner(&to)? {
            fchown(&to, Some(meta.uid()), Some(meta.gid()))?;
        }
        to.set_permissions(fs::Permissions::from_mode(meta.permissions().mode() & 0o7777))?;
        to.sync_all()?;
        Ok(this)
    }

    /// Replaces the old file in one step: no reader sees half a file. Fails if the old file has changed since it was read.
    pub(super) fn take_place(self) -> io::Result<()> {
        if fs::read(&self.file)? != self.old.as_bytes() {
            return Err(io::Error::other("somebody else has changed it in this moment: try again"));
        }
        fs::rename(&self.beside, &self.file)?;
        // The new name is on disk only when the folder is synced.
        File::open(self.file.parent().unwrap_or(Path::new("/")))?.sync_all()
    }
}

impl Drop for ReplacementFile {
    fn drop(&mut self) {
        // After the rename there is nothing left to remove.
        let _ = fs::remove_file(&self.beside);
    }
}

/// Replaces the text of several files, each given as path, old text, new text: all or none.
///
/// # Errors
/// Returns the file that cannot be written; files that were replaced before it get their old text back.
pub(super) fn replace(files: &[(&Path, &str, &str)]) -> Result<(), (PathBuf, io::Error)> {
    let named = |path: &Path| {
        let path = path.to_owned();
        move |e| (path, e)
    };
    // Everything that is likely to fail happens here: only renames are left after it.
    let mut waiting = Vec::new();
    for (file, old, new) in files {
        waiting.push(ReplacementFile::write(file, old, new).map_err(named(file))?);
    }
    for (n, one) in waiting.into_iter().enumerate() {
        let Some((file, ..)) = files.get(n) else { break };
        if let Err(error) = one.take_place() {
            for (file, old, new) in files.iter().take(n) {
                let _ = ReplacementFile::write(file, new, old).and_then(ReplacementFile::take_place);
            }
            return Err(named(file)(error));
        }
    }
    Ok(())
}

fn owner(file: &File) -> io::Result<(u32, u32)> {
    file.metadata().map(|m| (m.uid(), m.gid()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(pinned(text, "post", "ab12").as_deref(), Some(want));
    }

    #[test]
    fn comments_and_layout_stay() {
        check(
            "# mine\n[transports.post]   # by post\nplugin = \"email\"  # the relay\nsha256   =   'old' # was pinned\n\n# deep\n[transports.post.config]\nhost = \"x\"\n",
            "# mine\n[transports.post]   # by post\nplugin = \"email\"  # the relay\nsha256   =   \"ab12\" # was pinned\n\n# deep\n[transports.post.config]\nhost = \"x\"\n",
        );
        check(
            "[transports.post]\nplugin = \"email\"\n\n# deep\n[transports.post.config]\nhost = \"x\" # y\n\n[lists.a]\ntitle = \"t\"\n",
            "[transports.post]\nplugin = \"email\"\nsha256 = \"ab12\"\n\n# deep\n[transports.post.config]\nhost = \"x\" # y\n\n[lists.a]\ntitle = \"t\"\n",
        );
        check(
            "transports.post = { plugin = \"null\" } # short\n",
            "transports.post = { plugin = \"null\" , sha256 = \"ab12\" } # short\n",
        );
        check(
            "[transports]\npost.plugin = \"null\"\npost.window = 4\nother.plugin = \"null\"\n",
            "[transports]\npost.plugin = \"null\"\npost.window = 4\npost.sha256 = \"ab12\"\nother.plugin = \"null\"\n",
        );
        assert_eq!(pinned("[transports.other]\nplugin = \"null\"\n", "post", "ab12"), None);
        assert_eq!(pinned("transports = 5", "post", "ab12"), None);
    }

    #[test]
    fn mode_and_link_stay_and_nothing_is_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("real.toml"), dir.path().join("link.toml"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("real.toml", &link).unwrap();
        let before = fs::metadata(&file).unwrap();
        replace(&[(&link, "old", "new")]).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let after = fs::metadata(&file).unwrap();
        assert_eq!((after.mode(), after.uid(), after.gid()), (before.mode(), before.uid(), before.gid()));
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        let (path, error) = replace(&[(&file, "old", "newer")]).unwrap_err();
        assert!(path == file && error.to_string().contains("somebody else"), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    /// If the second file cannot be written, the first has its old text again.
    #[test]
    fn several_are_written_together_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one.toml"), dir.path().join("two.toml"));
        let texts = || (fs::read_to_string(&one).unwrap(), fs::read_to_string(&two).unwrap());
        fs::write(&one, "1").unwrap();
        fs::write(&two, "changed").unwrap();
        let (path, _) = replace(&[(&one, "1", "one"), (&two, "2", "two")]).unwrap_err();
        assert_eq!((path, texts()), (two.clone(), ("1".to_owned(), "changed".to_owned())));
        let (path, _) = replace(&[(&one, "1", "one"), (&dir.path().join("none"), "", "x")]).unwrap_err();
        assert_eq!((path, texts().0), (dir.path().join("none"), "1".to_owned()));
        fs::write(&two, "2").unwrap();
        replace(&[(&one, "1", "one"), (&two, "2", "two")]).unwrap();
        assert_eq!(texts(), ("one".to_owned(), "two".to_owned()));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left beside them");
    }
}

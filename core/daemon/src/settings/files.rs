//! What the start needs of the file system: a socket's name that fits, and the store's files with their keys.

use super::check::SettingsChecker;
use super::read::SettingsTree;
use rundruf_lang::msg;
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Longest path of a Unix socket, in bytes: `sun_path` has 108 with the NUL at its end.
const LONGEST_SOCKET: usize = 107;

impl SettingsChecker<'_> {
    /// A path that the kernel takes for a socket.
    pub(super) fn socket_fits(&mut self, tree: &SettingsTree, written: bool, socket: &Path) {
        let length = socket.as_os_str().as_bytes().len();
        if length > LONGEST_SOCKET {
            let at = if written { "/daemon/socket" } else { "/store/url" };
            let message = msg!("daemon-socket-too-long", shown = %socket.display(), length = length);
            self.fault(tree, at, message, msg!("daemon-socket-too-long-help", most = LONGEST_SOCKET));
        }
    }

    /// The database and its keys can be read, and neither is there without the other.
    pub(super) fn store_is_whole(&mut self, tree: &SettingsTree, database: &Path, kek: Option<&Path>) {
        let beside = |ending: &str| {
            let mut name = OsString::from(database);
            name.push(ending);
            PathBuf::from(name)
        };
        let (keys, beside_kek) = (beside(".keys"), beside(".kek"));
        let (kek_at, kek) = kek.map_or(("/store/url", beside_kek.as_path()), |kek| ("/store/machine_key", kek));
        for (at, file) in [("/store/url", database), ("/store/url", keys.as_path()), (kek_at, kek)] {
            match File::open(file) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    let message = msg!("daemon-cannot-read", shown = %file.display(), error = &error);
                    self.fault(tree, at, message, msg!("daemon-store-file-help"));
                }
                _ => {}
            }
        }
        let filled = |file: &Path| std::fs::metadata(file).is_ok_and(|m| m.len() > 0);
        let (missing, at) = match (filled(database), keys.exists(), kek.exists()) {
            (true, false, _) => (&keys, "/store/url"),
            (true, true, false) => (&kek.to_owned(), kek_at),
            _ => return,
        };
        let message = msg!("daemon-store-key-missing", shown = %missing.display(), database = %database.display());
        self.fault(tree, at, message, msg!("daemon-store-key-missing-help"));
    }
}

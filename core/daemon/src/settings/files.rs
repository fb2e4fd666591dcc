//! What the start needs of the file system: a socket's name that fits, and the store's files with their keys.

use super::check::SettingsChecker;
use super::read::SettingsTree;
use rundruf_lang::{Message, msg};
use serde_json::Value;
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
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

    /// Whether the settings are only looked at, by somebody else than the daemon's user. That is the owner of the data folder.
    pub(super) fn is_other_user(&self, tree: &SettingsTree) -> bool {
        let url = tree.value.pointer("/store/url").and_then(Value::as_str).unwrap_or_default();
        let database = self.base.join(url.strip_prefix("sqlite:").unwrap_or_default());
        let owner = database.parent().and_then(|folder| folder.metadata().ok()).map(|meta| meta.uid());
        self.is_look && owner.is_some_and(|owner| owner != rustix::process::geteuid().as_raw())
    }

    /// Says that something could not be looked at by this user; whether it is a fault, only the daemon knows.
    pub(super) fn not_checked(&mut self, tree: &SettingsTree, at: &str, why: Message) {
        if tree.damaged {
            return;
        }
        let help = if rustix::process::geteuid().is_root() {
            msg!("daemon-not-checked-help-root")
        } else {
            msg!("daemon-not-checked-help")
        };
        self.warn(tree, at, msg!("daemon-not-checked", why = why), help);
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
        let owner = database.parent().and_then(|folder| folder.metadata().ok()).map(|meta| (meta.uid(), meta.gid()));
        for (at, file) in [("/store/url", database), ("/store/url", keys.as_path()), (kek_at, kek)] {
            match File::open(file) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    let message = msg!("daemon-cannot-read", shown = %file.display(), error = &error);
                    if error.kind() == ErrorKind::PermissionDenied && self.is_other_user(tree) {
                        // The others are not to be seen, either.
                        return self.not_checked(tree, at, message);
                    }
                    self.fault(tree, at, message, msg!("daemon-store-file-help"));
                }
                // Root reads everything: the daemon does not.
                Ok(open) => {
                    let uid = open.metadata().map_or(0, |meta| meta.uid());
                    if let Some((user, group)) = owner.filter(|(user, _)| *user != 0 && *user != uid) {
                        let message = msg!("daemon-store-file-owner", shown = %file.display(), uid = uid, user = user);
                        let fix =
                            msg!("daemon-store-file-owner-help", user = user, group = group, shown = %file.display());
                        self.fault(tree, at, message, fix);
                    }
                }
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

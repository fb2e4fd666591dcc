//! The state folder of a transport. The plugin controls its content, so the daemon follows no links in it, opens nothing but regular files,
//! keeps it closed to other users, and limits its size.

use rundruf_lang::{Message, msg};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, statat};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Deepest nesting of folders that is measured.
const MAX_DEPTH: usize = 32;

/// The path of a file of the daemon's beside the folder, where the plugin cannot write: `transports/NAME.pid`. No transport has a name with a dot.
pub(crate) fn beside(state_dir: &Path, ending: &str) -> PathBuf {
    let mut name = state_dir.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    state_dir.with_file_name(name)
}

/// Creates the folder if it is missing, and sets its mode to 0700, also if the plugin has changed it.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    if let Some(above) = folder.parent() {
        fs::create_dir_all(above)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
        _ => {}
    }
    if fs::metadata(folder)?.permissions().mode() & 0o777 != 0o700 {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Opens a file of the daemon's in the folder. A link, pipe or folder in its place is moved aside or removed, never followed.
pub(crate) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let plain = |options: &OpenOptions| {
        let file = options.open(path)?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is not a file")) }
    };
    match plain(options) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => {}
        done => return done,
    }
    move_aside(path)?;
    plain(options)
}

/// Removes a file; renames a folder, as emptying it may take for ever.
fn move_aside(path: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.is_dir() {
        return fs::remove_file(path);
    }
    let mut result = Ok(());
    for n in 0..100 {
        let mut aside = path.as_os_str().to_owned();
        aside.push(format!(".aside-{n}"));
        result = fs::rename(path, aside);
        if result.is_ok() {
            break;
        }
    }
    result
}

/// Size of a folder, or its limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct FolderUsage {
    pub(crate) bytes: u64,
    pub(crate) files: u64,
}

/// Which limit the folder exceeds, if any. Counting stops at the first limit.
pub(crate) fn excess(folder: &Path, limit: FolderUsage) -> Option<Message> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    // A folder that the daemon cannot open is not the plugin's fault.
    let opened = rustix::fs::open(folder, flags, Mode::empty()).ok()?;
    let mut sum = FolderUsage { bytes: 0, files: 0 };
    count(opened, MAX_DEPTH, &mut sum, limit).err()
}

/// Reserve of a file system of which no reserve is given, in bytes.
const DISK_RESERVE: u64 = 256 << 20;

/// Free bytes on the file system of a folder and the reserve, if less is free than the reserve and this much more.
pub(crate) fn shortage(folder: &Path, reserve: Option<u64>, more: u64) -> Option<(u64, u64)> {
    let fs = rustix::fs::statvfs(folder).ok()?;
    let free = fs.f_bavail.saturating_mul(fs.f_frsize);
    let whole = fs.f_blocks.saturating_mul(fs.f_frsize);
    let reserve = reserve.unwrap_or_else(|| DISK_RESERVE.min(whole / 20));
    (free < reserve.saturating_add(more.min(reserve / 4))).then_some((free, reserve))
}

/// Counts by descriptor, not by path: a folder may be replaced by a link at any moment.
fn count(folder: OwnedFd, depth: usize, sum: &mut FolderUsage, limit: FolderUsage) -> Result<(), Message> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(msg!("host-folder-too-deep", depth = MAX_DEPTH));
    };
    let Ok(mut entries) = Dir::read_from(&folder) else { return Ok(()) };
    while let Some(Ok(entry)) = entries.read() {
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        // Removed meanwhile.
        let Ok(stat) = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
        sum.files += 1;
        // Space on the disk; `st_blocks` counts units of 512 bytes on every file system.
        sum.bytes = sum.bytes.saturating_add(u64::try_from(stat.st_blocks).unwrap_or(0).saturating_mul(512));
        if sum.files > limit.files {
            return Err(msg!("host-folder-files", most = limit.files));
        }
        if sum.bytes > limit.bytes {
            return Err(msg!("host-folder-size", most = limit.bytes >> 20));
        }
        if FileType::from_raw_mode(stat.st_mode).is_dir() {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            match openat(&folder, name, flags, Mode::empty()) {
                Ok(inner) => count(inner, depth, sum, limit)?,
                Err(rustix::io::Errno::NOENT | rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR) => {}
                Err(_) => return Err(msg!("host-folder-unreadable")),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_folder_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("transports/a");
        let mode = || fs::metadata(&folder).unwrap().permissions().mode() & 0o777;
        make(&folder).unwrap();
        assert_eq!(mode(), 0o700);
        for plugin in [0o755, 0o777, 0o000, 0o500] {
            fs::set_permissions(&folder, Permissions::from_mode(plugin)).unwrap();
            make(&folder).unwrap();
            assert_eq!(mode(), 0o700);
        }
    }

    #[test]
    fn links_pipes_and_folders_in_the_way_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (ours, theirs) = (dir.path().join("lock"), dir.path().join("database"));
        let open = || open(&ours, File::options().create(true).truncate(false).write(true));
        symlink(&theirs, &ours).unwrap();
        open().unwrap();
        assert!(!theirs.exists(), "nothing is made where a link leads");
        assert!(fs::symlink_metadata(&ours).unwrap().is_file());
        for _ in 0..2 {
            fs::remove_file(&ours).unwrap();
            fs::create_dir_all(ours.join("depth/er")).unwrap();
            open().unwrap();
        }
        assert!(dir.path().join("lock.aside-1/depth/er").is_dir());
        fs::remove_file(&ours).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, &ours, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        open().unwrap();
        assert!(fs::symlink_metadata(&ours).unwrap().is_file(), "a pipe would have kept us waiting");
    }

    #[test]
    fn limits_of_the_folder_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let limit = FolderUsage { bytes: 1 << 20, files: 100 };
        let at = |name: &str| dir.path().join(name);
        let check = |want: Option<&str>| {
            let got = excess(dir.path(), limit);
            assert_eq!(got.is_some(), want.is_some(), "{got:?}");
            assert!(
                got.as_ref().map_or_else(String::new, ToString::to_string).contains(want.unwrap_or_default()),
                "{got:?}"
            );
        };
        check(None);
        symlink("/usr", at("usr")).unwrap();
        check(None);
        // A sparse file takes no space.
        File::create(at("hole")).unwrap().set_len(1 << 40).unwrap();
        check(None);
        fs::write(at("large"), vec![1; 2 << 20]).unwrap();
        check(Some("more than 1 MiB"));
        fs::remove_file(at("large")).unwrap();
        fs::create_dir(at("many")).unwrap();
        for n in 0..100 {
            File::create(at(&format!("many/{n}"))).unwrap();
        }
        check(Some("more than 100 files"));
        fs::remove_dir_all(at("many")).unwrap();
        fs::create_dir_all(at(&"d/".repeat(40))).unwrap();
        check(Some("deep in each other"));
    }
}

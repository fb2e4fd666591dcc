//! Refuses to run a file that anybody but root and the daemon's user could change.

use crate::error::HostError;
use rundruf_lang::{Message, msg};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

/// Largest number of symbolic links on one path.
const LINKS: usize = 40;
/// Mode bit: others may write.
const OTHERS: u32 = 0o002;
/// Mode bit: the group may write.
const GROUP: u32 = 0o020;
/// Extended attribute of a POSIX access list.
const LIST: &str = "system.posix_acl_access";
/// Mode bit of a folder in which users can remove their own files only.
const STICKY: u32 = 0o1000;

/// Checks the file, and each folder and link on its path.
///
/// # Errors
/// [`HostError::Writable`] names the file or folder and the command that fixes it; [`HostError::Read`] if something is missing.
pub fn check_owner(path: &Path) -> Result<(), HostError> {
    let trusted = TrustedUser::here();
    let read = |path: &Path, cause| HostError::Read { path: path.to_owned(), cause };
    let whole = std::path::absolute(path).map_err(|cause| read(path, cause))?;
    let mut ahead: VecDeque<OsString> = whole.components().map(|c| c.as_os_str().to_owned()).collect();
    let (mut here, mut links) = (PathBuf::from("/"), 0);
    while let Some(step) = ahead.pop_front() {
        match Path::new(&step).components().next() {
            Some(Component::ParentDir) => {
                here.pop();
                continue;
            }
            Some(Component::Normal(name)) => here.push(name),
            _ => here = PathBuf::from("/"),
        }
        let meta = std::fs::symlink_metadata(&here).map_err(|cause| read(&here, cause))?;
        trusted.check(&here, &meta)?;
        if !meta.is_symlink() {
            continue;
        }
        links += 1;
        if links > LINKS {
            return Err(read(&here, std::io::Error::from_raw_os_error(libc::ELOOP)));
        }
        let to = std::fs::read_link(&here).map_err(|cause| read(&here, cause))?;
        here.pop();
        for step in to.components().rev() {
            ahead.push_front(step.as_os_str().to_owned());
        }
    }
    Ok(())
}

/// The user that may have written the file, besides root.
struct TrustedUser {
    user: u32,
}

impl TrustedUser {
    fn here() -> Self {
        Self { user: rustix::process::geteuid().as_raw() }
    }

    fn check(&self, path: &Path, meta: &Metadata) -> Result<(), HostError> {
        let refused = |why: Message, remedy: &'static str| HostError::Writable { path: path.to_owned(), why, remedy };
        if meta.uid() != 0 && meta.uid() != self.user {
            let why = msg!("host-owned-by-another", user = meta.uid());
            return Err(refused(why, "chown root"));
        }
        let mode = meta.permissions().mode();
        // A link has no access rights.
        if meta.is_symlink() || (meta.is_dir() && mode & STICKY != 0) {
            return Ok(());
        }
        if mode & OTHERS != 0 {
            return Err(refused(msg!("host-writable-by-all"), "chmod go-w"));
        }
        // With an access list, the group bits are the upper limit for everybody named in it.
        if mode & GROUP != 0 && has_list(path) {
            return Err(refused(msg!("host-writable-by-list"), "setfacl -b"));
        }
        if mode & GROUP != 0 && !self.alone_in(meta.gid()) {
            return Err(refused(msg!("host-writable-by-group", group = meta.gid()), "chmod g-w"));
        }
        Ok(())
    }

    /// Whether the daemon's user (or root) is alone in this group, as many systems give each user a group of their own. False for an unknown group.
    fn alone_in(&self, group: u32) -> bool {
        let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
        alone(self.user, group, &read("/etc/passwd"), &read("/etc/group"))
    }
}

/// Whether the file has a POSIX access list; true if that cannot be read.
fn has_list(path: &Path) -> bool {
    match rustix::fs::lgetxattr_query(path, LIST) {
        Ok(length) => length > 0,
        Err(e) => !matches!(e, rustix::io::Errno::NODATA | rustix::io::Errno::OPNOTSUPP),
    }
}

fn alone(user: u32, group: u32, passwd: &str, groups: &str) -> bool {
    let number = |field: Option<&str>| field.and_then(|f| f.parse::<u32>().ok());
    // name : password : user : group : …
    let users: Vec<(&str, Option<u32>, Option<u32>)> = passwd
        .lines()
        .map(|line| {
            let mut fields = line.split(':');
            (fields.next().unwrap_or(""), number(fields.nth(1)), number(fields.next()))
        })
        .collect();
    let ours = |uid: Option<u32>| uid == Some(0) || uid == Some(user);
    let named = |name: &str| users.iter().find(|(n, ..)| *n == name).is_some_and(|(_, uid, _)| ours(*uid));
    // name : password : group : members
    let Some(members) = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (number(fields.nth(2)) == Some(group)).then(|| fields.next().unwrap_or(""))
    }) else {
        return false;
    };
    members.split(',').filter(|m| !m.is_empty()).all(named)
        && users.iter().filter(|(_, _, gid)| *gid == Some(group)).all(|(_, uid, _)| ours(*uid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::symlink;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_path_that_others_can_write_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("plugins");
        fs::create_dir(&folder).unwrap();
        let file = folder.join("x.so");
        fs::write(&file, "").unwrap();
        for (path, usual) in [(&file, 0o644), (&folder, 0o755), (&dir.path().to_owned(), 0o755)] {
            mode(path, usual);
            check_owner(&file).unwrap();
            mode(path, usual | 0o002);
            let error = check_owner(&file).unwrap_err().to_string();
            assert!(error.contains(&format!("`{}` is not safe", path.display())), "{error}");
            assert!(error.contains(&format!("chmod go-w {}", path.display())), "{error}");
            if path != &file {
                mode(path, usual | 0o1002);
                check_owner(&file).unwrap();
            }
            mode(path, usual);
        }
    }

    #[test]
    fn an_access_list_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.so");
        fs::write(&file, "").unwrap();
        mode(&file, 0o664);
        check_owner(&file).unwrap();
        // Version 2; owner rw, user 12345 as given, group r, the most rw, others r.
        let list = |named: u16| {
            let entries =
                [(1, 6, u32::MAX), (2, named, 12_345), (4, 4, u32::MAX), (0x10, 6, u32::MAX), (0x20, 4, u32::MAX)];
            let mut bytes = 2_u32.to_le_bytes().to_vec();
            for (tag, may, who) in entries {
                bytes.extend([u16::to_le_bytes(tag), u16::to_le_bytes(may)].concat());
                bytes.extend(u32::to_le_bytes(who));
            }
            bytes
        };
        rustix::fs::setxattr(&file, LIST, &list(6), rustix::fs::XattrFlags::empty()).unwrap();
        let error = check_owner(&file).unwrap_err().to_string();
        assert!(error.contains("an access list may let others write to it (setfacl -b "), "{error}");
        mode(&file, 0o644);
        check_owner(&file).unwrap();
    }

    #[test]
    fn each_link_on_the_path_is_checked() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for folder in ["good", "bad", "bad/inner"] {
            fs::create_dir(at(folder)).unwrap();
        }
        fs::write(at("bad/inner/x.so"), "").unwrap();
        symlink("../bad/inner", at("good/way")).unwrap();
        symlink(at("good/way/x.so"), at("good/x.so")).unwrap();
        check_owner(&at("good/x.so")).unwrap();
        mode(&at("bad"), 0o777);
        let error = check_owner(&at("good/x.so")).unwrap_err().to_string();
        assert!(error.contains("bad` is not safe: everybody can write to it"), "{error}");
        symlink("round", at("good/round")).unwrap();
        assert!(check_owner(&at("good/round")).is_err());
        assert!(check_owner(&at("good/none.so")).unwrap_err().to_string().contains("none.so"));
    }

    #[test]
    fn a_group_with_other_members_is_refused() {
        let passwd = "root:x:0:0:::\nanna:x:1000:1000:::\nben:x:1001:1001:::\ncarl:x:1002:50:::\n";
        let groups = "root:x:0:\nanna:x:1000:\nshared:x:40:anna,ben\nown:x:41:anna,root\nstaff:x:50:\ngone:x:60:dora\n";
        let check = |group, want| assert_eq!(alone(1000, group, passwd, groups), want, "{group}");
        check(1000, true);
        check(0, true);
        check(41, true);
        check(40, false);
        check(50, false);
        check(60, false);
        check(77, false);
    }
}

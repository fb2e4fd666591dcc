//! Looks through the data folder for the spellings of an address. What Rundruf and its plugins wrote there is overwritten; what somebody else
//! put there is named.

use rundruf_store::Spellings;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes that are read at once.
const CHUNK: usize = 1 << 20;
/// Folders within folders: deeper ones are not ours.
const DEPTH: u32 = 16;
/// Most files that are named.
const NAMED: usize = 100;
/// Folders in the data folder that only Rundruf and its plugins write.
const OURS: [&str; 2] = ["transports", "spool"];
/// The host's own journal carries a checksum, and no addresses: it is settled and removed at the next start.
const JOURNAL: &str = "orphan.journal";

/// Where the spellings were found.
#[derive(Debug, Default)]
pub(super) struct FileSearch {
    /// In the database, its keys or their write-ahead logs.
    pub(super) is_in_database: bool,
    /// Files that were overwritten in place, or renamed.
    pub(super) cleared: u64,
    /// Files of somebody else, relative to the data folder.
    pub(super) elsewhere: Vec<String>,
}

/// How files are searched.
#[derive(Clone, Copy)]
pub(super) struct SearchRules<'a> {
    pub(super) spellings: &'a Spellings,
    /// What is found in our own files is overwritten.
    pub(super) clear: bool,
    /// Transports whose state folders are left out: their plugins are still to find there what they forget.
    pub(super) left_out: &'a [String],
}

/// Searches every file of the folder; symbolic links are not followed.
pub(super) fn search(folder: &Path, rules: SearchRules<'_>) -> io::Result<FileSearch> {
    let mut found = FileSearch::default();
    walk(folder, folder, rules, 0, &mut found)?;
    found.elsewhere.sort();
    Ok(found)
}

fn walk(root: &Path, folder: &Path, how: SearchRules<'_>, depth: u32, found: &mut FileSearch) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if depth == 1 && folder.ends_with("transports") && how.left_out.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        if kind.is_dir() && depth < DEPTH {
            walk(root, &path, how, depth + 1, found)?;
        } else if kind.is_file() {
            match file(root, &path, how, found) {
                // A plugin or a running import may remove its files meanwhile.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                // Not ours: it belongs to another user.
                Err(e) if e.kind() == io::ErrorKind::PermissionDenied => {}
                done => done?,
            }
        }
    }
    Ok(())
}

/// Whether this is the database, its keys, or what SQLite keeps beside them.
fn is_database(name: &str) -> bool {
    let name = name.strip_suffix("-wal").or_else(|| name.strip_suffix("-shm")).unwrap_or(name);
    name.ends_with(".db") || name.ends_with(".db.keys")
}

fn file(root: &Path, path: &Path, how: SearchRules<'_>, found: &mut FileSearch) -> io::Result<()> {
    let SearchRules { spellings, clear, .. } = how;
    let inside = path.strip_prefix(root).unwrap_or(path);
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let at_top = inside.components().count() == 1;
    let is_ours =
        inside.components().next().is_some_and(|first| OURS.iter().any(|o| first.as_os_str() == *o)) && name != JOURNAL;
    let places = places(path, spellings)?;
    let in_name = spellings.redact(&name);
    if places.is_empty() && in_name.is_none() {
        return Ok(());
    }
    if at_top && is_database(&name) {
        found.is_in_database = true;
    } else if is_ours && clear {
        overwrite(path, &places)?;
        if let Some(other) = in_name {
            fs::rename(path, path.with_file_name(other))?;
        }
        found.cleared += 1;
    } else if found.elsewhere.len() < NAMED {
        // A name may be the address.
        let shown: PathBuf = inside
            .components()
            .map(|c| {
                spellings.redact(&c.as_os_str().to_string_lossy()).map_or_else(|| c.as_os_str().to_owned(), Into::into)
            })
            .collect();
        found.elsewhere.push(shown.display().to_string());
    }
    Ok(())
}

/// Where the spellings occur in a file, in bytes from its begin.
fn places(path: &Path, spellings: &Spellings) -> io::Result<Vec<(u64, usize)>> {
    let mut file = File::open(path)?;
    let (mut buffer, mut kept, mut base) = (vec![0; CHUNK], Vec::new(), 0_u64);
    let mut all = Vec::new();
    loop {
        let n = file.read(&mut buffer)?;
        kept.extend_from_slice(buffer.get(..n).unwrap_or_default());
        let found = spellings.places(&kept).map(|place| (base + place.start as u64, place.len()));
        all.extend(found);
        if n == 0 {
            all.sort_unstable();
            all.dedup();
            return Ok(all);
        }
        // A spelling may lie across two chunks, with the character before and the two behind it that decide whether it is whole.
        let overlap = kept.len().min(spellings.longest() + 3);
        base += (kept.len() - overlap) as u64;
        kept.drain(..kept.len() - overlap);
    }
}

/// Writes over the places, so that the file keeps its size and form.
fn overwrite(path: &Path, places: &[(u64, usize)]) -> io::Result<()> {
    let mut file = File::options().write(true).open(path)?;
    for (at, length) in places {
        file.seek(SeekFrom::Start(*at))?;
        file.write_all(&vec![b'x'; *length])?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rundruf_consent::{Address, Channel};

    #[test]
    fn ours_is_overwritten_and_others_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for folder in ["transports/kasten/state", "spool", "messages"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        let address = Address::parse(Channel::Email, "Erika@Muster.example", None).unwrap();
        let spellings = Spellings::new([&address]).unwrap();
        // Across the border of two chunks.
        let mut large = vec![b' '; CHUNK - 5];
        large.extend(b"erika@MUSTER.example and frederika@muster.example");
        fs::write(at("transports/kasten/state/seen"), &large).unwrap();
        fs::write(at("transports/kasten/state/erika@muster.example"), "x").unwrap();
        fs::write(at("messages/1.eml"), "To: erika@muster.example").unwrap();
        fs::write(at("rundruf.db-wal"), "erika@muster.example").unwrap();
        fs::write(at("people.csv"), "somebody@else.example").unwrap();
        let rules = |clear, left_out| SearchRules { spellings: &spellings, clear, left_out };
        let kept = [String::from("spaeter")];
        fs::create_dir_all(at("transports/spaeter")).unwrap();
        fs::write(at("transports/spaeter/seen"), "erika@muster.example").unwrap();
        let found = search(dir.path(), rules(true, &kept)).unwrap();
        assert!(found.is_in_database);
        assert_eq!((found.cleared, found.elsewhere), (2, vec!["messages/1.eml".to_owned()]));
        let seen = fs::read(at("transports/kasten/state/seen")).unwrap();
        assert!(seen.len() == large.len() && seen.ends_with(b"xxxxxxxxxxxxxxxxxxxx and frederika@muster.example"));
        let again = search(dir.path(), rules(false, &kept)).unwrap();
        assert_eq!((again.cleared, again.elsewhere.len()), (0, 1));
        // Its plugin is to find it there.
        assert_eq!(fs::read_to_string(at("transports/spaeter/seen")).unwrap(), "erika@muster.example");
    }
}

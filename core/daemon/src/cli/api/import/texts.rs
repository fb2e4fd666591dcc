//! The texts that cells name as `@file`: beside the table or in a folder below it, never elsewhere, never behind a link.

use rundruf_lang::{Message, msg};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Component, Path};

/// Most files, the largest size of one, and the longest name, in bytes.
const MOST: usize = 256;
const LARGEST: u64 = 16 * 1024;
const LONGEST: usize = 512;
/// Bytes of the table that are read together.
const PIECE: usize = 256 * 1024;

/// What the files say, and why some could not be read.
#[derive(Default)]
pub(super) struct NamedTexts {
    pub(super) texts: BTreeMap<String, String>,
    pub(super) faults: BTreeMap<String, Message>,
}

impl NamedTexts {
    /// Reads the files that a table, or a value for all of its rows, names.
    pub(super) fn read(table: &Path, constant: Option<&str>) -> std::io::Result<Self> {
        let mut names = names_in(table)?;
        names.extend(constant.and_then(|text| text.strip_prefix('@')).map(|name| name.trim().to_owned()));
        let folder = table.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut all = Self::default();
        for name in names {
            match text_of(folder, &name) {
                Ok(Some(text)) => {
                    all.texts.insert(name, text);
                }
                Ok(None) => {}
                Err(why) => {
                    all.faults.insert(name, why);
                }
            }
        }
        Ok(all)
    }
}

/// Reads one file. `None` if there is none of that name.
fn text_of(folder: &Path, name: &str) -> Result<Option<String>, Message> {
    // Written on Windows.
    let relative = name.replace('\\', "/");
    let parts: Vec<&str> = relative.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let is_drive = parts.first().is_some_and(|part| part.ends_with(':'));
    let is_below =
        Path::new(&relative).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !is_below || is_drive {
        return Err(msg!("daemon-import-text-outside"));
    }
    let mut path = folder.to_owned();
    for part in &parts {
        path.push(part);
        match fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_symlink() => return Err(msg!("daemon-import-text-link")),
            Ok(_) => {}
            Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(e) => return Err((&e).into()),
        }
    }
    let flags = rustix::fs::OFlags::RDONLY
        | rustix::fs::OFlags::NOFOLLOW
        | rustix::fs::OFlags::NONBLOCK
        | rustix::fs::OFlags::CLOEXEC;
    let file = rustix::fs::open(&path, flags, rustix::fs::Mode::empty()).map_err(std::io::Error::from);
    let file = fs::File::from(file.map_err(|e| Message::from(&e))?);
    let meta = file.metadata().map_err(|e| Message::from(&e))?;
    if !meta.is_file() {
        return Err(msg!("daemon-not-a-file"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 4).read_to_end(&mut bytes).map_err(|e| Message::from(&e))?;
    let text = decoded(&bytes).ok_or_else(|| msg!("lang-not-utf8"))?;
    if text.len() as u64 > LARGEST {
        return Err(msg!("daemon-import-text-long", kib = LARGEST / 1024));
    }
    Ok(Some(text))
}

/// UTF-8, with or without its mark, or UTF-16 with one.
fn decoded(bytes: &[u8]) -> Option<String> {
    let wide = |rest: &[u8], order: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.as_chunks::<2>().0.iter().map(|pair| order(*pair)).collect();
        String::from_utf16(&units).ok()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(str::to_owned),
        _ => std::str::from_utf8(bytes).ok().map(str::to_owned),
    }
}

/// The names behind an `@` with which a cell of the table begins.
fn names_in(table: &Path) -> std::io::Result<BTreeSet<String>> {
    let mut file = fs::File::open(table)?;
    let (mut names, mut kept) = (BTreeSet::new(), Vec::new());
    let mut piece = vec![0; PIECE];
    let mut is_wide = None;
    loop {
        let got = file.read(&mut piece)?;
        // The zero bytes of UTF-16 are left out: names are ASCII there, or not found.
        let bytes = piece.get(..got).unwrap_or_default();
        let wide = *is_wide.get_or_insert(bytes.iter().take(64).any(|b| *b == 0) || bytes.starts_with(&[0xff, 0xfe]));
        kept.extend(bytes.iter().copied().filter(|b| !(wide && *b == 0)));
        let is_last = got == 0;
        // A name that the end of the piece cuts is looked at with the next one.
        let end = if is_last { kept.len() } else { kept.len().saturating_sub(LONGEST) };
        let mut before = None;
        for (at, byte) in kept.iter().enumerate().take(end) {
            let begins =
                before.is_none_or(|b: u8| matches!(b, b',' | b';' | b'\t' | b'\n' | b'\r' | b'"' | b'|' | b' '));
            if *byte == b'@' && begins {
                names.extend(kept.get(at + 1..).and_then(name_at));
            }
            before = Some(*byte);
        }
        if names.len() > MOST || is_last {
            return Ok(names.into_iter().take(MOST).collect());
        }
        kept.drain(..end.saturating_sub(1).min(kept.len()));
    }
}

fn name_at(bytes: &[u8]) -> Option<String> {
    let is_end = |b: &u8| matches!(b, b',' | b';' | b'\t' | b'\n' | b'\r' | b'"' | b'|');
    let end = bytes.iter().take(LONGEST).position(is_end).unwrap_or(bytes.len().min(LONGEST));
    let bytes = bytes.get(..end)?;
    // Outside of ASCII, windows-1252 agrees with Latin-1 on alphabetic characters.
    let text =
        std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|b| char::from(*b)).collect(), str::to_owned);
    let text = text.trim();
    (!text.is_empty() && !text.contains(char::is_control)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_below_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("tables");
        fs::create_dir_all(folder.join("texts/old")).unwrap();
        fs::write(dir.path().join("secret.txt"), "secret").unwrap();
        fs::write(folder.join("a.txt"), "\u{feff}A").unwrap();
        fs::write(folder.join("texts/2025.txt"), "2025").unwrap();
        fs::write(folder.join("texts/old/für alle.txt"), "alt").unwrap();
        fs::write(folder.join("large.txt"), "x".repeat(20_000)).unwrap();
        fs::write(folder.join("raw.txt"), b"M\xfcller").unwrap();
        std::os::unix::fs::symlink(dir.path().join("secret.txt"), folder.join("link.txt")).unwrap();
        std::os::unix::fs::symlink(dir.path(), folder.join("up")).unwrap();
        let cells = [
            "@a.txt",
            "@texts/2025.txt",
            "@texts\\2025.txt",
            "@texts/old/für alle.txt",
            "@none.txt",
            "@../secret.txt",
            "@/etc/passwd",
            "@link.txt",
            "@up/secret.txt",
            "@large.txt",
            "@raw.txt",
            "@texts",
            "@C:\\x.txt",
            "@texts/../../secret.txt",
        ];
        let rows: String = cells.iter().map(|cell| format!("x@krume.example;{cell};\"{cell}\"\r\n")).collect();
        for bytes in [
            format!("email;consent_text\r\n{rows}").into_bytes(),
            rows.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ] {
            let table = folder.join("people.csv");
            fs::write(&table, &bytes).unwrap();
            let all = NamedTexts::read(&table, Some("@ a.txt")).unwrap();
            for (name, want) in [("a.txt", "A"), ("texts/2025.txt", "2025"), ("texts\\2025.txt", "2025")] {
                assert_eq!(all.texts.get(name).map(String::as_str), Some(want), "{name}");
            }
            for (name, want) in [
                ("../secret.txt", "outside"),
                ("/etc/passwd", "outside"),
                ("texts/../../secret.txt", "outside"),
                ("C:\\x.txt", "outside"),
                ("link.txt", "link"),
                ("up/secret.txt", "link"),
                ("large.txt", "16 KiB"),
                ("raw.txt", "UTF-8"),
                ("texts", "not a file"),
            ] {
                assert!(
                    all.faults.get(name).is_some_and(|why| why.to_string().contains(want)),
                    "{name}: {:?}",
                    all.faults.get(name)
                );
            }
            assert!(!all.texts.contains_key("none.txt") && !all.faults.contains_key("none.txt"));
            assert!(!all.texts.values().any(|text| text.contains("secret")));
        }
    }

    #[test]
    fn addresses_are_not_names() {
        let dir = tempfile::tempdir().unwrap();
        let table = dir.path().join("people.csv");
        let mut text = "email,consent_text\n".to_owned();
        for n in 0..40_000 {
            text.push_str(&format!("person{n}@krume.example,@texts/{}.txt\n", n % 3));
        }
        fs::write(&table, text).unwrap();
        let names: Vec<String> = names_in(&table).unwrap().into_iter().collect();
        assert_eq!(names, ["texts/0.txt", "texts/1.txt", "texts/2.txt"]);
    }
}

//! Which addresses were erased, by number and keyed hash, in a small file beside the database: an older copy of the database that is brought back
//! holds them again, and they are erased again.

use super::contact;
use super::writer::Writer;
use crate::AddressRow;
use crate::error::Result;
use crate::private_file::{self, beside};
use rundruf_consent::suppression::{self, Pepper};
use rundruf_consent::text::{hex, unhex};
use rundruf_consent::{Address, AddressId};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Ending of its name.
pub(crate) const ENDING: &str = "erased";

/// Notes addresses; they are on disk when this returns.
pub(super) fn append(w: &Writer, addresses: &[(AddressId, Address)]) -> Result<()> {
    let path = beside(&w.path, ENDING);
    private_file::create(&path)?;
    let mut lines = String::new();
    for (id, address) in addresses {
        lines.push_str(&format!("{} {}\n", id.0, hex(&suppression::hash(&w.secrets.pepper, address))));
    }
    let write = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new().append(true).open(&path)?;
        file.write_all(lines.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|e| crate::StoreError::Unusable { path, cause: e.into() })
}

fn read(path: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The lines of two journals, each once.
pub(crate) fn union(one: &Path, other: &Path) -> String {
    let mut all = read(one);
    all.extend(read(other));
    all.into_iter().map(|line| format!("{line}\n")).collect()
}

/// Addresses that were erased and are here again.
pub(super) fn returned(c: &Connection, pepper: &Pepper, database: &Path) -> Result<Vec<AddressRow>> {
    let mut found = Vec::new();
    for line in read(&beside(database, ENDING)) {
        let entry = line.split_once(' ').and_then(|(id, hash)| Some((id.parse().ok()?, unhex::<32>(hash)?)));
        let Some((id, hash)) = entry else { continue };
        // A person who came back has another number.
        let here = contact::address_get(c, AddressId(id))?;
        found.extend(here.filter(|row| suppression::hash(pepper, &row.address) == hash));
    }
    Ok(found)
}

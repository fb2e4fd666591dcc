//! Opens a library and checks everything it says before any of it is used. A library that was opened is never closed: thread-locals of
//! its threads would outlive their code.

use crate::{HostError, Manifest};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW, Symbol};
use rundruf_abi::{ABI, Descriptor, Entry, EntryFn, MAGIC, TransportTable, View};
use std::path::Path;

/// Not in libloading: keeps the code mapped whatever happens (Linux value).
const RTLD_NODELETE: i32 = 0x1000;

/// A library that was checked.
#[derive(Clone, Copy)]
pub(crate) struct Loaded {
    pub(crate) table: &'static TransportTable,
    pub(crate) flags: u32,
}

/// Opens the library and checks entry, descriptor and table against the manifest that was read from the same file.
pub(crate) fn load(path: &Path, manifest_id: &str) -> Result<Loaded, HostError> {
    let failed = |why: String| HostError::Load { path: path.to_owned(), why };
    // SAFETY: opening runs the library's constructors. The admin named this file; by default we are in the plugin's own process.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) }
        .map_err(|e| failed(e.to_string()))?;
    let entry = {
        // SAFETY: the contract fixes the type of this symbol.
        let symbol: Symbol<EntryFn> = unsafe { library.get(rundruf_abi::ENTRY_SYMBOL) }
            .map_err(|_| failed("it does not export `rundruf_plugin_v1`".to_owned()))?;
        // SAFETY: the contract: no effect, any number of calls.
        unsafe { symbol() }
    };
    // Never closed: see above.
    std::mem::forget(library);
    check(path, entry, manifest_id)
}

fn check(path: &Path, entry: *const Entry, manifest_id: &str) -> Result<Loaded, HostError> {
    let failed = |why: &str| HostError::Load { path: path.to_owned(), why: why.to_owned() };
    // SAFETY: clause *static*: null or an entry that lives for ever; magic and version come first in every version.
    let entry = unsafe { entry.as_ref() }.ok_or_else(|| failed("its entry is null"))?;
    if entry.magic != MAGIC {
        return Err(failed("its entry does not begin with the magic number"));
    }
    if !ABI.accepts(entry.abi) {
        return Err(HostError::Version {
            path: path.to_owned(),
            found: format!("{}.{}", entry.abi.major, entry.abi.minor),
            known: format!("{}.{}", ABI.major, ABI.minor),
        });
    }
    if (entry.size as usize) < size_of::<Entry>() {
        return Err(failed("its entry is smaller than this version of the contract demands"));
    }
    // SAFETY: clause *static*.
    let descriptor: &'static Descriptor =
        unsafe { entry.descriptor.as_ref() }.ok_or_else(|| failed("its descriptor is null"))?;
    if (descriptor.size as usize) < size_of::<Descriptor>() {
        return Err(failed("its descriptor is smaller than this version of the contract demands"));
    }
    if text(&descriptor.id) != manifest_id {
        return Err(failed("its descriptor and its manifest name different ids"));
    }
    // SAFETY: clause *static*.
    let table: &'static TransportTable =
        unsafe { descriptor.table.as_ref() }.ok_or_else(|| failed("its function table is null"))?;
    if (table.size as usize) < size_of::<TransportTable>() {
        return Err(failed("its function table is smaller than this version of the contract demands"));
    }
    if table.open.is_none() || table.submit.is_none() || table.drain.is_none() || table.close.is_none() {
        return Err(failed("its function table lacks `open`, `submit`, `drain` or `close`"));
    }
    Ok(Loaded { table, flags: entry.flags })
}

fn text(view: &View<'static>) -> String {
    // SAFETY: clause *static*.
    String::from_utf8_lossy(unsafe { view.bytes() }).into_owned()
}

/// Refuses what must not run in the daemon's own process.
pub(crate) fn check_in_process(path: &Path, loaded: Loaded) -> Result<(), HostError> {
    let why = if loaded.flags & Entry::PANIC_ABORT != 0 {
        "it was built with `panic = \"abort\"`"
    } else if loaded.flags & Entry::GO_RUNTIME != 0 {
        "it contains a Go runtime"
    } else {
        return Ok(());
    };
    Err(HostError::Load { path: path.to_owned(), why: format!("{why}: run it with isolation = \"process\"") })
}

/// Checks the file against a pinned digest.
pub(crate) fn check_digest(path: &Path, manifest: &Manifest, pinned: Option<[u8; 32]>) -> Result<(), HostError> {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    match pinned {
        Some(pinned) if pinned != manifest.sha256 => {
            Err(HostError::Digest { path: path.to_owned(), found: hex(&manifest.sha256), pinned: hex(&pinned) })
        }
        _ => Ok(()),
    }
}

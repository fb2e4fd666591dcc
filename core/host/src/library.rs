//! Opens a library and checks everything it says before any of it is used. A library that was opened is never closed: thread-locals of
//! its threads would outlive their code.
//!
//! What is run is what was read: the file is copied once into memory that nobody can change any more. Digest, manifest and code all come
//! from there, also when a plugin's process is started again.

use crate::{HostError, Manifest, discover, manifest};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW, Symbol};
use rundruf_abi::{ABI, Descriptor, Entry, EntryFn, MAGIC, TransportTable, View};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Not in libloading: keeps the code mapped whatever happens (Linux value).
const RTLD_NODELETE: i32 = 0x1000;

/// A copy of a library in memory.
pub(crate) struct SealedLibrary {
    memory: OwnedFd,
    path: PathBuf,
}

/// Copies a library that only trusted people can have changed, and reads its manifest from the copy.
pub(crate) fn seal(path: &Path) -> Result<(SealedLibrary, Manifest), HostError> {
    discover::check_owner(path)?;
    let bytes = manifest::bytes(path)?;
    // Copied while it is hashed: each takes half a millisecond for a megabyte.
    let (memory, manifest) = std::thread::scope(|both| {
        let copying = both.spawn(|| in_memory(&bytes));
        let manifest = Manifest::from_bytes(path, &bytes);
        (copying.join().unwrap_or_else(|_| Err(io::Error::other("the copy was not finished"))), manifest)
    });
    let manifest = manifest?;
    let memory = memory.map_err(|e| HostError::Load {
        path: path.to_owned(),
        why: format!("the system has no memory file for it: {e}"),
    })?;
    Ok((SealedLibrary { memory, path: path.to_owned() }, manifest))
}

/// Copies a library into a sealed memory file, which nobody can change any more: it can be opened by `/proc/self/fd/N`.
///
/// # Errors
/// If the system has no memory file for it.
pub fn in_memory(bytes: &[u8]) -> io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Code for a library, never a program. Kernels before 6.3 do not know the difference.
    let memory = memfd_create("plugin", flags | MemfdFlags::NOEXEC_SEAL).or_else(|_| memfd_create("plugin", flags))?;
    let mut memory = File::from(memory);
    memory.write_all(bytes)?;
    fcntl_add_seals(&memory, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
    Ok(memory.into())
}

impl SealedLibrary {
    /// One that the daemon has handed over.
    pub(crate) fn inherited(memory: OwnedFd, path: &Path) -> Self {
        Self { memory, path: path.to_owned() }
    }

    /// Its memory, for a plugin's process.
    pub(crate) fn memory(&self) -> BorrowedFd<'_> {
        self.memory.as_fd()
    }
}

/// A library that was checked.
#[derive(Clone, Copy)]
pub(crate) struct LoadedLibrary {
    pub(crate) table: &'static TransportTable,
    pub(crate) flags: u32,
}

/// Loads into the daemon's own process. The same bytes are loaded once, whatever their file is called.
pub(crate) fn load_here(sealed: &SealedLibrary, manifest: &Manifest) -> Result<LoadedLibrary, HostError> {
    static KNOWN: Mutex<Option<HashMap<[u8; 32], LoadedLibrary>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(loaded) = known.get(&manifest.sha256) {
        return Ok(*loaded);
    }
    let memory = sealed.memory.try_clone().map_err(|cause| HostError::Read { path: sealed.path.clone(), cause })?;
    let loaded = load(SealedLibrary::inherited(memory, &sealed.path), &manifest.id)?;
    known.insert(manifest.sha256, loaded);
    Ok(loaded)
}

/// Opens the library and checks entry, descriptor and table against the manifest that was read from the same bytes.
pub(crate) fn load(sealed: SealedLibrary, manifest_id: &str) -> Result<LoadedLibrary, HostError> {
    let SealedLibrary { memory, path } = sealed;
    let name = format!("/proc/self/fd/{}", memory.as_raw_fd());
    let failed =
        |why: String| HostError::Load { path: path.clone(), why: why.replace(&name, &path.display().to_string()) };
    // SAFETY: opening runs the library's constructors. The admin named this file; by default we are in the plugin's own process.
    let library = unsafe { Library::open(Some(&name), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) }
        .map_err(|e| failed(std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string)))?;
    // The loader knows libraries by name: this one must never come to mean another.
    std::mem::forget(memory);
    let entry = {
        // SAFETY: the contract fixes the type of this symbol.
        let symbol: Symbol<EntryFn> = unsafe { library.get(rundruf_abi::ENTRY_SYMBOL) }
            .map_err(|_| failed("it does not export `rundruf_plugin_v1`".to_owned()))?;
        // SAFETY: the contract: no effect, any number of calls.
        unsafe { symbol() }
    };
    // Never closed: see above.
    std::mem::forget(library);
    check(&path, entry, manifest_id)
}

fn check(path: &Path, entry: *const Entry, manifest_id: &str) -> Result<LoadedLibrary, HostError> {
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
    let id = text(&descriptor.id);
    if id != manifest_id {
        let id = id.escape_debug();
        return Err(failed(&format!(
            "its code says that it is `{id}`, its manifest says `{manifest_id}`: write the same id in both"
        )));
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
    Ok(LoadedLibrary { table, flags: entry.flags })
}

fn text(view: &View<'static>) -> String {
    // SAFETY: clause *static*.
    String::from_utf8_lossy(unsafe { view.bytes() }).into_owned()
}

/// Refuses what says of itself that it must not run in the daemon's own process, before any code of it runs there.
pub(crate) fn check_willing(path: &Path, manifest: &Manifest) -> Result<(), HostError> {
    if manifest.in_process {
        return Ok(());
    }
    let why = "its manifest says that it needs a process of its own: run it with isolation = \"process\"";
    Err(HostError::Load { path: path.to_owned(), why: why.to_owned() })
}

/// Refuses what must not run in the daemon's own process and does not say so in its manifest.
pub(crate) fn check_in_process(path: &Path, loaded: LoadedLibrary) -> Result<(), HostError> {
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

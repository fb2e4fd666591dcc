//! Opens a library and checks its tables before any of them is used. A library is never closed: thread-locals of its threads would outlive
//! their code.
//!
//! The bytes that were checked are the bytes that run: the file is copied once into sealed memory. Digest, manifest and code come from that
//! copy, also after a restart.

use crate::error::HostError;
use crate::manifest::Manifest;
use crate::sync::lock;
use crate::{discover, manifest};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW, Symbol};
use rundruf_abi::{ABI, Descriptor, Entry, EntryFn, Growing, MAGIC, TransportTable, View};
use rundruf_lang::{Message, msg};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Keeps the code mapped for ever. Value of Linux; libloading does not have it.
const RTLD_NODELETE: i32 = 0x1000;

/// A copy of a library in sealed memory.
pub(crate) struct SealedLibrary {
    memory: OwnedFd,
    path: PathBuf,
    /// SHA-256 of its bytes.
    pub(crate) digest: [u8; 32],
}

/// Checks who could have changed the file, copies it into sealed memory, and reads the manifest from the copy; answers its JSON, too.
pub(crate) fn seal(path: &Path) -> Result<(SealedLibrary, Manifest, Vec<u8>), HostError> {
    discover::check_owner(path)?;
    let bytes = manifest::bytes(path)?;
    // Copied and hashed in parallel: each takes half a millisecond per megabyte.
    let (memory, manifest) = std::thread::scope(|both| {
        let copying = both.spawn(|| in_memory(&bytes));
        let manifest = Manifest::from_bytes(path, &bytes);
        (copying.join().unwrap_or_else(|_| Err(io::Error::other("the copy was not finished"))), manifest)
    });
    let manifest = manifest?;
    let memory =
        memory.map_err(|e| HostError::Load { path: path.to_owned(), why: msg!("host-no-memory-file", why = &e) })?;
    let json = manifest::json_of(path, &bytes)?.to_vec();
    Ok((SealedLibrary { memory, path: path.to_owned(), digest: manifest.sha256 }, manifest, json))
}

/// Copies a library into a sealed memory file, which can be opened as `/proc/self/fd/N` and not be changed.
///
/// # Errors
/// If the system has no memory file for it.
pub fn in_memory(bytes: &[u8]) -> io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Not executable as a program; kernels before 6.3 do not know this flag.
    let memory = memfd_create("plugin", flags | MemfdFlags::NOEXEC_SEAL).or_else(|_| memfd_create("plugin", flags))?;
    let mut memory = File::from(memory);
    memory.write_all(bytes)?;
    fcntl_add_seals(&memory, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
    Ok(memory.into())
}

impl SealedLibrary {
    /// A copy that the daemon passed to this process.
    pub(crate) fn inherited(memory: OwnedFd, path: &Path) -> Self {
        Self { memory, path: path.to_owned(), digest: [0; 32] }
    }

    /// The memory file, to pass to a plugin process.
    pub(crate) fn memory(&self) -> BorrowedFd<'_> {
        self.memory.as_fd()
    }
}

/// The checked tables of an open library.
#[derive(Clone, Copy)]
pub(crate) struct LoadedLibrary {
    pub(crate) table: &'static TransportTable,
    pub(crate) flags: u32,
}

/// Loads the library into the daemon's process. Equal bytes are loaded once, whatever their path.
pub(crate) fn load_here(sealed: &SealedLibrary, manifest: &Manifest) -> Result<LoadedLibrary, HostError> {
    static KNOWN: Mutex<Option<HashMap<[u8; 32], LoadedLibrary>>> = Mutex::new(None);
    let mut known = lock(&KNOWN);
    let known = known.get_or_insert_default();
    if let Some(loaded) = known.get(&sealed.digest) {
        return Ok(*loaded);
    }
    let memory = sealed.memory.try_clone().map_err(|cause| HostError::Read { path: sealed.path.clone(), cause })?;
    let loaded = load(SealedLibrary::inherited(memory, &sealed.path), &manifest.id)?;
    known.insert(sealed.digest, loaded);
    Ok(loaded)
}

/// Opens the library and checks its entry, descriptor and function table; its id must be that of the manifest.
pub(crate) fn load(sealed: SealedLibrary, manifest_id: &str) -> Result<LoadedLibrary, HostError> {
    let SealedLibrary { memory, path, .. } = sealed;
    let name = format!("/proc/self/fd/{}", memory.as_raw_fd());
    let failed = |why: Message| HostError::Load { path: path.clone(), why };
    let loader = |e: libloading::Error| {
        let why = std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string);
        failed(Message::verbatim(why.replace(&name, &path.display().to_string())))
    };
    // SAFETY: opening runs the library's constructors. The admin chose this file; by default this is the plugin's own process.
    let library = unsafe { Library::open(Some(&name), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) }.map_err(loader)?;
    // The loader identifies libraries by name, so this descriptor's number must never be reused.
    std::mem::forget(memory);
    let entry = {
        // SAFETY: the contract fixes the type of this symbol.
        let symbol: Symbol<EntryFn> =
            unsafe { library.get(rundruf_abi::ENTRY_SYMBOL) }.map_err(|_| failed(msg!("host-no-entry")))?;
        // SAFETY: the contract: no effect, any number of calls.
        unsafe { symbol() }
    };
    // Never closed: see above.
    std::mem::forget(library);
    check(&path, entry, manifest_id)
}

fn check(path: &Path, entry: *const Entry, manifest_id: &str) -> Result<LoadedLibrary, HostError> {
    let failed = |why: Message| HostError::Load { path: path.to_owned(), why };
    if entry.is_null() || !entry.is_aligned() {
        return Err(failed(msg!("host-entry-null")));
    }
    // SAFETY: clause *static*: an entry that lives for ever; magic, version and size come first in every version.
    let (magic, abi, size) = unsafe { ((*entry).magic, (*entry).abi, (*entry).size) };
    if magic != MAGIC {
        return Err(failed(msg!("host-entry-magic")));
    }
    if !ABI.accepts(abi) {
        return Err(HostError::Version {
            path: path.to_owned(),
            found: format!("{}.{}", abi.major, abi.minor),
            known: format!("{}.{}", ABI.major, ABI.minor),
        });
    }
    // SAFETY: clause *static*: `size` bytes are there.
    let entry = unsafe { Entry::read(entry, size as usize) }.ok_or_else(|| failed(msg!("host-entry-small")))?;
    if entry.descriptor.is_null() {
        return Err(failed(msg!("host-descriptor-null")));
    }
    // SAFETY: clause *static*.
    let descriptor = unsafe { Descriptor::read_sized(entry.descriptor) };
    let descriptor = descriptor.ok_or_else(|| failed(msg!("host-descriptor-small")))?;
    let id = text(&descriptor.id);
    if id != manifest_id {
        return Err(failed(msg!("host-ids-differ", code = %id.escape_debug(), manifest = manifest_id)));
    }
    if descriptor.table.is_null() {
        return Err(failed(msg!("host-table-null")));
    }
    // SAFETY: clause *static*.
    let table = unsafe { TransportTable::read_sized(descriptor.table) };
    let table = table.ok_or_else(|| failed(msg!("host-table-small")))?;
    if table.open.is_none() || table.submit.is_none() || table.drain.is_none() || table.close.is_none() {
        return Err(failed(msg!("host-table-incomplete")));
    }
    // A library is never closed, and so is its table.
    Ok(LoadedLibrary { table: Box::leak(Box::new(table)), flags: entry.flags })
}

fn text(view: &View<'static>) -> String {
    // SAFETY: clause *static*.
    String::from_utf8_lossy(unsafe { view.bytes() }).into_owned()
}

/// Refuses a plugin whose manifest demands a process of its own, before any code of it runs in the daemon.
pub(crate) fn check_willing(path: &Path, manifest: &Manifest) -> Result<(), HostError> {
    if manifest.in_process {
        return Ok(());
    }
    let why = msg!("host-run-as-process", why = msg!("host-wants-process"));
    Err(HostError::Load { path: path.to_owned(), why })
}

/// Refuses a plugin whose entry shows that it must not run in the daemon's process (`panic = "abort"`, Go).
pub(crate) fn check_in_process(path: &Path, loaded: LoadedLibrary) -> Result<(), HostError> {
    let why = if loaded.flags & Entry::PANIC_ABORT != 0 {
        msg!("host-panic-abort")
    } else if loaded.flags & Entry::GO_RUNTIME != 0 {
        msg!("host-go-runtime")
    } else {
        return Ok(());
    };
    Err(HostError::Load { path: path.to_owned(), why: msg!("host-run-as-process", why = why) })
}

/// Compares the digest with the pinned one, if any.
pub(crate) fn check_digest(path: &Path, manifest: &Manifest, pinned: Option<[u8; 32]>) -> Result<(), HostError> {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    match pinned {
        Some(pinned) if pinned != manifest.sha256 => {
            Err(HostError::Digest { path: path.to_owned(), found: hex(&manifest.sha256), pinned: hex(&pinned) })
        }
        _ => Ok(()),
    }
}

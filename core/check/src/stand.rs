//! One instance on the stand: opened with a host's table of any shape, fed, drained, closed.

use crate::book::Book;
use crate::letters::{Batch, Mail};
use crate::pages::{Forbidden, Pages};
use rundruf_abi::{HostTable, OpenArgs, Sink, Status, TransportTable, View};
use std::ffi::c_void;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The host's table as the plugin finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// As this host has it.
    Own,
    /// The table of the first version, and nothing readable behind it.
    Oldest,
    /// A later host's: longer, with something behind.
    Later,
    /// Only what no plugin can do without: `complete`.
    Bare,
}

/// How an instance is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening<'a> {
    pub(crate) config: &'a [u8],
    pub(crate) state_dir: &'a Path,
    pub(crate) window: u32,
    pub(crate) shape: Shape,
}

/// A refusal.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: Status,
    pub(crate) words: String,
}

/// An open instance.
pub(crate) struct Stand {
    table: &'static TransportTable,
    instance: *mut c_void,
    /// What it says.
    pub(crate) book: &'static Book,
    host: Pages,
}

// SAFETY: the contract: everything but `open` and `close` may be called from several threads; `close` takes the value.
unsafe impl Send for Stand {}
// SAFETY: as above.
unsafe impl Sync for Stand {}

/// Ids are never given twice, so that what belongs to another instance is noticed.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A table with something behind it.
#[repr(C)]
struct Longer {
    table: HostTable,
    behind: [u8; 256],
}

fn host(book: &'static Book, shape: Shape) -> (Pages, *const HostTable) {
    let table = book.table();
    match shape {
        Shape::Oldest => {
            let (pages, at) = Pages::at_the_brink(table);
            (pages, at)
        }
        Shape::Later => {
            let mut pages = Pages::new(size_of::<Longer>());
            let size = size_of::<Longer>() as u32;
            let table = HostTable { size, minor: table.minor + 7, ..table };
            let at = pages.put(Longer { table, behind: [0xA5; 256] });
            (pages, at.cast())
        }
        Shape::Own | Shape::Bare => {
            let mut pages = Pages::new(size_of::<HostTable>());
            let bare =
                || HostTable { inbound: None, receipt: None, ready: None, log: None, extension: None, ..book.table() };
            let at = pages.put(if shape == Shape::Bare { bare() } else { table });
            (pages, at)
        }
    }
}

impl Stand {
    /// Opens an instance. One that refuses and sets the instance pointer is told of in words.
    pub(crate) fn open(table: &'static TransportTable, how: &Opening<'_>) -> Result<Self, Refused> {
        let book: &'static Book = Box::leak(Box::default());
        let (host, lent) = host(book, how.shape);
        let state_dir = how.state_dir.display().to_string();
        let args = OpenArgs {
            size: size_of::<OpenArgs<'_>>() as u32,
            threads: 2,
            config: View::new(how.config),
            name: View::text("check"),
            state_dir: View::text(&state_dir),
            window: how.window,
            reserved: 0,
        };
        let mut instance = std::ptr::null_mut();
        let mut words: Vec<u8> = Vec::new();
        let mut sink = Sink { ctx: (&raw mut words).cast(), write: Some(write) };
        let Some(open) = table.open else {
            return Err(Refused { status: Status::UNSUPPORTED, words: String::new() });
        };
        // SAFETY: all arguments are valid for the call; table and book live for ever.
        let status = unsafe { open(lent, &raw const args, &raw mut instance, &raw mut sink) };
        if status == Status::OK && !instance.is_null() {
            return Ok(Self { table, instance, book, host });
        }
        book.closed.store(true, Ordering::SeqCst);
        // Pages are never given back, so a table that was kept is no harm.
        Err(Refused { status, words: String::from_utf8_lossy(&words).into_owned() })
    }

    /// Lays the mail out and hands it over.
    pub(crate) fn submit(&self, mail: &Mail) -> (u64, Status) {
        let batch = Arc::new(mail.lay(NEXT.fetch_add(1, Ordering::Relaxed)));
        (batch.id, self.submit_batch(&batch))
    }

    /// Hands a batch over.
    pub(crate) fn submit_batch(&self, batch: &Arc<Batch>) -> Status {
        self.book.offer(Arc::clone(batch));
        let status = match self.table.submit {
            // SAFETY: clause *self*; the memory of a batch is never given back.
            Some(submit) => unsafe { submit(self.instance, batch.raw()) },
            None => Status::UNSUPPORTED,
        };
        self.book.told(batch.id, status);
        status
    }

    /// Hands the mail over as the host does: while the plugin is busy, it is asked again. `None`: it never had room.
    pub(crate) fn send(&self, mail: &Mail, within: Duration) -> (u64, Option<Status>) {
        let until = Instant::now() + within;
        loop {
            let ready = self.book.seen().ready;
            let (id, status) = self.submit(mail);
            if status != Status::BUSY {
                return (id, Some(status));
            }
            if Instant::now() >= until {
                return (id, None);
            }
            // A plugin that forgets to say "ready" is asked again after a while.
            self.book.wait(Duration::from_millis(5), |s| s.ready > ready);
        }
    }

    /// Begins nothing new.
    pub(crate) fn drain(&self, within: Duration) -> Status {
        match self.table.drain {
            // SAFETY: clause *self*.
            Some(drain) => unsafe { drain(self.instance, u64::try_from(within.as_millis()).unwrap_or(u64::MAX)) },
            None => Status::UNSUPPORTED,
        }
    }

    /// Asks for an extension.
    pub(crate) fn extension(&self, id: &[u8]) -> *const c_void {
        match self.table.extension {
            // SAFETY: clause *self*; the id is borrowed for the call.
            Some(extension) => unsafe { extension(self.instance, View::new(id)) },
            None => std::ptr::null(),
        }
    }

    /// Ends the instance; what the plugin said stays in the book.
    pub(crate) fn close(self) -> &'static Book {
        if let Some(close) = self.table.close {
            // SAFETY: clause *self*; this value is gone afterwards, so it is the one call.
            unsafe { close(self.instance) };
        }
        self.book.closed.store(true, Ordering::SeqCst);
        self.book
    }

    /// As [`Stand::close`], and the host's table is forbidden afterwards.
    pub(crate) fn close_and_forbid(self) -> &'static Book {
        let forbid = self.host.later(Forbidden::Closed);
        let book = self.close();
        forbid();
        book
    }
}

unsafe extern "C" fn write(ctx: *mut c_void, ptr: *const u8, len: usize) -> Status {
    if ctx.is_null() || (ptr.is_null() && len > 0) {
        return Status::BAD_ARGUMENT;
    }
    // SAFETY: the context is the vector in `open`; clause *borrow*: `len` bytes are readable for this call.
    let (words, bytes) =
        unsafe { (&mut *ctx.cast::<Vec<u8>>(), View { ptr, len, life: std::marker::PhantomData }.bytes()) };
    words.extend_from_slice(bytes);
    Status::OK
}

//! Memory whose access can be taken away, and the handler that says who touched it all the same.

use crate::line::{self, Line, Said};
use crate::probe::End;
use rundruf_abi::View;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicUsize, Ordering};

/// Whole pages of this process. They are not given back with the value: a plugin may hold on to them longer than it should.
pub(crate) struct Pages {
    start: *mut u8,
    len: usize,
    used: usize,
}

// SAFETY: plain memory that belongs to this value.
unsafe impl Send for Pages {}
// SAFETY: as above; it is written through `&mut` alone.
unsafe impl Sync for Pages {}

/// What is no longer allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Forbidden {
    /// Writing into a batch.
    Writing = 1,
    /// A batch whose last index is completed.
    Ended = 2,
    /// The host's table after `close`.
    Closed = 3,
    /// What lies behind the fields that this host has.
    Beyond = 4,
}

impl Forbidden {
    /// What is said of it.
    const fn why(self) -> &'static str {
        match self {
            Self::Writing => "it wrote into a batch, which belongs to the host (clause batch)",
            Self::Ended => "it looked at a batch after it had completed the last index of it (clause batch)",
            Self::Closed => "it looked at the host's table after `close` had returned (clause host)",
            Self::Beyond => "it read beyond the `size` that the host's table names",
        }
    }
}

/// As many regions can be guarded in one process.
const MOST: usize = 4096;
static STARTS: [AtomicUsize; MOST] = [const { AtomicUsize::new(0) }; MOST];
static ENDS: [AtomicUsize; MOST] = [const { AtomicUsize::new(0) }; MOST];
static KINDS: [AtomicU8; MOST] = [const { AtomicU8::new(0) }; MOST];
static COUNT: AtomicUsize = AtomicUsize::new(0);
static OUT: AtomicI32 = AtomicI32::new(-1);
/// What the handler writes, by what was forbidden: complete lines, because a handler may not put texts together.
static LINES: OnceLock<[String; 5]> = OnceLock::new();

const PAGE: usize = 4096;

impl Pages {
    /// Room for so many bytes. Memory that cannot be had is no answer: the process ends.
    pub(crate) fn new(bytes: usize) -> Self {
        let len = bytes.max(1).next_multiple_of(PAGE);
        // SAFETY: a new private mapping, at no address that anything else has.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        assert!(start != libc::MAP_FAILED, "no memory for the check");
        Self { start: start.cast(), len, used: 0 }
    }

    fn take(&mut self, bytes: usize, align: usize) -> *mut u8 {
        let at = self.used.next_multiple_of(align.max(1));
        assert!(at + bytes <= self.len, "the check counted too few bytes");
        self.used = at + bytes;
        // SAFETY: within the mapping: asserted just now.
        unsafe { self.start.add(at) }
    }

    /// Bytes at an alignment of 8, filled with zeros.
    pub(crate) fn room(&mut self, bytes: usize) -> *mut u8 {
        self.take(bytes, 8)
    }

    /// A value.
    pub(crate) fn put<T>(&mut self, value: T) -> *mut T {
        let at = self.take(size_of::<T>(), align_of::<T>()).cast::<T>();
        // SAFETY: room of this size and alignment, ours alone. Only values without a destructor come here.
        unsafe { at.write(value) };
        at
    }

    /// A view of a copy of these bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> View<'static> {
        if bytes.is_empty() {
            return View::EMPTY;
        }
        let at = self.take(bytes.len(), 1);
        // SAFETY: room for so many bytes, ours alone.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len()) };
        View { ptr: at, len: bytes.len(), life: PhantomData }
    }

    /// The value as the last thing before a page that nobody may touch.
    pub(crate) fn at_the_brink<T>(value: T) -> (Self, *mut T) {
        let mut pages = Self::new(size_of::<T>().next_multiple_of(PAGE) + PAGE);
        let room = pages.len - PAGE - size_of::<T>();
        pages.used = room;
        let at = pages.put(value);
        pages.guard_from(pages.len - PAGE, Forbidden::Beyond);
        (pages, at)
    }

    /// Takes the access away. Whoever touches it ends the process, with words.
    pub(crate) fn guard(&self, what: Forbidden) {
        self.guard_from(0, what);
    }

    /// The same, to be done when this value has gone: pages are never given back.
    pub(crate) fn later(&self, what: Forbidden) -> impl FnOnce() + use<> {
        let same = Self { start: self.start, len: self.len, used: self.used };
        move || same.guard(what)
    }

    /// Gives the pages back for good.
    ///
    /// # Safety
    /// Nobody looks at them any more.
    pub(crate) unsafe fn give_back(&self) {
        // SAFETY: pages of this value; the caller vouches for everybody else.
        unsafe { libc::munmap(self.start.cast(), self.len) };
    }

    fn guard_from(&self, from: usize, what: Forbidden) {
        let n = COUNT.fetch_add(1, Ordering::SeqCst);
        if let (Some(start), Some(end), Some(kind)) = (STARTS.get(n), ENDS.get(n), KINDS.get(n)) {
            kind.store(what as u8, Ordering::SeqCst);
            end.store(self.start as usize + self.len, Ordering::SeqCst);
            start.store(self.start as usize + from, Ordering::SeqCst);
        }
        let access = if what == Forbidden::Writing { libc::PROT_READ } else { libc::PROT_NONE };
        // SAFETY: pages of this value; `from` is a multiple of a page.
        unsafe { libc::mprotect(self.start.add(from).cast(), self.len - from, access) };
    }
}

/// From now on a touch of guarded memory is said on this line. Anything else that goes wrong ends the process as ever.
pub(crate) fn watch(line: &Line) {
    let (out, token) = line.raw();
    let of = |what: Forbidden| line::written(token, &Said::End(End::failed(what.why())));
    let all = [Forbidden::Beyond, Forbidden::Writing, Forbidden::Ended, Forbidden::Closed, Forbidden::Beyond];
    let _ = LINES.set(all.map(of));
    OUT.store(out, Ordering::SeqCst);
    let stack = Box::leak(vec![0_u8; 64 * 1024].into_boxed_slice());
    // SAFETY: the stack and the structs live for ever or for the call; the handler uses nothing but atomics, `write` and `_exit`.
    unsafe {
        let own = libc::stack_t { ss_sp: stack.as_mut_ptr().cast(), ss_flags: 0, ss_size: stack.len() };
        libc::sigaltstack(&raw const own, std::ptr::null_mut());
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = touched as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigemptyset(&raw mut action.sa_mask);
        for signal in [libc::SIGSEGV, libc::SIGBUS] {
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
    }
}

extern "C" fn touched(signal: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the kernel hands a valid `siginfo_t` to a handler with SA_SIGINFO.
    let at = unsafe { (*info).si_addr() } as usize;
    let count = COUNT.load(Ordering::SeqCst).min(MOST);
    // The youngest guard of a place counts: a batch is first read-only, then forbidden.
    for n in (0..count).rev() {
        let (Some(start), Some(end), Some(kind)) = (STARTS.get(n), ENDS.get(n), KINDS.get(n)) else { continue };
        if at < start.load(Ordering::SeqCst) || at >= end.load(Ordering::SeqCst) {
            continue;
        }
        let line = LINES.get().and_then(|l| l.get(usize::from(kind.load(Ordering::SeqCst)))).map_or("", String::as_str);
        // SAFETY: both are allowed in a handler; the line is static.
        unsafe {
            libc::write(OUT.load(Ordering::SeqCst), line.as_ptr().cast(), line.len());
            libc::_exit(0);
        }
    }
    // SAFETY: allowed in a handler. The instruction runs again and ends the process by the signal.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}

//! Memory whose access can be taken away, and the signal handler that reports a plugin that accesses it anyway.

use crate::outcome::{CheckOutcome, CheckVerdict};
use crate::protocol::{self, CheckConnection, CheckEvent};
use rundruf_abi::View;
use rundruf_lang::{Message, msg};
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicUsize, Ordering};

/// Whole memory pages. Dropping the value does not unmap them, because a plugin may use them longer than it should.
pub(crate) struct GuardPages {
    start: *mut u8,
    len: usize,
    used: usize,
}

// SAFETY: plain memory owned by this value.
unsafe impl Send for GuardPages {}
// SAFETY: as above; it is written through `&mut` alone.
unsafe impl Sync for GuardPages {}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum ForbiddenAccess {
    BatchWrite = 1,
    /// Any access to a batch whose last index is completed.
    EndedBatch = 2,
    /// Any access to the host table after `close`.
    HostAfterClose = 3,
    /// Any access behind the last field of the host table.
    BeyondHost = 4,
}

impl ForbiddenAccess {
    /// The fault of a plugin that accesses the memory.
    const fn fault(self) -> Message {
        match self {
            Self::BatchWrite => msg!("check-wrote-to-batch"),
            Self::EndedBatch => msg!("check-read-ended-batch"),
            Self::HostAfterClose => msg!("check-read-host-after-close"),
            Self::BeyondHost => msg!("check-read-beyond-host"),
        }
    }
}

/// Most regions that can be guarded in one process; further ones are forbidden, but an access is reported as a plain crash.
const MAX_REGIONS: usize = 4096;
static STARTS: [AtomicUsize; MAX_REGIONS] = [const { AtomicUsize::new(0) }; MAX_REGIONS];
static ENDS: [AtomicUsize; MAX_REGIONS] = [const { AtomicUsize::new(0) }; MAX_REGIONS];
static KINDS: [AtomicU8; MAX_REGIONS] = [const { AtomicU8::new(0) }; MAX_REGIONS];
static COUNT: AtomicUsize = AtomicUsize::new(0);
static OUT: AtomicI32 = AtomicI32::new(-1);
/// Lines that the handler writes, by [`ForbiddenAccess`]: complete, because a handler may not format text.
static LINES: OnceLock<[String; 5]> = OnceLock::new();
/// The line for a stack that has run over, and how far from its end the fault is then, in bytes.
static OVERFLOW: OnceLock<String> = OnceLock::new();
const OVERFLOW_WITHIN: usize = 64 * 1024;

const PAGE: usize = 4096;

impl GuardPages {
    /// Maps at least `bytes` bytes.
    ///
    /// # Panics
    /// If the system has no memory.
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

    /// Reserves bytes at an alignment of 8, filled with zeros.
    pub(crate) fn reserve(&mut self, bytes: usize) -> *mut u8 {
        self.take(bytes, 8)
    }

    /// Stores a value. Its destructor never runs.
    pub(crate) fn put<T>(&mut self, value: T) -> *mut T {
        let at = self.take(size_of::<T>(), align_of::<T>()).cast::<T>();
        // SAFETY: reserved just now with this size and alignment.
        unsafe { at.write(value) };
        at
    }

    /// Copies bytes, and returns a view of the copy.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> View<'static> {
        if bytes.is_empty() {
            return View::EMPTY;
        }
        let at = self.take(bytes.len(), 1);
        // SAFETY: reserved just now, `bytes.len()` bytes.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len()) };
        View { ptr: at, len: bytes.len(), life: PhantomData }
    }

    /// Stores a value so that it ends where a forbidden page begins.
    pub(crate) fn before_guard_page<T>(value: T) -> (Self, *mut T) {
        let mut pages = Self::new(size_of::<T>().next_multiple_of(PAGE) + PAGE);
        pages.used = pages.len - PAGE - size_of::<T>();
        let at = pages.put(value);
        pages.guard_from(pages.len - PAGE, ForbiddenAccess::BeyondHost);
        (pages, at)
    }

    /// Takes the access away. A plugin that accesses the pages ends the process, and the check reports it.
    pub(crate) fn guard(&self, what: ForbiddenAccess) {
        self.guard_from(0, what);
    }

    /// The same as a closure that outlives this value, because pages stay mapped.
    pub(crate) fn deferred_guard(&self, what: ForbiddenAccess) -> impl FnOnce() + use<> {
        let same = Self { start: self.start, len: self.len, used: self.used };
        move || same.guard(what)
    }

    /// Unmaps the pages.
    ///
    /// # Safety
    /// Nothing uses the pages any more.
    pub(crate) unsafe fn unmap(&self) {
        // SAFETY: pages of this value; the caller assures that nothing else uses them.
        unsafe { libc::munmap(self.start.cast(), self.len) };
    }

    fn guard_from(&self, from: usize, what: ForbiddenAccess) {
        let n = COUNT.fetch_add(1, Ordering::SeqCst);
        if let (Some(start), Some(end), Some(kind)) = (STARTS.get(n), ENDS.get(n), KINDS.get(n)) {
            kind.store(what as u8, Ordering::SeqCst);
            end.store(self.start as usize + self.len, Ordering::SeqCst);
            start.store(self.start as usize + from, Ordering::SeqCst);
        }
        let access = if what == ForbiddenAccess::BatchWrite { libc::PROT_READ } else { libc::PROT_NONE };
        // SAFETY: pages of this value; `from` is a multiple of a page.
        unsafe { libc::mprotect(self.start.add(from).cast(), self.len - from, access) };
    }
}

/// Installs the signal handler: from now on an access to guarded memory is reported on this connection. Other faults end the process as usual.
pub(crate) fn report_faults_on(connection: &CheckConnection) {
    let (out, token) = connection.raw_parts();
    let line =
        |what: ForbiddenAccess| protocol::encode(token, &CheckEvent::Outcome(CheckOutcome::failed(what.fault())));
    let overflow = protocol::encode(
        token,
        &CheckEvent::Outcome(CheckOutcome::new(CheckVerdict::Crashed, msg!("check-stack-overflow"))),
    );
    let _ = OVERFLOW.set(overflow);
    let all = [
        ForbiddenAccess::BeyondHost,
        ForbiddenAccess::BatchWrite,
        ForbiddenAccess::EndedBatch,
        ForbiddenAccess::HostAfterClose,
        ForbiddenAccess::BeyondHost,
    ];
    let _ = LINES.set(all.map(line));
    OUT.store(out, Ordering::SeqCst);
    let stack = Box::leak(vec![0_u8; 64 * 1024].into_boxed_slice());
    // SAFETY: the stack and the structs live for ever or for the call; the handler uses nothing but atomics, `write` and `_exit`.
    unsafe {
        let own = libc::stack_t { ss_sp: stack.as_mut_ptr().cast(), ss_flags: 0, ss_size: stack.len() };
        libc::sigaltstack(&raw const own, std::ptr::null_mut());
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_fault as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigemptyset(&raw mut action.sa_mask);
        for signal in [libc::SIGSEGV, libc::SIGBUS] {
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
    }
}

/// The stack pointer at the fault; 0 where it is not known.
///
/// # Safety
/// The context is that of a handler with SA_SIGINFO.
unsafe fn stack_pointer(context: *mut libc::c_void) -> usize {
    // SAFETY: assured by the caller.
    let Some(context) = (unsafe { context.cast::<libc::ucontext_t>().as_ref() }) else { return 0 };
    #[cfg(target_arch = "x86_64")]
    let at = context.uc_mcontext.gregs.get(libc::REG_RSP as usize).map_or(0, |at| *at as usize);
    #[cfg(target_arch = "aarch64")]
    let at = context.uc_mcontext.sp as usize;
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let at = 0;
    at
}

extern "C" fn on_fault(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel hands a valid `siginfo_t` to a handler with SA_SIGINFO.
    let at = unsafe { (*info).si_addr() } as usize;
    let count = COUNT.load(Ordering::SeqCst).min(MAX_REGIONS);
    // The newest guard of a region counts: a batch is first read-only, then forbidden.
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
    // Just below or above where the stack ends by now: it has run over. (A thread of the plugin has no stack for this handler; it just dies.)
    // SAFETY: the kernel hands a valid context to a handler with SA_SIGINFO.
    let stack = unsafe { stack_pointer(context) };
    if stack != 0
        && at.abs_diff(stack) < OVERFLOW_WITHIN
        && let Some(line) = OVERFLOW.get()
    {
        // SAFETY: both are allowed in a handler; the line is static.
        unsafe {
            libc::write(OUT.load(Ordering::SeqCst), line.as_ptr().cast(), line.len());
            libc::_exit(0);
        }
    }
    // SAFETY: allowed in a handler. The instruction runs again, and the signal ends the process.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}

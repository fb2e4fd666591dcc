//! SIGTERM as an event to wait for.

/// SIGTERM, blocked in every thread. Create it before any other thread exists.
pub(super) struct BlockedSignals(pub(super) libc::sigset_t);

impl BlockedSignals {
    pub(super) fn block() -> Self {
        // SAFETY: the calls only use the local set; this runs while the process has one thread.
        unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, libc::SIGTERM);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
            Self(set)
        }
    }

    pub(super) fn wait(set: libc::sigset_t) {
        let mut signal = 0;
        // SAFETY: the set was initialised by `block`, and its signal is blocked in all threads.
        unsafe { libc::sigwait(&raw const set, &raw mut signal) };
    }
}

//! In which function of the plugin the check is. The supervisor shares the memory, and names the function when the check hangs or dies in it.

use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// A function of the plugin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PluginCall {
    Submit,
    Drain,
    Extension,
}

impl PluginCall {
    const ALL: [Self; 3] = [Self::Submit, Self::Drain, Self::Extension];

    /// Its name in the contract.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Drain => "drain",
            Self::Extension => "extension",
        }
    }
}

/// How many threads are in each function.
type Counters = [AtomicU32; PluginCall::ALL.len()];

static COUNTERS: AtomicPtr<Counters> = AtomicPtr::new(std::ptr::null_mut());

/// Maps the counters; a process that is forked later shares them.
pub(crate) fn share() {
    // SAFETY: a new mapping, filled with zeros, which are valid counters; it is never unmapped.
    let memory = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            size_of::<Counters>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if memory != libc::MAP_FAILED {
        COUNTERS.store(memory.cast(), Ordering::SeqCst);
    }
}

fn counter(call: PluginCall) -> Option<&'static AtomicU32> {
    // SAFETY: null, or the mapping of `share`, which lives for ever.
    unsafe { COUNTERS.load(Ordering::SeqCst).as_ref() }?.get(call as usize)
}

/// Runs a call into the plugin.
pub(crate) fn during<T>(call: PluginCall, run: impl FnOnce() -> T) -> T {
    let counter = counter(call);
    if let Some(counter) = counter {
        counter.fetch_add(1, Ordering::SeqCst);
    }
    let done = run();
    if let Some(counter) = counter {
        counter.fetch_sub(1, Ordering::SeqCst);
    }
    done
}

/// A function that somebody is in.
pub(crate) fn current() -> Option<PluginCall> {
    PluginCall::ALL.into_iter().find(|call| counter(*call).is_some_and(|c| c.load(Ordering::SeqCst) > 0))
}

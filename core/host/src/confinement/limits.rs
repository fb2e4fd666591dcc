//! Privileges and resource limits of a plugin process.

use super::error::ConfinementError;
use super::grants::Grant;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Threads of all processes of this user. A daemon with a user of its own stays far below; a thread bomb does not.
const THREADS: u64 = 4_096;
/// Stack of the first thread, in bytes; plugins are called on it.
const STACK: u64 = 8 << 20;
/// Address space in bytes. Runtimes reserve much without using it (an allocator 64 MiB per arena), but page tables are memory that no other
/// limit counts: one 512th of it.
const ADDRESSES: u64 = 64 << 30;
/// Memory that cannot be moved to swap, in bytes: enough for keys.
const LOCKED: u64 = 1 << 20;
/// Timers and queued signals of all processes of this user.
const SIGNALS: u64 = 1_024;
/// OOM score: when memory runs out, the kernel kills a plugin before the daemon.
const SACRIFICE: &str = "500";

pub(super) fn set(grant: &Grant) -> Result<(), ConfinementError> {
    // Only a hint; failing is harmless.
    let _ = std::fs::write("/proc/self/oom_score_adj", SACRIFICE);
    prctl("no_new_privs", libc::PR_SET_NO_NEW_PRIVS, 1)?;
    drop_capabilities()?;
    // No core dump, no debugger, no access to this memory by processes of the same user.
    prctl("PR_SET_DUMPABLE", libc::PR_SET_DUMPABLE, 0)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, grant.descriptors)?;
    limit(Resource::Fsize, grant.file)?;
    // `Data` limits private writable memory when it is requested, so that an allocation fails instead of the process being killed.
    // Shared memory and further stacks, which it does not count, are refused by seccomp.
    limit(Resource::Data, grant.memory)?;
    limit(Resource::Stack, STACK)?;
    limit(Resource::As, ADDRESSES)?;
    limit(Resource::Nproc, THREADS)?;
    limit(Resource::Memlock, LOCKED)?;
    limit(Resource::Sigpending, SIGNALS)?;
    // Nothing that it makes is for others, and nothing can be made so: see `seccomp`.
    // SAFETY: only changes the mask of this process.
    unsafe { libc::umask(0o077) };
    // A write beyond the limit fails with an error instead of a signal.
    // SAFETY: only changes how a signal is handled.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    Ok(())
}

fn limit(resource: Resource, most: u64) -> Result<(), ConfinementError> {
    let now = getrlimit(resource);
    let most = now.maximum.map_or(most, |m| m.min(most));
    let limit = Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(resource, limit).map_err(|e| ConfinementError::System { what: "setrlimit", cause: e.into() })
}

fn prctl(what: &'static str, option: libc::c_int, value: libc::c_ulong) -> Result<(), ConfinementError> {
    // SAFETY: the options used here take plain numbers.
    if unsafe { libc::prctl(option, value, 0_usize, 0_usize, 0_usize) } != 0 {
        return Err(ConfinementError::last(what));
    }
    Ok(())
}

/// Drops all capabilities, if the daemon has any. A process without capabilities may not be allowed to make the call at all.
fn drop_capabilities() -> Result<(), ConfinementError> {
    /// Version 3 of the call: two words for each of effective, permitted, inheritable.
    const VERSION: u32 = 0x2008_0522;
    let header = [VERSION, 0];
    let mut held = [u32::MAX; 6];
    // SAFETY: header and data have the layout of version 3 and live for the call.
    let asked = unsafe { libc::syscall(libc::SYS_capget, header.as_ptr(), held.as_mut_ptr()) };
    if asked == 0 && held == [0; 6] {
        return Ok(());
    }
    let none = [0_u32; 6];
    // SAFETY: as above.
    if unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()) } != 0 {
        return Err(ConfinementError::last("capset"));
    }
    Ok(())
}

//! Privileges, memory, descriptors.

use super::{ConfinementError, Grant};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Threads of all processes of this user. Whoever runs the daemon under a user of its own is far below; a bomb of threads is not.
const THREADS: u64 = 4_096;
/// Bytes of the first thread's stack, which is where plugins are called.
const STACK: u64 = 8 << 20;
/// Bytes of addresses. They are reserved freely (64 MiB for each arena of the allocator, more by some runtimes) without being used; but the
/// tables of pages behind them are memory that no other limit counts: one part in 512.
const ADDRESSES: u64 = 64 << 30;
/// Offered to the kernel first when memory runs out: rather a plugin than the daemon.
const SACRIFICE: &str = "500";

pub(super) fn set(grant: &Grant) -> Result<(), ConfinementError> {
    // Without it the kernel only loses a hint.
    let _ = std::fs::write("/proc/self/oom_score_adj", SACRIFICE);
    prctl("no_new_privs", libc::PR_SET_NO_NEW_PRIVS, 1)?;
    drop_capabilities()?;
    // No core dump, no debugger, no reading of this memory by others of the same user.
    prctl("PR_SET_DUMPABLE", libc::PR_SET_DUMPABLE, 0)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, grant.descriptors)?;
    limit(Resource::Fsize, grant.file)?;
    // `Data` counts what is private and writable, at the moment when it is asked for, so that an allocation fails and nothing is killed.
    // ProcessShared memory, which it does not count, is refused by the list of system calls; so are further stacks.
    limit(Resource::Data, grant.memory)?;
    limit(Resource::Stack, STACK)?;
    limit(Resource::As, ADDRESSES)?;
    limit(Resource::Nproc, THREADS)?;
    // Whoever writes beyond the limit gets an error instead of a signal.
    // SAFETY: plain C call that only changes how a signal is handled.
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
    // SAFETY: both options take plain numbers.
    if unsafe { libc::prctl(option, value, 0_usize, 0_usize, 0_usize) } != 0 {
        return Err(ConfinementError::last(what));
    }
    Ok(())
}

/// A daemon that runs as root does not lend that to plugins. One that has no capabilities may not even be allowed to ask.
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

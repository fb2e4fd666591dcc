//! Kills a plugin process with everything that it started, and tells whether it has exited.

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process, kill_process_group, waitid};

/// Kills a process and its process group. Call it only before the process was waited for: afterwards the number may be another's.
pub(super) fn kill(pid: Pid) {
    // The process creates its group when it starts, and may be killed before that.
    let _ = kill_process_group(pid, Signal::KILL);
    let _ = kill_process(pid, Signal::KILL);
}

/// The exit status of a process, if it has exited. Does not wait for it, so the number stays reserved.
pub(super) fn has_exited(pid: Pid) -> Option<WaitIdStatus> {
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG).ok().flatten()
}

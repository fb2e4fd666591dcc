//! After a plugin process: waits for it, says how it ended, and gives every message that it held an outcome.

use super::kill::{has_exited, kill};
use super::state::ProcessShared;
use crate::event::{HostEvent, MessageOutcome};
use crate::id::SessionId;
use crate::ledger::OpenMessage;
use crate::spec::InstanceState;
use rundruf_abi::OutcomeCode;
use rundruf_lang::{Message, msg};
use rustix::process::Pid;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

/// How long a process may run on after it closed its pipe.
const END_WITHIN: Duration = Duration::from_secs(5);

/// Kills the process when dropped, unless it was taken out. For a process that fails to open.
pub(super) struct ChildGuard(pub(super) Option<Child>);

impl ChildGuard {
    /// Waits a second at most, kills the process, and describes how it ended.
    pub(super) fn wait(&mut self) -> Message {
        let until = Instant::now() + Duration::from_secs(1);
        let pid = self.0.as_ref().and_then(pid);
        while pid.is_some_and(|pid| has_exited(pid).is_none()) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.kill_and_wait().map_or_else(|| "".into(), describe_exit)
    }

    fn kill_and_wait(&mut self) -> Option<ExitStatus> {
        let mut child = self.0.take()?;
        // Until it creates its group, the process is not reached by a group signal.
        let _ = child.kill();
        if let Some(pid) = pid(&child) {
            kill(pid);
        }
        child.wait().ok()
    }
}

impl Drop for ChildGuard {
    fn drop(&mut self) {
        self.kill_and_wait();
    }
}

/// The process id, which is also the id of its group.
pub(super) fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// Waits for a process whose pipe has closed, kills everything that it started, and describes how it ended.
pub(super) fn wait_for_exit(shared: &ProcessShared, mut child: Child) -> Message {
    let pid = shared.state().pid;
    let until = Instant::now() + END_WITHIN;
    let ended = loop {
        if pid.is_none_or(|pid| has_exited(pid).is_some()) {
            break true;
        }
        if shared.state().kill_reason.is_some() || Instant::now() >= until {
            break false;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let kill_reason = {
        let mut state = shared.state();
        if !ended {
            state.kill_reason.get_or_insert_with(|| msg!("host-killed-pipe-closed"));
        }
        // The process was not waited for yet, so its number and that of its group are still reserved.
        if let Some(pid) = state.pid.take() {
            kill(pid);
        }
        state.kill_reason.take()
    };
    let status = child.wait();
    kill_reason.unwrap_or_else(|| status.map_or_else(|_| msg!("host-ended"), describe_exit))
}

fn describe_exit(status: ExitStatus) -> Message {
    match (status.code(), status.signal()) {
        (Some(code), _) => msg!("host-ended-with-status", code = code),
        (None, Some(signal)) => match signal_name(signal) {
            Some(name) => msg!("host-ended-by-named-signal", signal = signal, name = name),
            None => msg!("host-ended-by-signal", signal = signal),
        },
        (None, None) => msg!("host-ended"),
    }
}

/// The usual name of a signal.
#[must_use]
pub fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGILL => "SIGILL",
        libc::SIGKILL => "SIGKILL",
        libc::SIGPIPE => "SIGPIPE",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGSYS => "SIGSYS",
        libc::SIGTERM => "SIGTERM",
        _ => return None,
    })
}

/// Gives every message that the dead process held an outcome: untouched if its batch never left the daemon, or if the plugin tells what it begins and
/// did not tell of it; else "may have been sent".
pub(super) fn reap(shared: &ProcessShared, reason: &Message) -> SessionId {
    let (outcomes, session, last) = {
        let mut state = shared.state();
        // Set before any event is sent: a reaction to this crash must already see the new state.
        state.status = InstanceState::Down { reason: reason.clone() };
        let unsent = state.out.take().map(|out| out.end()).unwrap_or_default();
        state.tokens.clear();
        if state.strays > 0 {
            tracing::warn!(transport = %shared.spec.name, strays = state.strays, "the plugin's process told outcomes of messages that were not out");
        }
        let lost = MessageOutcome::lost_detail().to_string();
        let mut outcomes = Vec::new();
        for batch in state.ledger.batches() {
            let Some((ids, ())) = state.ledger.take(batch) else { continue };
            let never_left = unsent.contains(&batch);
            outcomes.extend(ids.into_iter().map(|OpenMessage { id, is_begun, .. }| {
                // Before its first byte a plugin that tells has told.
                if never_left || (state.tells_begun && !is_begun) {
                    MessageOutcome::of(id, OutcomeCode::UNTOUCHED, "")
                } else {
                    MessageOutcome::of(id, OutcomeCode::MAYBE_SENT, &lost)
                }
            }));
        }
        (outcomes, state.session, state.last)
    };
    shared.lookups.close();
    shared.requests.close();
    if !outcomes.is_empty() {
        (shared.events)(HostEvent::Lost { last, outcomes });
    }
    session
}

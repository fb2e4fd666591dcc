//! `rundruf plugin check`: the 25 checks, each in a process of its own with a time limit. The checks drive the C contract directly; what
//! each demands and why stands in `check/README.md`.

mod book; // what a plugin says, written down
mod faults; // checks 22 to 25
mod first; // what is wrong at first sight, and whose matter it is
mod ground; // settings, folders, ports
mod keeper; // the process around one check
mod letters; // batches in memory
mod life; // checks 9 to 14
mod line; // how a check and its keeper talk
mod loading; // checks 1 to 8
mod machine; // what the system says of a process
mod pages; // memory that can be forbidden
mod probe; // what one check has in its hands
mod remote; // the other side, on loopback
mod runner; // every check in every mode
mod sending; // checks 15 to 21
mod settings; // the smallest settings that open a plugin
mod stand; // one instance

pub use rundruf_host::Isolation;
pub use runner::{Plan, Report, child, run};

use line::Stage;
use probe::{Probe, Ran};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As the contract demands.
    Passed,
    /// Not forbidden, but somebody should look.
    Warned,
    /// Not as the contract demands.
    Failed,
    /// It could not be tried; the reason says why.
    Skipped,
    /// The process of the check did not survive it.
    Crashed,
}

impl Verdict {
    /// Its word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Crashed => "crashed",
        }
    }

    /// Whether the plugin has to be changed.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Crashed)
    }
}

/// How much is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Effort {
    /// Messages of `exactly-once`.
    pub messages: u64,
    /// Seconds that it may take for them.
    pub seconds: u64,
    /// Rounds of `open-close-loop`.
    pub rounds: u32,
    /// Milliseconds of `sandbox-and-fuzz`.
    pub fuzz_ms: u64,
}

impl Effort {
    /// What an author waits for.
    pub const FULL: Self = Self { messages: 100_000, seconds: 8, rounds: 200, fuzz_ms: 3_000 };
    /// Enough to find what is always wrong.
    pub const QUICK: Self = Self { messages: 2_600, seconds: 3, rounds: 24, fuzz_ms: 300 };
}

/// One of the 25.
pub struct Check {
    /// Its name, for ever.
    pub id: &'static str,
    /// What it demands, in one sentence.
    pub demands: &'static str,
    /// What to do when it is not met.
    pub advice: &'static str,
    /// How far it comes with the plugin.
    touches: Stage,
    run: fn(&Probe) -> Ran,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// What one check found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which check.
    pub check: &'static Check,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub why: String,
    /// How long it took, in all modes.
    pub took: Duration,
    /// What was found in each way of running the plugin; nothing for a check of the file alone.
    pub modes: Vec<InMode>,
}

/// What one check found in one way of running the plugin.
#[derive(Clone, Debug)]
pub struct InMode {
    /// Which.
    pub isolation: Isolation,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub why: String,
    /// How long it took.
    pub took: Duration,
}

/// The check of this name.
#[must_use]
pub fn find(id: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|c| c.id == id)
}

macro_rules! checks {
    ($($id:literal $run:path, $touches:ident, $demands:literal, $advice:literal;)*) => {
        /// All checks, in the order of a plugin's life.
        pub static CHECKS: &[Check] =
            &[$(Check { id: $id, demands: $demands, advice: $advice, touches: Stage::$touches, run: $run }),*];
    };
}

checks! {
    "manifest-section" loading::manifest_section, Load,
        "the manifest is there, and says what the library says of itself",
        "write id and version once and use them for both";
    "one-symbol" loading::one_symbol, File,
        "one symbol is exported, and the file can be neither patched nor unloaded",
        "compile with -fPIC -fvisibility=hidden, link with -Wl,-z,relro,-z,now,-z,nodelete,-z,noexecstack";
    "rtld-now-local" loading::rtld_now_local, Load,
        "it loads on any system with glibc",
        "link statically what is not part of glibc, and build against an old glibc";
    "scan-time" loading::scan_time, Load,
        "loading it does nothing but load it",
        "move everything out of constructors into `open`";
    "entry-idempotent" loading::entry_idempotent, Load,
        "the entry gives the same answer whoever asks",
        "return the address of one static entry";
    "descriptor-sane" loading::descriptor_sane, Load,
        "sizes, flags, texts, functions and schema are what they should be",
        "use the header's types and set what is reserved to 0";
    "older-host" loading::older_host, Send,
        "hosts with a shorter and a longer table are served",
        "ask RUNDRUF_HAS before a field is read, and never compare `size` with sizeof";
    "unknown-extension" loading::unknown_extension, Open,
        "an extension that it has not is null",
        "compare the whole id with its length";
    "open-bad-config" life::open_bad_config, Open,
        "settings that are none are refused in words",
        "parse the whole JSON, and write what is wrong with which key into the sink";
    "open-close-loop" life::open_close_loop, Send,
        "opened and closed again and again it leaves nothing behind",
        "give back in `close` what `open` took: memory, descriptors, threads";
    "two-instances" life::two_instances, Send,
        "two instances know nothing of each other",
        "keep everything in the instance, nothing in globals";
    "close-quiet" life::close_quiet, Send,
        "after `close` there is silence",
        "wait in `close` until each of your threads has ended";
    "close-in-flight" life::close_in_flight, Send,
        "`close` with letters out answers each of them",
        "complete what was not begun as UNTOUCHED and what was begun as MAYBE_SENT before `close` returns";
    "drain" life::drain, Send,
        "after `drain` nothing is begun and nothing is lost",
        "answer CLOSED after `drain`, and complete what you hold";
    "exactly-once" sending::exactly_once, Send,
        "each letter has exactly one outcome",
        "complete every index of a batch once, whatever happens";
    "stride" sending::stride, Send,
        "arrays are walked by their stride",
        "go from element to element by the batch's stride, not by sizeof";
    "poisoned-batch" sending::poisoned_batch, Send,
        "a batch is only read, and not after its last outcome",
        "copy what you need before you complete the last index";
    "busy" sending::busy, Send,
        "a full plugin says BUSY, and `ready` when it has room",
        "take a whole batch or nothing of it, and call `ready` when there is room after BUSY";
    "bad-input" sending::bad_input, Send,
        "whatever comes has an outcome",
        "check addresses and sizes, and answer each letter for itself";
    "cancel" sending::cancel, Send,
        "what may no longer begin is not begun",
        "look at `deadline_ms` before each letter, and complete it as EXPIRED";
    "latency-of-calls" sending::latency_of_calls, Send,
        "calls return at once, whatever the other side does",
        "queue in `submit` and send on a thread of your own";
    "remote-faults" faults::remote_faults, Send,
        "what the other side does wrong is told as it is",
        "say MAYBE_SENT as soon as a byte of the message may have left, and never before";
    "inbound-backpressure" faults::inbound_backpressure, Send,
        "a message from outside is acknowledged when the host has it",
        "tell the other side \"received\" only after `inbound` has answered OK, and try again otherwise";
    "host-faults" faults::host_faults, Send,
        "a host that fails does not make the plugin fail",
        "look at every function of the host before you call it, and never complete twice";
    "sandbox-and-fuzz" faults::sandbox_and_fuzz, Send,
        "many threads at once in the sandbox do it no harm",
        "guard what threads share, and ask the system for nothing that the sandbox forbids";
}

//! The list of the checks, in the order of a plugin's life.

use crate::context::CheckContext;
use crate::outcome::CheckResult;
use crate::protocol::CheckStage;
use crate::{lifecycle, loading, promise, robustness, schema_words, sending};
use rundruf_lang::Message;

/// One check.
pub struct Check {
    /// The check's name in commands and JSON. It never changes.
    pub id: &'static str,
    /// The last stage that the check needs: where an earlier one fails, it cannot be tried.
    pub(crate) needs: CheckStage,
    pub(crate) run: fn(&CheckContext) -> CheckResult,
}

impl Check {
    /// What the check demands of a plugin, in one sentence.
    #[must_use]
    pub fn demands(&self) -> Message {
        Message::find(&format!("check-demands-{}", self.id)).unwrap_or_else(|| self.id.into())
    }

    /// What an author can do when the check fails.
    #[must_use]
    pub fn advice(&self) -> Message {
        Message::find(&format!("check-advice-{}", self.id)).unwrap_or_else(|| self.id.into())
    }
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// The check with this id. Accepts `sandbox-and-fuzz` too, which was the name of `confinement-and-fuzz`.
#[must_use]
pub fn find(id: &str) -> Option<&'static Check> {
    let id = if id == "sandbox-and-fuzz" { "confinement-and-fuzz" } else { id };
    CHECKS.iter().find(|c| c.id == id)
}

macro_rules! checks {
    ($($id:literal $run:path, $needs:ident;)*) => {
        /// All checks, in the order of a plugin's life.
        pub static CHECKS: &[Check] = &[$(Check { id: $id, needs: CheckStage::$needs, run: $run }),*];
    };
}

checks! {
    "manifest-section" loading::manifest_section, Load;
    "one-symbol" loading::one_symbol, File;
    "rtld-now-local" loading::rtld_now_local, Load;
    "scan-time" loading::scan_time, Load;
    "entry-idempotent" loading::entry_idempotent, Load;
    "descriptor-sane" loading::descriptor_sane, Load;
    "older-host" loading::older_host, Send;
    "unknown-extension" loading::unknown_extension, Open;
    "open-bad-config" lifecycle::open_bad_config, Open;
    "open-close-loop" lifecycle::open_close_loop, Send;
    "two-instances" lifecycle::two_instances, Send;
    "close-quiet" lifecycle::close_quiet, Send;
    "close-in-flight" lifecycle::close_in_flight, Send;
    "drain" lifecycle::drain, Send;
    "exactly-once" sending::exactly_once, Send;
    "stride" sending::stride, Send;
    "poisoned-batch" sending::poisoned_batch, Send;
    "busy" sending::busy, Send;
    "bad-input" sending::bad_input, Send;
    "cancel" sending::cancel, Send;
    "latency-of-calls" sending::latency_of_calls, Send;
    "remote-faults" robustness::remote_faults, Send;
    "inbound-backpressure" robustness::inbound_backpressure, Send;
    "host-faults" robustness::host_faults, Send;
    "confinement-and-fuzz" robustness::confinement_and_fuzz, Send;
    "core-promise" promise::core_promise, Send;
    "no-traces" promise::no_traces, Send;
    "claims" promise::claims, Send;
    "schema-words" schema_words::schema_words, File;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_its_sentences() {
        for check in CHECKS {
            for (kind, message) in [("demands", check.demands()), ("advice", check.advice())] {
                assert_eq!(message.key(), format!("check-{kind}-{}", check.id));
            }
        }
        assert_eq!(find("sandbox-and-fuzz").unwrap().id, "confinement-and-fuzz");
    }
}

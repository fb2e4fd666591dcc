//! What the kernel knows about the time, whatever the wall clock shows: how long the machine has run, and whether its clock is synchronised.

use std::mem::MaybeUninit;
use std::time::Duration;

/// A clock that may be wrong by more than this, in microseconds, counts as not synchronised. The kernel adds to it while nothing corrects the clock.
const LARGEST_ERROR_US: i64 = 5_000_000;

/// What the kernel says of a clock, by the system call itself: neither a library that shows another time nor the shared page of the kernel, which
/// an emulator does not have, comes between.
fn read(clock: libc::clockid_t) -> Duration {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: `timespec` is integers alone, for which all zeros are valid, and the kernel writes one there.
    let time = unsafe {
        libc::syscall(libc::SYS_clock_gettime, clock, time.as_mut_ptr());
        time.assume_init()
    };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// When the machine was started, in seconds since 1970, by its wall clock as it is set now.
pub(crate) fn started_at() -> u64 {
    read(libc::CLOCK_REALTIME).as_secs().saturating_sub(since_boot().as_secs())
}

/// Time since the start of the machine, with the time that it was suspended. Nobody can set this clock.
#[must_use]
pub fn since_boot() -> Duration {
    read(libc::CLOCK_BOOTTIME)
}

/// Identifies this run of the machine; empty where the kernel does not say it.
#[must_use]
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned()).unwrap_or_default()
}

/// The kernel's own wall clock in milliseconds since 1970, if the kernel calls it synchronised (by NTP, PTP or the like). It may differ from what
/// this process reads: a library can show a process another time.
#[must_use]
pub fn synchronised_ms() -> Option<i64> {
    let mut state = MaybeUninit::<libc::timex>::zeroed();
    // SAFETY: `timex` is integers alone, for which all zeros are valid; `modes` 0 asks the kernel to write the state there and change nothing.
    let (answer, state) = unsafe {
        let answer = libc::adjtimex(state.as_mut_ptr());
        (answer, state.assume_init())
    };
    let is_synchronised = answer >= 0
        && answer != libc::TIME_ERROR
        && state.status & libc::STA_UNSYNC == 0
        && state.maxerror <= LARGEST_ERROR_US;
    let fraction = state.time.tv_usec / if state.status & libc::STA_NANO == 0 { 1_000 } else { 1_000_000 };
    is_synchronised.then(|| state.time.tv_sec.saturating_mul(1_000).saturating_add(fraction))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{SystemTime, UNIX_EPOCH};

    #[test]
    fn the_machine_runs_on() {
        let before = since_boot();
        std::thread::sleep(Duration::from_millis(2));
        assert!(since_boot() > before);
        assert_eq!(boot_id(), boot_id());
    }

    #[test]
    fn a_synchronised_kernel_says_the_time_of_day() {
        // Whether it is synchronised depends on the machine; what it says then must be the time.
        if let Some(said) = synchronised_ms() {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
            assert!((now - said).abs() < 5_000, "{said} is not {now}");
        }
    }
}

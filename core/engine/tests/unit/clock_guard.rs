//! Jumps in both directions, at run time and at a start; each edge one millisecond before and after.

use super::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEARS: i64 = 3_653 * DAY;
/// 1 December 2026, 10:00 UTC.
const BEGIN: i64 = 1_796_119_200_000;

/// Both clocks and a guard.
struct Clocks {
    guard: ClockGuard,
    moment: Moment,
    kernel: Option<i64>,
}

impl Clocks {
    fn new() -> Self {
        let moment = Moment { wall: BEGIN, boot: 7 * HOUR };
        Self { guard: ClockGuard::new(moment), moment, kernel: None }
    }

    fn pass(&mut self, by: i64) -> &mut Self {
        self.moment.wall += by;
        self.moment.boot += by;
        self
    }

    fn jump(&mut self, by: i64) -> &mut Self {
        self.moment.wall += by;
        self
    }

    fn look(&mut self) -> (i64, Option<ClockChange>) {
        let (now, change) = self.guard.observe(self.moment, || self.kernel);
        (now.0, change)
    }

    #[track_caller]
    fn is_held(&mut self, want: bool, now: i64) {
        assert_eq!(self.look().0, now, "{:?}", self.guard);
        assert_eq!(self.guard.hold().is_some(), want, "{:?}", self.guard);
    }
}

#[test]
fn five_minutes_are_believed_and_a_millisecond_more_is_not() {
    for (by, held) in [(5 * MINUTE, false), (5 * MINUTE + 1, true), (-5 * MINUTE, false), (-5 * MINUTE - 1, true)] {
        let mut c = Clocks::new();
        c.jump(by);
        let now = if held { BEGIN } else { (BEGIN + by).max(BEGIN) };
        c.is_held(held, now);
    }
}

#[test]
fn jumps_of_hours_and_years_are_held_in_both_directions() {
    for by in [HOUR, -HOUR, YEARS, -YEARS, i64::MAX / 4, i64::MIN / 4] {
        let mut c = Clocks::new();
        assert!(matches!(c.pass(MINUTE).look(), (_, None)));
        c.jump(by);
        let (now, change) = c.look();
        assert_eq!(now, BEGIN + MINUTE, "time goes on as if there were no jump");
        let Some(ClockChange::Held(hold)) = change else { panic!("{change:?}") };
        assert_eq!((hold.shown.0, hold.expected.0, hold.since.0), (c.moment.wall, now, now));
        c.jump(-by).pass(HOUR);
        let (now, change) = c.look();
        assert_eq!(now, BEGIN + MINUTE + HOUR, "and the wall clock counts again when it is back");
        assert_eq!(change, Some(ClockChange::Released(Release::Back, 0)));
    }
}

#[test]
fn time_passes_while_it_is_held_and_what_was_said_first_stays() {
    let mut c = Clocks::new();
    c.jump(YEARS).look();
    c.pass(2 * DAY).is_held(true, BEGIN + 2 * DAY);
    assert_eq!(c.guard.hold().map(|h| h.since), Some(Time(BEGIN)));
    assert!(c.look().1.is_none(), "told once");
    assert_eq!(c.guard.hold().map(|h| h.ahead_s()), Some(YEARS / 1_000));
}

#[test]
fn a_suspended_machine_has_not_jumped_and_neither_has_one_that_idled() {
    let mut c = Clocks::new();
    c.pass(400 * DAY).is_held(false, BEGIN + 400 * DAY);
}

#[test]
fn many_small_steps_within_an_hour_are_one_jump() {
    let mut c = Clocks::new();
    for _ in 0..5 {
        c.pass(10 * MINUTE - MINUTE).jump(MINUTE).look();
        assert!(c.guard.hold().is_none());
    }
    c.jump(MINUTE).look();
    assert!(c.guard.hold().is_some());
}

#[test]
fn a_clock_that_drifts_by_a_minute_an_hour_is_believed() {
    let mut c = Clocks::new();
    for n in 1..100 {
        c.pass(HOUR).jump(MINUTE).is_held(false, BEGIN + n * (HOUR + MINUTE));
    }
}

#[test]
fn the_kernel_counts_only_if_it_means_the_same_clock() {
    let mut c = Clocks::new();
    c.kernel = Some(BEGIN);
    c.jump(YEARS).is_held(true, BEGIN);
    // It is asked again a second later, not before.
    c.kernel = Some(c.moment.wall + 1_000);
    c.pass(999).is_held(true, BEGIN + 999);
    c.pass(1).is_held(false, BEGIN + YEARS + 1_000);
    assert!(c.guard.hold().is_none());
}

#[test]
fn an_accepted_jump_forward_counts_from_then_on() {
    let mut c = Clocks::new();
    c.jump(YEARS).look();
    assert_eq!(c.guard.believe(c.moment, Release::Accepted), ClockChange::Released(Release::Accepted, 0));
    c.pass(MINUTE).is_held(false, BEGIN + YEARS + MINUTE);
    c.jump(-YEARS).is_held(true, BEGIN + YEARS + MINUTE);
}

#[test]
fn an_accepted_jump_back_takes_time_back_and_says_by_how_much() {
    let mut c = Clocks::new();
    c.jump(-HOUR).look();
    c.pass(MINUTE).look();
    assert_eq!(c.guard.believe(c.moment, Release::Accepted), ClockChange::Released(Release::Accepted, HOUR));
    c.is_held(false, BEGIN - HOUR + MINUTE);
}

#[test]
fn a_small_step_back_stands_still() {
    let mut c = Clocks::new();
    c.pass(MINUTE).look();
    c.jump(-2 * MINUTE).is_held(false, BEGIN + MINUTE);
    c.pass(3 * MINUTE).is_held(false, BEGIN + 2 * MINUTE);
}

fn last(at: i64, boot_id: &str, boot: i64, suspect: Option<i64>) -> ClockRecord {
    ClockRecord { at: Time(at), boot, boot_id: boot_id.to_owned(), suspect: suspect.map(Time) }
}

#[test]
fn thirty_days_at_a_start_are_believed_and_a_millisecond_more_is_not() {
    for boot_id in ["this", "other", ""] {
        for (by, held) in [(30 * DAY, false), (30 * DAY + 1, true), (YEARS, true), (-5 * MINUTE, false), (-HOUR, true)]
        {
            let mut c = Clocks::new();
            c.guard.start(c.moment, "this", &last(BEGIN - by, boot_id, HOUR, None));
            c.is_held(held, if held || by < 0 { BEGIN - by } else { BEGIN });
            // From then on five minutes are the limit.
            if !held {
                c.jump(6 * MINUTE).look();
                assert!(c.guard.hold().is_some(), "{by}");
            }
        }
    }
}

#[test]
fn a_restart_does_not_end_a_hold() {
    // A day ahead, which a start would believe; the daemon was stopped for an hour.
    let suspect = BEGIN + DAY;
    for (boot_id, expected) in [("this", BEGIN), ("other", BEGIN - HOUR)] {
        let mut c = Clocks::new();
        c.jump(DAY);
        c.guard.start(c.moment, "this", &last(BEGIN - HOUR, boot_id, 6 * HOUR, Some(suspect - HOUR)));
        c.is_held(true, expected);
        c.jump(-DAY).look();
        assert!(c.guard.hold().is_none(), "it is back");
        assert_eq!(c.look().0, BEGIN);
    }
    // Ten years behind.
    let mut c = Clocks::new();
    c.jump(-YEARS);
    c.guard.start(c.moment, "this", &last(BEGIN - HOUR, "other", 6 * HOUR, Some(BEGIN - YEARS)));
    c.is_held(true, BEGIN - HOUR);
}

#[test]
fn a_change_of_the_zone_is_no_jump_and_the_jump_is_told_with_both_times() {
    let hold = ClockHold { since: Time(BEGIN), shown: Time(BEGIN + YEARS), expected: Time(BEGIN) };
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let said = hold.message(&zone).to_string();
    assert!(said.contains("2036-12-01 11:00") && said.contains("2026-12-01 11:00"), "{said}");
    let said = hold.message(&zone).text(rundruf_lang::Language::De);
    assert!(said.contains("01.12.2036 11:00") && said.contains("01.12.2026 11:00"), "{said}");
}

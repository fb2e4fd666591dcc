//! Destinations that only postpone rest, each for itself, so that they do not use up the room of the others. What is about the whole transport, such
//! as a refused account, is the business of [`Backoff`](crate::transports::Backoff).

use rundruf_consent::Time;
use rundruf_store::{Destination, DestinationRest};
use std::collections::HashMap;
use std::time::Duration;

/// Refusals in a row that begin a first rest, and a further one.
const LIMIT: (u32, u32) = (10, 3);
/// First and longest rest.
const REST: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(600));
/// Destinations that are watched; those beyond are not.
const MOST: usize = 4_096;

/// A destination that has postponed and taken nothing since.
struct Refusing {
    in_a_row: u32,
    next: Duration,
    rest: Option<DestinationRest>,
}

/// The destinations of one transport that have postponed and taken nothing since.
#[derive(Default)]
pub(super) struct Destinations(HashMap<Destination, Refusing>);

impl Destinations {
    /// It took a message.
    pub(super) fn took(&mut self, destination: Option<Destination>) {
        if !self.0.is_empty()
            && let Some(destination) = destination
        {
            self.0.remove(&destination);
        }
    }

    /// It postponed a message. Answers whether this is its first refusal since it took one, and the rest that begins, if one does.
    pub(super) fn postponed(&mut self, destination: Destination, now: Time) -> (bool, Option<Duration>) {
        if self.0.len() >= MOST && !self.0.contains_key(&destination) {
            self.0.retain(|_, refusing| refusing.rest.is_some_and(|rest| rest.until > now));
            if self.0.len() >= MOST {
                return (true, None);
            }
        }
        let mut is_first = false;
        let refusing = self.0.entry(destination).or_insert_with(|| {
            is_first = true;
            Refusing { in_a_row: 0, next: REST.0, rest: None }
        });
        if refusing.rest.is_some_and(|rest| rest.until > now) {
            return (is_first, None);
        }
        refusing.in_a_row += 1;
        let limit = if refusing.rest.is_some() { LIMIT.1 } else { LIMIT.0 };
        if refusing.in_a_row < limit {
            return (is_first, None);
        }
        let rest = refusing.next;
        refusing.in_a_row = 0;
        refusing.next = (rest * 2).min(REST.1);
        refusing.rest = Some(DestinationRest { until: now.plus(rest), spread: rest });
        (is_first, Some(rest))
    }

    /// Those that rest now.
    pub(super) fn resting(&self, now: Time) -> HashMap<Destination, DestinationRest> {
        if self.0.is_empty() {
            return HashMap::new();
        }
        let resting = |(destination, refusing): (&Destination, &Refusing)| {
            refusing.rest.filter(|rest| rest.until > now).map(|rest| (*destination, rest))
        };
        self.0.iter().filter_map(resting).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rundruf_consent::Channel;

    fn to(value: &str) -> Destination {
        Destination::of(Channel::Email, value).unwrap()
    }

    #[test]
    fn only_the_one_that_postpones_rests() {
        let mut all = Destinations::default();
        let (bad, good) = (to("a@bad.example"), to("a@good.example"));
        assert_eq!(all.postponed(bad, Time(0)), (true, None));
        for _ in 1..9 {
            assert_eq!(all.postponed(bad, Time(0)), (false, None));
            all.took(Some(good));
        }
        assert_eq!(all.postponed(bad, Time(0)), (false, Some(REST.0)));
        assert_eq!(all.postponed(bad, Time(1)), (false, None), "those that were on their way begin no second rest");
        assert_eq!(all.resting(Time(1)).into_keys().collect::<Vec<_>>(), [bad]);
        let later = Time(0).plus(REST.0);
        assert!(all.resting(later).is_empty());
        let again: Vec<_> = (0..3).map(|_| all.postponed(bad, later).1).collect();
        assert_eq!(again, [None, None, Some(REST.0 * 2)]);
        all.took(Some(bad));
        assert!(all.resting(later).is_empty(), "one that was taken ends it");
        assert_eq!(all.postponed(bad, later), (true, None));
    }

    #[test]
    fn many_destinations_take_no_more_memory() {
        let mut all = Destinations::default();
        for n in 0..3 * MOST {
            all.postponed(to(&format!("a@x{n}.example")), Time(0));
        }
        assert!(all.0.len() <= MOST);
    }
}

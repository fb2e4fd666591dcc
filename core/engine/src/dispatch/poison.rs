//! Finds the message that crashes the plugin. The messages that were in flight during a crash, as far as they may be sent again, are tried in
//! ever smaller groups: nothing else is in flight meanwhile, and each crash halves its group. A message that crashes the plugin alone, three
//! times, while others go through, is the culprit. If no message goes through the plugin is at fault: its crashes count then, until it is given
//! up, and the messages wait.
//!
//! Nothing of this is stored. After a restart the search begins anew with the next crash.

use std::collections::HashMap;

/// Crashes alone that make a message a suspect.
const ALONE: u32 = 3;
/// Crashes that do not count against the plugin while no message goes through, beyond those that it takes to halve a group down to one.
const BEYOND: u32 = 12;

#[derive(Debug, Default)]
pub(super) struct PoisonSearch {
    /// Groups to be tried, the last first.
    groups: Vec<Vec<i64>>,
    /// A group or a single message is being tried.
    trying: bool,
    /// How often the plugin crashed while it had only this message.
    alone: HashMap<i64, u32>,
    /// Crashed it alone often enough, and no message has gone through since.
    suspects: Vec<i64>,
    /// Crashed it alone often enough, and others go through.
    culprits: Vec<i64>,
    /// Crashes since a message went through, and how many there may be that do not count.
    crashes: u32,
    most: u32,
}

/// What may be claimed.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum NextClaim {
    /// Any deliveries: no search is on.
    Any,
    /// Only these deliveries, for a trial.
    Named(Vec<i64>),
    /// These deliveries crash the plugin: they are to be failed.
    Failed(Vec<i64>),
    /// One unrelated message, to see whether the plugin works at all.
    OneOther,
}

impl PoisonSearch {
    pub(super) fn is_on(&self) -> bool {
        self.trying || !(self.groups.is_empty() && self.suspects.is_empty() && self.culprits.is_empty())
    }

    /// The plugin crashed while it had `lost` messages, of which `again` may be sent again.
    pub(super) fn crashed(&mut self, lost: usize, mut again: Vec<i64>) {
        if self.is_on() {
            self.crashes += 1;
        } else {
            *self = Self { most: again.len().max(1).ilog2() + 1 + BEYOND, ..Self::default() };
        }
        again.sort_unstable();
        match (lost, again.as_slice()) {
            (_, []) => {}
            (1, [id]) => {
                let crashes = self.alone.entry(*id).or_default();
                *crashes += 1;
                if *crashes < ALONE {
                    self.groups.push(again);
                } else if !self.suspects.contains(id) {
                    self.suspects.push(*id);
                }
            }
            (_, [_]) => self.groups.push(again),
            (_, [..]) => {
                let second = again.split_off(again.len() / 2);
                self.groups.push(second);
                self.groups.push(again);
            }
        }
    }

    /// The plugin reported an outcome of this message and did not crash.
    pub(super) fn survived(&mut self, id: i64) {
        self.crashes = 0;
        self.suspects.retain(|s| *s != id);
        self.culprits.append(&mut self.suspects);
    }

    /// This message was to be tried, and never reached the plugin.
    pub(super) fn put_back(&mut self, id: i64) {
        match self.groups.last_mut() {
            Some(group) => group.push(id),
            None => self.groups.push(vec![id]),
        }
    }

    /// What to claim next, while nothing is in flight. `room` is more than 0.
    pub(super) fn next(&mut self, room: u32) -> NextClaim {
        self.trying = false;
        if !self.culprits.is_empty() {
            return NextClaim::Failed(std::mem::take(&mut self.culprits));
        }
        let Some(mut group) = self.groups.pop() else {
            self.trying = !self.suspects.is_empty();
            return if self.trying { NextClaim::OneOther } else { NextClaim::Any };
        };
        self.trying = true;
        let rest = group.split_off(group.len().min(room as usize));
        if !rest.is_empty() {
            self.groups.push(rest);
        }
        NextClaim::Named(group)
    }

    /// These culprits could not be stored as failed yet.
    pub(super) fn put_back_culprits(&mut self, ids: Vec<i64>) {
        self.culprits.extend(ids);
    }

    /// There is no other message to try. A single suspect is the culprit; several may be the plugin's fault, and are tried once more.
    pub(super) fn no_other_left(&mut self) {
        let suspects = std::mem::take(&mut self.suspects);
        if let [id] = *suspects {
            self.culprits.push(id);
        } else {
            self.groups.extend(suspects.into_iter().map(|id| vec![id]));
        }
    }

    /// Whether one more crash belongs to the search and does not count against the plugin.
    pub(super) fn may_crash(&self) -> bool {
        self.is_on() && self.crashes < self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// A plugin that crashes on some messages, after it has reported the outcomes of a part of those before.
    struct CrashingPlugin {
        crashing: BTreeSet<i64>,
        /// Whether it reports the outcomes of the messages before a crashing one before it crashes.
        prompt: bool,
        queued: Vec<i64>,
        search: PoisonSearch,
        tries: BTreeMap<i64, u32>,
        sent: BTreeSet<i64>,
        failed: BTreeSet<i64>,
        crashes: u32,
        counted: u32,
    }

    impl CrashingPlugin {
        fn new(all: i64, crashing: &[i64], prompt: bool) -> Self {
            Self {
                crashing: crashing.iter().copied().collect(),
                prompt,
                queued: (1..=all).rev().collect(),
                search: PoisonSearch::default(),
                tries: BTreeMap::new(),
                sent: BTreeSet::new(),
                failed: BTreeSet::new(),
                crashes: 0,
                counted: 0,
            }
        }

        fn hand_over(&mut self, messages: Vec<i64>) {
            let ignored = self.search.may_crash();
            for id in &messages {
                *self.tries.entry(*id).or_default() += 1;
            }
            let Some(at) = messages.iter().position(|id| self.crashing.contains(id)) else {
                return messages.into_iter().for_each(|id| self.pass(id));
            };
            self.crashes += 1;
            self.counted += u32::from(!ignored);
            let reported = if self.prompt { at } else { 0 };
            messages[..reported].iter().for_each(|id| self.pass(*id));
            let lost = messages[reported..].to_vec();
            self.search.crashed(lost.len(), lost);
        }

        fn pass(&mut self, id: i64) {
            self.search.survived(id);
            assert!(self.sent.insert(id) || !self.prompt, "{id} was sent twice");
        }

        /// Runs until every message has its end, or the plugin is given up.
        fn play(&mut self, window: u32) {
            while self.counted < 5 {
                match self.search.next(window) {
                    NextClaim::Named(messages) => self.hand_over(messages),
                    NextClaim::Failed(messages) => {
                        self.failed.extend(messages);
                        self.counted = 0;
                    }
                    next => {
                        let most = if next == NextClaim::OneOther { 1 } else { window as usize };
                        let from = self.queued.len() - self.queued.len().min(most);
                        let messages = self.queued.split_off(from);
                        if !messages.is_empty() {
                            self.hand_over(messages);
                        } else if next == NextClaim::OneOther {
                            self.search.no_other_left();
                        } else {
                            return;
                        }
                    }
                }
            }
        }
    }

    fn log2(n: u32) -> u32 {
        n.ilog2() + 1
    }

    #[test]
    fn one_culprit_is_found_in_few_crashes() {
        for (window, prompt) in [(1, true), (64, true), (1_024, true), (1, false), (64, false), (1_024, false)] {
            for crashing in [1, 2, 63, 64, 65, 700, 1_500, 3_000] {
                let mut plugin = CrashingPlugin::new(3_000, &[crashing], prompt);
                plugin.play(window);
                assert!(plugin.failed.iter().eq(&[crashing]), "{window} {crashing}: {:?}", plugin.failed);
                assert_eq!(plugin.sent.len(), 2_999, "{window} {crashing}");
                assert!(plugin.crashes <= log2(window) + ALONE, "{window} {crashing}: {} crashes", plugin.crashes);
                let most = plugin.tries.iter().filter(|(id, _)| **id != crashing).map(|(_, n)| *n).max().unwrap();
                assert!(most <= log2(window) + 1, "{window} {crashing}: a message was tried {most} times");
            }
        }
    }

    #[test]
    fn a_single_message_is_the_culprit() {
        let mut plugin = CrashingPlugin::new(1, &[1], true);
        plugin.play(64);
        assert_eq!((plugin.failed.len(), plugin.crashes), (1, ALONE));
    }

    #[test]
    fn a_plugin_that_always_crashes_is_given_up_and_no_message_fails() {
        for window in [1, 2, 64, 1_024] {
            let all: Vec<_> = (1..=5_000).collect();
            let mut plugin = CrashingPlugin::new(5_000, &all, true);
            plugin.play(window);
            assert_eq!((plugin.counted, plugin.failed.len(), plugin.sent.len()), (5, 0, 0), "{window}");
            assert!(plugin.crashes < 40, "{window}: {} crashes", plugin.crashes);
        }
    }

    proptest! {
        #[test]
        fn no_message_is_lost(
            window in prop::sample::select(vec![1_u32, 2, 7, 64, 1_024]), all in 1_i64..1_200, prompt: bool,
            crashing in prop::collection::btree_set(1_i64..1_200, 0..8),
        ) {
            let crashing: Vec<_> = crashing.into_iter().filter(|d| *d <= all).collect();
            let mut plugin = CrashingPlugin::new(all, &crashing, prompt);
            plugin.play(window);
            let healthy = all as usize - crashing.len();
            // Too many crashing messages without one in between that works are the plugin's fault; then all wait.
            if plugin.counted < 5 {
                prop_assert!(plugin.failed.iter().eq(&crashing), "{:?}", plugin.failed);
                prop_assert_eq!(plugin.sent.len(), healthy);
            } else {
                prop_assert!(plugin.failed.iter().all(|f| crashing.contains(f)));
            }
            let per = log2(window) + ALONE + 3;
            prop_assert!(plugin.crashes <= per * (crashing.len() as u32 + 1) + 12, "{} crashes", plugin.crashes);
        }
    }
}

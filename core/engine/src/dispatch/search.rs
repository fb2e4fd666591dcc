//! Which letter kills the plugin? What it held when it died, and what may be sent again, is tried in ever smaller company: nothing else is
//! out meanwhile, and after each death there are two halves. Whoever kills it alone, again and again, while others go through is the one.
//! If nobody goes through it is the plugin, and not the letters: its deaths count then, until it is given up, and the letters wait.
//!
//! Nothing of this is stored. After a restart the search begins anew with the next death.

use std::collections::HashMap;

/// So many deaths alone.
const ALONE: u32 = 3;
/// Deaths of a search, without anybody who went through, beyond those that it takes to halve its letters down to one.
const BEYOND: u32 = 12;

#[derive(Debug, Default)]
pub(super) struct Search {
    /// Groups to be tried, the last one first.
    groups: Vec<Vec<i64>>,
    /// Somebody is out, and nobody else.
    trying: bool,
    /// How often the plugin died while it held nothing but this letter.
    alone: HashMap<i64, u32>,
    /// Killed it alone often enough, and nobody has gone through since.
    suspects: Vec<i64>,
    /// Killed it alone often enough, and others go through.
    culprits: Vec<i64>,
    /// Deaths since somebody went through, and how many there may be.
    deaths: u32,
    most: u32,
}

/// What may be claimed.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Next {
    /// Whatever is there.
    Ordinary,
    /// These and nothing else.
    These(Vec<i64>),
    /// These have failed.
    Failed(Vec<i64>),
    /// Anybody else, alone: does the plugin bear anybody at all?
    Anybody,
}

impl Search {
    pub(super) fn is_on(&self) -> bool {
        self.trying || !(self.groups.is_empty() && self.suspects.is_empty() && self.culprits.is_empty())
    }

    /// The plugin died while it held so many letters, of which these may be sent again.
    pub(super) fn died(&mut self, held: usize, mut again: Vec<i64>) {
        if self.is_on() {
            self.deaths += 1;
        } else {
            *self = Self { most: again.len().max(1).ilog2() + 1 + BEYOND, ..Self::default() };
        }
        again.sort_unstable();
        match (held, again.as_slice()) {
            (_, []) => {}
            (1, [id]) => {
                let deaths = self.alone.entry(*id).or_default();
                *deaths += 1;
                if *deaths < ALONE {
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

    /// The plugin told what became of this one, and lived.
    pub(super) fn passed(&mut self, id: i64) {
        self.deaths = 0;
        self.suspects.retain(|s| *s != id);
        self.culprits.append(&mut self.suspects);
    }

    /// This one was to be tried, and never left us.
    pub(super) fn back(&mut self, id: i64) {
        match self.groups.last_mut() {
            Some(group) => group.push(id),
            None => self.groups.push(vec![id]),
        }
    }

    /// What is next, when nothing is out. `room` is more than 0.
    pub(super) fn next(&mut self, room: u32) -> Next {
        self.trying = false;
        if !self.culprits.is_empty() {
            return Next::Failed(std::mem::take(&mut self.culprits));
        }
        let Some(mut group) = self.groups.pop() else {
            self.trying = !self.suspects.is_empty();
            return if self.trying { Next::Anybody } else { Next::Ordinary };
        };
        self.trying = true;
        let rest = group.split_off(group.len().min(room as usize));
        if !rest.is_empty() {
            self.groups.push(rest);
        }
        Next::These(group)
    }

    /// These could not be noted as failed yet.
    pub(super) fn culprits(&mut self, these: Vec<i64>) {
        self.culprits.extend(these);
    }

    /// There is nobody else. A single suspect is the one; several may be the plugin's fault, and are tried once more.
    pub(super) fn nobody_else(&mut self) {
        let suspects = std::mem::take(&mut self.suspects);
        if let [id] = *suspects {
            self.culprits.push(id);
        } else {
            self.groups.extend(suspects.into_iter().map(|id| vec![id]));
        }
    }

    /// Whether one more death belongs to the search and does not count.
    pub(super) fn may_die(&self) -> bool {
        self.is_on() && self.deaths < self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// A plugin that dies when it meets one of these, after it has told the outcomes of a part of those before.
    struct World {
        deadly: BTreeSet<i64>,
        /// Of the letters before a deadly one, whether their outcomes are told before the death.
        prompt: bool,
        queued: Vec<i64>,
        search: Search,
        tries: BTreeMap<i64, u32>,
        sent: BTreeSet<i64>,
        failed: BTreeSet<i64>,
        deaths: u32,
        counted: u32,
    }

    impl World {
        fn new(all: i64, deadly: &[i64], prompt: bool) -> Self {
            Self {
                deadly: deadly.iter().copied().collect(),
                prompt,
                queued: (1..=all).rev().collect(),
                search: Search::default(),
                tries: BTreeMap::new(),
                sent: BTreeSet::new(),
                failed: BTreeSet::new(),
                deaths: 0,
                counted: 0,
            }
        }

        fn hand_over(&mut self, letters: Vec<i64>) {
            let excused = self.search.may_die();
            for id in &letters {
                *self.tries.entry(*id).or_default() += 1;
            }
            let Some(at) = letters.iter().position(|id| self.deadly.contains(id)) else {
                return letters.into_iter().for_each(|id| self.pass(id));
            };
            self.deaths += 1;
            self.counted += u32::from(!excused);
            let told = if self.prompt { at } else { 0 };
            letters[..told].iter().for_each(|id| self.pass(*id));
            let held = letters[told..].to_vec();
            self.search.died(held.len(), held);
        }

        fn pass(&mut self, id: i64) {
            self.search.passed(id);
            assert!(self.sent.insert(id) || !self.prompt, "{id} was sent twice");
        }

        /// Until everything has its end, or the plugin is given up.
        fn play(&mut self, window: u32) {
            while self.counted < 5 {
                match self.search.next(window) {
                    Next::These(letters) => self.hand_over(letters),
                    Next::Failed(letters) => {
                        self.failed.extend(letters);
                        self.counted = 0;
                    }
                    next => {
                        let most = if next == Next::Anybody { 1 } else { window as usize };
                        let from = self.queued.len() - self.queued.len().min(most);
                        let letters = self.queued.split_off(from);
                        if !letters.is_empty() {
                            self.hand_over(letters);
                        } else if next == Next::Anybody {
                            self.search.nobody_else();
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
    fn one_culprit_is_found_in_few_deaths() {
        for (window, prompt) in [(1, true), (64, true), (1_024, true), (1, false), (64, false), (1_024, false)] {
            for deadly in [1, 2, 63, 64, 65, 700, 1_500, 3_000] {
                let mut world = World::new(3_000, &[deadly], prompt);
                world.play(window);
                assert!(world.failed.iter().eq(&[deadly]), "{window} {deadly}: {:?}", world.failed);
                assert_eq!(world.sent.len(), 2_999, "{window} {deadly}");
                assert!(world.deaths <= log2(window) + ALONE, "{window} {deadly}: {} deaths", world.deaths);
                let most = world.tries.iter().filter(|(id, _)| **id != deadly).map(|(_, n)| *n).max().unwrap();
                assert!(most <= log2(window) + 1, "{window} {deadly}: somebody was tried {most} times");
            }
        }
    }

    #[test]
    fn a_single_letter_is_the_one() {
        let mut world = World::new(1, &[1], true);
        world.play(64);
        assert_eq!((world.failed.len(), world.deaths), (1, ALONE));
    }

    #[test]
    fn a_plugin_that_bears_nobody_is_given_up_and_nobody_is_burnt() {
        for window in [1, 2, 64, 1_024] {
            let everybody: Vec<_> = (1..=5_000).collect();
            let mut world = World::new(5_000, &everybody, true);
            world.play(window);
            assert_eq!((world.counted, world.failed.len(), world.sent.len()), (5, 0, 0), "{window}");
            assert!(world.deaths < 40, "{window}: {} deaths", world.deaths);
        }
    }

    proptest! {
        #[test]
        fn nobody_is_lost(
            window in prop::sample::select(vec![1_u32, 2, 7, 64, 1_024]), all in 1_i64..1_200, prompt: bool,
            deadly in prop::collection::btree_set(1_i64..1_200, 0..8),
        ) {
            let deadly: Vec<_> = deadly.into_iter().filter(|d| *d <= all).collect();
            let mut world = World::new(all, &deadly, prompt);
            world.play(window);
            let healthy = all as usize - deadly.len();
            // With nobody in between that works, too many who kill it are the plugin's fault; then everybody waits.
            if world.counted < 5 {
                prop_assert!(world.failed.iter().eq(&deadly), "{:?}", world.failed);
                prop_assert_eq!(world.sent.len(), healthy);
            } else {
                prop_assert!(world.failed.iter().all(|f| deadly.contains(f)));
            }
            let per = log2(window) + ALONE + 3;
            prop_assert!(world.deaths <= per * (deadly.len() as u32 + 1) + 12, "{} deaths", world.deaths);
        }
    }
}

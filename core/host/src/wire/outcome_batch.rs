//! Outcomes with the messages that they concern, and their encoding as runs: most of a batch ends at once with equal outcomes.

use crate::event::MessageOutcome;
use crate::wire::OutcomeRun;

/// Consecutive messages of one batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct IndexSpan {
    batch: u64,
    first: u32,
    count: u32,
}

/// Outcomes in the order of reporting.
#[derive(Default)]
pub(crate) struct OutcomeBatch {
    pub(crate) outcomes: Vec<MessageOutcome>,
    /// The messages that they concern; together as many as there are outcomes.
    spans: Vec<IndexSpan>,
}

impl OutcomeBatch {
    /// An empty batch with room for `count` outcomes.
    pub(crate) fn with_capacity(count: usize) -> Self {
        Self { outcomes: Vec::with_capacity(count), spans: Vec::new() }
    }

    /// Adds the outcome of one message.
    #[inline]
    pub(crate) fn push(&mut self, batch: u64, index: u32, outcome: MessageOutcome) {
        self.outcomes.push(outcome);
        match self.spans.last_mut() {
            Some(span) if span.batch == batch && span.first.checked_add(span.count) == Some(index) => span.count += 1,
            _ => self.spans.push(IndexSpan { batch, first: index, count: 1 }),
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Keeps the first `at` outcomes and returns the others.
    pub(crate) fn split_off(&mut self, at: usize) -> Self {
        let mut rest = Self { outcomes: self.outcomes.split_off(at.min(self.len())), spans: Vec::new() };
        let mut left = u32::try_from(self.len()).unwrap_or(u32::MAX);
        for span in std::mem::take(&mut self.spans) {
            let stays = span.count.min(left);
            left -= stays;
            if stays > 0 {
                self.spans.push(IndexSpan { count: stays, ..span });
            }
            if stays < span.count {
                rest.spans.push(IndexSpan { first: span.first + stays, count: span.count - stays, ..span });
            }
        }
        rest
    }

    /// The outcomes as runs, for the pipe.
    pub(crate) fn runs(&self) -> Vec<OutcomeRun<'_>> {
        let mut runs: Vec<OutcomeRun<'_>> = Vec::new();
        let mut outcomes = self.outcomes.iter();
        for span in &self.spans {
            let mut before: Option<&MessageOutcome> = None;
            for (index, outcome) in (span.first..).zip(outcomes.by_ref().take(span.count as usize)) {
                match runs.last_mut() {
                    Some(run) if before.is_some_and(|before| before.same_result(outcome)) => run.count += 1,
                    _ => runs.push(run(span.batch, index, outcome)),
                }
                before = Some(outcome);
            }
        }
        runs
    }

    /// The outcomes one by one, with batch and index.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn each(self) -> impl Iterator<Item = (u64, u32, MessageOutcome)> {
        let messages = self.spans.into_iter().flat_map(|s| (0..s.count).map(move |n| (s.batch, s.first + n)));
        messages.zip(self.outcomes).map(|((batch, index), outcome)| (batch, index, outcome))
    }
}

fn run(batch: u64, first: u32, o: &MessageOutcome) -> OutcomeRun<'_> {
    OutcomeRun {
        batch,
        first,
        count: 1,
        code: o.code.0,
        retry_after_ms: o.retry_after.map_or(0, |d| u32::try_from(d.as_millis()).unwrap_or(u32::MAX)),
        remote_code: o.remote_code,
        remote_id: &o.remote_id,
        detail: &o.detail,
        parts: o.parts.as_deref().cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::MessageId;
    use rundruf_abi::OutcomeCode;

    fn outcomes() -> OutcomeBatch {
        let mut outcomes = OutcomeBatch::default();
        let messages = [(7, 0, "a"), (7, 1, "a"), (7, 2, "b"), (7, 4, "b"), (8, 5, "b"), (8, 4, "b"), (7, 5, "b")];
        for (batch, index, detail) in messages {
            outcomes.push(batch, index, MessageOutcome::of(MessageId([1; 16]), OutcomeCode::SENT, detail));
        }
        outcomes
    }

    fn runs(outcomes: &OutcomeBatch) -> Vec<(u64, u32, u32, String)> {
        outcomes.runs().iter().map(|r| (r.batch, r.first, r.count, r.detail.to_owned())).collect()
    }

    #[test]
    fn what_same_result_in_a_row_is_said_once() {
        let [a, b] = ["a", "b"].map(str::to_owned);
        let want = [(7, 0, 2, a), (7, 2, 1, b.clone()), (7, 4, 1, b.clone()), (8, 5, 1, b.clone())];
        let want: Vec<_> = want.into_iter().chain([(8, 4, 1, b.clone()), (7, 5, 1, b)]).collect();
        assert_eq!(runs(&outcomes()), want);
    }

    #[test]
    fn splitting_keeps_messages_and_outcomes_together() {
        let messages = |outcomes: OutcomeBatch| {
            outcomes.each().map(|(batch, index, o)| (batch, index, o.detail)).collect::<Vec<_>>()
        };
        let whole = messages(outcomes());
        assert_eq!(whole.len(), 7);
        for at in 0..=8 {
            let mut first = outcomes();
            let rest = first.split_off(at);
            assert_eq!(first.len(), at.min(7));
            assert_eq!([messages(first), messages(rest)].concat(), whole, "cut at {at}");
        }
    }
}

//! Work whose panic ends this work alone.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

/// The work ended by a panic. The panic itself has logged where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Panicked;

/// Runs to the end. After a panic the work is dropped, and its caller decides.
pub(crate) async fn guarded<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    let mut work = Box::pin(work);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
        Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    #[allow(clippy::panic)]
    async fn a_panic_is_answered_also_after_a_wait() {
        assert_eq!(guarded(async { 7 }).await, Ok(7));
        let waits = async {
            tokio::task::yield_now().await;
            panic!("a bug")
        };
        assert_eq!(guarded::<()>(waits).await, Err(Panicked));
    }
}

//! A limit on the memory that attachments take while they are being sent.

use crate::problem::Problem;
use hyper::StatusCode;
use hyper::body::Bytes;
use rundruf_lang::msg;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// Attachments that are read from the database at once.
const MAX_READS: usize = 2;
/// Bytes that one semaphore permit stands for.
const UNIT_BYTES: usize = 1 << 10;

/// Memory for attachments that are being sent.
pub(crate) struct MemoryBudget {
    reads: Semaphore,
    permits: Arc<Semaphore>,
    units: usize,
}

impl MemoryBudget {
    /// A budget of this many bytes. A single attachment always fits, whatever its size.
    pub(crate) fn new(bytes: usize) -> Self {
        let units = bytes.div_ceil(UNIT_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Self { reads: Semaphore::new(MAX_READS), permits: Arc::new(Semaphore::new(units)), units }
    }

    /// Waits for one of the [`MAX_READS`] turns to read an attachment from the database.
    pub(crate) async fn reading(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.reads.acquire().await.map_err(|_| closed())
    }

    /// Waits until the budget has room for these bytes; they count until the last of them has been sent.
    pub(crate) async fn reserve(&self, bytes: Vec<u8>) -> Result<Bytes, Problem> {
        let units = u32::try_from(bytes.len().div_ceil(UNIT_BYTES).min(self.units)).unwrap_or(u32::MAX);
        let permits = Arc::clone(&self.permits).acquire_many_owned(units).await.map_err(|_| closed())?;
        Ok(Bytes::from_owner(BudgetedBytes { bytes, _permits: permits }))
    }
}

/// Bytes that return their permits when they are dropped.
struct BudgetedBytes {
    bytes: Vec<u8>,
    _permits: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for BudgetedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn closed() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "closed", msg!("web-no-memory"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_is_returned_with_the_last_byte() {
        let budget = MemoryBudget::new(10 * UNIT_BYTES);
        let mut first = budget.reserve(vec![1; 6 * UNIT_BYTES]).await.unwrap();
        let second = budget.reserve(vec![1; 6 * UNIT_BYTES]);
        tokio::pin!(second);
        assert!(poll_once(second.as_mut()).await.is_none(), "no room for a second one");
        let tail = first.split_off(5 * UNIT_BYTES);
        drop(first);
        assert!(poll_once(second.as_mut()).await.is_none(), "a part is still on its way");
        drop(tail);
        assert!(poll_once(second.as_mut()).await.is_some());
        assert_eq!(budget.permits.available_permits(), 10);
        assert_eq!(
            budget.reserve(vec![1; 100 * UNIT_BYTES]).await.unwrap().len(),
            100 * UNIT_BYTES,
            "a giant goes alone"
        );
    }

    /// Polls once.
    async fn poll_once<F: Future>(mut future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
            std::task::Poll::Ready(out) => std::task::Poll::Ready(Some(out)),
            std::task::Poll::Pending => std::task::Poll::Ready(None),
        })
        .await
    }
}

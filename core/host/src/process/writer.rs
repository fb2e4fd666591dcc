//! Frames on their way to the child. The sender never waits: what the socket does not take at once goes through a thread.

use crate::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use rustix::net::{SendFlags, send};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

/// What frames are written to.
pub(super) trait FrameStream {
    /// Writes what can be written without waiting.
    fn offer(&self, bytes: &[u8]) -> io::Result<usize>;
    /// Writes all of it, however long that takes.
    fn insist(&self, bytes: &[u8]) -> io::Result<()>;
    /// Ends one direction or both; whoever waits in [`FrameStream::insist`] is let go.
    fn shut(&self, how: Shutdown);
}

impl FrameStream for UnixStream {
    fn offer(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(self, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?)
    }

    fn insist(&self, bytes: &[u8]) -> io::Result<()> {
        let mut writing = self;
        writing.write_all(bytes)
    }

    fn shut(&self, how: Shutdown) {
        // It fails when the other side has gone, which is as good.
        let _ = self.shutdown(how);
    }
}

struct QueuedFrame {
    frame: Vec<u8>,
    from: usize,
    batch: Option<u64>,
}

#[derive(Default)]
struct WriteQueue {
    waiting: VecDeque<QueuedFrame>,
    /// The thread is writing right now.
    writing: bool,
    dead: bool,
    ended: bool,
    /// Nothing follows: the direction is closed when everything has left.
    last: bool,
    /// Batches that never left completely.
    unsent: Vec<u64>,
}

pub(super) struct FrameWriter<S = UnixStream> {
    stream: S,
    queue: Mutex<WriteQueue>,
    changed: Condvar,
}

impl FrameWriter {
    pub(super) fn start(stream: UnixStream) -> io::Result<Arc<Self>> {
        let this = Arc::new(Self::new(stream));
        let writer = Arc::clone(&this);
        std::thread::Builder::new().name("outgoing".into()).stack_size(128 * 1024).spawn(move || writer.run())?;
        Ok(this)
    }
}

/// Frames that may wait: far more than a window of letters and everything that is asked about it.
const MOST_WAITING: usize = 1 << 17;

impl<S: FrameStream> FrameWriter<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, queue: Mutex::new(WriteQueue::default()), changed: Condvar::new() }
    }

    fn queue(&self) -> MutexGuard<'_, WriteQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a frame, now or soon.
    pub(super) fn push(&self, frame: Vec<u8>, batch: Option<u64>) {
        let mut queue = self.queue();
        if queue.dead {
            queue.unsent.extend(batch);
            return;
        }
        let mut from = 0;
        if queue.waiting.is_empty() && !queue.writing {
            while let Some(rest) = frame.get(from..).filter(|r| !r.is_empty()) {
                match self.stream.offer(rest) {
                    Ok(written) => from += written,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                    Err(_) => {
                        queue.dead = true;
                        queue.unsent.extend(batch);
                        return;
                    }
                }
            }
            if from == frame.len() {
                return;
            }
        }
        queue.waiting.push_back(QueuedFrame { frame, from, batch });
        drop(queue);
        self.changed.notify_all();
    }

    /// The thread: writes what waits, until the end.
    pub(super) fn run(&self) {
        loop {
            let mut queue = self.queue();
            while queue.waiting.is_empty() {
                if queue.last {
                    self.stream.shut(Shutdown::Write);
                    queue.last = false;
                }
                if queue.ended || queue.dead {
                    return;
                }
                queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            let Some(next) = queue.waiting.pop_front() else { continue };
            queue.writing = true;
            drop(queue);
            let written = self.stream.insist(next.frame.get(next.from..).unwrap_or_default());
            let mut queue = self.queue();
            queue.writing = false;
            if written.is_err() {
                queue.dead = true;
                queue.unsent.extend(next.batch);
            }
            let dead = queue.dead;
            drop(queue);
            self.changed.notify_all();
            if dead {
                return;
            }
        }
    }

    /// Whether more waits than for a child that listens.
    pub(super) fn is_full(&self) -> bool {
        self.queue().waiting.len() > MOST_WAITING
    }

    /// Says that nothing follows: the child reads to the end and then knows it.
    pub(super) fn finish(&self) {
        self.queue().last = true;
        self.changed.notify_all();
    }

    /// Nothing more in either direction: whoever reads or writes on our side notices now. What came before can still be read.
    pub(super) fn cut(&self) {
        self.stream.shut(Shutdown::Both);
    }

    /// The child has gone: which batches never left completely.
    pub(super) fn end(&self) -> Vec<u64> {
        let mut queue = self.queue();
        queue.ended = true;
        queue.dead = true;
        // The thread may hang in a write that nobody reads any more: this lets it go. Only then is it known whether that frame had left: a child
        // may have read the last byte of it, and acted on it, while the thread was about to say so.
        self.cut();
        while queue.writing {
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let mut unsent = std::mem::take(&mut queue.unsent);
        unsent.extend(queue.waiting.drain(..).filter_map(|w| w.batch));
        drop(queue);
        self.changed.notify_all();
        unsent
    }
}

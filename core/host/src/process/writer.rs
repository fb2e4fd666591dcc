//! Writes frames to a plugin process. The sender never blocks: what the socket does not take at once is written by a thread.

use crate::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, lock};
use rustix::net::{SendFlags, send};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

/// What frames are written to.
pub(super) trait FrameStream {
    /// Writes what fits without blocking; returns the number of bytes.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;
    /// Writes all bytes, blocking as long as it takes.
    fn write_fully(&self, bytes: &[u8]) -> io::Result<()>;
    /// Closes one direction or both; a blocked [`FrameStream::write_fully`] returns.
    fn shut_down(&self, how: Shutdown);
}

impl FrameStream for UnixStream {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(self, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?)
    }

    fn write_fully(&self, bytes: &[u8]) -> io::Result<()> {
        let mut writing = self;
        writing.write_all(bytes)
    }

    fn shut_down(&self, how: Shutdown) {
        // Fails if the process has closed its end, which is just as well.
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
    /// Whether the thread is writing a frame.
    writing: bool,
    dead: bool,
    ended: bool,
    /// Close the direction when the queue is empty.
    last: bool,
    /// Batches whose frame was not written completely.
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

/// Frames that may wait; far more than a full window needs.
const MAX_PENDING: usize = 1 << 17;

impl<S: FrameStream> FrameWriter<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, queue: Mutex::new(WriteQueue::default()), changed: Condvar::new() }
    }

    fn queue(&self) -> MutexGuard<'_, WriteQueue> {
        lock(&self.queue)
    }

    /// Writes a frame, or queues it if the socket is full. `batch` is its batch, for [`FrameWriter::end`].
    pub(super) fn push(&self, frame: Vec<u8>, batch: Option<u64>) {
        let mut queue = self.queue();
        if queue.dead {
            queue.unsent.extend(batch);
            return;
        }
        let mut from = 0;
        if queue.waiting.is_empty() && !queue.writing {
            while let Some(rest) = frame.get(from..).filter(|r| !r.is_empty()) {
                match self.stream.try_write(rest) {
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

    /// Runs in a thread: writes queued frames until the end.
    pub(super) fn run(&self) {
        loop {
            let mut queue = self.queue();
            while queue.waiting.is_empty() {
                if queue.last {
                    self.stream.shut_down(Shutdown::Write);
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
            let written = self.stream.write_fully(next.frame.get(next.from..).unwrap_or_default());
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

    /// Whether more frames wait than a process that reads would let pile up.
    pub(super) fn is_full(&self) -> bool {
        self.queue().waiting.len() > MAX_PENDING
    }

    /// Closes the direction to the process after the last frame.
    pub(super) fn finish(&self) {
        self.queue().last = true;
        self.changed.notify_all();
    }

    /// Closes both directions: blocked readers and writers return. Bytes that arrived before can still be read.
    pub(super) fn cut(&self) {
        self.stream.shut_down(Shutdown::Both);
    }

    /// Ends the writer; returns the batches whose frame was not written completely.
    pub(super) fn end(&self) -> Vec<u64> {
        let mut queue = self.queue();
        queue.ended = true;
        queue.dead = true;
        // The thread may block in a write that nobody reads; this ends it. Only afterwards is it known whether that frame had left: the process may
        // have read its last byte, and acted on it, before the thread could note that.
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

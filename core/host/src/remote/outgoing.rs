//! Frames on their way to the child. The sender never waits: what the socket does not take at once goes through a thread.

use rustix::net::{SendFlags, send};
use std::collections::VecDeque;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

struct Waiting {
    frame: Vec<u8>,
    from: usize,
    batch: Option<u64>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// The thread is writing right now, this batch.
    writing: Option<Option<u64>>,
    dead: bool,
    ended: bool,
    /// Nothing follows: the direction is closed when everything has left.
    last: bool,
    /// Batches that never left completely.
    unsent: Vec<u64>,
}

pub(super) struct Outgoing {
    stream: UnixStream,
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Outgoing {
    pub(super) fn start(stream: UnixStream) -> std::io::Result<Arc<Self>> {
        let this = Arc::new(Self { stream, queue: Mutex::default(), changed: Condvar::new() });
        let writer = Arc::clone(&this);
        std::thread::Builder::new().name("outgoing".into()).stack_size(128 * 1024).spawn(move || writer.run())?;
        Ok(this)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
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
        if queue.waiting.is_empty() && queue.writing.is_none() {
            while let Some(rest) = frame.get(from..).filter(|r| !r.is_empty()) {
                match send(&self.stream, rest, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                    Ok(written) => from += written,
                    Err(rustix::io::Errno::INTR) => {}
                    Err(rustix::io::Errno::WOULDBLOCK) => break,
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
        queue.waiting.push_back(Waiting { frame, from, batch });
        drop(queue);
        self.changed.notify_all();
    }

    fn run(&self) {
        loop {
            let mut queue = self.queue();
            while queue.waiting.is_empty() {
                if queue.last {
                    let _ = self.stream.shutdown(std::net::Shutdown::Write);
                    queue.last = false;
                }
                if queue.ended || queue.dead {
                    return;
                }
                queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            let Some(next) = queue.waiting.pop_front() else { continue };
            queue.writing = Some(next.batch);
            drop(queue);
            let written = (&self.stream).write_all(next.frame.get(next.from..).unwrap_or_default());
            let mut queue = self.queue();
            queue.writing = None;
            if written.is_err() {
                queue.dead = true;
                queue.unsent.extend(next.batch);
                return;
            }
        }
    }

    /// Says that nothing follows: the child reads to the end and then knows it.
    pub(super) fn finish(&self) {
        self.queue().last = true;
        self.changed.notify_all();
    }

    /// Nothing more in either direction: whoever reads or writes on our side notices now. What came before can still be read.
    pub(super) fn cut(&self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }

    /// The child has gone: which batches never left completely.
    pub(super) fn end(&self) -> Vec<u64> {
        let mut queue = self.queue();
        queue.ended = true;
        queue.dead = true;
        let waiting: Vec<u64> = queue.waiting.drain(..).filter_map(|w| w.batch).collect();
        let writing = queue.writing.flatten();
        let mut unsent = std::mem::take(&mut queue.unsent);
        unsent.extend(waiting);
        unsent.extend(writing);
        drop(queue);
        // The thread may hang in a write that nobody reads any more.
        self.cut();
        self.changed.notify_all();
        unsent
    }
}

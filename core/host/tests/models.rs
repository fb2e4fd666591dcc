//! The concurrent tables in every order of their threads: their source files, compiled with loom's locks and atomics.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[allow(dead_code, unreachable_pub, reason = "public in the library; the models need no random session")]
#[path = "../src/id.rs"]
mod id;
#[allow(dead_code, reason = "the models need a part of it")]
#[path = "../src/ledger.rs"]
mod ledger;
#[path = "../src/shared_ledger.rs"]
mod shared_ledger;
#[path = "../src/shutdown_gate.rs"]
mod shutdown_gate;
#[allow(dead_code, reason = "the models have no socket")]
#[path = "../src/process/writer.rs"]
mod writer;

mod sync {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    pub(crate) use loom::sync::{Arc, Condvar, Mutex, MutexGuard};
    pub(crate) use std::sync::PoisonError;

    pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

use id::MessageId;
use loom::thread::{spawn, yield_now};
use shared_ledger::SharedLedger;
use shutdown_gate::ShutdownGate;
use std::io;
use std::net::Shutdown;
use std::time::Instant;
use sync::{Arc, Mutex};
use writer::{FrameStream, FrameWriter};

/// Memory of a batch; counts how often it was freed.
struct Memory(Arc<Mutex<u32>>);

impl Drop for Memory {
    fn drop(&mut self) {
        *self.0.lock().unwrap() += 1;
    }
}

/// A ledger of two messages, and the outcomes that were delivered.
struct TestInstance {
    ledger: SharedLedger<Memory>,
    delivered: Mutex<Vec<u8>>,
}

impl TestInstance {
    fn new(freed: &Arc<Mutex<u32>>) -> Arc<Self> {
        let ledger = SharedLedger::new();
        ledger.lock().open(7, vec![MessageId([0; 16]), MessageId([1; 16])], Instant::now(), Memory(Arc::clone(freed)));
        Arc::new(Self { ledger, delivered: Mutex::new(Vec::new()) })
    }

    /// The plugin completes an index.
    fn complete(&self, index: u32) {
        let mut closed = None;
        let (_memory, in_transit) = self
            .ledger
            .take(|ledger| ledger.close(7, std::iter::once((index, ())), |_, id, ()| closed = Some(id.0[0])));
        if let Some(id) = closed {
            self.delivered.lock().unwrap().push(id);
        }
        drop(in_transit);
    }

    /// The host gives the batch up. Its memory is returned, as the plugin may still read it.
    fn give_up(&self) -> Option<Memory> {
        let (taken, _in_transit) = self.ledger.take(|ledger| ledger.take(7));
        let (ids, memory) = taken?;
        self.delivered.lock().unwrap().extend(ids.iter().map(|message| message.id.0[0]));
        Some(memory)
    }

    fn delivered(&self) -> Vec<u8> {
        let mut all = self.delivered.lock().unwrap().clone();
        all.sort_unstable();
        all
    }
}

#[test]
fn undelivered_is_zero_only_when_every_outcome_was_delivered() {
    loom::model(|| {
        let freed = Arc::new(Mutex::new(0));
        let instance = TestInstance::new(&freed);
        let plugin = [0, 1].map(|index| {
            let instance = Arc::clone(&instance);
            spawn(move || instance.complete(index))
        });
        // A single check at any moment covers waiting for it.
        if instance.ledger.undelivered() == 0 {
            assert_eq!(instance.delivered(), [0, 1], "undelivered was 0");
        }
        for thread in plugin {
            thread.join().unwrap();
        }
        assert_eq!(*freed.lock().unwrap(), 1);
    });
}

#[test]
fn a_batch_that_is_given_up_while_it_is_completed_ends_once() {
    loom::model(|| {
        let freed = Arc::new(Mutex::new(0));
        let instance = TestInstance::new(&freed);
        let plugin = {
            let instance = Arc::clone(&instance);
            spawn(move || {
                instance.complete(0);
                // A plugin that reports each outcome twice.
                instance.complete(0);
                instance.complete(1);
            })
        };
        let kept = instance.give_up();
        if instance.ledger.undelivered() == 0 {
            assert_eq!(instance.delivered(), [0, 1], "each message has an outcome");
        }
        plugin.join().unwrap();
        assert_eq!((instance.delivered(), instance.ledger.undelivered()), (vec![0, 1], 0), "and no second one");
        assert_eq!(*freed.lock().unwrap(), u32::from(kept.is_none()), "what was given up is kept");
    });
}

/// A batch arrives while the child drains. The plugin is busy, so the batch is queued.
#[test]
fn no_batch_is_left_in_the_queue_after_the_gate_closed() {
    struct Child {
        gate: ShutdownGate,
        queue: Mutex<Vec<()>>,
        answered: Mutex<usize>,
    }
    impl Child {
        fn give_back(&self) {
            let given = self.queue.lock().unwrap().drain(..).count();
            *self.answered.lock().unwrap() += given;
        }
    }
    loom::model(|| {
        let child =
            Arc::new(Child { gate: ShutdownGate::new(), queue: Mutex::new(Vec::new()), answered: Mutex::new(0) });
        let reader = {
            let child = Arc::clone(&child);
            spawn(move || {
                let Some(_inside) = child.gate.enter() else {
                    *child.answered.lock().unwrap() += 1;
                    return;
                };
                child.queue.lock().unwrap().push(());
                if child.gate.is_closed() {
                    child.give_back();
                }
            })
        };
        assert!(child.gate.close() && !child.gate.close(), "one closes it");
        child.give_back();
        if child.gate.is_empty() {
            // Now the process may write its journal: every accepted batch is answered, and a later one is answered by its reader.
            assert!(child.queue.lock().unwrap().is_empty(), "something is left in queue");
            assert!(child.gate.enter().is_none());
        }
        reader.join().unwrap();
        assert!(child.queue.lock().unwrap().is_empty() && child.gate.is_empty(), "something is left in queue");
        assert_eq!(*child.answered.lock().unwrap(), 1);
    });
}

/// A pipe that holds one byte, and a child that exits after a while.
#[derive(Clone)]
struct TestStream(Arc<Mutex<Ends>>);

#[derive(Default)]
struct Ends {
    byte: bool,
    read: usize,
    closed: bool,
}

impl FrameStream for TestStream {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut ends = self.0.lock().unwrap();
        if ends.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if ends.byte || bytes.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        ends.byte = true;
        Ok(1)
    }

    fn write_fully(&self, bytes: &[u8]) -> io::Result<()> {
        let mut from = 0;
        while from < bytes.len() {
            match self.try_write(&bytes[from..]) {
                Ok(written) => from += written,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => yield_now(),
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    fn shut_down(&self, _: Shutdown) {
        self.0.lock().unwrap().closed = true;
    }
}

impl TestStream {
    /// The child reads once.
    fn read(&self) {
        let mut ends = self.0.lock().unwrap();
        if std::mem::take(&mut ends.byte) {
            ends.read += 1;
        }
    }
}

/// A frame that the process has read completely may have been sent: it must not be reported as untouched, or it would be sent twice. A frame that
/// it cannot have read completely is untouched.
#[test]
fn a_frame_that_was_read_is_never_untouched() {
    const FRAME: [u8; 2] = [1, 2];
    loom::model(|| {
        let pipe = TestStream(Arc::new(Mutex::new(Ends::default())));
        let out = Arc::new(FrameWriter::new(pipe.clone()));
        let writer = {
            let out = Arc::clone(&out);
            spawn(move || out.run())
        };
        out.push(FRAME.to_vec(), Some(7));
        // The process reads what is there, acts on it and dies.
        pipe.read();
        yield_now();
        pipe.read();
        let unsent = out.end();
        let ends = pipe.0.lock().unwrap();
        let (read, written) = (ends.read, ends.byte);
        drop(ends);
        if read == FRAME.len() {
            assert_eq!(unsent, [0_u64; 0], "the child had all of it");
        } else if read + usize::from(written) < FRAME.len() {
            assert_eq!(unsent, [7], "it never left completely");
        }
        writer.join().unwrap();
    });
}

/// Bytes that do not fit at once are written by the thread, which must be woken even if nothing else is sent.
#[test]
fn queued_frames_are_written() {
    loom::model(|| {
        let pipe = TestStream(Arc::new(Mutex::new(Ends::default())));
        let out = Arc::new(FrameWriter::new(pipe.clone()));
        let writer = {
            let out = Arc::clone(&out);
            spawn(move || out.run())
        };
        out.push(vec![1, 2], Some(7));
        while pipe.0.lock().unwrap().read < 2 {
            pipe.read();
            yield_now();
        }
        assert_eq!(out.end(), [0_u64; 0]);
        writer.join().unwrap();
    });
}

/// The process has died before: frames that were not written are returned, whether the write failed or was not tried.
#[test]
fn frames_to_a_closed_pipe_are_returned() {
    loom::model(|| {
        let pipe = TestStream(Arc::new(Mutex::new(Ends { closed: true, ..Ends::default() })));
        let out = Arc::new(FrameWriter::new(pipe));
        let writer = {
            let out = Arc::clone(&out);
            spawn(move || out.run())
        };
        out.push(vec![1, 2], Some(7));
        out.push(vec![1, 2], Some(8));
        assert_eq!(out.end(), [7, 8]);
        writer.join().unwrap();
    });
}

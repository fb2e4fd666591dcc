//! Nanoseconds a message at the border: the null plugin in this process and in a child, whole batches and one by one, and one message alone.

use crate::options::Options;
use rundruf_consent::{DeliveryId, gate::trial};
use rundruf_host::{
    EventHandler, HostEvent, InstanceSpec, Isolation, MessageBatch, MessageContent, MessageId, MessageTemplate,
    OutcomeClass, Priority, TransportInstance,
};
use rundruf_tests::artifacts::{Artifacts, OWN_PROGRAM};
use rundruf_tests::measure::median;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Messages on their way at once.
const WINDOW: usize = 4_096;
const BATCH: usize = 256;
/// Messages that are made before the clock runs.
const AT_ONCE: usize = 16 * WINDOW;
/// Starts in a state folder that is there already. The first one ever makes it, which is the file system's time.
const STARTS: usize = 9;

fn messages(numbers: std::ops::Range<usize>) -> MessageBatch {
    let mut messages = MessageBatch::with_capacity(numbers.len());
    numbers.for_each(|n| push(&mut messages, i64::try_from(n).unwrap_or(0)));
    messages
}

fn push(to: &mut MessageBatch, n: i64) {
    let permit = trial::permit(DeliveryId(n));
    let mut id = [7; 16];
    id[8..].copy_from_slice(&n.to_be_bytes());
    let address = "person00000001.with.a.name.of.sixty-four.bytes.in.all@mail.example";
    to.push(permit, MessageId(id), address, "", &[""; 0], 1);
}

/// Counts outcomes. As in the engine, the sender is woken when there are enough, not for each array.
#[derive(Default)]
pub(crate) struct OutcomeCounter {
    state: Mutex<(usize, u64, usize)>,
    /// Outcomes that were not "sent".
    unsent: AtomicUsize,
    enough: Condvar,
}

impl OutcomeCounter {
    /// Counts the outcomes of an event.
    fn count(&self, event: &HostEvent) {
        let HostEvent::Outcomes { last, outcomes } = event else { return };
        let unsent = outcomes.iter().filter(|o| o.class() != OutcomeClass::Sent).count();
        self.unsent.fetch_add(unsent, Ordering::Relaxed);
        let mut state = self.state.lock().expect("a lock");
        let (count, latest, wanted) = &mut *state;
        (*count, *latest) = (*count + outcomes.len(), *last);
        if *count >= *wanted {
            self.enough.notify_one();
        }
    }

    /// How many outcomes were not "sent".
    pub(crate) fn unsent(&self) -> usize {
        self.unsent.load(Ordering::Relaxed)
    }

    /// Waits for `wanted` outcomes, acknowledges them, and returns how many came.
    pub(crate) fn wait(&self, instance: &TransportInstance, wanted: usize) -> usize {
        let mut state = self.state.lock().expect("a lock");
        state.2 = wanted;
        let mut state = self.enough.wait_while(state, |(count, _, wanted)| *count < *wanted).expect("a lock");
        let (count, last) = (std::mem::take(&mut state.0), state.1);
        drop(state);
        instance.acknowledge(last);
        count
    }
}

fn start(dir: &Path, isolation: Isolation, config: &Value) -> (TransportInstance, Arc<OutcomeCounter>) {
    start_plugin("null", dir, isolation, config)
}

/// Starts a plugin of this workspace.
pub(crate) fn start_plugin(
    name: &str,
    dir: &Path,
    isolation: Isolation,
    config: &Value,
) -> (TransportInstance, Arc<OutcomeCounter>) {
    let counter = Arc::new(OutcomeCounter::default());
    let counting = Arc::clone(&counter);
    let events: EventHandler = Arc::new(move |event| counting.count(&event));
    let spec = InstanceSpec {
        name: name.to_owned(),
        library: Artifacts::get().plugin(name),
        sha256: None,
        isolation,
        config: config.to_string(),
        state_dir: dir.join("state"),
        window: u32::try_from(WINDOW).unwrap_or(u32::MAX),
        threads: 1,
        child_program: OWN_PROGRAM.into(),
        overdue_after: Duration::from_secs(60),
        state_limit: InstanceSpec::STATE_LIMIT,
        protected: Vec::new(),
        without_landlock: false,
        disk_reserve: None,
    };
    (TransportInstance::start(spec, events).expect("the plugin starts"), counter)
}

/// Milliseconds of a start, from the file to the open plugin.
fn timed_start(dir: &Path, isolation: Isolation, config: &Value) -> (f64, (TransportInstance, Arc<OutcomeCounter>)) {
    let begin = Instant::now();
    let opened = start(dir, isolation, config);
    (begin.elapsed().as_secs_f64() * 1e3, opened)
}

/// Nanoseconds a message over `count` messages in batches. Batches are made beforehand, some windows at a time: making them is not
/// the border, and a million of them would have to come from main memory, which no sender does.
fn batches(
    instance: &TransportInstance,
    counter: &OutcomeCounter,
    content: &Arc<MessageContent>,
    count: usize,
    batch: usize,
) -> f64 {
    let mut time = Duration::ZERO;
    for first in (0..count).step_by(AT_ONCE) {
        let end = (first + AT_ONCE).min(count);
        let mut ready: VecDeque<MessageBatch> =
            (first..end).step_by(batch).map(|from| messages(from..(from + batch).min(end))).collect();
        let begin = Instant::now();
        let (mut out, mut left) = (0, end - first);
        while left > 0 {
            while out + batch <= WINDOW {
                let Some(messages) = ready.pop_front() else { break };
                let n = messages.len();
                instance.send(content, messages, Priority::Bulk, 0).expect("taken");
                out += n;
            }
            let came = counter.wait(instance, left.min(WINDOW / 2));
            out -= came;
            left -= came;
        }
        time += begin.elapsed();
    }
    time.as_nanos() as f64 / count as f64
}

/// Microseconds of one message alone, there and back, in the middle.
fn alone(instance: &TransportInstance, counter: &OutcomeCounter, content: &Arc<MessageContent>) -> f64 {
    let mut times = Vec::new();
    for n in 0..2_000 {
        let one = messages(n..n + 1);
        let begin = Instant::now();
        instance.send(content, one, Priority::Bulk, 0).expect("taken");
        let _ = counter.wait(instance, 1);
        times.push(begin.elapsed().as_nanos() as f64 / 1e3);
    }
    median(times)
}

/// Keeps the thread that calls, and all that it starts from now on, on these processors.
fn keep_to(processors: &CpuSet) {
    sched_setaffinity(None, processors).expect("a choice of processors");
}

fn only(processor: usize) -> CpuSet {
    let mut one = CpuSet::new();
    one.set(processor);
    one
}

/// Microseconds of one byte there and back between two threads on these processors, in the middle: what waking two threads costs on this
/// machine. A message alone wakes two in this process and four through a child. Where processors sleep deeply that is all of its
/// time.
fn two_wakes(processors: [usize; 2]) -> f64 {
    let [here, there] = processors;
    let (mut ours, mut theirs) = UnixStream::pair().expect("a pair of sockets");
    let echo = std::thread::spawn(move || {
        keep_to(&only(there));
        let mut byte = [0];
        while theirs.read_exact(&mut byte).is_ok() && theirs.write_all(&byte).is_ok() {}
    });
    let before = sched_getaffinity(None).expect("the processors of this thread");
    keep_to(&only(here));
    let times = (0..2_000).map(|_| {
        let begin = Instant::now();
        ours.write_all(&[1]).and_then(|()| ours.read_exact(&mut [0])).expect("an echo");
        begin.elapsed().as_nanos() as f64 / 1e3
    });
    let times = median(times.collect());
    keep_to(&before);
    drop(ours);
    let _ = echo.join();
    times
}

/// One message alone, there and back, where all threads share one processor, as they do on a machine that has nothing else to do for them: its
/// own cost, without that of waking another processor.
fn alone_on_one(isolation: Isolation, content: &Arc<MessageContent>) -> f64 {
    let dir = tempfile::tempdir().expect("a folder");
    let before = sched_getaffinity(None).expect("the processors of this thread");
    keep_to(&only(first_of(&before)));
    let (instance, counter) = start(dir.path(), isolation, &json!({}));
    let us = alone(&instance, &counter, content);
    let _ = instance.stop(Duration::from_secs(10));
    keep_to(&before);
    us
}

fn first_of(processors: &CpuSet) -> usize {
    (0..CpuSet::MAX_CPU).find(|n| processors.is_set(*n)).expect("a processor")
}

pub(crate) fn run(options: &Options) -> Value {
    let count = usize::try_from(options.recipients.unwrap_or(1_000_000)).unwrap_or(1_000_000);
    let content = Arc::new(MessageContent {
        id: 1,
        channel: "email".to_owned(),
        language: "de".to_owned(),
        text: MessageTemplate::fixed("x".repeat(1_024)),
        ..MessageContent::default()
    });
    let mut result = serde_json::Map::new();
    let ways = [
        ("in_process_batch", Isolation::None, json!({})),
        ("in_process_send", Isolation::None, json!({"one_by_one": true})),
        ("child_batch", Isolation::Process, json!({})),
        ("child_send", Isolation::Process, json!({"one_by_one": true})),
    ];
    for (name, isolation, config) in ways {
        let dir = tempfile::tempdir().expect("a folder");
        let (first_ms, mut opened) = timed_start(dir.path(), isolation, &config);
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            let _ = opened.0.stop(Duration::from_secs(10));
            let (start_ms, again) = timed_start(dir.path(), isolation, &config);
            starts.push(start_ms);
            opened = again;
        }
        let (start_ms, (instance, counter)) = (median(starts), opened);
        let rounds: Vec<f64> =
            (0..options.rounds).map(|_| batches(&instance, &counter, &content, count, BATCH)).collect();
        let ns = median(rounds);
        let us = alone(&instance, &counter, &content);
        let _ = instance.stop(Duration::from_secs(10));
        options.say(&format!(
            "{name}: {ns:.0} ns a message, one alone {us:.1} µs, start {start_ms:.1} ms (the first one {first_ms:.1})"
        ));
        result.insert(format!("{name}_ns"), json!(ns.round()));
        result.insert(format!("{name}_alone_us"), json!((us * 10.0).round() / 10.0));
        result.insert(format!("{name}_start_ms"), json!((start_ms * 10.0).round() / 10.0));
        result.insert(format!("{name}_first_start_ms"), json!((first_ms * 10.0).round() / 10.0));
    }
    let processors = sched_getaffinity(None).expect("the processors of this thread");
    let here = first_of(&processors);
    let there = (here + 1..CpuSet::MAX_CPU).find(|n| processors.is_set(*n)).unwrap_or(here);
    let figures = [
        ("in_process_alone_on_one_processor_us", alone_on_one(Isolation::None, &content)),
        ("child_alone_on_one_processor_us", alone_on_one(Isolation::Process, &content)),
        ("two_wakes_us", two_wakes([here, there])),
        ("two_wakes_on_one_processor_us", two_wakes([here, here])),
    ];
    for (name, us) in figures {
        options.say(&format!("{name}: {us:.1}"));
        result.insert(name.to_owned(), json!((us * 10.0).round() / 10.0));
    }
    let child = result.get("child_batch_ns").and_then(Value::as_f64).unwrap_or(f64::INFINITY);
    let inside = result.get("in_process_batch_ns").and_then(Value::as_f64).unwrap_or(0.0);
    result.insert("bench".to_owned(), json!("abi"));
    result.insert("recipients".to_owned(), json!(count));
    result.insert("messages_per_s".to_owned(), json!((1e9 / child).round()));
    result.insert("limit_per_s".to_owned(), json!((1e9 / inside).round()));
    result.insert("ratio".to_owned(), json!(inside / child));
    result.insert("batch".to_owned(), json!(BATCH));
    Value::Object(result)
}

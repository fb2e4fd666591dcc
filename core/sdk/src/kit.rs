//! For an author's tests: runs a transport through its own table, without a library and without a daemon, and insists that every letter is
//! completed exactly once.

use crate::Transport;
use rundruf_abi::{
    HostTable, LogLevel, NO_VAR, OpenArgs, OutcomeCode, RawAttachment, RawBatch, RawContent, RawInbound, RawOutcome,
    RawPair, RawReceipt, RawRecipient, RawSegment, RawTemplate, Sink, Status, TransportTable, View,
};
use std::collections::HashMap;
use std::ffi::c_void;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A message to send.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Kind of address.
    pub channel: String,
    /// Message class, see [`crate::Content::class`].
    pub class: u32,
    /// Subject, with `{0}`, `{1}` for values.
    pub subject: String,
    /// Text, likewise.
    pub text: String,
    /// HTML, likewise; may be empty.
    pub html: String,
    /// Named values.
    pub meta: Vec<(String, String)>,
    /// Files: name, media type, bytes.
    pub attachments: Vec<(String, String, Vec<u8>)>,
}

impl Default for Sample {
    fn default() -> Self {
        let meta = [
            ("sender-name", "Bäckerei Krume GmbH"),
            ("imprint-url", "https://krume.example/impressum"),
            ("privacy-url", "https://krume.example/datenschutz"),
            ("list-name", "angebote"),
            ("list-title", "Angebote der Woche"),
            ("list-id-domain", "krume.example"),
            ("date", "2026-11-25T10:00:00Z"),
        ];
        Self {
            channel: "email".into(),
            class: 0,
            subject: "Hallo {0}".into(),
            text: "Hallo {0},\nheute frisch.\n".into(),
            html: "<p>Hallo {0}, heute frisch.</p>".into(),
            meta: meta.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            attachments: Vec::new(),
        }
    }
}

/// Somebody to send to.
#[derive(Clone, Debug)]
pub struct Person {
    /// Address.
    pub address: String,
    /// Values for the holes.
    pub vars: Vec<String>,
    /// Where one POST ends the subscription; may be empty.
    pub unsubscribe_url: String,
}

impl Person {
    /// Somebody with this address and first name.
    #[must_use]
    pub fn new(address: &str, first_name: &str) -> Self {
        let unsubscribe_url = format!("https://news.krume.example/u/{first_name}");
        Self { address: address.into(), vars: vec![first_name.into()], unsubscribe_url }
    }
}

/// What came back for one person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Code.
    pub code: OutcomeCode,
    /// The other side's id.
    pub remote_id: String,
    /// One line.
    pub detail: String,
    /// Not before, in milliseconds; 0 for no opinion.
    pub retry_after_ms: u32,
}

#[derive(Default)]
struct Seen {
    answers: HashMap<(u64, u32), Answer>,
    doubles: Vec<(u64, u32)>,
    inbound: Vec<(String, String, String)>,
    log: Vec<String>,
    closed: bool,
    after_close: u32,
}

#[derive(Default)]
struct Book {
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl Book {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A transport that runs.
pub struct Kit {
    table: &'static TransportTable,
    instance: *mut c_void,
    book: Arc<Book>,
    /// Kept until the end: clause *host*.
    _host: Box<HostTable>,
    next: u64,
}

/// A batch that was handed over and whose memory must live.
pub struct Sent {
    id: u64,
    count: u32,
    _memory: Box<Memory>,
}

/// Everything a batch points to.
struct Memory {
    _sample: Box<Sample>,
    _people: Vec<Person>,
    _segments: Vec<Vec<RawSegment<'static>>>,
    _attachments: Vec<RawAttachment<'static>>,
    _meta: Vec<RawPair<'static>>,
    _vars: Vec<Vec<View<'static>>>,
    recipients: Vec<RawRecipient<'static>>,
    content: Box<RawContent<'static>>,
    batch: Box<RawBatch<'static>>,
}

fn view(text: &str) -> View<'static> {
    View { ptr: text.as_ptr(), len: text.len(), life: std::marker::PhantomData }
}

/// Splits `Hallo {0}!` into segments.
fn segments(text: &str) -> Vec<RawSegment<'static>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((literal, tail)) = rest.split_once('{') {
        let Some((number, after)) = tail.split_once('}') else { break };
        let Ok(var) = number.parse() else { break };
        out.push(RawSegment { literal: view(literal), var, reserved: 0 });
        rest = after;
    }
    out.push(RawSegment { literal: view(rest), var: NO_VAR, reserved: 0 });
    out
}

fn template(segments: &[RawSegment<'static>]) -> RawTemplate<'static> {
    RawTemplate { segments: segments.as_ptr(), count: segments.len(), stride: size_of::<RawSegment<'static>>() }
}

impl Kit {
    /// Opens a transport with these settings.
    ///
    /// # Errors
    /// The plugin's own text.
    pub fn open<T: Transport>(config: &serde_json::Value, state_dir: &Path, window: u32) -> Result<Self, String> {
        let table: &'static TransportTable = Box::leak(Box::new(crate::table::<T>()));
        let book = Arc::new(Book::default());
        let host = Box::new(HostTable {
            size: size_of::<HostTable>() as u32,
            minor: u32::from(rundruf_abi::ABI.minor),
            ctx: Arc::as_ptr(&book).cast_mut().cast(),
            complete: Some(complete),
            inbound: Some(inbound),
            receipt: Some(receipt),
            ready: Some(ready),
            log: Some(log),
            extension: Some(extension),
        });
        let (config, state) = (config.to_string(), state_dir.display().to_string());
        let args = OpenArgs {
            size: size_of::<OpenArgs<'_>>() as u32,
            threads: 2,
            config: View::text(&config),
            name: View::text("kit"),
            state_dir: View::text(&state),
            window,
            reserved: 0,
        };
        let mut instance = std::ptr::null_mut();
        let mut text: Vec<u8> = Vec::new();
        let mut sink = Sink { ctx: (&raw mut text).cast(), write: Some(write) };
        let Some(open) = table.open else { return Err("no open".into()) };
        // SAFETY: all arguments are valid for the call; the host table lives in the kit.
        let status = unsafe { open(&raw const *host, &raw const args, &raw mut instance, &raw mut sink) };
        if status != Status::OK {
            return Err(String::from_utf8_lossy(&text).into_owned());
        }
        Ok(Self { table, instance, book, _host: host, next: 1 })
    }

    /// Hands a batch over; the status and, if it was taken, what to wait for.
    pub fn submit(&mut self, sample: &Sample, people: &[Person]) -> (Status, Sent) {
        let id = self.next;
        self.next += 1;
        let memory = memory(id, sample, people);
        let raw = &raw const *memory.batch;
        let sent = Sent { id, count: u32::try_from(people.len()).unwrap_or(u32::MAX), _memory: memory };
        // SAFETY: the batch lives in `sent`, which the caller keeps until it has waited.
        let status = self.table.submit.map_or(Status::UNSUPPORTED, |submit| unsafe { submit(self.instance, raw) });
        (status, sent)
    }

    /// Waits for every answer of a batch.
    ///
    /// # Panics
    /// If one is missing after the time, or one came twice.
    pub fn wait(&self, sent: &Sent, within: Duration) -> Vec<Answer> {
        let until = Instant::now() + within;
        let mut seen = self.book.lock();
        loop {
            let all: Option<Vec<Answer>> = (0..sent.count).map(|n| seen.answers.get(&(sent.id, n)).cloned()).collect();
            assert!(seen.doubles.is_empty(), "answered twice: {:?}", seen.doubles);
            if let Some(all) = all {
                return all;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{} of {} answers came", seen.answers.len(), sent.count);
            seen = self.book.changed.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Sends to these people and waits for their answers.
    ///
    /// # Panics
    /// As [`Kit::wait`], and if the batch is not taken.
    pub fn send(&mut self, sample: &Sample, people: &[Person]) -> Vec<Answer> {
        let (status, sent) = self.submit(sample, people);
        assert_eq!(status, Status::OK, "the batch was not taken");
        self.wait(&sent, Duration::from_secs(60))
    }

    /// Asks for an orderly end.
    pub fn drain(&self, within: Duration) -> Status {
        let ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        // SAFETY: clause *self*.
        self.table.drain.map_or(Status::UNSUPPORTED, |drain| unsafe { drain(self.instance, ms) })
    }

    /// Messages that came in: channel, address, text.
    #[must_use]
    pub fn inbound(&self) -> Vec<(String, String, String)> {
        self.book.lock().inbound.clone()
    }

    /// Lines that were logged.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.book.lock().log.clone()
    }

    /// Ends it.
    ///
    /// # Panics
    /// If a host function was called afterwards.
    pub fn close(mut self) {
        self.end();
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(self.book.lock().after_close, 0, "a host function was called after close");
    }

    fn end(&mut self) {
        if !self.instance.is_null()
            && let Some(close) = self.table.close
        {
            // SAFETY: clause *self*; this is the one call.
            unsafe { close(self.instance) };
            self.instance = std::ptr::null_mut();
            self.book.lock().closed = true;
        }
    }
}

impl Drop for Kit {
    fn drop(&mut self) {
        self.end();
    }
}

fn memory(id: u64, sample: &Sample, people: &[Person]) -> Box<Memory> {
    let (sample, people) = (Box::new(sample.clone()), people.to_vec());
    let segments = vec![segments(&sample.subject), segments(&sample.text), segments(&sample.html)];
    let attachments: Vec<_> = sample
        .attachments
        .iter()
        .map(|(name, media_type, bytes)| RawAttachment {
            name: view(name),
            media_type: view(media_type),
            bytes: View { ptr: bytes.as_ptr(), len: bytes.len(), life: std::marker::PhantomData },
            url: View::EMPTY,
        })
        .collect();
    let meta: Vec<_> = sample.meta.iter().map(|(k, v)| RawPair { key: view(k), value: view(v) }).collect();
    let vars: Vec<Vec<_>> = people.iter().map(|p| p.vars.iter().map(|v| view(v)).collect()).collect();
    let recipients: Vec<_> = (0_u64..)
        .zip(people.iter().zip(&vars))
        .map(|(n, (p, vars))| {
            let mut message_id = [0; 16];
            message_id[..8].copy_from_slice(&id.to_be_bytes());
            message_id[8..].copy_from_slice(&n.to_be_bytes());
            RawRecipient {
                message_id,
                address: view(&p.address),
                unsubscribe_url: view(&p.unsubscribe_url),
                vars: vars.as_ptr(),
                var_count: vars.len(),
                permit: 1,
                attempt: 1,
                flags: 0,
            }
        })
        .collect();
    let part = |n: usize| segments.get(n).map_or(template(&[]), |s| template(s));
    let content = Box::new(RawContent {
        size: size_of::<RawContent<'static>>() as u32,
        class: sample.class,
        content_id: id,
        channel: view(&sample.channel),
        language: view("de"),
        subject: part(0),
        text: part(1),
        html: part(2),
        attachments: attachments.as_ptr(),
        attachment_count: attachments.len(),
        attachment_stride: size_of::<RawAttachment<'static>>(),
        meta: meta.as_ptr(),
        meta_count: meta.len(),
        meta_stride: size_of::<RawPair<'static>>(),
    });
    let batch = Box::new(RawBatch {
        size: size_of::<RawBatch<'static>>() as u32,
        priority: 0,
        id,
        content: &raw const *content,
        recipients: recipients.as_ptr(),
        count: recipients.len(),
        stride: size_of::<RawRecipient<'static>>(),
        deadline_ms: 0,
    });
    Box::new(Memory {
        _sample: sample,
        _people: people,
        _segments: segments,
        _attachments: attachments,
        _meta: meta,
        _vars: vars,
        recipients,
        content,
        batch,
    })
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({} recipients, content {})", self.recipients.len(), self.content.content_id)
    }
}

unsafe fn book<'a>(ctx: *mut c_void) -> &'a Book {
    // SAFETY: the context is the book that the kit keeps.
    unsafe { &*ctx.cast::<Book>() }
}

fn owned(view: &View<'_>) -> String {
    // SAFETY: clause *borrow*.
    String::from_utf8_lossy(unsafe { view.bytes() }).into_owned()
}

unsafe extern "C" fn complete(
    ctx: *mut c_void,
    outcomes: *const RawOutcome<'_>,
    count: usize,
    stride: usize,
) -> Status {
    // SAFETY: see `book`.
    let book = unsafe { book(ctx) };
    let mut seen = book.lock();
    if seen.closed {
        seen.after_close += 1;
    }
    for n in 0..count {
        // SAFETY: clause *borrow*: `count` outcomes lie `stride` bytes apart.
        let raw = unsafe { &*outcomes.byte_add(n * stride) };
        let answer = Answer {
            code: raw.code,
            remote_id: owned(&raw.remote_id),
            detail: owned(&raw.detail),
            retry_after_ms: raw.retry_after_ms,
        };
        if seen.answers.insert((raw.batch, raw.index), answer).is_some() {
            seen.doubles.push((raw.batch, raw.index));
        }
    }
    drop(seen);
    book.changed.notify_all();
    Status::OK
}

unsafe extern "C" fn inbound(ctx: *mut c_void, message: *const RawInbound<'_>) -> Status {
    // SAFETY: clause *borrow*.
    let message = unsafe { &*message };
    let entry = (owned(&message.channel), owned(&message.address), owned(&message.text));
    // SAFETY: see `book`.
    unsafe { book(ctx) }.lock().inbound.push(entry);
    Status::OK
}

unsafe extern "C" fn receipt(_: *mut c_void, _: *const RawReceipt<'_>) -> Status {
    Status::OK
}

unsafe extern "C" fn ready(_: *mut c_void) {}

unsafe extern "C" fn log(ctx: *mut c_void, level: LogLevel, target: View<'_>, message: View<'_>) {
    let line = format!("{} {}: {}", level.0, owned(&target), owned(&message));
    // SAFETY: see `book`.
    let mut seen = unsafe { book(ctx) }.lock();
    if seen.closed {
        seen.after_close += 1;
    }
    seen.log.push(line);
}

unsafe extern "C" fn extension(_: *mut c_void, _: View<'_>) -> *const c_void {
    std::ptr::null()
}

unsafe extern "C" fn write(ctx: *mut c_void, ptr: *const u8, len: usize) -> Status {
    // SAFETY: the context is the vector in `open`, and the bytes are borrowed for the call.
    unsafe { (*ctx.cast::<Vec<u8>>()).extend_from_slice(std::slice::from_raw_parts(ptr, len)) };
    Status::OK
}

/// Insists that the schema in `manifest.json` is that of the transport's settings. With `RUNDRUF_BLESS=1` in the environment it writes it there.
///
/// # Panics
/// If they differ, or the file is no manifest.
pub fn manifest_is_current<T: Transport>(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut manifest: serde_json::Value =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let schema = serde_json::to_value(schemars::schema_for!(T::Config)).unwrap_or_default();
    if manifest.get("config_schema") == Some(&schema) {
        return;
    }
    assert!(
        std::env::var_os("RUNDRUF_BLESS").is_some(),
        "the schema in {} is not that of the settings: run this test with RUNDRUF_BLESS=1",
        path.display()
    );
    if let Some(object) = manifest.as_object_mut() {
        object.insert("config_schema".into(), schema);
    }
    let text = serde_json::to_string_pretty(&manifest).unwrap_or_default() + "\n";
    std::fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}

//! What is sent in a test, and how it lies in memory.

use rundruf_abi::{NO_VAR, RawAttachment, RawBatch, RawContent, RawPair, RawRecipient, RawSegment, RawTemplate, View};

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

/// An element of an array as a later host might have it: longer than this version knows. Who forgets the stride reads `tail`.
#[repr(C)]
struct Wide<T> {
    element: T,
    tail: [u8; 24],
}

impl<T> Wide<T> {
    const fn new(element: T) -> Self {
        Self { element, tail: [0xA5; 24] }
    }
}

/// Where an array of wide elements begins.
const fn first<T>(array: &[Wide<T>]) -> *const T {
    array.as_ptr().cast()
}

/// Everything a batch points to.
pub(crate) struct Memory {
    _sample: Box<Sample>,
    _people: Vec<Person>,
    _segments: Vec<Vec<Wide<RawSegment<'static>>>>,
    _attachments: Vec<Wide<RawAttachment<'static>>>,
    _meta: Vec<Wide<RawPair<'static>>>,
    _vars: Vec<Vec<View<'static>>>,
    recipients: Vec<Wide<RawRecipient<'static>>>,
    content: Box<RawContent<'static>>,
    pub(crate) batch: Box<RawBatch<'static>>,
}

fn view(text: &str) -> View<'static> {
    View { ptr: text.as_ptr(), len: text.len(), life: std::marker::PhantomData }
}

/// Splits `Hallo {0}!` into segments.
fn segments(text: &str) -> Vec<Wide<RawSegment<'static>>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((literal, tail)) = rest.split_once('{') {
        let Some((number, after)) = tail.split_once('}') else { break };
        let Ok(var) = number.parse() else { break };
        out.push(Wide::new(RawSegment { literal: view(literal), var, reserved: 0 }));
        rest = after;
    }
    out.push(Wide::new(RawSegment { literal: view(rest), var: NO_VAR, reserved: 0 }));
    out
}

fn template(segments: &[Wide<RawSegment<'static>>]) -> RawTemplate<'static> {
    RawTemplate { segments: first(segments), count: segments.len(), stride: size_of::<Wide<RawSegment<'static>>>() }
}

/// Lays a batch out in memory.
pub(crate) fn memory(id: u64, sample: &Sample, people: &[Person]) -> Box<Memory> {
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
        .map(Wide::new)
        .collect();
    let meta: Vec<_> = sample.meta.iter().map(|(k, v)| Wide::new(RawPair { key: view(k), value: view(v) })).collect();
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
        .map(Wide::new)
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
        attachments: first(&attachments),
        attachment_count: attachments.len(),
        attachment_stride: size_of::<Wide<RawAttachment<'static>>>(),
        meta: first(&meta),
        meta_count: meta.len(),
        meta_stride: size_of::<Wide<RawPair<'static>>>(),
    });
    let batch = Box::new(RawBatch {
        size: size_of::<RawBatch<'static>>() as u32,
        priority: 0,
        id,
        content: &raw const *content,
        recipients: first(&recipients),
        count: recipients.len(),
        stride: size_of::<Wide<RawRecipient<'static>>>(),
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

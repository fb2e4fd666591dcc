//! A batch as odd as the contract allows. For the fuzz targets in `tests/fuzz`; built for them, and for tests.

use super::{Kit, Sent};
use rundruf_abi::{RawAttachment, RawBatch, RawContent, RawPair, RawRecipient, RawSegment, RawTemplate, Status, View};
use std::marker::PhantomData;

/// Bytes of a view. `None`: a null pointer with a length, which is read as empty.
pub type Bytes = Option<Vec<u8>>;

/// What is shown.
pub struct Odd {
    /// Words between the elements of each array.
    pub more: usize,
    /// Class of the content.
    pub class: u32,
    /// When it is too late; 0 for never.
    pub deadline_ms: i64,
    /// Channel.
    pub channel: Bytes,
    /// Language.
    pub language: Bytes,
    /// Subject, text, HTML: literals and numbers of values.
    pub texts: [Vec<(Bytes, u32)>; 3],
    /// Name, type, bytes, link.
    pub files: Vec<[Bytes; 4]>,
    /// Name and value.
    pub meta: Vec<[Bytes; 2]>,
    /// Address, link to leave, values.
    pub people: Vec<(Bytes, Bytes, Vec<Bytes>)>,
}

fn view(bytes: &Bytes) -> View<'static> {
    bytes.as_ref().map_or(View { ptr: std::ptr::null(), len: 77, life: PhantomData }, |b| View {
        ptr: b.as_ptr(),
        len: b.len(),
        life: PhantomData,
    })
}

/// An array whose elements are longer than this version knows, without one byte behind the last; null when it is empty.
struct Apart {
    memory: Vec<u64>,
    count: usize,
    stride: usize,
}

impl Apart {
    fn new<T: Copy>(elements: &[T], more: usize) -> Self {
        let stride = size_of::<T>() + more * 8;
        let bytes = elements.len().checked_sub(1).map_or(0, |last| last * stride + size_of::<T>());
        let mut memory = vec![0xA5A5_A5A5_A5A5_A5A5_u64; bytes.div_ceil(8)];
        for (n, element) in elements.iter().enumerate() {
            // SAFETY: it lies within the memory that was just reserved, whose alignment is at least that of all elements.
            unsafe { memory.as_mut_ptr().byte_add(n * stride).cast::<T>().write(*element) };
        }
        Self { memory, count: elements.len(), stride }
    }

    fn first<T>(&self) -> *const T {
        if self.count == 0 { std::ptr::null() } else { self.memory.as_ptr().cast() }
    }
}

/// Keeps everything that a batch reaches.
struct Kept {
    batch: Box<RawBatch<'static>>,
    _content: Box<RawContent<'static>>,
    _arrays: Vec<Apart>,
}

impl Kit {
    /// Hands it over. The bytes of `odd` must live until all answers have come.
    pub fn submit_odd(&mut self, odd: &Odd) -> (Status, Sent) {
        let id = self.next;
        self.next += 1;
        let texts = odd.texts.each_ref().map(|text| {
            let raw: Vec<_> = text
                .iter()
                .map(|(literal, var)| RawSegment { literal: view(literal), var: *var, reserved: 9 })
                .collect();
            Apart::new(&raw, odd.more)
        });
        let [subject, text, html] =
            texts.each_ref().map(|t| RawTemplate { segments: t.first(), count: t.count, stride: t.stride });
        let files: Vec<_> = odd
            .files
            .iter()
            .map(|[name, media_type, bytes, url]| RawAttachment {
                name: view(name),
                media_type: view(media_type),
                bytes: view(bytes),
                url: view(url),
            })
            .collect();
        let files = Apart::new(&files, odd.more);
        let meta: Vec<_> = odd.meta.iter().map(|[value, key]| RawPair { key: view(key), value: view(value) }).collect();
        let meta = Apart::new(&meta, odd.more);
        // Views lie side by side: a view never grows.
        let vars: Vec<Apart> =
            odd.people.iter().map(|(_, _, vars)| Apart::new(&vars.iter().map(view).collect::<Vec<_>>(), 0)).collect();
        let people: Vec<_> = odd
            .people
            .iter()
            .zip(&vars)
            .map(|((address, url, _), vars)| RawRecipient {
                message_id: [7; 16],
                address: view(address),
                unsubscribe_url: view(url),
                vars: vars.first(),
                var_count: vars.count,
                permit: 1,
                attempt: 1,
                flags: u32::MAX,
            })
            .collect();
        let people = Apart::new(&people, odd.more);
        let content = Box::new(RawContent {
            size: size_of::<RawContent<'static>>() as u32,
            class: odd.class,
            content_id: id,
            channel: view(&odd.channel),
            language: view(&odd.language),
            subject,
            text,
            html,
            attachments: files.first(),
            attachment_count: files.count,
            attachment_stride: files.stride,
            meta: meta.first(),
            meta_count: meta.count,
            meta_stride: meta.stride,
        });
        let batch = Box::new(RawBatch {
            size: size_of::<RawBatch<'static>>() as u32,
            priority: odd.class,
            id,
            content: &raw const *content,
            recipients: people.first(),
            count: people.count,
            stride: people.stride,
            deadline_ms: odd.deadline_ms,
        });
        let count = u32::try_from(people.count).unwrap_or(u32::MAX);
        let arrays = texts.into_iter().chain(vars).chain([files, meta, people]).collect();
        let kept = Box::new(Kept { batch, _content: content, _arrays: arrays });
        let raw = &raw const *kept.batch;
        let sent = Sent { id, count, _memory: kept };
        // SAFETY: the batch lives in `sent`, which the caller keeps until it has waited.
        let status = self.table.submit.map_or(Status::UNSUPPORTED, |submit| unsafe { submit(self.instance, raw) });
        (status, sent)
    }
}

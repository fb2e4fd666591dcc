//! A batch as the contract lays it out in memory, made from owned parts. Every batch of the kit is made here: those of [`Sample`](super::Sample), and
//! those of the fuzz targets in `tests/fuzz`, which use everything that the contract allows.

use rundruf_abi::{
    BatchPriority, MessageClass, RawAttachment, RawBatch, RawContent, RawPair, RawRecipient, RawSegment, RawTemplate,
    View,
};
use std::marker::PhantomData;

/// Bytes of a view. `None`: a null pointer with a length, which is read as empty.
pub type ViewBytes = Option<Vec<u8>>;

/// The parts of a batch.
#[derive(Clone, Default)]
pub struct BatchParts {
    /// Words of 8 bytes between the elements of each array, as if a later host had more fields.
    pub padding: usize,
    /// The value of all reserved fields.
    pub reserved: u32,
    /// Class of the content.
    pub class: u32,
    /// Unix time in milliseconds after which no message may be begun; 0: none.
    pub deadline_ms: i64,
    /// Priority of the batch.
    pub priority: u32,
    /// Channel of the recipients.
    pub channel: ViewBytes,
    /// Language of the content.
    pub language: ViewBytes,
    /// Subject, text and HTML: literals, each with the number of the value that follows.
    pub texts: [Vec<(ViewBytes, u32)>; 3],
    /// Name, media type, bytes and link of each file.
    pub files: Vec<[ViewBytes; 4]>,
    /// Name and value of each named value.
    pub meta: Vec<[ViewBytes; 2]>,
    /// The recipients.
    pub recipients: Vec<RecipientParts>,
}

/// The parts of a recipient.
#[derive(Clone, Default)]
pub struct RecipientParts {
    /// Address.
    pub address: ViewBytes,
    /// Where a POST ends the subscription.
    pub unsubscribe_url: ViewBytes,
    /// Values for the placeholders.
    pub vars: Vec<ViewBytes>,
}

fn view(bytes: &ViewBytes) -> View<'static> {
    bytes.as_ref().map_or(View { ptr: std::ptr::null(), len: 77, life: PhantomData }, |b| View {
        ptr: b.as_ptr(),
        len: b.len(),
        life: PhantomData,
    })
}

/// An array with padding between its elements and no byte behind the last one, so that a sanitizer sees a read beyond it. Null when it is empty.
pub struct StridedArray {
    memory: Vec<u64>,
    /// Number of elements.
    pub count: usize,
    /// Bytes from one element to the next.
    pub stride: usize,
}

impl StridedArray {
    /// Copies the elements, with `padding` words of 8 bytes between them.
    #[must_use]
    pub fn new<T: Copy>(elements: &[T], padding: usize) -> Self {
        let stride = size_of::<T>() + padding * 8;
        let bytes = elements.len().checked_sub(1).map_or(0, |last| last * stride + size_of::<T>());
        let mut memory = vec![0xA5A5_A5A5_A5A5_A5A5_u64; bytes.div_ceil(8)];
        for (n, element) in elements.iter().enumerate() {
            // SAFETY: within the memory that was just reserved, whose alignment is at least that of all elements.
            unsafe { memory.as_mut_ptr().byte_add(n * stride).cast::<T>().write(*element) };
        }
        Self { memory, count: elements.len(), stride }
    }

    /// The first element; null when there is none.
    #[must_use]
    pub fn first<T>(&self) -> *const T {
        if self.count == 0 { std::ptr::null() } else { self.memory.as_ptr().cast() }
    }
}

/// A batch with all the memory that it points to.
pub(super) struct BatchMemory {
    pub(super) batch: Box<RawBatch<'static>>,
    _content: Box<RawContent<'static>>,
    _arrays: Vec<StridedArray>,
    _parts: BatchParts,
}

impl BatchMemory {
    /// Lays the parts out in memory.
    pub(super) fn new(id: u64, parts: BatchParts) -> Self {
        let BatchParts { padding, reserved, .. } = parts;
        let texts = parts.texts.each_ref().map(|text| {
            let raw: Vec<_> =
                text.iter().map(|(literal, var)| RawSegment { literal: view(literal), var: *var, reserved }).collect();
            StridedArray::new(&raw, padding)
        });
        let [subject, text, html] =
            texts.each_ref().map(|t| RawTemplate { segments: t.first(), count: t.count, stride: t.stride });
        let file = |[name, media_type, bytes, url]: &[ViewBytes; 4]| RawAttachment {
            name: view(name),
            media_type: view(media_type),
            bytes: view(bytes),
            url: view(url),
            file: View { ptr: std::ptr::null(), len: 0, life: PhantomData },
            digest: [7; 32],
            size: bytes.as_ref().map_or(0, |b| b.len() as u64),
            flags: reserved,
            reserved,
        };
        let files = StridedArray::new(&parts.files.iter().map(file).collect::<Vec<_>>(), padding);
        let pair = |[key, value]: &[ViewBytes; 2]| RawPair { key: view(key), value: view(value) };
        let meta = StridedArray::new(&parts.meta.iter().map(pair).collect::<Vec<_>>(), padding);
        // Views are side by side: a view never grows.
        let vars = |r: &RecipientParts| StridedArray::new(&r.vars.iter().map(view).collect::<Vec<_>>(), 0);
        let vars: Vec<StridedArray> = parts.recipients.iter().map(vars).collect();
        let recipients = (0_u64..).zip(parts.recipients.iter().zip(&vars)).map(|(n, (recipient, vars))| {
            let mut message_id = [0; 16];
            message_id[..8].copy_from_slice(&id.to_be_bytes());
            message_id[8..].copy_from_slice(&n.to_be_bytes());
            RawRecipient {
                message_id,
                address: view(&recipient.address),
                unsubscribe_url: view(&recipient.unsubscribe_url),
                vars: vars.first(),
                var_count: vars.count,
                permit: 1,
                attempt: 1,
                flags: reserved,
            }
        });
        let recipients = StridedArray::new(&recipients.collect::<Vec<_>>(), padding);
        let content = Box::new(RawContent {
            size: size_of::<RawContent<'static>>() as u32,
            class: MessageClass(parts.class),
            // What may be ignored.
            flags: reserved & !rundruf_abi::MUST_UNDERSTAND,
            reserved,
            content_id: id,
            channel: view(&parts.channel),
            language: view(&parts.language),
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
            priority: BatchPriority(parts.priority),
            flags: reserved & !rundruf_abi::MUST_UNDERSTAND,
            reserved,
            id,
            content: &raw const *content,
            recipients: recipients.first(),
            count: recipients.count,
            stride: recipients.stride,
            deadline_ms: parts.deadline_ms,
        });
        let arrays = texts.into_iter().chain(vars).chain([files, meta, recipients]).collect();
        Self { batch, _content: content, _arrays: arrays, _parts: parts }
    }
}

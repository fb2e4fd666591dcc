//! Reads every byte that a batch points to, as a plugin may: under the address sanitizer a wrong view ends the run.

use crate::views::BatchViews;
use rundruf_abi::{RawContent, RawTemplate, View};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Id of the content of a batch.
pub(super) fn content_id(batch: &BatchViews) -> u64 {
    // SAFETY: clause *batch*: valid while the value lives.
    unsafe { (*(*batch.raw()).content).content_id }
}

/// A checksum of everything that a plugin sees of a batch.
pub(super) fn batch(batch: &BatchViews) -> u64 {
    let mut sum = DefaultHasher::new();
    // SAFETY: clause *batch*: the batch and all it reaches are valid while the value lives; elements lie `stride` bytes apart.
    unsafe {
        let raw = &*batch.raw();
        (raw.priority.0, raw.deadline_ms, raw.count).hash(&mut sum);
        content(&*raw.content, &mut sum);
        for n in 0..raw.count {
            let to = &*raw.recipients.byte_add(n * raw.stride);
            (to.message_id, to.permit, to.attempt, to.var_count).hash(&mut sum);
            view(&to.address, &mut sum);
            view(&to.unsubscribe_url, &mut sum);
            for v in 0..to.var_count {
                view(&*to.vars.add(v), &mut sum);
            }
        }
    }
    sum.finish()
}

unsafe fn content(content: &RawContent<'_>, sum: &mut DefaultHasher) {
    (content.class.0, content.content_id).hash(sum);
    // SAFETY: as the caller.
    unsafe {
        view(&content.channel, sum);
        view(&content.language, sum);
        for part in [&content.subject, &content.text, &content.html] {
            template(part, sum);
        }
        for n in 0..content.attachment_count {
            let file = &*content.attachments.byte_add(n * content.attachment_stride);
            (file.digest, file.size).hash(sum);
            for part in [&file.name, &file.media_type, &file.bytes, &file.url, &file.file] {
                view(part, sum);
            }
        }
        for n in 0..content.meta_count {
            let pair = &*content.meta.byte_add(n * content.meta_stride);
            view(&pair.key, sum);
            view(&pair.value, sum);
        }
    }
}

unsafe fn template(template: &RawTemplate<'_>, sum: &mut DefaultHasher) {
    template.count.hash(sum);
    for n in 0..template.count {
        // SAFETY: as the caller.
        let segment = unsafe { &*template.segments.byte_add(n * template.stride) };
        segment.var.hash(sum);
        // SAFETY: as the caller.
        unsafe { view(&segment.literal, sum) };
    }
}

unsafe fn view(view: &View<'_>, sum: &mut DefaultHasher) {
    // SAFETY: as the caller.
    unsafe { view.bytes() }.hash(sum);
}

//! A transport of the SDK gets batches in any layout that the contract allows: longer elements, empty and null views, bytes that are not text, missing
//! values. Every message has one outcome, and nothing beside the views is read.
#![no_main]

use rundruf_fuzz::Reader;
use rundruf_plugin::kit::Kit;
use rundruf_plugin::kit::batch_memory::{BatchParts, RecipientParts};
use rundruf_plugin::{Batch, Content, Host, OpenError, Outcome, Recipient, Transport, async_trait};
use std::cell::RefCell;
use std::time::Duration;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Config {}

/// Reads everything in a message.
struct Reads;

fn read(content: &Content<'_>, to: &Recipient<'_>) -> Outcome {
    let files: usize = content.attachments().map(|a| a.name.len() + a.media_type.len() + a.bytes.len()).sum();
    let texts = [content.subject_for(to), content.text_for(to), content.html_for(to)];
    let words = [content.channel(), content.language(), to.address(), to.var(0), to.var(u32::MAX)];
    let url = to.unsubscribe_url().map_or(0, |u| u.len());
    let meta = content.meta("list-name").map_or(0, |m| m.len());
    let all = files
        + url
        + meta
        + texts.map(|t| t.len()).iter().sum::<usize>()
        + words.map(|w| w.len()).iter().sum::<usize>();
    Outcome::sent(format!("{all} {}", to.message_id_hex()))
}

#[async_trait]
impl Transport for Reads {
    type Config = Config;

    async fn open(_: Config, _: Host) -> Result<Self, OpenError> {
        Ok(Self)
    }

    async fn send(&self, content: &Content<'_>, to: &Recipient<'_>) -> Outcome {
        read(content, to)
    }

    async fn send_batch(&self, batch: Batch) {
        for mut message in batch.into_messages() {
            message.begin();
            let outcome = read(&message.content(), &message.recipient());
            if is_finished(&message.recipient()) {
                message.finish(outcome);
            }
        }
    }
}

/// Some messages are dropped instead, which completes them.
fn is_finished(to: &Recipient<'_>) -> bool {
    !to.address().starts_with('x')
}

thread_local! {
    static KIT: RefCell<Kit> = RefCell::new(
        Kit::open::<Reads>(&serde_json::json!({}), &std::env::temp_dir(), 1_024).expect("it opens"),
    );
}

fn view(from: &mut Reader<'_>) -> Option<Vec<u8>> {
    (from.byte() % 8 > 0).then(|| from.bytes())
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let from = &mut Reader(bytes);
    let padding = from.below(6);
    let class = from.number();
    let parts = BatchParts {
        padding,
        reserved: u32::MAX,
        class,
        priority: class,
        deadline_ms: if from.byte() > 250 { 1 } else { 0 },
        channel: view(from),
        language: view(from),
        texts: [(); 3].map(|()| (0..from.below(5)).map(|_| (view(from), from.number())).collect()),
        files: (0..from.below(4)).map(|_| [(); 4].map(|()| view(from))).collect(),
        meta: (0..from.below(4)).map(|_| [Some(b"list-name".to_vec()), view(from)]).collect(),
        recipients: (0..from.below(6))
            .map(|_| RecipientParts {
                address: view(from),
                unsubscribe_url: view(from),
                vars: (0..from.below(4)).map(|_| view(from)).collect(),
            })
            .collect(),
    };
    KIT.with_borrow_mut(|kit| {
        let count = parts.recipients.len();
        let (status, sent) = kit.submit_parts(parts, |_| {});
        assert_eq!(status.0 == 0, count > 0, "{status:?}");
        if status.0 == 0 {
            assert_eq!(kit.wait(&sent, Duration::from_secs(60)).len(), count);
        }
    });
});

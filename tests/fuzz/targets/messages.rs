//! Messages on their whole way: memory of the daemon → views → a transport of the SDK, linked in → outcomes → the daemon. The transport sees what was
//! sent, through a pipe or not.
#![no_main]

use rundruf_fuzz::{Reader, message};
use rundruf_host::fuzz::{ScriptedPlugin, compare_with_pipe};
use rundruf_host::{MessageAttachment, MessageBatch, MessageContent, MessageTemplate};
use rundruf_plugin::abi::TransportTable;
use rundruf_plugin::{Host, OpenError, Outcome, Recipient, Transport, async_trait, table};
use std::cell::RefCell;
use std::sync::Arc;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Config {}

/// Answers with what it has seen.
struct Mirror;

#[async_trait]
impl Transport for Mirror {
    type Config = Config;

    async fn open(_: Config, _: Host) -> Result<Self, OpenError> {
        Ok(Self)
    }

    async fn send(&self, content: &rundruf_plugin::Content<'_>, to: &Recipient<'_>) -> Outcome {
        let files: usize = content.attachments().map(|a| a.name.len() + a.bytes.len()).sum();
        std::hint::black_box(content.html_for(to));
        let seen = format!("{files}|{}|{}|{}", to.address(), content.subject_for(to), content.text_for(to));
        Outcome::sent(cut(&seen))
    }
}

/// The longest text that fits into a remote id.
fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}

static TABLE: TransportTable = table::<Mirror>();

thread_local! {
    // Never dropped: an instance that was not closed leaves its memory to the plugin, which a check for leaks at the end would find.
    static MIRROR: &'static RefCell<ScriptedPlugin> =
        Box::leak(Box::new(RefCell::new(ScriptedPlugin::linked(&TABLE, "{}", 1_024).expect("it opens"))));
}

fn template(from: &mut Reader<'_>) -> MessageTemplate {
    let segment = |_| (from.text(), Some(u32::from(from.byte())).filter(|n| *n < 200));
    MessageTemplate { segments: (0..3).map(segment).collect() }
}

fn fill(template: &MessageTemplate, vars: &[String]) -> String {
    let segment = |(literal, var): &(String, Option<u32>)| {
        literal.clone() + var.and_then(|n| vars.get(n as usize)).map_or("", String::as_str)
    };
    template.segments.iter().map(segment).collect()
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let from = &mut Reader(bytes);
    let content = Arc::new(MessageContent {
        id: u64::from(from.number()),
        class: u32::from(from.byte()),
        channel: from.text(),
        language: from.text(),
        subject: template(from),
        text: template(from),
        html: template(from),
        attachments: (0..from.below(3))
            .map(|_| MessageAttachment {
                name: from.text(),
                media_type: from.text(),
                bytes: from.bytes().into(),
                url: from.text(),
            })
            .collect(),
        meta: (0..from.below(3)).map(|_| (from.text(), from.text())).collect(),
    });
    let count = u8::try_from(1 + from.below(5)).expect("few");
    let mut recipients: Vec<(String, Vec<String>)> = Vec::new();
    let mut messages = Vec::new();
    for n in 0..count {
        let (address, url) = (from.text(), from.text());
        let vars: Vec<String> = (0..from.below(4)).map(|_| from.text()).collect();
        recipients.push((address.clone(), vars.clone()));
        messages.push(message(n, address, url, vars));
    }
    let (content, messages) = compare_with_pipe(&content, MessageBatch::from(messages));
    MIRROR.with(|mirror| {
        let mut mirror = mirror.borrow_mut();
        let taken = mirror.submit(&content, messages, 0);
        assert!(taken.is_ok(), "there is room");
        let outcomes = mirror.outcomes(recipients.len());
        assert_eq!(outcomes.len(), recipients.len());
        let files: usize = content.attachments.iter().map(|a| a.name.len() + a.bytes.len()).sum();
        for (_, index, outcome) in outcomes {
            let (address, vars) = &recipients[index as usize];
            let wanted = format!("{files}|{address}|{}|{}", fill(&content.subject, vars), fill(&content.text, vars));
            assert_eq!(outcome.message_id.0[0] as usize, index as usize);
            assert_eq!(&*outcome.remote_id, cut(&wanted), "the transport saw something else");
        }
    });
});

//! A plugin makes any calls: outcomes for messages that are open and that are not, in any order and layout, inbound messages, receipts, log lines,
//! lookup answers. Each message ends exactly once.
#![no_main]

use rundruf_fuzz::{Reader, message};
use rundruf_host::MessageContent;
use rundruf_host::fuzz::{ScriptedOutcome, ScriptedPlugin};
use rundruf_plugin::abi::{RawInbound, RawReceipt};
use std::collections::HashSet;
use std::sync::Arc;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let from = &mut Reader(bytes);
    let content = Arc::new(MessageContent { id: 1, channel: "email".into(), ..MessageContent::default() });
    let mut plugin = ScriptedPlugin::new();
    let (mut open, mut ended) = (HashSet::new(), HashSet::new());
    let take_outcomes = |plugin: &ScriptedPlugin, ended: &mut HashSet<(u64, u32)>| {
        for (batch, index, outcome) in plugin.outcomes(0) {
            assert!(outcome.remote_id.len() <= 3 * 256 && outcome.detail.len() <= 3 * 512);
            assert!(ended.insert((batch, index)), "it ended twice");
        }
    };
    while !from.is_empty() {
        match from.below(9) {
            0 | 1 => {
                let count = u8::try_from(from.below(6) + 1).expect("few");
                let messages =
                    (0..count).map(|n| message(n, "a@x.example".into(), String::new(), Vec::new())).collect();
                let status = [0, 0, 0, 1, 2, -4, 77][from.below(7)];
                match plugin.submit(&content, messages, status) {
                    Ok(batch) => open.extend((0..u32::from(count)).map(|n| (batch, n))),
                    Err(messages) => assert_eq!((messages.len(), status != 0), (count.into(), true)),
                }
            }
            2 | 3 | 4 => {
                let texts: Vec<_> = (0..from.below(9)).map(|_| (from.bytes(), from.bytes())).collect();
                let outcomes: Vec<ScriptedOutcome<'_>> = texts
                    .iter()
                    .map(|(remote_id, detail)| ScriptedOutcome {
                        batch: u64::from(from.byte() % 8),
                        index: u32::from(from.byte() % 8),
                        code: u16::from(from.byte()) * 3,
                        retry_after_ms: u32::from(from.byte()) << 24,
                        remote_id,
                        detail,
                    })
                    .collect();
                assert_eq!(plugin.complete(&outcomes, from.below(5)), 0);
            }
            5 => assert!(plugin.complete_wrongly(from.byte()) < 0),
            6 => {
                let texts = [(); 5].map(|()| from.bytes());
                let own = size_of::<RawInbound<'_>>();
                let stride = [0, 8, own, own + 3][from.below(4)];
                let status = plugin.inbound(stride, from.number(), texts.each_ref().map(Vec::as_slice));
                let is_valid = stride == own && texts[0] == b"email" && !texts[1].trim_ascii().is_empty();
                assert!(status != 0 || stride == own, "a message that is too short for this version is refused");
                assert!(
                    status == 0 || !is_valid || std::str::from_utf8(&texts[1]).is_err(),
                    "a valid message is taken"
                );
            }
            7 => {
                let own = size_of::<RawReceipt<'_>>();
                let stride = [0, 8, own, own + 3][from.below(4)];
                assert_eq!(plugin.receipt(stride, from.number(), &from.bytes()) == 0, stride == own);
                plugin.log(from.number(), &from.bytes(), &from.bytes());
            }
            _ => {
                let detail = from.bytes();
                let name = if from.byte() < 200 { b"rundruf.lookup/1".to_vec() } else { from.bytes() };
                let answers: Vec<_> =
                    (0..from.below(5)).map(|n| (n as u64, from.number(), from.number(), detail.as_slice())).collect();
                plugin.reached(&name, &answers, from.below(4));
            }
        }
        take_outcomes(&plugin, &mut ended);
        assert!(ended.is_subset(&open), "an outcome for what was never open");
        assert_eq!(plugin.untold(), open.len() - ended.len());
    }
    plugin.give_up();
    take_outcomes(&plugin, &mut ended);
    assert_eq!(open, ended, "each message has ended");
    plugin.close();
});

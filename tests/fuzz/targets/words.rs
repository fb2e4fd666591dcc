//! A plugin says anything: outcomes for what is open and what is not, in any order and layout, messages, receipts, log lines, answers. Each letter
//! ends exactly once.
#![no_main]

use rundruf_fuzz::{Reader, letter};
use rundruf_host::MessageContent;
use rundruf_host::fuzz::{Puppet, Said};
use std::collections::HashSet;
use std::sync::Arc;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let from = &mut Reader(bytes);
    let content = Arc::new(MessageContent { id: 1, channel: "email".into(), ..MessageContent::default() });
    let mut puppet = Puppet::new();
    let (mut open, mut ended) = (HashSet::new(), HashSet::new());
    let hear = |puppet: &Puppet, ended: &mut HashSet<(u64, u32)>| {
        for (batch, index, outcome) in puppet.heard(0) {
            assert!(outcome.remote_id.len() <= 3 * 256 && outcome.detail.len() <= 3 * 512);
            assert!(ended.insert((batch, index)), "it ended twice");
        }
    };
    while !from.is_empty() {
        match from.below(9) {
            0 | 1 => {
                let count = u8::try_from(from.below(6) + 1).expect("few");
                let letters = (0..count).map(|n| letter(n, "a@x.example".into(), String::new(), Vec::new())).collect();
                let answer = [0, 0, 0, 1, 2, -4, 77][from.below(7)];
                match puppet.submit(&content, letters, answer) {
                    Ok(batch) => open.extend((0..u32::from(count)).map(|n| (batch, n))),
                    Err(letters) => assert_eq!((letters.len(), answer != 0), (count.into(), true)),
                }
            }
            2 | 3 | 4 => {
                let texts: Vec<_> = (0..from.below(9)).map(|_| (from.bytes(), from.bytes())).collect();
                let said: Vec<Said<'_>> = texts
                    .iter()
                    .map(|(remote_id, detail)| Said {
                        batch: u64::from(from.byte() % 8),
                        index: u32::from(from.byte() % 8),
                        code: u16::from(from.byte()) * 3,
                        retry_after_ms: u32::from(from.byte()) << 24,
                        remote_id,
                        detail,
                    })
                    .collect();
                assert_eq!(puppet.complete(&said, from.below(5)), 0);
            }
            5 => assert!(puppet.complete_wrongly(from.byte()) < 0),
            6 => {
                let texts = [(); 5].map(|()| from.bytes());
                let size = [0, 8, 104, u32::MAX][from.below(4)];
                let status = puppet.inbound(size, from.number(), texts.each_ref().map(Vec::as_slice));
                assert_eq!(status == 0, size >= 104, "a message that is too short for this version is refused");
            }
            7 => {
                let size = [0, 8, 48, u32::MAX][from.below(4)];
                assert_eq!(puppet.receipt(size, from.number(), &from.bytes()) == 0, size >= 48);
                puppet.log(from.number(), &from.bytes(), &from.bytes());
            }
            _ => {
                let detail = from.bytes();
                let name = if from.byte() < 200 { b"rundruf.lookup/1".to_vec() } else { from.bytes() };
                let answers: Vec<_> =
                    (0..from.below(5)).map(|n| (n as u64, from.number(), from.number(), detail.as_slice())).collect();
                puppet.reached(&name, &answers, from.below(4));
            }
        }
        hear(&puppet, &mut ended);
        assert!(ended.is_subset(&open), "an outcome for what was never open");
        assert_eq!(puppet.untold(), open.len() - ended.len());
    }
    puppet.give_up();
    hear(&puppet, &mut ended);
    assert_eq!(open, ended, "each letter has ended");
    puppet.close();
});

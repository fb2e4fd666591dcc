//! A small proof, for tests.

use rundruf_consent::evidence::{
    ConsentAction, Controller, EvidenceDraft, EvidenceSource, ListChange, ListRef, OutboundRef, RecordContext,
    SubjectKey, TextRef, seal, seal_list_change,
};
use rundruf_consent::log::{Frontier, LogKey, Nodes};
use rundruf_consent::proof::{LogBreak, ProofEvent, ProofInput, SentMessage, write};
use rundruf_consent::text::{Digest, Text, TextKind, hex, sha256};
use rundruf_consent::{Address, Channel, Event, State, Time};
use std::collections::HashMap;

/// The confirmation request in it.
const REQUEST: &str = "Bäckerei Krume GmbH: Diese Kennung wurde eingetragen.\n\nZum Bestätigen JA antworten.";

#[derive(Default)]
struct MemoryNodes(HashMap<(u8, u64), Digest>);

impl Nodes for MemoryNodes {
    fn range(&self, level: u8, first: u64, count: u64) -> Option<Vec<Digest>> {
        (first..first + count).map(|n| self.0.get(&(level, n)).copied()).collect()
    }
}

/// The key of the log in [`make`].
pub(crate) fn signer() -> LogKey {
    LogKey { origin: "news.krume.example/consent-log/1".into(), seed: [3; 32] }
}

/// What is wrong with the second record of a proof, although it is in the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FaultyRecord {
    Nothing,
    Number,
    Previous,
    Consent,
    Digest,
    MessageId,
}

/// A proof of three events, signed by this key.
pub(crate) fn make_by(signer: &LogKey) -> Vec<u8> {
    make_faulty(signer, FaultyRecord::Nothing)
}

/// The same with a fault that only somebody with the key could have made.
pub(crate) fn make_faulty(signer: &LogKey, fault: FaultyRecord) -> Vec<u8> {
    let text =
        Text {
            kind: TextKind::Consent, language: "de".into(), body: "Ja, die Bäckerei …\nAbmelden jederzeit.".into()
        };
    let address = Address::parse(Channel::Threema, "ANNA2345", None).unwrap();
    let key = SubjectKey([8; 32]);
    let (mut frontier, mut memory) = (Frontier::default(), MemoryNodes::default());
    let mut push = |frontier: &mut Frontier, leaf: Digest| {
        let index = frontier.size();
        memory.0.insert((0, index), leaf);
        frontier.push(leaf, &mut |n| {
            memory.0.insert((n.level, n.index), n.hash);
        });
        index
    };
    let mut events = Vec::new();
    let mut previous = None;
    for (n, (event, state)) in (1..).zip([
        (Event::SignUp, State::Requested),
        (Event::Confirm, State::Confirmed),
        (Event::Stop, State::Withdrawn),
    ]) {
        for other in 0..90_u8 {
            push(&mut frontier, [other; 32]);
        }
        let draft = EvidenceDraft {
            time: Time(1_795_000_000_000 + i64::from(n)),
            controller: Controller {
                name: "Bäckerei Krume GmbH".into(),
                imprint_url: "https://k.example/i".into(),
                privacy_url: "https://k.example/d".into(),
            },
            list: ListRef { name: "angebote".into(), title: "Angebote".into(), purpose: "Angebote, \"frisch\"".into() },
            text: Some(TextRef { sha256: hex(&text.digest()), lang: "de".into() }),
            source: EvidenceSource { kind: "command".into(), detail: None },
            act: ConsentAction { kind: "inbound".into(), verbatim: Some("JA".into()), ..ConsentAction::default() },
            outbound: (n == 1).then(|| OutboundRef {
                body: Some(REQUEST.into()),
                body_sha256: hex(&sha256(if fault == FaultyRecord::Digest { b"" } else { REQUEST.as_bytes() })),
                message_id: if fault == FaultyRecord::MessageId { "cd" } else { "ab" }.repeat(16),
                template_sha256: "00".repeat(32),
                transport: "threema".into(),
            }),
            ip_prefix: None,
            earlier: None,
            actor: "person".into(),
        };
        let record = [u8::try_from(n).unwrap(); 16];
        let place = RecordContext {
            record,
            consent: [if n == 2 && fault == FaultyRecord::Consent { 6 } else { 7 }; 16],
            number: if n == 2 && fault == FaultyRecord::Number { 5 } else { n },
            previous: previous.filter(|_| n != 2 || fault != FaultyRecord::Previous),
            event,
            state_after: state,
            address: &address,
        };
        let sealed = seal(&draft, &place, &key).unwrap();
        let json = rundruf_consent::evidence::open(&sealed.ciphertext, record, &key).unwrap();
        let index = push(&mut frontier, sealed.leaf);
        events.push(ProofEvent { record, index, json, key: None });
        previous = Some(sealed.commitment);
    }
    let said = ListChange {
        actor: "operator:0",
        before: "{\"sender\":\"Krume\",\"purpose\":{\"de\":\"Angebote\"},\"text\":{}}",
        after: "{\"sender\":\"Bäckerei Krume GmbH\",\"purpose\":{\"de\":\"Angebote\"},\"text\":{}}",
        list: "angebote",
        reason: "umfirmiert, gleicher Inhaber",
        time: Time(1_795_000_000_900),
    };
    let (record, of_lists) = ([9; 16], SubjectKey([5; 32]));
    let sealed = seal_list_change(&said, record, &of_lists).unwrap();
    let json = rundruf_consent::evidence::open(&sealed.ciphertext, record, &of_lists).unwrap();
    let index = push(&mut frontier, sealed.leaf);
    let changes = [ProofEvent { record, index, json, key: Some(of_lists) }];
    let checkpoint = signer.checkpoint(frontier.size(), &frontier.root());
    let sent = SentMessage {
        event: 1,
        message_id: "ab".repeat(16),
        transport: "threema".into(),
        state: "delivered".into(),
        at: Some(1_795_000_000_500),
        remote_id: Some("T-77".into()),
    };
    let fork = LogBreak {
        kind: "fork".into(),
        at: 1_795_000_000_000,
        reason: "Platte defekt".into(),
        size: 12,
        signed: 15,
        origin: Some("news.krume.example/consent-log/1".into()),
        checkpoint: None,
    };
    let input = ProofInput {
        events: &events,
        changes: &changes,
        key: &key,
        texts: &[text],
        sent: &[sent],
        breaks: &[fork],
        nodes: &memory,
        checkpoint: &checkpoint,
        signer,
        now: Time(1_795_100_000_000),
    };
    write(&input).unwrap()
}

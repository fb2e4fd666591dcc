//! Our boxes against those of the official SDK, both ways. Needs the peer `threema.gateway`, which `tests/peers --install` brings.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use ring::digest::{SHA256, digest};
use rundruf_threema::id::{ThreemaMessageId, hex, unhex, unhex_array};
use rundruf_threema::message::{ReceiptStatus, ThreemaMessage};
use rundruf_threema::seal::{self, FILE_NONCE, FileKey, PrivateKey, PublicKey, THUMBNAIL_NONCE};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The official SDK in a process of its own.
struct Peer {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

const OURS: &str = "94af3260fa2a19adc8e82e82be598be15bc6ad6f47c8ee303cb185ef860e16d2";
const THEIRS: &str = "8318e05220acd38e97ba41a9a6318688214219916075ca060f9339a6d1f7fc29";

impl Peer {
    fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/interop.py");
        let mut child =
            Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, stdin, stdout }
    }

    fn ask(&mut self, mut order: Value) -> Value {
        order["private"] = THEIRS.into();
        order["public"] = ours().public().unwrap().to_hex().into();
        writeln!(self.stdin, "{order}").unwrap();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("the official SDK fails, see above: tests/peers --install brings it"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ours() -> PrivateKey {
    PrivateKey::parse(OURS).unwrap()
}

fn theirs() -> PublicKey {
    PrivateKey::parse(THEIRS).unwrap().public().unwrap()
}

/// A text of about this many bytes, with characters of every length.
fn text(bytes: usize) -> String {
    let mut text: String = "Grüße ✓ 🥨 von Krume. ".chars().cycle().take(bytes + 1).collect();
    text.truncate(text.floor_char_boundary(bytes));
    text
}

#[test]
fn the_sdk_opens_what_we_seal() {
    let mut peer = Peer::start();
    let mut open = |message: &ThreemaMessage| {
        let padded = seal::padded(&message.encode().unwrap()).unwrap();
        let nonce = seal::random().unwrap();
        let sealed = seal::seal(&padded, &nonce, &theirs(), &ours()).unwrap();
        peer.ask(json!({"do": "open", "nonce": hex(&nonce), "box": hex(&sealed)}))
    };
    for length in (0..80).chain([255, 256, 1_000, 3_500, 6_000]) {
        let text = text(length);
        assert_eq!(open(&ThreemaMessage::text(text.clone()))["text"], text, "{length}");
    }
    let ids = vec![ThreemaMessageId([0, 10, 255, 1, 2, 3, 4, 5]), ThreemaMessageId([0xff; 8])];
    let expected: Vec<String> = ids.iter().map(ToString::to_string).collect();
    for (status, number) in [
        (ReceiptStatus::Received, 1),
        (ReceiptStatus::Read, 2),
        (ReceiptStatus::Acknowledged, 3),
        (ReceiptStatus::Declined, 4),
    ] {
        let got = open(&ThreemaMessage::Receipt { status, ids: ids.clone() });
        assert_eq!((&got["status"], &got["ids"]), (&json!(number), &json!(expected)));
    }
}

#[test]
fn we_open_what_the_sdk_seals() {
    let mut peer = Peer::start();
    for length in (0..40).chain([500, 3_500]) {
        let text = text(length);
        let sealed = peer.ask(json!({"do": "seal", "text": text}));
        let nonce = unhex_array(sealed["nonce"].as_str().unwrap()).unwrap();
        let sealed = unhex(sealed["box"].as_str().unwrap()).unwrap();
        let padded = seal::open(&sealed, &nonce, &theirs(), &ours()).unwrap();
        let message = ThreemaMessage::decode(seal::unpadded(&padded).unwrap());
        assert_eq!(message, Ok(ThreemaMessage::text(text)));
    }
}

/// Each is sealed by us, opened by the SDK, sealed by the SDK, opened by us: lengths at random, and each time two paddings at random.
#[test]
fn ten_thousand_lengths_go_there_and_back() {
    let mut peer = Peer::start();
    let (mut short, mut long) = (0, 0);
    for first in (0..10_000_usize).step_by(500) {
        let texts: Vec<String> = (first..first + 500)
            .map(|_| text(usize::from(u16::from_le_bytes(seal::random().unwrap())) % 3_501))
            .collect();
        let boxes: Vec<[String; 2]> = texts
            .iter()
            .map(|text| {
                let padded = seal::padded(&ThreemaMessage::text(text.clone()).encode().unwrap()).unwrap();
                let nonce = seal::random().unwrap();
                [hex(&nonce), hex(&seal::seal(&padded, &nonce, &theirs(), &ours()).unwrap())]
            })
            .collect();
        let answers = peer.ask(json!({"do": "echo", "boxes": boxes}));
        assert_eq!(answers.as_array().unwrap().len(), texts.len());
        for (text, answer) in texts.iter().zip(answers.as_array().unwrap()) {
            assert_eq!(answer["text"], *text);
            let nonce = unhex_array(answer["nonce"].as_str().unwrap()).unwrap();
            let sealed = unhex(answer["box"].as_str().unwrap()).unwrap();
            let padded = seal::open(&sealed, &nonce, &theirs(), &ours()).unwrap();
            assert_eq!(
                ThreemaMessage::decode(seal::unpadded(&padded).unwrap()),
                Ok(ThreemaMessage::text(text.clone()))
            );
            short += usize::from(text.len() < 350);
            long += usize::from(text.len() > 3_150);
        }
    }
    assert!(short > 500 && long > 500, "lengths are random: {short} short, {long} long");
}

#[test]
fn files_are_the_same() {
    let mut peer = Peer::start();
    let key = FileKey::generate().unwrap();
    for size in [1, 100, 70_000] {
        let content: Vec<u8> = (0..size).map(|n: usize| u8::try_from(n % 253).unwrap()).collect();
        for (what, nonce) in [("file", FILE_NONCE), ("thumbnail", THUMBNAIL_NONCE)] {
            let sealed = hex(&seal::seal_file(&content, &nonce, &key).unwrap());
            let got = peer.ask(json!({"do": "file", "what": what, "key": key.to_hex(), "sealed": sealed}));
            assert_eq!(
                (&got["sealed"], &got["sha256"]),
                (&json!(sealed), &json!(hex(digest(&SHA256, &content).as_ref())))
            );
        }
    }
}

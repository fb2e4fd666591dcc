//! What a person sent → what the host gets.

use crate::callback::Callback;
use crate::id::{CHANNEL, ThreemaId, ThreemaMessageId, remote_id};
use crate::message::{ReceiptStatus, ThreemaMessage, poll_id};
use rundruf_plugin::{Inbound, InboundFile, InboundKind, Receipt, ReceiptKind, Trust};

/// The receipt for the host.
pub(super) fn receipt(from: ThreemaId, id: ThreemaMessageId, status: ReceiptStatus, at_ms: i64) -> Receipt {
    let kind = match status {
        ReceiptStatus::Received => ReceiptKind::Delivered,
        ReceiptStatus::Read | ReceiptStatus::Acknowledged | ReceiptStatus::Declined => ReceiptKind::Read,
    };
    // Only the recipient's own receipt moves a delivery: the id that the host knows has the recipient in it.
    Receipt { at_ms, ..Receipt::by_remote_id(remote_id(from, id), kind) }
}

/// The message for the host; `None` for what a person does not say.
pub(super) fn inbound(
    callback: &Callback,
    message: &ThreemaMessage,
    trust: Trust,
    file: Option<&str>,
    at_ms: i64,
) -> Option<Inbound> {
    let about = |id: &ThreemaMessageId| remote_id(callback.from, *id);
    let base = |kind| Inbound {
        remote_id: remote_id(callback.from, callback.id),
        display_name: callback.nickname.clone(),
        at_ms,
        ..Inbound::new(kind, trust, CHANNEL, callback.from.as_str())
    };
    Some(match message {
        ThreemaMessage::Text { quoted, text } => Inbound {
            text: text.clone(),
            quoted_remote_id: quoted.as_ref().map(about).unwrap_or_default(),
            ..base(InboundKind::Text)
        },
        ThreemaMessage::File(sent) => {
            let attachment = InboundFile {
                name: sent.name.clone(),
                media_type: sent.media_type.clone(),
                file: file.unwrap_or_default().to_owned(),
                size: sent.size,
                ..InboundFile::default()
            };
            Inbound { text: sent.caption.clone(), attachments: vec![attachment], ..base(InboundKind::Text) }
        }
        ThreemaMessage::Location(place) => {
            let lines = [place.name.as_str(), place.address.as_str()];
            let text = lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
            let payload = format!("{},{}", place.latitude, place.longitude);
            Inbound { text, payload, ..base(InboundKind::Location) }
        }
        ThreemaMessage::Receipt { status: ReceiptStatus::Received | ReceiptStatus::Read, .. }
        | ThreemaMessage::Silent => {
            return None;
        }
        // A thumb is a reaction: it says something, and decides nothing by itself.
        ThreemaMessage::Receipt { status, ids } => Inbound {
            text: if *status == ReceiptStatus::Acknowledged { "👍" } else { "👎" }.to_owned(),
            quoted_remote_id: ids.first().map(about).unwrap_or_default(),
            ..base(InboundKind::Reaction)
        },
        ThreemaMessage::Reaction { id, emoji, withdrawn } => Inbound {
            text: if *withdrawn { String::new() } else { emoji.clone() },
            quoted_remote_id: about(id),
            ..base(InboundKind::Reaction)
        },
        ThreemaMessage::Edit { id, text } => {
            Inbound { text: text.clone(), quoted_remote_id: about(id), ..base(InboundKind::Edit) }
        }
        ThreemaMessage::Delete(id) => Inbound { quoted_remote_id: about(id), ..base(InboundKind::Delete) },
        ThreemaMessage::Vote { poll, choices } => {
            let chosen = choices.iter().filter(|(_, chosen)| *chosen).map(|(id, _)| id.to_string());
            let payload = std::iter::once(poll_id(*poll)).chain(chosen).collect::<Vec<_>>().join("\n");
            Inbound { payload, ..base(InboundKind::Poll) }
        }
        ThreemaMessage::Unshown(word) => unshown(base(InboundKind::Text), word),
        ThreemaMessage::Unknown(kind) => unshown(base(InboundKind::Text), &format!("message of type {kind:#04x}")),
    })
}

/// A message whose content cannot be shown: a person sees that something came.
fn unshown(base: Inbound, word: &str) -> Inbound {
    let name = format!("{word} (cannot be shown)");
    let attachment = InboundFile { name, media_type: "application/octet-stream".to_owned(), ..InboundFile::default() };
    Inbound { attachments: vec![attachment], ..base }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callback() -> Callback {
        Callback {
            from: ThreemaId::parse("ANNA2345").unwrap(),
            id: ThreemaMessageId([1; 8]),
            date: 1_700_000_000,
            nonce: [0; 24],
            sealed: Vec::new(),
            nickname: "Anna".to_owned(),
        }
    }

    #[test]
    fn what_the_host_gets() {
        let callback = callback();
        let own = remote_id(callback.from, ThreemaMessageId([1; 8]));
        let ours = ThreemaMessageId([2; 8]);
        let quoted = remote_id(callback.from, ours);
        let get = |message: &ThreemaMessage| inbound(&callback, message, Trust::Proven, None, 1);
        let text = get(&ThreemaMessage::Text { quoted: Some(ours), text: "STOP".into() }).unwrap();
        assert_eq!((text.kind, &*text.text, &text.quoted_remote_id), (InboundKind::Text, "STOP", &quoted));
        assert_eq!(
            (&*text.channel, &*text.from, &text.remote_id, &*text.display_name),
            ("threema", "ANNA2345", &own, "Anna")
        );
        for (message, kind, text) in [
            (ThreemaMessage::Edit { id: ours, text: "STOP".into() }, InboundKind::Edit, "STOP"),
            (ThreemaMessage::Delete(ours), InboundKind::Delete, ""),
            (ThreemaMessage::Reaction { id: ours, emoji: "❤️".into(), withdrawn: false }, InboundKind::Reaction, "❤️"),
            (ThreemaMessage::Reaction { id: ours, emoji: "❤️".into(), withdrawn: true }, InboundKind::Reaction, ""),
            (ThreemaMessage::Receipt { status: ReceiptStatus::Declined, ids: vec![ours] }, InboundKind::Reaction, "👎"),
            (
                ThreemaMessage::Receipt { status: ReceiptStatus::Acknowledged, ids: vec![ours] },
                InboundKind::Reaction,
                "👍",
            ),
        ] {
            let got = get(&message).unwrap();
            assert_eq!((got.kind, &*got.text, &got.quoted_remote_id), (kind, text, &quoted));
        }
        for silent in [ThreemaMessage::Silent, ThreemaMessage::Receipt { status: ReceiptStatus::Read, ids: vec![ours] }]
        {
            assert!(get(&silent).is_none());
        }
        let vote = get(&ThreemaMessage::Vote { poll: [0xab; 8], choices: vec![(0, false), (7, true)] }).unwrap();
        assert_eq!(vote.payload, "abababababababab\n7");
        let unknown = get(&ThreemaMessage::Unknown(0x55)).unwrap();
        assert_eq!((&*unknown.text, unknown.attachments.len()), ("", 1), "no text: it is no word of the person");
    }

    #[test]
    fn receipts_name_the_person() {
        let receipt = receipt(callback().from, ThreemaMessageId([2; 8]), ReceiptStatus::Received, 5);
        assert_eq!((receipt.kind, receipt.message_id, receipt.at_ms), (ReceiptKind::Delivered, [0; 16], 5));
        assert_eq!(receipt.remote_id, remote_id(callback().from, ThreemaMessageId([2; 8])));
    }
}

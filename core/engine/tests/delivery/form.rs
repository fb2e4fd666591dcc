//! What a form may ask for: refused before anything is stored.

use crate::engine_fixture::{EngineFixture, attachment};
use rundruf_engine::{BroadcastForm, EngineError, MessageAttachment};

fn refusal<T: std::fmt::Debug>(result: Result<T, EngineError>) -> (&'static str, String, String) {
    match result {
        Err(EngineError::Refused { code, message, help }) => (code, message.to_string(), help.to_string()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_no_recipient_has_is_refused() {
    let s = EngineFixture::new().await;
    let nobody = s.engine.broadcast_send(EngineFixture::form("angebote", "Hallo {{ frist_name }}")).await;
    assert!(nobody.is_ok(), "of nobody nothing is known");
    s.subscribers(3, "angebote").await;
    for text in ["Guten Tag!\n\nHallo {{ frist_name }}", "Guten Tag!\n\nHallo {{ first_name }}{{ frist_name }}"] {
        let form = EngineFixture::form("angebote", text);
        for dry in [true, false] {
            let (code, message, help) = match dry {
                true => refusal(s.engine.broadcast_dry_run(form.clone()).await),
                false => refusal(s.engine.broadcast_send(form.clone()).await),
            };
            assert_eq!(code, "template");
            assert!(message.starts_with("line 3, column ") && message.contains("`frist_name`"), "{message}");
            assert!(help.starts_with("did you mean `first_name`?") && help.contains("default"), "{help}");
        }
    }
    let mut form = EngineFixture::form(
        "angebote",
        "Hallo {{ first_name }} {{ frist_name | default(\"\") }} {{ list }} {{ sender }}",
    );
    let id = s.engine.broadcast_send(form.clone()).await.unwrap();
    assert_eq!(s.done(id).await.sent, 3);
    form.subject.insert("de".to_owned(), "Für {{ frist_name }}".to_owned());
    let (_, message, _) = refusal(s.engine.broadcast_send(form).await);
    assert!(message.starts_with("line 1, column 5: "), "{message}");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_attachments_are_refused() {
    let s = EngineFixture::new().await;
    s.subscribers(1, "angebote").await;
    let file = |name: &str, size: usize| attachment(name, "text/plain", &vec![b'x'; size]);
    let with = |attachments: Vec<MessageAttachment>| BroadcastForm {
        attachments,
        ..EngineFixture::form("angebote", "Hallo {{ first_name }}")
    };
    for (attachments, want) in [
        (vec![file("", 1)], "is empty"),
        (vec![file("../../etc/passwd", 1)], "slash"),
        (vec![file("a\\b.txt", 1)], "slash"),
        (vec![file("a\r\nBcc: x@y.example", 1)], "name"),
        (vec![file("a\0.txt", 1)], "name"),
        (vec![file(&"x".repeat(201), 1)], "too long"),
        (vec![file(".", 1)], "name"),
        (vec![file("..", 1)], "name"),
        (vec![file("zu-gross.txt", (1 << 20) + 1)], "`zu-gross.txt` is larger than 1 MiB"),
        ((0..17).map(|n| file(&format!("{n}.txt"), 1)).collect(), "more than 16 attachments"),
    ] {
        let names: Vec<_> = attachments.iter().map(|a| a.name.clone()).collect();
        let (code, message, help) = refusal(s.engine.broadcast_send(with(attachments)).await);
        assert_eq!(code, "attachment");
        assert!(message.contains(want) && !help.is_empty(), "{names:?}: {message}");
    }
    assert!(s.engine.broadcast_list(10).await.unwrap().is_empty(), "nothing is stored");
    let mut all: Vec<_> = (0..16).map(|n| file(&format!("{n}.txt"), n)).collect();
    all[0].media_type = "text/html\r\nX-Evil: 1".to_owned();
    all[1] = file("genau.txt", 1 << 20);
    let id = s.engine.broadcast_send(with(all)).await.unwrap();
    assert_eq!(s.done(id).await.sent, 1);
    let written = std::fs::read_dir(s.dir.join("messages")).unwrap().flatten();
    let names: Vec<String> = written.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    assert!(!s.messages()[0].1.contains("X-Evil"), "{names:?}");
    s.stop_and_check().await;
}

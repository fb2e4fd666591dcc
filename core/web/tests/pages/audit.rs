//! The audit log: every changing route leaves an entry with who, what, when, old and new; nothing can change it afterwards.

use crate::support::http::request;
use crate::support::server::TestServer;
use serde_json::{Value, json};

async fn post(s: &TestServer, path: &str, body: &Value) -> u16 {
    // A broadcast's attachments would follow behind the line feed.
    let body = format!("{body}\n");
    s.local(&request("POST", path, &[("Content-Type", "application/json")], body.as_bytes())).await.unwrap().status
}

async fn entries(s: &TestServer) -> Vec<Value> {
    let reply = s.local(&request("GET", "/api/audit", &[], b"")).await.unwrap();
    assert_eq!(reply.status, 200);
    let text = String::from_utf8(reply.body).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The paths of all routes that are not read with GET, out of the route table itself: a new route cannot be forgotten.
fn changing_routes() -> Vec<String> {
    let source = include_str!("../../src/route.rs");
    let table = source.split("async fn handle(").nth(1).expect("the route table");
    let patterns = table.split('\n').map(str::trim).filter(|line| line.starts_with("[\"api\""));
    let changing = patterns.filter(|line| !line.contains("] if get"));
    let path = |line: &str| {
        let inside = line.trim_start_matches('[').split(']').next().unwrap_or("");
        let step = |step: &str| match step.trim() {
            quoted if quoted.starts_with('"') => quoted.trim_matches('"').to_owned(),
            verb if verb.starts_with("verb") => "pause".to_owned(),
            _ => "1".to_owned(),
        };
        format!("/{}", inside.split(',').map(step).collect::<Vec<_>>().join("/"))
    };
    changing.map(path).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_changing_route_leaves_an_entry() {
    let s = TestServer::new().await;
    let mut routes = changing_routes();
    // Its signal would end this process, which is not a daemon.
    routes.retain(|path| path != "/api/reload");
    assert!(routes.len() >= 16, "{routes:?}");
    for path in &routes {
        let before = entries(&s).await.len();
        post(&s, path, &json!({})).await;
        let after = entries(&s).await;
        assert_eq!(after.len(), before + 1, "{path} left no entry");
        let entry = &after[0];
        let noun = path.split('/').nth(2).unwrap().trim_end_matches('s');
        assert!(entry["what"].as_str().unwrap().starts_with(noun), "{path}: {entry}");
        assert_eq!(entry["who"], format!("operator:{}", rustix::process::geteuid().as_raw()), "{path}");
        assert!(entry["outcome"].is_string() && entry["at"].is_string(), "{path}: {entry}");
    }
    // What only reads leaves none.
    let before = entries(&s).await.len();
    for path in ["/api/lists", "/api/broadcasts", "/api/contacts", "/api/doctor", "/api/log/checkpoint"] {
        s.local(&request("GET", path, &[], b"")).await.unwrap();
    }
    assert_eq!(entries(&s).await.len(), before);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_say_old_and_new_and_name_no_address() {
    let s = TestServer::new().await;
    s.subscriber("email:anna@kunde.example", Some("de")).await;
    let sent = post(&s, "/api/broadcasts", &json!({"list": "angebote", "text": {"de": "Hallo"}, "subject": {"de": "Brot der Woche"}, "at": "2027-01-01T10:00:00Z"})).await;
    assert_eq!(sent, 200);
    for (path, body) in [
        ("/api/transports/kasten/pause", json!({})),
        ("/api/transports/kasten/resume", json!({})),
        ("/api/broadcasts/1/pause", json!({})),
        (
            "/api/contacts/edit",
            json!({"who": "email:anna@kunde.example", "language": "en", "vars": {"first_name": "Anna"}}),
        ),
        ("/api/contacts/erase", json!({"who": "email:anna@kunde.example", "dry_run": true})),
        ("/api/consents/withdraw", json!({"address": "email:anna@kunde.example", "list": "angebote"})),
        ("/api/contacts/erase", json!({"who": "email:anna@kunde.example"})),
        ("/api/lists/angebote/close", json!({})),
    ] {
        assert_eq!(post(&s, path, &body).await, 200, "{path}");
    }
    let all = entries(&s).await;
    let said: Vec<String> = all
        .iter()
        .rev()
        .map(|e| {
            let of = |name: &str| e[name].as_str().unwrap_or("-").to_owned();
            format!("{} | {} | {} | {} → {}", of("what"), of("of"), of("outcome"), of("old"), of("new"))
        })
        .collect();
    assert_eq!(
        said,
        [
            "broadcast send | 1 | done | - → angebote",
            "transport pause | kasten | done | up → paused",
            "transport resume | kasten | done | paused → up",
            "broadcast pause | 1 | done | scheduled → paused",
            "contact edit | contact 1 | done | language de → language en, first_name …",
            "contact erase | contact 1 | dry run | 1 addresses → erased",
            "consent withdraw | contact 1 email angebote | done | angebote confirmed → withdrawn, 1 consents ended",
            "contact erase | contact 1 | done | 1 addresses → erased",
            "list close | angebote | done | open → closed, 0 consents ended",
        ]
    );
    let text = serde_json::to_string(&all).unwrap();
    assert!(!text.contains("anna") && !text.contains("Anna") && !text.contains("kunde.example"), "{text}");
    // Broadcasts say what, when and who.
    let reply = s.local(&request("GET", "/api/broadcasts", &[], b"")).await.unwrap();
    let line: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(line["subject"], "Brot der Woche");
    assert_eq!(line["by"], all[0]["who"]);
    assert!(line["created"].is_string());
    s.stop_and_check().await;
}

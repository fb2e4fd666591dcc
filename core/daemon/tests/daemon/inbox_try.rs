//! `inbox try`: replies from standard input, a file and the command line, without a daemon or settings.

use crate::fixture::{command, folder, run};
use serde_json::Value;
use std::io::Write;
use std::process::Stdio;

fn piped(input: &[u8], args: &[&str]) -> (i32, Vec<Value>, String) {
    let dir = tempfile::tempdir().unwrap();
    let mut command = command(dir.path(), args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let lines = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    (output.status.code().unwrap(), lines, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn json_lines_by_pipe() {
    let input = "{\"id\":7,\"text\":\"Bitte abmelden\",\"lang\":\"de\",\"pending\":null}\n\
        {\"text\":\"Ja\",\"lang\":\"de\",\"pending\":\"optin\"}\n\
        \n\
        {\"text\":\"Ja\",\"pending\":\"hold\"}\n\
        {\"text\":\"👍\",\"lang\":\"de\",\"pending\":\"optin\",\"reaction\":true}\n\
        {\"text\":\"WEITER\",\"pending\":\"hold\"}\n";
    let (code, lines, err) = piped(input.as_bytes(), &["inbox", "try", "-"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let got: Vec<&str> = lines.iter().map(|l| l["got"].as_str().unwrap()).collect();
    assert_eq!(got, ["stop", "yes", "none", "none", "continue"]);
    assert_eq!((&lines[0]["id"], &lines[0]["text"]), (&Value::from(7), &Value::from("Bitte abmelden")));
    assert!(lines.iter().all(|l| !l["rule"].as_str().unwrap().is_empty()), "{lines:?}");
}

#[test]
fn bad_lines_are_named_and_the_others_are_read() {
    let input = b"{\"text\":\"stop\"}\nnot json\n[1]\n{\"lang\":\"de\"}\n{\"text\":\"a\",\"pending\":\"soon\"}\n{\"text\":1}\n{\"text\":\"a\",\"reaction\":1}\n{\"text\":\"stop\"}\n";
    let (code, lines, err) = piped(input, &["inbox", "try"]);
    assert_eq!((code, lines.len()), (1, 8));
    for (n, says) in
        [(2, "not JSON"), (3, "object"), (4, "`text` is missing"), (5, "`pending`"), (6, "`text`"), (7, "`reaction`")]
    {
        assert!(err.contains(&format!("line {n}: ")) && err.contains(says), "{err}");
        assert_eq!(lines[n - 1]["line"], n);
    }
    assert_eq!((&lines[0]["got"], &lines[7]["got"]), (&Value::from("stop"), &Value::from("stop")));
}

#[test]
fn many_lines_stream() {
    let input = "{\"text\":\"Wann habt ihr offen?\"}\n{\"text\":\"stop\"}\n".repeat(5_000);
    let (code, lines, err) = piped(input.as_bytes(), &["inbox", "try", "-"]);
    assert_eq!((code, lines.len(), err.as_str()), (0, 10_000, ""));
}

#[test]
fn one_text_and_a_file() {
    let dir = folder("");
    let shown = run(dir.path(), &["inbox", "try", "Bitte nehmen Sie mich aus dem Verteiler"]).done();
    assert!(shown.out.starts_with("stop  (de."), "{}", shown.out);
    let value = run(dir.path(), &["inbox", "try", "Ja", "--pending", "optin", "--json"]).done().json();
    assert_eq!(value["got"], "yes");
    std::fs::write(dir.path().join("replies.jsonl"), "{\"text\":\"stop\"}\n").unwrap();
    let path = dir.path().join("replies.jsonl");
    assert!(run(dir.path(), &["inbox", "try", path.to_str().unwrap()]).done().out.contains("\"got\":\"stop\""));
    run(dir.path(), &["inbox", "try", "absent.jsonl"]).refused(1, &["absent.jsonl"]);
}

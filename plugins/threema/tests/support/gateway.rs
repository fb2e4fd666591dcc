//! A gateway on this machine, in a process of its own; its cryptography is that of the official SDK.
#![allow(dead_code, reason = "each test binary uses some of it")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// Our private key.
pub(crate) const PRIVATE: &str = "94af3260fa2a19adc8e82e82be598be15bc6ad6f47c8ee303cb185ef860e16d2";
/// The API secret, and what must never be in a log.
pub(crate) const SECRETS: [&str; 4] = ["s3cret&x", "s3cret%26x", "secret=", PRIVATE];

/// The gateway; its cryptography is that of the official SDK.
pub(crate) struct Gateway {
    child: Child,
    pub(crate) port: u16,
    prefix: &'static str,
}

impl Gateway {
    pub(crate) fn start() -> Self {
        Self::start_below("")
    }

    pub(crate) fn start_below(prefix: &'static str) -> Self {
        let mut command = Command::new("python3");
        let command = command
            .args(["-c", include_str!("gateway.py"), PRIVATE, prefix])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3, which tests/peers --install brings");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("the official SDK, which tests/peers --install brings");
        Self { child, port, prefix }
    }

    fn call(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        let mut reader = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
            length = line.strip_prefix("content-length: ").map_or(length, |n| n.trim().parse().unwrap());
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// The next call of this path fails in this way.
    pub(crate) fn fault(&self, path: &str, mut how: Value) {
        how["path"] = path.into();
        self.call("POST", "/_fault", &how.to_string());
    }

    pub(crate) fn set(&self, what: &Value) {
        self.call("POST", "/_set", &what.to_string());
    }

    pub(crate) fn state(&self) -> Value {
        serde_json::from_str(&self.call("GET", "/_state", "")).unwrap()
    }

    /// What people have got: recipient and message. Panics if a message could not be opened.
    pub(crate) fn messages(&self) -> Vec<(String, Value)> {
        let state = self.state();
        assert_eq!(state["errors"], json!([]), "the official SDK objects");
        let messages = state["messages"].as_array().unwrap();
        messages.iter().map(|m| (m["to"].as_str().unwrap().to_owned(), m.clone())).collect()
    }

    /// How often a path was called.
    pub(crate) fn calls(&self, path: &str) -> usize {
        self.state()["requests"].as_array().unwrap().iter().filter(|p| *p == path).count()
    }

    /// The body of a callback.
    pub(crate) fn callback(&self, what: &Value) -> String {
        self.call("POST", "/_callback", &what.to_string())
    }

    pub(crate) fn config(&self) -> Value {
        json!({
            "gateway_id": "*KRUME01", "secret": "s3cret&x", "private_key": format!("private:{PRIVATE}"),
            "base_url": format!("http://127.0.0.1:{}{}", self.port, self.prefix), "timeout": "2s",
        })
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

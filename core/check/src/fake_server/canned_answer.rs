//! Answers of a provider that the plugin needs before it can send a message, or that have another form than the fake server's own.

use serde::{Deserialize, Serialize};

/// The answer to requests of one path.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CannedAnswer {
    /// Path of the request, without the query. A star at the end stands for anything.
    pub(crate) path: String,
    #[serde(default = "ok")]
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) body: String,
    /// Whether the request is a message, and so meets the faults of a check. Others are always answered.
    #[serde(default)]
    pub(crate) message: bool,
    /// Whether the request is a JSON array of messages: the answer is an array with `body` for each.
    #[serde(default)]
    pub(crate) each: bool,
}

const fn ok() -> u16 {
    200
}

impl CannedAnswer {
    /// The answer for a request, by its first line.
    pub(super) fn find<'a>(all: &'a [Self], request: &[u8]) -> Option<&'a Self> {
        let line = request.split(|b| *b == b'\r').next().unwrap_or_default();
        let target = line.split(|b| *b == b' ').nth(1)?;
        let path = target.split(|b| *b == b'?').next().unwrap_or_default();
        all.iter().find(|answer| match answer.path.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix.as_bytes()),
            None => path == answer.path.as_bytes(),
        })
    }

    /// Status line and body of the answer to a request with this body.
    pub(super) fn reply(&self, request_body: &[u8]) -> (String, String) {
        let body = if self.each {
            let count = serde_json::from_slice::<Vec<serde_json::Value>>(request_body).map_or(0, |all| all.len());
            format!("[{}]", vec![self.body.as_str(); count].join(","))
        } else {
            self.body.clone()
        };
        (format!("{} Canned", self.status), body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_by_path() {
        let all: Vec<CannedAnswer> = serde_json::from_str(
            r#"[{"path": "/keys/bulk", "status": 404}, {"path": "/keys/*", "body": "k"}, {"path": "/bulk", "body": "{}", "each": true, "message": true}]"#,
        )
        .unwrap();
        let find = |line: &str| CannedAnswer::find(&all, line.as_bytes()).map(|a| (a.status, a.body.as_str()));
        assert_eq!(find("POST /keys/bulk?secret=x HTTP/1.1\r\nHost: x"), Some((404, "")));
        assert_eq!(find("GET /keys/A HTTP/1.1\r\n"), Some((200, "k")));
        assert_eq!(find("GET /key HTTP/1.1\r\n"), None);
        assert_eq!(find("GET"), None);
        assert_eq!(all[2].reply(b"[1,2,3]").1, "[{},{},{}]");
        assert_eq!(all[2].reply(b"?").1, "[]");
        assert!(serde_json::from_str::<CannedAnswer>(r#"{"path": "/", "bdy": ""}"#).is_err());
    }
}

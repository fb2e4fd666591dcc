//! Query strings and percent-decoding.

use crate::problem::Problem;
use percent_encoding::percent_decode_str;
use rundruf_lang::msg;

/// The pairs of a query string, decoded.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(key), percent_decode(value))
        };
        Self(text.split('&').filter(|p| !p.is_empty()).map(pair).collect())
    }

    /// The value of this key; `None` if it is missing or empty.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }

    /// The value of this key.
    ///
    /// # Errors
    /// 400 if it is missing or empty.
    pub(crate) fn need(&self, key: &'static str) -> Result<&str, Problem> {
        self.get(key).ok_or_else(|| Problem::bad(msg!("web-parameter-missing", name = key)))
    }

    /// Whether this key is set to `1` or `true`.
    pub(crate) fn is_set(&self, key: &str) -> bool {
        matches!(self.get(key), Some("1" | "true"))
    }

    /// The value of this key as a number; `None` if it is missing.
    ///
    /// # Errors
    /// 400 if it is not a number.
    pub(crate) fn number(&self, key: &'static str) -> Result<Option<i64>, Problem> {
        self.get(key)
            .map(|v| v.parse().map_err(|_| Problem::bad(msg!("web-parameter-not-a-number", name = key))))
            .transpose()
    }
}

/// Decodes `%XX`; invalid sequences stay as they are. `+` stays a plus sign, because addresses contain it.
pub(crate) fn percent_decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
        let q = Query::parse("address=email%3Aa%2Bb%40c.example&x=&limit=5&dry_run=1&bad=%zz");
        assert_eq!(q.get("address"), Some("email:a+b@c.example"));
        assert_eq!(q.get("x"), None);
        assert_eq!(q.number("limit").unwrap(), Some(5));
        assert!(q.is_set("dry_run"));
        assert_eq!(q.get("bad"), Some("%zz"));
        assert!(q.need("list").is_err());
    }

    #[test]
    fn percent_signs() {
        for (text, want) in [
            ("%41", "A"),
            ("%c3%a4", "ä"),
            ("%C3%A4", "ä"),
            ("%", "%"),
            ("%4", "%4"),
            ("%+1", "%+1"),
            ("%%41", "%A"),
            ("%ff", "\u{fffd}"),
            ("%2525", "%25"),
            ("ä%", "ä%"),
        ] {
            assert_eq!(percent_decode(text), want, "{text}");
        }
    }
}

//! The language that a request prefers, for pages that know no contact and for the local API.

use hyper::HeaderMap;
use hyper::header::ACCEPT_LANGUAGE;

/// Entries of Accept-Language that are considered.
const MAX_ENTRIES: usize = 32;

/// `de` or `en`, by the weights in Accept-Language (RFC 9110 §12.5.4); `de` without the header, `en` if it asks for neither.
pub(crate) fn preferred(headers: &HeaderMap) -> &'static str {
    let Some(text) = headers.get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).filter(|t| !t.trim().is_empty()) else {
        return "de";
    };
    let (mut german, mut english, mut any) = (None, None, None);
    for entry in text.split(',').take(MAX_ENTRIES) {
        let mut parts = entry.split(';');
        let tag = parts.next().unwrap_or("").trim();
        let weight =
            parts.find_map(|p| p.trim().strip_prefix("q=")).map_or(Some(1.0), |q| q.trim().parse::<f32>().ok());
        let Some(weight) = weight.filter(|w| (0.0..=1.0).contains(w)) else { continue };
        let primary = tag.split('-').next().unwrap_or("");
        let of = if primary.eq_ignore_ascii_case("de") {
            &mut german
        } else if primary.eq_ignore_ascii_case("en") {
            &mut english
        } else if primary == "*" {
            &mut any
        } else {
            continue;
        };
        // `de-AT, de;q=0.8`: the larger weight counts.
        *of = Some(of.map_or(weight, |w: f32| w.max(weight)));
    }
    let german = german.or(any).unwrap_or(0.0);
    let english = english.or(any).unwrap_or(0.0);
    if german > 0.0 && german >= english { "de" } else { "en" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    #[test]
    fn headers_of_browsers() {
        for (header, want) in [
            ("", "de"),
            ("de", "de"),
            ("DE-at", "de"),
            ("en-GB,en;q=0.9", "en"),
            ("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "de"),
            ("en;q=0.1, de", "de"),
            ("de;q=0.1, en;q=0.2", "en"),
            ("fr, de;q=0.8, en;q=0.5", "de"),
            ("fr", "en"),
            ("fr, *;q=0.5", "de"),
            ("*", "de"),
            ("de;q=0", "en"),
            ("de;q=0, *", "en"),
            ("de;q=NaN", "en"),
            ("de;q=9", "en"),
            ("deutsch", "en"),
            (",;,;=q,q=;", "en"),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(header))]);
            assert_eq!(preferred(&headers), want, "{header}");
        }
        assert_eq!(preferred(&HeaderMap::new()), "de");
        let long = HeaderValue::from_str(&"x,".repeat(20_000)).unwrap();
        assert_eq!(preferred(&HeaderMap::from_iter([(ACCEPT_LANGUAGE, long)])), "en");
        let bytes = HeaderValue::from_bytes(b"de\xff").unwrap();
        assert_eq!(preferred(&HeaderMap::from_iter([(ACCEPT_LANGUAGE, bytes)])), "de");
    }
}

//! The HTML frame of all pages: German and English, readable on a phone, without cookies, scripts or third-party requests.

use crate::response::{self, HttpResponse};
use hyper::StatusCode;
use hyper::header::{self, HeaderValue};
use rundruf_consent::text::escape_html;
use rundruf_engine::Config;
use rundruf_lang::{Language, Message, msg};

/// Content security policy: only our own style sheet and our own forms.
const CSP: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The style sheet: system fonts, large buttons, contrast of at least 4.5 in light and dark mode.
pub(crate) const STYLE: &str = "\
:root{color-scheme:light dark}\
body{margin:0;font:1.125rem/1.6 system-ui,sans-serif;color:#1b1b1b;background:#fff;overflow-wrap:anywhere}\
main{max-width:34rem;margin:0 auto;padding:2rem 1.25rem}\
h1{font-size:1.5rem;line-height:1.3;margin:0 0 1rem}\
blockquote{margin:1.25rem 0;padding:.25rem 1rem;border-left:.25rem solid #767676;white-space:pre-line}\
button{font:inherit;font-weight:600;min-height:3rem;width:100%;padding:.75rem 1rem;border:0;border-radius:.5rem;background:#0b5cad;color:#fff;cursor:pointer}\
button:focus-visible,a:focus-visible{outline:.2rem solid #c25b00;outline-offset:.2rem}\
a{color:#0b5cad}\
footer{max-width:34rem;margin:0 auto;padding:1rem 1.25rem 2rem;font-size:.95rem;border-top:1px solid #767676}\
@media (prefers-color-scheme:dark){body{color:#f2f2f2;background:#161616}a{color:#8ec5ff}button{background:#8ec5ff;color:#10202f}}\
";

/// Escapes text for element content and attributes in quotes of either kind.
pub(crate) fn escape(text: &str) -> String {
    escape_html(text).replace('\'', "&#39;")
}

/// A message as a paragraph, escaped.
pub(crate) fn paragraph(message: &Message, language: Language) -> String {
    format!("<p>{}</p>", escape(&message.text(language)))
}

/// A form with one button, without fields.
pub(crate) fn button(label: &Message, language: Language) -> String {
    format!("<form method=\"post\"><button>{}</button></form>", escape(&label.text(language)))
}

/// A form with one button that sends this field.
pub(crate) fn button_with(label: &Message, language: Language, (name, value): (&str, &str)) -> String {
    let label = escape(&label.text(language));
    format!("<form method=\"post\"><button name=\"{name}\" value=\"{value}\">{label}</button></form>")
}

/// The path of `public_url`, without a slash at its end: a reverse proxy may serve our pages below it.
pub(crate) fn base(public_url: &str) -> &str {
    let host = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    host.find('/').and_then(|at| host.get(at..)).unwrap_or("").trim_end_matches('/')
}

/// Renders a page. `title` is plain text, `inner` is HTML: its values must be escaped.
pub(crate) fn page(status: StatusCode, language: Language, config: &Config, title: &str, inner: &str) -> HttpResponse {
    let sender = &config.sender;
    let lang = language.tag();
    let imprint = escape(&msg!("web-imprint").text(language));
    let privacy = escape(&msg!("web-privacy").text(language));
    let of = if title == sender.name { String::new() } else { format!(" – {}", escape(&sender.name)) };
    let html = format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{title}{of}</title>\n<link rel=\"stylesheet\" href=\"{base}/style.css\">\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n{inner}\n</main>\n<footer>{name} · <a href=\"{imprint_url}\">{imprint}</a> · \
         <a href=\"{privacy_url}\">{privacy}</a></footer>\n</body>\n</html>\n",
        title = escape(title),
        base = escape(base(&config.public_url)),
        name = escape(&sender.name),
        imprint_url = escape(&sender.imprint_url),
        privacy_url = escape(&sender.privacy_url),
    );
    let mut response = response::full(status, "text/html; charset=utf-8", html);
    response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang));
    response
}

/// Adds the security headers of public responses, unless the response sets them itself.
pub(crate) fn with_security_headers(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-robots-tag"), "noindex"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_may_live_below_a_path() {
        for (url, want) in [
            ("https://news.example", ""),
            ("https://news.example/", ""),
            ("http://127.0.0.1:8080", ""),
            ("https://shop.example/news", "/news"),
            ("https://shop.example/a/b/", "/a/b"),
            ("", ""),
        ] {
            assert_eq!(base(url), want, "{url}");
        }
    }

    /// Relative luminance of `#rgb` or `#rrggbb` (WCAG 2.1).
    fn luminance(colour: &str) -> f64 {
        let digits: Vec<u32> = colour[1..].chars().map(|c| c.to_digit(16).unwrap()).collect();
        let channels: Vec<u32> = match digits.as_slice() {
            [r, g, b] => vec![r * 17, g * 17, b * 17],
            six => six.chunks(2).map(|two| two[0] * 16 + two[1]).collect(),
        };
        let linear = |c: u32| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(channels[0]) + 0.7152 * linear(channels[1]) + 0.0722 * linear(channels[2])
    }

    #[test]
    fn contrast_suffices_in_light_and_dark() {
        for (what, front, back, least) in [
            ("text", "#1b1b1b", "#fff", 4.5),
            ("link", "#0b5cad", "#fff", 4.5),
            ("button", "#fff", "#0b5cad", 4.5),
            ("focus", "#c25b00", "#fff", 3.0),
            ("text in the dark", "#f2f2f2", "#161616", 4.5),
            ("link in the dark", "#8ec5ff", "#161616", 4.5),
            ("button in the dark", "#10202f", "#8ec5ff", 4.5),
            ("focus in the dark", "#c25b00", "#161616", 3.0),
        ] {
            let (a, b) = (luminance(front), luminance(back));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= least, "{what}: {contrast:.2}");
            for colour in [front, back] {
                assert!(
                    STYLE.contains(&format!(":{colour}")) || STYLE.contains(&format!(" {colour}")),
                    "{what}: {colour}"
                );
            }
        }
        assert!(STYLE.contains("font:1.125rem") && STYLE.contains("min-height:3rem"), "large enough for a thumb");
    }
}

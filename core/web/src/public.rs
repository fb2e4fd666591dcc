//! What customers see: one page to say yes, one to leave. GET changes nothing; one button does.

use crate::answer::{self, Answer};
use crate::body;
use crate::page::{self, Both, escape};
use crate::problem::Problem;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Request, StatusCode};
use rundruf_consent::State;
use rundruf_engine::{Engine, LeaveBy, LinkView};
use std::net::IpAddr;

/// Largest body of a public form: a one-click POST has 26 bytes as a form, some hundred as multipart.
const MAX_FORM: u64 = 16 * 1024;

const NO_LINK: Both = Both { de: "Dieser Link ist uns nicht bekannt", en: "We do not know this link" };
const NO_LINK_TEXT: Both = Both {
    de: "Vielleicht wurde er beim Kopieren abgeschnitten. Öffne ihn bitte noch einmal aus der Nachricht.",
    en: "It may have been cut off while copying. Please open it again from the message.",
};

/// The language that a browser asks for, for pages that know no person.
pub(crate) fn browser_language(request: &Request<Incoming>) -> String {
    let accept = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("de");
    accept.split([',', ';']).next().unwrap_or("de").trim().to_owned()
}

/// A token that is not genuine: the same page whatever it was.
pub(crate) fn unknown(engine: &Engine, language: &str) -> Answer {
    let inner = format!("<p>{}</p>", NO_LINK_TEXT.get(language));
    page::page(StatusCode::NOT_FOUND, language, &engine.config().sender, NO_LINK.get(language), &inner)
}

/// An error of ours: says so, and nothing more.
pub(crate) fn failed(engine: &Engine, language: &str) -> Answer {
    let title = Both { de: "Das hat gerade nicht geklappt", en: "That did not work just now" }.get(language);
    let inner = Both {
        de: "<p>Es liegt an uns. Bitte versuche es in einigen Minuten noch einmal.</p>",
        en: "<p>It is our fault. Please try again in a few minutes.</p>",
    }
    .get(language);
    page::page(StatusCode::SERVICE_UNAVAILABLE, language, &engine.config().sender, title, inner)
}

/// `GET /c/TOKEN`: who asks, what for, one button.
pub(crate) async fn confirm_page(engine: &Engine, token: &str) -> Result<Option<Answer>, Problem> {
    Ok(engine.confirm_view(token).await?.map(|view| confirm_answer(engine, &view)))
}

/// `POST /c/TOKEN`: the yes.
pub(crate) async fn confirm(
    engine: &Engine,
    token: &str,
    ip_prefix: Option<String>,
) -> Result<Option<Answer>, Problem> {
    Ok(engine.confirm(token, ip_prefix).await?.map(|view| confirm_answer(engine, &view)))
}

fn confirm_answer(engine: &Engine, view: &LinkView) -> Answer {
    let sender = &engine.config().sender;
    let lang = view.language.as_str();
    let (name, list, masked) = (escape(&sender.name), escape(&view.list_title), escape(&view.masked));
    let (title, inner) = match view.state {
        State::Confirmed => (
            Both { de: "Danke, das ist bestätigt", en: "Thank you, that is confirmed" }.get(lang),
            if page::is_german(lang) {
                format!(
                    "<p>{name} schreibt dir ab jetzt: „{list}“. Mit jeder Nachricht kannst du dich wieder abmelden.</p>"
                )
            } else {
                format!("<p>{name} will write to you: “{list}”. You can leave again with every message.</p>")
            },
        ),
        State::Requested if !view.expired => (
            Both { de: "Anmeldung bestätigen", en: "Confirm your sign-up" }.get(lang),
            if page::is_german(lang) {
                format!(
                    "<p>{name} möchte an {masked} schreiben: „{list}“.</p>\n<blockquote>{text}</blockquote>\n\
                     <form method=\"post\"><button>Ja, das möchte ich</button></form>\n\
                     <p>Das warst nicht du? Dann musst du nichts tun: Ohne deine Bestätigung kommt keine Nachricht.</p>",
                    text = escape(&view.text)
                )
            } else {
                format!(
                    "<p>{name} would like to write to {masked}: “{list}”.</p>\n<blockquote>{text}</blockquote>\n\
                     <form method=\"post\"><button>Yes, I want this</button></form>\n\
                     <p>This was not you? Then do nothing: without your confirmation no message will come.</p>",
                    text = escape(&view.text)
                )
            },
        ),
        _ => (
            Both { de: "Diese Anmeldung ist nicht mehr offen", en: "This sign-up is no longer open" }.get(lang),
            Both {
                de: "<p>Es wird nichts gesendet. Wenn du die Nachrichten möchtest, melde dich bitte neu an.</p>",
                en: "<p>Nothing will be sent. If you want the messages, please sign up again.</p>",
            }
            .get(lang)
            .to_owned(),
        ),
    };
    page::page(StatusCode::OK, lang, sender, title, &inner)
}

/// `GET /u/TOKEN`: from what, one button.
pub(crate) async fn leave_page(engine: &Engine, token: &str) -> Result<Option<Answer>, Problem> {
    Ok(engine.leave_view(token).await?.map(|view| leave_answer(engine, &view)))
}

/// `POST /u/TOKEN`: the button, or the one click of a mail program (RFC 8058). Both act at once and may be repeated.
pub(crate) async fn leave(engine: &Engine, token: &str, request: Request<Incoming>) -> Result<Option<Answer>, Problem> {
    let form = body::whole(request.into_body(), MAX_FORM).await?;
    let one_click = is_one_click(&form);
    let by = if one_click { LeaveBy::OneClick } else { LeaveBy::Page };
    let Some(view) = engine.leave(token, by).await? else { return Ok(None) };
    if one_click {
        let mut answer = page::guarded(answer::whole(StatusCode::OK, "text/plain; charset=utf-8", "OK\n"));
        allow_any_origin(&mut answer);
        return Ok(Some(answer));
    }
    Ok(Some(leave_answer(engine, &view)))
}

/// Some mail sites send the one click from the browser: `OPTIONS` asks first.
pub(crate) fn leave_options() -> Answer {
    let mut answer = page::guarded(answer::whole(StatusCode::NO_CONTENT, "text/plain; charset=utf-8", ""));
    allow_any_origin(&mut answer);
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    answer
}

fn allow_any_origin(answer: &mut Answer) {
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

/// Whether a body is that of RFC 8058, as a form or as multipart.
fn is_one_click(form: &[u8]) -> bool {
    let text = String::from_utf8_lossy(form);
    let as_form = text.split('&').any(|pair| pair.trim() == "List-Unsubscribe=One-Click");
    let as_multipart = text.contains("name=\"List-Unsubscribe\"") && text.contains("One-Click");
    as_form || as_multipart
}

fn leave_answer(engine: &Engine, view: &LinkView) -> Answer {
    let sender = &engine.config().sender;
    let lang = view.language.as_str();
    let (name, list, masked) = (escape(&sender.name), escape(&view.list_title), escape(&view.masked));
    let subscribed =
        matches!(view.state, State::Confirmed | State::Held | State::Requested | State::Customer | State::Stale);
    let (title, inner) = if subscribed {
        (
            Both { de: "Abmelden", en: "Leave" }.get(lang),
            if page::is_german(lang) {
                format!(
                    "<p>{name} schreibt an {masked}: „{list}“.</p>\n\
                     <form method=\"post\"><button>Abmelden</button></form>\n<p>Es wirkt sofort.</p>"
                )
            } else {
                format!(
                    "<p>{name} writes to {masked}: “{list}”.</p>\n\
                     <form method=\"post\"><button>Leave</button></form>\n<p>It works at once.</p>"
                )
            },
        )
    } else {
        (
            Both { de: "Du bist abgemeldet", en: "You have left" }.get(lang),
            if page::is_german(lang) {
                format!("<p>{name} schickt „{list}“ nicht mehr an {masked}.</p>")
            } else {
                format!("<p>{name} no longer sends “{list}” to {masked}.</p>")
            },
        )
    };
    page::page(StatusCode::OK, lang, sender, title, &inner)
}

/// `GET /f/TOKEN`: an attachment, always as a download.
pub(crate) async fn file(engine: &Engine, token: &str) -> Result<Option<Answer>, Problem> {
    let Some((name, media_type, bytes)) = engine.file(token).await? else { return Ok(None) };
    let mut answer = answer::whole(StatusCode::OK, "application/octet-stream", bytes);
    if let Ok(value) = HeaderValue::from_str(&media_type) {
        answer.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    if let Ok(value) = HeaderValue::from_str(&disposition(&name)) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    // A file from outside must not run as a page of ours, whatever it claims to be.
    answer
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    Ok(Some(page::guarded(answer)))
}

/// RFC 6266 with an RFC 8187 name.
fn disposition(name: &str) -> String {
    let mut out = String::from("attachment; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The network of a visitor, shortened: /24 or /48 (R37). A reverse proxy on this machine names the visitor in `X-Forwarded-For`.
pub(crate) fn ip_prefix(peer: IpAddr, request: &Request<Incoming>) -> Option<String> {
    let forwarded = request
        .headers()
        .get("x-forwarded-for")
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.rsplit(',').next())
        .and_then(|v| v.trim().parse::<IpAddr>().ok());
    let visitor = if peer.is_loopback() { forwarded? } else { peer };
    Some(shorten(visitor))
}

fn shorten(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_click_in_both_forms() {
        assert!(is_one_click(b"List-Unsubscribe=One-Click"));
        assert!(is_one_click(
            b"--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"
        ));
        assert!(!is_one_click(b""));
        assert!(!is_one_click(b"List-Unsubscribe=No"));
    }

    #[test]
    fn visitors_are_shortened() {
        assert_eq!(shorten("203.0.113.77".parse().unwrap()), "203.0.113.0/24");
        assert_eq!(shorten("::ffff:203.0.113.77".parse().unwrap()), "203.0.113.0/24");
        assert_eq!(shorten("2001:db8:1:2::3".parse().unwrap()), "2001:db8:1::/48");
    }

    #[test]
    fn file_names_cannot_break_the_header() {
        assert_eq!(disposition("a\"b\r\n.pdf"), "attachment; filename*=UTF-8''a%22b%0D%0A.pdf");
    }
}

//! What customers see: one page to say yes, one to leave. GET changes nothing; one button does.

use crate::answer::{self, Answer};
use crate::body;
use crate::page::{self, Both, escape};
use crate::problem::Problem;
use crate::query::decode;
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use rundruf_consent::State;
use rundruf_engine::{Engine, EngineError, LeaveBy, LinkView};
use std::time::Duration;

/// Largest body of a public form: a one-click POST has 26 bytes as a form, some hundred as multipart.
const MAX_FORM: u64 = 16 * 1024;

const NO_LINK: Both = Both { de: "Dieser Link ist uns nicht bekannt", en: "We do not know this link" };
const NO_LINK_TEXT: Both = Both {
    de: "Vielleicht wurde er beim Kopieren abgeschnitten. Öffne ihn bitte noch einmal aus der Nachricht.",
    en: "It may have been cut off while copying. Please open it again from the message.",
};

/// A token that is not genuine: the same page whatever it was.
pub(crate) fn unknown(engine: &Engine, language: &str) -> Answer {
    let inner = format!("<p>{}</p>", NO_LINK_TEXT.get(language));
    page::page(StatusCode::NOT_FOUND, language, &engine.config(), NO_LINK.get(language), &inner)
}

/// An error of ours: says so, and nothing more.
pub(crate) fn failed(engine: &Engine, language: &str) -> Answer {
    let title = Both { de: "Das hat gerade nicht geklappt", en: "That did not work just now" }.get(language);
    let inner = Both {
        de: "<p>Es liegt an uns. Bitte versuche es in einigen Minuten noch einmal.</p>",
        en: "<p>It is our fault. Please try again in a few minutes.</p>",
    }
    .get(language);
    let mut answer = page::page(StatusCode::SERVICE_UNAVAILABLE, language, &engine.config(), title, inner);
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    answer
}

/// A request that no button of ours sends: says so, whatever the link is.
pub(crate) fn refused(engine: &Engine, language: &str, status: StatusCode) -> Answer {
    let title = Both { de: "Das konnten wir nicht annehmen", en: "We could not take that" }.get(language);
    let inner = Both {
        de: "<p>Bitte öffne den Link noch einmal aus der Nachricht und drücke dort den Knopf.</p>",
        en: "<p>Please open the link again from the message and press the button there.</p>",
    }
    .get(language);
    page::page(status, language, &engine.config(), title, inner)
}

/// Does what a person has asked for, to its end: also if the person, or a mail program, does not wait for the answer.
async fn finish<T: Send + 'static>(
    work: impl Future<Output = Result<T, EngineError>> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::spawn(work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", "the work broke off", "")),
    }
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
    let (worker, token) = (engine.clone(), token.to_owned());
    let view = finish(async move { worker.confirm(&token, ip_prefix).await }).await?;
    Ok(view.map(|view| confirm_answer(engine, &view)))
}

fn confirm_answer(engine: &Engine, view: &LinkView) -> Answer {
    let config = engine.config();
    let sender = &config.sender;
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
    page::page(StatusCode::OK, lang, &config, title, &inner)
}

/// `GET /u/TOKEN`: from what, one button.
pub(crate) async fn leave_page(engine: &Engine, token: &str) -> Result<Option<Answer>, Problem> {
    Ok(engine.leave_view(token).await?.map(|view| leave_answer(engine, &view)))
}

/// `POST /u/TOKEN`: the button, or the one click of a mail program (RFC 8058). Both act at once and may be repeated.
/// `patience`: how long the body may take.
pub(crate) async fn leave(
    engine: &Engine,
    token: &str,
    body: Incoming,
    patience: Duration,
) -> Result<Option<Answer>, Problem> {
    let form = tokio::time::timeout(patience, body::whole(body, MAX_FORM)).await.map_err(|_| Problem::late())??;
    let one_click = is_one_click(&form);
    let by = if one_click { LeaveBy::OneClick } else { LeaveBy::Page };
    let (worker, token) = (engine.clone(), token.to_owned());
    let Some(view) = finish(async move { worker.leave(&token, by).await }).await? else { return Ok(None) };
    if one_click {
        let mut answer = answer::whole(StatusCode::OK, "text/plain; charset=utf-8", "OK\n");
        allow_any_origin(&mut answer);
        return Ok(Some(answer));
    }
    Ok(Some(leave_answer(engine, &view)))
}

/// Some mail sites send the one click from the browser: `OPTIONS` asks first.
pub(crate) fn leave_options(answer: &mut Answer) {
    allow_any_origin(answer);
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
}

fn allow_any_origin(answer: &mut Answer) {
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

/// Whether a body is that of RFC 8058, as a form or as multipart. What it is not is a press of the button: both end in a stop, so
/// nothing depends on a media type that somebody got wrong.
fn is_one_click(form: &[u8]) -> bool {
    const NAME: &str = "List-Unsubscribe";
    const VALUE: &str = "One-Click";
    let text = String::from_utf8_lossy(form);
    let as_form = text.split('&').any(|pair| {
        pair.split_once('=').is_some_and(|(name, value)| decode(name.trim()) == NAME && decode(value.trim()) == VALUE)
    });
    let mut lines = text.lines().map(str::trim);
    let as_multipart = lines.any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("content-disposition:") && line.contains("list-unsubscribe")
    }) && lines.any(|line| line == VALUE);
    as_form || as_multipart
}

fn leave_answer(engine: &Engine, view: &LinkView) -> Answer {
    let config = engine.config();
    let sender = &config.sender;
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
    page::page(StatusCode::OK, lang, &config, title, &inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_click_in_both_forms() {
        for (body, want) in [
            ("List-Unsubscribe=One-Click", true),
            ("List-Unsubscribe=One%2DClick", true),
            ("a=b&List-Unsubscribe=One-Click\r\n", true),
            ("--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n", true),
            ("--x\ncontent-disposition: form-data; name=List-Unsubscribe\n\nOne-Click\n--x--\n", true),
            ("", false),
            ("List-Unsubscribe", false),
            ("List-Unsubscribe=No", false),
            ("{\"List-Unsubscribe\":\"One-Click\"}", false),
            ("--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nNo\r\n--x--\r\n", false),
        ] {
            assert_eq!(is_one_click(body.as_bytes()), want, "{body}");
        }
        assert!(!is_one_click(&[0xff, b'&', 0xfe, b'=']));
    }
}

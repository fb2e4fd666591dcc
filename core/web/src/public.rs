//! The confirm and the unsubscribe page. GET changes nothing; the button (POST) does.

use crate::page::{self, Bilingual, escape};
use crate::problem::Problem;
use crate::query::percent_decode;
use crate::request_body;
use crate::response::{self, HttpResponse};
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use rundruf_consent::State;
use rundruf_engine::{Engine, EngineError, LinkView, UnsubscribeMethod};
use std::time::Duration;

/// Largest body of a public form, in bytes. A one-click POST has 26 bytes as a form, a few hundred as multipart.
const MAX_FORM_BYTES: u64 = 16 * 1024;

const NO_LINK: Bilingual = Bilingual { de: "Dieser Link ist uns nicht bekannt", en: "We do not know this link" };
const NO_LINK_TEXT: Bilingual = Bilingual {
    de: "Vielleicht wurde er beim Kopieren abgeschnitten. Öffne ihn bitte noch einmal aus der Nachricht.",
    en: "It may have been cut off while copying. Please open it again from the message.",
};

/// The page for a token that is not genuine: the same for every token, so that it reveals nothing.
pub(crate) fn unknown_link(engine: &Engine, language: &str) -> HttpResponse {
    let inner = format!("<p>{}</p>", NO_LINK_TEXT.get(language));
    page::page(StatusCode::NOT_FOUND, language, &engine.config(), NO_LINK.get(language), &inner)
}

/// The page for an internal error; it gives no details.
pub(crate) fn failed(engine: &Engine, language: &str) -> HttpResponse {
    let title = Bilingual { de: "Das hat gerade nicht geklappt", en: "That did not work just now" }.get(language);
    let inner = Bilingual {
        de: "<p>Es liegt an uns. Bitte versuche es in einigen Minuten noch einmal.</p>",
        en: "<p>It is our fault. Please try again in a few minutes.</p>",
    }
    .get(language);
    let mut response = page::page(StatusCode::SERVICE_UNAVAILABLE, language, &engine.config(), title, inner);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// The page for a request that no button of our pages sends; the same for every link.
pub(crate) fn rejected(engine: &Engine, language: &str, status: StatusCode) -> HttpResponse {
    let title = Bilingual { de: "Das konnten wir nicht annehmen", en: "We could not take that" }.get(language);
    let inner = Bilingual {
        de: "<p>Bitte öffne den Link noch einmal aus der Nachricht und drücke dort den Knopf.</p>",
        en: "<p>Please open the link again from the message and press the button there.</p>",
    }
    .get(language);
    page::page(status, language, &engine.config(), title, inner)
}

/// Completes what a person asked for, even if the client disconnects before the response.
async fn run_to_completion<T: Send + 'static>(
    work: impl Future<Output = Result<T, EngineError>> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::spawn(work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", "the work broke off", "")),
    }
}

/// `GET /c/TOKEN`: the sender, the consent text, one button. `None` if the token is not genuine.
pub(crate) async fn confirm_page(engine: &Engine, token: &str) -> Result<Option<HttpResponse>, Problem> {
    Ok(engine.confirm_view(token).await?.map(|view| confirm_response(engine, &view)))
}

/// `POST /c/TOKEN`: confirms the consent.
pub(crate) async fn confirm(
    engine: &Engine,
    token: &str,
    ip_prefix: Option<String>,
) -> Result<Option<HttpResponse>, Problem> {
    let (worker, token) = (engine.clone(), token.to_owned());
    let view = run_to_completion(async move { worker.confirm(&token, ip_prefix).await }).await?;
    Ok(view.map(|view| confirm_response(engine, &view)))
}

fn confirm_response(engine: &Engine, view: &LinkView) -> HttpResponse {
    let config = engine.config();
    let sender = &config.sender;
    let lang = view.language.as_str();
    let (name, list, masked) = (escape(&sender.name), escape(&view.list_title), escape(&view.masked));
    let (title, inner) = match view.state {
        State::Confirmed => (
            Bilingual { de: "Danke, das ist bestätigt", en: "Thank you, that is confirmed" }.get(lang),
            if page::is_german(lang) {
                format!(
                    "<p>{name} schreibt dir ab jetzt: „{list}“. Mit jeder Nachricht kannst du dich wieder abmelden.</p>"
                )
            } else {
                format!("<p>{name} will write to you: “{list}”. You can leave again with every message.</p>")
            },
        ),
        State::Requested if !view.expired => (
            Bilingual { de: "Anmeldung bestätigen", en: "Confirm your sign-up" }.get(lang),
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
            Bilingual { de: "Diese Anmeldung ist nicht mehr offen", en: "This sign-up is no longer open" }.get(lang),
            Bilingual {
                de: "<p>Es wird nichts gesendet. Wenn du die Nachrichten möchtest, melde dich bitte neu an.</p>",
                en: "<p>Nothing will be sent. If you want the messages, please sign up again.</p>",
            }
            .get(lang)
            .to_owned(),
        ),
    };
    page::page(StatusCode::OK, lang, &config, title, &inner)
}

/// `GET /u/TOKEN`: the list, one button. `None` if the token is not genuine.
pub(crate) async fn unsubscribe_page(engine: &Engine, token: &str) -> Result<Option<HttpResponse>, Problem> {
    Ok(engine.unsubscribe_view(token).await?.map(|view| unsubscribe_response(engine, &view)))
}

/// `POST /u/TOKEN`: unsubscribes, by the button or by the one-click request of a mail program (RFC 8058). Both take effect at once and
/// may be repeated. `timeout`: how long the body may take.
pub(crate) async fn unsubscribe(
    engine: &Engine,
    token: &str,
    body: Incoming,
    timeout: Duration,
) -> Result<Option<HttpResponse>, Problem> {
    let form = tokio::time::timeout(timeout, request_body::read_all(body, MAX_FORM_BYTES))
        .await
        .map_err(|_| Problem::timed_out())??;
    let one_click = is_one_click(&form);
    let by = if one_click { UnsubscribeMethod::OneClick } else { UnsubscribeMethod::Page };
    let (worker, token) = (engine.clone(), token.to_owned());
    let Some(view) = run_to_completion(async move { worker.unsubscribe(&token, by).await }).await? else {
        return Ok(None);
    };
    if one_click {
        let mut response = response::full(StatusCode::OK, "text/plain; charset=utf-8", "OK\n");
        allow_any_origin(&mut response);
        return Ok(Some(response));
    }
    Ok(Some(unsubscribe_response(engine, &view)))
}

/// Allows the CORS preflight of webmail sites that send the one-click request from the browser.
pub(crate) fn allow_unsubscribe_preflight(response: &mut HttpResponse) {
    allow_any_origin(response);
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
}

fn allow_any_origin(response: &mut HttpResponse) {
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

/// Whether a body is a one-click request of RFC 8058, as a form or as multipart. Every other body counts as the button. Both
/// unsubscribe, so a wrong media type does no harm.
fn is_one_click(form: &[u8]) -> bool {
    const NAME: &str = "List-Unsubscribe";
    const VALUE: &str = "One-Click";
    let text = String::from_utf8_lossy(form);
    let as_form = text.split('&').any(|pair| {
        pair.split_once('=')
            .is_some_and(|(name, value)| percent_decode(name.trim()) == NAME && percent_decode(value.trim()) == VALUE)
    });
    let mut lines = text.lines().map(str::trim);
    let as_multipart = lines.any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("content-disposition:") && line.contains("list-unsubscribe")
    }) && lines.any(|line| line == VALUE);
    as_form || as_multipart
}

fn unsubscribe_response(engine: &Engine, view: &LinkView) -> HttpResponse {
    let config = engine.config();
    let sender = &config.sender;
    let lang = view.language.as_str();
    let (name, list, masked) = (escape(&sender.name), escape(&view.list_title), escape(&view.masked));
    let subscribed =
        matches!(view.state, State::Confirmed | State::Held | State::Requested | State::Customer | State::Stale);
    let (title, inner) = if subscribed {
        (
            Bilingual { de: "Abmelden", en: "Leave" }.get(lang),
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
            Bilingual { de: "Du bist abgemeldet", en: "You have left" }.get(lang),
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

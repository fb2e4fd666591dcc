//! The confirm and the unsubscribe page. GET changes nothing; the button (POST) does.

use crate::page::{self, escape};
use crate::problem::Problem;
use crate::query::percent_decode;
use crate::request_body;
use crate::response::{self, HttpResponse};
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use rundruf_consent::State;
use rundruf_engine::{Engine, EngineError, LinkView, UnsubscribeMethod};
use rundruf_lang::{Language, Message, msg};
use std::time::Duration;

/// Largest body of a public form, in bytes. A one-click POST has 26 bytes as a form, a few hundred as multipart.
const MAX_FORM_BYTES: u64 = 16 * 1024;

/// Name and value of the button for all lists, and the form that it sends.
const ALL_LISTS: (&str, &str) = ("lists", "all");
const ALL_LISTS_FORM: &[u8] = b"lists=all";

/// The page for a token that is not genuine: the same for every token, so that it reveals nothing.
pub(crate) fn unknown_link(engine: &Engine, language: Language) -> HttpResponse {
    let text = msg!("web-unknown-link-text");
    plain_page(StatusCode::NOT_FOUND, engine, language, &msg!("web-unknown-link"), &text)
}

/// The page for an internal error; it gives no details.
pub(crate) fn failed(engine: &Engine, language: Language) -> HttpResponse {
    let (title, text) = (msg!("web-page-failed"), msg!("web-page-failed-text"));
    let mut response = plain_page(StatusCode::SERVICE_UNAVAILABLE, engine, language, &title, &text);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// The page for a request that no button of our pages sends; the same for every link.
pub(crate) fn rejected(engine: &Engine, language: Language, status: StatusCode) -> HttpResponse {
    plain_page(status, engine, language, &msg!("web-request-rejected"), &msg!("web-request-rejected-text"))
}

/// A page with a title and one paragraph.
fn plain_page(
    status: StatusCode,
    engine: &Engine,
    language: Language,
    title: &Message,
    text: &Message,
) -> HttpResponse {
    page::page(status, language, &engine.config(), &title.text(language), &page::paragraph(text, language))
}

/// Completes what a person asked for, even if the client disconnects before the response.
async fn run_to_completion<T: Send + 'static>(
    work: impl Future<Output = Result<T, EngineError>> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::spawn(work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(Problem::internal(msg!("web-work-failed"))),
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
    let language = Language::from_tag(&view.language).addressed(config.sender.formal);
    let (name, list) = (&config.sender.name, &view.list_title);
    let (title, inner) = match view.state {
        State::Confirmed => {
            (msg!("web-confirmed"), page::paragraph(&msg!("web-confirmed-text", name = name, list = list), language))
        }
        State::Requested if !view.expired => {
            let question = msg!("web-confirm-question", name = name, address = &view.masked, list = list);
            let inner = format!(
                "{}\n<blockquote>{}</blockquote>\n{}\n{}",
                page::paragraph(&question, language),
                escape(&view.text),
                page::button(&msg!("web-confirm-button"), language),
                page::paragraph(&msg!("web-confirm-not-you"), language),
            );
            (msg!("web-confirm"), inner)
        }
        _ => (msg!("web-confirm-closed"), page::paragraph(&msg!("web-confirm-closed-text"), language)),
    };
    page::page(StatusCode::OK, language, &config, &title.text(language), &inner)
}

/// `GET /u/TOKEN`: the list, one button. `None` if the token is not genuine.
pub(crate) async fn unsubscribe_page(engine: &Engine, token: &str) -> Result<Option<HttpResponse>, Problem> {
    Ok(engine.unsubscribe_view(token).await?.map(|view| unsubscribe_response(engine, &view)))
}

/// `POST /u/TOKEN`: unsubscribes, by a button or by the one-click request of a mail program (RFC 8058). All take effect at once and
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
    let by = match one_click {
        true => UnsubscribeMethod::OneClick,
        false if form.trim_ascii() == ALL_LISTS_FORM => UnsubscribeMethod::AllLists,
        false => UnsubscribeMethod::Page,
    };
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
    let language = Language::from_tag(&view.language).addressed(config.sender.formal);
    let (name, list) = (&config.sender.name, &view.list_title);
    let subscribed =
        matches!(view.state, State::Confirmed | State::Held | State::Requested | State::Customer | State::Stale);
    let everything = if view.left_all {
        page::paragraph(&msg!("web-unsubscribed-all-text", name = name), language)
    } else {
        let text = page::paragraph(&msg!("web-unsubscribe-all-text", name = name), language);
        format!("{text}\n{}", page::button_with(&msg!("web-unsubscribe-all"), language, ALL_LISTS))
    };
    let (title, inner) = if subscribed {
        let text = msg!("web-unsubscribe-text", name = name, address = &view.masked, list = list);
        let inner = format!(
            "{}\n{}\n{}\n{everything}",
            page::paragraph(&text, language),
            page::button(&msg!("web-unsubscribe"), language),
            page::paragraph(&msg!("web-unsubscribe-at-once"), language),
        );
        (msg!("web-unsubscribe"), inner)
    } else {
        let text = msg!("web-unsubscribed-text", name = name, list = list, address = &view.masked);
        (msg!("web-unsubscribed"), format!("{}\n{everything}", page::paragraph(&text, language)))
    };
    page::page(StatusCode::OK, language, &config, &title.text(language), &inner)
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

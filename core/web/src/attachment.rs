//! Attachments behind links: always served as a download, whatever media type they claim.

use crate::problem::Problem;
use crate::response::{self, HttpResponse};
use crate::state::WebState;
use hyper::StatusCode;
use hyper::header::{self, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Characters that are encoded in the extended file name; RFC 8187 would allow a few more unencoded.
const RFC_8187: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// `GET /f/TOKEN`: sends an attachment as a download. `None` if the token is not genuine or has expired.
pub(crate) async fn download(state: &WebState, token: &str) -> Result<Option<HttpResponse>, Problem> {
    let reading = state.attachment_memory.reading().await?;
    let Some((name, media_type, bytes)) = state.engine.file(token).await? else { return Ok(None) };
    let bytes = state.attachment_memory.reserve(bytes).await?;
    drop(reading);
    let mut response = response::full(StatusCode::OK, "application/octet-stream", bytes);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&media_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    if let Ok(value) = HeaderValue::from_str(&content_disposition(&name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    // A browser must not run a file from outside as one of our pages.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'; base-uri 'none'"),
    );
    Ok(Some(response))
}

/// Whether a character changes the reading direction or is invisible: with such characters `exe.fdp` looks like a PDF.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The Content-Disposition header (RFC 6266): an ASCII name for old clients, the full one in RFC 8187 form. Folder separators and
/// deceptive characters are removed.
fn content_disposition(name: &str) -> String {
    let kept: String =
        name.chars().filter(|c| !is_deceptive(*c)).map(|c| if "/\\:".contains(c) { '_' } else { c }).collect();
    let kept = kept.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let kept = if kept.is_empty() { "file" } else { kept };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " -._()".contains(c);
    let plain: String = kept.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let extended = utf8_percent_encode(kept, RFC_8187);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{extended}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_made_safe() {
        for (name, plain, extended) in [
            ("karte.pdf", "karte.pdf", "karte.pdf"),
            ("a\"b\r\nSet-Cookie: x=y\r\n\r\n.pdf", "a_bSet-Cookie_ x_y.pdf", "a%22bSet-Cookie_%20x%3Dy.pdf"),
            ("Müsli; filename=evil.exe", "M_sli_ filename_evil.exe", "M%C3%BCsli%3B%20filename%3Devil.exe"),
            ("../../etc/passwd", "_.._etc_passwd", "_.._etc_passwd"),
            ("C:\\x.exe", "C__x.exe", "C__x.exe"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe", "invoicefdp.exe"),
            (".htaccess", "htaccess", "htaccess"),
            ("..", "file", "file"),
            ("", "file", "file"),
            ("\u{0}\u{7f}\u{85}", "file", "file"),
            ("100%.txt", "100_.txt", "100%25.txt"),
        ] {
            let want = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{extended}");
            assert_eq!(content_disposition(name), want, "{name:?}");
            assert!(HeaderValue::from_str(&content_disposition(name)).is_ok(), "{name:?}");
        }
    }
}

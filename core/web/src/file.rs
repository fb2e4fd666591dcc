//! Attachments behind links: always a download, never a page of ours, and never more of them in memory than there is room for.

use crate::answer::{self, Answer};
use crate::problem::Problem;
use crate::server::Site;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{self, HeaderValue};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Files that are read from the store at once.
const READING: usize = 2;
/// Room is counted in these, in bytes.
const UNIT: usize = 1 << 10;

/// Room for files that are on their way out.
pub(crate) struct Shelf {
    reading: Semaphore,
    room: Arc<Semaphore>,
    units: usize,
}

impl Shelf {
    /// Room for this many bytes; one file always fits, however large it is.
    pub(crate) fn new(bytes: usize) -> Self {
        let units = bytes.div_ceil(UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Self { reading: Semaphore::new(READING), room: Arc::new(Semaphore::new(units)), units }
    }

    /// Waits until there is room, and takes it until the bytes are gone.
    async fn hold(&self, bytes: Vec<u8>) -> Result<Bytes, Problem> {
        let units = u32::try_from(bytes.len().div_ceil(UNIT).min(self.units)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(units).await.map_err(|_| closed())?;
        Ok(Bytes::from_owner(Held { bytes, _room: room }))
    }
}

/// Bytes that give their room back when the last of them has been sent.
struct Held {
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn closed() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "closed", "no room for files", "")
}

/// `GET /f/TOKEN`: an attachment, always as a download.
pub(crate) async fn download(site: &Site, token: &str) -> Result<Option<Answer>, Problem> {
    let reading = site.shelf.reading.acquire().await.map_err(|_| closed())?;
    let Some((name, media_type, bytes)) = site.engine.file(token).await? else { return Ok(None) };
    let bytes = site.shelf.hold(bytes).await?;
    drop(reading);
    let mut answer = answer::whole(StatusCode::OK, "application/octet-stream", bytes);
    let headers = answer.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&media_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    if let Ok(value) = HeaderValue::from_str(&disposition(&name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    // A file from outside must not run as a page of ours, whatever it claims to be.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'; base-uri 'none'"),
    );
    Ok(Some(answer))
}

/// Characters that turn the reading direction or cannot be seen: with them `exe.fdp` reads as a PDF.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// RFC 6266: a plain name for old programs, the true one in the form of RFC 8187. Neither has a folder in it.
fn disposition(name: &str) -> String {
    let kept: String =
        name.chars().filter(|c| !deceives(*c)).map(|c| if "/\\:".contains(c) { '_' } else { c }).collect();
    let kept = kept.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let kept = if kept.is_empty() { "file" } else { kept };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " -._()".contains(c);
    let plain: String = kept.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let mut out = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in kept.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_the_header_nor_deceive() {
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
            assert_eq!(disposition(name), want, "{name:?}");
            assert!(HeaderValue::from_str(&disposition(name)).is_ok(), "{name:?}");
        }
    }

    #[tokio::test]
    async fn room_is_given_back_with_the_last_byte() {
        let shelf = Shelf::new(10 * UNIT);
        let mut first = shelf.hold(vec![1; 6 * UNIT]).await.unwrap();
        let second = shelf.hold(vec![1; 6 * UNIT]);
        tokio::pin!(second);
        assert!(futures_ready(second.as_mut()).await.is_none(), "no room for a second one");
        let tail = first.split_off(5 * UNIT);
        drop(first);
        assert!(futures_ready(second.as_mut()).await.is_none(), "a part is still on its way");
        drop(tail);
        assert!(futures_ready(second.as_mut()).await.is_some());
        assert_eq!(shelf.room.available_permits(), 10);
        assert_eq!(shelf.hold(vec![1; 100 * UNIT]).await.unwrap().len(), 100 * UNIT, "a giant goes alone");
    }

    /// Polls once.
    async fn futures_ready<F: Future>(mut future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
            std::task::Poll::Ready(out) => std::task::Poll::Ready(Some(out)),
            std::task::Poll::Pending => std::task::Poll::Ready(None),
        })
        .await
    }
}

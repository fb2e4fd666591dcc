//! Request bodies, with limits. Nothing is read beyond them.

use crate::problem::Problem;
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::{Body, Bytes, Incoming};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// How long the other side may rest between two pieces of a body.
const REST: Duration = Duration::from_secs(60);
/// Largest line of JSON before a file, in bytes.
const MAX_LINE: usize = 4 << 20;
/// Largest file that may be imported, in bytes.
const MAX_IMPORT: u64 = 4 << 30;
/// How much of a file that was refused in the middle is read all the same, in bytes.
const MAX_UNHEARD: u64 = 256 << 20;

fn too_large(limit: u64) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        format!("the request is larger than {limit} bytes"),
        "send less, or raise `web.max_body`",
    )
}

/// The next piece of a body; `None` at its end.
async fn piece(body: &mut Incoming) -> Result<Option<Bytes>, Problem> {
    loop {
        let frame = tokio::time::timeout(REST, body.frame()).await.map_err(|_| Problem::late())?;
        let Some(frame) = frame else { return Ok(None) };
        // What is no data is a trailer, and says nothing to us.
        if let Ok(data) = frame.map_err(|_| Problem::bad("the request ended before its end"))?.into_data() {
            return Ok(Some(data));
        }
    }
}

/// The whole body, at most `limit` bytes.
pub(crate) async fn whole(mut body: Incoming, limit: u64) -> Result<Bytes, Problem> {
    if body.size_hint().lower() > limit {
        return Err(too_large(limit));
    }
    let mut out = Vec::new();
    while let Some(data) = piece(&mut body).await? {
        if (out.len() as u64).saturating_add(data.len() as u64) > limit {
            return Err(too_large(limit));
        }
        out.extend_from_slice(&data);
    }
    Ok(out.into())
}

/// The body as JSON.
pub(crate) async fn json<T: serde::de::DeserializeOwned>(body: Incoming, limit: u64) -> Result<T, Problem> {
    let bytes = whole(body, limit).await?;
    serde_json::from_slice(if bytes.is_empty() { b"{}" } else { &bytes }).map_err(|e| Problem::bad(e.to_string()))
}

/// A body that begins with one line of JSON; the rest is returned as it came.
pub(crate) fn split_first_line(bytes: &Bytes) -> Result<(&[u8], Bytes), Problem> {
    let end = bytes
        .iter()
        .position(|b| *b == b'\n')
        .ok_or_else(|| Problem::bad("the body must begin with one line of JSON"))?;
    Ok((bytes.get(..end).unwrap_or_default(), bytes.slice(end.saturating_add(1)..)))
}

/// A file that is removed when it is dropped.
pub(crate) struct Spooled {
    path: PathBuf,
}

impl Spooled {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        // Only a spool file: if it cannot be removed now, the next start removes the folder.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Writes a body to a spool file: first the JSON line, which is returned, then the rest, which becomes the file.
pub(crate) async fn spool(mut body: Incoming, folder: &Path, name: &str) -> Result<(Vec<u8>, Spooled), Problem> {
    let spooled = write_spool(&mut body, folder, name).await;
    if spooled.is_err() {
        // Whoever still sends when the connection ends hears a broken pipe instead of the reason.
        let mut left = MAX_UNHEARD;
        while let Ok(Some(data)) = piece(&mut body).await {
            left = left.saturating_sub(data.len() as u64);
            if left == 0 {
                break;
            }
        }
    }
    spooled
}

async fn write_spool(body: &mut Incoming, folder: &Path, name: &str) -> Result<(Vec<u8>, Spooled), Problem> {
    let failed = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::StorageFull => Problem::from(rundruf_store::StoreError::Full(folder.to_owned())),
        _ => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "spool", format!("cannot spool: {e}"), ""),
    };
    tokio::fs::create_dir_all(folder).await.map_err(failed)?;
    let spooled = Spooled { path: folder.join(name) };
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(spooled.path()).await.map_err(failed)?;
    let mut head: Vec<u8> = Vec::new();
    let mut in_head = true;
    let mut written = 0_u64;
    while let Some(mut data) = piece(body).await? {
        if in_head {
            match data.iter().position(|b| *b == b'\n') {
                Some(end) => {
                    head.extend_from_slice(data.get(..end).unwrap_or_default());
                    data = data.slice(end.saturating_add(1)..);
                    in_head = false;
                }
                None => {
                    head.extend_from_slice(&data);
                    data = Bytes::new();
                }
            }
            if head.len() > MAX_LINE {
                return Err(too_large(MAX_LINE as u64));
            }
        }
        written = written.saturating_add(data.len() as u64);
        if written > MAX_IMPORT {
            return Err(too_large(MAX_IMPORT));
        }
        file.write_all(&data).await.map_err(failed)?;
    }
    if in_head {
        return Err(Problem::bad("the body must begin with one line of JSON"));
    }
    file.flush().await.map_err(failed)?;
    Ok((head, spooled))
}

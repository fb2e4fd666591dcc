//! Reads request bodies up to a limit, into memory or into a spool file.

use crate::problem::Problem;
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::{Body, Bytes, Incoming};
use rundruf_lang::msg;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// How long a client may pause between two chunks of a body.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Largest JSON line in front of a file, in bytes.
const MAX_LINE: usize = 4 << 20;
/// Largest import file, in bytes.
const MAX_IMPORT: u64 = 4 << 30;
/// How much of a refused upload is still read and discarded, in bytes.
const MAX_DISCARDED: u64 = 256 << 20;

fn too_large(limit: u64) -> Problem {
    let message = msg!("web-request-too-large", limit = limit);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message).with_help(msg!("web-request-too-large-help"))
}

/// The next chunk of a body; `None` at its end.
async fn next_chunk(body: &mut Incoming) -> Result<Option<Bytes>, Problem> {
    loop {
        let frame = tokio::time::timeout(READ_TIMEOUT, body.frame()).await.map_err(|_| Problem::timed_out())?;
        let Some(frame) = frame else { return Ok(None) };
        // A frame without data is a trailer; trailers are ignored.
        if let Ok(data) = frame.map_err(|_| Problem::bad(msg!("web-request-incomplete")))?.into_data() {
            return Ok(Some(data));
        }
    }
}

/// Reads the whole body.
///
/// # Errors
/// 413 above `limit` bytes, 408 after [`READ_TIMEOUT`] without data, 400 if the client disconnects.
pub(crate) async fn read_all(mut body: Incoming, limit: u64) -> Result<Bytes, Problem> {
    if body.size_hint().lower() > limit {
        return Err(too_large(limit));
    }
    let mut out = Vec::new();
    while let Some(data) = next_chunk(&mut body).await? {
        if (out.len() as u64).saturating_add(data.len() as u64) > limit {
            return Err(too_large(limit));
        }
        out.extend_from_slice(&data);
    }
    Ok(out.into())
}

/// Reads the body as JSON; an empty body reads as `{}`.
pub(crate) async fn json<T: serde::de::DeserializeOwned>(body: Incoming, limit: u64) -> Result<T, Problem> {
    let bytes = read_all(body, limit).await?;
    serde_json::from_slice(if bytes.is_empty() { b"{}" } else { &bytes }).map_err(|e| Problem::bad_json(&e))
}

/// Splits a body into its first line (JSON) and the bytes after it.
pub(crate) fn split_first_line(bytes: &Bytes) -> Result<(&[u8], Bytes), Problem> {
    let end = bytes.iter().position(|b| *b == b'\n').ok_or_else(|| Problem::bad(msg!("web-no-json-line")))?;
    Ok((bytes.get(..end).unwrap_or_default(), bytes.slice(end.saturating_add(1)..)))
}

/// A temporary file, removed on drop.
pub(crate) struct SpoolFile {
    path: PathBuf,
}

impl SpoolFile {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SpoolFile {
    fn drop(&mut self) {
        // A failure is ignored: the next start removes the whole folder.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Writes a body to a spool file. Its first line (JSON) is returned, the bytes after it become the file.
///
/// # Errors
/// As [`read_all`], and 500 or 507 if the file cannot be written.
pub(crate) async fn spool(mut body: Incoming, folder: &Path, name: &str) -> Result<(Vec<u8>, SpoolFile), Problem> {
    let spooled = write_spool(&mut body, folder, name).await;
    if spooled.is_err() {
        // A client that is still sending when the connection closes would see a broken pipe instead of the response.
        let mut left = MAX_DISCARDED;
        while let Ok(Some(data)) = next_chunk(&mut body).await {
            left = left.saturating_sub(data.len() as u64);
            if left == 0 {
                break;
            }
        }
    }
    spooled
}

async fn write_spool(body: &mut Incoming, folder: &Path, name: &str) -> Result<(Vec<u8>, SpoolFile), Problem> {
    let failed = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::StorageFull => Problem::disk_full(msg!("web-disk-full", path = %folder.display())),
        _ => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "spool", msg!("web-cannot-spool").caused_by(&e)),
    };
    tokio::fs::create_dir_all(folder).await.map_err(failed)?;
    let spooled = SpoolFile { path: folder.join(name) };
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(spooled.path()).await.map_err(failed)?;
    let mut header: Vec<u8> = Vec::new();
    let mut in_header = true;
    let mut written = 0_u64;
    while let Some(mut data) = next_chunk(body).await? {
        if in_header {
            match data.iter().position(|b| *b == b'\n') {
                Some(end) => {
                    header.extend_from_slice(data.get(..end).unwrap_or_default());
                    data = data.slice(end.saturating_add(1)..);
                    in_header = false;
                }
                None => {
                    header.extend_from_slice(&data);
                    data = Bytes::new();
                }
            }
            if header.len() > MAX_LINE {
                return Err(too_large(MAX_LINE as u64));
            }
        }
        written = written.saturating_add(data.len() as u64);
        if written > MAX_IMPORT {
            return Err(too_large(MAX_IMPORT));
        }
        file.write_all(&data).await.map_err(failed)?;
    }
    if in_header {
        return Err(Problem::bad(msg!("web-no-json-line")));
    }
    file.flush().await.map_err(failed)?;
    Ok((header, spooled))
}

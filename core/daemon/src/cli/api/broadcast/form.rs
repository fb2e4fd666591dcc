//! What the arguments say, as the body of a request: texts in any encoding that editors write, pictures that they show, attachments.

use super::super::{Result, file_failed, many, text};
use super::start_time;
use crate::cli::text_file;
use crate::client::{CommandFailure, RequestBody};
use clap::ArgMatches;
use hyper::body::Bytes;
use jiff::tz::TimeZone;
use rundruf_engine::content::pictures;
use rundruf_lang::msg;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

/// Largest picture or attachment that is read, in bytes. The daemon's own limit is smaller and says so.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// A message that is read and can be sent several times: as a dry run, then in earnest.
pub(super) struct MessageForm {
    head: Value,
    files: Vec<Bytes>,
}

impl MessageForm {
    /// Reads texts, pictures and attachments.
    pub(super) fn read(m: &ArgMatches) -> Result<Self> {
        let mut texts = BTreeMap::new();
        let folder = if let Some(text) = m.get_one::<String>("text") {
            texts.insert("de", text.clone());
            PathBuf::new()
        } else {
            let path = PathBuf::from(text(m, "file"));
            texts.insert("de", text_file::read(&path)?);
            let english = path.with_extension("en.md");
            if english.exists() {
                texts.insert("en", text_file::read(&english)?);
            }
            path.parent().unwrap_or(Path::new("")).to_owned()
        };
        let mut files = Vec::new();
        let mut heads = Vec::new();
        for file in many(m, "attach") {
            let path = Path::new(file);
            let bytes = read_file(path)?;
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            heads.push(json!({"name": name, "media_type": media_type(&name), "size": bytes.len()}));
            files.push(Bytes::from(bytes));
        }
        let mut shown: Vec<String> = Vec::new();
        for text in texts.values() {
            shown.extend(pictures(text).into_iter().filter(|p| !shown.contains(p)).collect::<Vec<_>>());
        }
        for picture in shown {
            let path = picture_path(&folder, &picture);
            fs::metadata(&path).map_err(|e| missing(&picture, &path, &e))?;
            let bytes = read_file(&path)?;
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            heads.push(json!({"name": name, "media_type": media_type(&name), "size": bytes.len(), "picture": picture}));
            files.push(Bytes::from(bytes));
        }
        let subject: BTreeMap<&str, &str> = match m.get_one::<String>("subject") {
            Some(subject) => BTreeMap::from([("de", subject.strip_prefix('\u{feff}').unwrap_or(subject))]),
            None => BTreeMap::new(),
        };
        let head = json!({"list": text(m, "list"), "text": texts, "subject": subject, "attachments": heads});
        Ok(Self { head, files })
    }

    /// Adds a field.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        if let Value::Object(object) = &mut self.head {
            object.insert(name.to_owned(), value);
        }
    }

    /// Adds the times of `--at` and `--expires`.
    pub(super) fn set_times(&mut self, m: &ArgMatches, zone: &TimeZone) -> Result<()> {
        for (option, field) in [("at", "at"), ("expires", "expires_at")] {
            if let Some(text) = m.get_one::<String>(option) {
                self.set(field, json!(start_time::read(text, zone)?));
            }
        }
        Ok(())
    }

    /// When it begins, if that was said.
    pub(super) fn start_at(&self) -> Option<&str> {
        self.head.get("at").and_then(Value::as_str)
    }

    /// The body of a request, with one more field.
    pub(super) fn body(&self, name: &str, value: Value) -> RequestBody {
        let mut head = self.head.clone();
        if let Value::Object(object) = &mut head {
            object.insert(name.to_owned(), value);
        }
        let mut pieces: VecDeque<Bytes> = VecDeque::from([Bytes::from(format!("{head}\n"))]);
        pieces.extend(self.files.iter().cloned());
        RequestBody { pieces, file: None }
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let size = fs::metadata(path).map_err(|e| file_failed(path, &e))?.len();
    if size > MAX_FILE_BYTES {
        let message = msg!("daemon-file-too-large", file = %path.display(), most = MAX_FILE_BYTES >> 20);
        return Err(CommandFailure::new("attachment", message, msg!("daemon-file-too-large-help")));
    }
    fs::read(path).map_err(|e| file_failed(path, &e))
}

/// The file of a picture: beside the text; `%20` and the like are what an editor made of it.
fn picture_path(folder: &Path, picture: &str) -> PathBuf {
    let plain = picture.strip_prefix("file://").unwrap_or(picture);
    let path = folder.join(plain);
    if path.exists() || !plain.contains('%') {
        return path;
    }
    let mut bytes = Vec::with_capacity(plain.len());
    let mut rest = plain.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| first == b'%').and_then(|d| std::str::from_utf8(d).ok());
        match digits.and_then(|d| u8::from_str_radix(d, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_or(path, |decoded| folder.join(decoded))
}

fn missing(picture: &str, path: &Path, error: &std::io::Error) -> CommandFailure {
    let message = msg!("daemon-picture-failed", picture = picture, file = %path.display(), error = error);
    CommandFailure::new("picture", message, msg!("daemon-picture-failed-help"))
}

/// The media type for a file name, by its extension.
fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or("").to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "txt" | "md" => "text/plain",
        "mp4" => "video/mp4",
        "mp3" => "audio/mpeg",
        "ics" => "text/calendar",
        "vcf" => "text/vcard",
        _ => "application/octet-stream",
    }
}

//! Writes a message to a file. A file appears complete, and never replaces another.

use rundruf_plugin::{Content, Recipient};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Prefix of files that are being written.
const TEMPORARY: &str = ".writing-";

/// Removes incomplete files of a killed process.
pub(crate) fn remove_incomplete(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Replaces control characters by spaces, so that no value can add a header line.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The last component of a file name; `attachment` if nothing usable is left.
fn file_name(name: &str) -> String {
    let bare = name.rsplit(['/', '\\']).next().unwrap_or("");
    let safe: String = bare.chars().map(|c| if c.is_control() { '_' } else { c }).take(120).collect();
    if safe.trim_matches('.').is_empty() { "attachment".to_owned() } else { safe }
}

/// The content of the file: header lines, an empty line, the text.
fn text(content: &Content<'_>, to: &Recipient<'_>, id: &str) -> String {
    let channel = content.channel();
    let meta = |key| content.meta(key).unwrap_or_default();
    let domain = meta("list-id-domain");
    let mut out = format!(
        "To: {}\nChannel: {}\nList: {}\nSubject: {}\nMessage-Id: <{id}@{}>\n",
        line(&to.address()),
        line(&channel),
        line(&meta("list-name")),
        line(&content.subject_for(to)),
        if domain.is_empty() { "rundruf.invalid".to_owned() } else { line(&domain) }
    );
    if channel == "email" {
        out.push_str(&format!(
            "From: {} <news@{}>\nDate: {}\n",
            line(&meta("sender-name")).replace(['<', '>'], " "),
            line(&domain),
            line(&meta("date"))
        ));
        if let Some(url) = to.unsubscribe_url() {
            out.push_str(&format!(
                "List-Unsubscribe: <{}>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n",
                line(&url)
            ));
        }
        out.push_str("MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n");
    }
    for attachment in content.attachments() {
        out.push_str(&format!("X-Attachment: {id}.{}\n", file_name(&attachment.name)));
    }
    out.push('\n');
    out.push_str(&content.text_for(to));
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// Writes one message and its attachments; returns the name of the message's file.
pub(crate) fn write(folder: &Path, content: &Content<'_>, to: &Recipient<'_>) -> io::Result<String> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let id = to.message_id_hex();
    for attachment in content.attachments() {
        let name = format!("{id}.{}", file_name(&attachment.name));
        fs::write(folder.join(name), attachment.bytes)?;
    }
    let ending = if content.channel() == "email" { "eml" } else { "txt" };
    let temporary = folder.join(format!("{TEMPORARY}{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    fs::write(&temporary, text(content, to, &id))?;
    for n in 1..10_000 {
        let name = if n == 1 { format!("{id}.{ending}") } else { format!("{id}.double-{n}.{ending}") };
        // Unlike a rename, a hard link fails if the file exists, so a duplicate message is never hidden.
        match fs::hard_link(&temporary, folder.join(&name)) {
            Ok(()) => {
                fs::remove_file(&temporary)?;
                return Ok(name);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many messages of one id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_the_folder() {
        for (name, want) in [
            ("a.pdf", "a.pdf"),
            ("../../etc/passwd", "passwd"),
            ("..", "attachment"),
            ("a\nb", "a_b"),
            ("", "attachment"),
        ] {
            assert_eq!(file_name(name), want);
        }
        assert_eq!(line("a\r\nBcc: b"), "a  Bcc: b");
    }
}

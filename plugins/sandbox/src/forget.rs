//! Removes the files of a person: messages to it with their attachments, and messages from it that are not stored yet.

use crate::Sandbox;
use crate::inbound;
use rundruf_plugin::{Forget, NotForgotten, async_trait};
use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// The header lines of a message are within these bytes.
const HEAD: u64 = 4_096;

/// Whether a message in a file is for one of these addresses.
fn is_for(head: &str, addresses: &[(String, String)]) -> bool {
    let field = |name: &str| head.lines().take_while(|l| !l.is_empty()).find_map(|l| l.strip_prefix(name));
    let (Some(to), Some(channel)) = (field("To: "), field("Channel: ")) else { return false };
    addresses.iter().any(|(c, value)| c == channel && value.eq_ignore_ascii_case(to))
}

fn head(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(HEAD).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Removes a file; one that is gone already is as good.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Names of the files in a folder.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(folder)?;
    Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

/// Removes everything about these addresses. Returns the number of messages to them; one that was sent twice counts once.
pub(crate) fn forget(folder: &Path, addresses: &[(String, String)]) -> io::Result<usize> {
    let all = names(folder)?;
    let mut count = 0;
    for name in all.iter().filter(|name| name.ends_with(".eml") || name.ends_with(".txt")) {
        let path = folder.join(name);
        match head(&path) {
            Ok(head) if is_for(&head, addresses) => {}
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => continue,
        }
        // Attachments have the id of their message in front. They go first: the message names them.
        if let Some((id, _)) = name.split_once('.') {
            for file in
                all.iter().filter(|n| n.strip_prefix(id).is_some_and(|rest| rest.starts_with('.')) && *n != name)
            {
                remove(&folder.join(file))?;
            }
        }
        remove(&path)?;
        count += 1;
    }
    let incoming = folder.join("in");
    for part in [incoming.clone(), incoming.join("refused")] {
        for name in names(&part)? {
            let from = inbound::sender(Path::new(&name));
            if from.is_some_and(|(c, from)| {
                addresses.iter().any(|(channel, v)| *channel == c && v.eq_ignore_ascii_case(&from))
            }) {
                remove(&part.join(&name))?;
            }
        }
    }
    // What was removed is gone from the disk, not only from memory.
    fs::File::open(folder)?.sync_all()?;
    Ok(count)
}

#[async_trait]
impl Forget for Sandbox {
    async fn forget(&self, addresses: &[(String, String)]) -> Result<(), NotForgotten> {
        let (folder, addresses) = (self.config.folder.clone(), addresses.to_vec());
        let done = tokio::task::spawn_blocking(move || forget(&folder, &addresses)).await;
        match done {
            Ok(Ok(count)) => {
                tracing::debug!(count, "files of a person were removed");
                Ok(())
            }
            Ok(Err(error)) => Err(NotForgotten::new(format!("cannot remove files: {error}"))),
            Err(_) => Err(NotForgotten::new("the removal was cut off")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_that_person_go_and_others_stay() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("in/refused")).unwrap();
        let write = |name: &str, text: &str| fs::write(at(name), text).unwrap();
        write("1.eml", "To: Anna@x.example\nChannel: email\n\nHallo");
        write("1.plan.pdf", "PDF");
        write("1.double-2.eml", "To: anna@x.example\nChannel: email\n\nHallo");
        write("2.eml", "To: joanna@x.example\nChannel: email\n\nTo: anna@x.example\nChannel: email");
        write("3.txt", "To: anna@x.example\nChannel: threema\n\nHallo");
        write("in/email:anna@x.example.txt", "JA");
        write("in/email:bea@x.example.txt", "JA");
        let anna = [("email".to_owned(), "anna@x.example".to_owned())];
        assert_eq!(forget(dir.path(), &anna).unwrap(), 1);
        let mut left = names(dir.path()).unwrap();
        left.sort();
        assert_eq!(left, ["2.eml", "3.txt", "in"]);
        assert_eq!(names(&at("in")).unwrap().len(), 2, "the other sender's, and the folder");
        // Asked again, there is nothing to do.
        assert_eq!(forget(dir.path(), &anna).unwrap(), 0);
    }
}

//! What engine, store, plugins and pages say in English, in German. `{}` stands for what differs, in the same order in both.
//!
//! The libraries speak one language, so that a log can be searched; people read theirs. A test holds each line beside the sources.

mod keep; // store, proofs, doctor
mod machine; // plugins, pages, local interface
mod message; // broadcasts and what they say
mod people; // lists, people, addresses, consents

mod system; // what the system says

/// All phrases: English, German.
fn phrases() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    [people::PHRASES, message::PHRASES, keep::PHRASES, machine::PHRASES].into_iter().flatten()
}

/// The German of a sentence; itself, if nobody has translated it. What stands in its holes is translated as well.
pub(super) fn german(text: &str) -> String {
    let german = inside(text, 3);
    let one = |text: String, (english, german): &(&str, &str)| text.replace(english, german);
    system::PHRASES.iter().fold(german, one)
}

fn inside(text: &str, depth: u8) -> String {
    let fits = |(english, german): &(&str, &'static str)| holes(english, text).map(|found| (found, *german));
    // The phrase with the most words of its own says the most.
    let best = phrases().filter_map(|p| Some((p.0.len(), fits(p)?))).max_by_key(|(length, _)| *length);
    let Some((_, (found, german))) = best.filter(|_| depth > 0) else { return text.to_owned() };
    let mut found = found.into_iter();
    let mut out = String::new();
    for (n, piece) in german.split("{}").enumerate() {
        if n > 0 {
            out.push_str(&inside(found.next().unwrap_or(""), depth - 1));
        }
        out.push_str(piece);
    }
    out
}

/// What stands in the holes of a phrase, if the text is of its form.
fn holes<'a>(phrase: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = phrase.split("{}");
    let mut before = pieces.next()?;
    let mut rest = text.strip_prefix(before)?;
    let mut found = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let at = match (piece, pieces.peek()) {
            ("", None) => rest.len(),
            (piece, None) => rest.len().checked_sub(piece.len()).filter(|_| rest.ends_with(piece))?,
            (piece, Some(_)) => rest.find(piece)?,
        };
        let (hole, after) = rest.split_at_checked(at)?;
        // What is named in backticks ends with the next one: else it would be the name and half of a sentence.
        if before.ends_with('`') && piece.starts_with('`') && hole.contains('`') {
            return None;
        }
        before = piece;
        found.push(hole);
        rest = after.get(piece.len()..)?;
    }
    rest.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[track_caller]
    fn check(english: &str, want: &str) {
        assert_eq!(german(english), want);
    }

    #[test]
    fn sentences_and_what_is_in_them() {
        check("there is no broadcast `7`", "es gibt keine Aussendung `7`");
        check("`a`: No such file or directory (os error 2)", "`a`: gibt es nicht (Systemfehler 2)");
        check("something that nobody knows", "something that nobody knows");
        check("there is no broadcast `a", "there is no broadcast `a");
    }

    #[test]
    fn as_many_holes_in_both() {
        for (english, german) in phrases() {
            assert_eq!(english.matches("{}").count(), german.matches("{}").count(), "{english}");
            assert_ne!(english, german);
        }
    }

    /// The system's words are what the library really says.
    #[test]
    fn the_system_speaks_like_this() {
        for (english, _) in system::PHRASES.iter().filter(|(e, _)| e.contains("os error")) {
            let number = english.rsplit(' ').next().unwrap().trim_end_matches(')').parse().unwrap();
            assert_eq!(std::io::Error::from_raw_os_error(number).to_string(), *english);
        }
    }

    fn sources(folder: &Path, out: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                sources(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    /// Rust literals as they are meant: continued lines in one, `{{` once, and each `{…}` a hole.
    fn meant(source: &str) -> String {
        let mut out = String::new();
        for (n, line) in source.split("\\\n").enumerate() {
            out.push_str(if n == 0 { line } else { line.trim_start() });
        }
        out.replace("\\\"", "\"").replace("{{{{", "{{").replace("}}}}", "}}")
    }

    /// A text that was changed there is noticed here: each phrase's own words stand in the sources.
    #[test]
    fn every_phrase_is_still_said() {
        let core = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut said = String::new();
        for part in ["check", "consent", "engine", "host", "store", "web"] {
            sources(&core.join(part).join("src"), &mut said);
        }
        said.push_str(include_str!("../daemon.rs"));
        // The catalogue says some of them already, where a caller still hands on the English text.
        said.push_str(&std::fs::read_to_string(core.join("lang/en.ftl")).unwrap());
        let said = meant(&said);
        let mut gone = Vec::new();
        for (english, _) in phrases() {
            // Some sentences are put together: `there is no {what}`, `{words}: nothing changes`.
            let is_said = |words: &str| {
                let words = words.trim_matches([' ', ':', ',', '`', '.']);
                said.contains(words) || words.split(": ").all(|w| said.contains(w.trim_start_matches("there is no ")))
            };
            let lost = english.split("{}").find(|w| !is_said(w));
            gone.extend(lost.map(|lost| format!("{english}: nobody says “{lost}”")));
        }
        assert!(gone.is_empty(), "{}", gone.join("\n"));
    }
}

//! Rust text reduced to what a rule looks at.

/// The code of a source: comments and the contents of string and character literals become spaces; lines stay where they are.
#[must_use]
pub fn code(text: &str) -> String {
    split(text).0
}

/// The comments of a source (`//`, `///`, `//!`, `/* */`), everything else is spaces; lines stay where they are.
#[must_use]
pub fn comments(text: &str) -> String {
    split(text).1
}

/// The same without items for tests: what `#[cfg(test)]` is before.
#[must_use]
pub fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        let (before, item) = rest.split_at(at);
        out.push_str(before);
        let end = MARK.len() + item_end(&item[MARK.len()..]);
        out.extend(item[..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &item[end..];
    }
    out.push_str(rest);
    out
}

/// Where an item ends, in bytes: after its `;`, or after its block.
fn item_end(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && c == '}' {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// Where the reader is.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Code,
    LineComment,
    /// Comments in comments: how deep.
    BlockComment(usize),
    Text,
    /// A raw string: how many `#` end it.
    RawText(usize),
}

/// What a piece of text belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Piece {
    Code,
    Comment,
    Literal,
}

fn split(text: &str) -> (String, String) {
    let (mut code, mut comments) = (String::with_capacity(text.len()), String::with_capacity(text.len()));
    let all: Vec<char> = text.chars().collect();
    let mut part = Part::Code;
    let mut at = 0;
    while at < all.len() {
        let (piece, taken, then) = piece(&all, at, part);
        let end = (at + taken).min(all.len());
        for c in &all[at..end] {
            let blank = if *c == '\n' { '\n' } else { ' ' };
            code.push(if piece == Piece::Code { *c } else { blank });
            comments.push(if piece == Piece::Comment { *c } else { blank });
        }
        (part, at) = (then, end);
    }
    (code, comments)
}

/// The next piece of text: what it is, how many characters it has, and what follows.
fn piece(all: &[char], at: usize, part: Part) -> (Piece, usize, Part) {
    let c = all[at];
    let next = all.get(at + 1).copied().unwrap_or(' ');
    match part {
        Part::Code => match (c, next) {
            ('/', '/') => (Piece::Comment, 2, Part::LineComment),
            ('/', '*') => (Piece::Comment, 2, Part::BlockComment(1)),
            ('"', _) => (Piece::Literal, 1, Part::Text),
            ('r', '"' | '#') if !name_before(all, at) => {
                let hashes = all[at + 1..].iter().take_while(|c| **c == '#').count();
                match all.get(at + 1 + hashes) {
                    Some('"') => (Piece::Literal, 2 + hashes, Part::RawText(hashes)),
                    _ => (Piece::Code, 1, Part::Code),
                }
            }
            // A character, or a lifetime: `'x'` and `'\n'` against `'a`.
            ('\'', '\\') => {
                let inside = all[at + 3..].iter().take_while(|c| **c != '\'').count();
                (Piece::Literal, 4 + inside, Part::Code)
            }
            ('\'', _) if all.get(at + 2) == Some(&'\'') => (Piece::Literal, 3, Part::Code),
            _ => (Piece::Code, 1, Part::Code),
        },
        Part::LineComment if c == '\n' => (Piece::Code, 1, Part::Code),
        Part::LineComment => (Piece::Comment, 1, part),
        Part::BlockComment(depth) => match (c, next) {
            ('/', '*') => (Piece::Comment, 2, Part::BlockComment(depth + 1)),
            ('*', '/') if depth == 1 => (Piece::Comment, 2, Part::Code),
            ('*', '/') => (Piece::Comment, 2, Part::BlockComment(depth - 1)),
            _ => (Piece::Comment, 1, part),
        },
        Part::Text => match c {
            '\\' => (Piece::Literal, 2, part),
            '"' => (Piece::Literal, 1, Part::Code),
            _ => (Piece::Literal, 1, part),
        },
        Part::RawText(hashes) => {
            let ends = c == '"' && all[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
            if ends { (Piece::Literal, 1 + hashes, Part::Code) } else { (Piece::Literal, 1, part) }
        }
    }
}

/// Whether a name ends right before this place: then an `r` belongs to it.
fn name_before(all: &[char], at: usize) -> bool {
    let is_name = |at: usize| all.get(at).is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let byte_string = at > 0 && all[at - 1] == 'b' && (at < 2 || !is_name(at - 2));
    at > 0 && is_name(at - 1) && !byte_string
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_are_no_code() {
        let text = "let a = \"use b // c\"; // use d\nlet e = r#\"use \"f\"#; let g = '\"'; let h: &'static str; let i = '\\''; /* use j /* k */ */ l();\n";
        let code = code(text);
        for word in ["b", "d", "f", "j", "k"] {
            assert!(!code.split(|c: char| !c.is_alphanumeric()).any(|w| w == word), "{word}: {code}");
        }
        assert!(
            code.contains("let g =") && code.contains("let h: &'static str;") && code.contains("let i ="),
            "{code}"
        );
        assert!(code.contains("l();"), "{code}");
        assert_eq!(code.lines().count(), text.lines().count());
        let comments = comments(text);
        assert!(comments.contains("use d") && comments.contains("use j") && !comments.contains("use b"), "{comments}");
    }

    #[test]
    fn tests_are_left_out() {
        let text = "use a;\n#[cfg(test)]\nuse b;\n#[cfg(test)]\nmod tests { use c; fn x() { {} } }\nuse d;\n";
        assert_eq!(without_tests(text).split_whitespace().collect::<String>(), "usea;used;");
    }
}

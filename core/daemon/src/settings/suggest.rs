//! "Did you mean": suggests the most similar name.

use rundruf_lang::{Message, msg};

/// The most similar name, if it is similar enough.
pub(super) fn similar<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let distances = names.iter().map(|n| (strsim::levenshtein(name, n), *n));
    distances.filter(|(distance, n)| *distance <= 2.max(n.len() / 4)).min().map(|(_, n)| n)
}

/// The most similar name as a question, else a list of all names.
pub(super) fn help(name: &str, names: &[&str]) -> Message {
    match similar(name, names) {
        None if names.is_empty() => msg!("daemon-there-are-no-settings-here"),
        Some(similar) => msg!("daemon-did-you-mean", name = similar),
        None => msg!("daemon-known-are", names = names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::similar;

    #[test]
    fn a_typing_error_is_similar() {
        assert_eq!(similar("smpt", &["smtp", "email"]), Some("smtp"));
        assert_eq!(similar("list", &["lists", "retry"]), Some("lists"));
        assert_eq!(similar("something", &["lists", "retry"]), None);
    }
}

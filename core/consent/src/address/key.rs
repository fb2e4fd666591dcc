//! The key of an e-mail address: what two spellings of one mailbox have in common.

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Case-folds a text: two texts that differ in case or in Unicode form alone become equal. Folding a folded text changes nothing.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = once(text);
    // Composing can make a letter that folds once more; Unicode needs two rounds at most.
    for _ in 0..3 {
        let again = once(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    folded
}

/// Letter by letter by way of its upper case, so that `ß`, `ẞ` and `SS` agree, and no letter depends on its neighbours.
fn once(text: &str) -> String {
    let upper = |c: char| c.to_uppercase();
    text.nfc().flat_map(upper).flat_map(char::to_lowercase).nfc().collect()
}

/// The text in Unicode form NFC: the same letters, one way to write them.
pub(super) fn composed(text: &str) -> String {
    if is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

/// The key of an e-mail address in valid form.
pub(super) fn email(value: &str) -> String {
    match value.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{}", fold(local), domain.to_ascii_lowercase()),
        None => fold(value),
    }
}

/// The mailbox behind a key with a tag: `anna+brot@x` → `anna@x`. `None` where there is no tag, or nothing before it.
pub(super) fn untagged(key: &str) -> Option<String> {
    let (local, domain) = key.rsplit_once('@')?;
    let (base, _) = local.split_once('+')?;
    (!base.is_empty()).then(|| format!("{base}@{domain}"))
}

//! "Did you mean": the nearest of some names.

use crate::speech::Speech;

/// The nearest of some names, if it is near.
pub(super) fn near<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let distance = |other: &str| {
        let b: Vec<char> = other.chars().collect();
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in name.chars().enumerate() {
            let mut diagonal = i;
            let mut left = i + 1;
            let mut next = vec![left];
            for (y, up) in b.iter().zip(row.iter().skip(1)) {
                let cell = (diagonal + usize::from(x != *y)).min(left + 1).min(up + 1);
                diagonal = *up;
                left = cell;
                next.push(cell);
            }
            row = next;
        }
        row.last().copied().unwrap_or(usize::MAX)
    };
    names.iter().map(|n| (distance(n), *n)).filter(|(d, n)| *d <= 2.max(n.len() / 4)).min().map(|(_, n)| n)
}

/// The nearest name as a question, else all of them.
pub(super) fn help(name: &str, names: &[&str], speech: Speech) -> String {
    match (near(name, names), speech) {
        (None, Speech::De) if names.is_empty() => "hier gibt es keine Einstellungen: lass es weg".to_owned(),
        (None, Speech::En) if names.is_empty() => "there are no settings here: leave it out".to_owned(),
        (Some(near), Speech::De) => format!("meintest du `{near}`?"),
        (Some(near), Speech::En) => format!("did you mean `{near}`?"),
        (None, Speech::De) => format!("bekannt sind: {}", names.join(", ")),
        (None, Speech::En) => format!("known are: {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn near_is_near() {
        assert_eq!(near("smpt", &["smtp", "email"]), Some("smtp"));
        assert_eq!(near("list", &["lists", "retry"]), Some("lists"));
        assert_eq!(near("something", &["lists", "retry"]), None);
    }
}

//! "Did you mean".

/// What to say to somebody who names something that does not exist.
pub(crate) fn help<'a>(name: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    nearest(name, names.clone()).map_or_else(
        || format!("there are: {}", names.collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean `{near}`?"),
    )
}

/// The nearest name, for "did you mean".
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |other: &str| {
        let (a, b): (Vec<char>, Vec<char>) = (name.chars().collect(), other.chars().collect());
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut before = i;
            if let Some(first) = row.first_mut() {
                *first = i + 1;
            }
            for (j, y) in b.iter().enumerate() {
                let (left, up) = (row.get(j).copied().unwrap_or(0), row.get(j + 1).copied().unwrap_or(0));
                let next = (before + usize::from(x != y)).min(left + 1).min(up + 1);
                before = up;
                if let Some(slot) = row.get_mut(j + 1) {
                    *slot = next;
                }
            }
        }
        row.last().copied().unwrap_or(usize::MAX)
    };
    names.map(|n| (distance(n), n)).filter(|(d, _)| *d <= 3).min().map(|(_, n)| n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far() {
        for (name, want) in [
            ("angebot", "did you mean `angebote`?"),
            ("Rezepte", "did you mean `rezepte`?"),
            ("stellenmarkt", "there are: angebote, rezepte"),
        ] {
            assert_eq!(help(name, ["angebote", "rezepte"].into_iter()), want);
        }
    }
}

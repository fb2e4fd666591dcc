//! "Did you mean": help for a name that does not exist.

use rundruf_lang::{Message, msg};

/// Largest edit distance of a suggestion.
const NEAR: usize = 3;

/// Names the nearest one, or all that there are.
pub(crate) fn suggestion<'a>(name: &str, names: impl Iterator<Item = &'a str> + Clone) -> Message {
    let distances = names.clone().map(|n| (strsim::levenshtein(name, n), n));
    distances.filter(|(distance, _)| *distance <= NEAR).min().map_or_else(
        || msg!("engine-there-are", names = names.collect::<Vec<_>>().join(", ")),
        |(_, near)| msg!("engine-did-you-mean", name = near),
    )
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
            assert_eq!(suggestion(name, ["angebote", "rezepte"].into_iter()).to_string(), want);
        }
    }
}

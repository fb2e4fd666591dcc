//! Names of types, and where each is defined.

use crate::{manifest, source, tree};
use std::collections::{BTreeMap, BTreeSet};

/// Every type of the crates' `src`, tests among them: crate, then name, then the files that define one of that name.
#[must_use]
pub fn types() -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
    let mut all: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for krate in manifest::crates() {
        let of = all.entry(krate.clone()).or_default();
        for file in tree::files(&[&format!("{krate}/src")]).into_iter().filter(|f| f.ends_with(".rs")) {
            for name in types_in(&source::code(&tree::read(&file))) {
                of.entry(name).or_default().push(file.clone());
            }
        }
    }
    all
}

/// Names defined in more than one crate, with these crates.
#[must_use]
pub fn shared(types: &BTreeMap<String, BTreeMap<String, Vec<String>>>) -> BTreeMap<String, BTreeSet<String>> {
    let mut crates: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (krate, names) in types {
        for name in names.keys() {
            crates.entry(name.clone()).or_default().insert(krate.clone());
        }
    }
    crates.retain(|_, of| of.len() > 1);
    crates
}

/// Types that this code defines. An associated type (`type X = …` inside a block) is none of them.
#[must_use]
pub fn types_in(code: &str) -> Vec<String> {
    let mut out = Vec::new();
    for line in code.lines() {
        let mut words =
            line.split_whitespace().skip_while(|w| w.starts_with("pub") || w.ends_with(')') || *w == "unsafe");
        let (Some(kind), Some(rest)) = (words.next(), words.next()) else { continue };
        let is_type = match kind {
            "struct" | "enum" | "trait" | "union" => true,
            "type" => !line.starts_with(' '),
            _ => false,
        };
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if is_type && name.starts_with(char::is_uppercase) {
            out.push(name);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn types_are_found() {
        let code = "pub(crate) struct A<'a> {\npub(in crate::x) enum B {}\n    type Item = u8;\ntype C = u8;\nunsafe trait D: E {}\npub unsafe trait F\nlet structure = 1;\n  union G {";
        assert_eq!(super::types_in(code), ["A", "B", "C", "D", "F", "G"]);
    }
}

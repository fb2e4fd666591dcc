//! One name for one thing: no type name is defined twice in a crate, and hardly one in two crates.

use rundruf_tidy::names;

/// Names that several crates may share, and why.
const SHARED: &[(&str, &str)] = &[
    ("Result", "each crate's alias for its own error"),
    ("InboundKind", "the SDK's safe twin of the contract's number"),
    ("ReceiptKind", "the SDK's safe twin of the contract's number"),
    ("Reach", "the SDK's safe twin of the contract's number"),
];

#[test]
fn no_type_name_stands_twice_in_a_crate() {
    let mut repeated = Vec::new();
    for (krate, names) in names::types() {
        for (name, files) in names.into_iter().filter(|(_, files)| files.len() > 1) {
            repeated.push(format!("{krate}: `{name}` in {}", files.join(", ")));
        }
    }
    println!("type names defined twice within a crate: {}", repeated.len());
    assert!(repeated.is_empty(), "{}", repeated.join("\n"));
}

#[test]
fn hardly_a_type_name_stands_in_two_crates() {
    let types = names::types();
    let all: std::collections::BTreeSet<&String> = types.values().flat_map(|names| names.keys()).collect();
    assert!(all.len() > 300, "only {} type names found: is the search broken?", all.len());
    let shared = names::shared(&types);
    for (name, _) in SHARED {
        assert!(shared.contains_key(*name), "`{name}` is not shared any more: shorten the table");
    }
    let other: Vec<String> = shared
        .iter()
        .filter(|(name, _)| SHARED.iter().all(|(known, _)| known != name))
        .map(|(name, crates)| format!("`{name}` in {}", crates.iter().cloned().collect::<Vec<_>>().join(", ")))
        .collect();
    println!("{} of {} type names are defined in two crates or more:\n{}", other.len(), all.len(), other.join("\n"));
    assert!(other.len() * 100 <= all.len() * 2, "more than 2 %:\n{}", other.join("\n"));
}

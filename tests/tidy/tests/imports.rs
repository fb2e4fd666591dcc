//! No crate has a knot: in no crate do more than two files import each other in a circle.

use rundruf_tidy::imports::Imports;
use rundruf_tidy::manifest;

/// Crates that still have circles, and how many files the largest may have. Shrink it, never extend it.
const KNOTS: &[(&str, usize)] = &[("core/daemon", 12)];

#[test]
fn no_crate_has_a_knot() {
    let mut knots = String::new();
    for krate in manifest::crates() {
        let imports = Imports::of(&krate);
        assert!(!imports.edges.is_empty(), "{krate}: no sources found");
        let most = KNOTS.iter().find(|(name, _)| *name == krate).map_or(2, |(_, most)| *most);
        for circle in imports.circles(2) {
            println!("{krate}: {} files import each other:\n{}", circle.len(), imports.inside(&circle));
            if circle.len() > most {
                knots.push_str(&format!("{krate}: {} files\n{}", circle.len(), imports.inside(&circle)));
            }
        }
    }
    assert!(knots.is_empty(), "circles over more than two files:\n{knots}");
}

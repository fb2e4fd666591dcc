//! No crate has a knot: in no crate do more than two files import each other in a circle.

use rundruf_tidy::imports::Imports;
use rundruf_tidy::manifest;

#[test]
fn no_crate_has_a_knot() {
    let mut knots = String::new();
    for krate in manifest::crates() {
        let imports = Imports::of(&krate);
        assert!(!imports.edges.is_empty(), "{krate}: no sources found");
        for circle in imports.circles(2) {
            knots.push_str(&format!("{krate}: {} files import each other\n{}", circle.len(), imports.inside(&circle)));
        }
    }
    assert!(knots.is_empty(), "circles over more than two files:\n{knots}");
}

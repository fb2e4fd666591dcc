//! Every citation of the consent specification in code and READMEs resolves to a place in `core/consent/SPEC.md`.

use rundruf_tidy::tree;
use std::collections::BTreeSet;

/// A line that names one of these cites that document's section, not ours.
const OTHER_DOCUMENTS: &[&str] = &["RFC ", "UWG", "DDG", "TDDDG", "BGB", "TKG", "GDPR", "ISO"];

const SPEC: &str = "core/consent/SPEC.md";

/// Numbers that follow `mark` in a line, such as `2.3` in `§2.3` (mark `§`), without the mark.
fn numbers_after(line: &str, mark: char) -> Vec<String> {
    let mut found = Vec::new();
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if c == mark && !before.is_alphanumeric() && before != '_' {
            let rest = &line[at + mark.len_utf8()..];
            let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            let next = rest.chars().nth(number.len());
            if !number.is_empty() && !next.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                found.push(number.trim_end_matches('.').to_owned());
            }
        }
        before = c;
    }
    found
}

fn cites_another_document(line: &str) -> bool {
    OTHER_DOCUMENTS.iter().any(|name| line.contains(name))
}

/// Sections (`2.3`) that the specification has a heading and an anchor for.
fn sections() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut anchor = "";
    let text = tree::read(SPEC);
    for line in text.lines() {
        if let Some(id) = line.strip_prefix("<a id=\"s").and_then(|l| l.strip_suffix("\"></a>")) {
            anchor = id;
        } else if line.starts_with("## §") || line.starts_with("### §") {
            let number = numbers_after(line, '§').remove(0);
            assert_eq!(anchor, number, "{SPEC}: the heading `{line}` needs the anchor `s{number}` on the line before");
            found.insert(number);
        }
    }
    found
}

/// Requirements (`11`) that have a row with an anchor.
fn requirements() -> BTreeSet<String> {
    let text = tree::read(SPEC);
    let row = |line: &str| {
        let (id, rest) = line.strip_prefix("| <a id=\"r")?.split_once("\"></a>R")?;
        let cells = rest.matches(" | ").count();
        assert!(
            rest.starts_with(&format!("{id} | ")) && cells == 3,
            "{SPEC}: row R{id} needs number, text, source, code"
        );
        Some(id.to_owned())
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn every_requirement_has_a_row() {
    let wanted: BTreeSet<String> = (1..=40).map(|n| n.to_string()).collect();
    assert_eq!(requirements(), wanted);
}

#[test]
fn every_citation_resolves() {
    let (sections, requirements) = (sections(), requirements());
    let mut cited = 0;
    let mut dangling = Vec::new();
    let is_text = |path: &&String| [".rs", ".md", ".h", ".c", ".sql", ".toml"].iter().any(|end| path.ends_with(end));
    for path in tree::files(&["core", "plugins"]).iter().filter(is_text) {
        for (n, line) in tree::read(path).lines().enumerate() {
            let in_spec = path == SPEC;
            // In code only comments and assertion texts cite; a name such as `R2` elsewhere would be no citation.
            let comment = if path.ends_with(".rs") { line.find("//").map(|at| &line[at..]) } else { Some(line) };
            let Some(comment) = comment else { continue };
            if in_spec || !cites_another_document(comment) {
                for number in numbers_after(comment, '§') {
                    // The specification itself names sections of laws, each after the law's name.
                    let known = sections.contains(&number) || (in_spec && cites_another_document(comment));
                    cited += 1;
                    if !known {
                        dangling.push(format!("{path}:{}: §{number}", n + 1));
                    }
                }
            }
            for number in numbers_after(comment, 'R') {
                cited += 1;
                if !requirements.contains(&number) {
                    dangling.push(format!("{path}:{}: R{number}", n + 1));
                }
            }
        }
    }
    assert!(cited > 60, "only {cited} citations found: is the search broken?");
    assert!(dangling.is_empty(), "not in {SPEC}:\n{}", dangling.join("\n"));
}

#[test]
fn settings_that_the_specification_names_exist() {
    let (spec, schema) = (tree::read(SPEC), tree::read("config/rundruf.schema.json"));
    for key in ["optin.expires_after", "sender.imprint_url", "sender.privacy_url"] {
        assert!(spec.contains(&format!("`{key}`")), "{SPEC} does not name `{key}` any more: shorten this list");
        let (section, name) = key.split_once('.').unwrap();
        assert!(
            schema.contains(&format!("\"{section}\"")) && schema.contains(&format!("\"{name}\"")),
            "no setting `{key}`"
        );
    }
}

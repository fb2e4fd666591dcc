//! Both languages say the same things, and the sources use exactly what is there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const ENGLISH: &str = include_str!("../en.ftl");
const GERMAN: &str = include_str!("../de.ftl");
const FORMAL: &str = include_str!("../de_formal.ftl");

/// Sentences that are the same in both languages. Those without a letter of their own need no entry.
const SAME: &[&str] = &[
    "daemon-help-csv",
    "daemon-help-proof-zip",
    "daemon-help-resolve",
    "daemon-sha-256",
    "daemon-store-file-owner-help",
];

/// A message of a file: its arguments, its own words, the section that it is in.
struct Entered {
    arguments: BTreeSet<String>,
    words: String,
    section: String,
}

fn read(source: &str) -> BTreeMap<String, Entered> {
    let resource = fluent_syntax::parser::parse(source).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
    let mut section = String::new();
    let mut all = BTreeMap::new();
    for entry in resource.body {
        match entry {
            Entry::GroupComment(comment) => section = comment.content.join(" ").trim().to_owned(),
            Entry::Message(message) => {
                let mut entered =
                    Entered { arguments: BTreeSet::new(), words: String::new(), section: section.clone() };
                walk(&message.value.expect("a message has a text"), &mut entered);
                let name = message.id.name.to_owned();
                assert!(all.insert(name, entered).is_none(), "`{}` is there twice", message.id.name);
            }
            Entry::Term(term) => panic!("`-{}`: messages do not refer to terms", term.id.name),
            _ => {}
        }
    }
    all
}

fn walk(pattern: &Pattern<&str>, out: &mut Entered) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => out.words.push_str(value),
            PatternElement::Placeable { expression } => expression_in(expression, out),
        }
    }
}

fn expression_in(expression: &Expression<&str>, out: &mut Entered) {
    match expression {
        Expression::Inline(inline) => inline_in(inline, out),
        Expression::Select { selector, variants } => {
            inline_in(selector, out);
            variants.iter().for_each(|v| walk(&v.value, out));
        }
    }
}

fn inline_in(inline: &InlineExpression<&str>, out: &mut Entered) {
    match inline {
        InlineExpression::VariableReference { id } => {
            out.arguments.insert(id.name.to_owned());
        }
        InlineExpression::StringLiteral { value } => out.words.push_str(value),
        InlineExpression::NumberLiteral { .. } => {}
        InlineExpression::Placeable { expression } => expression_in(expression, out),
        other => panic!("neither functions nor references to other messages: {other:?}"),
    }
}

#[test]
fn both_languages_have_each_key_with_the_same_arguments() {
    let (english, german) = (read(ENGLISH), read(GERMAN));
    for (key, entered) in &english {
        let other = german.get(key).unwrap_or_else(|| panic!("`{key}` is not in de.ftl"));
        assert_eq!(entered.arguments, other.arguments, "`{key}`");
        assert_eq!(entered.section, other.section, "`{key}`");
        let prefix = format!("{}-", entered.section);
        assert!(key.starts_with(&prefix), "`{key}` is in the section `{}`", entered.section);
    }
    for key in german.keys() {
        assert!(english.contains_key(key), "`{key}` is not in en.ftl");
    }
}

#[test]
fn no_english_is_left_in_german() {
    let (english, german) = (read(ENGLISH), read(GERMAN));
    let texts = |source: &str| fluent_bundle::FluentResource::try_new(source.to_owned()).is_ok();
    assert!(texts(ENGLISH) && texts(GERMAN), "the program's own parser reads both");
    for (key, entered) in &english {
        let has_words = entered.words.chars().any(char::is_alphabetic);
        let same = german.get(key).is_some_and(|g| g.words == entered.words);
        let expected = SAME.contains(&key.as_str());
        assert!(!has_words || same == expected, "`{key}`: {}", entered.words);
    }
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// The sources of each crate: `core/*/src` and `plugins/*/src`.
fn workspace() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let mut all = Vec::new();
    for group in ["core", "plugins"] {
        for krate in fs::read_dir(root.join(group)).unwrap() {
            let folder = krate.unwrap().path().join("src");
            if folder.is_dir() && !folder.starts_with(env!("CARGO_MANIFEST_DIR")) {
                sources(&folder, &mut all);
            }
        }
    }
    assert!(all.len() > 50, "only {} sources found: is the walk broken?", all.len());
    all.into_iter().map(|p| (p.clone(), fs::read_to_string(p).unwrap())).collect()
}

/// The names in `"key", name = value, other = %value)…`, and the key.
fn call(source: &str) -> Option<(String, BTreeSet<String>)> {
    let rest = source.trim_start().strip_prefix('"')?;
    let (key, rest) = rest.split_once('"')?;
    let mut names = BTreeSet::new();
    let mut depth = 0_u32;
    let mut at_name = false;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => at_name = true,
            '"' => {
                while let Some((_, c)) = chars.next().filter(|(_, c)| *c != '"') {
                    if c == '\\' {
                        chars.next();
                    }
                }
            }
            c if at_name && (c.is_alphabetic() || c == '_') => {
                let rest = &rest[at..];
                let name = &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())];
                let after = rest[name.len()..].trim_start();
                if after.starts_with('=') && !after.starts_with("==") {
                    names.insert(name.to_owned());
                }
                at_name = false;
            }
            _ => {}
        }
    }
    Some((key.to_owned(), names))
}

#[test]
fn calls_are_read_as_they_are_meant() {
    let names = |source: &str| call(source).unwrap().1.into_iter().collect::<Vec<_>>();
    assert_eq!(names(r#""k")"#), [""; 0]);
    assert_eq!(names(r#""k", a = f(x, b), c = %"d, e = \" f")"#), ["a", "c"]);
    assert_eq!(names("\n  \"k\",\n  a = [1, 2],\n  b = msg!(\"x\", y = 1),\n)"), ["a", "b"]);
}

#[test]
fn each_msg_names_a_key_and_exactly_its_arguments() {
    let english = read(ENGLISH);
    let mut faults = Vec::new();
    for (path, source) in workspace() {
        for (at, _) in source.match_indices("msg!(") {
            let Some((key, names)) = call(&source[at + 5..]) else { continue };
            match english.get(&key) {
                None => faults.push(format!("{}: `{key}` is not in the catalogue", path.display())),
                Some(entered) if entered.arguments != names => {
                    faults.push(format!("{}: `{key}` takes {:?}, not {names:?}", path.display(), entered.arguments));
                }
                Some(_) => {}
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A key is used where it is written as a literal, or where a literal such as `"daemon-word-{word}"` puts it together.
#[test]
fn each_key_is_used() {
    let mut literals = BTreeSet::new();
    let mut families = BTreeSet::new();
    for (_, source) in workspace() {
        for text in source.split('"') {
            let ends = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(text.len());
            let word = &text[..ends];
            if ends == text.len() {
                literals.insert(word.to_owned());
            } else if text[ends..].starts_with('{') && word.ends_with('-') && word.matches('-').count() >= 2 {
                families.insert(word.to_owned());
            }
        }
    }
    let used = |key: &String| {
        key.starts_with("lang-") || literals.contains(key) || families.iter().any(|f| key.starts_with(f.as_str()))
    };
    let unused: Vec<_> = read(ENGLISH).into_keys().filter(|key| !used(key)).collect();
    assert!(unused.is_empty(), "nothing says {unused:?}");
}

/// What the engine refuses is said by the catalogue: no sentence is written in the call. What begins with `--` is an example to type.
#[test]
fn no_refusal_of_the_engine_has_a_sentence_of_its_own() {
    let mut calls = 0;
    let mut sentences = Vec::new();
    let engine = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("engine");
    for (path, source) in workspace().iter().filter(|(path, _)| path.starts_with(&engine)) {
        for (at, _) in source.match_indices("refused(").filter(|(at, _)| !source[..*at].ends_with('_')) {
            calls += 1;
            let call = &source[at..];
            let call = &call[..call.find([';', '{']).unwrap_or(call.len())];
            let texts = call.split('"').skip(1).step_by(2);
            let own = texts.filter(|text| text.contains(' ') && !text.starts_with("--"));
            sentences.extend(own.map(|text| format!("{}: {text}", path.display())));
        }
    }
    assert!(calls > 40, "only {calls} refusals found: is the walk broken?");
    assert!(sentences.is_empty(), "{}", sentences.join("\n"));
}

/// An admin is called „Sie“: only what customers read has both forms.
#[test]
fn admins_are_addressed_with_sie() {
    let familiar = [
        "du",
        "dich",
        "dir",
        "dein",
        "deine",
        "deinen",
        "deiner",
        "deinem",
        "nimm",
        "lege",
        "schreibe",
        "prüfe",
        "nenne",
        "frage",
        "baue",
        "hole",
        "starte",
        "setze",
        "lass",
        "mache",
        "mach",
        "sende",
        "speichere",
        "sage",
        "gib",
        "sieh",
        "lade",
        "entferne",
        "behalte",
        "kopiere",
        "kürze",
        "schaffe",
        "benenne",
        "meintest",
        "exportiere",
        "vereinbare",
        "teile",
        "kannst",
        "musst",
    ];
    let for_customers = [
        "web-confirm",
        "web-home",
        "web-page",
        "web-request-rejected",
        "web-unknown-link",
        "web-unsubscribe",
        "engine-footer",
    ];
    for (key, entered) in
        read(GERMAN).iter().filter(|(key, _)| !for_customers.iter().any(|begin| key.starts_with(begin)))
    {
        // What a template says in the place of a missing name is said to a customer.
        let words = entered.words.replace("default(\"du\")", "");
        // Between backticks is what is typed.
        let words: String = words.split('`').step_by(2).collect();
        let said: Vec<&str> =
            words.split(|c: char| !c.is_alphabetic()).filter(|word| familiar.contains(word)).collect();
        assert!(said.is_empty(), "`{key}` says {said:?}: {}", entered.words);
    }
}

/// What customers read exists in both forms of German: every sentence of the pages and the footer that says „du“ has one that says „Sie“.
#[test]
fn customers_are_addressed_in_both_forms() {
    let (german, formal) = (read(GERMAN), read(FORMAL));
    let familiar = |words: &str| {
        let said = [
            "du", "dich", "dir", "dein", "deine", "deinen", "deiner", "öffne", "versuche", "drücke", "schreib", "melde",
        ];
        words.to_lowercase().split(|c: char| !c.is_alphabetic()).any(|word| said.contains(&word))
    };
    let page_keys = [
        "web-confirm",
        "web-home",
        "web-page",
        "web-request-rejected",
        "web-unknown-link",
        "web-unsubscribe",
        "engine-footer",
    ];
    for (key, entered) in german.iter().filter(|(key, _)| page_keys.iter().any(|begin| key.starts_with(begin))) {
        assert_eq!(familiar(&entered.words), formal.contains_key(key), "`{key}` in de_formal.ftl: {}", entered.words);
    }
    for (key, entered) in &formal {
        assert!(!familiar(&entered.words), "`{key}` says du: {}", entered.words);
        assert_eq!(Some(&entered.arguments), german.get(key).map(|g| &g.arguments), "`{key}`");
    }
    let text = |language| rundruf_lang::Message::new("web-unsubscribed").text(language);
    assert_eq!(text(rundruf_lang::Language::De), "Du bist abgemeldet");
    assert_eq!(text(rundruf_lang::Language::DeFormal), "Sie sind abgemeldet");
    let other = rundruf_lang::Message::new("web-unsubscribe").text(rundruf_lang::Language::DeFormal);
    assert_eq!(other, "Abmelden", "the rest is that of de.ftl");
}

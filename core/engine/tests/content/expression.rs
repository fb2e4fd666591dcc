//! Expressions in placeholders: what they may contain, and limits on their cost.

use crate::content_fixture::{mail, sender, spec};
use rundruf_engine::content;
use std::time::{Duration, Instant};

#[test]
fn dangerous_expressions_are_refused_with_their_position() {
    let long = format!("{{{{ a{} }}}}", " ~ a".repeat(300));
    for (text, place, why) in [
        ("{% for x in range(9999999) %}x{% endfor %}", "line 1, column 1", "blocks"),
        ("Hallo\n\n  {% include \"/etc/passwd\" %}", "line 3, column 3", "blocks"),
        ("a {% raw %}", "line 1, column 3", "blocks"),
        ("ä {# nichts #}", "line 1, column 3", "blocks"),
        ("Hallo {{ first_name", "line 1, column 7", "never closed"),
        ("{{ }}", "line 1, column 1", "not an expression"),
        ("{{ first_name | }}", "line 1, column 1", "not an expression"),
        ("{{ \"x\" * 100000000 }}", "line 1, column 1", "`*` is not allowed"),
        ("{{ 9 ** 9 ** 9 ** 9 }}", "line 1, column 1", "`*` is not allowed"),
        ("{{ [1, 2] }}", "line 1, column 1", "`[` is not allowed"),
        ("{{ first_name[0] }}", "line 1, column 1", "`[` is not allowed"),
        ("{{ {\"a\": 1} }}", "line 1, column 1", "`{` is not allowed"),
        ("{{ range(100000) }}", "line 1, column 1", "range"),
        ("{{ debug() }}", "line 1, column 1", "debug"),
        ("{{ dict(a=1) }}", "line 1, column 1", "dict"),
        ("{{ namespace() }}", "line 1, column 1", "namespace"),
        ("{{ \"/etc/passwd\" | include }}", "line 1, column 1", "include"),
        ("{{ first_name | open }}", "line 1, column 1", "open"),
        ("{{ first_name | center(100000000) }}", "line 1, column 1", "center"),
        ("{{ first_name | list | join(first_name) }}", "line 1, column 1", "list"),
        ("{{ \"%1000000d\" | format(1) }}", "line 1, column 1", "format"),
        ("{{ first_name is fine }}", "line 1, column 1", "fine"),
        (&long, "line 1, column 1", "longer than 1000 bytes"),
    ] {
        let begin = Instant::now();
        let refused = content::check(&spec(text), &sender()).err().unwrap_or_else(|| panic!("{text} was taken"));
        let message = refused.to_string();
        assert!(message.starts_with(place) && message.contains(why), "{text}: {message}");
        assert!(begin.elapsed() < Duration::from_secs(5), "{text}");
    }
    let nested = format!("{{{{ {}1{} }}}}", "(".repeat(400), ")".repeat(400));
    assert!(content::check(&spec(&nested), &sender()).is_err());
    let many: String = (0..300).map(|n| format!("{{{{ v{n} }}}} ")).collect();
    assert!(content::check(&spec(&many), &sender()).unwrap_err().to_string().contains("more than 256"));
}

#[test]
fn allowed_expressions_give_the_expected_text() {
    for (text, want) in [
        ("{{ first_name }}", "Anna"),
        ("{{first_name}}{{ first_name }}", "AnnaAnna"),
        ("{{ first_name | upper }}", "ANNA"),
        ("{{ first_name | default(\"du\") }}", "Anna"),
        ("{{ nick_name | default(\"du\") }}", "du"),
        ("{{ \"Frau\" if sex == \"f\" else \"Herr\" }} {{ last_name }}", "Frau Müller"),
        ("{{ \"da\" if first_name is defined and not nick_name is defined else \"weg\" }}", "da"),
        ("{{ first_name ~ \" \" ~ last_name }}", "Anna Müller"),
        ("{{ last_name | first }}.", "M."),
        ("{{ points | int + 1 }}", "1201"),
        ("{{ last_name | replace(\"ü\", \"ue\") }}", "Mueller"),
        ("{{ \"[*{\" }}", "[*{"),
        ("{{ nobody }}", ""),
        ("{{ nobody.and.nothing }}", ""),
        ("{{ list }} {{ sender }}", "Angebote der Woche Bäckerei Krume GmbH"),
        ("{{ first_name | length }}", "4"),
    ] {
        let vars = [("first_name", "Anna"), ("last_name", "Müller"), ("sex", "f"), ("points", "1200")];
        let got = mail(&format!("X{text}X"), &vars).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert!(got.text.starts_with(&format!("X{want}X\n")), "{text}: {}", got.text);
    }
}

#[test]
fn a_value_never_becomes_long_or_markup() {
    let long = "ä".repeat(3_000);
    let got = mail("X{{ a }}X", &[("a", &long)]).unwrap();
    assert!(got.text.len() < 5_000, "{}", got.text.len());
    let got = mail("X{{ a | replace(\"ä\", \"ö\") }}X", &[("a", &long)]).unwrap();
    assert!(got.text.len() < 5_000);
    for text in ["{{ a | replace(\"ä\", a) }}", "{{ a | replace(\"\", a) }}"] {
        let refused = mail(text, &[("a", &long)]).unwrap_err().to_string();
        assert_eq!(refused, "line 1, column 1: an expression cannot be evaluated: invalid operation", "{text}");
    }
    let evil = "**fett** [x](https://evil.example) <b>{{ first_name }}</b> & \"";
    let got = mail("Hallo {{ a }}!", &[("a", evil), ("first_name", "Anna")]).unwrap();
    assert!(got.text.starts_with(&format!("Hallo {evil}!")), "as it is: {}", got.text);
    assert!(!got.html.contains("<b>") && !got.html.contains("evil.example\""), "{}", got.html);
    assert!(!got.text.contains("Anna"), "a value is not evaluated");
}

#[test]
fn an_expression_error_names_its_position() {
    let refused = mail("Hallo\n\n{{ 10 // (part | int) }} Stück", &[("part", "0")]).unwrap_err().to_string();
    assert!(refused.starts_with("line 3, column 1: an expression cannot be evaluated"), "{refused}");
}

#[test]
fn private_characters_are_not_placeholders() {
    // A hole is marked by private characters while Markdown is read: nobody else may write them.
    for (text, want) in [("a\u{e000}\u{e010}\u{e000}b {{ x }}", "ab Y"), ("\u{e000}{{ x }}", "Y"), ("a\u{e01f}b", "ab")]
    {
        let got = mail(text, &[("x", "Y")]).unwrap();
        assert!(got.text.starts_with(&format!("{want}\n")), "{text:?}: {:?}", got.text);
    }
    let got = mail("X{{ x }}X", &[("x", "\u{e000}\u{e010}\u{e000}")]).unwrap();
    assert!(got.text.contains("Impressum"), "{}", got.text);
}

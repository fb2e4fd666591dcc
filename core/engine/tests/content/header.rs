//! A text in a header is one line, whatever its author wrote.

use crate::content_fixture::{compile_with, got, map, sender, spec};
use rundruf_consent::Channel;

/// Everything that some program takes for the end of a line.
const BREAKS: [&str; 7] = ["\r\n", "\n", "\r", "\u{b}", "\u{c}", "\u{85}", "\0"];

#[test]
fn no_value_adds_a_header() {
    for end in BREAKS {
        let evil = format!("Neues{end}Bcc: opfer@mail.example{end}{end}Text");
        let mut spec = spec("Hallo {{ first_name }}");
        spec.list.name = evil.clone();
        spec.list.title = map(&[("de", &evil)]);
        let mut sender = sender();
        sender.name = evil.clone();
        sender.imprint_url = format!("https://krume.example/{evil}");
        for subject in
            [evil.clone(), "Für {{ first_name }}".to_owned(), "{{ first_name | upper }}".to_owned(), String::new()]
        {
            spec.subject = map(&[("de", &subject)]);
            for channel in Channel::ALL {
                let compiled = compile_with(&spec, &sender, "de", channel, &[]).unwrap();
                let got = got(&compiled, &map(&[("first_name", &evil)])).unwrap();
                assert!(!got.subject.contains(char::is_control), "{subject:?}: {:?}", got.subject);
                assert!(!got.subject.is_empty());
                for (key, value) in &got.meta {
                    assert!(!value.contains(char::is_control), "{key}: {value:?}");
                }
            }
        }
    }
}

#[test]
fn a_subject_from_the_first_line_keeps_placeholders_whole() {
    let mut spec = spec("");
    spec.subject.clear();
    for before in 100..130 {
        let filler = "x".repeat(before);
        // Twelve other holes, so that the number of the last has two digits.
        let others: String = (0..12).map(|n| format!(" {{{{ v{n} }}}}")).collect();
        spec.text = map(&[("de", &format!("{filler}{{{{ last }}}} mehr\n\n{others} {{{{ last }}}}"))]);
        let compiled = compile_with(&spec, &sender(), "de", Channel::Email, &[]).unwrap();
        let got = got(&compiled, &map(&[("last", "LAST"), ("v0", "V0"), ("v1", "V1")])).unwrap();
        let rest = got.subject.strip_prefix(&filler).unwrap_or("");
        assert!(
            ["", "LAST", "LAST mehr"].iter().any(|w| w.starts_with(rest) || rest.starts_with("LAST")),
            "{}",
            got.subject
        );
        assert!(!got.subject.contains('V'), "another hole's value: {}", got.subject);
    }
}

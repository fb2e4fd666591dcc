//! Which text for whom: the person's language, else German, else English, else what there is.

use crate::content_fixture::{compile, got, map, spec};
use rundruf_consent::Channel;

#[test]
fn the_text_in_the_nearest_language_is_used() {
    let cases: &[(&[&str], &str, &str)] = &[
        (&["de", "en"], "de", "de"),
        (&["de", "en"], "en", "en"),
        (&["de", "en"], "en-GB", "en"),
        (&["de", "en"], "de-AT", "de"),
        (&["de", "en"], "fr", "de"),
        (&["de", "en"], "", "de"),
        (&["en", "fr"], "it", "en"),
        (&["fr", "it"], "de", "fr"),
        (&["tr"], "de", "tr"),
        (&["de", "tr"], "tr-TR", "tr"),
    ];
    for (texts, language, want) in cases {
        let mut spec = spec("");
        let bodies: Vec<String> = texts.iter().map(|t| format!("Text auf {t}")).collect();
        let pairs: Vec<(&str, &str)> = texts.iter().copied().zip(bodies.iter().map(String::as_str)).collect();
        spec.text = map(&pairs);
        spec.subject.clear();
        let compiled = compile(&spec, language, Channel::Email).unwrap();
        assert_eq!(compiled.content().language, *want, "{texts:?} for {language:?}");
        let got = got(&compiled, &map(&[])).unwrap();
        assert!(got.text.starts_with(&format!("Text auf {want}\n")), "{texts:?} for {language:?}: {}", got.text);
        assert_eq!(got.subject, format!("Text auf {want}"), "the subject speaks the same language");
        let (hint, imprint) = if *want == "de" { ("Abmelden", "Impressum") } else { ("Leave", "Imprint") };
        assert!(got.text.contains(hint) && got.text.contains(imprint), "{texts:?} for {language:?}: {}", got.text);
    }
}

#[test]
fn a_subject_of_another_language_is_used_only_as_fallback() {
    let mut spec = spec("Hallo");
    spec.text = map(&[("de", "Hallo"), ("en", "Hello")]);
    spec.subject = map(&[("de", "Neues"), ("en", "News")]);
    for (language, want) in [("de", "Neues"), ("en", "News"), ("fr", "Neues")] {
        let got = got(&compile(&spec, language, Channel::Email).unwrap(), &map(&[])).unwrap();
        assert_eq!(got.subject, want);
    }
}

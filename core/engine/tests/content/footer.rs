//! Sender, imprint and stop hint: in every message, and nobody can hide them.

use crate::content_fixture::{
    IMPRINT, LEAVE, attachment, compile, compile_unheard, compile_with, got, map, sender, spec,
};
use rundruf_consent::Channel;
use rundruf_engine::content::BroadcastContent;

/// What authors try, and what happens by accident.
const TRICKS: &[&str] = &[
    "Hallo",
    "<!-- ",
    "<!--\n\n",
    "<script>",
    "<style>p{display:none}</style>",
    "<div style=\"display:none\">",
    "</div></body></html>",
    "<textarea>",
    "<details><summary>x</summary>",
    "<![CDATA[",
    "<?php",
    "```\nEnde ohne Ende",
    "~~~~",
    "    eingerückt",
    "> Zitat",
    "- a\n  - b\n    - c\n",
    "1. eins\n",
    "[x]: https://evil.example",
    "[x](<",
    "![x](https://evil.example/pixel.gif)",
    "**fett ~~weg _schräg",
    "| a | b |\n| --- | --- |",
    "---",
    "===",
    "\\",
    "&lt;!-- &#60;!--",
    "{{ x }}",
    "\u{e000}\u{e010}",
    "\u{202e}verkehrt",
    "a\u{0}b\u{8}c\u{1b}[8m",
    "\n\n\n\n\n\n\n\n\n",
    "Ende.\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\u{a0}\n\n",
    "Ende.\n\u{a0}\\\n\u{2800}\\\n\u{200b}\\\n\u{a0}\\\n\u{a0}\\\n\u{a0}\\\n\u{a0}\\\n\u{a0}",
    "```\n\n\n\n\u{a0}\n\n \n\n\n```",
];

fn both(text: &str) -> BroadcastContent {
    let mut spec = spec("");
    let text = format!("{text}\n");
    spec.text = map(&[("de", &text), ("en", &text)]);
    spec
}

#[test]
fn where_nobody_hears_a_reply_the_footer_names_the_link() {
    for channel in Channel::ALL {
        for language in ["de", "en", "fr", ""] {
            let plain = got(&compile_unheard(&both("Hallo"), language, channel).unwrap(), &map(&[])).unwrap();
            assert!(
                plain.text.contains(LEAVE) && !plain.text.contains("STOP"),
                "{channel:?} {language}: {}",
                plain.text
            );
            assert!(plain.text.contains(IMPRINT), "{channel:?} {language}: {}", plain.text);
        }
    }
}

#[test]
fn every_message_has_the_footer() {
    for channel in Channel::ALL {
        for (language, stop) in [("de", "STOP antworten"), ("en", "reply STOP"), ("fr", "STOP antworten"), ("", "STOP")]
        {
            let vars = map(&[("x", "<!-- ```\u{e000}")]);
            let plain = got(&compile(&both("Hallo"), language, channel).unwrap(), &vars).unwrap();
            let footer = plain.text.strip_prefix("Hallo").unwrap();
            assert!(footer.starts_with("\n\n") && footer.contains("Bäckerei Krume GmbH") && footer.contains(IMPRINT));
            let how = if channel == Channel::Email { LEAVE } else { stop };
            assert!(footer.contains(how), "{channel:?} {language}: {footer}");
            for trick in TRICKS {
                let got = got(&compile(&both(trick), language, channel).unwrap(), &vars).unwrap();
                assert!(got.text.ends_with(footer), "{channel:?} {language} {trick:?}: {:?}", got.text);
                let hidden = got.text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
                assert!(!hidden, "{trick:?}: {:?}", got.text);
                let lines: Vec<bool> = got.text.lines().map(|l| l.chars().any(char::is_alphanumeric)).collect();
                assert!(
                    !lines.windows(6).any(|w| !w.contains(&true)),
                    "it is not pushed out of sight: {trick:?}: {:?}",
                    got.text
                );
            }
        }
    }
}

/// Tags in their order. Text that begins like one but is none would be a fault of the renderer.
fn tags(html: &str) -> Vec<(String, bool)> {
    let mut out = Vec::new();
    for piece in html.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').unwrap_or_else(|| panic!("a tag without end: {piece}"));
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap().to_owned();
        out.push((name, tag.starts_with('/')));
    }
    out
}

#[test]
fn html_in_the_source_is_text() {
    let vars = map(&[("x", "</p><!-- <script>")]);
    let of = |text: &str| got(&compile(&both(text), "de", Channel::Email).unwrap(), &vars).unwrap().html;
    let plain = of("Hallo");
    let footer = &plain[plain.find("<hr").unwrap()..];
    assert!(footer.contains(&format!("<a href=\"{IMPRINT}\">Impressum</a>")), "{footer}");
    assert!(footer.contains(&format!("<a href=\"{LEAVE}\">Abmelden</a>")), "{footer}");
    for trick in TRICKS {
        let html = of(trick);
        assert!(html.ends_with(footer), "{trick:?}: {html}");
        let (mut open, mut hidden) = (Vec::new(), Vec::new());
        for (name, closes) in tags(&html) {
            match name.as_str() {
                "meta" | "br" | "hr" | "!doctype" => {}
                "html" | "head" | "title" | "body" | "div" | "p" | "h1" | "h2" | "h3" | "strong" | "em" | "s"
                | "ul" | "ol" | "li" | "blockquote" | "pre" | "code" | "a" => {
                    if closes {
                        assert_eq!(open.pop(), Some(name), "{trick:?}: {html}");
                    } else {
                        open.push(name);
                    }
                }
                _ => hidden.push(name),
            }
        }
        assert!(open.is_empty() && hidden.is_empty(), "{trick:?}: {open:?} {hidden:?} in {html}");
        for evil in ["display:none", "src=", "<img", "javascript:"] {
            assert!(!html.replace("display:none}&lt;", "").contains(&format!("=\"{evil}")), "{trick:?}: {html}");
            assert!(evil == "display:none" || !html.contains(evil), "{trick:?}: {html}");
        }
    }
}

#[test]
fn values_cannot_break_the_footer() {
    for channel in Channel::ALL {
        let mut sender = sender();
        sender.name = "Krume\u{e000}\r\nBcc: x@y.example".to_owned();
        let mut spec = both("Hallo");
        spec.list.title = map(&[("de", "Angebote\u{e000}\n\u{e010} <!--")]);
        let linked = [attachment("karte\u{e000}.txt"), attachment("<!--.txt")];
        let compiled = compile_with(&spec, &sender, "de", channel, &linked).unwrap();
        let got = got(&compiled, &map(&[])).unwrap();
        assert!(got.text.contains(IMPRINT) && got.text.contains("karte.txt: https://"), "{channel:?}: {:?}", got.text);
        assert!(!got.text.contains("\nBcc:"), "{:?}", got.text);
        assert!(!got.html.contains("<!--"), "{}", got.html);
        assert!(got.html.is_empty() || got.html.contains(LEAVE), "{}", got.html);
    }
}

#[test]
fn only_safe_links_become_links() {
    for (text, is_link) in [
        ("[x](https://krume.example/a?b=1&c=2)", true),
        ("[x](mailto:info@krume.example)", true),
        ("[x](javascript:alert(1))", false),
        ("[x](JAVASCRIPT:alert(1))", false),
        ("[x](data:text/html;base64,AAAA)", false),
        ("[x](file:///etc/passwd)", false),
        ("[x](https://a.example/\"onclick=\"x)", true),
    ] {
        let html = got(&compile(&spec(text), "de", Channel::Email).unwrap(), &map(&[])).unwrap().html;
        let body = &html[..html.find("<hr").unwrap()];
        assert_eq!(body.contains("<a href=\""), is_link, "{text}: {body}");
        assert!(!body.contains("onclick=\"x"), "{body}");
    }
}

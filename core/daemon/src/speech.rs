//! German or English: by `--lang`, else by the locale.

mod german; // what the libraries say, in German
mod word; // states and reasons, in words

/// A language that the program speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Speech {
    De,
    En,
}

impl Speech {
    /// By an argument `--lang de|en` anywhere, else by the locale.
    pub(crate) fn find(args: &[std::ffi::OsString]) -> Self {
        let given = args.iter().enumerate().find_map(|(n, a)| {
            let a = a.to_str()?;
            if a == "--lang" {
                args.get(n + 1)?.to_str().map(str::to_owned)
            } else {
                a.strip_prefix("--lang=").map(str::to_owned)
            }
        });
        let locale =
            || ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|k| std::env::var(k).ok().filter(|v| !v.is_empty()));
        let tag = given.or_else(locale).or_else(sys_locale::get_locale).unwrap_or_default();
        if tag.to_ascii_lowercase().starts_with("de") { Self::De } else { Self::En }
    }

    /// The one of two texts.
    pub(crate) const fn say<'a>(self, de: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::De => de,
            Self::En => en,
        }
    }

    /// What a library says in English, in this language.
    pub(crate) fn translate(self, text: &str) -> String {
        match self {
            Self::De => german::german(text),
            Self::En => text.to_owned(),
        }
    }

    /// A word of the interface for people: a state, a reason, the name of a field.
    pub(crate) fn word(self, word: &str) -> &str {
        word::word(self, word)
    }
}

//! Which language a person reads.

/// Most entries of an `Accept-Language` header that are read.
const MAX_ENTRIES: usize = 32;

/// A language that the catalogue has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// German.
    De,
    /// German that says „Sie“ to a customer: as [`Language::De`] but for the messages of `de_formal.ftl`.
    DeFormal,
    /// English.
    En,
}

impl Language {
    /// Both languages. Formal German is a form of German.
    pub const ALL: [Self; 2] = [Self::De, Self::En];

    /// `de` or `en`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::De | Self::DeFormal => "de",
            Self::En => "en",
        }
    }

    /// The language of a locale or language tag (`de_AT.UTF-8`, `de-CH`, `en`); English for every other language.
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_', '.', '@']).next().unwrap_or("");
        if primary.eq_ignore_ascii_case("de") { Self::De } else { Self::En }
    }

    /// German in the form that customers are addressed in; other languages have one form.
    #[must_use]
    pub const fn addressed(self, formally: bool) -> Self {
        match self {
            Self::De if formally => Self::DeFormal,
            other => other,
        }
    }

    /// The language that an `Accept-Language` header prefers: German if it is missing or empty, English if it wants neither.
    #[must_use]
    pub fn from_accept_language(header: Option<&str>) -> Self {
        let Some(text) = header.filter(|t| !t.trim().is_empty()) else { return Self::De };
        let (mut german, mut english, mut any) = (None, None, None);
        for entry in text.split(',').take(MAX_ENTRIES) {
            let mut parts = entry.split(';');
            let tag = parts.next().unwrap_or("").trim();
            let weight =
                parts.find_map(|p| p.trim().strip_prefix("q=")).map_or(Some(1.0), |q| q.trim().parse::<f32>().ok());
            let Some(weight) = weight.filter(|w| (0.0..=1.0).contains(w)) else { continue };
            let primary = tag.split('-').next().unwrap_or("");
            let of = if primary.eq_ignore_ascii_case("de") {
                &mut german
            } else if primary.eq_ignore_ascii_case("en") {
                &mut english
            } else if primary == "*" {
                &mut any
            } else {
                continue;
            };
            // `de-AT, de;q=0.8`: the better of the two.
            *of = Some(of.map_or(weight, |w: f32| w.max(weight)));
        }
        let german = german.or(any).unwrap_or(0.0);
        let english = english.or(any).unwrap_or(0.0);
        if german > 0.0 && german >= english { Self::De } else { Self::En }
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{self, De, DeFormal, En};

    #[test]
    fn locales() {
        for (tag, want) in [("de", De), ("de_AT.UTF-8", De), ("DE-ch", De), ("de@euro", De), ("en", En), ("C", En)] {
            assert_eq!(Language::from_tag(tag), want, "{tag}");
        }
        assert_eq!((De.addressed(true), De.addressed(false), En.addressed(true)), (DeFormal, De, En));
        assert_eq!(Language::from_tag(""), En);
        assert_eq!(Language::from_tag("den_CA"), En);
    }

    #[test]
    fn what_browsers_send() {
        for (header, want) in [
            ("", De),
            ("de", De),
            ("DE-at", De),
            ("en-GB,en;q=0.9", En),
            ("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", De),
            ("en;q=0.1, de", De),
            ("de;q=0.1, en;q=0.2", En),
            ("fr, de;q=0.8, en;q=0.5", De),
            ("fr", En),
            ("fr, *;q=0.5", De),
            ("*", De),
            ("de;q=0", En),
            ("de;q=0, *", En),
            ("de;q=NaN", En),
            ("de;q=9", En),
            ("deutsch", En),
            (",;,;=q,q=;", En),
        ] {
            assert_eq!(Language::from_accept_language(Some(header)), want, "{header}");
        }
        assert_eq!(Language::from_accept_language(None), De);
        assert_eq!(Language::from_accept_language(Some(&"x,".repeat(20_000))), En);
    }
}

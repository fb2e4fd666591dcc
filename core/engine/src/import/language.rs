//! A person's language by any usual spelling: tags, locales, names in several languages, numbers of Windows. An unknown one is none.

/// Codes of ISO 639-1, two characters each.
const CODES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es \
     et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr \
     ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu \
     rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo \
     xh yi yo za zh zu gsw nds hsb dsb bar fil ckb";

/// Other names of a code: ISO 639-2, names in German, in English and of its own, keys of ERP programs, numbers of Windows.
const NAMES: &[(&str, &str)] = &[
    (
        "de",
        "deu ger german deutsch d 1031 2055 3079 4103 5127 allemand tedesco alemán almanca niemiecki allemagne deutschland",
    ),
    ("en", "eng english englisch e 1033 2057 anglais inglese inglés ingilizce angielski"),
    ("fr", "fra fre french französisch franzoesisch français francais f 1036"),
    ("it", "ita italian italienisch italiano i 1040"),
    ("es", "spa spanish spanisch español espanol 1034 3082"),
    ("pt", "por portuguese portugiesisch português portugues 2070 1046"),
    ("nl", "nld dut dutch niederländisch niederlaendisch holländisch nederlands 1043"),
    ("pl", "pol polish polnisch polski 1045"),
    ("tr", "tur turkish türkisch tuerkisch türkçe turkce 1055"),
    ("ru", "rus russian russisch русский 1049"),
    ("uk", "ukr ukrainian ukrainisch українська 1058"),
    ("cs", "ces cze czech tschechisch čeština cesky česky 1029"),
    ("sk", "slk slo slovak slowakisch slovenčina 1051"),
    ("hu", "hun hungarian ungarisch magyar 1038"),
    ("ro", "ron rum romanian rumänisch rumaenisch română 1048"),
    ("bg", "bul bulgarian bulgarisch български 1026"),
    ("hr", "hrv croatian kroatisch hrvatski 1050"),
    ("sr", "srp serbian serbisch srpski српски"),
    ("sl", "slv slovenian slovene slowenisch slovenščina 1060"),
    ("bs", "bos bosnian bosnisch bosanski"),
    ("sq", "sqi alb albanian albanisch shqip 1052"),
    ("el", "ell gre greek griechisch ελληνικά 1032"),
    ("da", "dan danish dänisch daenisch dansk 1030"),
    ("sv", "swe swedish schwedisch svenska 1053"),
    ("no", "nor norwegian norwegisch norsk 1044"),
    ("fi", "fin finnish finnisch suomi 1035"),
    ("ar", "ara arabic arabisch العربية 1025"),
    ("fa", "fas per persian persisch farsi فارسی"),
    ("ku", "kur kurdish kurdisch kurdî"),
    ("zh", "zho chi chinese chinesisch 中文 2052"),
    ("ja", "jpn japanese japanisch 日本語 1041"),
    ("vi", "vie vietnamese vietnamesisch"),
    ("hi", "hin hindi"),
    ("he", "heb hebrew hebräisch עברית"),
    ("lt", "lit lithuanian litauisch lietuvių"),
    ("lv", "lav latvian lettisch latviešu"),
    ("et", "est estonian estnisch eesti"),
];

/// Longest text that is looked at, in bytes.
const MAX: usize = 64;

fn code_of(name: &str) -> Option<&'static str> {
    let tag = CODES.split_whitespace().find(|code| *code == name);
    tag.or_else(|| NAMES.iter().find(|(_, names)| names.split(' ').any(|n| n == name)).map(|(code, _)| *code))
}

/// The BCP 47 tag of what a cell says: `de-AT` for `de_AT.UTF-8`, `de` for `Deutsch (Deutschland)`. `None` if that is not a language.
pub(super) fn tag(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > MAX {
        return None;
    }
    let lower = text.to_lowercase();
    // `de_DE.UTF-8`, `de_AT@euro`, `Deutsch (Deutschland)`, `de;q=0.9`, `Deutsch/Englisch`, `Deutsch - Österreich`
    let lower = lower.split(['.', '@', '(', '[', ',', ';', '/', '|', ':']).next().unwrap_or_default().trim();
    let mut parts = lower.split(['-', '_', ' ']).filter(|part| !part.is_empty());
    let mut tag = code_of(parts.next()?)?.to_owned();
    for part in parts {
        let is_alphabetic = part.bytes().all(|b| b.is_ascii_alphabetic());
        match part.len() {
            2 if is_alphabetic => {
                tag.push('-');
                tag.push_str(&part.to_ascii_uppercase());
                break;
            }
            3 if part.bytes().all(|b| b.is_ascii_digit()) => {
                tag.push('-');
                tag.push_str(part);
                break;
            }
            4 if is_alphabetic && ["latn", "cyrl", "hans", "hant", "arab"].contains(&part) => {
                let (first, rest) = part.split_at(1);
                tag.push_str(&format!("-{}{rest}", first.to_ascii_uppercase()));
            }
            _ => break,
        }
    }
    Some(tag)
}

#[cfg(test)]
mod tests {
    use super::tag;

    #[test]
    fn spellings() {
        for (text, want) in [
            ("de", "de"),
            ("DE", "de"),
            ("de_DE", "de-DE"),
            ("de-DE", "de-DE"),
            ("de_DE.UTF-8", "de-DE"),
            ("de_AT@euro", "de-AT"),
            ("deutsch", "de"),
            ("German", "de"),
            ("Deutsch (Deutschland)", "de"),
            ("German (Germany)", "de"),
            ("Deutsch - Österreich", "de"),
            ("ger", "de"),
            ("deu", "de"),
            ("D", "de"),
            ("1031", "de"),
            ("en_GB", "en-GB"),
            ("EN-us", "en-US"),
            ("Englisch", "en"),
            ("Français", "fr"),
            ("Türkçe", "tr"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("sr_Latn", "sr-Latn"),
            ("es-419", "es-419"),
            ("de;q=0.9, en", "de"),
            (" pl ", "pl"),
            ("gsw", "gsw"),
        ] {
            assert_eq!(tag(text).as_deref(), Some(want), "{text}");
        }
        for text in ["", "?", "-", "xx", "klingonisch", "german!", "12", "n/a", "unbekannt", &"x".repeat(200)] {
            assert_eq!(tag(text), None, "{text}");
        }
    }
}

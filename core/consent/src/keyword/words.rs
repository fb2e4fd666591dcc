//! The word lists (SPEC §3.4), in normal form: no accents, `ae oe ue` folded. STOP lists of all languages are always active; YES and NO only in the
//! language of the list. The lists beside German and English are not checked by native speakers.

/// A whole message that ends everything on this channel.
pub(super) const STOP: &[&str] = &[
    // German
    "stop",
    "stopp",
    "stoppen",
    "ende",
    "beenden",
    "aus",
    "schluss",
    "raus",
    "abmelden",
    "abmeldung",
    "abbestellen",
    "abbestellung",
    "austragen",
    "kundigen",
    "kundigung",
    "widerruf",
    "widerrufen",
    "widerspruch",
    "entfernen",
    "loschen",
    "keine werbung",
    "keine werbung mehr",
    "keine nachrichten mehr",
    "keine nachrichten",
    "nicht mehr",
    "nie mehr",
    "nie wieder",
    "ich melde mich ab",
    "mich abmelden",
    // English
    "stopall",
    "unsubscribe",
    "unsub",
    "end",
    "quit",
    "cancel",
    "revoke",
    "opt out",
    "optout",
    "remove",
    "remove me",
    "leave",
    "no more",
    // French
    "arret",
    "arreter",
    "desabonner",
    "desinscription",
    "resilier",
    "retirer",
    "fin",
    // Italian
    "basta",
    "fermare",
    "disiscrivi",
    "disiscrivimi",
    "cancella",
    "cancellami",
    "annulla",
    "revoca",
    "rimuovi",
    "fine",
    // Spanish
    "baja",
    "darse de baja",
    "alto",
    "parar",
    "cancelar",
    "anular",
    "salir",
    "no mas",
    // Turkish
    "dur",
    "durdur",
    "iptal",
    "ret",
    "cik",
    "cikis",
    "istemiyorum",
    "abonelikten cik",
    // Polish
    "koniec",
    "wypisz",
    "wypisz mnie",
    "rezygnuje",
    "rezygnacja",
    "anuluj",
    "usun",
    // Dutch
    "afmelden",
    "uitschrijven",
    "opzeggen",
    "einde",
    // Portuguese, Romanian, Hungarian, Czech, Croatian, Danish, Swedish
    "sair",
    "dezabonare",
    "leiratkozas",
    "odhlasit",
    "odjava",
    "afmeld",
    "avregistrera",
    // Russian, Ukrainian, Greek, Arabic
    "стоп",
    "отписка",
    "відписатись",
    "вiдписатись",
    "στοπ",
    "διαγραφη",
    "توقف",
    "ايقاف",
    "إيقاف",
    "الغاء",
    "إلغاء",
];

/// A whole message that ends everything on all channels.
pub(super) const STOP_ALL: &[&str] = &[
    "stop alles",
    "stopp alles",
    "alles stop",
    "alles stopp",
    "alles abmelden",
    "alles abbestellen",
    "stop all",
    "unsubscribe all",
];

/// Verbs that end a subscription when up to three words follow.
pub(super) const STOP_CORE: &[&str] = &["stop", "stopp", "abmelden", "unsubscribe", "arret", "baja", "iptal", "wypisz"];

/// Parts of a refusal: pause and ask.
pub(super) const SOFT_REFUSAL: &[&str] = &[
    "abmeld",
    "abbestell",
    "keine werbung",
    "nicht mehr schreib",
    "nicht mehr senden",
    "nicht mehr schick",
    "woher haben sie",
    "woher habt ihr",
    "woher hast du",
    "in ruhe",
    "spam",
    "widerr",
    "widerspr",
    "kundig",
    "losch",
    "datenschutz",
    "dsgvo",
    "anwalt",
    "abmahnung",
    "belastig",
    "unterlass",
    "kein interesse",
    "dont stop",
    "stop",
    "unsubscrib",
    "take me off",
    "not interested",
    "dont text",
    "dont write",
    "leave me alone",
    "who are you",
    "harass",
    "desabonn",
    "me desinscrire",
    "non scriv",
    "no quiero",
    "istemiyorum",
    "nie chce",
    "geen interesse",
];

/// NO in every language, when nothing is pending it is a refusal.
pub(super) const NO_ALWAYS: &[&str] = &["nein", "no", "nee", "non", "hayir", "nie"];

/// Goes on after a hold.
pub(super) const RESUME: &[&str] = &["weiter", "weitermachen", "continue", "go on"];

/// Begins a sign-up.
pub(super) const START: &[&str] = &[
    "start",
    "anmelden",
    "abonnieren",
    "unstop",
    "subscribe",
    "join",
    "abonner",
    "inizia",
    "iscrivimi",
    "alta",
    "basla",
    "zapisz",
];

/// Asks who writes.
pub(super) const HELP: &[&str] = &["hilfe", "info", "help", "aide", "aiuto", "ayuda", "yardim", "pomoc", "hulp"];

/// YES in one language.
pub(super) fn yes(language: &str) -> &'static [&'static str] {
    match primary(language) {
        "de" => &["ja", "jawohl", "ja bitte"],
        "en" => &["yes"],
        "fr" => &["oui"],
        "it" | "es" => &["si"],
        "tr" => &["evet"],
        "pl" => &["tak"],
        "nl" => &["ja"],
        "ru" => &["да"],
        "uk" => &["так"],
        "el" => &["ναι"],
        "ar" => &["نعم"],
        _ => &[],
    }
}

/// NO in one language.
pub(super) fn no(language: &str) -> &'static [&'static str] {
    match primary(language) {
        "de" => &["nein", "nein danke"],
        "en" => &["no", "no thanks"],
        "fr" => &["non"],
        "it" | "es" => &["no"],
        "tr" => &["hayir"],
        "pl" => &["nie"],
        "nl" => &["nee"],
        "ru" => &["нет"],
        "uk" => &["ні"],
        "el" => &["οχι"],
        "ar" => &["لا"],
        _ => &[],
    }
}

fn primary(language: &str) -> &str {
    language.split('-').next().unwrap_or(language)
}

//! What in a reply is not the person's own: quotes, what mail programs add, signatures, and our own footer below.

/// A line that introduces a quote ends with one of these, and a colon.
const WROTE: &[&str] = &[
    "schrieb",
    "geschrieben",
    "wrote",
    "a écrit",
    "ha scritto",
    "escribió",
    "schreef",
    "napisał",
    "napisał(a)",
    "написал",
    "написал(а)",
    "пишет",
    "yazdı",
    "escreveu",
    "a scris",
    "je napisao",
    "napisao",
    "írta",
    "napsal",
    "skrev",
];
/// A line that begins with one of these was added by a program.
const ADDED: &[&str] = &[
    "von meinem ",
    "gesendet von",
    "gesendet mit",
    "diese nachricht wurde von mein",
    "diese e-mail wurde von",
    "sent from",
    "sent with",
    "sent via",
    "get outlook",
    "envoyé de",
    "envoyé depuis",
    "inviato da",
    "enviado desde",
    "enviado do",
    "verzonden vanaf",
    "verstuurd vanaf",
    "wysłano z",
    "wysłane z",
    "отправлено с",
    "trimis de pe",
    "poslano s",
    "iphone'umdan",
    "iphone’umdan",
];
/// What follows a line with one of these is an older message.
const OLDER: &[&str] = &[
    "-----ursprüngliche nachricht",
    "-----original message",
    "---- original",
    "-----message d'origine",
    "--- original message",
    "---------- forwarded",
    "-------- weitergeleitete",
    "-------- original",
    "________________________________",
    "-----messaggio",
    "-----mensaje original",
    "-----oorspronkelijk",
];
/// Our own footer, copied along: `Antworten Sie STOP zum Abmelden`.
const FOOTER: &[&str] = &[
    "antworten sie ",
    "antworte ",
    "antworten: ",
    "zum abmelden",
    "abmelden: ",
    "abmelden mit ",
    "abmeldung: ",
    "stop zum ",
    "stopp zum ",
    "keine nachrichten mehr: ",
    "keine werbung mehr? ",
    "reply stop",
    "reply with stop",
    "text stop",
    "to unsubscribe",
    "to stop ",
    "to opt out",
    "unsubscribe: ",
    "stop to ",
    "répondez stop",
    "pour vous désabonner",
    "rispondi stop",
    "responda stop",
    "per cancellarti",
];
/// An automatic reply of a program.
const AUTOMATIC: &[&str] = &[
    "automatische antwort",
    "automatisch erstellte",
    "abwesenheitsnotiz",
    "abwesenheit:",
    "auto-reply",
    "autoreply",
    "auto reply",
    "automatic reply",
    "out of office",
    "réponse automatique",
    "risposta automatica",
    "respuesta automática",
    "automatisch antwoord",
    "automatyczna odpowiedź",
    "автоответ",
    "otomatik yanıt",
    "dies ist eine automatische",
    "this is an automat",
    "diese nachricht wurde automatisch erstellt",
];

fn begins(line: &str, any: &[&str]) -> bool {
    any.iter().any(|a| line.starts_with(a))
}

/// Whether a program answered, not a person.
pub(super) fn is_automatic(text: &str) -> bool {
    let head: String = text.trim_start().chars().take(48).flat_map(char::to_lowercase).collect();
    begins(&head, AUTOMATIC)
}

fn introduces(line: &str) -> bool {
    line.strip_suffix(':').is_some_and(|l| WROTE.iter().any(|w| l.trim_end().ends_with(w)))
        || (line.ends_with(':')
            && WROTE.iter().any(|w| line.contains(w))
            && line.contains(|c: char| c.is_ascii_digit()))
}

/// `Von: …` and `Gesendet: …` on the next lines: the head of an older message.
fn is_head(line: &str, next: &str) -> bool {
    begins(line, &["von: ", "from: ", "de : ", "de: ", "da: ", "van: ", "od: ", "от: ", "kimden: "])
        && begins(
            next,
            &[
                "gesendet",
                "sent",
                "datum",
                "date",
                "an: ",
                "to: ",
                "envoyé",
                "inviato",
                "enviado",
                "verzonden",
                "betreff",
            ],
        )
}

/// The person's own words.
pub(super) fn own_words(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() < 2 {
        return text.to_owned();
    }
    let lower: Vec<String> = lines.iter().map(|l| l.trim().to_lowercase()).collect();
    let line = |n: usize| lower.get(n).map_or("", String::as_str);
    let is_quoted = |n: usize| line(n).starts_with('>');
    let only_quotes = (0..lines.len()).all(|n| is_quoted(n) || line(n).is_empty());
    if only_quotes {
        return String::new();
    }
    let mut own: Vec<&str> = Vec::new();
    let mut something = false;
    let mut n = 0;
    while let Some(original) = lines.get(n) {
        let (here, next) = (line(n), line(n + 1));
        let wrapped = (begins(here, &["am ", "on ", "le ", "il ", "el "]) || here.contains('@')) && introduces(next);
        if introduces(here) || wrapped {
            let after = if wrapped { n + 2 } else { n + 1 };
            let first = (after..lines.len()).find(|n| !line(*n).is_empty());
            if something && first.is_none_or(|n| !is_quoted(n)) {
                break;
            }
            n = after;
            continue;
        }
        let signature = matches!(here, "--" | "---" | "—" | "__" | "___");
        if something && (signature || begins(here, OLDER) || is_head(here, next)) {
            break;
        }
        if !(is_quoted(n) || begins(here, ADDED) || begins(here, OLDER) || (something && begins(here, FOOTER))) {
            own.push(original);
            something |= !here.is_empty();
        }
        n += 1;
    }
    own.join("\n")
}

#[cfg(test)]
#[path = "../../tests/unit/quote.rs"]
mod tests; // quoting, signatures, programs

//! The page for people in a proof file, German and English: who, what text, when, how.

use crate::Time;
use crate::text::Text;
use serde_json::Value;

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `YYYY-MM-DD hh:mm:ss UTC`. A time outside the years ±9999 is shown as the epoch.
fn date(time: Time) -> String {
    jiff::Timestamp::from_millisecond(time.0).unwrap_or_default().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Event words for people: German, English.
fn word(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "sign_up" => ("eingetragen, Bestätigung angefragt", "entered, confirmation requested"),
        "confirm" => ("bestätigt", "confirmed"),
        "decline" => ("abgelehnt", "declined"),
        "request_expired" => ("nicht rechtzeitig bestätigt", "not confirmed in time"),
        "request_failed" => ("Anfrage nicht zustellbar", "request not deliverable"),
        "stop" => ("widerrufen", "withdrawn"),
        "stop_all" => ("für alle Listen widerrufen", "withdrawn from all lists"),
        "hold" => ("angehalten", "paused"),
        "hold_expired" => ("nach Pause beendet", "ended after a pause"),
        "resume" => ("fortgesetzt", "resumed"),
        "go_stale" => ("wegen Nichtnutzung ausgesetzt", "suspended, unused"),
        "renew" => ("erneuert", "renewed"),
        "invalidate" => ("für ungültig befunden", "found invalid"),
        "close_list" => ("Liste geschlossen", "list closed"),
        "import_a" => ("mit vollständigem Nachweis übernommen", "imported with full proof"),
        "import_b" => ("mit Nachweis übernommen", "imported with proof"),
        "import_c" => ("ohne Nachweis übernommen, gesperrt", "imported without proof, quarantined"),
        "import_d" => ("als Bestandskunde übernommen", "imported as existing customer"),
        _ => ("Ereignis", "event"),
    }
}

/// The page.
pub(super) fn page(records: &[&str], texts: &[Text], size: u64, vkey: &str, now: Time) -> String {
    let values: Vec<Value> = records.iter().filter_map(|r| serde_json::from_str(r).ok()).collect();
    let last = values.last().cloned().unwrap_or_default();
    let field = |path: &str| escape(last.pointer(path).and_then(Value::as_str).unwrap_or("–"));
    let mut rows = String::new();
    for value in &values {
        let (de, en) = word(value.pointer("/type").and_then(Value::as_str).unwrap_or(""));
        let when = value.pointer("/time").and_then(Value::as_i64).map_or_else(String::new, |t| date(Time(t)));
        let how = [
            value.pointer("/act/kind").and_then(Value::as_str),
            value.pointer("/act/verbatim").and_then(Value::as_str),
            value.pointer("/source/kind").and_then(Value::as_str),
            value.pointer("/actor").and_then(Value::as_str),
        ];
        let how: Vec<String> = how.into_iter().flatten().map(escape).collect();
        let earlier = value
            .pointer("/earlier/confirmed_at")
            .and_then(Value::as_i64)
            .map_or_else(String::new, |t| format!("; {}", date(Time(t))));
        rows.push_str(&format!(
            "<tr><td>{}</td><td>{when}</td><td>{de} / {en}</td><td>{}{earlier}</td></tr>\n",
            value.pointer("/n").unwrap_or(&Value::Null),
            how.join(" · ")
        ));
    }
    let shown: String = texts
        .iter()
        .map(|t| {
            format!(
                "<h3>{}</h3>\n<blockquote>{}</blockquote>\n",
                crate::text::hex(&t.digest()),
                escape(&t.body).replace('\n', "<br>")
            )
        })
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"de\">\n<head><meta charset=\"utf-8\"><title>Einwilligungsnachweis / Proof of consent</title>\n\
         <style>body{{font:1rem/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}}table{{border-collapse:collapse}}\
         td,th{{border:1px solid #999;padding:.3rem .6rem;text-align:left}}blockquote{{border-left:.2rem solid #999;margin:.5rem 0;padding-left:1rem}}</style></head>\n\
         <body>\n<h1>Einwilligungsnachweis / Proof of consent</h1>\n<table>\n\
         <tr><th>Verantwortlich / Controller</th><td>{controller}<br>{imprint}<br>{privacy}</td></tr>\n\
         <tr><th>Adresse / Address</th><td>{channel}: {address}</td></tr>\n\
         <tr><th>Liste, Zweck / List, purpose</th><td>{title}<br>{purpose}</td></tr>\n\
         <tr><th>Stand / Status</th><td>{state} ({now})</td></tr>\n</table>\n\
         <h2>Verlauf / History</h2>\n<table>\n<tr><th>Nr.</th><th>Zeit / Time</th><th>Ereignis / Event</th><th>Wie / How</th></tr>\n{rows}</table>\n\
         <h2>Texte / Texts</h2>\n{shown}\
         <h2>Prüfen / Verify</h2>\n<p>Das Protokoll umfasst {size} Einträge. Prüfung ohne unser Zutun: <code>python3 verify.py</code> in diesem Ordner; \
         andere Wege stehen in VERIFY.md.</p>\n<p>The log has {size} entries. Verify without us: <code>python3 verify.py</code> in this folder; \
         VERIFY.md shows other ways.</p>\n<p><code>{vkey}</code></p>\n</body>\n</html>\n",
        controller = field("/controller/name"),
        imprint = field("/controller/imprint_url"),
        privacy = field("/controller/privacy_url"),
        channel = field("/address/channel"),
        address = field("/address/normalised"),
        title = field("/list/title"),
        purpose = field("/list/purpose"),
        state = field("/state_after"),
        now = date(now),
        vkey = escape(vkey),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (ms, want) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399_000, "2000-02-28 23:59:59 UTC"),
            (951_782_400_000, "2000-02-29 00:00:00 UTC"),
            (1_795_597_200_000, "2026-11-25 09:00:00 UTC"),
            (-1_000, "1969-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(date(Time(ms)), want);
        }
    }
}

//! A dry run, a preview and a broadcast's files, for people.

use super::super::{counts, field};
use crate::lang::word;
use rundruf_consent::text::escape_html;
use rundruf_lang::{Language, msg};
use serde_json::Value;

/// How many people would get a message.
pub(super) fn recipients(v: &Value) -> u64 {
    let channels = v.get("by_channel").and_then(Value::as_object);
    channels.into_iter().flatten().filter_map(|(_, n)| n.as_u64()).sum()
}

/// Who a user of this machine is: `operator:1000` with the name of that user.
pub(in crate::cli::api) fn who(actor: &str) -> String {
    let Some(uid) = actor.strip_prefix("operator:") else { return actor.to_owned() };
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| uid.to_owned())
}

/// Attachments and pictures, one a line.
pub(super) fn files(v: &Value, language: Language) -> Vec<String> {
    let all = v.get("attachments").and_then(Value::as_array).into_iter().flatten();
    all.map(|file| {
        let kind = if file.get("picture") == Some(&Value::Bool(true)) { "picture" } else { "attachment" };
        let size = file.get("size").and_then(Value::as_u64).unwrap_or(0).div_ceil(1024);
        format!("{:<22} {} ({size} KiB)", word(language, kind), field(file, "name"))
    })
    .collect()
}

/// A page that shows each sample as its recipient sees it; it fetches nothing.
pub(super) fn page(v: &Value, language: Language) -> String {
    let title = escape_html(&msg!("daemon-preview-title").text(language));
    let mut out = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\
         <title>{title}</title></head><body style=\"margin:0;font-family:sans-serif\">\n",
        language.tag()
    );
    for sample in v.get("samples").and_then(Value::as_array).into_iter().flatten() {
        let (channel, tag, subject) = (field(sample, "channel"), field(sample, "language"), field(sample, "subject"));
        let head = format!("{channel} · {tag}");
        out.push_str(&format!(
            "<section lang=\"{}\"><p style=\"margin:0;padding:12px 16px;background:#eee;color:#333\">{}<br><b>{}</b></p>\n",
            escape_html(&tag),
            escape_html(&head),
            escape_html(&subject)
        ));
        let html = field(sample, "html");
        let body = html.split_once("<body").and_then(|(_, b)| b.split_once('>')).map(|(_, b)| b);
        match body.and_then(|b| b.rsplit_once("</body>")) {
            Some((inner, _)) => out.push_str(&format!("<div style=\"padding:16px\">{inner}</div>")),
            None => out.push_str(&format!(
                "<pre style=\"padding:16px;white-space:pre-wrap;font-family:inherit\">{}</pre>",
                escape_html(&field(sample, "text"))
            )),
        }
        out.push_str("</section>\n");
    }
    out.push_str("</body></html>\n");
    out
}

/// The result of a dry run, as text for people.
pub(super) fn text(v: &Value, language: Language) -> String {
    let mut out = format!(
        "{} {}\n{} {}\n{} {}\n",
        msg!("daemon-people").text(language),
        field(v, "total"),
        msg!("daemon-would-get-it").text(language),
        counts(v, "by_channel", language),
        msg!("daemon-would-not").text(language),
        counts(v, "skipped_by", language)
    );
    let total = |name: &str| v.get(name).and_then(Value::as_u64).unwrap_or(0);
    if total("incomplete") > 0 {
        let each = v.get("empty").and_then(Value::as_object).into_iter().flatten();
        let names: Vec<String> = each.map(|(name, n)| format!("{{{{ {name} }}}} {n}")).collect();
        let said = msg!("daemon-plan-incomplete", people = total("incomplete"), names = names.join(", "));
        out.push_str(&format!("! {}\n", said.text(language)));
    }
    out.extend(files(v, language).into_iter().map(|line| line + "\n"));
    for price in v.get("prices").and_then(Value::as_array).into_iter().flatten() {
        let n = |name: &str| price.get(name).and_then(Value::as_u64).unwrap_or(0);
        let money = |name: &str| {
            let amount = field(price, name);
            if language == Language::De { amount.replace('.', ",") } else { amount }
        };
        let (transport, total, each) = (field(price, "transport"), money("total"), money("each"));
        let (messages, parts) = (n("messages"), n("parts"));
        let said = msg!(
            "daemon-plan-price",
            transport = transport,
            total = total,
            messages = messages,
            parts = parts,
            each = each
        );
        out.push_str(&format!("{}\n", said.text(language)));
    }
    if let Some(same) = v.get("same_text").filter(|same| same.is_object()) {
        out.push_str(&format!("! {} ({})\n", field(same, "message"), field(same, "help")));
    }
    for person in v.get("people").and_then(Value::as_array).into_iter().flatten() {
        let reason = field(person, "reason");
        let what =
            if reason.is_empty() { field(person, "transport") } else { format!("– {}", word(language, &reason)) };
        out.push_str(&format!("  {:<8} {:<30} {what}\n", field(person, "channel"), field(person, "address")));
    }
    for warning in v.get("warnings").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        out.push_str(&format!("! {}\n", warning));
    }
    for sample in v.get("samples").and_then(Value::as_array).into_iter().flatten() {
        let (channel, tag, text) = (field(sample, "channel"), field(sample, "language"), field(sample, "text"));
        let subject = field(sample, "subject");
        let subject =
            if subject.is_empty() { subject } else { format!("{}: {subject}\n\n", word(language, "subject")) };
        out.push_str(&format!("\n── {channel} · {tag}\n{subject}{text}\n"));
    }
    out
}

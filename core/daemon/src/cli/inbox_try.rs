//! `inbox try`: what replies mean, without a daemon. JSON lines in, JSON lines out; or one text from the command line.

use super::context::CommandContext;
use crate::client::CommandFailure;
use clap::ArgMatches;
use rundruf_consent::keyword::{InboundReply, PendingQuestion, ReplyDecision, decide};
use rundruf_lang::{Message, msg};
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

/// Longest line that is read.
const LONGEST: u64 = 1 << 20;

/// Runs `inbox try [TEXT|FILE|-]`.
pub(super) fn run(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let given = |name: &str| m.get_one::<String>(name).map(String::as_str);
    let language = given("language").unwrap_or("de");
    let question = question(given("pending")).unwrap_or_default();
    let what = given("text").unwrap_or("-");
    if what == "-" {
        return lines(context, std::io::stdin().lock(), language, question);
    }
    let path = Path::new(what);
    let looks_like_a_file = what.ends_with(".jsonl") || what.ends_with(".json") || what.ends_with(".txt");
    if path.is_file() || looks_like_a_file {
        let failed = |error| CommandFailure::new("file", msg!("daemon-file-failed", file = what, error = &error), "");
        return lines(context, BufReader::new(File::open(path).map_err(failed)?), language, question);
    }
    let decision = decide(&InboundReply { text: what, language, question, is_reaction: false });
    let value = json!({"got": decision.keyword.name(), "rule": decision.rule});
    context.output.result(&value, || {
        let name = decision.keyword.name();
        let meaning = Message::find(&format!("daemon-try-means-{}", name.replace('_', "-")));
        let meaning = meaning.map_or_else(|| name.to_owned(), |m| m.text(context.language));
        format!("{meaning}  ({})", decision.rule)
    });
    Ok(0)
}

/// `None`: no such question.
fn question(name: Option<&str>) -> Option<PendingQuestion> {
    Some(match name {
        None | Some("none") => PendingQuestion::Nothing,
        Some("optin") => PendingQuestion::OptIn,
        Some("renew") => PendingQuestion::Renew,
        Some("hold") => PendingQuestion::Hold,
        Some(_) => return None,
    })
}

/// One line in, one line out, as they come: any number of lines in little memory.
fn lines(
    context: &CommandContext,
    mut input: impl BufRead,
    language: &str,
    question: PendingQuestion,
) -> Result<u8, CommandFailure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let (mut number, mut faults) = (0_u64, 0_u64);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = input.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        let read = read.map_err(|e| CommandFailure::new("file", msg!("daemon-input-failed", error = &e), ""))?;
        if read == 0 {
            break;
        }
        number += 1;
        let is_cut = line.len() as u64 == LONGEST && line.last() != Some(&b'\n');
        if is_cut {
            skip_line(&mut input);
        }
        // A byte order mark does not belong to the text.
        let bytes = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line).trim_ascii();
        if bytes.is_empty() {
            continue;
        }
        let result = if is_cut { Err(msg!("daemon-try-too-long")) } else { one(bytes, language, question) };
        let value = result.unwrap_or_else(|fault| {
            faults += 1;
            let fault = msg!("daemon-try-line", line = number, fault = fault).text(context.language);
            context.output.remark(&fault);
            json!({"line": number, "error": fault})
        });
        // A reader that closed the pipe (`| head`) is not an error.
        if writeln!(out, "{value}").is_err() {
            return Ok(0);
        }
    }
    let _ = out.flush();
    drop(out);
    Ok(u8::from(faults > 0))
}

/// Reads on to the end of a line that is too long.
fn skip_line(input: &mut impl BufRead) {
    loop {
        let Ok(buffer) = input.fill_buf() else { return };
        let (length, end) = match buffer.iter().position(|b| *b == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(length);
        if end {
            return;
        }
    }
}

/// The answer to one line: what was given, with `got` and `rule`.
fn one(bytes: &[u8], language: &str, pending: PendingQuestion) -> Result<Value, Message> {
    let value: Value = serde_json::from_slice(bytes).map_err(|e| msg!("daemon-try-no-json", error = %e))?;
    let Value::Object(given) = value else { return Err(msg!("daemon-try-no-object")) };
    let text = |name: &'static str| match given.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(msg!("daemon-try-no-text", name = name)),
    };
    let is_reaction = match given.get("reaction") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(yes)) => *yes,
        Some(_) => return Err(msg!("daemon-try-no-bool")),
    };
    let question = match text("pending")? {
        None => pending,
        some => question(some).ok_or_else(|| msg!("daemon-try-no-question"))?,
    };
    let words = text("text")?.ok_or_else(|| msg!("daemon-try-text-missing"))?;
    let language = text("lang")?.unwrap_or(language);
    let ReplyDecision { keyword, rule } = decide(&InboundReply { text: words, language, question, is_reaction });
    let mut answer = Map::new();
    for name in ["id", "text", "lang", "pending", "reaction"] {
        if let Some(value) = given.get(name) {
            answer.insert(name.to_owned(), value.clone());
        }
    }
    answer.insert("got".to_owned(), keyword.name().into());
    answer.insert("rule".to_owned(), rule.into());
    Ok(Value::Object(answer))
}

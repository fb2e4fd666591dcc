//! Placeholders: `{{ expression }}`. An expression is evaluated once per recipient. There are no blocks, no functions, no lists and no multiplication, and
//! only filters that make a text hardly longer: nothing can loop, include, read or grow. Length and steps are limited all the same.
//!
//! While Markdown is parsed, a placeholder is a private-use character and a number, so that a value never becomes Markdown or HTML.

mod expression; // what an expression may use

use crate::error::{EngineError, Result};
use minijinja::{Expression, Value};
use rundruf_host::MessageTemplate;
use rundruf_lang::{Message, msg};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Marks a placeholder: this character, its number in private-use digits, this character again.
const MARK: char = '\u{e000}';
const DIGIT: u32 = 0xe010;
/// Longest value, in bytes.
const MAX_VALUE: usize = 4_096;
/// The placeholders of one text.
const MAX_PLACEHOLDERS: usize = 256;

/// What is filled in for a recipient.
#[derive(Debug)]
pub(super) enum Placeholder {
    /// The recipient's unsubscribe link.
    Unsubscribe,
    /// A variable of the contact: no evaluation.
    Var(String),
    /// The same for everybody.
    Fixed(String),
    /// An expression, and its position in the source.
    Expression(Expression<'static, 'static>, TextPosition),
}

/// Variables with the same value for all recipients.
type SharedValues = BTreeMap<String, String>;

/// Collects the placeholders of all texts of one content.
pub(super) struct PlaceholderSet {
    found: Vec<Placeholder>,
    sources: Vec<String>,
    shared: SharedValues,
    /// Variables without a default, and the first position of each.
    bare: Vec<(String, TextPosition)>,
}

/// Line and column, from 1, in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TextPosition {
    line: usize,
    column: usize,
}

impl TextPosition {
    fn of(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        Self { line, column: before.rsplit('\n').next().unwrap_or("").chars().count() + 1 }
    }

    /// A refusal of the source at this position.
    pub(crate) fn refused(self, fault: Message, help: impl Into<Message>) -> EngineError {
        let Self { line, column } = self;
        EngineError::refused(
            "template",
            msg!("engine-template-fault", line = line, column = column, fault = fault),
            help,
        )
    }
}

fn refused(text: &str, at: usize, fault: Message, help: impl Into<Message>) -> EngineError {
    TextPosition::of(text, at).refused(fault, help)
}

impl PlaceholderSet {
    pub(super) fn new(shared: &[(&str, &str)]) -> Self {
        let shared = shared.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Self { found: Vec::new(), sources: Vec::new(), shared, bare: Vec::new() }
    }

    fn number(&mut self, source: &str, placeholder: impl FnOnce() -> Placeholder) -> usize {
        if let Some(known) = self.sources.iter().position(|s| s == source) {
            return known;
        }
        self.sources.push(source.to_owned());
        self.found.push(placeholder());
        self.found.len() - 1
    }

    /// The mark of the recipient's unsubscribe link.
    pub(super) fn unsubscribe(&mut self) -> String {
        mark(self.number("\0unsubscribe", || Placeholder::Unsubscribe))
    }

    /// Replaces every placeholder by its mark.
    pub(super) fn mark(&mut self, text: &str) -> Result<String> {
        let clean = unmarked(text);
        let text = clean.as_str();
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
            let next = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min();
            let Some(next) = next else {
                out.push_str(rest);
                break;
            };
            out.push_str(rest.get(..next).unwrap_or(""));
            let open = at + next;
            if !text.get(open..).is_some_and(|t| t.starts_with("{{")) {
                let help = "use an inline condition: {{ \"a\" if x else \"b\" }}";
                return Err(refused(text, open, msg!("engine-template-block"), help));
            }
            let inner = text.get(open + 2..).unwrap_or("");
            let Some(length) = inner.find("}}") else {
                return Err(refused(text, open, msg!("engine-template-open"), msg!("engine-template-open-help")));
            };
            let source = inner.get(..length).unwrap_or("").trim();
            let mark = self.placeholder(text, open, source)?;
            out.push_str(&mark);
            at = open + 2 + length + 2;
        }
        Ok(out)
    }

    fn placeholder(&mut self, text: &str, at: usize, source: &str) -> Result<String> {
        if self.found.len() >= MAX_PLACEHOLDERS {
            return Err(refused(text, at, msg!("engine-template-holes"), msg!("engine-template-holes-help")));
        }
        let plain = !source.is_empty()
            && !source.starts_with(|c: char| c.is_ascii_digit())
            && source.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if plain && !["true", "false", "none", "True", "False", "None"].contains(&source) {
            let shared = self.shared.get(source).cloned();
            if shared.is_none() && !self.bare.iter().any(|(name, _)| name == source) {
                self.bare.push((source.to_owned(), TextPosition::of(text, at)));
            }
            return Ok(mark(
                self.number(source, || shared.map_or_else(|| Placeholder::Var(source.to_owned()), Placeholder::Fixed)),
            ));
        }
        let expression = expression::compile(source).map_err(|what| {
            refused(
                text,
                at,
                msg!("engine-template-expression", expression = source, fault = what),
                msg!("engine-template-expression-help"),
            )
        })?;
        let position = TextPosition::of(text, at);
        Ok(mark(self.number(source, || Placeholder::Expression(expression, position))))
    }
}

impl From<PlaceholderSet> for Arc<[Placeholder]> {
    fn from(placeholders: PlaceholderSet) -> Self {
        placeholders.found.into()
    }
}

fn mark(number: usize) -> String {
    let mut out = String::from(MARK);
    for digit in number.to_string().bytes() {
        out.extend(char::from_u32(DIGIT + u32::from(digit - b'0')));
    }
    out.push(MARK);
    out
}

/// A text without characters that look like a mark or control a terminal or a header.
pub(super) fn unmarked(text: &str) -> String {
    let is_kept = |c: &char| !('\u{e000}'..='\u{e020}').contains(c) && (!c.is_control() || matches!(c, '\n' | '\t'));
    text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(is_kept).collect()
}

/// The first characters of a marked text, without a cut mark at the end.
pub(super) fn head(marked: &str, characters: usize) -> String {
    let mut head: String = marked.chars().take(characters).collect();
    if head.matches(MARK).count() % 2 == 1
        && let Some(at) = head.rfind(MARK)
    {
        head.truncate(at);
    }
    head
}

/// Splits a marked text into segments.
pub(super) fn segments(marked: &str) -> MessageTemplate {
    let mut segments = Vec::new();
    let mut parts = marked.split(MARK);
    let mut literal = parts.next().unwrap_or("").to_owned();
    while let Some(number) = parts.next() {
        let digits: String =
            number.chars().filter_map(|c| char::from_digit(u32::from(c).wrapping_sub(DIGIT), 10)).collect();
        segments.push((std::mem::take(&mut literal), digits.parse().ok()));
        parts.next().unwrap_or("").clone_into(&mut literal);
    }
    if !literal.is_empty() {
        segments.push((literal, None));
    }
    MessageTemplate { segments }
}

/// Variables without a default in a text, and the first position of each.
///
/// # Errors
/// If the text is not valid: with line and column.
pub(super) fn bare_variables(text: &str, shared: &[(&str, &str)]) -> Result<Vec<(String, TextPosition)>> {
    let mut placeholders = PlaceholderSet::new(shared);
    placeholders.mark(text)?;
    Ok(placeholders.bare)
}

/// The values of placeholders for one recipient.
pub(super) fn values(placeholders: &[Placeholder], contact_vars: &str, unsubscribe_url: &str) -> Result<Vec<Box<str>>> {
    let needs_vars = placeholders.iter().any(|p| matches!(p, Placeholder::Var(_) | Placeholder::Expression(..)));
    let vars: BTreeMap<String, String> = if needs_vars && !contact_vars.is_empty() {
        serde_json::from_str(contact_vars).unwrap_or_default()
    } else {
        BTreeMap::new()
    };
    let mut context = None;
    placeholders
        .iter()
        .map(|placeholder| match placeholder {
            Placeholder::Unsubscribe => Ok(unsubscribe_url.into()),
            Placeholder::Fixed(text) => Ok(text.as_str().into()),
            Placeholder::Var(name) => Ok(clean(vars.get(name).map_or("", String::as_str))),
            Placeholder::Expression(expression, position) => {
                let context = context
                    .get_or_insert_with(|| Value::from_pairs(vars.iter().map(|(k, v)| (k.as_str(), v.as_str()))));
                let value = expression
                    .eval(context.clone())
                    .map_err(|e| position.refused(msg!("engine-template-eval", fault = %e.kind()), ""))?;
                Ok(if value.is_undefined() || value.is_none() { "".into() } else { clean(&value.to_string()) })
            }
        })
        .collect()
}

/// One line, of bounded length, without control characters.
fn clean(text: &str) -> Box<str> {
    let mut end = text.len().min(MAX_VALUE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or("");
    if text.chars().any(char::is_control) {
        return text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    }
    text.into()
}

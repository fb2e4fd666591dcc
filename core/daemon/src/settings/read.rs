//! Reads TOML into one tree of values, with the position of every key and value. First the main file, then `conf.d/*.toml` beside it by name.

use super::fault::{SettingsReport, SourceFile, SourceSpan};
use super::toml_text;
use rundruf_lang::{Message, msg};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Largest settings file, in bytes.
const MAX: u64 = 4 << 20;
/// Deepest nesting of tables and lists.
const DEEPEST: usize = 32;

/// The tree, and the position of each key and value by JSON pointer.
#[derive(Debug, Default)]
pub(crate) struct SettingsTree {
    pub(crate) value: Value,
    pub(crate) keys: BTreeMap<String, SourceSpan>,
    pub(crate) values: BTreeMap<String, SourceSpan>,
    /// Whether a file could not be read to its end: a key that is missing in the tree may be written in the rest.
    pub(crate) damaged: bool,
    /// Numbers of the files of which not all is in the tree.
    pub(crate) unclear: BTreeSet<usize>,
}

impl SettingsTree {
    /// The position of a key, or of the nearest table around it.
    pub(crate) fn key(&self, pointer: &str) -> Option<SourceSpan> {
        self.keys.get(pointer).or_else(|| self.values.get(pointer)).copied().or_else(|| {
            let parent = pointer.rsplit_once('/')?.0;
            if parent.is_empty() { None } else { self.key(parent) }
        })
    }

    /// The position of a value, or of its key.
    pub(crate) fn place(&self, pointer: &str) -> Option<SourceSpan> {
        self.values.get(pointer).copied().or_else(|| self.key(pointer))
    }
}

/// `/lists/a/title` → `lists.a.title`.
pub(crate) fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').split('/').map(unescape).collect::<Vec<_>>().join(".")
}

/// Escapes a key as one step of a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn unescape(key: &str) -> String {
    key.replace("~1", "/").replace("~0", "~")
}

/// Reads all files. Faults go into the report; the tree has everything that could be read.
pub(crate) fn read(path: &Path, report: &mut SettingsReport) -> SettingsTree {
    let mut tree = SettingsTree { value: Value::Object(Map::new()), ..SettingsTree::default() };
    let mut files = vec![path.to_owned()];
    let folder = path.parent().unwrap_or(Path::new("")).join("conf.d");
    if let Ok(entries) = std::fs::read_dir(&folder) {
        let visible = |p: &PathBuf| {
            p.extension().is_some_and(|e| e == "toml")
                && !p.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'))
        };
        let mut more: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(visible).collect();
        more.sort();
        files.extend(more);
    }
    for file in files {
        let mut is_closed = false;
        let bytes = match std::fs::metadata(&file) {
            Ok(meta) if meta.len() > MAX => Err(msg!("daemon-larger-than-4-mib")),
            _ => std::fs::read(&file).map_err(|error| {
                is_closed = error.kind() == std::io::ErrorKind::PermissionDenied;
                Message::from(error)
            }),
        };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => {
                let shown = file.display();
                let message = msg!("daemon-cannot-read", shown = %shown, error = error);
                let help =
                    if is_closed { msg!("daemon-settings-closed-to-you") } else { msg!("daemon-create-settings-file") };
                report.fault(None, "", message, help);
                report.at_file(Some(file));
                tree.damaged = true;
                continue;
            }
        };
        let damaged = std::str::from_utf8(&bytes).err().map(|e| e.valid_up_to());
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let number = report.sources.len();
        report.sources.push(SourceFile { path: file.clone(), text: text.clone() });
        if let Some(from) = damaged {
            let message = msg!("daemon-not-utf8");
            let help = msg!("daemon-save-as-utf8");
            report.fault(Some(SourceSpan { file: number, from, to: from + '\u{fffd}'.len_utf8() }), "", message, help);
        }
        if let Some(from) = too_deep(&text) {
            let place = SourceSpan { file: number, from, to: from + 1 };
            report.fault(Some(place), "", msg!("daemon-too-deep"), msg!("daemon-too-deep-help", most = DEEPEST));
            tree.damaged = true;
            tree.unclear.insert(number);
            continue;
        }
        let (table, errors) = DeTable::parse_recoverable(&text);
        if damaged.is_some() || !errors.is_empty() {
            tree.damaged = true;
            tree.unclear.insert(number);
        }
        let help = msg!("daemon-not-toml");
        for error in errors {
            let place = error.span().map(|s| SourceSpan { file: number, from: s.start, to: s.end });
            report.fault(
                place,
                "",
                Message::verbatim("TOML").caused_by(toml_text::message(error.message())),
                help.clone(),
            );
        }
        merge(&mut tree, table.into_inner(), number, report);
    }
    tree
}

/// Where a text nests deeper than [`DEEPEST`], if it does. Asked before it is parsed, which takes stack for each level.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut dots, mut at) = (0_usize, 0_usize, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let string_end = |mark: &str| {
            let long = mark.len() == 3;
            let (mut end, mut escaped) = (mark.len(), false);
            for (n, c) in rest.char_indices().skip_while(|(n, _)| *n < mark.len()) {
                end = n + c.len_utf8();
                if !escaped && rest.get(n..).is_some_and(|r| r.starts_with(mark)) {
                    return n + mark.len();
                }
                if c == '\n' && !long {
                    return n;
                }
                escaped = c == '\\' && !escaped && mark.starts_with('"');
            }
            end
        };
        let first = rest.chars().next().unwrap_or('\n');
        match first {
            '"' | '\'' => {
                let mark = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|mark| rest.starts_with(mark));
                at += string_end(mark.unwrap_or("\""));
                continue;
            }
            '#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            '.' => dots += 1,
            _ => {}
        }
        if matches!(first, '\n' | ',' | '=' | '[' | '{') {
            dots = 0;
        }
        if depth > DEEPEST || dots >= DEEPEST {
            return Some(at);
        }
        at += first.len_utf8();
    }
    None
}

/// Adds a file's tables to the tree. Lists and transports may be in several files; any other table only in one.
fn merge(tree: &mut SettingsTree, table: DeTable<'_>, file: usize, report: &mut SettingsReport) {
    for (key, value) in table {
        let name = key.get_ref().to_string();
        let pointer = format!("/{}", escape(&name));
        let many = (name == "lists" || name == "transports") && matches!(value.get_ref(), DeValue::Table(_));
        if many {
            tree.keys.entry(pointer.clone()).or_insert_with(|| place(file, &key));
            tree.values.entry(pointer.clone()).or_insert_with(|| place(file, &value));
            let DeValue::Table(inner) = value.into_inner() else { continue };
            for (key, value) in inner {
                let pointer = format!("{pointer}/{}", escape(key.get_ref()));
                put(tree, &[name.clone(), key.get_ref().to_string()], &pointer, key, value, file, report);
            }
        } else {
            put(tree, &[name], &pointer, key, value, file, report);
        }
    }
}

fn place<T>(file: usize, spanned: &Spanned<T>) -> SourceSpan {
    let span = spanned.span();
    SourceSpan { file, from: span.start, to: span.end }
}

fn put(
    tree: &mut SettingsTree,
    path: &[String],
    pointer: &str,
    key: Spanned<std::borrow::Cow<'_, str>>,
    value: Spanned<DeValue<'_>>,
    file: usize,
    report: &mut SettingsReport,
) {
    if let Some(first) = tree.keys.get(pointer).copied() {
        let name = |n: usize| report.sources.get(n).map(|s| s.path.display().to_string()).unwrap_or_default();
        let (one, other) = (name(first.file), name(file));
        let message = msg!("daemon-key-in-two-files", pointer = %dotted(pointer), one = %one, other = %other);
        report.fault(Some(place(file, &key)), &dotted(pointer), message, msg!("daemon-keep-in-one-file"));
        tree.unclear.insert(file);
        return;
    }
    tree.keys.insert(pointer.to_owned(), place(file, &key));
    let converted = convert(tree, pointer, value, file);
    let mut at = &mut tree.value;
    for step in path.iter().take(path.len().saturating_sub(1)) {
        let Value::Object(object) = at else { return };
        at = object.entry(step.clone()).or_insert_with(|| Value::Object(Map::new()));
    }
    if let (Value::Object(object), Some(last)) = (at, path.last()) {
        object.insert(last.clone(), converted);
    }
}

fn convert(tree: &mut SettingsTree, pointer: &str, value: Spanned<DeValue<'_>>, file: usize) -> Value {
    tree.values.insert(pointer.to_owned(), place(file, &value));
    match value.into_inner() {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(n) => {
            i64::from_str_radix(n.as_str(), n.radix()).map_or_else(|_| Value::String(n.to_string()), Value::from)
        }
        DeValue::Float(n) => n.as_str().parse::<f64>().map_or_else(|_| Value::String(n.to_string()), Value::from),
        DeValue::Boolean(b) => Value::Bool(b),
        DeValue::Datetime(d) => Value::String(d.to_string()),
        DeValue::Array(items) => {
            let items = items.into_iter().enumerate();
            Value::Array(items.map(|(n, item)| convert(tree, &format!("{pointer}/{n}"), item, file)).collect())
        }
        DeValue::Table(table) => {
            let mut object = Map::new();
            for (key, value) in table {
                let inner = format!("{pointer}/{}", escape(key.get_ref()));
                tree.keys.insert(inner.clone(), place(file, &key));
                object.insert(key.get_ref().to_string(), convert(tree, &inner, value, file));
            }
            Value::Object(object)
        }
    }
}

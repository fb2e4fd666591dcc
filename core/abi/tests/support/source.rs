//! Reads the contract's Rust sources. Understands the code in `src` after rustfmt, and panics for everything else: what C cannot express is not
//! allowed in the contract.

use std::path::{Path, PathBuf};

/// Modules in the order of the header: what is held by value comes first. The text of `lib.rs` comes before all.
pub(crate) const MODULES: [&str; 15] = [
    "version",
    "view",
    "manifest",
    "batch",
    "outcome",
    "inbound",
    "host",
    "transport",
    "lookup",
    "recall",
    "webhook",
    "forget",
    "health",
    "setup",
    "entry",
];

/// One source file.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    pub(crate) items: Vec<Item>,
}

/// A declaration for both languages.
#[derive(Debug)]
pub(crate) enum Item {
    /// `#[repr(C)]` with named fields.
    Struct { docs: Vec<String>, name: String, fields: Vec<Field> },
    /// `#[repr(transparent)]` around one integer.
    Number { docs: Vec<String>, name: String, inner: String },
    /// A constant; `owner` is the type that it is associated with.
    Constant { docs: Vec<String>, owner: Option<String>, name: String, value: String },
    /// The type of the exported function.
    Function { docs: Vec<String>, name: String, ty: Ty },
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) docs: Vec<String>,
    pub(crate) name: String,
    pub(crate) ty: Ty,
}

/// A type that C has as well.
#[derive(Debug)]
pub(crate) enum Ty {
    Named(String),
    Pointer {
        constant: bool,
        to: Box<Self>,
    },
    Array {
        of: Box<Self>,
        len: String,
    },
    Function {
        arguments: Vec<(String, Self)>,
        result: Option<Box<Self>>,
    },
    /// Only the borrow checker needs it.
    Nothing,
}

/// The folder of this crate.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All modules in the header's order.
pub(crate) fn modules() -> Vec<Module> {
    let src = folder().join("src");
    let mut names: Vec<String> = std::fs::read_dir(&src)
        .unwrap()
        .map(|e| e.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        // How Rust reads what grows; C has a macro for it.
        .filter(|n| n != "lib" && n != "growth")
        .collect();
    let mut known = MODULES.map(str::to_owned).to_vec();
    names.sort();
    known.sort();
    assert_eq!(names, known, "a module of `src` is not in the header's order, see `MODULES`");
    MODULES.iter().map(|n| module(&src.join(format!("{n}.rs")))).collect()
}

/// The text at the head of `lib.rs`.
pub(crate) fn foreword() -> Vec<String> {
    module(&folder().join("src/lib.rs")).docs
}

fn module(path: &Path) -> Module {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let mut reader = Reader { path: name.clone(), lines: text.lines().collect(), at: 0 };
    let (mut docs, mut items, mut pending) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(line) = reader.next() {
        if let Some(doc) = line.strip_prefix("//!") {
            docs.push(doc.strip_prefix(' ').unwrap_or(doc).to_owned());
        } else if let Some(doc) = line.strip_prefix("///") {
            pending.push(doc.strip_prefix(' ').unwrap_or(doc).to_owned());
        } else if line.starts_with("#[cfg(test)]") {
            // Tests come last.
            break;
        } else if !line.starts_with("#[") {
            reader.item(line, std::mem::take(&mut pending), &mut items);
        }
    }
    Module { name, docs, items }
}

struct Reader<'a> {
    path: String,
    lines: Vec<&'a str>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let line = self.lines.get(self.at).copied();
        self.at += 1;
        line
    }

    fn refuse(&self, what: &str) -> ! {
        panic!("src/{}.rs:{}: the header cannot say this: {what}", self.path, self.at)
    }

    /// Skips to the end of a block, which rustfmt puts in the column of its beginning.
    fn skip_block(&mut self, line: &str) {
        if line.ends_with('{') {
            let indent = line.len() - line.trim_start().len();
            let end = format!("{}}}", " ".repeat(indent));
            while self.next().is_some_and(|l| l != end) {}
        }
    }

    /// Joins a statement that rustfmt broke over several lines.
    fn statement(&mut self, first: &str, end: char) -> String {
        let mut text = first.trim().to_owned();
        while !(text.ends_with(end) && text.matches(['(', '<']).count() == closings(&text)) {
            let Some(line) = self.next() else { self.refuse("an item without an end") };
            text.push(' ');
            text.push_str(line.trim());
        }
        text.pop();
        text
    }

    fn item(&mut self, line: &str, docs: Vec<String>, items: &mut Vec<Item>) {
        if let Some(rest) = line.strip_prefix("pub struct ") {
            items.push(self.shape(rest, docs));
        } else if line.starts_with("pub const ") {
            let text = self.statement(line, ';');
            items.push(constant(&text, None, docs));
        } else if let Some(rest) = line.strip_prefix("pub type ") {
            let text = self.statement(rest, ';');
            let Some((name, ty)) = text.split_once(" = ") else { self.refuse(line) };
            items.push(Item::Function { docs, name: name.to_owned(), ty: self.ty(ty) });
        } else if line.starts_with("impl") && !line.contains(" for ") {
            let owner = line.trim_start_matches("impl<'a> ").trim_start_matches("impl ");
            self.constants(&bare(owner.trim_end_matches(" {")), items);
        } else if line.starts_with("impl ") || line.starts_with("unsafe impl") {
            self.skip_block(line);
        } else if line.starts_with("use ") || line.starts_with("pub use ") {
            let mut last = line;
            while !last.ends_with(';') {
                last = self.next().unwrap_or(";");
            }
        } else if !line.is_empty() && !["#!", "//", "pub mod "].iter().any(|p| line.starts_with(p)) {
            self.refuse(line);
        }
    }

    fn shape(&mut self, rest: &str, docs: Vec<String>) -> Item {
        let attributes = &self.lines[self.at.saturating_sub(4)..self.at];
        let has = |repr: &str| attributes.iter().any(|l| *l == format!("#[repr({repr})]"));
        if let Some((name, inner)) = rest.strip_suffix(");").and_then(|r| r.split_once("(pub ")) {
            if !has("transparent") {
                self.refuse("a number that is not `#[repr(transparent)]`");
            }
            return Item::Number { docs, name: name.to_owned(), inner: inner.to_owned() };
        }
        if !has("C") || !rest.ends_with('{') {
            self.refuse("a struct that is not `#[repr(C)]` with named fields");
        }
        let name = bare(rest.trim_end_matches(" {"));
        let (mut fields, mut pending) = (Vec::new(), Vec::new());
        while let Some(line) = self.next().filter(|l| *l != "}") {
            if let Some(doc) = line.trim().strip_prefix("///") {
                pending.push(doc.strip_prefix(' ').unwrap_or(doc).to_owned());
            } else {
                let text = self.statement(line, ',');
                let Some((field, ty)) = text.strip_prefix("pub ").and_then(|t| t.split_once(": ")) else {
                    self.refuse(line)
                };
                if ty.starts_with("unsafe extern") {
                    self.refuse("a function that cannot be missing: wrap it in `Option`");
                }
                let docs = std::mem::take(&mut pending);
                fields.push(Field { docs, name: field.to_owned(), ty: self.ty(ty) });
            }
        }
        Item::Struct { docs, name, fields }
    }

    /// Public numbers of a type; its functions are Rust's own.
    fn constants(&mut self, owner: &str, items: &mut Vec<Item>) {
        let mut pending = Vec::new();
        while let Some(line) = self.next().filter(|l| *l != "}") {
            let text = line.trim();
            if let Some(doc) = text.strip_prefix("///") {
                pending.push(doc.trim_start().to_owned());
            } else if text.contains(" fn ") {
                pending.clear();
                self.skip_block(line);
            } else if text.starts_with("pub const ") && !text.contains("EMPTY") {
                items.push(constant(text.trim_end_matches(';'), Some(owner), std::mem::take(&mut pending)));
            } else if !text.starts_with("#[") {
                pending.clear();
            }
        }
    }

    fn ty(&self, text: &str) -> Ty {
        let text = text.trim();
        if let Some(to) = text.strip_prefix("*const ") {
            return Ty::Pointer { constant: true, to: Box::new(self.ty(to)) };
        }
        if let Some(to) = text.strip_prefix("*mut ") {
            return Ty::Pointer { constant: false, to: Box::new(self.ty(to)) };
        }
        if let Some((of, len)) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')?.split_once("; ")) {
            return Ty::Array { of: Box::new(self.ty(of)), len: len.to_owned() };
        }
        if text.starts_with("PhantomData<") {
            return Ty::Nothing;
        }
        let text = text.strip_prefix("Option<").and_then(|t| t.strip_suffix('>')).unwrap_or(text);
        let text = text.trim().trim_end_matches(',');
        if let Some(function) = text.strip_prefix("unsafe extern \"C\" fn(") {
            let Some((inside, after)) = function.split_once(')') else { self.refuse(text) };
            let argument = |a: &str| {
                let (name, ty) = a.split_once(": ").unwrap_or_else(|| self.refuse("an argument without a name"));
                (name.trim().to_owned(), self.ty(ty))
            };
            let arguments = inside.split(',').filter(|a| !a.trim().is_empty()).map(argument).collect();
            let result = after.trim().strip_prefix("-> ").map(|t| Box::new(self.ty(t)));
            return Ty::Function { arguments, result };
        }
        let name = bare(text);
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            self.refuse(text);
        }
        Ty::Named(name)
    }
}

fn closings(text: &str) -> usize {
    text.matches(')').count() + text.matches('>').count() - text.matches("->").count()
}

/// A name without its lifetime.
fn bare(name: &str) -> String {
    name.split('<').next().unwrap_or_default().trim().to_owned()
}

fn constant(text: &str, owner: Option<&str>, docs: Vec<String>) -> Item {
    let (name, value) = text.trim_start_matches("pub const ").split_once(": ").unwrap();
    let value = value.split_once(" = ").unwrap().1;
    Item::Constant { docs, owner: owner.map(str::to_owned), name: name.to_owned(), value: value.to_owned() }
}

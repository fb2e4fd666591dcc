//! The import graph of a crate: which of its files names something of which other, by `use` or by a path in the code.
//!
//! Paths that begin with `crate`, `self`, `super` or a child module count; what is re-exported or imported on the way is followed to the file
//! that defines it. A parent file that only declares its parts (`mod x;`) or re-exports them (`pub use x::Name;`, and says `Name` nowhere else) does
//! not import them. Tests (`#[cfg(test)]`) and paths that begin with `$crate` (a macro's, used elsewhere) are left out.
//!
//! A circle is a strongly connected set: files of which each reaches each other by imports. How the folders lie makes no difference.

use crate::{source, tree};
use std::collections::{BTreeMap, BTreeSet};

/// Files of one crate by their module path (`dispatch/claims`, `lib`), and who imports whom.
#[derive(Debug, Default)]
pub struct Imports {
    /// Each file and the files that it imports.
    pub edges: BTreeMap<String, BTreeSet<String>>,
}

/// Some files of a crate that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Room<'a> {
    /// What the room is called.
    pub name: &'a str,
    /// Its files by module path; one that ends with `/` stands for the folder and the file of that name.
    pub files: &'a [&'a str],
    /// Rooms that it may import.
    pub uses: &'a [&'a str],
}

/// One file, as far as imports are concerned.
#[derive(Debug, Default)]
struct Module {
    /// Modules that it declares.
    children: BTreeSet<String>,
    /// Names that it brings in, with the full path of each (without `crate`).
    names: BTreeMap<String, Vec<String>>,
    /// Modules whose names it brings in, all of them.
    globs: Vec<Vec<String>>,
    /// Names that it defines.
    defined: BTreeSet<String>,
    /// Every path of this crate that it names.
    paths: BTreeSet<Vec<String>>,
}

impl Imports {
    /// Reads `src/` of a crate's folder, such as `core/engine`.
    #[must_use]
    pub fn of(krate: &str) -> Self {
        let base = format!("{krate}/src/");
        let mut texts = BTreeMap::new();
        for file in tree::files(&[&format!("{krate}/src")]) {
            let name = file.strip_prefix(&base).and_then(|f| f.strip_suffix(".rs"));
            if let Some(name) = name.filter(|n| !n.starts_with("bin/")) {
                texts.insert(name.to_owned(), tree::read(&file));
            }
        }
        Self::read(&texts)
    }

    /// The same from texts by module path.
    #[must_use]
    pub fn read(texts: &BTreeMap<String, String>) -> Self {
        let mut modules: BTreeMap<Vec<String>, Module> = BTreeMap::new();
        for (name, text) in texts {
            let at = place(name);
            modules.insert(at.clone(), module(&at, &source::without_tests(&source::code(text))));
        }
        // A file that only a test declares is not part of the crate.
        let declared: BTreeSet<Vec<String>> = modules
            .iter()
            .flat_map(|(at, m)| m.children.iter().map(|c| at.iter().chain([c]).cloned().collect()))
            .chain([Vec::new()])
            .collect();
        modules.retain(|at, _| declared.contains(at));
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (at, module) in &modules {
            let from = file_name(at);
            let to = module.paths.iter().filter_map(|path| target(&modules, path, 0)).map(|to| file_name(&to));
            let to = to.filter(|to| *to != from).collect();
            edges.insert(from, to);
        }
        Self { edges }
    }

    /// Circles: strongly connected sets of more than `most` files, each of which reaches each other by imports. Empty is good.
    #[must_use]
    pub fn circles(&self, most: usize) -> Vec<Vec<String>> {
        let reach: BTreeMap<&String, BTreeSet<&String>> = self.edges.keys().map(|f| (f, self.reached(f))).collect();
        let mut found: BTreeSet<Vec<String>> = BTreeSet::new();
        for (file, reached) in &reach {
            let back = |to: &&&String| reach.get(**to).is_some_and(|r| r.contains(file));
            let circle: Vec<String> = reached.iter().filter(back).map(|f| (*f).clone()).collect();
            if circle.len() > most {
                found.insert(circle);
            }
        }
        found.into_iter().collect()
    }

    /// Everything that a file reaches by one import or more.
    fn reached<'a>(&'a self, file: &'a String) -> BTreeSet<&'a String> {
        let mut found = BTreeSet::new();
        let mut open = vec![file];
        while let Some(next) = open.pop() {
            open.extend(self.edges.get(next).into_iter().flatten().filter(|to| found.insert(*to)));
        }
        found
    }

    /// The imports inside a set of files, one a line: what has to go for a circle to open.
    #[must_use]
    pub fn inside(&self, files: &[String]) -> String {
        let of = |from: &String| self.edges.get(from).into_iter().flatten().filter(|to| files.contains(to));
        files.iter().flat_map(|from| of(from).map(move |to| format!("  {from} -> {to}\n"))).collect()
    }

    /// Imports that the table of rooms does not allow, and files that belong to no room or to two.
    #[must_use]
    pub fn wrong_arrows(&self, rooms: &[Room<'_>]) -> Vec<String> {
        let mut wrong = Vec::new();
        for (from, all) in &self.edges {
            let rooms_of: Vec<_> = rooms.iter().filter(|r| r.has(from)).collect();
            let [room] = rooms_of.as_slice() else {
                wrong.push(format!("`{from}` belongs to {} rooms", rooms_of.len()));
                continue;
            };
            for to in all.iter().filter(|to| !room.has(to)) {
                let allowed = rooms.iter().any(|r| r.has(to) && room.uses.contains(&r.name));
                if !allowed {
                    wrong.push(format!("`{from}` ({}) imports `{to}`", room.name));
                }
            }
        }
        wrong
    }

    /// The rooms and their arrows as they are, one room a line.
    #[must_use]
    pub fn drawing(&self, rooms: &[Room<'_>]) -> String {
        let mut out = String::new();
        for room in rooms {
            let used = |other: &&Room<'_>| {
                let mut all = self.edges.iter().filter(|(from, _)| room.has(from)).flat_map(|(_, to)| to);
                other.name != room.name && all.any(|to| other.has(to))
            };
            let names: Vec<&str> = rooms.iter().filter(used).map(|r| r.name).collect();
            out.push_str(&format!("{} -> {}\n", room.name, names.join(", ")));
        }
        out
    }
}

impl Room<'_> {
    /// Whether a file belongs to it.
    fn has(&self, file: &str) -> bool {
        self.files.iter().any(|f| match f.strip_suffix('/') {
            Some(folder) => file == folder || file.starts_with(f),
            None => file == *f,
        })
    }
}

/// `dispatch/claims` as segments; the crate's root has none.
fn place(name: &str) -> Vec<String> {
    if matches!(name, "lib" | "main") { Vec::new() } else { name.split('/').map(str::to_owned).collect() }
}

fn file_name(at: &[String]) -> String {
    if at.is_empty() { "lib".to_owned() } else { at.join("/") }
}

/// The file that defines what a path names, if it is one of this crate.
fn target(modules: &BTreeMap<Vec<String>, Module>, path: &[String], depth: usize) -> Option<Vec<String>> {
    let (at, rest) = (0..=path.len()).rev().map(|n| path.split_at(n)).find(|(at, _)| modules.contains_key(*at))?;
    let module = modules.get(at)?;
    let Some(name) = rest.first().filter(|_| depth < 8) else { return Some(at.to_vec()) };
    if module.defined.contains(name) {
        return Some(at.to_vec());
    }
    if let Some(full) = module.names.get(name) {
        let whole: Vec<String> = full.iter().chain(rest.iter().skip(1)).cloned().collect();
        return target(modules, &whole, depth + 1);
    }
    for glob in &module.globs {
        let whole: Vec<String> = glob.iter().chain([name]).cloned().collect();
        let found = target(modules, &whole, depth + 1);
        if let Some(found) = found.filter(|f| modules.get(f).is_some_and(|m| m.defined.contains(name))) {
            return Some(found);
        }
    }
    Some(at.to_vec())
}

fn module(at: &[String], code: &str) -> Module {
    let words = words(code);
    let mut out = Module::default();
    for pair in words.windows(3) {
        if pair[0] == "mod" && pair[2] == ";" {
            out.children.insert(pair[1].clone());
        }
        if ["struct", "enum", "trait", "union", "type", "fn", "const", "static"].contains(&pair[0].as_str()) {
            out.defined.insert(pair[1].clone());
        }
        if pair[0] == "macro_rules" && pair[1] == "!" {
            out.defined.insert(pair[2].clone());
        }
    }
    let mut n = 0;
    while n < words.len() {
        if words[n] == "use" {
            let end = words[n..].iter().position(|w| w == ";").map_or(words.len(), |len| n + len);
            let mut import = Module { children: std::mem::take(&mut out.children), ..Module::default() };
            uses(&words[n + 1..end], &mut Vec::new(), at, &mut import);
            out.children = import.children;
            let is_reexport = n > 0 && (words[n - 1] == "pub" || words[n - 1] == ")");
            // A name that is re-exported from a part is imported only if the file uses it itself.
            let elsewhere = |name: &String| words[..n].iter().chain(&words[end..]).any(|w| w == name);
            let from_part = |path: &Vec<String>| {
                path.strip_prefix(at).is_some_and(|p| !p.is_empty() && out.children.contains(&p[0]))
            };
            let unused = |path: &Vec<String>| {
                let globbed = import.globs.contains(path);
                is_reexport
                    && from_part(path)
                    && (globbed || !import.names.iter().any(|(name, p)| p == path && elsewhere(name)))
            };
            out.paths.extend(import.paths.iter().filter(|p| !unused(p)).cloned());
            out.names.extend(import.names);
            out.globs.extend(import.globs);
            n = end;
        } else if is_name(&words[n]) && (n == 0 || !["::", "$"].contains(&words[n - 1].as_str())) {
            let mut path = vec![words[n].clone()];
            while words.get(n + 1).is_some_and(|w| w == "::") && words.get(n + 2).is_some_and(|w| is_name(w)) {
                path.push(words[n + 2].clone());
                n += 2;
            }
            if path.len() > 1
                && let Some(full) = absolute(&path, at, &out.children)
            {
                out.paths.insert(full);
            }
        }
        n += 1;
    }
    out
}

/// Reads a tree of `use`: the words between `use` and `;`, below a prefix.
fn uses(words: &[String], prefix: &mut Vec<String>, at: &[String], out: &mut Module) {
    let before = prefix.len();
    let mut n = 0;
    let mut alias = None;
    while n < words.len() {
        match words[n].as_str() {
            "{" => {
                let mut depth = 0_usize;
                let mut from = n + 1;
                for (end, word) in words.iter().enumerate().skip(n) {
                    match word.as_str() {
                        "{" => depth += 1,
                        "}" => depth -= 1,
                        _ => {}
                    }
                    if (depth == 1 && word == ",") || depth == 0 {
                        uses(&words[from..end], &mut prefix.clone(), at, out);
                        from = end + 1;
                    }
                    if depth == 0 {
                        break;
                    }
                }
                prefix.truncate(before);
                return;
            }
            "as" => {
                alias = words.get(n + 1).cloned();
                break;
            }
            "::" => {}
            word => prefix.push(word.to_owned()),
        }
        n += 1;
    }
    if prefix.last().is_some_and(|w| w == "self") && prefix.len() > 1 {
        prefix.pop();
    }
    if prefix.last().is_some_and(|w| w == "*") {
        prefix.pop();
        if let Some(full) = absolute(prefix, at, &out.children) {
            out.paths.insert(full.clone());
            out.globs.push(full);
        }
    } else if let Some(full) = absolute(prefix, at, &out.children) {
        if let Some(name) = alias.or_else(|| full.last().cloned()) {
            out.names.insert(name, full.clone());
        }
        out.paths.insert(full);
    }
    prefix.truncate(before);
}

/// A path from the crate's root, if it is one of this crate.
fn absolute(path: &[String], at: &[String], children: &BTreeSet<String>) -> Option<Vec<String>> {
    let first = path.first()?;
    let (base, rest): (Vec<String>, &[String]) = match first.as_str() {
        "crate" => (Vec::new(), &path[1..]),
        "self" => (at.to_vec(), &path[1..]),
        "super" => {
            let ups = path.iter().take_while(|w| *w == "super").count();
            (at[..at.len().saturating_sub(ups)].to_vec(), &path[ups..])
        }
        name if children.contains(name) => (at.to_vec(), path),
        _ => return None,
    };
    Some(base.into_iter().chain(rest.iter().cloned()).collect())
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, `::` and single signs.
fn words(code: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() || c == '_' {
            let mut word = String::from(c);
            while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                word.push(c);
            }
            out.push(word);
        } else if c == ':' && chars.next_if_eq(&':').is_some() {
            out.push("::".to_owned());
        } else if !c.is_whitespace() {
            out.push(c.to_string());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Imports {
        Imports::read(&files.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect())
    }

    fn all(imports: &Imports) -> String {
        let of = |(from, to): (&String, &BTreeSet<String>)| {
            let to: Vec<&str> = to.iter().map(String::as_str).collect();
            format!("{from}>{}", to.join("+"))
        };
        imports.edges.iter().map(of).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn paths_lead_to_the_file_that_defines() {
        let imports = read(&[
            ("lib", "mod a; mod b; mod c; pub use {b::Deep, c::{self as other}}; pub use a::*; use std::fmt;"),
            ("a", "use crate::{Deep, c::x}; pub struct Here; fn f() { crate::b::g(); super::c::y(); } // use crate::d"),
            ("b", "mod deep; pub(crate) use deep::Deep; fn h(x: &crate::Here) { deep::k::<u8>(\"crate::a\") }"),
            ("b/deep", "use super::h; pub struct Deep;"),
            ("c", "use super::a as renamed; #[cfg(test)] mod tests { use crate::b; }"),
            ("only_a_test", "use crate::a;"),
        ]);
        assert_eq!(all(&imports), "a>b+b/deep+c b>a+b/deep b/deep>b c>a lib>");
    }

    #[test]
    fn circles_are_found() {
        let files = [
            ("lib", "mod a; mod b; mod c; mod d;"),
            ("a", "use crate::b;"),
            ("b", "use crate::c;"),
            ("d", "use super::d;"),
        ];
        let open = read(&[&files[..], &[("c", "use crate::d;")]].concat());
        assert_eq!(open.circles(1), Vec::<Vec<String>>::new());
        let closed = read(&[&files[..], &[("c", "use crate::a;")]].concat());
        assert_eq!(closed.circles(2), vec![vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]]);
        assert_eq!(closed.circles(3), Vec::<Vec<String>>::new());
        let parts =
            [("lib", "mod a;"), ("a/b", "use super::A; pub struct B;"), ("a/c", "use crate::a::A; pub struct C;")];
        let reexports =
            read(&[&parts[..], &[("a", "mod b; mod c; pub use b::B; pub(crate) use c::*; pub struct A;")]].concat());
        assert_eq!(all(&reexports), "a> a/b>a a/c>a lib>");
        let uses = read(&[&parts[..], &[("a", "mod b; mod c; pub use b::B; use c::C; pub struct A(B);")]].concat());
        assert_eq!(uses.circles(2), vec![vec!["a".to_owned(), "a/b".to_owned(), "a/c".to_owned()]]);
    }

    #[test]
    fn rooms_have_doors() {
        let imports =
            read(&[("lib", "mod a; mod b;"), ("a", "use crate::b;"), ("b", "mod c;"), ("b/c", "use crate::a;")]);
        let rooms = |uses| {
            [Room { name: "top", files: &["lib", "a"], uses: &["low"] }, Room { name: "low", files: &["b/"], uses }]
        };
        assert_eq!(imports.wrong_arrows(&rooms(&[])), ["`b/c` (low) imports `a`"]);
        assert_eq!(imports.wrong_arrows(&rooms(&["top"])), Vec::<String>::new());
        assert_eq!(imports.drawing(&rooms(&[])), "top -> low\nlow -> top\n");
        assert_eq!(imports.wrong_arrows(&rooms(&["top"])[..1]).len(), 3);
    }
}

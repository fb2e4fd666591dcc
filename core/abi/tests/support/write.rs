//! Items → the C header.

use super::source::{Field, Item, Module, Ty, foreword, modules};
use super::table::{Shape, constants, shapes};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Words that C++ keeps for itself; such a field gets an underscore at its end.
const KEYWORDS: [&str; 12] = [
    "class",
    "default",
    "delete",
    "explicit",
    "export",
    "namespace",
    "new",
    "operator",
    "private",
    "template",
    "this",
    "virtual",
];

/// Names of the contract → names in C.
struct Names(HashMap<String, String>);

impl Names {
    fn of(modules: &[Module]) -> Self {
        let mut all = HashMap::new();
        for module in modules {
            all.insert(module.name.clone(), module.name.clone());
            for item in &module.items {
                if let Item::Struct { name, fields, .. } = item {
                    let links = fields.iter().map(|f| (format!("{name}::{}", f.name), field_link(name, &f.name)));
                    all.extend(links);
                }
                match item {
                    Item::Struct { name, .. } | Item::Number { name, .. } | Item::Function { name, .. } => {
                        all.insert(name.clone(), type_name(name));
                    }
                    Item::Constant { owner, name, .. } => {
                        let full = full_name(module, owner.as_deref(), name);
                        all.insert(name.clone(), constant_name(&full));
                        all.insert(format!("entry::{name}"), constant_name(&full));
                        all.insert(full.clone(), constant_name(&full));
                    }
                }
            }
        }
        Self(all)
    }

    fn ty(&self, name: &str) -> String {
        match name {
            "u8" | "u16" | "u32" | "u64" => format!("uint{}_t", &name[1..]),
            "i32" | "i64" => format!("int{}_t", &name[1..]),
            "usize" => "size_t".to_owned(),
            "c_void" => "void".to_owned(),
            name => self.0.get(name).unwrap_or_else(|| panic!("no C name for the type `{name}`")).clone(),
        }
    }

    /// A line of a doc comment: links become names of C.
    fn doc(&self, line: &str) -> String {
        let mut out = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("[`") {
            let (target, after) = after.split_once("`]").unwrap_or_else(|| panic!("a link without an end: {line}"));
            let name = self.0.get(target).unwrap_or_else(|| panic!("a link to what C does not have: {line}"));
            out.push_str(before);
            out.push_str(name);
            rest = after;
        }
        out.push_str(rest);
        let out = out.replace("`size_of`", "`sizeof`").replace("`size_of ", "`sizeof ").replace("**", "");
        assert!(!out.contains("*/") && !out.contains("/*"), "this would end the comment: {out}");
        out.trim_start_matches("# ").to_owned()
    }

    fn comment(&self, out: &mut String, docs: &[String], indent: &str) {
        assert!(!docs.is_empty(), "something is without a text");
        if let [one] = docs {
            let _ = writeln!(out, "{indent}/** {} */", self.doc(one));
            return;
        }
        let _ = writeln!(out, "{indent}/**");
        for line in docs {
            let _ = writeln!(out, "{}", format!("{indent} * {}", self.doc(line)).trim_end());
        }
        let _ = writeln!(out, "{indent} */");
    }

    fn declare(&self, ty: &Ty, name: &str) -> String {
        match ty {
            Ty::Named(of) => format!("{} {name}", self.ty(of)),
            Ty::Pointer { constant, to } => {
                let inner = self.declare(to, &format!("*{name}"));
                match **to {
                    Ty::Named(_) if *constant => format!("const {inner}"),
                    _ if *constant => panic!("`{name}`: a constant pointer to something without a name"),
                    _ => inner,
                }
            }
            Ty::Array { of, len } => self.declare(of, &format!("{name}[{len}]")),
            Ty::Function { arguments, result } => {
                let list: Vec<_> = arguments.iter().map(|(name, ty)| self.declare(ty, name)).collect();
                let list = if list.is_empty() { "void".to_owned() } else { list.join(", ") };
                match result {
                    Some(result) => self.declare(result, &format!("(*{name})({list})")),
                    None => format!("void (*{name})({list})"),
                }
            }
            Ty::Nothing => panic!("`{name}` does not exist in C"),
        }
    }
}

/// `RawBatch` → `rundruf_batch`.
pub(crate) fn type_name(name: &str) -> String {
    let mut out = "rundruf".to_owned();
    for c in name.strip_prefix("Raw").unwrap_or(name).trim_end_matches("Fn").chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    if name.ends_with("Fn") { out + "_fn" } else { out }
}

/// `Status::OK`, `manifest::SECTION`, `NO_VAR`.
pub(crate) fn full_name(module: &Module, owner: Option<&str>, name: &str) -> String {
    match owner {
        Some(owner) => format!("{owner}::{name}"),
        None if module.name == "manifest" => format!("manifest::{name}"),
        None => name.to_owned(),
    }
}

/// `OutcomeCode::SENT` → `RUNDRUF_OUTCOME_CODE_SENT`.
pub(crate) fn constant_name(full: &str) -> String {
    match full.split_once("::") {
        Some(("manifest", name)) => format!("RUNDRUF_MANIFEST_{name}"),
        Some((owner, name)) => format!("{}_{name}", type_name(owner).to_ascii_uppercase()),
        None => format!("RUNDRUF_{full}"),
    }
}

fn field_link(owner: &str, name: &str) -> String {
    format!("{}.{}", type_name(owner), field_name(name))
}

pub(crate) fn field_name(name: &str) -> String {
    if KEYWORDS.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

/// What follows the name of a constant in C. The number is that of the Rust compiler; the probe compares it with that of C.
pub(crate) fn literal(full: &str, source: &str) -> String {
    // The end of a field, so that it is right for pointers of any size.
    if let Some((owner, field)) = full.strip_suffix("::MIN_SIZE").zip(source.split_once("offset_of!(Self, ")) {
        let field = field.1.split_once(')').unwrap().0;
        let c = type_name(owner);
        return format!("(offsetof({c}, {field}) + sizeof((({c} *)0)->{field}))");
    }
    let values = constants();
    let Some((_, value)) = values.iter().find(|(name, _)| *name == full) else {
        panic!("`{full}` is missing in the table of constants")
    };
    match value.parse::<i64>() {
        Err(_) => format!("\"{value}\""),
        Ok(number) if number < 0 => format!("({number})"),
        Ok(number) if source.starts_with("0x") => format!("UINT32_C({number:#010X})").replace("0X", "0x"),
        Ok(number) if number > i64::from(i32::MAX) => format!("UINT32_C({number:#010X})").replace("0X", "0x"),
        Ok(number) => number.to_string(),
    }
}

const HEAD: &str = r#"#ifndef RUNDRUF_PLUGIN_H
#define RUNDRUF_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define RUNDRUF_ASSERT(condition, text) static_assert(condition, text)
#define RUNDRUF_ALIGNOF(type) alignof(type)
extern "C" {
#else
#define RUNDRUF_ASSERT(condition, text) _Static_assert(condition, text)
#define RUNDRUF_ALIGNOF(type) _Alignof(type)
#endif

/** Whether a struct of the host is long enough to have this field. Ask before you read what a later minor added. */
#define RUNDRUF_HAS(type, pointer, field) \
    (offsetof(type, field) + sizeof((pointer)->field) <= (size_t)(pointer)->size)

/** Copies a struct of the host, `given` bytes long (its `size`, or the `stride` of its array), into one of this header: as much as both have, and
    zeros behind it. Check before that `given` is at least its MIN_SIZE. Needs <string.h>. */
#define RUNDRUF_READ(to, from, given) \
    (memset((to), 0, sizeof *(to)), \
     memcpy((to), (from), (size_t)(given) < sizeof *(to) ? (size_t)(given) : sizeof *(to)))

/** A view of a literal, for initialisers: `.id = RUNDRUF_TEXT("org.example.carrier")`. */
#define RUNDRUF_TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

/** Before the exported function: the one symbol that is seen from outside. Compile everything with -fvisibility=hidden. */
#define RUNDRUF_EXPORT __attribute__((visibility("default")))

/** Puts the manifest into its section: `RUNDRUF_MANIFEST = "{ … }";`, once in a library. */
#define RUNDRUF_MANIFEST \
    __attribute__((used, section(".rundruf.manifest"))) static const char rundruf_manifest_text[]

"#;

/// The whole header.
pub(crate) fn header() -> String {
    let modules = modules();
    let names = Names::of(&modules);
    let version = rundruf_abi::ABI;
    let mut out = format!(
        "/*\n * SPDX-License-Identifier: Apache-2.0 OR MIT\n *\n * The contract between the Rundruf daemon and a plugin, version {}.{}.\n \
         * Made from core/abi/src by `RUNDRUF_BLESS=1 cargo test -p rundruf-abi --test header`: not edited by hand.\n *\n",
        version.major, version.minor
    );
    for line in foreword().iter().skip(2) {
        let _ = writeln!(out, "{}", format!(" * {}", names.doc(line)).trim_end());
    }
    out.push_str(" */\n");
    out.push_str(HEAD);
    for item in modules.iter().flat_map(|m| &m.items) {
        if let Item::Struct { name, .. } = item {
            let name = type_name(name);
            let _ = writeln!(out, "typedef struct {name} {name};");
        }
    }
    for module in &modules {
        let _ = writeln!(out, "\n/*\n * {}\n *", module.name);
        for line in module.docs.iter().filter(|l| !l.starts_with("```")) {
            let _ = writeln!(out, "{}", format!(" * {}", names.doc(line)).trim_end());
        }
        out.push_str(" */\n");
        for item in &module.items {
            write_item(&mut out, &names, module, item);
        }
    }
    out.push_str(
        "\n/*\n * The layout that the host uses on machines of 64 bits. A compiler with another layout must not build plugins.\n */\n\
         #if UINTPTR_MAX > UINT32_MAX\n",
    );
    shapes().iter().filter(|s| !s.fields.is_empty()).for_each(|s| write_assertions(&mut out, s));
    out.push_str("\n#endif\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    out
}

fn write_item(out: &mut String, names: &Names, module: &Module, item: &Item) {
    // The numbers of one type are together.
    if !matches!(item, Item::Constant { owner: Some(_), .. }) {
        out.push('\n');
    }
    match item {
        Item::Struct { docs, name, fields } => write_struct(out, names, docs, name, fields),
        Item::Number { docs, name, inner } => {
            names.comment(out, docs, "");
            let _ = writeln!(out, "typedef {} {};", names.ty(inner), type_name(name));
        }
        Item::Constant { docs, name, .. } if name == "ABI" => {
            names.comment(out, docs, "");
            let version = rundruf_abi::ABI;
            let _ = writeln!(out, "#define RUNDRUF_ABI_MAJOR {}", version.major);
            let _ = writeln!(out, "#define RUNDRUF_ABI_MINOR {}", version.minor);
            let (major, minor) = (version.major, version.minor);
            let _ = writeln!(
                out,
                "/** The same as a manifest says it. */\n#define RUNDRUF_MANIFEST_ABI \"[{major}, {minor}]\""
            );
        }
        Item::Constant { docs, owner, name, value } => {
            names.comment(out, docs, "");
            let full = full_name(module, owner.as_deref(), name);
            let _ = writeln!(out, "#define {} {}", constant_name(&full), literal(&full, value));
        }
        Item::Function { docs, name, ty } => {
            names.comment(out, docs, "");
            let _ = writeln!(out, "typedef {};", names.declare(ty, &type_name(name)));
            let symbol = literal("ENTRY_SYMBOL", "");
            let Ty::Function { result: Some(result), .. } = ty else { panic!("the exported function returns nothing") };
            let declared = names.declare(result, &format!("{}(void)", symbol.trim_matches('"')));
            let _ = writeln!(out, "\n/** The exported function: what a plugin defines. */\nRUNDRUF_EXPORT {declared};");
        }
    }
}

fn write_struct(out: &mut String, names: &Names, docs: &[String], name: &str, fields: &[Field]) {
    let c_name = type_name(name);
    names.comment(out, docs, "");
    let _ = writeln!(out, "struct {c_name} {{");
    for field in fields.iter().filter(|f| !matches!(f.ty, Ty::Nothing)) {
        names.comment(out, &field.docs, "    ");
        let _ = writeln!(out, "    {};", names.declare(&field.ty, &field_name(&field.name)));
    }
    out.push_str("};\n");
}

fn write_assertions(out: &mut String, shape: &Shape) {
    let c = type_name(shape.name);
    let _ = writeln!(out, "\nRUNDRUF_ASSERT(sizeof({c}) == {}, \"size of {c}\");", shape.size);
    let _ = writeln!(out, "RUNDRUF_ASSERT(RUNDRUF_ALIGNOF({c}) == {}, \"alignment of {c}\");", shape.align);
    for field in &shape.fields {
        let f = field_name(field.name);
        let _ = writeln!(out, "RUNDRUF_ASSERT(offsetof({c}, {f}) == {}, \"place of {c}.{f}\");", field.offset);
    }
}

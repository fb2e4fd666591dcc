//! Asks a C compiler for the layout in the header. The answer is text in the object file, and nothing is run, so it works for other machines.

use super::source::{Field, Item, Ty, modules};
use super::write::{constant_name, field_name, full_name, header, literal, type_name};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A padding hole in a struct is an error, because its bytes differ between compilers.
const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpadded", "-Wpedantic", "-Werror"];
/// Before and after each line of the answer.
const MARKS: (&str, &str) = ("<rundruf ", " rundruf>");

/// Runs a compiler.
///
/// # Panics
/// If it is not installed or fails.
pub(crate) fn compile(compiler: &str, arguments: &[&str], file: &Path) {
    let package = match compiler.strip_suffix("-gcc") {
        Some(machine) => format!("gcc-{}", machine.replace('_', "-")),
        None => compiler.replace("clang++", "clang"),
    };
    let output = Command::new(compiler).args(WARNINGS).args(arguments).arg(file).output().unwrap_or_else(|e| {
        panic!("`{compiler}` cannot be run ({e}): install it, on Debian by `apt-get install {package} libc6-dev`")
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{compiler} {}\n{said}", arguments.join(" "));
}

/// A folder with the header as it should be, the probe beside it.
pub(crate) fn prepare(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("probe-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("rundruf_plugin.h"), header()).unwrap();
    for file in ["probe.c", "probe.cc"] {
        std::fs::write(folder.join(file), probe()).unwrap();
    }
    folder
}

/// The lines of the table as this compiler sees them, in any order.
pub(crate) fn lines(compiler: &str) -> Vec<String> {
    let folder = prepare(compiler);
    let (standard, file) = if compiler.ends_with("++") { ("-std=c++17", "probe.cc") } else { ("-std=c11", "probe.c") };
    let object = folder.join("probe.o");
    compile(compiler, &[standard, "-ffreestanding", "-c", "-o", object.to_str().unwrap()], &folder.join(file));
    let bytes = std::fs::read(object).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let answer = text.split(MARKS.0).skip(1).map(|part| part.split_once(MARKS.1).unwrap().0);
    answer.map(|line| line.split(' ').map(short).collect::<Vec<_>>().join(" ")).collect()
}

/// `+0000000016` → `16`; other words stay.
fn short(word: &str) -> String {
    let digits = word.get(1..).filter(|d| d.len() == 10 && d.bytes().all(|b| b.is_ascii_digit()));
    match (word.get(..1), digits) {
        (Some("+"), Some(digits)) => digits.parse::<u64>().unwrap().to_string(),
        (Some("-"), Some(digits)) => format!("-{}", digits.parse::<u64>().unwrap()),
        _ => word.to_owned(),
    }
}

const HEAD: &str = r#"#include "rundruf_plugin.h"
#define DIGIT(value, power) (char)('0' + (((value) < 0 ? -(value) : (value)) / power) % 10)
#define DIGITS(v) (char)((v) < 0 ? '-' : '+'), DIGIT(v, 1000000000), DIGIT(v, 100000000), DIGIT(v, 10000000), DIGIT(v, 1000000), \
    DIGIT(v, 100000), DIGIT(v, 10000), DIGIT(v, 1000), DIGIT(v, 100), DIGIT(v, 10), DIGIT(v, 1)
#define NUMBER(expression) DIGITS((long long)(expression))
#define TEXT(number) TEXT_(number)
#define TEXT_(number) #number
#define KEPT __attribute__((used)) static const char
"#;

/// A file in C, and in C++ as well, that holds the lines of the table. Its list of structs, fields and constants comes from the sources,
/// not from the table: what is missing in one of them is a difference.
fn probe() -> String {
    let mut out = HEAD.to_owned();
    let mut count = 0;
    let mut hold = |line: String| {
        let _ = writeln!(out, "KEPT line_{count}[] = {line};");
        count += 1;
    };
    // `$` is a number.
    let numbers = |text: &str, values: &[String]| {
        let whole = format!("{}{text}{}", MARKS.0, MARKS.1);
        let chars = |text: &str| text.chars().map(|c| format!("'{c}'")).collect::<Vec<_>>().join(", ");
        let parts: Vec<_> = whole.split('$').map(chars).collect();
        assert_eq!(parts.len(), values.len() + 1, "{text}");
        let mut list = parts[0].clone();
        for (value, part) in values.iter().zip(&parts[1..]) {
            let _ = write!(list, ", NUMBER({value}), {part}");
        }
        format!("{{{list}}}")
    };
    let modules = modules();
    for item in modules.iter().flat_map(|m| &m.items) {
        let (name, fields) = match item {
            Item::Struct { name, fields, .. } => (name, fields.as_slice()),
            Item::Number { name, .. } => (name, [].as_slice()),
            _ => continue,
        };
        let c = type_name(name);
        let shape = [format!("sizeof({c})"), format!("RUNDRUF_ALIGNOF({c})")];
        hold(numbers(&format!("{name} size $ align $"), &shape));
        for Field { name: field, .. } in fields.iter().filter(|f| !matches!(f.ty, Ty::Nothing)) {
            let f = field_name(field);
            let place = [format!("offsetof({c}, {f})"), format!("sizeof((({c} *)0)->{f})")];
            hold(numbers(&format!("{name}.{field} at $ size $"), &place));
        }
    }
    for module in &modules {
        for item in &module.items {
            let Item::Constant { owner, name, .. } = item else { continue };
            let full = full_name(module, owner.as_deref(), name);
            let c = constant_name(&full);
            let text = |value: &str| format!("\"{}{full} = \" {value} \"{}\"", MARKS.0, MARKS.1);
            if name == "ABI" {
                hold(text("TEXT(RUNDRUF_ABI_MAJOR) \".\" TEXT(RUNDRUF_ABI_MINOR)"));
            } else if literal(&full, "").starts_with('"') {
                hold(text(&c));
            } else {
                hold(numbers(&format!("{full} = $"), &[c]));
            }
        }
    }
    out
}

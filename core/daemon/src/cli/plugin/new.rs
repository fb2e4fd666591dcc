//! `plugin new`: writes a plugin project that builds and passes the checks.

use crate::cli::context::CommandContext;
use crate::client::CommandFailure;
use clap::ArgMatches;
use rundruf_lang::{Language, msg};
use serde_json::json;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file of the project: its path, and its text with placeholders.
type TemplateFile = (&'static str, &'static str);

const RUST: &[TemplateFile] = &[
    ("Cargo.toml", include_str!("../../../templates/plugin/rust/Cargo.toml.in")),
    ("manifest.json", include_str!("../../../templates/plugin/rust/manifest.json.in")),
    ("build.rs", include_str!("../../../templates/plugin/rust/build.rs")),
    ("src/lib.rs", include_str!("../../../templates/plugin/rust/src/lib.rs")),
    ("tests/kit.rs", include_str!("../../../templates/plugin/rust/tests/kit.rs")),
    (".gitignore", include_str!("../../../templates/plugin/rust/gitignore")),
];
const RUST_README: (&str, &str) = (
    include_str!("../../../templates/plugin/rust/README.de.md"),
    include_str!("../../../templates/plugin/rust/README.en.md"),
);

const C: &[TemplateFile] = &[
    ("Makefile", include_str!("../../../templates/plugin/c/Makefile.in")),
    ("manifest.json", include_str!("../../../templates/plugin/c/manifest.json.in")),
    ("plugin.c", include_str!("../../../templates/plugin/c/plugin.c.in")),
    ("rundruf_plugin.h", include_str!("../../../../abi/include/rundruf_plugin.h")),
    (".gitignore", include_str!("../../../templates/plugin/c/gitignore")),
];
const C_README: (&str, &str) = (
    include_str!("../../../templates/plugin/c/README.de.md"),
    include_str!("../../../templates/plugin/c/README.en.md"),
);

/// Names that cannot be used: Rust's keywords and the crates that the project depends on.
const RESERVED_NAMES: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "async-trait",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "rundruf-abi",
    "rundruf-plugin",
    "schemars",
    "self",
    "serde",
    "serde-json",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "tokio",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// Writes the project into a new folder with the plugin's name.
pub(super) fn run(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let text = |name: &str| m.get_one::<String>(name).map(String::as_str);
    let name = text("name").unwrap_or("");
    check(name)?;
    let is_c = m.get_flag("c");
    let sdk = if is_c { String::new() } else { sdk(text("sdk"))? };
    let program = program();
    let de = context.language == Language::De;
    let ((files, (german, english)), library) = if is_c {
        ((C, C_README), format!("./build/lib{}.so", crate_name(name)))
    } else {
        ((RUST, RUST_README), format!("./target/release/lib{}.so", crate_name(name)))
    };
    let folder = PathBuf::from(name);
    let whole = std::env::current_dir().unwrap_or_default().join(name).join(&library);
    let whole = whole.components().collect::<PathBuf>().display().to_string();
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let fill = |text: &str| {
        let marks = [
            ("@NAME@", name),
            ("@CRATE@", &crate_name(name)),
            ("@SDK@", &sdk),
            ("@DATE@", &date),
            ("@LIBRARY@", &whole),
        ];
        let filled = marks.iter().fold(text.to_owned(), |text, (mark, value)| text.replace(mark, value));
        filled.replace("@RUNDRUF@", &program)
    };
    let failed = |path: &Path, e: &io::Error| {
        let message = msg!("daemon-cannot-write", path = %path.display(), error = %e);
        CommandFailure::new("file", message, "")
    };
    match fs::create_dir(&folder) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let message = msg!("daemon-folder-exists", name = %name);
            let help = msg!("daemon-use-another-name");
            return Err(CommandFailure::new("exists", message, help));
        }
        made => made.map_err(|e| failed(&folder, &e))?,
    }
    let mut written = Vec::new();
    for (file, text) in files.iter().chain([&("README.md", if de { german } else { english })]) {
        let path = folder.join(file);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, fill(text)));
        if let Err(e) = made {
            // An incomplete project is of no use and would block the next attempt.
            let _ = fs::remove_dir_all(&folder);
            return Err(failed(&path, &e));
        }
        written.push(path.display().to_string());
    }
    let build = if is_c { "make" } else { "cargo test && cargo build --release" };
    let next = [
        format!("cd {name}"),
        build.to_owned(),
        format!("{program} plugin check {library}"),
        format!("{program} plugin run {library} --to sms:+491701234567"),
    ];
    let value = json!({"folder": name, "language": if is_c { "c" } else { "rust" }, "files": written, "next": next});
    context.output.result(&value, || {
        let begin = msg!("daemon-written").text(context.language);
        let then = msg!("daemon-what-comes-next").text(context.language);
        let steps: String = next.iter().map(|s| format!("\n  {s}")).collect();
        let read = msg!("daemon-readme-says-what-to-change").text(context.language);
        format!("{begin}: {}\n{then}:{steps}\n{read}", written.join(", "))
    });
    Ok(0)
}

/// The crate name in Rust code.
fn crate_name(name: &str) -> String {
    name.replace('-', "_")
}

fn check(name: &str) -> Result<(), CommandFailure> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let good = (2..=40).contains(&name.len())
        && name.bytes().all(plain)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--");
    if good && !RESERVED_NAMES.contains(&name) {
        return Ok(());
    }
    let shown = name.escape_debug();
    let message = match good {
        false => msg!("daemon-not-a-plugin-name", name = %shown),
        true => msg!("daemon-taken-in-rust", name = %shown),
    };
    let help = msg!("daemon-plugin-name-rule");
    Err(CommandFailure::new("bad_name", message, help))
}

/// The dependency on the SDK: the folder of `--sdk`, or the sources that contain this program.
fn sdk(given: Option<&str>) -> Result<String, CommandFailure> {
    let is_sdk = |folder: &Path| {
        let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        text.contains("name = \"rundruf-plugin\"")
    };
    let by_path = |folder: &Path| {
        // A JSON string is a valid TOML string.
        let path = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        format!("path = {}", json!(path.display().to_string()))
    };
    if let Some(given) = given {
        let here = [PathBuf::from(given), Path::new(given).join("core/sdk")].into_iter().find(|f| is_sdk(f));
        return here.as_deref().map(by_path).ok_or_else(|| {
            let message = msg!("daemon-sdk-not-in", given = %given);
            let help = msg!("daemon-sdk-which-folder");
            CommandFailure::new("sdk", message, help)
        });
    }
    let built = std::env::current_exe().unwrap_or_default();
    let checkout = built.ancestors().map(|folder| folder.join("core/sdk")).find(|folder| is_sdk(folder));
    // No registry has the SDK yet: fail rather than write a project that does not build.
    checkout.as_deref().map(by_path).ok_or_else(|| {
        let version = env!("CARGO_PKG_VERSION");
        let message = msg!("daemon-sdk-not-found", version = %version);
        let help = msg!("daemon-sdk-fetch-sources");
        CommandFailure::new("sdk", message, help)
    })
}

/// The command with which the user can call this program from any folder.
fn program() -> String {
    let here = std::env::current_exe().unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("rundruf")).find(|p| p.is_file());
    let same = found.and_then(|p| fs::canonicalize(p).ok()).is_some_and(|p| p == here);
    if same { "rundruf".to_owned() } else { here.display().to_string() }
}

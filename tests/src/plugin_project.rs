//! A plugin's project as its author has it: made by `rundruf plugin new`, built by cargo or make.

use crate::Artifacts;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A project in Rust, in a folder of its own.
#[derive(Debug)]
pub struct PluginProject {
    /// The folder that `plugin new` made.
    pub folder: PathBuf,
    name: String,
}

/// The stdout of a program that succeeded.
///
/// # Panics
/// If it failed: with everything that it printed.
#[must_use]
pub fn stdout_of(what: &str, output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{what}:\n{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// Runs `rundruf … --json` without a daemon and returns what it printed.
///
/// # Panics
/// If it fails, or prints no JSON.
#[must_use]
pub fn rundruf_json(dir: &Path, args: &[&str]) -> Value {
    let mut command = Command::new(&Artifacts::get().rundruf);
    let output = command.args(args).arg("--json").env("LC_ALL", "C").current_dir(dir).output().expect("rundruf runs");
    let out = stdout_of(&format!("rundruf {}", args.join(" ")), &output);
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("not JSON ({e}): {out}"))
}

/// Builds an example of `plugins/` by `make`, as its author does, into the build folder `folder`. Each test takes a folder of its own.
///
/// # Panics
/// If it does not build.
#[must_use]
pub fn build_example(name: &str, folder: &str) -> PathBuf {
    let out = Artifacts::get().plugins.join(folder).join(name);
    let mut make = Command::new("make");
    make.arg("-C").arg(root().join("plugins").join(name)).arg(format!("OUT={}", out.display()));
    let made = make.output().unwrap_or_else(|e| panic!("`make` cannot be run ({e}): run tests/peers --install"));
    let _ = stdout_of(&format!("make in plugins/{name}"), &made);
    out.join(format!("librundruf_{}.so", name.replace('-', "_")))
}

/// Compiles a plugin in C. `source` is relative to the workspace's folder.
///
/// # Panics
/// If it does not build.
pub fn compile_c(source: &str, library: &Path, flags: &[&str]) {
    let mut gcc = Command::new("gcc");
    gcc.args(["-std=c11", "-w", "-fPIC", "-shared", "-fvisibility=hidden", "-Wl,-z,nodelete"]).args(flags);
    gcc.arg("-I").arg(root().join("core/abi/include")).arg("-o").arg(library).arg(root().join(source));
    let built = gcc.output().unwrap_or_else(|e| panic!("`gcc` cannot be run ({e}): run tests/peers --install"));
    let _ = stdout_of(source, &built);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

impl PluginProject {
    /// Runs `plugin new NAME` in this folder.
    ///
    /// # Panics
    /// If it fails.
    #[must_use]
    pub fn new(dir: &Path, name: &str) -> Self {
        let made = rundruf_json(dir, &["plugin", "new", name]);
        assert!(made["files"].as_array().is_some_and(|f| f.len() >= 6), "{made}");
        let folder = dir.join(name);
        // No network in tests: the versions are those of the workspace.
        std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).expect("Cargo.lock");
        Self { folder, name: name.to_owned() }
    }

    /// Runs cargo in this project, with the workspace's build folder: what is built there is not built again.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn cargo(&self, args: &[&str]) -> Output {
        let built = &Artifacts::get().plugins;
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(args).args(["--quiet", "--offline"]).current_dir(&self.folder);
        cargo.env("CARGO_TARGET_DIR", built.parent().expect("a target folder"));
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only").env("CARGO_TERM_COLOR", "never");
        if built.ends_with("release") {
            cargo.arg("--release");
        }
        cargo.output().expect("cargo runs")
    }

    /// Path of the library that `cargo build` writes.
    #[must_use]
    pub fn library(&self) -> PathBuf {
        Artifacts::get().plugins.join(format!("lib{}.so", self.name.replace('-', "_")))
    }
}

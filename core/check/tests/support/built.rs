//! What the tests run: the program whose children are checks, and plugins in C.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The program that becomes the process of one check.
pub(crate) fn check_program() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let target = here.ancestors().find(|a| a.ends_with("debug") || a.ends_with("release")).unwrap();
    let path = target.join("examples/plugin_check");
    assert!(path.exists(), "{} is missing: run `cargo build -p rundruf-check --examples`", path.display());
    path
}

/// Builds a plugin in C from a source of this crate, named from its folder.
pub(crate) fn compile(source: &str, library: &Path, flags: &[&str]) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("gcc")
        .args(["-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden", "-Wl,-z,nodelete"])
        .args(flags)
        .arg("-I")
        .arg(here.join("../abi/include"))
        .arg("-o")
        .arg(library)
        .arg(here.join(source))
        // Libraries come behind what needs them.
        .args(flags.iter().filter(|f| f.starts_with("-l")))
        .output()
        .unwrap_or_else(|e| {
            panic!("`gcc` cannot be run ({e}): install it, on Debian by `apt-get install gcc libc6-dev`")
        });
    assert!(output.status.success(), "{source}: {}", String::from_utf8_lossy(&output.stderr));
}

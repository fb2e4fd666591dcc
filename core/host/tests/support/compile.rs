//! The host program and plugins in C, built for tests.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The program that runs as plugin process.
pub(crate) fn host_program() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let target = here.ancestors().find(|a| a.ends_with("debug") || a.ends_with("release")).unwrap();
    let path = target.join("examples/plugin_host");
    assert!(path.exists(), "{} is missing: run `cargo build -p rundruf-host --examples`", path.display());
    path
}

/// Builds a plugin in C; `source` is relative to this crate's folder.
pub(crate) fn compile(compiler: &str, source: &str, library: &Path, flags: &[&str]) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(compiler)
        .args(["-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden", "-Wl,-z,nodelete"])
        .args(flags)
        .arg("-I")
        .arg(here.join("../abi/include"))
        .arg("-o")
        .arg(library)
        .arg(here.join(source))
        // Libraries must follow the objects that use them.
        .args(flags.iter().filter(|f| f.starts_with("-l")))
        .output()
        .unwrap_or_else(|e| {
            panic!("`{compiler}` cannot be run ({e}): install it, on Debian by `apt-get install {compiler} libc6-dev`")
        });
    assert!(output.status.success(), "{source}: {}", String::from_utf8_lossy(&output.stderr));
}

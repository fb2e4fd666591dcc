//! Plugins in C, and the programs that run plugins, built for tests. Tests of `core/check` and `core/daemon` use this file as well.

use std::path::{Path, PathBuf};
use std::process::Command;

/// An example of the crate under test, as `cargo build --examples` leaves it.
#[allow(dead_code, reason = "not every test runs a plugin")]
pub(crate) fn example(name: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let target = here.ancestors().find(|a| a.ends_with("debug") || a.ends_with("release")).unwrap();
    let path = target.join("examples").join(name);
    let package = env!("CARGO_PKG_NAME");
    assert!(path.exists(), "{} is missing: run `cargo build -p {package} --examples`", path.display());
    path
}

/// Builds a plugin in C; `source` is relative to the folder of the crate under test.
#[allow(dead_code, reason = "not every test builds a plugin")]
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

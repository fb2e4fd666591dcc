//! The binary and the plugins, built in the profile of the test or benchmark that runs.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The program that runs, also where a build has put another one in its place meanwhile.
pub const OWN_PROGRAM: &str = "/proc/self/exe";

/// Paths of what cargo has built.
#[derive(Clone, Debug)]
pub struct Artifacts {
    /// The daemon and command line.
    pub rundruf: PathBuf,
    /// Folder of the plugins' libraries.
    pub plugins: PathBuf,
}

impl Artifacts {
    /// Builds what is missing or old, once per process, and returns the paths.
    ///
    /// # Panics
    /// If the build fails.
    #[must_use]
    pub fn get() -> &'static Self {
        static BUILT: OnceLock<Artifacts> = OnceLock::new();
        BUILT.get_or_init(|| {
            let here = std::env::current_exe().expect("a program knows its path");
            let folder = here
                .ancestors()
                .find(|a| a.file_name().is_some_and(|n| n == "debug" || n == "release"))
                .expect("tests and benchmarks run from a target folder")
                .to_owned();
            let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            // The whole workspace, as the command that builds it for a person: the same features, so nothing is built twice.
            cargo.args(["build", "--workspace", "--quiet", "--locked"]);
            if folder.ends_with("release") {
                cargo.arg("--release");
            }
            cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
            let status = cargo.status().expect("cargo runs");
            assert!(status.success(), "the daemon and the plugins do not build");
            Self { rundruf: folder.join("rundruf"), plugins: folder }
        })
    }

    /// The library of a plugin of this workspace.
    #[must_use]
    pub fn plugin(&self, name: &str) -> PathBuf {
        self.plugins.join(format!("librundruf_{name}.so"))
    }
}

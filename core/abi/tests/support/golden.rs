//! The frozen minors: for each one a folder in `golden` with the header, and a layout table for each kind of machine.

use super::source::folder;
use std::path::PathBuf;

/// How a text differs from a frozen one.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Change {
    /// They say the same.
    None,
    /// The new one only adds what may be added.
    Growth,
    /// Plugins would break, and why.
    Break(String),
}

/// Judges what is neither equal nor a mere extension. Within a version nothing else changes; before the freeze a new minor is enough;
/// afterwards `breaks` names the changes that break plugins of the old one.
pub(crate) fn judge(old: Option<String>, new: Option<String>, breaks: impl FnOnce() -> Vec<String>) -> Change {
    let (Some(old), Some(new)) = (old, new) else { return Change::Break("no version in it".to_owned()) };
    if old == new {
        return Change::Break(format!("{old} is frozen: raise the minor in `src/version.rs`"));
    }
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    // Before the freeze a new minor is enough, and a new major begins anew.
    if major(&old).as_deref() == Some("0") || major(&old) != major(&new) {
        return Change::Growth;
    }
    let broken = breaks();
    if broken.is_empty() {
        return Change::Growth;
    }
    Change::Break(format!("plugins of {old} would break:\n  {}", broken.join("\n  ")))
}

/// Compares `now` with every frozen file of this name. With `RUNDRUF_BLESS` set, writes the file of the current version if it is missing.
pub(crate) fn hold(file: &str, now: &str, change: impl Fn(&str, &str) -> Change) {
    let version = format!("{}.{}", rundruf_abi::ABI.major, rundruf_abi::ABI.minor);
    let all = folder().join("golden");
    let own = all.join(version).join(file);
    let mut frozen: Vec<PathBuf> = std::fs::read_dir(&all).unwrap().map(|e| e.unwrap().path().join(file)).collect();
    frozen.sort();
    let mut current = false;
    for path in frozen.iter().filter(|p| p.exists()) {
        let old = std::fs::read_to_string(path).unwrap();
        match change(&old, now) {
            Change::Break(why) => {
                let gone: Vec<_> = old.lines().filter(|l| !now.lines().any(|n| n == *l)).collect();
                let came: Vec<_> = now.lines().filter(|l| !old.lines().any(|o| o == *l)).collect();
                panic!("{}: {why}\nwritten down: {gone:#?}\nnow: {came:#?}", path.display());
            }
            Change::None => current |= *path == own,
            Change::Growth => {}
        }
    }
    if !current && std::env::var_os("RUNDRUF_BLESS").is_some() {
        std::fs::create_dir_all(own.parent().unwrap()).unwrap();
        std::fs::write(&own, now).unwrap();
        return;
    }
    assert!(current, "{} is missing or does not know an extension: run this test with RUNDRUF_BLESS=1", own.display());
}

//! The rule for commit messages, tried with good and bad ones: the hook, and the check of what is committed already.

use rundruf_tidy::tree;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const BODY: &str = "Symptom: x.\nCause: y.\nNot chosen: z.\n";

/// An empty repository of this name with the hook in place.
struct Repository(PathBuf);

impl Repository {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let repository = Self(folder);
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        for file in [".githooks/commit-msg", ".ci/commits"] {
            let to = repository.0.join(file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(tree::root().join(file), to).unwrap();
        }
        repository
    }

    fn run(&self, program: &str, args: &[&str]) -> Output {
        let mut command = Command::new(program);
        for name in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{name}_NAME"), "A").env(format!("GIT_{name}_EMAIL"), "a@a.example");
        }
        // Whatever calls the tests, a hook for one, must not lead git elsewhere.
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"] {
            command.env_remove(name);
        }
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        command.args(args).current_dir(&self.0).output().unwrap_or_else(|e| panic!("{program}: {e}"))
    }

    fn git(&self, args: &[&str]) -> String {
        let output = self.run("git", args);
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Stages a new file of `lines` lines.
    fn stage(&self, lines: usize) {
        let number = fs::read_dir(&self.0).unwrap().count();
        fs::write(self.0.join(format!("file-{number}")), "line\n".repeat(lines)).unwrap();
        self.git(&["add", "--all"]);
    }

    /// Commits a new file of `lines` lines without asking the hook.
    fn commit(&self, lines: usize, message: &str) {
        self.stage(lines);
        self.git(&["commit", "--quiet", "--no-verify", "--message", message]);
    }
}

#[test]
fn the_hook_holds_the_rule() {
    let repository = Repository::new("hook");
    repository.commit(1, "first");
    let long = "x".repeat(73);
    let umlauts = "ä".repeat(72);
    let with_body = format!("engine: a change\n\n{BODY}");
    let commented = "engine: a change\n\n# Symptom: x.\n# Only comments.\n";
    let scissors = format!("engine: a change\n\n# {} >8 {}\n{BODY}", "-".repeat(24), "-".repeat(24));
    let signed = "engine: a change\n\nSigned-off-by: A <a@a.example>\n";
    for (lines, message, good) in [
        (20, "engine: a change", true),
        (21, "engine: a change", false),
        (21, with_body.as_str(), true),
        (21, commented, false),
        (21, scissors.as_str(), false),
        (21, signed, false),
        (1, long.as_str(), false),
        (1, umlauts.as_str(), true),
        (1, "", false),
        (99, "Merge branch 'x'", true),
    ] {
        repository.stage(lines);
        fs::write(repository.0.join("../message"), message).unwrap();
        let output = repository.run(".githooks/commit-msg", &["../message"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), good, "{lines} lines, {message:?}: {said}");
        repository.git(&["commit", "--quiet", "--no-verify", "--message", "staged"]);
    }
}

#[test]
fn the_check_holds_the_rule_from_its_own_commit_on() {
    let repository = Repository::new("check");
    let check = |good: bool| {
        let output = repository.run(".ci/commits", &[]);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.success(), good, "{said}");
        said
    };
    // What is older than the rule may be as it likes.
    fs::rename(repository.0.join(".githooks"), repository.0.join("later")).unwrap();
    repository.git(&["commit", "--quiet", "--no-verify", "--allow-empty", "--message", &"x".repeat(99)]);
    fs::rename(repository.0.join("later"), repository.0.join(".githooks")).unwrap();
    repository.commit(40, "rule: without a body, since it is the first");
    repository.commit(3, "engine: a small change");
    repository.commit(40, &format!("engine: a large change\n\n{BODY}"));
    assert!(check(true).contains("keep the rule"));
    // A merge has no body.
    repository.git(&["checkout", "--quiet", "-b", "side", "HEAD~1"]);
    repository.git(&["commit", "--quiet", "--no-verify", "--allow-empty", "--message", "side: a change"]);
    repository.git(&["checkout", "--quiet", "main"]);
    repository.git(&[
        "merge",
        "--quiet",
        "--no-verify",
        "--no-ff",
        "--message",
        &format!("Merged {}", "x".repeat(80)),
        "side",
    ]);
    check(true);
    repository.commit(40, "engine: a large change without a body");
    assert!(check(false).contains("no body"));
    // A shallow clone begins with its oldest commit: only what came after it is looked at.
    let shallow = repository.0.with_extension("shallow");
    let _ = fs::remove_dir_all(&shallow);
    let from = format!("file://{}", repository.0.display());
    repository.git(&["clone", "--quiet", "--depth", "1", &from, &shallow.display().to_string()]);
    let output = Repository(shallow).run(".ci/commits", &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_rule_holds_here() {
    let output = Command::new(".ci/commits").current_dir(tree::root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

//! Every transport in `plugins/`, in whatever language, passes `rundruf plugin check`, in the confinement and in it alone.

use rundruf_tests::Artifacts;
use rundruf_tests::plugin_project::build_example;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Nothing fails, and nothing is left out but what the transport does not do.
fn passes(plugin: &str, left_out: &[&str]) {
    let modes = ["process"];
    let output = Command::new(&Artifacts::get().rundruf)
        .args(["--lang", "en", "plugin", "check", plugin, "--json"])
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{plugin}: {text}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{plugin}: {e}: {text}"));
    let all = said["checks"].as_array().unwrap();
    let of = |verdict: &str| -> Vec<&str> {
        all.iter().filter(|c| c["verdict"] == verdict).map(|c| c["id"].as_str().unwrap()).collect()
    };
    println!("{plugin}: {} passed, warned {:?}, skipped {:?}", of("passed").len(), of("warned"), of("skipped"));
    assert_eq!((all.len(), of("skipped").as_slice()), (29, left_out), "{plugin}: {text}");
    assert_eq!(said["isolation"], serde_json::json!(modes), "{plugin}: {text}");
    // Each check of code was made in each mode, and what is skipped in one is skipped in the other: nothing hides behind the confinement.
    // The two others read the file alone.
    for check in all.iter().filter(|c| c["id"] != "one-symbol" && c["id"] != "schema-words") {
        let tried: Vec<&str> =
            check["modes"].as_array().unwrap().iter().map(|m| m["isolation"].as_str().unwrap()).collect();
        assert_eq!(tried, modes, "{plugin}: {check}");
        let skipped = check["modes"].as_array().unwrap().iter().filter(|m| m["verdict"] == "skipped").count();
        assert!(skipped == 0 || skipped == modes.len(), "{plugin}: {check}");
    }
    let confined = all.iter().find(|c| c["id"] == "confinement-and-fuzz").unwrap();
    let confined = confined["modes"][0]["why"].as_str().unwrap();
    assert!(confined.contains("confinement"), "{plugin}: {confined}");
}

#[test]
fn the_examples_in_other_languages() {
    passes(build_example("example-c", "examples-to-check").to_str().unwrap(), &["inbound-backpressure"]);
    let go = build_example("example-go", "examples-to-check");
    passes(go.to_str().unwrap(), &["inbound-backpressure"]);
    refuses_to_run_in_process(&go);
    passes(build_example("example-zig", "examples-to-check").to_str().unwrap(), &["inbound-backpressure"]);
}

/// Without confinement nothing is checked as root; for others, what may not run in the daemon's process is not tried there.
fn refuses_to_run_in_process(go: &Path) {
    let output = Command::new(&Artifacts::get().rundruf)
        .args([
            "--lang",
            "en",
            "plugin",
            "check",
            go.to_str().unwrap(),
            "--isolation",
            "none",
            "--only",
            "drain",
            "--json",
        ])
        .output()
        .unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let words = String::from_utf8_lossy(&output.stderr).into_owned() + &said.to_string();
    if rustix::process::geteuid().is_root() {
        assert!(words.contains("never run without confinement as root"), "{words}");
        return;
    }
    assert!(words.contains("Warning: the plugin's code now runs without confinement"), "{words}");
    assert_eq!(said["left_out"][0]["isolation"], "none");
    assert!(said["left_out"][0]["why"].as_str().unwrap().contains("Go runtime"), "{said}");
    assert_eq!(said["checks"][0]["verdict"], "skipped");
}

#[test]
fn our_own() {
    let built = |name: &str| Artifacts::get().plugins.join(format!("librundruf_{name}.so")).display().to_string();
    passes(&built("sandbox"), &[]);
    passes(&built("email"), &["inbound-backpressure"]);
    passes(&built("threema"), &["inbound-backpressure"]);
    // It says that it sends to nobody.
    passes(&built("null"), &["remote-faults", "inbound-backpressure", "core-promise"]);
}

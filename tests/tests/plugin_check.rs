//! Every transport in `plugins/`, in whatever language, passes `rundruf plugin check`.

use rundruf_tests::Artifacts;
use rundruf_tests::plugin_project::build_example;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const BOTH: &[&str] = &["process", "none"];

/// Nothing fails, and nothing is left out but what the transport does not do. Tried in both ways of running it, `none` where it may.
fn passes(plugin: &str, modes: &[&str], left_out: &[&str]) {
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
    assert_eq!((all.len(), of("skipped").as_slice()), (25, left_out), "{plugin}: {text}");
    assert_eq!(said["isolation"], serde_json::json!(modes), "{plugin}: {text}");
    assert_eq!(said["left_out"].as_array().unwrap().len(), 2 - modes.len(), "{plugin}: {text}");
    // Each check of code was made in each mode, and what is skipped in one is skipped in the other: nothing hides behind the confinement.
    for check in all.iter().filter(|c| c["id"] != "one-symbol") {
        let tried: Vec<&str> =
            check["modes"].as_array().unwrap().iter().map(|m| m["isolation"].as_str().unwrap()).collect();
        assert_eq!(tried, modes, "{plugin}: {check}");
        let skipped = check["modes"].as_array().unwrap().iter().filter(|m| m["verdict"] == "skipped").count();
        assert!(skipped == 0 || skipped == modes.len(), "{plugin}: {check}");
    }
    let confined = all.last().unwrap()["modes"][0]["why"].as_str().unwrap();
    assert!(confined.contains("confinement"), "{plugin}: {confined}");
}

#[test]
fn the_examples_in_other_languages() {
    passes(build_example("example-c", "examples-to-check").to_str().unwrap(), BOTH, &["inbound-backpressure"]);
    let go = build_example("example-go", "examples-to-check");
    passes(go.to_str().unwrap(), &["process"], &["inbound-backpressure"]);
    refuses_to_run_in_process(&go);
    passes(build_example("example-zig", "examples-to-check").to_str().unwrap(), BOTH, &["inbound-backpressure"]);
}

/// What may not run in the daemon's process is not tried there; asking for that mode alone is refused.
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
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said["left_out"][0]["isolation"], "none");
    assert!(said["left_out"][0]["why"].as_str().unwrap().contains("Go runtime"), "{said}");
    assert_eq!(said["checks"][0]["verdict"], "skipped");
}

#[test]
fn our_own() {
    let built = |name: &str| Artifacts::get().plugins.join(format!("librundruf_{name}.so")).display().to_string();
    passes(&built("sandbox"), BOTH, &[]);
    passes(&built("email"), BOTH, &["inbound-backpressure"]);
    passes(&built("null"), BOTH, &["remote-faults", "inbound-backpressure"]);
}

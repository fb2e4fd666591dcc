//! Every transport in `plugins/`, in whatever language, passes `rundruf plugin check`.

use rundruf_tests::Artifacts;
use rundruf_tests::project::example;
use serde_json::Value;
use std::process::Command;

/// Nothing fails, and nothing is left out but what the transport does not do.
fn passes(plugin: &str, left_out: &[&str]) {
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
    // The last one runs in the fence of `isolation = "process"`, the others without.
    let fenced = all.last().unwrap()["why"].as_str().unwrap();
    assert!(fenced.contains("sandbox"), "{plugin}: {fenced}");
}

#[test]
fn the_examples_in_other_languages() {
    for name in ["example-c", "example-go", "example-zig"] {
        passes(example(name, "examples-to-check").to_str().unwrap(), &["inbound-backpressure"]);
    }
}

#[test]
fn our_own() {
    let built = |name: &str| Artifacts::get().plugins.join(format!("librundruf_{name}.so")).display().to_string();
    passes(&built("sandbox"), &[]);
    passes(&built("email"), &["inbound-backpressure"]);
    passes(&built("null"), &["remote-faults", "inbound-backpressure"]);
}

//! The kill bench, small: enough to notice when something broke. The full run is `bench -- kill`.

use std::process::Command;

#[test]
fn nothing_is_lost_and_nothing_is_doubled() {
    let bench = env!("CARGO_BIN_EXE_bench");
    let output = Command::new(bench)
        .args(["kill", "--points", "24", "--recipients", "2000", "--seed", "7", "--json"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let result: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    for field in ["lost", "doubled_unseen", "unaccounted", "unknown_daemon_only", "doctor_faults"] {
        assert_eq!(result[field], 0, "{field}: {result}");
    }
    let [most_unknown, window] = ["unknown_group_max", "window"].map(|f| result[f].as_u64().expect(f));
    assert!(most_unknown <= window, "{result}");
    assert_eq!(result["points"], 24, "{result}");
}

//! `tests/bakery`: a day of a new admin, from an empty folder. Its transcript is printed (`--no-capture` shows it).

use rundruf_tests::Artifacts;
use std::path::Path;
use std::process::Command;

#[test]
fn a_bakerys_day() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bakery");
    let build = Artifacts::get().rundruf.parent().unwrap();
    let out = Command::new(script).env("BUILD", build).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    println!("{said}");
    assert!(out.status.success(), "needs root, python3, setpriv and iconv: sudo tests/bakery");
    for hour in ["6:00", "6:30", "7:00", "7:30", "8:00", "8:30", "9:00", "10:00", "11:00", "12:00", "18:00"] {
        assert!(said.contains(&format!("══ {hour}")), "{hour} is missing");
    }
    assert!(said.contains("alles wie es sein soll"));
}

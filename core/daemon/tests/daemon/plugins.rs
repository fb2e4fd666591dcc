//! What an admin learns of a plugin before any code of it runs, and what is refused.

use crate::stage::{Daemon, SETTINGS, built, folder, run};

#[test]
fn a_plugin_that_cannot_look_up_says_so() {
    let d = Daemon::start_in(folder(
        &SETTINGS
            .replace("plugin = \"sandbox\"", "plugin = \"null\"")
            .replace("folder = \"messages\"", "")
            .replace("slow_ms = 20", ""),
    ));
    let ask = ["--lang", "de", "transport", "test", "--dry-run", "sandbox", "--to", "email:a@b.example", "--json"];
    assert_eq!(d.run(&ask).refused(1, &["kann nicht sagen, wen es erreicht", "ohne `--dry-run`"]), "not_offered");
}

#[test]
fn plugins() {
    let nowhere = tempfile::tempdir().unwrap();
    let all = run(nowhere.path(), &["plugin", "list", "--json"]).done().lines();
    for id in ["rundruf-sandbox", "rundruf-email", "rundruf-null"] {
        assert!(all.iter().any(|p| p["id"] == id), "{id}");
    }
    let path = built().join("librundruf_sandbox.so").display().to_string();
    for name in ["sandbox", path.as_str()] {
        let info = run(nowhere.path(), &["plugin", "info", name, "--json"]).done().json();
        assert_eq!(info["id"], "rundruf-sandbox");
        assert_eq!(info["sha256"].as_str().unwrap().len(), 64);
        assert!(
            info["label"]["data_out"].is_array() && info["config_schema"]["properties"]["folder"].is_object(),
            "{info}"
        );
    }
    let shown = run(nowhere.path(), &["--lang", "de", "plugin", "info", "sandbox"]).done().out;
    assert!(shown.contains("verlässt das Haus") && shown.contains("folder, slow_ms"), "{shown}");
    std::fs::write(nowhere.path().join("x.so"), "no").unwrap();
    assert_eq!(run(nowhere.path(), &["plugin", "info", "./x.so", "--json"]).refused(1, &["is not a plugin"]), "plugin");
    run(nowhere.path(), &["--lang", "de", "plugin", "info", "taube"]).refused(1, &["es gibt kein Plugin `taube`"]);
}

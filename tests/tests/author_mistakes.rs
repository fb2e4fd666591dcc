//! The compiler's error for each typical mistake of an author names the missing thing, as the first page of the SDK says.

use rundruf_tests::plugin_project::{PluginProject, stdout_of};
use std::fs;

#[test]
fn each_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let project = PluginProject::new(dir.path(), "with-mistakes");
    let (source, manifest) = (project.folder.join("src/lib.rs"), project.folder.join("manifest.json"));
    let (good, json) = (fs::read_to_string(&source).unwrap(), fs::read_to_string(&manifest).unwrap());
    let errors_of = |text: &str| {
        fs::write(&source, text).unwrap();
        let built = project.cargo(&["build"]);
        assert!(!built.status.success(), "it builds:\n{text}");
        String::from_utf8_lossy(&built.stderr).into_owned()
    };
    let contains = |text: &str, words: &[&str]| {
        for word in words {
            assert!(text.contains(word), "`{word}` is not said:\n{text}");
        }
    };
    let replaced = |from: &str, to: &str| {
        assert!(good.contains(from), "`{from}` is not part of the project any more");
        good.replace(from, to)
    };

    let no_impl = replaced(
        "#[async_trait]\nimpl Transport for Carrier {\n    type Config = Config;\n",
        "#[allow(dead_code)]\nimpl Carrier {\n",
    );
    contains(
        &errors_of(&no_impl),
        &["`Carrier` is not a transport", "`#[async_trait] impl Transport for Carrier`", "export_transport!(Carrier)"],
    );

    let another_type = replaced("export_transport!(Carrier)", "export_transport!(Config)");
    contains(&errors_of(&another_type), &["`Config` is not a transport", "has no `impl Transport`"]);

    let no_schema = replaced("#[derive(serde::Deserialize, schemars::JsonSchema)]", "#[derive(serde::Deserialize)]");
    contains(&errors_of(&no_schema), &["`Config: schemars::JsonSchema` is not satisfied", "type Config = Config;"]);

    let no_attribute = replaced("#[async_trait]\nimpl", "impl").replace("Transport, async_trait, ", "Transport, ");
    contains(&errors_of(&no_attribute), &["lifetime parameters", "do not match the trait"]);

    let no_config = replaced("    type Config = Config;\n", "");
    contains(&errors_of(&no_config), &["missing: `Config`"]);

    let twice = format!("{good}\nexport_transport!(Carrier);\n");
    contains(&errors_of(&twice), &["rundruf_plugin_v1", "already defined"]);

    fs::remove_file(&manifest).unwrap();
    contains(&errors_of(&good), &["couldn't read", "with-mistakes/manifest.json"]);

    fs::write(&manifest, json).unwrap();
    fs::write(&source, &good).unwrap();
    let _ = stdout_of("without a mistake it builds", &project.cargo(&["build"]));

    // Another name for the crate: its own test says that the manifest has the old one, and the same test fixes it.
    for (file, from, to) in
        [("Cargo.toml", "\"with-mistakes\"", "\"renamed\""), ("tests/kit.rs", "use with_mistakes::", "use renamed::")]
    {
        let path = project.folder.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}");
        fs::write(path, text.replace(from, to)).unwrap();
    }
    let tested = project.cargo(&["test"]);
    let said = format!("{}{}", String::from_utf8_lossy(&tested.stdout), String::from_utf8_lossy(&tested.stderr));
    assert!(!tested.status.success());
    contains(&said, &["`id` in ", "manifest.json is not what the code says: run this test with RUNDRUF_BLESS=1"]);
}

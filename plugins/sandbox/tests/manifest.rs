//! manifest.json matches the code.

#[test]
fn manifest_is_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("manifest.json");
    rundruf_plugin::kit::manifest_is_current::<rundruf_sandbox::Sandbox>(&path);
}

//! manifest.json matches the code.

#[test]
fn manifest_is_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("manifest.json");
    rundruf_plugin::kit::manifest_is_current::<rundruf_threema::Threema>(&path);
}

#[test]
fn its_translations_are_of_what_it_says() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    rundruf_plugin::kit::messages_are_said(&root.join("manifest.json"), &root.join("src"));
}

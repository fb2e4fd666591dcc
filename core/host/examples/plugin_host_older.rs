//! A program that runs a plugin as a host did before there were extensions: it lends none.

fn main() {
    rundruf_host::lend_no_extension();
    let code = rundruf_host::child::main();
    assert_eq!(code, 0, "the plugin's process failed");
}

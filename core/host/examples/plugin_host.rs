//! The smallest program that can run a plugin in a process of its own: what the daemon's binary does when it is called `plugin-host`.

fn main() {
    let code = rundruf_host::child::main();
    assert_eq!(code, 0, "the plugin's process failed");
}

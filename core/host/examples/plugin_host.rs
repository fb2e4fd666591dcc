//! The smallest program that can run a plugin in a process of its own: what the daemon's binary does when it is called `plugin-host`, and what
//! it does when it is called `plugin-check`.

fn main() {
    let is_check = std::env::args_os().nth(1).is_some_and(|a| a == "plugin-check");
    let code = if is_check { rundruf_host::check::child() } else { rundruf_host::child::main() };
    assert_eq!(code, 0, "the plugin's process failed");
}

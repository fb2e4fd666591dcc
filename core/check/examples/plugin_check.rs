//! The smallest program that can run one check in a process of its own: what the daemon's binary does when it is called `plugin-check`.

fn main() {
    let code = rundruf_check::child();
    assert_eq!(code, 0, "the process of the check failed");
}

//! A Rust library that was loaded must never be unloaded: thread-locals of its threads would outlive it.

fn main() {
    println!("cargo:rerun-if-changed=manifest.json");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
}

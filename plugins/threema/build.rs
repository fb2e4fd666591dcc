//! Links the plugin with `nodelete`: a Rust library must not be unloaded, because thread-locals of its threads outlive it.

fn main() {
    println!("cargo:rerun-if-changed=manifest.json");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
}

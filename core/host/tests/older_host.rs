//! A host without extensions runs a plugin that asks for one, in this process. A test program of its own, as the switch holds for the process.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "support/workspace_plugin.rs"]
mod workspace_plugin;

use rundruf_host::{Isolation, LookupRefusal, lend_no_extension};
use std::time::Duration;

#[test]
fn a_host_without_the_extension_works_in_this_process() {
    lend_no_extension();
    let dir = tempfile::tempdir().unwrap();
    let config = serde_json::json!({"folder": dir.path().join("m")});
    let (instance, events) = workspace_plugin::start("sandbox", Isolation::None, &config, dir.path(), "plugin_host");
    let asked = instance.lookup(&[("email", "a@x.example")], Duration::from_secs(30));
    assert_eq!(asked, Err(LookupRefusal::NotOffered));
    workspace_plugin::sends(&instance, &events, "a@x.example");
}

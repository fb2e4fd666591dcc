//! A host that lends no extension runs a plugin that would like one: in this process. A program of its own, because the host is older for all of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "support/workspace_plugin.rs"]
mod workspace_plugin;

use rundruf_host::{Isolation, LookupRefusal, lend_no_extension};
use std::time::Duration;

#[test]
fn a_host_without_it_in_the_same_process_goes_on() {
    lend_no_extension();
    let dir = tempfile::tempdir().unwrap();
    let config = serde_json::json!({"folder": dir.path().join("m")});
    let (instance, events) = workspace_plugin::start("sandbox", Isolation::None, &config, dir.path(), "plugin_host");
    let asked = instance.lookup(&[("email", "a@x.example")], Duration::from_secs(30));
    assert_eq!(asked, Err(LookupRefusal::NotOffered));
    workspace_plugin::sends(&instance, &events, "a@x.example");
}

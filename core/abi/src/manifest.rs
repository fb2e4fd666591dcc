//! The manifest: JSON in a section of the library, read without running any code.
//!
//! ```json
//! {
//!   "manifest": 1,
//!   "id": "org.example.carrier", "name": "Carrier", "version": "0.1.0",
//!   "abi": [0, 2],
//!   "channels": ["sms"],
//!   "max_batch": 256, "max_in_flight": 1024, "max_content": 1048576,
//!   "rate_per_s": null,
//!   "repeat_is_safe": false,
//!   "capabilities": ["attachments", "html", "receipts", "inbound"],
//!   "hosts": [{ "host": "{config.host}", "port": "{config.port}" }],
//!   "config_schema": { "type": "object" },
//!   "label": { "plugin": "…", "label_version": 1, "operator": { "name": "…", "country": "…" }, "role": "processor",
//!              "data_out": ["address", "content"], "content_visible_to_operator": true, "storage": "…",
//!              "remote_lists": false, "withdrawal_propagation": "…", "terms_risk": "…", "checked_on": "2026-11-23" }
//! }
//! ```
//!
//! What a plugin does it claims in `capabilities`, because the admin agrees to that: a plugin that calls `inbound` or `receipt`, or answers look-ups,
//! without `inbound`, `receipts` or `lookup` gets `UNSUPPORTED` at the first call, and nothing of it is stored.
//!
//! `max_in_flight` is the window the plugin suggests; `repeat_is_safe` says that the provider drops a second message with
//! the same message id. A plugin without a label is not loaded.

/// Name of the section.
pub const SECTION: &str = ".rundruf.manifest";

/// Most bytes that are read from it.
pub const MAX_SIZE: usize = 256 * 1024;

//! What the end to end tests and the benchmarks share: the real binary in an empty folder, real servers, and measurements from outside.

pub mod artifacts; // the binary and the plugins, built when they are not
pub mod daemon; // start, ask, kill
pub mod engine_config; // engine settings with one list and one transport
pub mod http_provider; // a provider with an HTTP interface, on loopback
pub mod measure; // memory, threads and descriptors of a process and its children
pub mod pipelined_client; // a bare SMTP client, as fast as the protocol allows
pub mod plugin_project; // a plugin's project, as its author has it
pub mod sample_people; // people who do not exist, and a seeded random generator
pub mod scripted_relay; // a relay that answers as its rules say
pub mod servers; // real servers on free ports
pub mod slow_relay; // a relay that takes its time, and notes when a message is begun

pub use artifacts::Artifacts;
pub use daemon::Daemon;

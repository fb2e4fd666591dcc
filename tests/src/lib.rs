//! What the end to end tests and the benchmarks share: the real binary in an empty folder, real servers, and a look from outside.

pub mod artifacts; // the binary and the plugins, built when they are not
pub mod daemon; // start, ask, kill
pub mod gateway; // a provider with an HTTP interface
pub mod measure; // memory, threads and descriptors of a process and its children
pub mod project; // a plugin as its author has it
pub mod sample; // people who do not exist
pub mod server; // real servers on free ports
pub mod shop; // the engine's settings of one small shop

pub use artifacts::Artifacts;
pub use daemon::Daemon;

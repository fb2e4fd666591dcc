//! Reads the sources of the workspace, for tests that keep its rules: which file imports which, which crate uses which, how things are named.
//!
//! A crate that keeps rules of its own names this one under `[dev-dependencies]` and asks it in `tests/rooms.rs`:
//!
//! ```no_run
//! use rundruf_tidy::imports::{Imports, Room};
//!
//! let imports = Imports::of("core/engine");
//! assert_eq!(imports.circles(2), Vec::<Vec<String>>::new());
//! let rooms = [
//!     Room { name: "start", files: &["start", "lib"], uses: &["dispatch", "context"] },
//!     Room { name: "dispatch", files: &["dispatch/"], uses: &["context"] },
//!     Room { name: "context", files: &["clock", "config", "error"], uses: &[] },
//! ];
//! assert_eq!(imports.wrong_arrows(&rooms), Vec::<String>::new());
//! println!("{}", imports.drawing(&rooms));
//! ```
#![forbid(unsafe_code)]

pub mod imports; // which file of a crate imports which
pub mod manifest; // which crate uses which
pub mod names; // types, and where they are defined
pub mod source; // Rust text without comments, strings and tests
pub mod tree; // the files of the workspace

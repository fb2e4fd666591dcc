//! A real server on loopback, spoken to byte by byte.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a story that breaks off is a failed test"
)]

mod bound; // slow, many, gone: what strangers may take
mod confirm; // the yes
mod file; // attachments
mod hostile; // a table of requests that nobody should send
mod leave; // the stop, by button and by one click
mod local; // the Unix socket
mod look; // what every page is
mod quiet; // what is logged names nobody
mod stage; // server, engine and people
mod wire; // requests and answers as bytes

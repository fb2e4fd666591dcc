//! Pages for customers and the local API for the command line.
//!
//! Two listeners, two worlds: the public one knows only links that carry a token, the local one (a Unix socket) knows everything
//! and asks the kernel who is calling.
#![forbid(unsafe_code)]

mod accept; // connections: each is served, bounded and waited for
mod answer; // response bodies: whole, or line by line
mod api; // the local API
mod body; // request bodies, with limits
mod crowd; // how many strangers at once
mod file; // attachments
mod language; // what a browser asks for
mod limit; // every bound in one place
mod listen; // the two sockets
mod page; // the HTML frame, in two languages
mod problem; // errors → status and body
mod public; // confirm, leave
mod query; // what stands behind `?`
mod route; // the two tables of routes
mod server; // start and stop
mod stall; // readers that do not read
mod time; // RFC 3339
mod visitor; // networks, shortened

pub use limit::Limits;
pub use server::{Server, WebError, WebSettings, serve, serve_within};

//! Pages for customers and the local API for the command line.
//!
//! Two listeners, two worlds: the public one knows only links that carry a token, the local one (a Unix socket) knows everything
//! and asks the kernel who is calling.
#![forbid(unsafe_code)]

mod answer; // response bodies: whole, or line by line
mod api; // the local API
mod body; // request bodies, with limits
mod page; // the HTML frame, in two languages
mod problem; // errors → status and body
mod public; // confirm, leave, files
mod route; // the two tables of routes
mod server; // listeners, limits, time-outs
mod time; // RFC 3339

pub use server::{Server, WebError, WebSettings, serve};

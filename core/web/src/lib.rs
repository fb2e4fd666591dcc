//! Web pages for customers and the local HTTP API for the command line.
//!
//! Two listeners. The public one serves only links that carry a token. The local one, a Unix socket, serves the whole API; the kernel
//! names the calling user.
#![forbid(unsafe_code)]

mod accept; // connection loops: accept, serve, limit, shut down
mod api; // handlers of the local API
mod attachment; // downloads behind `/f/TOKEN`
mod audit; // who changed what by the local API
mod client_ip; // client networks, anonymized
mod connection_limit; // connections at once, in total and per client
mod error; // why the server did not start
mod hook; // a provider calls back
mod json_stream; // responses that are streamed line by line
mod limits; // all limits and timeouts of the server
mod line_stream; // the body of a streamed response
mod listen; // the local socket and its lock
mod memory_budget; // memory for attachments that are being sent
mod page; // HTML frame, style sheet, security headers
mod problem; // refused requests: status and JSON body
mod public; // confirm and unsubscribe pages
mod query; // query strings and percent-decoding
mod request_body; // reading request bodies, with limits
mod response; // complete responses, and the type of all
mod route; // both route tables
mod server; // start and stop
mod state; // what all request handlers share
mod time; // RFC 3339 times in JSON
mod write_timeout; // clients that do not read their response

pub use error::WebError;
pub use limits::Limits;
pub use server::{WebServer, serve, serve_within};
pub use state::WebSettings;

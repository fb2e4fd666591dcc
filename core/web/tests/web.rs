//! A real server on loopback; requests are sent byte by byte.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is wrong"
)]

mod pages {
    mod appearance; // HTML, security headers and languages of every page
    mod attachment; // downloads
    mod audit; // who changed what by the local API
    mod confirm; // the confirm page and its button
    mod hook; // a provider calls back
    mod limits; // slow clients, many clients, clients that disappear
    mod local_socket; // the Unix socket and the local API
    mod log_privacy; // no personal data in the log
    mod malformed_requests; // a table of requests that no client should send
    mod unsubscribe; // the unsubscribe page, its button and one-click
}

mod support {
    pub(crate) mod http; // requests and responses as bytes
    pub(crate) mod server; // server, engine and contacts
}

//! Transports that run, as data: handle, pause, counters and rate.

mod handle; // one transport that runs
mod rate_limit; // token bucket, backoff, measured rate
mod resend; // what may be sent twice

pub(crate) use handle::{AskedHealth, RecallRequests, TransportHandle};
pub(crate) use rate_limit::{Backoff, TokenBucket};
pub(crate) use resend::ResendPolicy;

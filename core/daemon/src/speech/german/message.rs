//! Broadcasts and what they say.

/// English, German.
pub(super) const PHRASES: &[(&str, &str)] = &[];

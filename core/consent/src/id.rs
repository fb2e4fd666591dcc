//! Numbers that name rows. Newtypes, so that one cannot be taken for another.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

id! {
    /// A contact: one person.
    ContactId;
    /// An address: one way to reach a contact.
    AddressId;
    /// A list: one purpose that a person can say yes to.
    ListId;
    /// A consent event: its number is its index in the log plus one.
    EventId;
    /// A broadcast; never used again.
    BroadcastId;
    /// A delivery: of a broadcast (positive), or a service message (negative).
    DeliveryId;
}

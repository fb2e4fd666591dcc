//! Messages outside of broadcasts that no author may change: how they are made and queued.

use crate::dispatch::{Transport, payload};
use crate::start::Inner;
use rundruf_consent::text::locked::{self, LockedText, LockedTextFields};
use rundruf_consent::{Class, Time};
use rundruf_store::NewService;

/// Which reply to a message from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reply {
    /// The one acknowledgement of a stop.
    StopAck,
    /// The one question after a soft refusal.
    Soft,
    /// Who writes, and how to stop.
    Help,
    /// The yes was not clear.
    AskAgain,
}

impl Reply {
    pub(crate) const fn class(self) -> Class {
        match self {
            Self::StopAck => Class::StopAck,
            Self::Soft | Self::Help | Self::AskAgain => Class::Answer,
        }
    }

    /// Makes it. `titles` are the lists that it is about.
    pub(crate) fn render(self, engine: &Inner, language: &str, titles: &str) -> LockedText {
        let sender = &engine.config.sender;
        let facts = LockedTextFields {
            controller: &sender.name,
            list: titles,
            when: "",
            source: "",
            consent_text: "",
            privacy_url: &sender.privacy_url,
            imprint_url: &sender.imprint_url,
            link: "",
        };
        match self {
            Self::StopAck => locked::stop_ack(language, &facts),
            Self::Soft => locked::soft_refusal(language, &facts),
            Self::Help => locked::help(language, &facts),
            Self::AskAgain => locked::ask_again(language, &facts),
        }
    }
}

/// Queues a locked text; the store fills in address and list from the move it goes with.
pub(crate) fn service(
    transport: &Transport,
    class: Class,
    language: &str,
    text: &LockedText,
    expires: Option<Time>,
) -> NewService {
    NewService {
        class,
        transport: transport.id,
        address: None,
        list: None,
        payload: payload(language, &text.subject, &text.body),
        expires,
    }
}

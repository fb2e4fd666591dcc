//! Locked messages: outside of broadcasts, and no author may change their wording.

use crate::content::ServiceContent;
use crate::context::EngineContext;
use crate::transports::TransportHandle;
use rundruf_consent::text::locked::{self, LockedText, LockedTextFields};
use rundruf_consent::{Class, Time};
use rundruf_store::NewService;

/// An automatic reply to an inbound message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AutoReply {
    /// The one acknowledgement of a stop.
    StopAck,
    /// The question after a message that may be a refusal.
    SoftRefusal,
    /// Sender, and how to unsubscribe.
    Help,
    /// The yes was not clear: asks for the word.
    AskAgain,
}

impl AutoReply {
    pub(crate) const fn class(self) -> Class {
        match self {
            Self::StopAck => Class::StopAck,
            Self::SoftRefusal | Self::Help | Self::AskAgain => Class::Answer,
        }
    }

    /// Renders it. `titles` are the titles of the lists that it is about.
    pub(crate) fn render(self, context: &EngineContext, language: &str, titles: &str) -> LockedText {
        let sender = &context.config.sender;
        let facts = LockedTextFields {
            controller: &sender.name,
            list: titles,
            when: "",
            source: "",
            consent_text: "",
            privacy_url: &sender.privacy_url,
            imprint_url: &sender.imprint_url,
            link: "",
            // It answers what was heard.
            hears: true,
            is_read: !context.config.admin.notify.is_empty(),
            formal: sender.formal,
        };
        match self {
            Self::StopAck => locked::stop_ack(language, &facts),
            Self::SoftRefusal => locked::soft_refusal(language, &facts),
            Self::Help => locked::help(language, &facts),
            Self::AskAgain => locked::ask_again(language, &facts),
        }
    }
}

/// A locked text as a service message; the store fills in address and list from the change that it goes with.
pub(crate) fn service(
    transport: &TransportHandle,
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
        payload: ServiceContent::json(language, &text.subject, &text.body),
        expires,
    }
}

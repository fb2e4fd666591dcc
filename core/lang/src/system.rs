//! Errors of the operating system. The German of a frequent one is in the catalogue, by its number; the others say what the C library says.

use crate::message::{Argument, Message};
use std::io;

impl Message {
    /// The error of the system that a text of another program ends with, as Rust prints it: `… (os error 2)`, if the whole text is one.
    #[must_use]
    pub fn system_error(text: &str) -> Option<Self> {
        let (_, number) = text.strip_suffix(')')?.rsplit_once(" (os error ")?;
        let message = Self::find(&format!("lang-os-error-{}", number.parse::<i32>().ok()?))?;
        (message.to_string() == text).then_some(message)
    }
}

impl From<&io::Error> for Message {
    fn from(error: &io::Error) -> Self {
        let known = error.raw_os_error().and_then(|number| Self::find(&format!("lang-os-error-{number}")));
        known.unwrap_or_else(|| match error.kind() {
            io::ErrorKind::InvalidData if error.to_string() == NOT_UTF8 => Self::new("lang-not-utf8"),
            _ => Self::verbatim(error.to_string()),
        })
    }
}

impl From<io::Error> for Message {
    fn from(error: io::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&io::Error> for Argument {
    fn from(error: &io::Error) -> Self {
        Self::Message(error.into())
    }
}

/// What `std` says of a file that is read as text and is none.
const NOT_UTF8: &str = "stream did not contain valid UTF-8";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    #[test]
    fn the_english_text_is_the_system_own() {
        for number in 1..140 {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(Message::from(&error).to_string(), error.to_string());
        }
        let text = io::read_to_string(&[0xff_u8][..]).unwrap_err();
        assert_eq!(Message::from(&text).to_string(), text.to_string());
        assert_eq!(Message::from(&text).text(Language::De), "das ist kein Text in UTF-8");
        let own = io::Error::other("own words");
        assert_eq!(Message::from(&own).text(Language::De), "own words");
    }

    #[test]
    fn a_frequent_error_has_its_german() {
        let error = io::Error::from_raw_os_error(2);
        assert_eq!(Message::from(&error).text(Language::De), "gibt es nicht (Systemfehler 2)");
    }
}

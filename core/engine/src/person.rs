//! What an operator does for one person: answers "what do you have on me?", forgets the person, reads and answers what the person wrote.

mod erase; // GDPR Art. 17
mod export; // GDPR Art. 15 and 20
mod files; // where an address occurs in the data folder
mod inbox; // messages that wait for a person
mod legal_hold; // data that is kept for legal claims
mod page; // the export as a page to read

pub(crate) use erase::{ErasureOrder, erase, forget_again, forget_unanswered, resume};
pub(crate) use export::{export, export_part};
pub(crate) use inbox::{act, items, reply, show, waiting};
pub(crate) use legal_hold::{end_legal_holds, hold, release};

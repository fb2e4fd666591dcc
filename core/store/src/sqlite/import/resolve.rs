//! Finds or creates contacts and addresses, and sorts out what the table of transitions refuses.

use super::address::{ImportAddress, RANDOM_BYTES, RandomBytes};
use super::verdict::{ImportResults, SUPPRESSED, kept};
use crate::error::Result;
use crate::sqlite::consent::{StoredConsent, get};
use crate::sqlite::number::{self, RANDOM_LINK};
use crate::sqlite::suppression::{self, SuppressionMatch};
use crate::sqlite::writer::Writer;
use crate::sqlite::{contact, event};
use crate::{ImportRow, StoreError};
use const_format::formatcp;
use rundruf_consent::text::Digest;
use rundruf_consent::{AddressId, ContactId, ListId, State, Time, transition};
use rundruf_lang::msg;
use rusqlite::{CachedStatement, params};
use std::collections::HashMap;

/// An address whose consent gets an event.
pub(super) struct PlannedEvent<'a> {
    /// Its index in the sorted array.
    pub(super) seq: usize,
    pub(super) job: ImportAddress<'a>,
    pub(super) random: RandomBytes,
    pub(super) stored: StoredConsent,
    pub(super) to: State,
    /// Commitment of its last event.
    pub(super) previous: Option<Digest>,
    /// Whether the address was made in this transaction.
    pub(super) is_new: bool,
}

/// An address that occurs a second time in the array.
pub(super) struct Duplicate<'a> {
    pub(super) job: ImportAddress<'a>,
    pub(super) id: AddressId,
    pub(super) owner: ContactId,
}

/// A known contact whose language and variables the file replaces.
pub(super) struct PlannedEdit<'a> {
    pub(super) job: ImportAddress<'a>,
    pub(super) contact: ContactId,
}

/// What the rows of an array come to.
#[derive(Default)]
pub(super) struct Resolved<'a> {
    pub(super) events: Vec<PlannedEvent<'a>>,
    pub(super) duplicates: Vec<Duplicate<'a>>,
    pub(super) edits: Vec<PlannedEdit<'a>>,
}

/// An address that is not refused by the suppression list, and what it may need.
struct OpenAddress<'a> {
    seq: usize,
    job: ImportAddress<'a>,
    random: RandomBytes,
    suppressed: SuppressionMatch,
}

/// An address in the database, with the contact that owns it.
#[derive(Clone, Copy)]
struct ResolvedAddress {
    id: AddressId,
    owner: ContactId,
    is_new: bool,
}

const ADD_ADDRESS: &str = formatcp!(
    "INSERT INTO address (id, contact, channel, value, flags, key, mailbox, link) VALUES (?7, ?1, ?2, ?3, ?4, ?5, ?6, {RANDOM_LINK}) \
     ON CONFLICT DO NOTHING"
);
const ADD_CONTACT: &str = "INSERT INTO contact (id, language, vars, created) VALUES (?1, ?2, ?3, ?4)";

pub(super) struct ContactResolver<'w> {
    w: &'w Writer,
    list: ListId,
    now: Time,
    add_address: CachedStatement<'w>,
    add_contact: CachedStatement<'w>,
    next_contact: i64,
    next_address: i64,
    /// The suppression table is empty, so no address is looked up in it.
    nobody_is_suppressed: bool,
}

impl<'w> ContactResolver<'w> {
    pub(super) fn new(w: &'w Writer, list: ListId, at_most: usize, now: Time) -> Result<Self> {
        let c = &w.connection;
        // A block that is large enough for every row; what is not used of it stays unused.
        let block = i64::try_from(at_most).unwrap_or(i64::MAX);
        let (next_contact, next_address) =
            (number::take(c, number::CONTACT, block)?, number::take(c, number::ADDRESS, block)?);
        Ok(Self {
            w,
            list,
            now,
            add_address: c.prepare_cached(ADD_ADDRESS)?,
            add_contact: c.prepare_cached(ADD_CONTACT)?,
            next_contact,
            next_address,
            nobody_is_suppressed: !c.prepare_cached("SELECT 1 FROM suppression LIMIT 1")?.exists([])?,
        })
    }

    /// Resolves every job, in their order. `random` holds what each of them may need. What is refused stores nothing.
    pub(super) fn all<'a>(
        mut self,
        jobs: &[ImportAddress<'a>],
        random: &[u8],
        results: &mut ImportResults,
    ) -> Result<Resolved<'a>> {
        let mut resolved = Resolved { events: Vec::with_capacity(jobs.len()), ..Resolved::default() };
        // By address: whether it was refused.
        let mut seen: HashMap<AddressId, bool> = HashMap::new();
        let mut random = random.chunks_exact(RANDOM_BYTES);
        let mut seq = 0;
        let mut open: Vec<OpenAddress<'a>> = Vec::with_capacity(1);
        for row in jobs.chunk_by(|a, b| a.row == b.row) {
            open.clear();
            for job in row {
                let random = random.next().and_then(RandomBytes::read);
                let random = random.ok_or_else(|| StoreError::Database(msg!("store-too-little-random")))?;
                let suppressed = self.suppressed(job)?;
                if suppressed.any() {
                    results.set(job, SUPPRESSED);
                } else {
                    open.push(OpenAddress { seq, job: *job, random, suppressed });
                }
                seq += 1;
            }
            self.row(&mut open, &mut seen, &mut resolved, results)?;
        }
        Ok(resolved)
    }

    /// Resolves what is left of one row.
    fn row<'a>(
        &mut self,
        open: &mut Vec<OpenAddress<'a>>,
        seen: &mut HashMap<AddressId, bool>,
        resolved: &mut Resolved<'a>,
        results: &mut ImportResults,
    ) -> Result<()> {
        let first_new = self.next_contact;
        let known_owner = self.known_owner(open)?;
        let mut owner = known_owner;
        let mut taken = None;
        for OpenAddress { seq, job, random, suppressed } in open.drain(..) {
            let found = match owner {
                None => self.first(&job, suppressed, results)?,
                Some(owner) => self.next(owner, &job, suppressed)?,
            };
            owner = owner.or(Some(found.owner));
            if let Some(refused) = seen.get(&found.id) {
                taken = if *refused { taken } else { Some((found.owner, job)) };
                resolved.duplicates.push(Duplicate { job, id: found.id, owner: found.owner });
                continue;
            }
            let fresh = || StoredConsent::fresh(self.list, found.owner, found.id, self.now, random.consent);
            let stored = match found.is_new {
                true => fresh(),
                false => get(&self.w.connection, self.list, found.owner, found.id)?.unwrap_or_else(fresh),
            };
            let state = stored.row.state;
            match transition(state, job.import.event, stored.row.since, self.now) {
                Ok(step) if step.to != state => {
                    let before = (stored.number > 0).then_some(stored.row.evidence);
                    let previous = before.map(|e| event::commitment(&self.w.connection, e)).transpose()?.flatten();
                    let (to, is_new) = (step.to, found.is_new);
                    resolved.events.push(PlannedEvent { seq, job, random, stored, to, previous, is_new });
                }
                // What exists is as strict or stricter: it stays.
                _ => results.set(&job, kept(state)),
            }
            let refused = !results.is_open(&job);
            seen.insert(found.id, refused);
            if !refused {
                taken = Some((found.owner, job));
            }
        }
        // A contact of this row is as the row says; one that was known gets what it lacks, or what the file says instead.
        match taken {
            Some((contact, job)) if contact.0 < first_new && job.import.update => {
                resolved.edits.push(PlannedEdit { job, contact });
            }
            Some((contact, job)) if contact.0 < first_new => {
                contact::fill_in(&self.w.connection, contact, &job.import.contact)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The contact that one of several addresses of a row belongs to. A single address is inserted without a look-up.
    fn known_owner(&self, row: &[OpenAddress<'_>]) -> Result<Option<ContactId>> {
        if row.len() > 1 {
            for address in row {
                if let Some((_, owner, _)) = contact::find(&self.w.connection, address.job.address)? {
                    return Ok(Some(owner));
                }
            }
        }
        Ok(None)
    }

    fn suppressed(&self, job: &ImportAddress<'_>) -> Result<SuppressionMatch> {
        if self.nobody_is_suppressed {
            return Ok(SuppressionMatch::default());
        }
        suppression::look(&self.w.connection, &self.w.secrets.pepper, job.address, self.list)
    }

    /// Resolves the first address of a row of which none is known, or the only one; makes the contact if it is new.
    fn first(
        &mut self,
        job: &ImportAddress<'_>,
        s: SuppressionMatch,
        results: &mut ImportResults,
    ) -> Result<ResolvedAddress> {
        let owner = ContactId(self.next_contact);
        let found = self.next(owner, job, s)?;
        if found.owner == owner {
            self.next_contact += 1;
            self.person(owner, job.import)?;
            results.set_new_contact(job);
        }
        Ok(found)
    }

    /// Finds or makes an address; a new one belongs to `owner`.
    fn next(
        &mut self,
        owner: ContactId,
        job: &ImportAddress<'_>,
        suppressed: SuppressionMatch,
    ) -> Result<ResolvedAddress> {
        let flags = suppressed.flags();
        let (address, channel) = (job.address, job.address.channel().code());
        let id = AddressId(self.next_address);
        let row = params![owner.0, channel, address.value(), flags.0, address.key(), address.tagged_mailbox(), id.0];
        if self.add_address.execute(row)? > 0 {
            self.next_address += 1;
            return Ok(ResolvedAddress { id, owner, is_new: true });
        }
        let known = contact::find(&self.w.connection, job.address)?;
        let (id, owner, _) = known.ok_or_else(|| StoreError::Missing(msg!("store-no-such-address")))?;
        Ok(ResolvedAddress { id, owner, is_new: false })
    }

    fn person(&mut self, id: ContactId, import: &ImportRow) -> Result<()> {
        let contact = &import.contact;
        self.add_contact.execute(params![id.0, contact.language, contact::vars_text(&contact.vars), self.now.0])?;
        Ok(())
    }
}

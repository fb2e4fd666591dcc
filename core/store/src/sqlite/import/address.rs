//! One address of one imported row, and the random bytes that it may need.

use crate::ImportRow;
use crate::keys::NONCE;
use rundruf_consent::evidence::{RecordId, SubjectKey};
use rundruf_consent::{Address, Channel};

/// One address of one row.
#[derive(Clone, Copy)]
pub(super) struct ImportAddress<'a> {
    pub(super) row: usize,
    pub(super) nth: usize,
    pub(super) import: &'a ImportRow,
    pub(super) address: &'a Address,
}

/// Everything random that one address may need: names of the record and the consent, a key and the nonce to wrap it.
pub(super) const RANDOM_BYTES: usize = 16 + 16 + 32 + NONCE;

pub(super) struct RandomBytes {
    pub(super) record: RecordId,
    pub(super) consent: [u8; 16],
    pub(super) key: SubjectKey,
    pub(super) nonce: [u8; NONCE],
}

impl RandomBytes {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (record, rest) = bytes.split_first_chunk()?;
        let (consent, rest) = rest.split_first_chunk()?;
        let (key, rest) = rest.split_first_chunk()?;
        let (nonce, _) = rest.split_first_chunk()?;
        Some(Self { record: *record, consent: *consent, key: SubjectKey(*key), nonce: *nonce })
    }
}

fn first_of(row: &ImportRow) -> Option<(Channel, &str)> {
    row.contact.addresses.first().map(|a| (a.channel(), a.key()))
}

/// The cost of an import is the random insert into the index of addresses: sorted, neighbours share pages.
pub(super) fn sorted(rows: &[ImportRow]) -> Vec<ImportAddress<'_>> {
    let mut order: Vec<_> = rows.iter().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| first_of(a).cmp(&first_of(b)));
    let mut jobs = Vec::with_capacity(rows.len());
    for (row, import) in order {
        let addresses = import.contact.addresses.iter().enumerate();
        jobs.extend(addresses.map(|(nth, address)| ImportAddress { row, nth, import, address }));
    }
    jobs
}

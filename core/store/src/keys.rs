//! The key database: keys of addresses and secrets of the instance, each encrypted with the machine's key (AES-256-GCM). A key is on disk
//! before the first event that needs it, so a crash leaves at most an unused key.

use crate::connection::connect;
use crate::private_file;
use crate::{PendingForget, Secrets, StoreError, TransportId, schema};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use rundruf_consent::evidence::SubjectKey;
use rundruf_consent::suppression::Pepper;
use rundruf_consent::token::TokenKey;
use rundruf_consent::{AddressId, Time};
use rundruf_lang::msg;
use rusqlite::{Connection, OptionalExtension, params};
use std::fs;
use std::path::{Path, PathBuf};

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// Fills a buffer with random bytes from the operating system.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), StoreError> {
    SystemRandom::new().fill(bytes).map_err(|_| StoreError::Database(msg!("store-no-random")))
}

/// What the addresses that plugins are to forget are bound to.
const FORGET: &[u8] = b"forget";
/// Length of a nonce.
pub(crate) const NONCE: usize = NONCE_LEN;

/// A new key for an address; used if the address has none.
pub(crate) struct KeyOffer {
    pub(crate) address: AddressId,
    /// True if the address was created in this transaction: a key that an interrupted transaction left under its number is replaced.
    pub(crate) is_new: bool,
    pub(crate) key: SubjectKey,
    pub(crate) nonce: [u8; NONCE],
}

pub(crate) struct KeyStore {
    connection: Connection,
    machine: LessSafeKey,
    path: PathBuf,
    /// The main database was never used: only then are secrets drawn.
    fresh: bool,
}

impl KeyStore {
    /// Opens the key database. Creates it and the machine's key if the main database was never used (`fresh`).
    pub(crate) fn open(path: &Path, kek: &Path, fresh: bool) -> Result<Self, StoreError> {
        // The keys are there, and with them the machine's key was: another one would open none of them.
        let machine = machine_key(path, kek, fresh && !holds_keys(path))?;
        if !path.exists() && !fresh {
            return Err(StoreError::Keys(path.to_owned(), msg!("store-keys-missing")));
        }
        private_file::create(path)?;
        let connection = connect(path).map_err(|e| StoreError::from_open(path, &e))?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -1000; PRAGMA secure_delete = ON;")
            .and_then(|()| connection.execute_batch(schema::KEYS))
            .and_then(|()| connection.execute_batch(schema::KEY_MARKS))
            .and_then(|()| connection.execute_batch(schema::KEY_FORGET))
            .map_err(|e| StoreError::from_open(path, &e))?;
        let keys = Self { connection, machine, path: path.to_owned(), fresh };
        // Keys of addresses and marks exist only after a database was used.
        if fresh
            && keys.connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM subject) OR EXISTS (SELECT 1 FROM mark)",
                [],
                |r| r.get(0),
            )?
        {
            return Err(StoreError::Keys(path.to_owned(), msg!("store-keys-without-database")));
        }
        Ok(keys)
    }

    /// A mark of how far the main database was.
    pub(crate) fn mark(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut one = self.connection.prepare_cached("SELECT value FROM mark WHERE name = ?1")?;
        Ok(one.query_row([name], |r| r.get(0)).optional()?)
    }

    /// All marks.
    pub(crate) fn marks(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let mut all = self.connection.prepare_cached("SELECT name, value FROM mark")?;
        Ok(all.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
    }

    /// Stores marks; they are on disk when this returns.
    pub(crate) fn set_marks(&mut self, marks: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        let tx = self.connection.unchecked_transaction()?;
        for (name, value) in marks {
            tx.prepare_cached("INSERT OR REPLACE INTO mark (name, value) VALUES (?1, ?2)")?
                .execute(params![name, value])?;
        }
        Ok(tx.commit()?)
    }

    fn wrap(&self, name: &[u8], plain: &[u8], nonce: [u8; NONCE_LEN]) -> Result<Vec<u8>, StoreError> {
        let mut sealed = plain.to_vec();
        self.machine
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name), &mut sealed)
            .map_err(|_| StoreError::Keys(self.path.clone(), msg!("store-key-not-wrapped")))?;
        let mut out = nonce.to_vec();
        out.extend(sealed);
        Ok(out)
    }

    fn unwrap(&self, name: &[u8], wrapped: &[u8]) -> Result<Vec<u8>, StoreError> {
        let foreign = || StoreError::Keys(self.path.clone(), msg!("store-keys-of-another"));
        let (nonce, sealed) = wrapped.split_first_chunk::<NONCE_LEN>().ok_or_else(foreign)?;
        let mut bytes = sealed.to_vec();
        let plain = self
            .machine
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(name), &mut bytes)
            .map_err(|_| foreign())?;
        Ok(plain.to_vec())
    }

    /// The secrets of the instance, drawn at the first call.
    pub(crate) fn secrets(&mut self) -> Result<Secrets, StoreError> {
        Ok(Secrets {
            pepper: Pepper(self.secret("pepper")?),
            token_key: TokenKey(self.secret("token")?),
            log_seed: self.secret("log")?,
            instance_key: self.secret("instance")?,
        })
    }

    fn secret<const N: usize>(&mut self, name: &str) -> Result<[u8; N], StoreError> {
        let found: Option<Vec<u8>> =
            self.connection.query_row("SELECT wrapped FROM secret WHERE name = ?1", [name], |r| r.get(0)).optional()?;
        if let Some(wrapped) = found {
            let plain = self.unwrap(name.as_bytes(), &wrapped)?;
            return plain.try_into().map_err(|_| StoreError::Keys(self.path.clone(), msg!("store-secret-length")));
        }
        // A secret that is lost is never drawn anew: every link would be dead, and every stop forgotten.
        if !self.fresh {
            return Err(StoreError::Keys(self.path.clone(), msg!("store-secret-missing", name = name)));
        }
        let secret = random::<N>()?;
        let wrapped = self.wrap(name.as_bytes(), &secret, random()?)?;
        self.connection.execute("INSERT INTO secret (name, wrapped) VALUES (?1, ?2)", params![name, wrapped])?;
        Ok(secret)
    }

    /// The key of an address, if it has one.
    pub(crate) fn subject(&self, address: AddressId) -> Result<Option<SubjectKey>, StoreError> {
        let found: Option<Vec<u8>> = self
            .connection
            .prepare_cached("SELECT wrapped FROM subject WHERE address = ?1")?
            .query_row([address.0], |r| r.get(0))
            .optional()?;
        let Some(wrapped) = found else { return Ok(None) };
        let plain = self.unwrap(&address.0.to_be_bytes(), &wrapped)?;
        let key = plain.try_into().map_err(|_| StoreError::Keys(self.path.clone(), msg!("store-key-length")))?;
        Ok(Some(SubjectKey(key)))
    }

    /// Deletes the keys of these addresses for good: their evidence cannot be read any more, not even from the file's free pages or its log.
    pub(crate) fn shred(&mut self, addresses: &[AddressId]) -> Result<(), StoreError> {
        let tx = self.connection.unchecked_transaction()?;
        for address in addresses {
            tx.prepare_cached("DELETE FROM subject WHERE address = ?1")?.execute([address.0])?;
        }
        tx.commit()?;
        crate::connection::truncate_wal(&self.connection)
    }

    /// Notes what plugins are to forget; it is on disk when this returns.
    pub(crate) fn forget_add(&mut self, all: &[PendingForget]) -> Result<(), StoreError> {
        let tx = self.connection.unchecked_transaction()?;
        for one in all {
            let plain = format!("{}:{}", one.channel, one.value);
            let wrapped = self.wrap(FORGET, plain.as_bytes(), random()?)?;
            tx.prepare_cached("INSERT INTO forget (transport, address, at, wrapped) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![one.transport.0, one.address.0, one.at.0, wrapped])?;
        }
        Ok(tx.commit()?)
    }

    /// What the plugin of a transport is to forget, oldest first.
    pub(crate) fn forget_list(&self, transport: TransportId, limit: u32) -> Result<Vec<PendingForget>, StoreError> {
        let mut some = self
            .connection
            .prepare_cached("SELECT id, address, at, wrapped FROM forget WHERE transport = ?1 ORDER BY id LIMIT ?2")?;
        let rows = some.query_map(params![transport.0, limit], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
        let rows = rows.collect::<rusqlite::Result<Vec<(i64, i64, i64, Vec<u8>)>>>()?;
        let mut all = Vec::with_capacity(rows.len());
        for (id, address, at, wrapped) in rows {
            let plain = String::from_utf8_lossy(&self.unwrap(FORGET, &wrapped)?).into_owned();
            let (channel, value) = plain.split_once(':').unwrap_or(("", &plain));
            let (channel, value) = (channel.to_owned(), value.to_owned());
            all.push(PendingForget { id, transport, address: AddressId(address), channel, value, at: Time(at) });
        }
        Ok(all)
    }

    /// Deletes these rows for good, also from the file's free pages and its log.
    pub(crate) fn forget_done(&mut self, ids: &[i64]) -> Result<(), StoreError> {
        let tx = self.connection.unchecked_transaction()?;
        for id in ids {
            tx.prepare_cached("DELETE FROM forget WHERE id = ?1")?.execute([id])?;
        }
        tx.commit()?;
        crate::connection::truncate_wal(&self.connection)
    }

    /// The key of an address. An address without a key gets one, which is on disk when this returns.
    pub(crate) fn ensure(&mut self, address: AddressId) -> Result<SubjectKey, StoreError> {
        let offer = KeyOffer { address, is_new: false, key: SubjectKey(random()?), nonce: random()? };
        let had = self.adopt(std::slice::from_ref(&offer))?.pop().flatten();
        Ok(had.unwrap_or(offer.key))
    }

    /// Stores these keys for addresses that have none; they are on disk when this returns. Returns the keys that addresses had before.
    pub(crate) fn adopt(&mut self, offers: &[KeyOffer]) -> Result<Vec<Option<SubjectKey>>, StoreError> {
        let mut had = Vec::with_capacity(offers.len());
        for offer in offers {
            had.push(if offer.is_new { None } else { self.subject(offer.address)? });
        }
        if had.iter().all(Option::is_some) {
            return Ok(had);
        }
        let tx = self.connection.unchecked_transaction()?;
        {
            let mut insert = tx.prepare_cached("INSERT OR REPLACE INTO subject (address, wrapped) VALUES (?1, ?2)")?;
            for (offer, _) in offers.iter().zip(&had).filter(|(_, had)| had.is_none()) {
                let wrapped = self.wrap(&offer.address.0.to_be_bytes(), &offer.key.0, offer.nonce)?;
                insert.execute(params![offer.address.0, wrapped])?;
            }
        }
        tx.commit()?;
        Ok(had)
    }
}

/// Whether a key database holds something.
fn holds_keys(path: &Path) -> bool {
    let count = |c: &Connection| c.query_row("SELECT count(*) FROM secret", [], |r| r.get::<_, i64>(0));
    path.exists() && connect(path).and_then(|c| count(&c)).is_ok_and(|n| n > 0)
}

fn machine_key(path: &Path, kek: &Path, fresh: bool) -> Result<LessSafeKey, StoreError> {
    let failed = |e: std::io::Error| StoreError::Unusable { path: kek.to_owned(), cause: e.into() };
    if !kek.exists() {
        if !fresh {
            return Err(StoreError::Keys(path.to_owned(), msg!("store-machine-key-missing")));
        }
        private_file::write_whole(kek, &random::<32>()?).map_err(failed)?;
    }
    let bytes = fs::read(kek).map_err(failed)?;
    let key = UnboundKey::new(&AES_256_GCM, &bytes)
        .map_err(|_| StoreError::Keys(path.to_owned(), msg!("store-machine-key-length")))?;
    Ok(LessSafeKey::new(key))
}

/// Whether the secrets in a key database open with this machine's key. Changes neither.
pub(crate) fn check(path: &Path, kek: &Path) -> Result<(), StoreError> {
    let machine = machine_key(path, kek, false)?;
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| StoreError::from_open(path, &e))?;
    KeyStore { connection, machine, path: path.to_owned(), fresh: false }.secrets().map(drop)
}

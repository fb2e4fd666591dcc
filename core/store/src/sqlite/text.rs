//! Texts that people saw, by digest. A stored text is never changed.

use crate::error::Result;
use rundruf_consent::text::{Digest, Text, TextKind};
use rusqlite::{Connection, OptionalExtension, Row, params};

pub(super) fn put(c: &Connection, text: &Text) -> Result<Digest> {
    let digest = text.digest();
    c.prepare_cached("INSERT OR IGNORE INTO text (digest, kind, language, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![digest, text.kind.code(), text.language, text.body])?;
    Ok(digest)
}

pub(super) fn get(c: &Connection, digest: Digest) -> Result<Option<Text>> {
    let read = |r: &Row<'_>| Ok((r.get::<_, u8>(0)?, r.get(1)?, r.get(2)?));
    let found = c
        .prepare_cached("SELECT kind, language, body FROM text WHERE digest = ?1")?
        .query_row([digest], read)
        .optional()?;
    Ok(found.and_then(|(kind, language, body)| Some(Text { kind: TextKind::from_code(kind)?, language, body })))
}

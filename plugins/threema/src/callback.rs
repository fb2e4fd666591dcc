//! A callback of the gateway: who wrote, to whom, and a box. Its authentication code is verified before anything else is looked at.

use crate::id::{ThreemaId, ThreemaMessageId, unhex, unhex_array};
use crate::message::MAX_BOX;
use crate::seal::{NONCE, TAG};
use crate::secret::ApiSecret;
use percent_encoding::percent_decode;
use ring::hmac;
use std::borrow::Cow;

/// Longest body of a callback, in bytes.
pub const MAX_BODY: usize = 64 * 1024;
/// Most fields of a callback; there are eight.
const MAX_FIELDS: usize = 32;
/// Longest nickname that is kept, in characters.
const MAX_NICKNAME: usize = 64;

/// A callback whose code is valid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Callback {
    /// Who wrote.
    pub from: ThreemaId,
    /// Id of the message, unique for its sender.
    pub id: ThreemaMessageId,
    /// When the sender's device says that it was sent, in Unix seconds.
    pub date: i64,
    /// Nonce of the box.
    pub nonce: [u8; NONCE],
    /// The box.
    pub sealed: Vec<u8>,
    /// The sender's public nickname; not covered by the code. May be empty.
    pub nickname: String,
}

/// Why a callback is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CallbackError {
    /// It does not have the fields of a callback. Anyone can send that.
    #[error("it is no callback")]
    NotCallback,
    /// The code was not made with our secret. Anyone can send that.
    #[error("its code was not made with this secret")]
    Forged,
    /// It is genuine, but for another Gateway ID of the account.
    #[error("it is for another Gateway ID: the callback address of that ID names this transport")]
    OtherId,
    /// It is genuine, but a field cannot be read. To send it again would change nothing.
    #[error("the field `{0}` cannot be read")]
    Field(&'static str),
}

/// Reads a callback to `own`.
///
/// # Errors
/// See [`CallbackError`].
pub fn read(body: &[u8], secret: &ApiSecret, own: ThreemaId) -> Result<Callback, CallbackError> {
    let fields = fields(body)?;
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| &**value);
    let must = |name| field(name).ok_or(CallbackError::NotCallback);
    let (from, to, id) = (must("from")?, must("to")?, must("messageId")?);
    let (date, nonce, sealed, mac) = (must("date")?, must("nonce")?, must("box")?, must("mac")?);
    let covered = [from, to, id, date, nonce, sealed].concat();
    let mac = unhex_array::<32>(mac).ok_or(CallbackError::Forged)?;
    // Compares in constant time.
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes()), covered.as_bytes(), &mac)
        .map_err(|_| CallbackError::Forged)?;
    if ThreemaId::parse(to) != Some(own) {
        return Err(CallbackError::OtherId);
    }
    let nickname = field("nickname").unwrap_or_default();
    Ok(Callback {
        from: ThreemaId::parse(from).ok_or(CallbackError::Field("from"))?,
        id: ThreemaMessageId::parse(id).ok_or(CallbackError::Field("messageId"))?,
        date: date.parse().map_err(|_| CallbackError::Field("date"))?,
        nonce: unhex_array(nonce).ok_or(CallbackError::Field("nonce"))?,
        sealed: unhex(sealed)
            .filter(|sealed| (TAG..=MAX_BOX + TAG).contains(&sealed.len()))
            .ok_or(CallbackError::Field("box"))?,
        nickname: nickname.chars().filter(|c| !c.is_control()).take(MAX_NICKNAME).collect(),
    })
}

/// The fields of a form, each once.
fn fields(body: &[u8]) -> Result<Vec<(String, String)>, CallbackError> {
    let mut fields: Vec<(String, String)> = Vec::with_capacity(8);
    if body.len() > MAX_BODY {
        return Err(CallbackError::NotCallback);
    }
    for pair in body.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
        let split = pair.iter().position(|b| *b == b'=').ok_or(CallbackError::NotCallback)?;
        let (key, value) = pair.split_at(split);
        let (key, value) = (decode(key)?, decode(value.get(1..).unwrap_or_default())?);
        if fields.len() == MAX_FIELDS || fields.iter().any(|(other, _)| *other == key) {
            return Err(CallbackError::NotCallback);
        }
        fields.push((key, value));
    }
    Ok(fields)
}

fn decode(text: &[u8]) -> Result<String, CallbackError> {
    let spaced: Cow<'_, [u8]> = if text.contains(&b'+') {
        text.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect::<Vec<_>>().into()
    } else {
        text.into()
    };
    let decoded = percent_decode(&spaced).decode_utf8().map_err(|_| CallbackError::NotCallback)?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: &str = "622b362e8353658ee649a5548acecc9ce9b88384d6b7e08e212446d68455b14e";

    fn body() -> String {
        format!(
            "from=ECHOECHO&to=*TESTTST&messageId=0102030405060708&date=1616950936&nonce={}&box=012345abcdef&mac={MAC}",
            "f".repeat(48)
        )
    }

    fn try_read(body: &str, secret: &str) -> Result<Callback, CallbackError> {
        read(body.as_bytes(), &ApiSecret::new(secret), ThreemaId::parse("*TESTTST").unwrap())
    }

    const SECRET: &str = "nevergonnagiveyouup";

    #[test]
    fn the_official_callback() {
        // Its box is too short to be one, which is looked at after the code.
        assert_eq!(try_read(&body(), SECRET), Err(CallbackError::Field("box")));
        assert_eq!(try_read(&body(), "nevergonnaletyoudown"), Err(CallbackError::Forged));
        assert_eq!(try_read(&body().replace("*TESTTST", "%2ATESTTST"), SECRET), Err(CallbackError::Field("box")));
        assert_eq!(try_read(&body().replace(MAC, &MAC.to_uppercase()), SECRET), Err(CallbackError::Field("box")));
    }

    /// A callback with a genuine code.
    fn signed(fields: [&str; 6], more: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let mac = crate::id::hex(hmac::sign(&key, fields.concat().as_bytes()).as_ref());
        let [from, to, id, date, nonce, sealed] = fields;
        format!("from={from}&to={to}&messageId={id}&date={date}&nonce={nonce}&box={sealed}&mac={mac}{more}")
    }

    #[test]
    fn a_whole_callback() {
        let (nonce, sealed) = ("0a".repeat(24), "AB".repeat(49));
        let fields = ["ECHOECHO", "*TESTTST", "000aff0405060708", "1616950936", &nonce, &sealed];
        let got = try_read(&signed(fields, "&nickname=Anna+M%C3%BCller%00"), SECRET).unwrap();
        assert_eq!(
            (got.from.as_str(), got.id, got.date),
            ("ECHOECHO", ThreemaMessageId([0, 10, 255, 4, 5, 6, 7, 8]), 1_616_950_936)
        );
        assert_eq!((got.nonce, got.sealed, &*got.nickname), ([10; 24], vec![0xab; 49], "Anna Müller"));
        let with = |n: usize, value: &str| {
            let mut fields = fields;
            fields[n] = value;
            try_read(&signed(fields, ""), SECRET)
        };
        assert_eq!(with(1, "*OTHERID"), Err(CallbackError::OtherId));
        let long = "ab".repeat(MAX_BOX + TAG + 1);
        for (n, value, name) in [
            (0, "ECHO", "from"),
            (2, "01", "messageId"),
            (3, "soon", "date"),
            (4, "0a0b", "nonce"),
            (5, "xx", "box"),
            (5, &long, "box"),
        ] {
            assert_eq!(with(n, value), Err(CallbackError::Field(name)));
        }
    }

    #[test]
    fn every_covered_field_counts() {
        for (from, to) in [
            ("ECHOECHO", "ECHOECH0"),
            ("0102030405060708", "0102030405060709"),
            ("1616950936", "1616950937"),
            ("ffffffff&box", "fffffffe&box"),
            ("012345abcdef", "012345abcdee"),
            ("*TESTTST", "*TESTTSU"),
            (MAC, &MAC[..62]),
            (MAC, ""),
        ] {
            assert_eq!(try_read(&body().replace(from, to), SECRET), Err(CallbackError::Forged), "{from}");
        }
    }

    #[test]
    fn what_is_no_callback() {
        let twice = format!("{}&from=ANNA2345", body());
        for bad in ["", "from", "from=ECHOECHO", &twice, "%ff=%ff", &"a=b&".repeat(100), &"x".repeat(MAX_BODY + 1)] {
            assert_eq!(try_read(bad, SECRET), Err(CallbackError::NotCallback));
        }
        assert_eq!(try_read(&body().replace("&mac=", "&mc="), SECRET), Err(CallbackError::NotCallback));
    }
}

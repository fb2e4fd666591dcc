//! People who do not exist. Each has a name that no other has, so that a leak between two of them can be seen.

use std::io::Write;
use std::path::Path;

/// The columns of a CSV of class A, its first line.
pub const COLUMNS: &str =
    "channel,address,first_name,last_name,language,requested_at,confirmed_at,source,consent_text,last_used_at";

/// E-mail address of person `n`.
#[must_use]
pub fn email(n: u64) -> String {
    format!("person{n:08}@mail.example")
}

/// First name of person `n`: from `a` to `z` only, unlike every other.
#[must_use]
pub fn first_name(n: u64) -> String {
    let mut rest = n;
    let mut name = String::from("Q");
    for _ in 0..7 {
        name.push(char::from(b'a' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    name.push('z');
    name
}

/// Mobile number of person `n`.
#[must_use]
pub fn phone(n: usize) -> String {
    format!("+49151{:08}", 10_000_000 + n)
}

/// A class A CSV with one mobile number for each person.
#[must_use]
pub fn phones_csv(people: usize) -> String {
    let mut csv = format!("{COLUMNS}\n");
    for n in 0..people {
        csv.push_str(&format!(
            "sms,{},{},Muster,de,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/news,\
             \"Ja, die Bäckerei Krume GmbH darf mir ihre Angebote der Woche schicken. Abmelden jederzeit.\",2026-10-01T08:00:00Z\n",
            phone(n),
            first_name(n as u64)
        ));
    }
    csv
}

/// Writes a class A CSV with one e-mail address for each person of the range.
///
/// # Errors
/// If the file cannot be written.
pub fn csv(path: &Path, people: std::ops::Range<u64>) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    writeln!(out, "{COLUMNS}")?;
    for n in people {
        let (name, address) = (first_name(n), email(n));
        let language = if n % 3 == 0 { "en" } else { "de" };
        writeln!(
            out,
            "email,{address},{name},Muster,{language},2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/news,\
             \"Ja, die Bäckerei Krume GmbH darf mir per E-Mail ihre Angebote der Woche schicken. Abmelden jederzeit.\",\
             2026-10-01T08:00:00Z"
        )?;
    }
    out.flush()
}

/// Random numbers that a seed fixes (SplitMix64): a run can be repeated.
#[derive(Clone, Debug)]
pub struct SeededRandom(pub u64);

impl SeededRandom {
    /// The next random number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next_u64() % bound.max(1)
    }
}

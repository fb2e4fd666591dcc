//! Bytes that are text in one way or another, and bytes that are none.

use crate::import_fixture::{A, ImportFixture, PROOF, form};
use rundruf_consent::{ImportClass, State};

const TEXT: &str = "channel,address,first_name,requested_at,confirmed_at,source,consent_text\n\
     email,a@krume.example,Jürgen,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,Aushang im Laden,\"Ja,\ndie Bäckerei Krume GmbH darf mir schreiben bis ich mich abmelde\"\n\
     email,nobody,Zoë,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,Aushang im Laden,Ja\n";

fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

fn wide(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(order).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_table_in_every_encoding() {
    let rewritten = |delimiter: char| {
        // The comma within quotation marks stays.
        TEXT.replace("Ja,\n", "Ja\u{1}\n").replace(',', &delimiter.to_string()).replace('\u{1}', ",")
    };
    for (name, bytes) in [
        ("UTF-8", TEXT.as_bytes().to_vec()),
        ("with a mark", format!("\u{feff}{TEXT}").into_bytes()),
        ("with a mark and quotation marks", format!("\u{feff}\"channel\"{}", &TEXT[7..]).into_bytes()),
        ("Latin-1", latin(TEXT)),
        ("UTF-16, little end first", wide(TEXT, u16::to_le_bytes)),
        ("UTF-16, big end first", wide(TEXT, u16::to_be_bytes)),
        ("semicolons", rewritten(';').into_bytes()),
        ("tabs", rewritten('\t').into_bytes()),
        ("CRLF", TEXT.replace('\n', "\r\n").into_bytes()),
        ("CR alone", TEXT.replace('\n', "\r").into_bytes()),
        ("no line end at the end", TEXT.trim_end().as_bytes().to_vec()),
        ("semicolons, CRLF, Latin-1", latin(&rewritten(';').replace('\n', "\r\n"))),
    ] {
        let s = ImportFixture::new().await;
        let (sum, lines) = s.import(bytes, form(ImportClass::A)).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((sum.rows, sum.contacts, sum.confirmed, sum.refused), (2, 1, 1, 1), "{name}: {lines:?}");
        assert_eq!((lines[0].line, lines[0].address.as_str()), (4, "nobody"), "{name}: where the record begins");
        assert_eq!(s.people().await[0].vars["first_name"], "Jürgen", "{name}");
        assert_eq!(s.states().await, [[("email:a@krume.example".to_owned(), State::Confirmed)]], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_file_stores_nothing() {
    let row = format!("email,a@krume.example,Anna,{PROOF}\n");
    let long = "x".repeat(10 << 20);
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    for (name, bytes, want) in [
        ("empty", Vec::new(), "the file is empty"),
        ("blank", b"\n\r\n  \n".to_vec(), "the file is empty"),
        ("a picture", png, "line 3: a NUL byte"),
        ("a spreadsheet", b"PK\x03\x04abc".to_vec(), "spreadsheet"),
        ("a document", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), "these columns are missing"),
        ("NUL in a row", format!("{A}{row}email,b@krume.example,B\0,{PROOF}\n").into_bytes(), "line 3: a NUL byte"),
        ("NUL in UTF-16", wide(&format!("{A}{row}b\0\n"), u16::to_le_bytes), "line 3: a NUL"),
        (
            "DOS",
            [A.as_bytes(), b"email,a@krume.example,J\x81rgen\n"].concat(),
            "line 2: the byte 0x81 is in no encoding",
        ),
        ("half UTF-16", b"\xff\xfea\0b".to_vec(), "UTF-16LE"),
        (
            "UTF-8 and not",
            [A.as_bytes(), "email,ä,ö,ü\n".as_bytes(), b"email,\xfc\n"].concat(),
            "line 3: the text is damaged",
        ),
        ("10 MB on the first line", long.clone().into_bytes(), "line 1: the heading is longer"),
        (
            "10 MB on a line",
            format!("{A}{row}email,{long}\n{row}").into_bytes(),
            "line 3: the record that begins there is longer",
        ),
        ("10 MB of fields", format!("{A}{row}{}\n", ",".repeat(10 << 20)).into_bytes(), "line 3: the record"),
        (
            "never closed",
            format!("{A}{row}email,\"b@krume.example,B,{PROOF}\n{row}").into_bytes(),
            "line 3: a quotation mark",
        ),
        (
            "never closed, and 10 MB behind it",
            format!("{A}{row}email,\"b@krume.example,B,{PROOF}\n{}", row.repeat(150_000)).into_bytes(),
            "line 3: the record that begins there is longer",
        ),
    ] {
        let s = ImportFixture::new().await;
        for dry_run in [true, false] {
            let form = rundruf_engine::ImportForm { dry_run, ..form(ImportClass::A) };
            let refused = s.import(&bytes, form).await.err().unwrap_or_else(|| panic!("{name} was taken"));
            assert!(refused.contains(want), "{name}: {refused}");
        }
        assert!(s.people().await.is_empty(), "{name}: nothing is stored");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heading_without_rows_is_valid() {
    let s = ImportFixture::new().await;
    for text in [A.to_owned(), A.trim_end().to_owned(), format!("\n{A}\n,,,\n\"\"\n")] {
        let (sum, lines) = s.import(text, form(ImportClass::A)).await.unwrap();
        assert_eq!((sum, lines.len()), (rundruf_engine::ImportSummary::default(), 0));
    }
}

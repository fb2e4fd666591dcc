//! Spellings, keys, refusals, and what holds for every address.

use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

#[track_caller]
fn check(channel: Channel, text: &str, region: Option<&str>, want: Result<&str, ()>) {
    let got = Address::parse(channel, text, region);
    assert_eq!(got.as_ref().map(Address::value).map_err(|_| ()), want, "{text:?}: {got:?}");
}

fn mail(text: &str) -> Address {
    Address::parse(Channel::Email, text, None).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn spellings() {
    use Channel::{Email, Matrix, Signal, Sms, Threema, Xmpp};
    check(Email, " Anna.B+x@Krume.EXAMPLE ", None, Ok("Anna.B+x@krume.example"));
    check(Email, "a@bücher.example", None, Ok("a@xn--bcher-kva.example"));
    for bad in [
        "",
        "a",
        "a@",
        "@b.example",
        "a@b@c.example",
        "a b@c.example",
        "a@b.example\r\nBcc: c@d.example",
        "a@-b.example",
        "\"a b\"@c.example",
        "a..b@c.example",
        ".a@c.example",
        "a@c",
        "a,b@c.example",
        "<a@c.example>",
        "a\u{200b}@c.example",
    ] {
        check(Email, bad, None, Err(()));
    }
    check(Email, &format!("{}@c.example", "a".repeat(65)), None, Err(()));
    check(Threema, "anna2345", None, Ok("ANNA2345"));
    check(Threema, "*KRUME01", None, Ok("*KRUME01"));
    check(Threema, "ANNA", None, Err(()));
    check(Signal, "2F1C0A7E-1111-4222-8333-444455556666", None, Ok("2f1c0a7e-1111-4222-8333-444455556666"));
    check(Signal, "+491701234567", None, Ok("+491701234567"));
    check(Matrix, "@anna:krume.example", None, Ok("@anna:krume.example"));
    check(Matrix, "anna:krume.example", None, Err(()));
    check(Xmpp, "Anna@Krume.example/phone", None, Ok("anna@krume.example"));
    check(Sms, "+491701234567", None, Ok("+491701234567"));
}

#[test]
fn a_number_has_one_form() {
    let german = [
        "+49 170 1234567",
        "0170 / 123 45 67",
        "0049 170 1234567",
        "+49 (0)170 1234567",
        "+49(0)170-1234567",
        "+49 ( 0 ) 170 1234567",
        "0049 (0)170 1234567",
        "+49 0170 1234567",
        "0049 0170 1234567",
        "(0)170 1234567",
        "tel:+49-170-1234567",
        "+49\u{a0}170\u{2011}1234567",
    ];
    for text in german {
        check(Channel::Sms, text, Some("DE"), Ok("+491701234567"));
        let signal = Address::parse(Channel::Signal, text, Some("DE")).unwrap();
        assert_eq!(signal.key(), "+491701234567");
    }
    check(Channel::Sms, "+43 (0)664 1234567", Some("DE"), Ok("+436641234567"));
    check(Channel::Sms, "0664 1234567", Some("AT"), Ok("+436641234567"));
    check(Channel::Sms, "+41 (0)79 123 45 67", None, Ok("+41791234567"));
    check(Channel::Sms, "+44 (0)7911 123456", None, Ok("+447911123456"));
    check(Channel::Sms, "+1 202 555 0123", None, Ok("+12025550123"));
    check(Channel::Sms, "+7 912 345 67 89", None, Ok("+79123456789"));
    check(Channel::Sms, "+36 (06) 20 123 4567", None, Ok("+36201234567"));
    // In Italy the zero of a fixed line is part of the number.
    check(Channel::Sms, "+39 06 69812345", None, Ok("+390669812345"));
    check(Channel::Sms, "+39 (0)6 69812345", None, Ok("+390669812345"));
    check(Channel::Sms, "+39 347 1234567", None, Ok("+393471234567"));
}

#[test]
fn what_is_no_number_of_its_country_is_refused_with_its_reason() {
    let why = |text: &str| Address::parse(Channel::Sms, text, Some("DE")).unwrap_err();
    for date in ["01.05.1580", "1.5.1980", "1980-05-01", "31/12/1999", "12/31/1999"] {
        assert_eq!(why(date), AddressError::Date, "{date}");
    }
    assert_eq!(why("1051580"), AddressError::NumberShort);
    assert_eq!(why("+491051580"), AddressError::NumberShort);
    assert_eq!(why("+49 170 123456789012"), AddressError::NumberLong);
    assert_eq!(why("+999 12345678"), AddressError::NoCountry);
    assert_eq!(why("abc"), AddressError::Form(Channel::Sms));
    for bad in ["+1", "+", "0", "+0491701234567", "0170 abc 4567"] {
        check(Channel::Sms, bad, Some("DE"), Err(()));
    }
    assert_eq!(Address::parse(Channel::Sms, "0170 1234567", None).unwrap_err(), AddressError::NoRegion);
    // What exists is heard all the same.
    let odd = Address::parse_existing(Channel::Sms, "+491051580", None).unwrap();
    assert_eq!(odd.key(), "+491051580");
    assert!(Address::parse_existing(Channel::Sms, "01.05.1580", Some("DE")).is_err());
}

#[test]
fn every_spelling_has_the_key_of_its_mailbox() {
    let erika = mail("Erika.Muster@Krume.example");
    assert_eq!((erika.value(), erika.key()), ("Erika.Muster@krume.example", "erika.muster@krume.example"));
    for same in ["erika.muster@krume.example", "ERIKA.MUSTER@KRUME.EXAMPLE", " eRIKA.mUSTER@krume.Example "] {
        assert_eq!(mail(same), erika, "{same}");
    }
    let all: HashSet<Address> =
        ["M\u{fc}ller@m\u{f6}hrle.example", "mu\u{308}ller@mo\u{308}hrle.example", "MÜLLER@xn--mhrle-jua.example"]
            .map(mail)
            .into();
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(mail("straße@k.example"), mail("STRASSE@k.example"));
    assert_ne!(erika, mail("erika.muster+brot@krume.example"), "a tag is another key");
}

#[test]
fn a_tag_leads_to_its_mailbox() {
    let mailbox = |text: &str| mail(text).mailbox().into_owned();
    assert_eq!(mailbox("Karla+Alt@k.example"), "karla@k.example");
    assert_eq!(mailbox("karla+a+b@k.example"), "karla@k.example");
    assert_eq!(mailbox("KARLA@k.example"), "karla@k.example");
    assert_eq!(mailbox("+tag@k.example"), "+tag@k.example", "nothing is before the tag");
    assert_eq!(mail("karla@k.example").tagged_mailbox(), None);
    let number = Address::parse(Channel::Sms, "+491701234567", None).unwrap();
    assert_eq!((number.mailbox().into_owned(), number.tagged_mailbox()), ("+491701234567".to_owned(), None));
}

#[test]
fn a_search_knows_the_stored_forms() {
    let has = |text: &str, form: &str| {
        let forms = search_texts(text, Some("DE"));
        assert!(forms.iter().any(|f| f == form), "{text}: {forms:?}");
    };
    has("@möhrle.example", "@xn--mhrle-jua.example");
    has("@MÖHRLE.example", "@xn--mhrle-jua.example");
    has("möhrle", "xn--mhrle-jua");
    has("@xn--mhrle-jua.example", "@xn--mhrle-jua.example");
    has("Anna@Krume", "anna@krume");
    has("sms:0171 1234567", "+491711234567");
    has("0171 1234567", "+491711234567");
    has("0171 123", "171123");
    has("anna2345", "ANNA2345");
    has("Müller", "müller");
    assert_eq!(search_texts("", None), [""]);
}

#[test]
fn masks() {
    let shown = |c, t| format!("{:?}", Address::parse(c, t, None).unwrap());
    assert_eq!(shown(Channel::Email, "anna@krume.example"), "Address(email:a…@k….example)");
    assert_eq!(shown(Channel::Sms, "+491701234567"), "Address(sms:…67)");
}

proptest! {
    #[test]
    fn a_key_ignores_case_and_unicode_form(local in "[\\p{L}\\p{Nd}][\\p{L}\\p{Nd}.+_-]{0,9}", host in "[a-z][a-z0-9äöüß-]{0,6}[a-z]") {
        use unicode_normalization::UnicodeNormalization;
        let text = format!("{local}@{host}.example");
        if let Ok(address) = Address::parse(Channel::Email, &text, None) {
            let key = address.key().to_owned();
            let again = |value: &str| Address::from_normal(Channel::Email, value).key().to_owned();
            prop_assert_eq!(again(&key), key.clone(), "idempotent");
            prop_assert_eq!(again(address.value()), key.clone(), "as read from the store");
            let spellings: Vec<String> = vec![
                local.to_uppercase(),
                local.to_lowercase(),
                local.nfd().collect(),
                local.nfc().collect(),
                local.to_uppercase().nfd().collect(),
            ];
            for local in spellings {
                // A spelling may become too long, never another person.
                if let Ok(other) = Address::parse(Channel::Email, &format!("{local}@{host}.example"), None) {
                    prop_assert_eq!(other.key(), &key, "{} and {}", local, text);
                }
            }
            prop_assert!(address.tagged_mailbox().is_none_or(|m| m != key));
            let mailbox = Address::from_normal(Channel::Email, &address.mailbox());
            prop_assert_eq!(mailbox.mailbox(), mailbox.key(), "a mailbox is its own mailbox");
        }
    }

    #[test]
    fn a_number_is_its_own_normal_form(text in "(\\+|00)?[0-9() /-]{4,18}") {
        for region in [None, Some("DE"), Some("IT"), Some("US")] {
            if let Ok(address) = Address::parse(Channel::Sms, &text, region) {
                let again = Address::parse(Channel::Sms, address.value(), region);
                prop_assert_eq!(again.map(|a| a.value().to_owned()), Ok(address.value().to_owned()), "{}", text);
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,40}") {
        for channel in Channel::ALL {
            let _ = Address::parse(channel, &text, Some("DE"));
            let _ = Address::from_normal(channel, &text).mailbox();
        }
        let _ = search_texts(&text, Some("DE"));
    }
}

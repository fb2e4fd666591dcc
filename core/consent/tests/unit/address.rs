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
    for same in ["STRASSE@k.example", "STRAẞE@k.example", "strasse@k.example"] {
        assert_eq!(mail("straße@k.example"), mail(same), "{same}");
    }
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
    // The store compares ASCII without case, and a few digits are in every number.
    assert_eq!(search_texts("Anna", None), ["Anna"]);
    assert_eq!(search_texts("0171", None), ["0171"]);
    assert_eq!(search_texts("Müller 0171 12", None).len(), 2, "{:?}", search_texts("Müller 0171 12", None));
    assert_eq!(search_texts("abc:0171 1234567", Some("DE")), ["abc:0171 1234567"], "no channel");
    for text in ["sms:", "00000", "anna@krume.example", "@möhrle.example", "sms:+491711234567", "ANNA2345"] {
        let forms = search_texts(text, Some("DE"));
        assert!(forms.iter().all(|form| !form.is_empty()), "{forms:?}");
        assert_eq!(forms.iter().collect::<HashSet<_>>().len(), forms.len(), "each once: {forms:?}");
    }
}

#[test]
fn masks() {
    let shown = |c, t| format!("{:?}", Address::parse(c, t, None).unwrap());
    assert_eq!(shown(Channel::Email, "anna@krume.example"), "Address(email:a…@k….example)");
    assert_eq!(shown(Channel::Sms, "+491701234567"), "Address(sms:…67)");
    assert_eq!(shown(Channel::Matrix, "@anna:krume.example"), "Address(matrix:…le)");
    assert_eq!(shown(Channel::Xmpp, "anna@krume.example"), "Address(xmpp:a…@k….example)");
    assert_eq!(format!("{:?}", Address::from_normal(Channel::Xmpp, "anna@localhost")), "Address(xmpp:a…@l…)");
}

#[test]
fn an_e_mail_address_is_as_long_as_mail_servers_take() {
    let of = |local: usize, labels: &[usize]| {
        let labels: Vec<String> = labels.iter().map(|n| "b".repeat(*n)).collect();
        Address::parse(Channel::Email, &format!("{}@{}", "a".repeat(local), labels.join(".")), None).map(|_| ())
    };
    assert_eq!((of(64, &[63, 7]), of(65, &[63, 7])), (Ok(()), Err(AddressError::Form(Channel::Email))));
    assert_eq!((of(1, &[63, 63]), of(1, &[64, 63])), (Ok(()), Err(AddressError::Domain)), "a label");
    // 60 + 1 + 193 = 254.
    assert_eq!(of(60, &[63, 63, 63, 1]), Ok(()));
    for longer in [61, 62, 64] {
        assert_eq!(of(longer, &[63, 63, 63, 1]), Err(AddressError::TooLong(254)), "{longer}");
    }
    // Not the address alone, the domain as well.
    assert_eq!(of(1, &[63, 63, 63, 63]), Err(AddressError::Domain));
    // A-labels are looked into.
    for bad in ["a@xn--0.example", "a@xn--zzzzzzzz.example"] {
        check(Channel::Email, bad, None, Err(()));
    }
}

#[test]
fn every_rule_of_a_handle_counts_alone() {
    use Channel::{Matrix, Signal, Threema, Xmpp};
    let id = "2f1c0a7e-1111-4222-8333-444455556666";
    for (channel, good, bad) in [
        (
            Threema,
            &["ABCD1234", "*BCD1234"][..],
            &["ABCD123", "ABCD12345", "ABCD123-", "A*CD1234", "ABCD123*", "-BCD1234", "ABCD123é"][..],
        ),
        (Signal, &[id], &["2f1c0a7e-1111-4222-8333-44445555666g", "2f1c0a7e11112-4222-8333-44445555-666"]),
        (
            Matrix,
            &["@anna:k.example", "@a1._=-/+:k", "@anna:[::1]:8448"],
            &[
                "@:k.example",
                "@anna:",
                "@anna",
                "@Anna:k.example",
                "@an na:k.example",
                "@anna:k_.example",
                "@anna:k ex",
            ],
        ),
        (
            Xmpp,
            &["anna@k.example", "a.b@k.example"],
            &[
                "@k.example",
                "anna@k",
                "an na@k.example",
                "an\"a@k.example",
                "a:b@k.example",
                "anna@k.ex ample",
                "anna@k.ex:ample",
                "a@b@k.example",
            ],
        ),
    ] {
        for text in good {
            check(channel, text, None, Ok(text));
        }
        for text in bad {
            check(channel, text, None, Err(()));
        }
    }
    // A Matrix name is at most 255 bytes, server and signs included.
    let matrix = |length: usize| format!("@{}:k.example", "a".repeat(length - "@:k.example".len()));
    check(Matrix, &matrix(255), None, Ok(&matrix(255)));
    check(Matrix, &matrix(256), None, Err(()));
}

#[test]
fn every_reason_is_said() {
    use AddressError::*;
    let all = [
        Empty,
        TooLong(254),
        Control,
        Domain,
        NoRegion,
        Region,
        Date,
        NoCountry,
        NumberShort,
        NumberLong,
        NumberImpossible,
    ];
    let said: HashSet<String> = all.into_iter().chain(Channel::ALL.map(Form)).map(|error| error.to_string()).collect();
    assert_eq!(said.len(), all.len() + Channel::ALL.len(), "{said:?}");
    assert!(said.iter().all(|text| text.chars().count() > 10), "{said:?}");
    assert!(TooLong(254).to_string().contains("254"));
}

#[test]
fn no_address_is_longer_than_512_bytes() {
    let of = |length: usize| {
        let text = format!("{}@k.example", "a".repeat(length - "@k.example".len()));
        Address::parse(Channel::Xmpp, &text, None).map(|a| a.value().len())
    };
    assert_eq!(of(512), Ok(512));
    for long in [513, 514, 10_000] {
        assert_eq!(of(long), Err(AddressError::TooLong(512)), "{long}");
    }
}

#[test]
fn addresses_are_ordered_and_hashed_by_channel_and_key() {
    use std::hash::{BuildHasher, RandomState};
    let (anna, upper, berta) = (mail("anna@k.example"), mail("ANNA@k.example"), mail("Berta@k.example"));
    let chat = Address::parse(Channel::Xmpp, "anna@k.example", None).unwrap();
    assert!(anna < berta && berta > upper && anna <= upper && anna < chat && berta < chat);
    let hasher = RandomState::new();
    assert_eq!(hasher.hash_one(&anna), hasher.hash_one(&upper));
    assert_ne!(hasher.hash_one(&anna), hasher.hash_one(&berta));
    assert_ne!(hasher.hash_one(&anna), hasher.hash_one(&chat));
}

#[test]
fn a_domain_is_looked_up_in_its_ascii_form() {
    for (domain, want) in [
        ("Bücher.example", Some("xn--bcher-kva.example")),
        ("krume.example", Some("krume.example")),
        ("KRUME.example", Some("krume.example")),
        ("a b.example", None),
    ] {
        assert_eq!(ascii_domain(domain).as_deref(), want);
    }
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

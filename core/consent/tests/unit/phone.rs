//! Numbers: one form for each, and the reason why a text is none.

use super::AddressError;
use crate::{Address, Channel};

#[track_caller]
fn check(channel: Channel, text: &str, region: Option<&str>, want: Result<&str, ()>) {
    let got = Address::parse(channel, text, region);
    assert_eq!(got.as_ref().map(Address::value).map_err(|_| ()), want, "{text:?}: {got:?}");
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
fn what_is_nearly_a_date_is_none() {
    let is_date = |text: &str| Address::parse(Channel::Sms, text, Some("DE")).err() == Some(AddressError::Date);
    for date in ["31.12.1999", "12.31.1999", "1.1.1000", "31/1/2999", "2999-12-31", "1999.31.12"] {
        assert!(is_date(date), "{date}");
    }
    for no_date in [
        "32.05.1999",
        "5.32.1999",
        "13.13.1999",
        "0.05.1999",
        "5.0.1999",
        "007.05.1999",
        "5.012.1999",
        "+5.05.1999",
        "5.+5.1999",
        "5.5.+199",
        "5.5.199",
        "5.5.3000",
        "5.5.19999",
        "1999-13-13",
        "1999-05",
        "1999-05-05-05",
        "1999-05-1999",
        "19a9-05-05",
    ] {
        assert!(!is_date(no_date), "{no_date}");
    }
}

#[test]
fn zeros_and_lengths_are_those_of_the_country() {
    // International by its zeros, without a region to help.
    check(Channel::Sms, "0049 170 1234567", None, Ok("+491701234567"));
    check(Channel::Sms, "0049 170 1234567", Some("US"), Ok("+491701234567"));
    // The Russian trunk prefix is 8, and 812 is St. Petersburg: that 8 is part of the number.
    check(Channel::Sms, "+7 812 345 67 89", None, Ok("+78123456789"));
    // A fixed line that is shorter than a mobile number; a mobile number of a range that no table knows.
    check(Channel::Sms, "+49 30 123456", None, Ok("+4930123456"));
    check(Channel::Sms, "+49 199 12345678", None, Ok("+4919912345678"));
    let why = |text: &str| Address::parse(Channel::Sms, text, Some("DE")).unwrap_err();
    assert_eq!(why("+683 4002"), AddressError::NumberShort, "seven digits, whatever the country says");
    assert_eq!(why("+49 170 123456789"), AddressError::NumberLong);
    assert_eq!(why("+49 170 12345"), AddressError::NumberShort);
    for gap in ["+31 6123456789", "+354 12345678"] {
        assert_eq!(why(gap), AddressError::NumberImpossible, "{gap}: longer and shorter ones exist");
    }
    // With one zero too many it is not a number, in Germany or elsewhere.
    assert_eq!(why("000 49 170 1234567"), AddressError::Form(Channel::Sms));
}

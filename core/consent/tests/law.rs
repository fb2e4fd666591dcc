//! The law, cell by cell, against tables that this test owns. They were written from the specification (facts on consent, §2.2 and §2.3), not
//! printed from the code: a person who changes a cell changes it here as well, and says why.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

use rundruf_consent::gate::claim::{GateInput, authorize};
use rundruf_consent::state::{DECLINED_FOR, Suppress, stricter};
use rundruf_consent::{AddressFlags, Channel, Class, DeliveryId, Event, EventId, Refusal, State, Time, transition};
use std::time::Duration;

/// What may be sent in which state (§2.3). `yes`; `1` at most once in this state; `-` never. The specification has no column for `invalidated`
/// and `erased`: a defective or erased consent permits what nobody needs a consent for.
const MATRIX: &str = "
|                 | none | requested | confirmed | held | stale | declined | expired | withdrawn | invalidated | terminated | quarantined | customer | objected | erased |
| Request         | -    | 1         | -         | -    | -     | -        | -       | -         | -           | -          | -           | -        | -        | -      |
| Reminder        | -    | 1         | -         | -    | -     | -        | -       | -         | -           | -          | -           | -        | -        | -      |
| Welcome         | -    | -         | 1         | -    | -     | -        | -       | -         | -           | -          | -           | -        | -        | -      |
| Promotion       | -    | -         | yes       | -    | -     | -        | -       | -         | -           | -          | -           | yes      | -        | -      |
| Service         | yes  | yes       | yes       | yes  | yes   | yes      | yes     | yes       | yes         | yes        | yes         | yes      | yes      | yes    |
| StopAck         | -    | 1         | 1         | 1    | 1     | -        | -       | 1         | 1           | 1          | 1           | 1        | 1        | -      |
| Answer          | yes  | yes       | yes       | yes  | yes   | yes      | yes     | yes       | yes         | yes        | yes         | yes      | yes      | yes    |
| StillInterested | -    | -         | 1         | -    | -     | -        | -       | -         | -           | -          | -           | -        | -        | -      |
| Legal           | -    | -         | yes       | yes  | yes   | -        | -       | -         | -           | 1          | -           | yes      | -        | -      |
| PrivacyAnswer   | yes  | yes       | yes       | yes  | yes   | yes      | yes     | yes       | yes         | yes        | yes         | yes      | yes      | yes    |
";

/// What the flags of an address still permit, where the matrix says yes: suppressed, undeliverable, perhaps reassigned.
const FLAGS: &str = "
|                 | clear | suppressed | undeliverable | both          | reassigned | suppressed+reassigned | undeliverable+reassigned | all           |
| Request         | yes   | yes        | undeliverable | undeliverable | reassigned | yes                   | undeliverable            | undeliverable |
| Reminder        | yes   | suppressed | undeliverable | undeliverable | reassigned | suppressed            | undeliverable            | undeliverable |
| Welcome         | yes   | suppressed | undeliverable | undeliverable | reassigned | suppressed            | undeliverable            | undeliverable |
| Promotion       | yes   | suppressed | undeliverable | undeliverable | reassigned | suppressed            | undeliverable            | undeliverable |
| Service         | yes   | suppressed | undeliverable | undeliverable | reassigned | suppressed            | undeliverable            | undeliverable |
| StopAck         | yes   | yes        | undeliverable | undeliverable | yes        | yes                   | undeliverable            | undeliverable |
| Answer          | yes   | yes        | undeliverable | undeliverable | yes        | yes                   | undeliverable            | undeliverable |
| StillInterested | yes   | suppressed | undeliverable | undeliverable | reassigned | suppressed            | undeliverable            | undeliverable |
| Legal           | yes   | suppressed | undeliverable | undeliverable | reassigned | suppressed            | undeliverable            | undeliverable |
| PrivacyAnswer   | yes   | yes        | undeliverable | undeliverable | yes        | yes                   | undeliverable            | undeliverable |
";

/// The reason that a state gives where the matrix says never.
const REASONS: [(State, Refusal); 14] = [
    (State::None, Refusal::NotAsked),
    (State::Requested, Refusal::Unconfirmed),
    (State::Confirmed, Refusal::NotPermitted),
    (State::Held, Refusal::Held),
    (State::Stale, Refusal::Stale),
    (State::Declined, Refusal::Declined),
    (State::Expired, Refusal::RequestExpired),
    (State::Withdrawn, Refusal::Withdrawn),
    (State::Invalidated, Refusal::Invalidated),
    (State::Terminated, Refusal::Terminated),
    (State::Quarantined, Refusal::Quarantined),
    (State::Customer, Refusal::NotPermitted),
    (State::Objected, Refusal::Objected),
    (State::Erased, Refusal::Erased),
];

/// What follows from which event (§2.2). `=` stays, `.` is refused; `+list` and `+all` suppress for this list and for the sender; `lift` lifts.
/// `declined` is older than thirty days here. Merging and editing are about the person, and never an event of a consent.
const TRANSITIONS: &str = "
|             | sign_up   | confirm        | decline  | request_expired | request_failed | stop            | stop_all       | hold           | hold_expired    | resume    | go_stale | renew | invalidate        | close_list | erase  | import_a  | import_b  | import_c    | import_d | import_e | merge | edit |
| none        | requested | .              | .        | .               | .              | withdrawn +list | withdrawn +all | .              | .               | .         | .        | .     | invalidated +list | terminated | erased | confirmed | confirmed | quarantined | customer | .        | .     | .    |
| requested   | =         | confirmed lift | declined | expired         | expired        | withdrawn +list | withdrawn +all | .              | .               | .         | .        | .     | invalidated +list | terminated | erased | .         | .         | .           | .        | .        | .     | .    |
| confirmed   | =         | =              | .        | .               | .              | withdrawn +list | withdrawn +all | held           | .               | =         | stale    | =     | invalidated +list | terminated | erased | =         | =         | =           | =        | =        | .     | .    |
| held        | =         | .              | .        | .               | .              | withdrawn +list | withdrawn +all | =              | withdrawn +list | confirmed | .        | .     | invalidated +list | terminated | erased | .         | .         | .           | .        | .        | .     | .    |
| stale       | requested | .              | .        | .               | .              | withdrawn +list | withdrawn +all | .              | .               | .         | .        | .     | invalidated +list | terminated | erased | .         | .         | .           | .        | .        | .     | .    |
| declined    | requested | .              | =        | .               | .              | withdrawn +list | withdrawn +all | .              | .               | .         | .        | .     | invalidated +list | terminated | erased | .         | .         | .           | .        | .        | .     | .    |
| expired     | requested | .              | .        | .               | .              | withdrawn +list | withdrawn +all | .              | .               | .         | .        | .     | invalidated +list | terminated | erased | confirmed | confirmed | .           | .        | .        | .     | .    |
| withdrawn   | requested | .              | .        | .               | .              | = +list         | = +all         | .              | .               | .         | .        | .     | invalidated +list | terminated | erased | .         | .         | .           | .        | .        | .     | .    |
| invalidated | requested | .              | .        | .               | .              | withdrawn +list | withdrawn +all | .              | .               | .         | .        | .     | = +list           | terminated | erased | .         | .         | .           | .        | .        | .     | .    |
| terminated  | .         | .              | .        | .               | .              | .               | .              | .              | .               | .         | .        | .     | invalidated +list | =          | erased | .         | .         | .           | .        | .        | .     | .    |
| quarantined | requested | .              | .        | .               | .              | withdrawn +list | withdrawn +all | .              | .               | .         | .        | .     | invalidated +list | terminated | erased | confirmed | confirmed | =           | customer | .        | .     | .    |
| customer    | requested | .              | .        | .               | .              | objected +list  | objected +all  | objected +list | .               | .         | .        | .     | invalidated +list | terminated | erased | .         | .         | .           | =        | .        | .     | .    |
| objected    | requested | .              | .        | .               | .              | = +list         | = +all         | .              | .               | .         | .        | .     | invalidated +list | terminated | erased | .         | .         | .           | .        | .        | .     | .    |
| erased      | .         | .              | .        | .               | .              | .               | .              | .              | .               | .         | .        | .     | .                 | .          | =      | .         | .         | .           | .        | .        | .     | .    |
";

/// The rows of a table: its heading first, the cells trimmed.
fn rows(table: &'static str) -> Vec<Vec<&'static str>> {
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect();
    table.lines().filter(|l| !l.trim().is_empty()).map(cells).collect()
}

fn state(word: &str) -> State {
    State::ALL.into_iter().find(|s| s.word() == word).unwrap_or_else(|| panic!("no state {word}"))
}

fn class(name: &str) -> Class {
    Class::ALL.into_iter().find(|c| format!("{c:?}") == name).unwrap_or_else(|| panic!("no class {name}"))
}

fn ask(state: State, flags: i64, class: Class, already: u32) -> Result<EventId, Refusal> {
    let input = GateInput::from_columns(flags, Some(state.code().into()), Some(7)).with_already(already);
    authorize(DeliveryId(3), &input, class, Time(0)).map(|permit| {
        assert_eq!(permit.delivery(), DeliveryId(3));
        permit.evidence()
    })
}

#[test]
fn the_matrix_holds_cell_by_cell() {
    let table = rows(MATRIX);
    assert_eq!((table.len(), table[0].len()), (Class::ALL.len() + 1, State::ALL.len() + 1), "every class, every state");
    for row in &table[1..] {
        let class = class(row[0]);
        for (word, cell) in table[0][1..].iter().zip(&row[1..]) {
            let state = state(word);
            let never = REASONS.iter().find(|(s, _)| *s == state).unwrap().1;
            let want: [Result<EventId, Refusal>; 3] = match *cell {
                "yes" => [Ok(EventId(7)); 3],
                "1" => [Ok(EventId(7)), Err(Refusal::NotPermitted), Err(Refusal::NotPermitted)],
                "-" => [Err(never); 3],
                cell => panic!("{cell}"),
            };
            for (already, want) in [0, 1, 2].into_iter().zip(want) {
                assert_eq!(ask(state, 0, class, already), want, "{class:?} in {word}, {already} sent");
            }
        }
    }
}

#[test]
fn flags_hold_cell_by_cell() {
    let table = rows(FLAGS);
    assert_eq!((table.len(), table[0].len()), (Class::ALL.len() + 1, 9));
    let matrix = rows(MATRIX);
    for (row, permitted) in table[1..].iter().zip(&matrix[1..]) {
        assert_eq!(row[0], permitted[0]);
        let class = class(row[0]);
        for (word, cell) in matrix[0][1..].iter().zip(&permitted[1..]) {
            let state = state(word);
            for (flags, want) in (0..).zip(&row[1..]) {
                let got = ask(state, flags, class, 0);
                let want = match *want {
                    _ if *cell == "-" => Err(REASONS.iter().find(|(s, _)| *s == state).unwrap().1),
                    "yes" => Ok(EventId(7)),
                    "suppressed" => Err(Refusal::Suppressed),
                    "undeliverable" => Err(Refusal::Undeliverable),
                    "reassigned" => Err(Refusal::Reassigned),
                    want => panic!("{want}"),
                };
                assert_eq!(got, want, "{class:?} in {word}, flags {flags:03b}");
            }
        }
    }
}

#[test]
fn what_cannot_be_read_permits_nothing_and_nobody_asked_permits_answers() {
    for class in Class::ALL {
        for (flags, state, evidence) in [
            (8, Some(2), Some(7)),
            (-1, Some(2), Some(7)),
            (256, Some(2), Some(7)),
            (0, Some(14), Some(7)),
            (0, Some(-1), Some(7)),
            (0, Some(258), Some(7)),
            (0, Some(2), None),
            (0, Some(2), Some(0)),
            (0, Some(2), Some(-7)),
            (0, None, Some(7)),
        ] {
            let input = GateInput::from_columns(flags, state, evidence);
            let got = authorize(DeliveryId(1), &input, class, Time(0)).map(|p| p.evidence());
            assert_eq!(got, Err(Refusal::Unreadable), "{class:?} {flags} {state:?} {evidence:?}");
            assert_eq!(input, GateInput::unreadable().with_already(0));
        }
        let nobody = GateInput::from_columns(0, None, None);
        let got = authorize(DeliveryId(1), &nobody, class, Time(0)).map(|p| p.evidence());
        let answers = matches!(class, Class::Service | Class::Answer | Class::PrivacyAnswer);
        assert_eq!(got, if answers { Ok(EventId(0)) } else { Err(Refusal::NotAsked) }, "{class:?}");
    }
}

#[test]
fn the_transitions_hold_cell_by_cell() {
    let table = rows(TRANSITIONS);
    let events: Vec<Event> = table[0][1..]
        .iter()
        .map(|word| Event::ALL.into_iter().find(|e| e.word() == *word).unwrap_or_else(|| panic!("no event {word}")))
        .collect();
    assert_eq!(events, Event::ALL, "every event");
    assert_eq!(table.len(), State::ALL.len() + 1, "every state");
    let (since, now) = (Time(1_000), Time(1_000).plus(DECLINED_FOR * 2));
    for row in &table[1..] {
        let from = state(row[0]);
        for (event, cell) in events.iter().zip(&row[1..]) {
            let got = transition(from, *event, since, now);
            let what = format!("{} by {}", from.word(), event.word());
            if *cell == "." {
                let refused = got.unwrap_err();
                assert_eq!((refused.from, refused.event), (from, *event), "{what}");
                let said = refused.to_string();
                assert!(said.contains(from.word()) && said.contains(event.word()), "{said}");
                continue;
            }
            let mut words = cell.split(' ');
            let to = words.next().unwrap();
            let (mut suppress, mut lift) = (Suppress::Nothing, false);
            for word in words {
                match word {
                    "+list" => suppress = Suppress::List,
                    "+all" => suppress = Suppress::Sender,
                    "lift" => lift = true,
                    word => panic!("{word}"),
                }
            }
            let step = got.unwrap_or_else(|e| panic!("{what}: {e}"));
            assert_eq!(step.to, if to == "=" { from } else { state(to) }, "{what}");
            assert_eq!((step.suppress, step.lift), (suppress, lift), "{what}");
        }
    }
}

#[test]
fn a_no_holds_for_thirty_days_to_the_second() {
    assert_eq!(DECLINED_FOR, Duration::from_secs(30 * 24 * 60 * 60));
    let said_no = Time(1_796_119_200_000);
    let second = Duration::from_secs(1);
    for (later, allowed) in [
        (Duration::ZERO, false),
        (DECLINED_FOR - second, false),
        (DECLINED_FOR, false),
        (DECLINED_FOR + Duration::from_millis(1), true),
        (DECLINED_FOR + second, true),
    ] {
        let got = transition(State::Declined, Event::SignUp, said_no, said_no.plus(later));
        assert_eq!(got.is_ok(), allowed, "{later:?}");
        assert!(got.is_err() || got.unwrap().to == State::Requested);
    }
    // A clock that is behind the no does not end it.
    assert!(transition(State::Declined, Event::SignUp, said_no, Time(0)).is_err());
    // The thirty days are about the no alone.
    assert!(transition(State::Expired, Event::SignUp, said_no, said_no).is_ok());
    assert!(transition(State::Withdrawn, Event::SignUp, said_no, said_no).is_ok());
}

/// From the strictest to the least strict: two records of one address become the stricter (§2.4).
const STRICTEST_FIRST: [State; 14] = [
    State::Erased,
    State::Terminated,
    State::Invalidated,
    State::Objected,
    State::Withdrawn,
    State::Declined,
    State::Held,
    State::Stale,
    State::Quarantined,
    State::Expired,
    State::Requested,
    State::Customer,
    State::Confirmed,
    State::None,
];

#[test]
fn the_stricter_of_two_states_wins_in_either_order() {
    for (n, a) in STRICTEST_FIRST.into_iter().enumerate() {
        for b in STRICTEST_FIRST.into_iter().skip(n) {
            assert_eq!((stricter(a, b), stricter(b, a)), (a, a), "{a:?} {b:?}");
        }
    }
}

#[test]
fn flags_are_read_as_they_were_written() {
    let (suppressed, undeliverable, reassigned) =
        (AddressFlags::SUPPRESSED, AddressFlags::UNDELIVERABLE, AddressFlags::REASSIGNED);
    assert_eq!((suppressed.0, undeliverable.0, reassigned.0), (1, 2, 4), "they are in databases");
    for bits in 0..=255 {
        assert_eq!(AddressFlags::from_bits(bits), (bits < 8).then_some(AddressFlags(bits)));
        let flags = AddressFlags(bits);
        assert_eq!(flags.is_clear(), bits == 0);
        for flag in [suppressed, undeliverable, reassigned] {
            assert_eq!(flags.has(flag), bits & flag.0 != 0, "{bits:08b}");
        }
        assert_eq!(flags.has(AddressFlags(3)), bits & 3 == 3, "all of them");
    }
}

#[test]
fn numbers_and_words_of_classes_states_and_reasons_name_one_each() {
    for (class, number) in Class::ALL.into_iter().zip(1..) {
        assert_eq!((class.code(), Class::from_code(number)), (number, Some(class)));
    }
    assert_eq!((Class::from_code(0), Class::from_code(11)), (None, None));
    for (state, number) in State::ALL.into_iter().zip(0..) {
        assert_eq!((state.code(), State::from_code(number)), (number, Some(state)));
    }
    assert_eq!(State::from_code(14), None);
    for refusal in Refusal::ALL {
        assert_eq!(Refusal::from_code(refusal.code()), Some(refusal));
        assert_eq!(Refusal::ALL.iter().filter(|r| r.word() == refusal.word()).count(), 1, "{refusal:?}");
    }
    assert_eq!(Refusal::from_code(0), None);
    for (state, reason) in REASONS {
        assert_eq!(Refusal::from_state(state), reason, "{state:?}");
    }
    for event in Event::ALL {
        assert_eq!(Event::ALL.iter().filter(|e| e.word() == event.word()).count(), 1, "{event:?}");
    }
}

/// Number in the database, word in settings, and whether a reply is the confirmation (§1.5: by e-mail it is the button on a page).
#[test]
fn channels_keep_their_numbers_and_mail_alone_confirms_by_a_button() {
    let table = [
        (Channel::Email, 1, "email", false),
        (Channel::Sms, 2, "sms", true),
        (Channel::Threema, 3, "threema", true),
        (Channel::Signal, 4, "signal", true),
        (Channel::Matrix, 5, "matrix", true),
        (Channel::Xmpp, 6, "xmpp", true),
    ];
    assert_eq!(table.map(|row| row.0), Channel::ALL, "every channel");
    for (channel, number, word, by_reply) in table {
        assert_eq!((channel.code(), Channel::from_code(number)), (number, Some(channel)));
        assert_eq!((channel.word(), Channel::parse(word)), (word, Some(channel)));
        assert_eq!(channel.confirms_by_reply(), by_reply, "{word}");
    }
    assert_eq!((Channel::from_code(0), Channel::from_code(7)), (None, None));
    assert_eq!((Channel::parse("Email"), Channel::parse("")), (None, None));
}

//! The statements whose plan decides how fast everything is, with the plan that each must have.

use super::{broadcast, claim, delivery, fanout, in_doubt, outcome, service};

/// Name, statement, and what its plan must say in this order.
pub(crate) const STATEMENTS: &[(&str, &str, &[&str])] = &[
    (
        "claim: next of a lease",
        claim::NEXT,
        &[
            "SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH c USING PRIMARY KEY (list=? AND contact=? AND address=?) LEFT-JOIN",
        ],
    ),
    (
        "claim: retries",
        claim::DUE,
        &[
            "SEARCH b USING INDEX broadcast_state (state=?)",
            "SEARCH d USING INDEX delivery_retry (broadcast=? AND transport=? AND due<?)",
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH c USING PRIMARY KEY (list=? AND contact=? AND address=?) LEFT-JOIN",
        ],
    ),
    (
        "claim: this one",
        claim::THIS,
        &[
            "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH b USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH c USING PRIMARY KEY (list=? AND contact=? AND address=?) LEFT-JOIN",
        ],
    ),
    (
        "claim: next due",
        claim::NEXT_DUE,
        &[
            "SEARCH b USING INDEX broadcast_state (state=?)",
            "CORRELATED SCALAR SUBQUERY 1",
            "SEARCH d USING COVERING INDEX delivery_retry (broadcast=? AND transport=?)",
        ],
    ),
    (
        "claim: lease",
        claim::LEASE,
        &[
            "SEARCH b USING INDEX broadcast_state (state=? AND rowid>?)",
            "SEARCH l USING INDEX lease_ready (transport=? AND broadcast=?)",
        ],
    ),
    ("claim: over", claim::OVER, &["SEARCH broadcast USING INDEX broadcast_state (state=?)"]),
    (
        "claim: services",
        service::DUE,
        &[
            "SEARCH s USING INDEX service_due (transport=? AND due<?)",
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH c USING PRIMARY KEY (list=? AND contact=? AND address=?) LEFT-JOIN",
        ],
    ),
    ("settle", outcome::DELIVERY.sent, &["SEARCH delivery USING INTEGER PRIMARY KEY (rowid=?)"]),
    ("settle: retry", outcome::DELIVERY.retry, &["SEARCH delivery USING INTEGER PRIMARY KEY (rowid=?)"]),
    (
        "fan-out",
        fanout::CONTACTS,
        &["SEARCH c USING PRIMARY KEY (list=? AND contact>?)", "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)"],
    ),
    (
        "in doubt",
        in_doubt::BEHIND,
        &[
            "SEARCH l USING INDEX lease_open (transport=?)",
            "SEARCH b USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        ],
    ),
    ("cancel", broadcast::PARK_RANGE, &["SEARCH delivery USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]),
    (
        "deliveries",
        delivery::LIST,
        &[
            "SEARCH b USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
        ],
    ),
    (
        "unknown deliveries",
        delivery::LIST_UNKNOWN,
        &[
            "SEARCH d USING INDEX delivery_unknown (broadcast=? AND rowid>?)",
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
        ],
    ),
];

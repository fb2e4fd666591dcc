//! Lists, people, addresses, consents.

/// English, German.
pub(super) const PHRASES: &[(&str, &str)] = &[
    ("there is no broadcast `{}`", "es gibt keine Aussendung `{}`"),
    ("there is no address `{}`", "es gibt keine Adresse `{}`"),
    ("there is no such broadcast", "so eine Aussendung gibt es nicht"),
    ("the address is empty", "die Adresse ist leer"),
    ("the address is longer than {} bytes", "die Adresse ist länger als {} Bytes"),
    ("the address contains a control character", "die Adresse enthält ein Steuerzeichen"),
    (
        "the number has no country code; write +49…, or set `default_region`",
        "die Nummer hat keine Landesvorwahl; schreibe +49…, oder setze `default_region`",
    ),
    (
        "a phone number is written +49…, with 8 to 15 digits",
        "eine Telefonnummer schreibt man +49…, mit 8 bis 15 Ziffern",
    ),
    ("`default_region` is not a country code such as DE", "`default_region` ist kein Landeskürzel wie DE"),
    ("an e-mail address is written name@domain", "eine E-Mail-Adresse schreibt man name@domain"),
    ("the domain is not valid", "die Domain ist nicht gültig"),
    ("a Threema ID has eight letters or digits", "eine Threema-ID hat acht Buchstaben oder Ziffern"),
    ("a Signal account is a UUID or a phone number", "ein Signal-Konto ist eine UUID oder eine Telefonnummer"),
    ("a Matrix user is written @name:server", "einen Matrix-Nutzer schreibt man @name:server"),
    ("an XMPP address is written name@server", "eine XMPP-Adresse schreibt man name@server"),
    ("a consent that is {} cannot take `{}`", "eine Einwilligung im Zustand {} nimmt `{}` nicht an"),
];

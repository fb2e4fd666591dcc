//! The frames of locked texts, by language: everything around what the admin has written. A consent text is used only with a frame in its own
//! language, so that nobody reads a text in two.
//!
//! German and English were read by people; the others were not checked by native speakers. A frame names only words that `keyword` understands.

/// The frame of one language. `{…}` are the fields of `LockedTextFields`.
pub(super) struct Frame {
    /// Primary BCP 47 tag.
    pub(super) tag: &'static str,
    /// Between date and time.
    pub(super) at: &'static str,
    /// Where a person signed up: form, message, our team.
    pub(super) sources: [&'static str; 3],
    pub(super) request_subject: &'static str,
    pub(super) request_by_reply: &'static str,
    pub(super) request_by_link: &'static str,
    pub(super) welcome_subject: &'static str,
    /// With `{leave}`: one of the next two.
    pub(super) welcome: &'static str,
    pub(super) leave_by_reply: &'static str,
    pub(super) leave_by_link: &'static str,
    pub(super) stop_ack_subject: &'static str,
    pub(super) stop_ack: &'static str,
    pub(super) soft_refusal_subject: &'static str,
    pub(super) soft_refusal: &'static str,
    /// The same where a person is told of it.
    pub(super) soft_refusal_read: &'static str,
    pub(super) help_subject: &'static str,
    pub(super) help: &'static str,
    pub(super) ask_again_subject: &'static str,
    pub(super) ask_again: &'static str,
}

/// The German frame for senders who say „Sie“.
pub(super) const GERMAN_FORMAL: Frame = Frame {
    request_by_reply: "{controller}: Diese Kennung wurde am {when} über {source} für „{list}“ eingetragen.\n\nText: {consent_text}\n\n\
        Zum Bestätigen JA antworten. Waren das nicht Sie? NEIN antworten oder nichts tun.\n\nDatenschutz: {privacy_url}\nImpressum: {imprint_url}",
    request_by_link: "{controller}: Diese Adresse wurde am {when} über {source} für „{list}“ eingetragen.\n\nText: {consent_text}\n\n\
        Weiter zur Bestätigung (1 Klick): {link}\n\nWaren das nicht Sie? Dann nichts tun: Ohne Bestätigung kommt keine Nachricht.\n\n\
        Datenschutz: {privacy_url}\nImpressum: {imprint_url}",
    stop_ack: "Sie sind abgemeldet: {list}. Es kommen keine weiteren Nachrichten von {controller} hier. Wieder anmelden: START.",
    soft_refusal: "{controller}: Wir haben Sendungen an Sie gestoppt. Ganz abmelden: STOP. Doch weiter: WEITER.",
    soft_refusal_read: "{controller}: Wir haben Sendungen an Sie gestoppt. Ganz abmelden: STOP. Doch weiter: WEITER. Ein Mensch liest mit.",
    ..FRAMES[0]
};

/// All frames.
pub(super) const FRAMES: [Frame; 8] = [
    Frame {
        tag: "de",
        at: "um",
        sources: ["das Anmeldeformular", "eine Nachricht an uns", "unser Team"],
        request_subject: "Bitte bestätigen: {list}",
        request_by_reply: "{controller}: Diese Kennung wurde am {when} über {source} für „{list}“ eingetragen.\n\nText: {consent_text}\n\n\
            Zum Bestätigen JA antworten. Nicht du? NEIN antworten oder nichts tun.\n\nDatenschutz: {privacy_url}\nImpressum: {imprint_url}",
        request_by_link: "{controller}: Diese Adresse wurde am {when} über {source} für „{list}“ eingetragen.\n\nText: {consent_text}\n\n\
            Weiter zur Bestätigung (1 Klick): {link}\n\nNicht du? Dann nichts tun: Ohne Bestätigung kommt keine Nachricht.\n\n\
            Datenschutz: {privacy_url}\nImpressum: {imprint_url}",
        welcome_subject: "Bestätigt: {list}",
        welcome: "{controller}: Bestätigt am {when} für „{list}“.\n\nText: {consent_text}\n\n{leave}\n\nDatenschutz: {privacy_url}\nImpressum: {imprint_url}",
        leave_by_reply: "Abmelden: STOP antworten.",
        leave_by_link: "Abmelden: {link}",
        stop_ack_subject: "Abgemeldet",
        stop_ack: "Du bist abgemeldet: {list}. Es kommen keine weiteren Nachrichten von {controller} hier. Wieder anmelden: START.",
        soft_refusal_subject: "Angehalten",
        soft_refusal: "{controller}: Wir haben Sendungen an dich gestoppt. Ganz abmelden: STOP. Doch weiter: WEITER.",
        soft_refusal_read: "{controller}: Wir haben Sendungen an dich gestoppt. Ganz abmelden: STOP. Doch weiter: WEITER. Ein Mensch liest mit.",
        help_subject: "Hilfe",
        help: "{controller} schreibt hier: {list}. Abmelden: STOP. Datenschutz: {privacy_url} Impressum: {imprint_url}",
        ask_again_subject: "Bitte bestätigen",
        ask_again: "{controller}: Für „{list}“ bitte genau JA antworten, sonst NEIN.",
    },
    Frame {
        tag: "en",
        at: "at",
        sources: ["the sign-up form", "a message to us", "our team"],
        request_subject: "Please confirm: {list}",
        request_by_reply: "{controller}: This account was entered on {when} via {source} for “{list}”.\n\nText: {consent_text}\n\n\
            To confirm, reply YES. Not you? Reply NO or do nothing.\n\nPrivacy: {privacy_url}\nImprint: {imprint_url}",
        request_by_link: "{controller}: This address was entered on {when} via {source} for “{list}”.\n\nText: {consent_text}\n\n\
            Go on to confirm (1 click): {link}\n\nNot you? Then do nothing: without your confirmation no message will come.\n\n\
            Privacy: {privacy_url}\nImprint: {imprint_url}",
        welcome_subject: "Confirmed: {list}",
        welcome: "{controller}: Confirmed on {when} for “{list}”.\n\nText: {consent_text}\n\n{leave}\n\nPrivacy: {privacy_url}\nImprint: {imprint_url}",
        leave_by_reply: "To leave, reply STOP.",
        leave_by_link: "Leave: {link}",
        stop_ack_subject: "You have left",
        stop_ack: "You have left: {list}. No more messages from {controller} will come here. To join again: START.",
        soft_refusal_subject: "Paused",
        soft_refusal: "{controller}: We have paused messages to you. To leave for good: STOP. To go on: CONTINUE.",
        soft_refusal_read: "{controller}: We have paused messages to you. To leave for good: STOP. To go on: CONTINUE. A person reads this.",
        help_subject: "Help",
        help: "{controller} writes here: {list}. To leave: STOP. Privacy: {privacy_url} Imprint: {imprint_url}",
        ask_again_subject: "Please confirm",
        ask_again: "{controller}: for “{list}” please reply exactly YES, else NO.",
    },
    Frame {
        tag: "fr",
        at: "à",
        sources: ["le formulaire d’inscription", "un message que nous avons reçu", "notre équipe"],
        request_subject: "Merci de confirmer : {list}",
        request_by_reply: "{controller} : ce compte a été inscrit le {when} via {source} pour « {list} ».\n\nTexte : {consent_text}\n\n\
            Pour confirmer, répondez OUI. Ce n’est pas vous ? Répondez NON ou ne faites rien.\n\nConfidentialité : {privacy_url}\nMentions légales : {imprint_url}",
        request_by_link: "{controller} : cette adresse a été inscrite le {when} via {source} pour « {list} ».\n\nTexte : {consent_text}\n\n\
            Continuer vers la confirmation (1 clic) : {link}\n\nCe n’est pas vous ? Ne faites rien : sans confirmation, aucun message ne sera envoyé.\n\n\
            Confidentialité : {privacy_url}\nMentions légales : {imprint_url}",
        welcome_subject: "Confirmé : {list}",
        welcome: "{controller} : confirmé le {when} pour « {list} ».\n\nTexte : {consent_text}\n\n{leave}\n\nConfidentialité : {privacy_url}\nMentions légales : {imprint_url}",
        leave_by_reply: "Pour vous désinscrire, répondez STOP.",
        leave_by_link: "Se désinscrire : {link}",
        stop_ack_subject: "Désinscription effectuée",
        stop_ack: "Vous êtes désinscrit : {list}. {controller} n’enverra plus de message ici. Pour vous réinscrire : START.",
        soft_refusal_subject: "En pause",
        soft_refusal: "{controller} : les envois sont en pause. Pour vous désinscrire : STOP. Pour continuer : CONTINUE.",
        soft_refusal_read: "{controller} : les envois sont en pause. Pour vous désinscrire : STOP. Pour continuer : CONTINUE. Une personne lit ce message.",
        help_subject: "Aide",
        help: "{controller} écrit ici : {list}. Pour vous désinscrire : STOP. Confidentialité : {privacy_url} Mentions légales : {imprint_url}",
        ask_again_subject: "Merci de confirmer",
        ask_again: "{controller} : pour « {list} », répondez exactement OUI, sinon NON.",
    },
    Frame {
        tag: "it",
        at: "alle",
        sources: ["il modulo di iscrizione", "un messaggio inviato a noi", "il nostro team"],
        request_subject: "Confermare: {list}",
        request_by_reply: "{controller}: questo account è stato iscritto il {when} tramite {source} a “{list}”.\n\nTesto: {consent_text}\n\n\
            Per confermare, rispondere SÌ. Non è stato Lei? Rispondere NO o non fare nulla.\n\nPrivacy: {privacy_url}\nNote legali: {imprint_url}",
        request_by_link: "{controller}: questo indirizzo è stato iscritto il {when} tramite {source} a “{list}”.\n\nTesto: {consent_text}\n\n\
            Continuare per confermare (1 clic): {link}\n\nNon è stato Lei? Non faccia nulla: senza conferma non arriva alcun messaggio.\n\n\
            Privacy: {privacy_url}\nNote legali: {imprint_url}",
        welcome_subject: "Confermato: {list}",
        welcome: "{controller}: confermato il {when} per “{list}”.\n\nTesto: {consent_text}\n\n{leave}\n\nPrivacy: {privacy_url}\nNote legali: {imprint_url}",
        leave_by_reply: "Per cancellarsi, rispondere STOP.",
        leave_by_link: "Cancellarsi: {link}",
        stop_ack_subject: "Iscrizione cancellata",
        stop_ack: "Iscrizione cancellata: {list}. {controller} non invierà altri messaggi qui. Per iscriversi di nuovo: START.",
        soft_refusal_subject: "In pausa",
        soft_refusal: "{controller}: gli invii sono in pausa. Per cancellarsi: STOP. Per continuare: CONTINUE.",
        soft_refusal_read: "{controller}: gli invii sono in pausa. Per cancellarsi: STOP. Per continuare: CONTINUE. Una persona legge questo messaggio.",
        help_subject: "Aiuto",
        help: "{controller} scrive qui: {list}. Per cancellarsi: STOP. Privacy: {privacy_url} Note legali: {imprint_url}",
        ask_again_subject: "Confermare",
        ask_again: "{controller}: per “{list}” rispondere esattamente SÌ, altrimenti NO.",
    },
    Frame {
        tag: "es",
        at: "a las",
        sources: ["el formulario de suscripción", "un mensaje enviado a nosotros", "nuestro equipo"],
        request_subject: "Confirme por favor: {list}",
        request_by_reply: "{controller}: esta cuenta se inscribió el {when} a través de {source} en «{list}».\n\nTexto: {consent_text}\n\n\
            Para confirmar, responda SÍ. ¿No ha sido usted? Responda NO o no haga nada.\n\nPrivacidad: {privacy_url}\nAviso legal: {imprint_url}",
        request_by_link: "{controller}: esta dirección se inscribió el {when} a través de {source} en «{list}».\n\nTexto: {consent_text}\n\n\
            Continuar para confirmar (1 clic): {link}\n\n¿No ha sido usted? No haga nada: sin confirmación no llegará ningún mensaje.\n\n\
            Privacidad: {privacy_url}\nAviso legal: {imprint_url}",
        welcome_subject: "Confirmado: {list}",
        welcome: "{controller}: confirmado el {when} para «{list}».\n\nTexto: {consent_text}\n\n{leave}\n\nPrivacidad: {privacy_url}\nAviso legal: {imprint_url}",
        leave_by_reply: "Para darse de baja, responda STOP.",
        leave_by_link: "Darse de baja: {link}",
        stop_ack_subject: "Baja realizada",
        stop_ack: "Se ha dado de baja: {list}. {controller} no enviará más mensajes aquí. Para volver a suscribirse: START.",
        soft_refusal_subject: "En pausa",
        soft_refusal: "{controller}: los envíos están en pausa. Para darse de baja: STOP. Para continuar: CONTINUE.",
        soft_refusal_read: "{controller}: los envíos están en pausa. Para darse de baja: STOP. Para continuar: CONTINUE. Una persona lee este mensaje.",
        help_subject: "Ayuda",
        help: "{controller} escribe aquí: {list}. Para darse de baja: STOP. Privacidad: {privacy_url} Aviso legal: {imprint_url}",
        ask_again_subject: "Confirme por favor",
        ask_again: "{controller}: para «{list}» responda exactamente SÍ; si no, NO.",
    },
    Frame {
        tag: "nl",
        at: "om",
        sources: ["het aanmeldformulier", "een bericht aan ons", "ons team"],
        request_subject: "Graag bevestigen: {list}",
        request_by_reply: "{controller}: dit account is op {when} via {source} aangemeld voor “{list}”.\n\nTekst: {consent_text}\n\n\
            Antwoord JA om te bevestigen. Was u dit niet? Antwoord NEE of doe niets.\n\nPrivacy: {privacy_url}\nColofon: {imprint_url}",
        request_by_link: "{controller}: dit adres is op {when} via {source} aangemeld voor “{list}”.\n\nTekst: {consent_text}\n\n\
            Verder naar de bevestiging (1 klik): {link}\n\nWas u dit niet? Doe dan niets: zonder bevestiging komt er geen bericht.\n\n\
            Privacy: {privacy_url}\nColofon: {imprint_url}",
        welcome_subject: "Bevestigd: {list}",
        welcome: "{controller}: bevestigd op {when} voor “{list}”.\n\nTekst: {consent_text}\n\n{leave}\n\nPrivacy: {privacy_url}\nColofon: {imprint_url}",
        leave_by_reply: "Afmelden: antwoord STOP.",
        leave_by_link: "Afmelden: {link}",
        stop_ack_subject: "Afgemeld",
        stop_ack: "U bent afgemeld: {list}. {controller} stuurt hier geen berichten meer. Opnieuw aanmelden: START.",
        soft_refusal_subject: "Gepauzeerd",
        soft_refusal: "{controller}: het verzenden is gepauzeerd. Helemaal afmelden: STOP. Toch doorgaan: CONTINUE.",
        soft_refusal_read: "{controller}: het verzenden is gepauzeerd. Helemaal afmelden: STOP. Toch doorgaan: CONTINUE. Een medewerker leest dit bericht.",
        help_subject: "Hulp",
        help: "{controller} schrijft hier: {list}. Afmelden: STOP. Privacy: {privacy_url} Colofon: {imprint_url}",
        ask_again_subject: "Graag bevestigen",
        ask_again: "{controller}: antwoord voor “{list}” precies JA, anders NEE.",
    },
    Frame {
        tag: "pl",
        at: "o",
        sources: ["formularz zapisu", "wiadomość do nas", "nasz zespół"],
        request_subject: "Prosimy o potwierdzenie: {list}",
        request_by_reply: "{controller}: to konto zostało wpisane {when} przez {source} na listę „{list}”.\n\nTekst: {consent_text}\n\n\
            Aby potwierdzić, proszę odpowiedzieć TAK. To nie Ty? Proszę odpowiedzieć NIE albo nic nie robić.\n\nPrywatność: {privacy_url}\nDane nadawcy: {imprint_url}",
        request_by_link: "{controller}: ten adres został wpisany {when} przez {source} na listę „{list}”.\n\nTekst: {consent_text}\n\n\
            Przejdź do potwierdzenia (1 kliknięcie): {link}\n\nTo nie Ty? Proszę nic nie robić: bez potwierdzenia nie przyjdzie żadna wiadomość.\n\n\
            Prywatność: {privacy_url}\nDane nadawcy: {imprint_url}",
        welcome_subject: "Potwierdzono: {list}",
        welcome: "{controller}: potwierdzono {when} dla listy „{list}”.\n\nTekst: {consent_text}\n\n{leave}\n\nPrywatność: {privacy_url}\nDane nadawcy: {imprint_url}",
        leave_by_reply: "Aby się wypisać, proszę odpowiedzieć STOP.",
        leave_by_link: "Wypisz się: {link}",
        stop_ack_subject: "Wypisano",
        stop_ack: "Wypisano z: {list}. {controller} nie wyśle tu więcej wiadomości. Ponowny zapis: START.",
        soft_refusal_subject: "Wstrzymano",
        soft_refusal: "{controller}: wysyłka jest wstrzymana. Wypisać się: STOP. Kontynuować: CONTINUE.",
        soft_refusal_read: "{controller}: wysyłka jest wstrzymana. Wypisać się: STOP. Kontynuować: CONTINUE. Tę wiadomość czyta człowiek.",
        help_subject: "Pomoc",
        help: "{controller} pisze tutaj: {list}. Wypisać się: STOP. Prywatność: {privacy_url} Dane nadawcy: {imprint_url}",
        ask_again_subject: "Prosimy o potwierdzenie",
        ask_again: "{controller}: w sprawie „{list}” proszę odpowiedzieć dokładnie TAK, inaczej NIE.",
    },
    Frame {
        tag: "tr",
        at: "saat",
        sources: ["kayıt formu", "bize gönderilen bir mesaj", "ekibimiz"],
        request_subject: "Lütfen onaylayın: {list}",
        request_by_reply: "{controller}: Bu hesap {when} tarihinde {source} aracılığıyla “{list}” için kaydedildi.\n\nMetin: {consent_text}\n\n\
            Onaylamak için EVET yazın. Siz değil misiniz? HAYIR yazın veya hiçbir şey yapmayın.\n\nGizlilik: {privacy_url}\nKünye: {imprint_url}",
        request_by_link: "{controller}: Bu adres {when} tarihinde {source} aracılığıyla “{list}” için kaydedildi.\n\nMetin: {consent_text}\n\n\
            Onay sayfasına devam (1 tık): {link}\n\nSiz değil misiniz? Hiçbir şey yapmayın: onay olmadan mesaj gelmez.\n\n\
            Gizlilik: {privacy_url}\nKünye: {imprint_url}",
        welcome_subject: "Onaylandı: {list}",
        welcome: "{controller}: “{list}” için {when} tarihinde onaylandı.\n\nMetin: {consent_text}\n\n{leave}\n\nGizlilik: {privacy_url}\nKünye: {imprint_url}",
        leave_by_reply: "Ayrılmak için STOP yazın.",
        leave_by_link: "Ayrıl: {link}",
        stop_ack_subject: "Ayrıldınız",
        stop_ack: "Ayrıldınız: {list}. {controller} artık buraya mesaj göndermeyecek. Yeniden kayıt: START.",
        soft_refusal_subject: "Duraklatıldı",
        soft_refusal: "{controller}: Gönderimler duraklatıldı. Tamamen ayrılmak için: STOP. Devam için: CONTINUE.",
        soft_refusal_read: "{controller}: Gönderimler duraklatıldı. Tamamen ayrılmak için: STOP. Devam için: CONTINUE. Bu mesajı bir insan okuyor.",
        help_subject: "Yardım",
        help: "{controller} buraya yazıyor: {list}. Ayrılmak için: STOP. Gizlilik: {privacy_url} Künye: {imprint_url}",
        ask_again_subject: "Lütfen onaylayın",
        ask_again: "{controller}: “{list}” için lütfen tam olarak EVET, aksi halde HAYIR yazın.",
    },
];

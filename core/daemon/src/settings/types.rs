//! One documented field for each key. The schema, the sample file and `config explain` are made from these types.
//! `x-de` is the same description in German.

use super::value::{DurationValue, LocalizedText, SizeValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// All settings.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "rundruf.toml")]
pub(crate) struct AllSettings {
    /// Folder of the plugins. Default: beside the program, then `/usr/lib/rundruf/plugins`.
    #[schemars(example = &"/usr/lib/rundruf/plugins")]
    #[schemars(extend("x-de" = "Ordner der Plugins. Vorgabe: neben dem Programm, dann `/usr/lib/rundruf/plugins`."))]
    pub(crate) plugin_dir: Option<String>,
    /// Country of phone numbers that are written without one, such as `DE`. Default: such numbers are refused.
    #[schemars(regex(pattern = "^[A-Z]{2}$"), example = &"DE")]
    #[schemars(extend("x-de" = "Land der Telefonnummern, die ohne eines geschrieben sind, wie `DE`. Vorgabe: solche Nummern werden abgelehnt."))]
    #[schemars(extend("x-hint" = "two capital letters, such as \"DE\"", "x-hint-de" = "zwei große Buchstaben, wie \"DE\""))]
    pub(crate) default_region: Option<String>,
    /// Where days begin and times without an offset belong: dates in imported files, times that people read. Default: the system's zone.
    #[schemars(example = &"Europe/Berlin")]
    #[schemars(extend("x-de" = "Wo Tage beginnen und Zeiten ohne Angabe hingehören: Daten in importierten Dateien, Zeiten, die Menschen lesen. Vorgabe: die Zone des Systems."))]
    pub(crate) time_zone: Option<String>,
    /// Language of people who have none, and of texts that are not there in theirs, such as `de` or `fr`. Default: `de`.
    #[schemars(regex(pattern = "^[a-z]{2,3}$"), example = &"de")]
    #[schemars(extend("x-de" = "Sprache für Menschen ohne eigene, und für Texte, die es in ihrer nicht gibt, wie `de` oder `fr`. Vorgabe: `de`."))]
    #[schemars(extend("x-hint" = "two or three small letters, such as \"de\"", "x-hint-de" = "zwei oder drei kleine Buchstaben, wie \"de\""))]
    pub(crate) default_language: Option<String>,
    /// The sender: appears in every message and every proof.
    #[schemars(extend("x-de" = "Der Absender: steht in jeder Nachricht und jedem Nachweis."))]
    pub(crate) sender: SenderSettings,
    /// Where data is kept.
    #[schemars(extend("x-de" = "Wo Daten aufbewahrt werden."))]
    pub(crate) store: StoreSettings,
    /// The daemon itself.
    #[serde(default)]
    #[schemars(extend("x-de" = "Der Daemon selbst."))]
    pub(crate) daemon: DaemonSettings,
    /// Pages for customers.
    #[serde(default)]
    #[schemars(extend("x-de" = "Seiten für Kunden."))]
    pub(crate) web: WebPageSettings,
    /// Who is notified of faults: a transport that fails, settings that are refused.
    #[serde(default)]
    #[schemars(extend("x-de" = "Wer von Fehlern benachrichtigt wird: ein Transport fällt aus, Einstellungen werden abgelehnt."))]
    pub(crate) admin: AdminSettings,
    /// Confirmation requests (double opt-in).
    #[serde(default)]
    #[schemars(extend("x-de" = "Bitten um Bestätigung (Double-Opt-in)."))]
    pub(crate) optin: OptInSettings,
    /// When consents change by time.
    #[serde(default)]
    #[schemars(extend("x-de" = "Wann sich Einwilligungen durch Zeit ändern."))]
    pub(crate) consent: ConsentSettings,
    /// What a person decides: messages that may be a refusal.
    #[serde(default)]
    #[schemars(extend("x-de" = "Was ein Mensch entscheidet: Nachrichten, die eine Absage sein können."))]
    pub(crate) inbox: InboxSettings,
    /// How long what is finished is kept.
    #[serde(default)]
    #[schemars(extend("x-de" = "Wie lange aufbewahrt wird, was erledigt ist."))]
    pub(crate) retention: RetentionSettings,
    /// Temporary refusals: tried again with growing pauses, full jitter between `first` and `longest`.
    #[serde(default)]
    #[schemars(extend("x-de" = "Vorläufige Absagen: neuer Versuch nach wachsenden Pausen, zufällig zwischen `first` und `longest`."))]
    pub(crate) retry: RetrySettings,
    /// What people can agree to: one purpose, one sender, one set of texts each. The name after the dot is for commands and links: a-z, 0-9 and -.
    #[serde(default)]
    #[schemars(extend("x-de" = "Wozu Menschen einwilligen können: je ein Zweck, ein Absender, ein Satz Texte. Der Name hinter dem Punkt steht in Befehlen und Links: a-z, 0-9 und -."))]
    pub(crate) lists: BTreeMap<String, ListSettings>,
    /// How messages are sent. You choose the name after the dot.
    #[serde(default)]
    #[schemars(extend("x-de" = "Wie Nachrichten gesendet werden. Den Namen hinter dem Punkt wählen Sie."))]
    pub(crate) transports: BTreeMap<String, TransportSettings>,
}

/// The sender of all messages.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SenderSettings {
    /// Legal name of the business.
    #[schemars(length(min = 1, max = 200), regex(pattern = "\\S"), example = &"Bäckerei Krume GmbH")]
    #[schemars(extend("x-de" = "Name des Unternehmens, wie er im Impressum steht."))]
    #[schemars(extend("x-hint" = "1 to 200 characters", "x-hint-de" = "1 bis 200 Zeichen"))]
    pub(crate) name: String,
    /// Address of the imprint (§ 5 DDG).
    #[schemars(regex(pattern = "^https?://[^\\s]+$"), example = &"https://krume.example/impressum")]
    #[schemars(extend("x-de" = "Adresse des Impressums (§ 5 DDG)."))]
    #[schemars(extend("x-hint" = "an address that begins with https://", "x-hint-de" = "eine Adresse, die mit https:// beginnt"))]
    pub(crate) imprint_url: String,
    /// Address of the privacy notice (GDPR Art. 13).
    #[schemars(regex(pattern = "^https?://[^\\s]+$"), example = &"https://krume.example/datenschutz")]
    #[schemars(extend("x-de" = "Adresse der Datenschutzerklärung (Art. 13 DSGVO)."))]
    #[schemars(extend("x-hint" = "an address that begins with https://", "x-hint-de" = "eine Adresse, die mit https:// beginnt"))]
    pub(crate) privacy_url: String,
    /// How German texts to customers address them: `du` or `sie`. Other languages have one form.
    #[serde(default)]
    #[schemars(example = &"sie")]
    #[schemars(extend("x-de" = "Wie deutsche Texte an Kunden diese anreden: `du` oder `sie`. Andere Sprachen haben eine Form."))]
    pub(crate) form_of_address: FormOfAddressSetting,
}

/// How German texts to customers address them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FormOfAddressSetting {
    /// As among friends.
    #[default]
    Du,
    /// As in business.
    Sie,
}

/// Where data is kept.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreSettings {
    /// `sqlite:` and the file. The keys are beside it, in files that end with `.keys` and `.kek`.
    #[schemars(example = &"sqlite:/var/lib/rundruf/rundruf.db")]
    #[schemars(extend("x-de" = "`sqlite:` und die Datei. Die Schlüssel liegen daneben, mit `.keys` und `.kek` am Ende."))]
    pub(crate) url: String,
    /// File of the machine's key, which wraps the keys of all evidence. Default: beside the database, with `.kek` at the end.
    #[schemars(example = &"/var/lib/rundruf-keys/machine.kek")]
    #[schemars(extend("x-de" = "Datei mit dem Schlüssel der Maschine, der die Schlüssel aller Nachweise umhüllt. Vorgabe: neben der Datenbank, mit `.kek` am Ende."))]
    pub(crate) machine_key: Option<String>,
}

/// The daemon itself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DaemonSettings {
    /// Unix socket of the command line. Default: beside the database, `rundruf.sock`.
    #[schemars(example = &"/run/rundruf/rundruf.sock")]
    #[schemars(extend("x-de" = "Unix-Socket der Befehlszeile. Vorgabe: neben der Datenbank, `rundruf.sock`."))]
    pub(crate) socket: Option<String>,
    /// How long a stop waits for messages in flight.
    #[schemars(example = &"30s")]
    #[schemars(extend("x-de" = "Wie lange ein Halt auf Nachrichten wartet, die unterwegs sind."))]
    pub(crate) drain_for: DurationValue,
    /// How much is logged: `error`, `warn`, `info` or `debug`.
    #[schemars(regex(pattern = "^(error|warn|info|debug)$"), example = &"info")]
    #[schemars(extend("x-de" = "Wie viel protokolliert wird: `error`, `warn`, `info` oder `debug`."))]
    #[schemars(extend("x-hint" = "one of error, warn, info, debug", "x-hint-de" = "eines von error, warn, info, debug"))]
    pub(crate) log: String,
    /// Largest attachment of a message.
    #[schemars(example = &"10 MiB")]
    #[schemars(extend("x-de" = "Größter Anhang einer Nachricht."))]
    pub(crate) max_attachment: SizeValue,
}

impl Default for DaemonSettings {
    fn default() -> Self {
        Self {
            socket: None,
            drain_for: DurationValue(Duration::from_secs(30)),
            log: "info".to_owned(),
            max_attachment: SizeValue(10 << 20),
        }
    }
}

/// Pages for customers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WebPageSettings {
    /// Address and port of the pages, usually behind a reverse proxy with TLS. Port 0 takes a free one.
    #[schemars(example = &"127.0.0.1:8080")]
    #[schemars(extend("x-de" = "Adresse und Port der Seiten, meist hinter einem Proxy mit TLS. Port 0 nimmt einen freien."))]
    pub(crate) listen: String,
    /// How customers reach the pages: every link in a message begins with it. Default: `http://` and `listen`.
    #[schemars(regex(pattern = "^https?://[^\\s/]+(/[^\\s]*)?$"), example = &"https://news.krume.example")]
    #[schemars(extend("x-de" = "Wie Kunden die Seiten erreichen: jeder Link in einer Nachricht beginnt damit. Vorgabe: `http://` und `listen`."))]
    #[schemars(extend("x-hint" = "an address that begins with https://", "x-hint-de" = "eine Adresse, die mit https:// beginnt"))]
    #[schemars(extend("x-recommended" = true))]
    pub(crate) public_url: Option<String>,
    /// Largest request of the local interface, imports and attachments aside.
    #[schemars(example = &"1 MiB")]
    #[schemars(extend("x-de" = "Größte Anfrage an die lokale Schnittstelle, von Importen und Anhängen abgesehen."))]
    pub(crate) max_body: SizeValue,
}

impl Default for WebPageSettings {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8080".to_owned(), public_url: None, max_body: SizeValue(1 << 20) }
    }
}

/// Who is notified of faults.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AdminSettings {
    /// Your own addresses. A message goes out by the first transport that works, never by the failed one, so name two. Default: nobody is notified.
    #[schemars(extend("x-de" = "Ihre eigenen Adressen. Eine Nachricht geht über den ersten Transport, der funktioniert, nie über den ausgefallenen; nennen Sie also zwei. Vorgabe: niemand wird benachrichtigt."))]
    #[schemars(extend("examples" = [[{"transport": "email", "address": "chef@krume.example"}]]))]
    #[serde(default)]
    pub(crate) notify: Vec<NotifySettings>,
    /// Language of what the admin is sent. Default: that of the daemon's locale.
    #[schemars(extend("x-de" = "Sprache dessen, was an die Verwaltung gesendet wird. Vorgabe: die der Locale des Daemons."))]
    #[schemars(example = &"de")]
    pub(crate) language: Option<AdminLanguageSetting>,
    /// How often each transport is asked how its account is: credits, limits, whether it hears. At least a second. Default: 5m.
    #[schemars(extend("x-de" = "Wie oft jeder Transport gefragt wird, wie es seinem Konto geht: Guthaben, Grenzen, ob er hört. Mindestens eine Sekunde. Vorgabe: 5m."))]
    #[schemars(example = &"5m")]
    pub(crate) health_every: Option<DurationValue>,
}

/// A language that notices are written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AdminLanguageSetting {
    /// German.
    De,
    /// English.
    En,
}

/// One way to reach the admin.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotifySettings {
    /// Name of a transport.
    #[schemars(example = &"email")]
    #[schemars(extend("x-de" = "Name eines Transports."))]
    pub(crate) transport: String,
    /// Your address, as `channel:address` where it could be several kinds.
    #[schemars(example = &"chef@krume.example")]
    #[schemars(extend("x-de" = "Ihre Adresse, als `kanal:adresse`, wo sie von mehreren Arten sein kann."))]
    pub(crate) address: String,
}

/// Confirmation requests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OptInSettings {
    /// How long a sign-up can be confirmed: 1 to 14 days. After that the request is void.
    #[schemars(extend("x-min" = "1d", "x-max" = "14d"), example = &"7d")]
    #[schemars(extend("x-de" = "Wie lange eine Anmeldung bestätigt werden kann: 1 bis 14 Tage. Danach ist die Bitte hinfällig."))]
    pub(crate) expires_after: DurationValue,
    /// The same for chats, where the answer is one word: 1 to 14 days.
    #[schemars(extend("x-min" = "1d", "x-max" = "14d"), example = &"3d")]
    #[schemars(extend("x-de" = "Dasselbe für Chats, wo die Antwort ein Wort ist: 1 bis 14 Tage."))]
    pub(crate) chat_expires_after: DurationValue,
}

impl Default for OptInSettings {
    fn default() -> Self {
        let days = |n: u64| DurationValue(Duration::from_secs(n * 86_400));
        Self { expires_after: days(7), chat_expires_after: days(3) }
    }
}

/// When consents change by time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ConsentSettings {
    /// A consent for which nothing was sent for this long counts no more, until the person renews it: 180 to 1096 days.
    #[schemars(extend("x-min" = "180d", "x-max" = "1096d"), example = &"730d")]
    #[schemars(extend("x-de" = "Eine Einwilligung, für die so lange nichts gesendet wurde, zählt nicht mehr, bis die Person sie erneuert: 180 bis 1096 Tage."))]
    pub(crate) stale_after: DurationValue,
}

impl Default for ConsentSettings {
    fn default() -> Self {
        Self { stale_after: DurationValue(Duration::from_secs(730 * 86_400)) }
    }
}

/// What a person decides.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct InboxSettings {
    /// How long a hold waits for an answer: 1 to 30 days. Then the consent ends as withdrawn.
    #[schemars(extend("x-min" = "1d", "x-max" = "30d"), example = &"14d")]
    #[schemars(extend("x-de" = "Wie lange ein Anhalten auf eine Antwort wartet: 1 bis 30 Tage. Danach endet die Einwilligung als Widerruf."))]
    pub(crate) hold_for: DurationValue,
}

impl Default for InboxSettings {
    fn default() -> Self {
        Self { hold_for: DurationValue(Duration::from_secs(14 * 86_400)) }
    }
}

/// How long what is finished is kept.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RetentionSettings {
    /// What people wrote to us, once it waits for nobody: 1 day to 3 years. Their yes or stop stays in its evidence.
    #[schemars(extend("x-min" = "1d", "x-max" = "1095d"), example = &"90d")]
    #[schemars(extend("x-de" = "Was Menschen uns schrieben, sobald es auf niemanden mehr wartet: 1 Tag bis 3 Jahre. Ihr Ja oder Stopp bleibt in seinem Nachweis."))]
    pub(crate) inbound: DurationValue,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self { inbound: DurationValue(Duration::from_secs(90 * 86_400)) }
    }
}

/// Temporary refusals.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RetrySettings {
    /// First pause; it doubles with each attempt.
    #[schemars(example = &"30s")]
    #[schemars(extend("x-de" = "Erste Pause; sie verdoppelt sich mit jedem Versuch."))]
    pub(crate) first: DurationValue,
    /// Longest pause.
    #[schemars(example = &"1h")]
    #[schemars(extend("x-de" = "Längste Pause."))]
    pub(crate) longest: DurationValue,
    /// Time after which a message counts as failed.
    #[schemars(example = &"48h")]
    #[schemars(extend("x-de" = "Zeit, nach der eine Nachricht als gescheitert gilt."))]
    pub(crate) give_up: DurationValue,
    /// While a provider refuses the account, its transport is paused and one message at a time is tried after these times, the last one again and
    /// again; when it is taken everything goes on. Each 1s to 1d.
    #[schemars(extend("examples" = [["1m", "2m", "5m", "15m"]]))]
    #[schemars(extend("x-de" = "Solange ein Anbieter das Konto ablehnt, ist sein Transport angehalten, und nach diesen Zeiten wird je eine Nachricht versucht, nach der letzten immer wieder; wird sie angenommen, geht alles weiter. Je 1s bis 1d."))]
    pub(crate) probe_after: Vec<DurationValue>,
    /// When a provider, such as a relay that is down, has taken nothing for this time, the admin is notified: 1s to 1d.
    #[schemars(example = &"5m")]
    #[schemars(extend("x-de" = "Nimmt ein Anbieter, etwa ein ausgefallenes Relay, so lange nichts an, wird der Admin benachrichtigt: 1s bis 1d."))]
    pub(crate) tell_after: DurationValue,
}

impl Default for RetrySettings {
    fn default() -> Self {
        let s = |n| DurationValue(Duration::from_secs(n));
        Self {
            first: s(30),
            longest: s(3_600),
            give_up: s(172_800),
            probe_after: [60, 120, 300, 900].map(s).to_vec(),
            tell_after: s(300),
        }
    }
}

/// One list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListSettings {
    /// Title that people read.
    #[schemars(example = &"Angebote der Woche")]
    #[schemars(extend("x-de" = "Titel, den die Leute lesen."))]
    pub(crate) title: LocalizedText,
    /// The one purpose, in words.
    #[schemars(example = &"Angebote der Bäckerei, einmal in der Woche")]
    #[schemars(extend("x-de" = "Der eine Zweck, in Worten."))]
    pub(crate) purpose: LocalizedText,
    /// What people agree to. Default: made from sender, title and purpose.
    #[schemars(example = &"Ja, die Bäckerei Krume GmbH darf mir die Angebote der Woche schicken. Abmelden jederzeit.")]
    #[schemars(extend("x-de" = "Wozu die Leute Ja sagen. Vorgabe: wird aus Absender, Titel und Zweck gebildet."))]
    pub(crate) consent_text: Option<LocalizedText>,
    /// Names of transports, in order of preference for a person with several addresses.
    #[schemars(length(min = 1), example = &["email"])]
    #[schemars(extend("x-de" = "Namen von Transporten, der bevorzugte zuerst, falls eine Person mehrere Adressen hat."))]
    #[schemars(extend("x-hint" = "at least one name, as in [\"email\"]", "x-hint-de" = "mindestens ein Name, wie [\"email\"]"))]
    pub(crate) transports: Vec<String>,
    /// Most messages of this list that one person gets within a period. Default: no limit.
    #[schemars(extend("x-de" = "Die meisten Nachrichten dieser Liste, die eine Person in einem Zeitraum bekommt. Vorgabe: keine Grenze."))]
    #[schemars(extend("examples" = [{"messages": 4, "per": "30d"}]))]
    pub(crate) frequency_cap: Option<FrequencyCap>,
}

/// A limit of messages within a period.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FrequencyCap {
    /// Most messages within the period.
    #[schemars(range(min = 1, max = 10_000), example = 4)]
    #[schemars(extend("x-de" = "Die meisten Nachrichten in dem Zeitraum."))]
    pub(crate) messages: u32,
    /// Length of the period, at most a year.
    #[schemars(example = &"30d")]
    #[schemars(extend("x-de" = "Länge des Zeitraums, höchstens ein Jahr."))]
    pub(crate) per: DurationValue,
}

/// One transport.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransportSettings {
    /// Name of the plugin (found in `plugin_dir`), or path of its library.
    #[schemars(length(min = 1), example = &"email")]
    #[schemars(extend("x-de" = "Name des Plugins (gefunden in `plugin_dir`), oder Pfad seiner Bibliothek."))]
    #[schemars(extend("x-hint" = "a name such as \"email\", or a path", "x-hint-de" = "ein Name wie \"email\", oder ein Pfad"))]
    pub(crate) plugin: String,
    /// Former name of this transport: its messages, its pause and its state folder follow. Without it they fail when the name changes.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{1,64}$"), example = &"old-name")]
    #[schemars(extend("x-de" = "Früherer Name dieses Transports: seine Nachrichten, seine Pause und sein Zustandsordner gehen mit. Ohne ihn scheitern sie, wenn der Name sich ändert."))]
    #[schemars(extend("x-hint" = "a name of letters, digits, `-` and `_`", "x-hint-de" = "ein Name aus Buchstaben, Ziffern, `-` und `_`"))]
    pub(crate) renamed_from: Option<String>,
    /// SHA-256 of the library; any other file is refused.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"), example = &"0000000000000000000000000000000000000000000000000000000000000000")]
    #[schemars(extend("x-de" = "SHA-256 der Bibliothek; jede andere Datei wird abgelehnt."))]
    #[schemars(extend("x-hint" = "64 digits 0-9 a-f, as `rundruf plugin info` shows them", "x-hint-de" = "64 Ziffern 0-9 a-f, wie `rundruf plugin info` sie zeigt"))]
    pub(crate) sha256: Option<String>,
    /// `process`: the plugin runs in a process of its own. `none`: in the daemon's, by your explicit choice.
    #[serde(default)]
    #[schemars(example = &"process")]
    #[schemars(extend("x-de" = "`process`: das Plugin läuft in einem eigenen Prozess. `none`: in dem des Daemons, auf Ihren ausdrücklichen Wunsch."))]
    pub(crate) isolation: IsolationSetting,
    /// Most messages in flight at once. Default: what the plugin suggests.
    #[schemars(range(min = 1, max = 65536), example = 512)]
    #[schemars(extend("x-de" = "Die meisten Nachrichten, die zugleich unterwegs sind. Vorgabe: was das Plugin vorschlägt."))]
    pub(crate) window: Option<u32>,
    /// Messages per second. Default: what the plugin suggests, else unlimited.
    #[schemars(range(min = 0.01, max = 1_000_000.0), example = 50)]
    #[schemars(extend("x-de" = "Nachrichten in der Sekunde. Vorgabe: was das Plugin vorschlägt, sonst unbegrenzt."))]
    pub(crate) rate_per_s: Option<f64>,
    /// What happens to promotional messages that may have arrived: `hold` leaves them for a person, `resend` sends them again.
    #[serde(default)]
    #[schemars(example = &"hold")]
    #[schemars(extend("x-de" = "Was mit Werbung geschieht, die vielleicht angekommen ist: `hold` überlässt sie einem Menschen, `resend` sendet sie noch einmal."))]
    pub(crate) on_unknown: OnUnknownSetting,
    /// Price of one message (of an SMS: of one part). The dry run of a broadcast adds it up. Default: none is shown.
    #[schemars(regex(pattern = "^[0-9]{1,9}([.,][0-9]{1,6})? [A-Z]{3}$"), example = &"0.079 EUR")]
    #[schemars(extend("x-de" = "Preis einer Nachricht (bei SMS: eines Teils). Der Probelauf einer Aussendung zählt ihn zusammen. Vorgabe: keiner wird gezeigt."))]
    #[schemars(extend("x-hint" = "amount and currency, as in \"0.079 EUR\"", "x-hint-de" = "Betrag und Währung, wie \"0.079 EUR\""))]
    pub(crate) price: Option<String>,
    /// Worker threads of the plugin.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 64), example = 1)]
    #[schemars(extend("x-de" = "Threads, in denen das Plugin arbeitet."))]
    pub(crate) threads: u32,
    /// Most bytes that the plugin may keep in its state folder; a plugin that exceeds it is stopped.
    #[serde(default = "gibibyte")]
    #[schemars(example = &"1 GiB")]
    #[schemars(extend("x-de" = "So viele Bytes darf das Plugin in seinem Zustandsordner haben; ein Plugin, das mehr hat, wird beendet."))]
    pub(crate) state_limit: SizeValue,
    /// Run the plugin also where the kernel has no Landlock. It can then read and change every file that the daemon can, the database as well.
    #[serde(default)]
    #[schemars(example = false)]
    #[schemars(extend("x-de" = "Das Plugin auch dort laufen lassen, wo der Kernel kein Landlock hat. Es kann dann jede Datei lesen und ändern, die der Daemon lesen und ändern kann, auch die Datenbank."))]
    pub(crate) without_landlock: bool,
    /// The plugin's own settings; `rundruf plugin info` lists them.
    #[serde(default)]
    #[schemars(extend("x-de" = "Die eigenen Einstellungen des Plugins; `rundruf plugin info` zeigt sie."))]
    pub(crate) config: serde_json::Map<String, serde_json::Value>,
}

const fn gibibyte() -> SizeValue {
    SizeValue(rundruf_host::InstanceSpec::STATE_LIMIT)
}

const fn one() -> u32 {
    1
}

/// Where a plugin runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum IsolationSetting {
    /// In a process of its own.
    #[default]
    Process,
    /// In the daemon's process.
    None,
}

/// What happens to promotional messages that may have arrived.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnUnknownSetting {
    /// An operator decides.
    #[default]
    Hold,
    /// The message is sent again.
    Resend,
}

//! Plain rows, in and out. No SQL types, no serialisation.

use rundruf_consent::evidence::{Draft, RecordId};
use rundruf_consent::log::LogKey;
use rundruf_consent::suppress::Pepper;
use rundruf_consent::text::Digest;
use rundruf_consent::token::TokenKey;
use rundruf_consent::{
    Address, AddressId, BroadcastId, Channel, Class, ContactId, DeliveryId, Event, EventId, Flags, ImportClass, ListId,
    Refusal, SendPermit, State, Time,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names a transport across restarts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TransportId(pub i64);

/// Names a lease: a range of one broadcast's deliveries for one transport.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LeaseId(pub i64);

/// Names one start of a transport's process. A claim is made under one.
pub type Session = [u8; 16];

/// The instance's secrets, drawn at the first start, kept beside the subject keys.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// For suppression hashes.
    pub pepper: Pepper,
    /// For links.
    pub token_key: TokenKey,
    /// Ed25519 seed of the log.
    pub log_seed: [u8; 32],
    /// First half of the message ids of service messages.
    pub instance_key: [u8; 8],
}

/// A person to add.
#[derive(Clone, Debug, Default)]
pub struct NewContact {
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Variables such as `first_name`; empty values are left out.
    pub vars: BTreeMap<String, String>,
    /// At least one.
    pub addresses: Vec<Address>,
}

/// A person.
#[derive(Clone, Debug)]
pub struct ContactRow {
    /// Number.
    pub id: ContactId,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Variables.
    pub vars: BTreeMap<String, String>,
    /// Addresses with their consents.
    pub addresses: Vec<AddressRow>,
}

/// One address of a person.
#[derive(Clone, Debug)]
pub struct AddressRow {
    /// Number.
    pub id: AddressId,
    /// Whose.
    pub contact: ContactId,
    /// The address.
    pub address: Address,
    /// What holds for it as a whole.
    pub flags: Flags,
    /// Its consents.
    pub consents: Vec<ConsentRow>,
}

/// One consent.
#[derive(Clone, Copy, Debug)]
pub struct ConsentRow {
    /// The list.
    pub list: ListId,
    /// The person.
    pub contact: ContactId,
    /// The address.
    pub address: AddressId,
    /// State.
    pub state: State,
    /// When that state was entered.
    pub since: Time,
    /// The event that brought it there.
    pub evidence: EventId,
}

/// Who a move is about.
#[derive(Clone, Debug)]
pub enum Target {
    /// By numbers.
    Ids(AddressId, ListId),
    /// By address; it must exist.
    Address(Address, ListId),
    /// By the random id of an open or answered confirmation request.
    Request([u8; 16]),
}

/// Something that happens to a consent.
#[derive(Clone, Debug)]
pub struct Move {
    /// Who.
    pub target: Target,
    /// What.
    pub event: Event,
    /// Evidence, without what the store adds itself.
    pub draft: Arc<Draft>,
    /// For `SignUp`: the request that the person will answer. An open one is replaced.
    pub request: Option<NewRequest>,
    /// Messages to queue in the same transaction, if the state changed.
    pub services: Vec<NewService>,
}

/// A confirmation request.
#[derive(Clone, Copy, Debug)]
pub struct NewRequest {
    /// Random id, part of the link.
    pub id: [u8; 16],
    /// When it ends.
    pub expires: Time,
}

/// A request, read back.
#[derive(Clone, Debug)]
pub struct RequestRow {
    /// Random id.
    pub id: [u8; 16],
    /// The consent it is about, as it is now.
    pub consent: ConsentRow,
    /// The address.
    pub address: Address,
    /// When it was made.
    pub created: Time,
    /// When it ends.
    pub expires: Time,
}

/// What became of a move.
#[derive(Clone, Debug)]
pub enum Moved {
    /// Applied.
    Done {
        /// The consent afterwards.
        consent: ConsentRow,
        /// State before.
        before: State,
        /// Whether the state changed (a second JA does not).
        changed: bool,
    },
    /// The table does not know this move; nothing was written.
    Illegal(rundruf_consent::state::Illegal),
    /// No such address, consent or request.
    NoTarget,
    /// Too many requests for this address (R11); nothing was written.
    TooMany,
}

/// A message outside of broadcasts: confirmation request, welcome, stop acknowledgement, answer, test.
#[derive(Clone, Debug)]
pub struct NewService {
    /// Kind.
    pub class: Class,
    /// By which transport.
    pub transport: TransportId,
    /// To whom; filled by the store from the move's target when it is `None`.
    pub address: Option<AddressId>,
    /// About which list.
    pub list: Option<ListId>,
    /// What the engine needs to make the message; opaque here.
    pub payload: String,
    /// Not after this.
    pub expires: Option<Time>,
}

/// One stored event of a consent, decrypted.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Number; its index in the log is this minus one.
    pub id: EventId,
    /// Name.
    pub record: RecordId,
    /// What happened, as a word.
    pub event: String,
    /// State afterwards.
    pub state_after: State,
    /// When.
    pub at: Time,
    /// Canonical JSON; `None` after erasure.
    pub json: Option<String>,
}

/// A broadcast to add.
#[derive(Clone, Debug)]
pub struct NewBroadcast {
    /// To whom.
    pub list: ListId,
    /// First half of its message ids, random.
    pub key: [u8; 8],
    /// What, as the engine wrote it; opaque here.
    pub content: String,
    /// When to begin.
    pub start_at: Option<Time>,
    /// After which nothing is begun any more.
    pub expires_at: Option<Time>,
}

/// State of a broadcast.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BroadcastState {
    /// Waits for its time.
    Scheduled = 0,
    /// Is being sent.
    Running = 1,
    /// Stopped by a person or an account error, to go on later.
    Paused = 2,
    /// Nothing is queued, in flight or to be retried.
    Done = 3,
    /// Stopped for good by a person.
    Cancelled = 4,
    /// Its time is over.
    Expired = 5,
}

impl BroadcastState {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Scheduled, Self::Running, Self::Paused, Self::Done, Self::Cancelled, Self::Expired];

    /// Finds a state by its number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|s| *s as u8 == code)
    }

    /// The word in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// Running counters: the eight from `queued` to `skipped` add up to `total`; `delivered` and `read` lie within `sent`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Rows written.
    pub total: u64,
    /// Not yet claimed.
    pub queued: u64,
    /// Claimed, no outcome yet.
    pub in_flight: u64,
    /// To be tried again.
    pub retry: u64,
    /// Taken by the other side.
    pub sent: u64,
    /// Refused for good.
    pub failed: u64,
    /// May have arrived.
    pub unknown: u64,
    /// Waits for a person.
    pub held: u64,
    /// Not sent, with a reason.
    pub skipped: u64,
    /// Of the sent: known to have arrived.
    pub delivered: u64,
    /// Of the sent: known to be read.
    pub read: u64,
    /// The skipped by reason.
    pub skipped_by: BTreeMap<RefusalKey, u64>,
}

/// A refusal that can be a key of a sorted map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RefusalKey(pub Refusal);

impl PartialOrd for RefusalKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RefusalKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.word().cmp(other.0.word())
    }
}

/// A broadcast.
#[derive(Clone, Debug)]
pub struct BroadcastRow {
    /// Number.
    pub id: BroadcastId,
    /// To whom.
    pub list: ListId,
    /// First half of its message ids.
    pub key: [u8; 8],
    /// What, opaque.
    pub content: String,
    /// State.
    pub state: BroadcastState,
    /// When it was added.
    pub created: Time,
    /// When to begin.
    pub start_at: Option<Time>,
    /// After which nothing is begun.
    pub expires_at: Option<Time>,
    /// Whether all deliveries are written.
    pub fanned_out: bool,
    /// Counters.
    pub tally: Tally,
}

/// What a person or the clock does to a broadcast.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BroadcastMove {
    /// Its time has come.
    Start,
    /// Stop for now.
    Pause,
    /// Go on.
    Resume,
    /// Stop for good: what is queued or to be retried becomes skipped.
    Cancel,
    /// Its time is over: what is queued or to be retried becomes skipped.
    Expire,
}

/// One consent of one contact, as fan-out sees it.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// Address.
    pub address: AddressId,
    /// Its kind.
    pub channel: Channel,
    /// Its flags.
    pub flags: Flags,
    /// State of the consent.
    pub state: State,
    /// Its evidence.
    pub evidence: EventId,
}

/// What fan-out does with one contact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// Send: candidate number, by this transport.
    Send(usize, TransportId),
    /// Do not send: the candidate whose refusal is told, and why.
    Skip(usize, Refusal),
}

/// Chooses for one contact among its candidates (never empty). Called inside the store's transaction: fast, no I/O.
pub type Choose = Arc<dyn Fn(&[Candidate]) -> Choice + Send + Sync>;

/// Progress of fan-out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FanOut {
    /// Rows written by this call.
    pub written: u64,
    /// Whether it was the last page.
    pub finished: bool,
}

/// What a dry run found.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// Contacts looked at.
    pub total: u64,
    /// Who would get it, by channel word.
    pub by_channel: BTreeMap<&'static str, u64>,
    /// Who would not, by reason word.
    pub skipped_by: BTreeMap<&'static str, u64>,
}

/// One person in a dry run.
#[derive(Clone, Debug)]
pub struct PreviewRow {
    /// Who.
    pub contact: ContactId,
    /// The address looked at.
    pub address: Address,
    /// By which transport, or why not.
    pub verdict: Result<TransportId, Refusal>,
}

/// How much a transport can take now.
#[derive(Clone, Copy, Debug)]
pub struct ClaimRequest {
    /// Most rows altogether.
    pub at_most: u32,
    /// Whether bulk (broadcasts) may be claimed, or only service messages.
    pub bulk: bool,
    /// Round robin between broadcasts: begin after this one.
    pub after: Option<BroadcastId>,
    /// Time of the claim.
    pub now: Time,
}

/// What a claimed row is.
#[derive(Clone, Debug)]
pub enum Work {
    /// A delivery of a broadcast.
    Broadcast {
        /// Which.
        broadcast: BroadcastId,
        /// First half of the message id.
        key: [u8; 8],
        /// Its lease; `None` for a retry.
        lease: Option<LeaseId>,
    },
    /// A service message.
    Service {
        /// Kind.
        class: Class,
        /// As the engine wrote it.
        payload: Box<str>,
    },
}

/// A row that may leave now. The permit is its proof.
#[derive(Debug)]
pub struct Claimed {
    /// The gate's answer.
    pub permit: SendPermit,
    /// What it is.
    pub work: Work,
    /// The list, if it is about one.
    pub list: Option<ListId>,
    /// The address.
    pub address_id: AddressId,
    /// Its kind.
    pub channel: Channel,
    /// Its normal form.
    pub address: Box<str>,
    /// The contact's language.
    pub language: Option<Box<str>>,
    /// The contact's variables as a JSON object; empty text for none.
    pub vars: Box<str>,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// When the first attempt was made (this one's time, if it is the first).
    pub first_try: Time,
}

/// What became of a claimed row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Settled {
    /// The other side took it.
    Sent {
        /// Its id there; may be empty.
        remote_id: Box<str>,
    },
    /// Try again.
    Retry {
        /// When.
        due: Time,
        /// Outcome code and detail.
        code: u16,
        /// One line, no address.
        detail: Box<str>,
    },
    /// It was never begun: back to the queue, no attempt counted.
    Untouched,
    /// Never.
    Failed {
        /// Outcome code.
        code: u16,
        /// One line, no address.
        detail: Box<str>,
    },
    /// It may have arrived.
    Unknown {
        /// One line, no address.
        detail: Box<str>,
    },
    /// Not sent, for this reason (it could not be made, its time was over).
    Skipped(Refusal),
}

/// An outcome to store.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// Which.
    pub delivery: DeliveryId,
    /// The evidence of its permit. The row keeps it.
    pub evidence: EventId,
    /// Its broadcast; `None` for service messages.
    pub broadcast: Option<BroadcastId>,
    /// Its lease; `None` for retries and service messages.
    pub lease: Option<LeaseId>,
    /// What became of it.
    pub to: Settled,
    /// When.
    pub at: Time,
}

/// What a dispatch step brought.
#[derive(Debug, Default)]
pub struct Step {
    /// Rows that may leave now.
    pub claimed: Vec<Claimed>,
    /// Whether more bulk waits for this transport right now.
    pub more: bool,
    /// When the next retry is due, if there is one.
    pub next_due: Option<Time>,
    /// Rows that the gate refused in this step.
    pub refused: u32,
    /// Settlements that found no open row (a double outcome): logged by the caller.
    pub strays: u32,
}

/// A claimed row without an outcome, found at a start.
#[derive(Clone, Debug)]
pub struct InDoubt {
    /// Which.
    pub delivery: DeliveryId,
    /// Its message id.
    pub message_id: [u8; 16],
    /// Its broadcast; `None` for service messages.
    pub broadcast: Option<BroadcastId>,
    /// Its lease.
    pub lease: Option<LeaseId>,
    /// Evidence as far as known.
    pub evidence: EventId,
    /// Under which session it was claimed.
    pub session: Session,
    /// Attempts before.
    pub attempts: u32,
}

/// State of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DeliveryState {
    /// Not yet claimed.
    Queued = 0,
    /// Claimed, no outcome yet.
    InFlight = 1,
    /// To be tried again.
    Retry = 2,
    /// Taken by the other side.
    Sent = 3,
    /// Known to have arrived.
    Delivered = 4,
    /// Known to be read.
    Read = 5,
    /// Refused for good.
    Failed = 6,
    /// May have arrived.
    Unknown = 7,
    /// Waits for a person.
    Held = 8,
    /// Not sent, with a reason.
    Skipped = 9,
}

impl DeliveryState {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::InFlight,
        Self::Retry,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Failed,
        Self::Unknown,
        Self::Held,
        Self::Skipped,
    ];

    /// Finds a state by its number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|s| *s as u8 == code)
    }

    /// The word in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InFlight => "in_flight",
            Self::Retry => "retry",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Held => "held",
            Self::Skipped => "skipped",
        }
    }
}

/// A delivery, for people.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    /// Number.
    pub id: DeliveryId,
    /// Who.
    pub contact: ContactId,
    /// Where.
    pub address: Address,
    /// By which transport; `None` if skipped before one was chosen.
    pub transport: Option<TransportId>,
    /// State.
    pub state: DeliveryState,
    /// Word of the refusal, or outcome code and detail.
    pub reason: Option<String>,
    /// Attempts made.
    pub attempts: u32,
    /// The consent event that permitted it.
    pub evidence: Option<EventId>,
    /// The other side's id.
    pub remote_id: Option<String>,
    /// When it last changed.
    pub at: Option<Time>,
}

/// What a person decides about an unknown delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resolve {
    /// It arrived.
    Sent,
    /// It did not: send it again, with the same message id.
    Resend,
    /// It did not, and shall not.
    Failed,
}

/// A receipt to store.
#[derive(Clone, Debug)]
pub struct ReceiptRow {
    /// Which delivery, from the message id.
    pub message_id: [u8; 16],
    /// 0 delivered, 1 read, 2 bounced, 3 complained (as in the ABI).
    pub kind: u32,
    /// When.
    pub at: Time,
    /// One line.
    pub detail: String,
}

/// A message from outside.
#[derive(Clone, Debug)]
pub struct InboundRow {
    /// Number; 0 before it is stored.
    pub id: i64,
    /// By which transport.
    pub transport: TransportId,
    /// From whom.
    pub address: Address,
    /// Kind as in the ABI: 0 text, 1 reaction, 2 edit, 3 opt-out.
    pub kind: u32,
    /// How sure the channel is of the sender: 0, 1, 2 as in the ABI.
    pub trust: u32,
    /// Text.
    pub text: String,
    /// The other side's id; a repeat is dropped.
    pub remote_id: String,
    /// When.
    pub at: Time,
}

/// An import, as a whole.
#[derive(Clone, Debug)]
pub struct ImportMeta {
    /// Into which list.
    pub list: ListId,
    /// What it proves.
    pub class: ImportClass,
    /// SHA-256 of the file.
    pub file_sha256: Digest,
    /// Column mapping as given, for the log.
    pub mapping: String,
    /// Who.
    pub actor: String,
}

/// One good row of an import.
#[derive(Clone, Debug)]
pub struct ImportRow {
    /// Line where the record begins.
    pub line: u64,
    /// The person with one or more addresses.
    pub contact: NewContact,
    /// Evidence of this row.
    pub draft: Arc<Draft>,
    /// Event: `Import(A)`, or `Import(C)` when the proof of this row does not hold.
    pub event: Event,
}

/// What became of one address of an imported row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportVerdict {
    /// The consent is confirmed now.
    Confirmed,
    /// Stored, but nothing may be sent to it.
    Quarantined,
    /// It existed: merged, strictest wins; the state it has now.
    Merged(State),
    /// Suppressed, or already withdrawn: stays as it was.
    Refused(&'static str),
}

/// Verdicts of one row: one for each of its addresses, in order.
#[derive(Clone, Debug)]
pub struct ImportResult {
    /// Line where the record begins.
    pub line: u64,
    /// Whether a contact was made for it.
    pub new_contact: bool,
    /// One for each address.
    pub verdicts: Vec<ImportVerdict>,
}

/// How many people a list has, by state of consent.
#[derive(Clone, Debug)]
pub struct ListStats {
    /// The list.
    pub id: ListId,
    /// Its name.
    pub name: String,
    /// Whether it is closed.
    pub closed: bool,
    /// Addresses by state.
    pub by_state: BTreeMap<&'static str, u64>,
}

/// Head of the log.
#[derive(Clone, Debug)]
pub struct LogHead {
    /// Leaves.
    pub size: u64,
    /// Root.
    pub root: Digest,
    /// The newest signed checkpoint, if there is one.
    pub checkpoint: Option<String>,
}

/// Everything a proof file is made of, besides the log.
#[derive(Clone, Debug)]
pub struct ProofData {
    /// The consent.
    pub consent: ConsentRow,
    /// Its events, in order.
    pub events: Vec<EventRow>,
    /// Key of the address.
    pub key: rundruf_consent::evidence::SubjectKey,
    /// Every text the events name.
    pub texts: Vec<rundruf_consent::text::Text>,
}

/// Something that `doctor` found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Whether it is a fault or a remark.
    pub fault: bool,
    /// What, in English, without an address.
    pub text: String,
}

/// Signs checkpoints; made by the engine from settings and [`Secrets`].
pub type Signer = LogKey;

/*
 * SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * The contract between the Rundruf daemon and a plugin, version 0.2.
 * Made from core/abi/src by `RUNDRUF_BLESS=1 cargo test -p rundruf-abi --test header`: not edited by hand.
 *
 * Read it as nine steps, in the order in which they happen:
 *
 * 1. The host reads the manifest section (manifest) without running any code.
 * 2. It looks up the one exported function, RUNDRUF_ENTRY_SYMBOL, and calls it (entry).
 * 3. It compares versions before anything else (version).
 * 4. `open` opens an instance from the admin's settings and a table of host functions (host, transport).
 * 5. `submit` takes a batch: one content, many recipients (batch).
 * 6. `complete` brings one outcome for every index, from any thread, in any order (outcome).
 * 7. `inbound` and `receipt` bring messages and receipts from the provider (inbound).
 * 8. `drain` asks for an orderly end: nothing new is begun.
 * 9. `close` ends the instance; afterwards no host function is called any more.
 *
 * Ownership (the clauses that `SAFETY` comments name)
 * * own: host and plugin free only what they have allocated themselves.
 * * borrow: pointers in arguments are valid until the call returns, and unchanged for that time.
 * * batch: the one exception to *borrow*: a batch and all it reaches stay valid and unchanged until the plugin
 *   has completed its last index, or `close` has returned.
 * * static: entry, descriptors, tables and extension tables live for ever.
 * * host: the host table lives until `close` has returned.
 * * once: every index of a batch is completed exactly once.
 * * self: the instance pointer given to a transport function is the one `open` returned, and `close` is not yet called.
 *
 * Tag lines
 * Every function ends its text with `[thread] [state]` and who owns what until when: which threads may call it, between which
 * steps, and how long what is passed stays valid. *Any thread* includes several at once.
 *
 * Growth
 * Structs grow only at their end, and only by a new minor. Every root struct carries `size`; every array its `stride`, which is the size of an element
 * as the writer sees it. What has neither (views, templates, sinks, the version) never changes.
 * A reader takes a struct of the writer's size: it refuses one that is shorter than the struct's `MIN_SIZE` (its size in the first version) or not
 * aligned, and copies as many bytes as both know into a zeroed value of its own. It never compares `size` or `stride` with its own `sizeof`.
 * What the other one does not have is therefore 0, and 0 means what the version without the field did.
 * Until the freeze the version is 0 and must match exactly.
 *
 * Time
 * * `open`: 30 s; then the instance is closed or its process killed, and it is tried again.
 * * `submit`, `drain`, `extension` and the functions of extensions: a millisecond. A process whose call has not returned after 15 s is killed.
 * * an outcome: 15 min after `begun`, or after `submit` where the plugin does not tell. The host then asks back what was not begun
 *   (`rundruf.recall/1`); what is still open 30 s later counts as "may have been sent". A later `SENT` or `UNTOUCHED` corrects that.
 *   A process that reports no outcome at all in that time, and nothing begun, is killed.
 * * `inbound` and `receipt`: the host answers within 20 s.
 * * a request of a provider: 20 s; then it is answered with 503, and the provider tries again.
 * * a look-up: 30 s; addresses without an answer count as unknown.
 * * forgetting addresses: 10 s; then the host asks again later. The state of the account: 20 s; then it is unknown. A step of a set-up: 120 s.
 *   A plugin that does not answer loses nothing but the answer.
 * * `close`: what is left of the drain's time, 3 s at least; then the process is killed.
 * * When the daemon dies, the process has 8 s to finish what it has begun and 2 s to close.
 *
 * Core or extension
 * What two of the four messenger channels need is in the structs above: several ids and parts of a message, its cost, aliases of a sender, groups,
 * attachments both ways, quotes. What one of them needs, or what a plugin can go on without, is an extension by name: looking an address up
 * (not every provider can be asked), a provider that calls back (not every one does), recalling (a plugin that holds little has nothing to give back),
 * forgetting (a plugin that keeps nothing about people has nothing to forget), the state of the account (not every provider has one), a set-up (most
 * need nothing but settings).
 *
 * Requests of the host (webhook, forget, health, set-up) have one form: the host calls the plugin's function with an id, which returns at once; the
 * answer comes through the host's `answer` with the same id, from any thread. Of each kind a few wait at the same time, and further ones are refused.
 *
 * Extensions
 * An optional feature has a name and a revision, such as `rundruf.lookup/1` (lookup), and is found by it: the host asks an instance,
 * the plugin asks the host, and the one that does not know the name answers null. A new extension needs no new minor, because it
 * changes nothing that was there: both an older plugin and an older host go on as before. A revision is never changed; the next one is another name.
 */
#ifndef RUNDRUF_PLUGIN_H
#define RUNDRUF_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define RUNDRUF_ASSERT(condition, text) static_assert(condition, text)
#define RUNDRUF_ALIGNOF(type) alignof(type)
extern "C" {
#else
#define RUNDRUF_ASSERT(condition, text) _Static_assert(condition, text)
#define RUNDRUF_ALIGNOF(type) _Alignof(type)
#endif

/** Whether a struct of the host is long enough to have this field. Ask before you read what a later minor added. */
#define RUNDRUF_HAS(type, pointer, field) \
    (offsetof(type, field) + sizeof((pointer)->field) <= (size_t)(pointer)->size)

/** Copies a struct of the host, `given` bytes long (its `size`, or the `stride` of its array), into one of this header: as much as both have, and
    zeros behind it. Check before that `given` is at least its MIN_SIZE. Needs <string.h>. */
#define RUNDRUF_READ(to, from, given) \
    (memset((to), 0, sizeof *(to)), \
     memcpy((to), (from), (size_t)(given) < sizeof *(to) ? (size_t)(given) : sizeof *(to)))

/** A view of a literal, for initialisers: `.id = RUNDRUF_TEXT("org.example.carrier")`. */
#define RUNDRUF_TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

/** Before the exported function: the one symbol that is seen from outside. Compile everything with -fvisibility=hidden. */
#define RUNDRUF_EXPORT __attribute__((visibility("default")))

/** Puts the manifest into its section: `RUNDRUF_MANIFEST = "{ … }";`, once in a library. */
#define RUNDRUF_MANIFEST \
    __attribute__((used, section(".rundruf.manifest"))) static const char rundruf_manifest_text[]

typedef struct rundruf_abi_version rundruf_abi_version;
typedef struct rundruf_view rundruf_view;
typedef struct rundruf_segment rundruf_segment;
typedef struct rundruf_template rundruf_template;
typedef struct rundruf_attachment rundruf_attachment;
typedef struct rundruf_pair rundruf_pair;
typedef struct rundruf_content rundruf_content;
typedef struct rundruf_recipient rundruf_recipient;
typedef struct rundruf_batch rundruf_batch;
typedef struct rundruf_outcome rundruf_outcome;
typedef struct rundruf_begun rundruf_begun;
typedef struct rundruf_inbound_file rundruf_inbound_file;
typedef struct rundruf_inbound rundruf_inbound;
typedef struct rundruf_receipt rundruf_receipt;
typedef struct rundruf_sink rundruf_sink;
typedef struct rundruf_host_table rundruf_host_table;
typedef struct rundruf_open_args rundruf_open_args;
typedef struct rundruf_transport_table rundruf_transport_table;
typedef struct rundruf_address rundruf_address;
typedef struct rundruf_lookup rundruf_lookup;
typedef struct rundruf_lookup_answer rundruf_lookup_answer;
typedef struct rundruf_lookup_table rundruf_lookup_table;
typedef struct rundruf_lookup_host rundruf_lookup_host;
typedef struct rundruf_recall_table rundruf_recall_table;
typedef struct rundruf_header rundruf_header;
typedef struct rundruf_webhook_request rundruf_webhook_request;
typedef struct rundruf_webhook_response rundruf_webhook_response;
typedef struct rundruf_webhook_table rundruf_webhook_table;
typedef struct rundruf_webhook_host rundruf_webhook_host;
typedef struct rundruf_forget rundruf_forget;
typedef struct rundruf_forgotten rundruf_forgotten;
typedef struct rundruf_forget_table rundruf_forget_table;
typedef struct rundruf_forget_host rundruf_forget_host;
typedef struct rundruf_health rundruf_health;
typedef struct rundruf_health_table rundruf_health_table;
typedef struct rundruf_health_host rundruf_health_host;
typedef struct rundruf_setup_answer rundruf_setup_answer;
typedef struct rundruf_setup_step rundruf_setup_step;
typedef struct rundruf_setup_table rundruf_setup_table;
typedef struct rundruf_setup_host rundruf_setup_host;
typedef struct rundruf_entry rundruf_entry;
typedef struct rundruf_descriptor rundruf_descriptor;

/*
 * version
 *
 * Which host loads which plugin.
 */

/** Version of this contract. The major is also in the name of the entry symbol once it is frozen. */
struct rundruf_abi_version {
    /** Changes when old plugins can no longer be loaded. `0` means: not frozen, exact match. */
    uint16_t major;
    /** Grows with every addition. */
    uint16_t minor;
};

/** The version that is described here. */
#define RUNDRUF_ABI_MAJOR 0
#define RUNDRUF_ABI_MINOR 2
/** The same as a manifest says it. */
#define RUNDRUF_MANIFEST_ABI "[0, 2]"

/*
 * view
 *
 * Borrowed bytes and plain status codes.
 */

/** Borrowed bytes: pointer and length, UTF-8 unless a field says otherwise. Never owned, never freed by the reader. */
struct rundruf_view {
    /** First byte; may be null when `len` is 0. */
    const uint8_t *ptr;
    /** Number of bytes. */
    size_t len;
};

/**
 * The answer of a call. A named integer, never an enum: host and plugin may send any number.
 * `0` is success, small positive numbers mean "not now", negative ones are faults.
 */
typedef int32_t rundruf_status;
/** Done. */
#define RUNDRUF_STATUS_OK 0
/** Nothing was accepted; the callee calls `ready` later. */
#define RUNDRUF_STATUS_BUSY 1
/** Nothing was accepted, and nothing will be: draining or closed. */
#define RUNDRUF_STATUS_CLOSED 2
/** A pointer was null that must not be. */
#define RUNDRUF_STATUS_NULL_POINTER (-1)
/** The callee panicked; it has recovered. */
#define RUNDRUF_STATUS_PANICKED (-2)
/** An argument breaks the contract. */
#define RUNDRUF_STATUS_BAD_ARGUMENT (-3)
/** The feature does not exist here, was not claimed in the manifest, or must be understood and is not. */
#define RUNDRUF_STATUS_UNSUPPORTED (-4)
/** The settings were refused; the text is in the sink. */
#define RUNDRUF_STATUS_BAD_CONFIG (-5)
/** Anything else went wrong; the text is in the sink or the log. */
#define RUNDRUF_STATUS_FAILED (-6)

/*
 * manifest
 *
 * The manifest: JSON in a section of the library, read without running any code.
 *
 * {
 *   "manifest": 1,
 *   "id": "org.example.carrier", "name": "Carrier", "version": "0.1.0",
 *   "abi": [0, 2],
 *   "channels": ["sms"],
 *   "max_batch": 256, "max_in_flight": 1024, "max_content": 1048576,
 *   "rate_per_s": null,
 *   "repeat_is_safe": false,
 *   "capabilities": ["attachments", "html", "receipts", "inbound"],
 *   "hosts": [{ "host": "{config.host}", "port": "{config.port}" }],
 *   "config_schema": { "type": "object" },
 *   "label": { "plugin": "…", "label_version": 1, "operator": { "name": "…", "country": "…" }, "role": "processor",
 *              "data_out": ["address", "content"], "content_visible_to_operator": true, "storage": "…",
 *              "remote_lists": false, "withdrawal_propagation": "…", "terms_risk": "…", "checked_on": "2026-11-23" }
 * }
 *
 * What a plugin does it claims in `capabilities`, because the admin agrees to that: a plugin that calls `inbound` or `receipt`, or answers look-ups,
 * without `inbound`, `receipts` or `lookup` gets `UNSUPPORTED` at the first call, and nothing of it is stored.
 *
 * `max_in_flight` is the window the plugin suggests; `repeat_is_safe` says that the provider drops a second message with
 * the same message id. A plugin without a label is not loaded.
 */

/** Name of the section. */
#define RUNDRUF_MANIFEST_SECTION ".rundruf.manifest"

/** Most bytes that are read from it. */
#define RUNDRUF_MANIFEST_MAX_SIZE 262144

/*
 * batch
 *
 * A batch: one content, many recipients. Nothing here names a list, a consent or a contact by an id of the database.
 *
 * Limits: a batch has at most `max_batch` recipients, as the manifest says. The messages without an outcome are at most the `window` that the
 * instance was opened with; but a plugin that holds nothing accepts a batch of any size up to `max_batch`, so that a small window never blocks for ever.
 * A content is at most `max_content` bytes, counted over texts, names and attachments.
 *
 * Addresses are in the normal form of their channel: `email` `local@domain` (domain in A-labels, at most 320 bytes), `sms` E.164 such as
 * `+491701234567`, `threema` eight of `A-Z0-9`, `signal` E.164 or the account's UUID in lower case, `matrix` `@user:server`, `xmpp` a bare
 * address in lower case. The same forms are expected in inbound messages. An address is at most 512 bytes.
 */

/** In rundruf_segment.var: nothing follows the literal. */
#define RUNDRUF_NO_VAR UINT32_C(0xFFFFFFFF)

/**
 * The bits of `flags` in a content or a batch that a reader must understand. If one of them is set that it does not know, it answers
 * `UNSUPPORTED` and accepts nothing: an edit, a deletion, a poll or buttons never arrive as plain new text. The upper 16 bits may be ignored.
 */
#define RUNDRUF_MUST_UNDERSTAND UINT32_C(0x0000FFFF)

/** Why a message is sent. A plugin sends an unknown number like a service message. */
typedef uint32_t rundruf_message_class;
/** Part of a broadcast. */
#define RUNDRUF_MESSAGE_CLASS_PROMOTIONAL 0
/** Asks whether somebody really wants to subscribe. */
#define RUNDRUF_MESSAGE_CLASS_CONFIRMATION 1
/** A welcome, an answer, an alert. */
#define RUNDRUF_MESSAGE_CLASS_SERVICE 2
/** Says that a stop was understood. */
#define RUNDRUF_MESSAGE_CLASS_STOP_ACKNOWLEDGEMENT 3
/** Something that must be told by law. */
#define RUNDRUF_MESSAGE_CLASS_LEGAL 4
/** An operator tries the transport. */
#define RUNDRUF_MESSAGE_CLASS_TEST 5

/** Which batch goes first. A higher number goes before a lower one. */
typedef uint32_t rundruf_batch_priority;
/** Broadcasts. */
#define RUNDRUF_BATCH_PRIORITY_BULK 0
/** Confirmations, acknowledgements, answers: ahead of bulk. */
#define RUNDRUF_BATCH_PRIORITY_AHEAD 1

/** A piece of text: the literal, then the recipient's value number `var` (if it is not RUNDRUF_NO_VAR). */
struct rundruf_segment {
    /** Fixed text. */
    rundruf_view literal;
    /** Index into the recipient's `vars`, or RUNDRUF_NO_VAR. */
    uint32_t var;
    /** Reserved, 0. */
    uint32_t reserved;
};

/** A text with placeholders: the segments, one after the other. */
struct rundruf_template {
    /** First segment; may be null when `count` is 0. */
    const rundruf_segment *segments;
    /** Number of segments. */
    size_t count;
    /** Bytes from one segment to the next. */
    size_t stride;
};
/** Size in the first version. */
#define RUNDRUF_SEGMENT_MIN_SIZE (offsetof(rundruf_segment, reserved) + sizeof(((rundruf_segment *)0)->reserved))

/** A file of the content. Either `bytes` has its content, or `file` names it. */
struct rundruf_attachment {
    /** File name, without any folder. */
    rundruf_view name;
    /** Media type, such as `image/jpeg`. */
    rundruf_view media_type;
    /** Content of the file. */
    rundruf_view bytes;
    /** A link to the same file, for transports that cannot carry it; may be empty. */
    rundruf_view url;
    /** Absolute path of a file with the same content that may be read only; empty where `bytes` has it. */
    rundruf_view file;
    /** SHA-256 of the content: equal digests mean equal files, also across contents, so that one upload serves a whole broadcast. */
    uint8_t digest[32];
    /** Size of the content in bytes. */
    uint64_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /** Reserved, 0. */
    uint32_t reserved;
};
/** Size in the first version. */
#define RUNDRUF_ATTACHMENT_MIN_SIZE (offsetof(rundruf_attachment, reserved) + sizeof(((rundruf_attachment *)0)->reserved))

/** A named value. */
struct rundruf_pair {
    /** Name, such as `list-id`. */
    rundruf_view key;
    /** Value that belongs to the name. */
    rundruf_view value;
};
/** Size in the first version. */
#define RUNDRUF_PAIR_MIN_SIZE (offsetof(rundruf_pair, value) + sizeof(((rundruf_pair *)0)->value))

/**
 * The content that all recipients of a batch get.
 *
 * Known names in `meta`: `sender-name`, `imprint-url`, `privacy-url`, `list-name` (the list's label, `[a-z0-9-]`),
 * `list-title` (as people read it), `list-id-domain` (a domain of the sender), `date` (RFC 3339), `auto-submitted` (`1` for
 * messages that a program wrote, such as a confirmation request), `quoted-remote-id` (the provider's id of the inbound message that this one
 * answers). An unknown name is ignored.
 */
struct rundruf_content {
    /** `sizeof` as the writer sees it. */
    uint32_t size;
    /** Why the message is sent. */
    rundruf_message_class class_;
    /** What the content is beside plain text; see RUNDRUF_MUST_UNDERSTAND. No bit has a meaning yet. */
    uint32_t flags;
    /** Reserved, 0. */
    uint32_t reserved;
    /**
     * Equal ids mean equal content as long as this instance is open: a plugin may cache what it makes of it, a few at a time. After `close` the same
     * id may be another content; for what is kept longer, such as an upload, use `digest` of the attachment.
     */
    uint64_t content_id;
    /** Kind of address of all recipients: `email`, `threema`, `sms`, … */
    rundruf_view channel;
    /** BCP 47 tag, such as `de`. */
    rundruf_view language;
    /** Subject, for channels that have one; may be empty. */
    rundruf_template subject;
    /** Plain text, in the channel's own style, imprint and stop hint included. */
    rundruf_template text;
    /** HTML, for channels that show it; may be empty. The plugin escapes the values. */
    rundruf_template html;
    /** First attachment; may be null when the count is 0. */
    const rundruf_attachment *attachments;
    /** Number of attachments. */
    size_t attachment_count;
    /** Bytes from one attachment to the next. */
    size_t attachment_stride;
    /** First pair; may be null when the count is 0. */
    const rundruf_pair *meta;
    /** Number of pairs. */
    size_t meta_count;
    /** Bytes from one pair to the next. */
    size_t meta_stride;
};
/** Size in the first version. */
#define RUNDRUF_CONTENT_MIN_SIZE (offsetof(rundruf_content, meta_stride) + sizeof(((rundruf_content *)0)->meta_stride))

/** One recipient. Nothing in a message for one recipient may come from another. */
struct rundruf_recipient {
    /** Id of the message to this recipient: the same when it is sent again, so that the provider can drop a duplicate. */
    uint8_t message_id[16];
    /** Address in the channel's normal form. */
    rundruf_view address;
    /** URL where a POST ends the subscription; empty where there is no subscription. */
    rundruf_view unsubscribe_url;
    /** Values for the placeholders, side by side: a view never grows. May be null when the count is 0. */
    const rundruf_view *vars;
    /** Number of values. */
    size_t var_count;
    /** Number of the consent event that permits this message. */
    uint64_t permit;
    /** 1 for the first attempt. */
    uint32_t attempt;
    /** Reserved, 0. */
    uint32_t flags;
};
/** Size in the first version. */
#define RUNDRUF_RECIPIENT_MIN_SIZE (offsetof(rundruf_recipient, flags) + sizeof(((rundruf_recipient *)0)->flags))

/** A batch. Valid until its last index is completed or `close` has returned (clause *batch*). */
struct rundruf_batch {
    /** `sizeof` as the writer sees it. */
    uint32_t size;
    /** Which batch goes first. */
    rundruf_batch_priority priority;
    /** How the batch is to be treated; see RUNDRUF_MUST_UNDERSTAND. No bit has a meaning yet. */
    uint32_t flags;
    /** Reserved, 0. */
    uint32_t reserved;
    /** Id of the batch, for its outcomes. */
    uint64_t id;
    /** The content that all recipients get. */
    const rundruf_content *content;
    /** First recipient. */
    const rundruf_recipient *recipients;
    /** Number of recipients, at least 1. */
    size_t count;
    /** Bytes from one recipient to the next. */
    size_t stride;
    /** Unix time in milliseconds after which nothing of this batch may be begun; 0 = none. */
    int64_t deadline_ms;
};
/** Size in the first version. */
#define RUNDRUF_BATCH_MIN_SIZE (offsetof(rundruf_batch, deadline_ms) + sizeof(((rundruf_batch *)0)->deadline_ms))

/*
 * outcome
 *
 * The outcome of one message. Codes have classes: a host treats a code that it does not know by its hundreds.
 */

/** Outcome code: `1xx` sent, `2xx` try again, `3xx` never for this message, `4xx` unknown, `5xx` the account. */
typedef uint16_t rundruf_outcome_code;
/** The provider accepted the message. */
#define RUNDRUF_OUTCOME_CODE_SENT 100
/** The provider accepted the message, and it has already reached the person. */
#define RUNDRUF_OUTCOME_CODE_DELIVERED 101
/** A temporary refusal; `retry_after_ms` may say when. */
#define RUNDRUF_OUTCOME_CODE_RETRY 200
/** The message was not begun (its deadline or a drain came first): it may be sent again at once, and no attempt is counted. */
#define RUNDRUF_OUTCOME_CODE_UNTOUCHED 201
/** The address does not exist, or refuses permanently. */
#define RUNDRUF_OUTCOME_CODE_BAD_RECIPIENT 300
/** This content is refused, for every recipient. */
#define RUNDRUF_OUTCOME_CODE_BAD_CONTENT 301
/** The transport cannot do what the message needs. */
#define RUNDRUF_OUTCOME_CODE_UNSUPPORTED 302
/** The deadline had passed before the message was begun. */
#define RUNDRUF_OUTCOME_CODE_EXPIRED 303
/**
 * The person does not want messages of this sender any more, as the provider says (blocked, carrier's opt-out). The host records a withdrawal
 * for this address.
 */
#define RUNDRUF_OUTCOME_CODE_OPTED_OUT 304
/** The person's key or device is another one than before, and nothing was sent. The host holds this recipient and tells the admin. */
#define RUNDRUF_OUTCOME_CODE_IDENTITY_CHANGED 305
/** This channel does not reach the person, another one may. The host uses the person's next channel with a consent, if there is one. */
#define RUNDRUF_OUTCOME_CODE_ELSEWHERE 306
/** The message may have been sent or not: it is never reported as failed, and never repeated without a person's decision. */
#define RUNDRUF_OUTCOME_CODE_MAYBE_SENT 400
/** The plugin failed while it held the message. */
#define RUNDRUF_OUTCOME_CODE_INTERNAL 401
/** Credentials refused: stops the instance, not the recipient. The message was not sent. */
#define RUNDRUF_OUTCOME_CODE_ACCOUNT_AUTH 500
/** No credit left. The message was not sent. */
#define RUNDRUF_OUTCOME_CODE_ACCOUNT_CREDIT 501
/** The account's rate is exhausted; `retry_after_ms` may say until when. The message was not sent. */
#define RUNDRUF_OUTCOME_CODE_ACCOUNT_RATE 502

/** The outcome of one index of one batch. */
struct rundruf_outcome {
    /** Batch id as submitted. */
    uint64_t batch;
    /** Index in that batch. */
    uint32_t index;
    /** An rundruf_outcome_code. */
    rundruf_outcome_code code;
    /** Reserved, 0. */
    uint16_t flags;
    /** For `2xx` and `5xx`: do not try again before this many milliseconds; 0 = no opinion. */
    uint32_t retry_after_ms;
    /** The provider's own code (SMTP reply, HTTP status), 0 if there is none. */
    int32_t remote_code;
    /** The provider's id of the message (queue id, message id); at most 256 bytes are kept. */
    rundruf_view remote_id;
    /** One line for the admin, without the recipient's address; at most 512 bytes are kept. */
    rundruf_view detail;
    /**
     * The provider's ids where a message went out in several parts with an id each, side by side; `remote_id` is then the first of them or empty.
     * Receipts may name any of them. Null when the count is 0; at most 64 are kept.
     */
    const rundruf_view *remote_ids;
    /** Number of these ids. */
    size_t remote_id_count;
    /** What the message has cost, in millionths of the currency; 0 = not known. */
    uint64_t cost_micro;
    /** The currency of the cost: ISO 4217, such as `EUR`, filled with zeros. */
    uint8_t currency[4];
    /** Number of parts that the provider counts, such as of a long SMS; 0 = not known. */
    uint32_t parts;
};
/** Size in the first version. */
#define RUNDRUF_OUTCOME_MIN_SIZE (offsetof(rundruf_outcome, parts) + sizeof(((rundruf_outcome *)0)->parts))

/** A message of which the first byte is about to be sent. */
struct rundruf_begun {
    /** Batch id as submitted. */
    uint64_t batch;
    /** Index in that batch. */
    uint32_t index;
    /** Reserved, 0. */
    uint32_t reserved;
};
/** Size in the first version. */
#define RUNDRUF_BEGUN_MIN_SIZE (offsetof(rundruf_begun, reserved) + sizeof(((rundruf_begun *)0)->reserved))

/*
 * inbound
 *
 * Inbound: messages from people, and receipts.
 *
 * Both come in arrays. The host stores them in order and says in `stored` how many of the first ones it has: exactly these may be acknowledged to the
 * provider. The plugin keeps the others and hands them over again; a message with the same `remote_id`, and a receipt that says the same, is stored
 * once.
 *
 * Both are in the core, and not extensions: every channel has them, and a stop that is not heard is the worst fault of a transport.
 */

/** The kind of an inbound message. A message of an unknown kind is stored, decides nothing, and is read by a person. */
typedef uint32_t rundruf_inbound_kind;
/** A message with text. */
#define RUNDRUF_INBOUND_KIND_TEXT 0
/** A reaction to an earlier message; `text` is the emoji, empty if a reaction was taken back. */
#define RUNDRUF_INBOUND_KIND_REACTION 1
/** A new version of an earlier message; `text` is the new text. */
#define RUNDRUF_INBOUND_KIND_EDIT 2
/** The provider reports an opt-out of the person (carrier opt-out, blocked, complaint). */
#define RUNDRUF_INBOUND_KIND_OPT_OUT 3
/** The person has deleted an earlier message. */
#define RUNDRUF_INBOUND_KIND_DELETE 4
/** A place. `payload` is `LATITUDE,LONGITUDE` in decimal degrees, `text` its name or address. */
#define RUNDRUF_INBOUND_KIND_LOCATION 5
/** A button was pressed. `payload` is the id that was sent with the button, `text` its label. */
#define RUNDRUF_INBOUND_KIND_BUTTON 6
/** A vote. `payload` is the id of the poll, then the id of each chosen answer, one in a line; `text` is what a person reads. */
#define RUNDRUF_INBOUND_KIND_POLL 7

/** How certain the sender of an inbound message is. An unknown number means `UNSURE`. */
typedef uint32_t rundruf_sender_trust;
/** Anyone could have written it. */
#define RUNDRUF_SENDER_TRUST_UNSURE 0
/** The provider guarantees the sender. */
#define RUNDRUF_SENDER_TRUST_VOUCHED 1
/** The sender is proven by cryptography. */
#define RUNDRUF_SENDER_TRUST_PROVEN 2

/** A file that a person sent. Either `bytes` has its content, or `file` names it. */
struct rundruf_inbound_file {
    /** File name as the sender gave it; at most 255 bytes are kept. */
    rundruf_view name;
    /** Media type, such as `image/jpeg`. */
    rundruf_view media_type;
    /** Content of the file; empty if `file` names it, or if the plugin did not fetch it. */
    rundruf_view bytes;
    /** Name of a file in the state folder, without a folder: the plugin may remove it once the message is stored. */
    rundruf_view file;
    /** Size in bytes, also if the content is missing. */
    uint64_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /** Reserved, 0. */
    uint32_t reserved;
};
/** Size in the first version. */
#define RUNDRUF_INBOUND_FILE_MIN_SIZE (offsetof(rundruf_inbound_file, reserved) + sizeof(((rundruf_inbound_file *)0)->reserved))

/** An inbound message. The plugin acknowledges it to the provider only after the host has stored it. */
struct rundruf_inbound {
    /** The kind of message. */
    rundruf_inbound_kind kind;
    /** How certain the sender is. */
    rundruf_sender_trust sender_trust;
    /** See RUNDRUF_INBOUND_GROUP. A message with an unknown bit among the lower 16 is stored, decides nothing, and is read by a person. */
    uint32_t flags;
    /** Reserved, 0. */
    uint32_t reserved;
    /** Kind of address: `threema`, `sms`, …; one that the manifest names. */
    rundruf_view channel;
    /** Sender's address, in the channel's normal form. A message without a valid sender is refused with `BAD_ARGUMENT`. */
    rundruf_view from;
    /**
     * Other addresses of the same person on this channel, such as the UUID beside the number, side by side: a stop reaches each person who is known by
     * one of them. Null when the count is 0; at most 8 are looked at.
     */
    const rundruf_view *aliases;
    /** Number of these addresses. */
    size_t alias_count;
    /** The name that the person has given themselves; may be empty, at most 200 bytes are kept. */
    rundruf_view display_name;
    /** The provider's id of the conversation; empty where there is none but that with the sender. */
    rundruf_view conversation;
    /** Text; at most 64 KiB are kept. */
    rundruf_view text;
    /** What the kind says it is; at most 4 KiB are kept. */
    rundruf_view payload;
    /** The provider's id of the message; the same when it is handed over again. At most 256 bytes are kept. */
    rundruf_view remote_id;
    /** The provider's id of the message that this one answers, reacts to, edits or deletes; may be empty. */
    rundruf_view quoted_remote_id;
    /** The same as a message id of the host, 16 bytes, where the plugin knows it; may be empty. */
    rundruf_view quoted_message_id;
    /** First file; may be null when the count is 0. */
    const rundruf_inbound_file *attachments;
    /** Number of files; 32 are looked at. */
    size_t attachment_count;
    /** Bytes from one file to the next. */
    size_t attachment_stride;
    /** When it was sent according to the provider, in Unix milliseconds. */
    int64_t at_ms;
};
/** Several people read the conversation: the message never decides anything, and a person reads it. */
#define RUNDRUF_INBOUND_GROUP 1
/** Size in the first version. */
#define RUNDRUF_INBOUND_MIN_SIZE (offsetof(rundruf_inbound, at_ms) + sizeof(((rundruf_inbound *)0)->at_ms))

/** What a receipt reports. A receipt of an unknown kind is answered `OK` and ignored. */
typedef uint32_t rundruf_receipt_kind;
/** The message reached the device or mailbox. */
#define RUNDRUF_RECEIPT_KIND_DELIVERED 0
/** The person has read the message. */
#define RUNDRUF_RECEIPT_KIND_READ 1
/** The message bounced permanently. */
#define RUNDRUF_RECEIPT_KIND_BOUNCED 2
/** The person complained to the provider. */
#define RUNDRUF_RECEIPT_KIND_COMPLAINED 3

/** A receipt for a message sent earlier. */
struct rundruf_receipt {
    /** What the receipt reports. */
    rundruf_receipt_kind kind;
    /** Why, in the terms of outcomes; 0 if the provider does not say. `OPTED_OUT` is recorded as a withdrawal. */
    rundruf_outcome_code code;
    /** Reserved, 0. */
    uint16_t flags;
    /** Id of the message; all zero: `remote_id` names it. */
    uint8_t message_id[16];
    /** The provider's id of the message or of one of its parts, as in its outcome: for a plugin that does not keep message ids, and after a restart. */
    rundruf_view remote_id;
    /** When it happened, in Unix milliseconds. */
    int64_t at_ms;
    /** The provider's own code, 0 if there is none. */
    int32_t remote_code;
    /** Reserved, 0. */
    uint32_t reserved;
    /** One line for the admin, without an address; at most 512 bytes are kept. */
    rundruf_view detail;
};
/** Size in the first version. */
#define RUNDRUF_RECEIPT_MIN_SIZE (offsetof(rundruf_receipt, detail) + sizeof(((rundruf_receipt *)0)->detail))

/*
 * host
 *
 * The functions of the host for a plugin instance.
 */

/** How important a log line is. */
typedef uint32_t rundruf_log_level;
/** Something was lost or refused. */
#define RUNDRUF_LOG_LEVEL_ERROR 1
/** The admin should look at it. */
#define RUNDRUF_LOG_LEVEL_WARN 2
/** Start, stop and other rare events. */
#define RUNDRUF_LOG_LEVEL_INFO 3
/** For developers. */
#define RUNDRUF_LOG_LEVEL_DEBUG 4
/** For developers, in great detail. */
#define RUNDRUF_LOG_LEVEL_TRACE 5

/** Receives bytes from the callee, so that no memory changes its owner. */
struct rundruf_sink {
    /** Passed back as is. */
    void *ctx;
    /** Appends bytes; after any other status than `OK` the callee stops. */
    rundruf_status (*write)(void *ctx, const uint8_t *ptr, size_t len);
};

/**
 * Functions of the host. Lives until `close` has returned (clause *host*). All may be called from any thread, from `open` on, and none calls
 * back into the plugin. They need less than 16 KiB of stack. A function that is null is absent in this host; `complete` never is.
 *
 * While `open` runs they work as later. Where nobody can store a message yet, `inbound` and `receipt` answer `BUSY` at once: the plugin keeps it, and
 * no call waits for the end of `open`.
 */
struct rundruf_host_table {
    /** `sizeof` as the host sees it. */
    uint32_t size;
    /** Minor version of the host. */
    uint32_t minor;
    /** Passed back as is. */
    void *ctx;
    /**
     * Outcomes: exactly one for every index of every batch (clause *once*).
     * `OK`: taken. `BAD_ARGUMENT`: the array is not valid, nothing was taken. Every other status means the same as `OK`: outcomes are not handed over
     * again. Outcomes of indices that are not open are counted and ignored. A message that the host has given up is corrected by a later outcome.
     * `[any thread] [opened..closed]` borrows until return
     */
    rundruf_status (*complete)(void *ctx, const rundruf_outcome *outcomes, size_t count, size_t stride);
    /**
     * These messages are begun: called before their first byte is sent, by a plugin that says so (`TELLS_BEGUN` in its table). The limit of an outcome
     * then counts from here, and what was not begun when the process dies goes to the queue again.
     * `OK`: noted. `BAD_ARGUMENT`: the array is not valid. Whatever it answers, the plugin goes on.
     * `[any thread] [opened..closed]` borrows until return
     */
    rundruf_status (*begun)(void *ctx, const rundruf_begun *begun, size_t count, size_t stride);
    /**
     * Inbound messages. The first `stored` of them are stored durably and may be acknowledged to the provider; the others are kept by the plugin.
     * `OK`: all are stored. `BUSY`: hand the others over again after a while. `BAD_ARGUMENT`: the message behind the stored ones can never be stored
     * (no valid sender, a channel that the manifest does not name); the log says why, and the plugin goes on behind it. `UNSUPPORTED`: the manifest
     * does not claim `inbound`; nothing is stored, now and later. `stored` may be null.
     * `[any thread, may wait for the disk, 20 s at most] [opened..closed]` borrows until return
     */
    rundruf_status (*inbound)(void *ctx, const rundruf_inbound *messages, size_t count, size_t stride, size_t *stored);
    /**
     * Receipts, with the statuses of `inbound`; the manifest claims them by `receipts`. One about an unknown message is `BUSY` for a minute, because
     * its outcome may still be on the way, and `OK` from then on.
     * `[any thread, may wait for the disk, 20 s at most] [opened..closed]` borrows until return
     */
    rundruf_status (*receipt)(void *ctx, const rundruf_receipt *receipts, size_t count, size_t stride, size_t *stored);
    /**
     * After `BUSY` from `submit`: there is room again.
     * `[any thread] [opened..closed]`
     */
    void (*ready)(void *ctx);
    /**
     * A log line. Addresses and texts of people do not belong here.
     * `[any thread] [opened..closed]` borrows until return
     */
    void (*log)(void *ctx, rundruf_log_level level, rundruf_view target, rundruf_view message);
    /**
     * Returns the table of an extension by its id, such as `rundruf.media/1`; null if this host does not have it, or if the manifest does not claim
     * the capability that it needs.
     * `[any thread] [opened..closed]`
     */
    const void *(*extension)(void *ctx, rundruf_view id);
};
/** Size in the first version. */
#define RUNDRUF_HOST_TABLE_MIN_SIZE (offsetof(rundruf_host_table, extension) + sizeof(((rundruf_host_table *)0)->extension))

/*
 * transport
 *
 * The functions of a plugin.
 */

/** What an instance is opened with. */
struct rundruf_open_args {
    /** `sizeof` as the host sees it. */
    uint32_t size;
    /** Number of worker threads that the plugin may use, at least 1. */
    uint32_t threads;
    /** The admin's section as JSON, already checked against the plugin's schema; secrets are filled in. */
    rundruf_view config;
    /** Name of the transport in the admin's file, for log lines. */
    rundruf_view name;
    /**
     * The state folder of this instance, an absolute path. The names `orphan.journal` and `orphan.journal.new` in it are the host's; beside it the
     * host keeps the same path with `.lock`, `.pid` and `.paused`.
     */
    rundruf_view state_dir;
    /** Most messages that the host will have outstanding at once; one batch may be larger while the plugin holds nothing. */
    uint32_t window;
    /** See RUNDRUF_OPEN_ARGS_SETUP. Other bits are reserved, 0. */
    uint32_t flags;
};
/** It is opened for its set-up alone (`rundruf.setup/1`). */
#define RUNDRUF_OPEN_ARGS_SETUP UINT32_C(0x00010000)
/** Size in the first version. */
#define RUNDRUF_OPEN_ARGS_MIN_SIZE (offsetof(rundruf_open_args, flags) + sizeof(((rundruf_open_args *)0)->flags))

/**
 * Functions of a transport. Everything but `open` and `close` may be called from several threads at once and returns within
 * a millisecond. Lives for ever (clause *static*).
 */
struct rundruf_transport_table {
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** See RUNDRUF_TRANSPORT_TABLE_TELLS_BEGUN. Other bits are reserved, 0. */
    uint32_t flags;
    /**
     * Opens an instance. On failure the reason goes to `error`, in one line.
     * `OK`: opened. `BAD_CONFIG`: the settings are wrong; the admin reads the reason. Everything else: not now, such as a provider that cannot be
     * reached. In each case it is tried again, with growing pauses, until the admin changes something; broken settings are refused at a reload.
     * `[one call at a time, 30 s at most] [loaded]` borrows `args`; `host` lives until `close` has returned
     */
    rundruf_status (*open)(const rundruf_host_table *host, const rundruf_open_args *args, void **instance, rundruf_sink *error);
    /**
     * Accepts a whole batch or nothing of it.
     * `OK`: accepted. `BUSY`: nothing now; `ready` follows, and without it the host tries again after a while. `CLOSED`: nothing any more; the
     * messages go to the queue. `UNSUPPORTED`: a flag that must be understood is not; every message fails with this reason. Every other status is a
     * fault: nothing was accepted, and the messages are tried again later, as after a temporary refusal.
     * `[any thread] [opened]` the batch lives until its last outcome (clause *batch*)
     */
    rundruf_status (*submit)(void *instance, const rundruf_batch *batch);
    /**
     * Begins no further message: messages that were not begun are completed as `UNTOUCHED`, the others are finished within this many milliseconds.
     * Returns at once. It comes before `close`, but not always: a plugin that is closed without it does the same. A second call changes the time.
     * The status is not looked at.
     * `[any thread] [opened]`
     */
    rundruf_status (*drain)(void *instance, uint64_t within_ms);
    /**
     * Ends the instance. It is called in every way of running a plugin, once, also after a failed `drain`. Messages without an outcome are completed
     * before it returns. No host function is called after it has returned.
     * `[one call, until the end of the drain's time, 3 s at least] [opened → closed]`
     */
    void (*close)(void *instance);
    /**
     * Returns the table of an extension by its id; null if the plugin does not have it. May be null itself.
     * `[any thread] [opened]`
     */
    const void *(*extension)(void *instance, rundruf_view id);
};
/** The plugin calls `begun` before it sends a message. One that does not should hold little: its limit counts from `submit`. */
#define RUNDRUF_TRANSPORT_TABLE_TELLS_BEGUN UINT32_C(0x00010000)
/** Size in the first version. */
#define RUNDRUF_TRANSPORT_TABLE_MIN_SIZE (offsetof(rundruf_transport_table, extension) + sizeof(((rundruf_transport_table *)0)->extension))

/*
 * lookup
 *
 * Extension `rundruf.lookup/1`: the host asks whether addresses can be reached, and nothing is sent to them.
 *
 * The host asks an instance for it by `TransportTable::extension` and gets a `LookupTable`; the plugin asks the host by
 * `HostTable::extension` and gets a `LookupHost`. The one that does not know the name answers null, and both go on without it.
 * A plugin that looks addresses up somewhere says so in its label, under `lookup_leaks`.
 */

/** Id of the extension, asked for in both directions. */
#define RUNDRUF_LOOKUP "rundruf.lookup/1"

/** Whether an address can be reached. An unknown number means `UNKNOWN`. */
typedef uint32_t rundruf_reach;
/** The provider does not say, or not now. */
#define RUNDRUF_REACH_UNKNOWN 0
/** The provider knows the address. */
#define RUNDRUF_REACH_YES 1
/** The address does not exist. */
#define RUNDRUF_REACH_NO 2

/** An address in its normal form. */
struct rundruf_address {
    /** Kind of address, as in the manifest: `email`, `sms`, … */
    rundruf_view channel;
    /** The address. */
    rundruf_view value;
};
/** Size in the first version. */
#define RUNDRUF_ADDRESS_MIN_SIZE (offsetof(rundruf_address, value) + sizeof(((rundruf_address *)0)->value))

/** A lookup of addresses, 256 at most. */
struct rundruf_lookup {
    /** `sizeof` as the host sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /** Id of the lookup, for its answers. */
    uint64_t id;
    /** The addresses. */
    const rundruf_address *addresses;
    /** Number of addresses, at least 1. */
    size_t count;
    /** Bytes from one address to the next. */
    size_t stride;
};
/** Size in the first version. */
#define RUNDRUF_LOOKUP_MIN_SIZE (offsetof(rundruf_lookup, stride) + sizeof(((rundruf_lookup *)0)->stride))

/** The answer for one address of one lookup. */
struct rundruf_lookup_answer {
    /** Id of the lookup. */
    uint64_t lookup;
    /** Index of the address. */
    uint32_t index;
    /** Whether it can be reached. */
    rundruf_reach reach;
    /** One line for the admin, without the address; at most 512 bytes are kept. */
    rundruf_view detail;
};
/** Size in the first version. */
#define RUNDRUF_LOOKUP_ANSWER_MIN_SIZE (offsetof(rundruf_lookup_answer, detail) + sizeof(((rundruf_lookup_answer *)0)->detail))

/** What a plugin offers under RUNDRUF_LOOKUP. Lives for ever (clause *static*). */
struct rundruf_lookup_table {
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /**
     * Accepts a lookup and returns within a millisecond. After `OK` the answers come later, through rundruf_lookup_host.answer, once for each
     * index and in any order; an answer that does not come in time counts as unknown.
     * `[any thread] [opened]` borrows until return
     */
    rundruf_status (*begin)(void *instance, const rundruf_lookup *lookup);
};
/** Size in the first version. */
#define RUNDRUF_LOOKUP_TABLE_MIN_SIZE (offsetof(rundruf_lookup_table, begin) + sizeof(((rundruf_lookup_table *)0)->begin))

/** What a host offers under RUNDRUF_LOOKUP. Lives until `close` has returned (clause *host*). */
struct rundruf_lookup_host {
    /** `sizeof` as the host sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /**
     * Answers a lookup. `ctx` is that of the host's table. A second answer for an index, and one that was not asked for, are ignored.
     * `[any thread] [opened..closed]` borrows until return
     */
    rundruf_status (*answer)(void *ctx, const rundruf_lookup_answer *answers, size_t count, size_t stride);
};
/** Size in the first version. */
#define RUNDRUF_LOOKUP_HOST_MIN_SIZE (offsetof(rundruf_lookup_host, answer) + sizeof(((rundruf_lookup_host *)0)->answer))

/*
 * recall
 *
 * Extension `rundruf.recall/1`: the host asks messages back that were not begun, so that a stop, a pause or a cancel arrives in time.
 *
 * The host asks an instance for it by `TransportTable::extension` and gets a `RecallTable`. A plugin without it answers null; the host
 * then gives it little at once.
 */

/** Id of the extension, asked for at the plugin. */
#define RUNDRUF_RECALL "rundruf.recall/1"

/** What a plugin offers under RUNDRUF_RECALL. Lives for ever (clause *static*). */
struct rundruf_recall_table {
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /**
     * Begins none of these messages any more: those that were not begun are completed as `UNTOUCHED`, soon and through `complete`; the others
     * are finished and keep their own outcome. `indices` are indices of the batch; null with a `count` of 0 means all of it. Indices and
     * batches that are not open are ignored. Returns at once; other batches and later ones are not concerned.
     * `[any thread] [opened]` borrows until return
     */
    rundruf_status (*recall)(void *instance, uint64_t batch, const uint32_t *indices, size_t count);
};
/** Size in the first version. */
#define RUNDRUF_RECALL_TABLE_MIN_SIZE (offsetof(rundruf_recall_table, recall) + sizeof(((rundruf_recall_table *)0)->recall))

/*
 * webhook
 *
 * Extension `rundruf.webhook/1`: a provider calls back over HTTP. The daemon's public listener takes the request, hands it over as it came, and
 * answers what the plugin says.
 *
 * The host asks an instance for it by `TransportTable::extension` and gets a `WebhookTable`; the plugin asks the host by
 * `HostTable::extension` and gets a `WebhookHost`. The manifest claims the capability `webhook`. The address is `/hook/NAME` below the daemon's
 * public address, `NAME` being the transport's; what follows it is the plugin's own. Anybody can send a request there: whether it is the provider's
 * is for the plugin to find out first, by a signature over the raw body or a secret in the path. A plugin answers with success only after
 * `HostTable::inbound` or `HostTable::receipt` has said `OK`: the provider then never sends it again.
 */

/** Id of the extension, asked for in both directions. */
#define RUNDRUF_WEBHOOK "rundruf.webhook/1"

/** A header of a request. Names are in lower case; a name may come more than once. */
struct rundruf_header {
    /** Name, in lower case. */
    rundruf_view name;
    /** Value, as it came: not necessarily UTF-8. */
    rundruf_view value;
};
/** Size in the first version. */
#define RUNDRUF_HEADER_MIN_SIZE (offsetof(rundruf_header, value) + sizeof(((rundruf_header *)0)->value))

/** A request of a provider, or of somebody who claims to be one. */
struct rundruf_webhook_request {
    /** `sizeof` as the host sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /** Id of the request, for its answer. */
    uint64_t id;
    /** `GET` or `POST`. */
    rundruf_view method;
    /** What follows `/hook/NAME`, not decoded: empty, or it begins with a slash. */
    rundruf_view path;
    /** What follows the question mark, not decoded. */
    rundruf_view query;
    /** Address of the client, or of the one that a reverse proxy on this machine names. */
    rundruf_view source;
    /** The body as it came; 1 MiB at most. */
    rundruf_view body;
    /** The headers; 100 at most. */
    const rundruf_header *headers;
    /** Number of headers. */
    size_t header_count;
    /** Bytes from one header to the next. */
    size_t header_stride;
};
/** Size in the first version. */
#define RUNDRUF_WEBHOOK_REQUEST_MIN_SIZE (offsetof(rundruf_webhook_request, header_stride) + sizeof(((rundruf_webhook_request *)0)->header_stride))

/** What the provider is answered. */
struct rundruf_webhook_response {
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** HTTP status, 200 to 599; anything else becomes 500. */
    uint32_t status;
    /** Id of the request. */
    uint64_t id;
    /** Media type of the body; empty for plain text. */
    rundruf_view media_type;
    /** The body; at most 64 KiB are sent. */
    rundruf_view body;
};
/** Size in the first version. */
#define RUNDRUF_WEBHOOK_RESPONSE_MIN_SIZE (offsetof(rundruf_webhook_response, body) + sizeof(((rundruf_webhook_response *)0)->body))

/** What a plugin offers under RUNDRUF_WEBHOOK. Lives for ever (clause *static*). */
struct rundruf_webhook_table {
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /**
     * Accepts a request and returns within a millisecond. After `OK` the answer comes later, through rundruf_webhook_host.answer. Without an answer
     * within 20 s, and after any other status, the provider gets 503 and tries again.
     * `[any thread] [opened]` borrows until return
     */
    rundruf_status (*request)(void *instance, const rundruf_webhook_request *request);
};
/** Size in the first version. */
#define RUNDRUF_WEBHOOK_TABLE_MIN_SIZE (offsetof(rundruf_webhook_table, request) + sizeof(((rundruf_webhook_table *)0)->request))

/** What a host offers under RUNDRUF_WEBHOOK. Lives until `close` has returned (clause *host*). */
struct rundruf_webhook_host {
    /** `sizeof` as the host sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /**
     * Answers a request. `ctx` is that of the host's table. A second answer, and one that was not asked for, are ignored.
     * `[any thread] [opened..closed]` borrows until return
     */
    rundruf_status (*answer)(void *ctx, const rundruf_webhook_response *response);
};
/** Size in the first version. */
#define RUNDRUF_WEBHOOK_HOST_MIN_SIZE (offsetof(rundruf_webhook_host, answer) + sizeof(((rundruf_webhook_host *)0)->answer))

/*
 * forget
 *
 * Extension `rundruf.forget/1`: a person's addresses leave what the plugin keeps: caches, keys, maps, files (GDPR Art. 17).
 *
 * The host asks an instance for it by `TransportTable::extension` and gets a `ForgetTable`; the plugin asks the host by
 * `HostTable::extension` and gets a `ForgetHost`. The manifest claims the capability `forget`. It is an extension because a plugin that keeps
 * nothing about people has nothing to forget; one that keeps a key, a file or a map for each recipient should have it. The host asks when a person
 * is erased, and asks again until the answer is `OK`, also after restarts of both: the same addresses may therefore come more than once.
 */

/** Id of the extension, asked for in both directions. */
#define RUNDRUF_FORGET "rundruf.forget/1"

/** Addresses to forget, 256 at most. */
struct rundruf_forget {
    /** `sizeof` as the host sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /** Id of the request, for its answer. */
    uint64_t id;
    /** The addresses, each in its normal form, and the older ones of the same person that the host knows. */
    const rundruf_address *addresses;
    /** Number of addresses, at least 1. */
    size_t count;
    /** Bytes from one address to the next. */
    size_t stride;
};
/** Size in the first version. */
#define RUNDRUF_FORGET_MIN_SIZE (offsetof(rundruf_forget, stride) + sizeof(((rundruf_forget *)0)->stride))

/** Whether addresses are forgotten. */
struct rundruf_forgotten {
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** `OK`: nothing that the plugin keeps names them any more, and that is on disk. Everything else: not now; the host asks again. */
    rundruf_status status;
    /** Id of the request. */
    uint64_t id;
    /** Why not, in one line for the admin, without the address; at most 512 bytes are kept. */
    rundruf_view detail;
};
/** Size in the first version. */
#define RUNDRUF_FORGOTTEN_MIN_SIZE (offsetof(rundruf_forgotten, detail) + sizeof(((rundruf_forgotten *)0)->detail))

/** What a plugin offers under RUNDRUF_FORGET. Lives for ever (clause *static*). */
struct rundruf_forget_table {
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /**
     * Accepts addresses to forget and returns within a millisecond. After `OK` the answer comes later, through rundruf_forget_host.answer. Without one
     * within 10 s, and after any other status, the host asks again later.
     * `[any thread] [opened]` borrows until return
     */
    rundruf_status (*forget)(void *instance, const rundruf_forget *forget);
};
/** Size in the first version. */
#define RUNDRUF_FORGET_TABLE_MIN_SIZE (offsetof(rundruf_forget_table, forget) + sizeof(((rundruf_forget_table *)0)->forget))

/** What a host offers under RUNDRUF_FORGET. Lives until `close` has returned (clause *host*). */
struct rundruf_forget_host {
    /** `sizeof` as the host sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /**
     * Answers a request. `ctx` is that of the host's table. A second answer, and one that was not asked for, are ignored.
     * `[any thread] [opened..closed]` borrows until return
     */
    rundruf_status (*answer)(void *ctx, const rundruf_forgotten *forgotten);
};
/** Size in the first version. */
#define RUNDRUF_FORGET_HOST_MIN_SIZE (offsetof(rundruf_forget_host, answer) + sizeof(((rundruf_forget_host *)0)->answer))

/*
 * health
 *
 * Extension `rundruf.health/1`: whether the provider's account works, what is left of it, and whether the plugin hears what comes in.
 *
 * The host asks an instance for it by `TransportTable::extension` and gets a `HealthTable`; the plugin asks the host by
 * `HostTable::extension` and gets a `HealthHost`. The manifest claims the capability `health`. It is an extension because a plugin without an
 * account and without a way in, such as one that writes files, has nothing to say. The host asks every few minutes; the admin sees the answer, and
 * is told when the account is not ready, credits fall below the alarm, or nothing is heard any more. A plugin that is deaf loses each STOP:
 * broadcasts whose text promises a stop by reply wait until it hears again.
 */

/** Id of the extension, asked for in both directions. */
#define RUNDRUF_HEALTH "rundruf.health/1"

/** Whether the account works. An unknown number means `UNKNOWN`. */
typedef uint32_t rundruf_readiness;
/** The provider could not be asked. */
#define RUNDRUF_READINESS_UNKNOWN 0
/** The provider takes messages. */
#define RUNDRUF_READINESS_READY 1
/** The provider refuses the account, or something is missing; `detail` says what. */
#define RUNDRUF_READINESS_NOT_READY 2

/** Whether what comes in arrives. An unknown number means `UNKNOWN`. */
typedef uint32_t rundruf_hearing;
/** There is no proof in either direction, as with a channel on which nobody has ever written. */
#define RUNDRUF_HEARING_UNKNOWN 0
/** There is proof that what comes in arrives; `heard_by` says which. */
#define RUNDRUF_HEARING_HEARS 1
/** What comes in is lost, or there is no proof for longer than the plugin allows; `detail` says why. */
#define RUNDRUF_HEARING_DEAF 2

/** The state of the account, and of the way in. */
struct rundruf_health {
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** Whether the account works. */
    rundruf_readiness readiness;
    /** Id of the question. */
    uint64_t id;
    /** Whether what comes in arrives. */
    rundruf_hearing hearing;
    /** See the constants. */
    uint32_t flags;
    /** Why it is not ready or deaf, in one line for the admin; at most 512 bytes are kept, here and in the other texts. */
    rundruf_view detail;
    /** The account at the provider, such as the sender's id; empty if there is none. */
    rundruf_view account;
    /** Version of the remote program; empty if it does not say. */
    rundruf_view remote_version;
    /** Limits of the provider, in words: `40 messages/s`. */
    rundruf_view limits;
    /** Credits that are left, in millionths of the currency; counts with `HAS_CREDITS`. */
    int64_t credits_micro;
    /** The admin is told when fewer credits are left, in millionths; counts with `HAS_ALARM`. */
    int64_t alarm_micro;
    /** Currency of both (ISO 4217), padded with zeros; all zero for credits without a currency. */
    uint8_t currency[4];
    /** Reserved, 0. */
    uint32_t reserved;
    /** When something was heard last, in Unix milliseconds; 0 for never. */
    int64_t heard_at_ms;
    /** The proof of it, in words: `a callback`, `a message to oneself`. */
    rundruf_view heard_by;
};
/** `credits_micro` is known. */
#define RUNDRUF_HEALTH_HAS_CREDITS UINT32_C(0x00010000)
/** `alarm_micro` is set. */
#define RUNDRUF_HEALTH_HAS_ALARM UINT32_C(0x00020000)
/** Size in the first version. */
#define RUNDRUF_HEALTH_MIN_SIZE (offsetof(rundruf_health, heard_by) + sizeof(((rundruf_health *)0)->heard_by))

/** What a plugin offers under RUNDRUF_HEALTH. Lives for ever (clause *static*). */
struct rundruf_health_table {
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /**
     * Accepts the question and returns within a millisecond. After `OK` the answer comes later, through rundruf_health_host.answer. Without one within
     * 20 s, and after any other status, the state is unknown. Asked every few minutes: a plugin that must spare its provider answers what it knows.
     * `[any thread] [opened]`
     */
    rundruf_status (*ask)(void *instance, uint64_t id);
};
/** Size in the first version. */
#define RUNDRUF_HEALTH_TABLE_MIN_SIZE (offsetof(rundruf_health_table, ask) + sizeof(((rundruf_health_table *)0)->ask))

/** What a host offers under RUNDRUF_HEALTH. Lives until `close` has returned (clause *host*). */
struct rundruf_health_host {
    /** `sizeof` as the host sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /**
     * Answers a question. `ctx` is that of the host's table. A second answer, and one that was not asked for, are ignored.
     * `[any thread] [opened..closed]` borrows until return
     */
    rundruf_status (*answer)(void *ctx, const rundruf_health *health);
};
/** Size in the first version. */
#define RUNDRUF_HEALTH_HOST_MIN_SIZE (offsetof(rundruf_health_host, answer) + sizeof(((rundruf_health_host *)0)->answer))

/*
 * setup
 *
 * Extension `rundruf.setup/1`: the admin sets an account up, step by step: linking, registering, making keys.
 *
 * The host asks an instance for it by `TransportTable::extension` and gets a `SetupTable`; the plugin asks the host by
 * `HostTable::extension` and gets a `SetupHost`. The manifest claims the capability `setup`. It is an extension because most transports need
 * nothing but their settings. The instance is opened for this alone, with `OpenArgs::SETUP`: it gets no message and reports none, it leaves out what
 * needs an account, and a file that a setting names may be missing, because the set-up is to make it. It has a state folder of its own, which is
 * removed afterwards: what is to stay is a step of kind `FILE`.
 */

/** Id of the extension, asked for in both directions. */
#define RUNDRUF_SETUP "rundruf.setup/1"

/** What a step is. An unknown number ends the set-up. */
typedef uint32_t rundruf_setup_kind;
/** It cannot go on; `text` says why, and what to do. */
#define RUNDRUF_SETUP_KIND_FAILED 0
/** It is over; `text` says what comes next. */
#define RUNDRUF_SETUP_KIND_DONE 1
/** The admin reads `text` and sees `qr`, if there is one; the next step follows at once. */
#define RUNDRUF_SETUP_KIND_SHOW 2
/** The admin answers the question `text`. */
#define RUNDRUF_SETUP_KIND_ASK 3
/** The same, and nobody sees what is typed. */
#define RUNDRUF_SETUP_KIND_ASK_SECRET 4
/** The host writes `bytes` to the file that the setting `setting` names, readable for its owner alone. A file that exists is never replaced. */
#define RUNDRUF_SETUP_KIND_FILE 5
/** The plugin waits for the provider or the admin: the host asks again after `wait_ms`. */
#define RUNDRUF_SETUP_KIND_WAIT 6

/** The admin's answer to a step; the host asks for the next one. */
struct rundruf_setup_answer {
    /** `sizeof` as the host sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /** Id of the request, for the next step. */
    uint64_t id;
    /** Name of the step that is over; empty at the beginning. */
    rundruf_view step;
    /** What the admin answered, 4 KiB at most; the path of a file that was written; empty for other kinds. */
    rundruf_view answer;
};
/** Size in the first version. */
#define RUNDRUF_SETUP_ANSWER_MIN_SIZE (offsetof(rundruf_setup_answer, answer) + sizeof(((rundruf_setup_answer *)0)->answer))

/** The next step. */
struct rundruf_setup_step {
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** What it is. */
    rundruf_setup_kind kind;
    /** Id of the request. */
    uint64_t id;
    /** Name of the step; comes back with its answer. At most 64 bytes. */
    rundruf_view name;
    /** What the admin reads; at most 4 KiB. The German of it is in the manifest, under `messages`. */
    rundruf_view text;
    /** What a QR code is to hold, with `SHOW`; at most 1 KiB, and empty for none. The host shows it as text as well. */
    rundruf_view qr;
    /** Key of the setting that names the file, with `FILE`. */
    rundruf_view setting;
    /** What is to be in the file, with `FILE`; at most 64 KiB. */
    rundruf_view bytes;
    /** With `WAIT`: after how many milliseconds the host asks again, 60,000 at most. */
    uint32_t wait_ms;
    /** Reserved, 0. */
    uint32_t reserved;
};
/** Size in the first version. */
#define RUNDRUF_SETUP_STEP_MIN_SIZE (offsetof(rundruf_setup_step, reserved) + sizeof(((rundruf_setup_step *)0)->reserved))

/** What a plugin offers under RUNDRUF_SETUP. Lives for ever (clause *static*). */
struct rundruf_setup_table {
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /**
     * Accepts the answer to a step and returns within a millisecond. After `OK` the next step comes later, through rundruf_setup_host.answer. Without one
     * within 120 s, and after any other status, the set-up is over. There are 1,000 steps at most.
     * `[any thread] [opened]` borrows until return
     */
    rundruf_status (*next)(void *instance, const rundruf_setup_answer *answer);
};
/** Size in the first version. */
#define RUNDRUF_SETUP_TABLE_MIN_SIZE (offsetof(rundruf_setup_table, next) + sizeof(((rundruf_setup_table *)0)->next))

/** What a host offers under RUNDRUF_SETUP. Lives until `close` has returned (clause *host*). */
struct rundruf_setup_host {
    /** `sizeof` as the host sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /**
     * Brings the next step. `ctx` is that of the host's table. A second one, and one that was not asked for, are ignored.
     * `[any thread] [opened..closed]` borrows until return
     */
    rundruf_status (*answer)(void *ctx, const rundruf_setup_step *step);
};
/** Size in the first version. */
#define RUNDRUF_SETUP_HOST_MIN_SIZE (offsetof(rundruf_setup_host, answer) + sizeof(((rundruf_setup_host *)0)->answer))

/*
 * entry
 *
 * The one exported symbol and what it returns.
 */

/** Name of the exported function, with its terminating NUL. The major in the name is the first that will be frozen. */
#define RUNDRUF_ENTRY_SYMBOL "rundruf_plugin_v1"

/** First field of every rundruf_entry: "RUN" and a byte that says which shape follows. */
#define RUNDRUF_MAGIC UINT32_C(0x52554E01)

/** Type of the exported function. It has no effect, may be called any number of times and always returns the same pointer. */
typedef const rundruf_entry *(*rundruf_entry_fn)(void);

/** The exported function: what a plugin defines. */
RUNDRUF_EXPORT const rundruf_entry *rundruf_plugin_v1(void);

/** Describes a library. Lives for ever (clause *static*). */
struct rundruf_entry {
    /** RUNDRUF_MAGIC. */
    uint32_t magic;
    /** Version of the header it was compiled with. */
    rundruf_abi_version abi;
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** See RUNDRUF_ENTRY_PANIC_ABORT and its neighbours. */
    uint32_t flags;
    /** Compiler, for diagnostics only. */
    rundruf_view toolchain;
    /** The transport. */
    const rundruf_descriptor *descriptor;
};
/** A panic ends the process: such a library is never run in-process. */
#define RUNDRUF_ENTRY_PANIC_ABORT 1
/** Contains a Go runtime: such a library is never run in-process. */
#define RUNDRUF_ENTRY_GO_RUNTIME 2
/** Size in the first version. */
#define RUNDRUF_ENTRY_MIN_SIZE (offsetof(rundruf_entry, descriptor) + sizeof(((rundruf_entry *)0)->descriptor))

/** The transport in a library. Lives for ever (clause *static*). */
struct rundruf_descriptor {
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /** Id, equal to the manifest's. */
    rundruf_view id;
    /** Version, equal to the manifest's. */
    rundruf_view version;
    /** The functions. */
    const rundruf_transport_table *table;
};
/** Size in the first version. */
#define RUNDRUF_DESCRIPTOR_MIN_SIZE (offsetof(rundruf_descriptor, table) + sizeof(((rundruf_descriptor *)0)->table))

/*
 * The layout that the host uses on machines of 64 bits. A compiler with another layout must not build plugins.
 */
#if UINTPTR_MAX > UINT32_MAX

RUNDRUF_ASSERT(sizeof(rundruf_abi_version) == 4, "size of rundruf_abi_version");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_abi_version) == 2, "alignment of rundruf_abi_version");
RUNDRUF_ASSERT(offsetof(rundruf_abi_version, major) == 0, "place of rundruf_abi_version.major");
RUNDRUF_ASSERT(offsetof(rundruf_abi_version, minor) == 2, "place of rundruf_abi_version.minor");

RUNDRUF_ASSERT(sizeof(rundruf_view) == 16, "size of rundruf_view");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_view) == 8, "alignment of rundruf_view");
RUNDRUF_ASSERT(offsetof(rundruf_view, ptr) == 0, "place of rundruf_view.ptr");
RUNDRUF_ASSERT(offsetof(rundruf_view, len) == 8, "place of rundruf_view.len");

RUNDRUF_ASSERT(sizeof(rundruf_segment) == 24, "size of rundruf_segment");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_segment) == 8, "alignment of rundruf_segment");
RUNDRUF_ASSERT(offsetof(rundruf_segment, literal) == 0, "place of rundruf_segment.literal");
RUNDRUF_ASSERT(offsetof(rundruf_segment, var) == 16, "place of rundruf_segment.var");
RUNDRUF_ASSERT(offsetof(rundruf_segment, reserved) == 20, "place of rundruf_segment.reserved");

RUNDRUF_ASSERT(sizeof(rundruf_template) == 24, "size of rundruf_template");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_template) == 8, "alignment of rundruf_template");
RUNDRUF_ASSERT(offsetof(rundruf_template, segments) == 0, "place of rundruf_template.segments");
RUNDRUF_ASSERT(offsetof(rundruf_template, count) == 8, "place of rundruf_template.count");
RUNDRUF_ASSERT(offsetof(rundruf_template, stride) == 16, "place of rundruf_template.stride");

RUNDRUF_ASSERT(sizeof(rundruf_attachment) == 128, "size of rundruf_attachment");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_attachment) == 8, "alignment of rundruf_attachment");
RUNDRUF_ASSERT(offsetof(rundruf_attachment, name) == 0, "place of rundruf_attachment.name");
RUNDRUF_ASSERT(offsetof(rundruf_attachment, media_type) == 16, "place of rundruf_attachment.media_type");
RUNDRUF_ASSERT(offsetof(rundruf_attachment, bytes) == 32, "place of rundruf_attachment.bytes");
RUNDRUF_ASSERT(offsetof(rundruf_attachment, url) == 48, "place of rundruf_attachment.url");
RUNDRUF_ASSERT(offsetof(rundruf_attachment, file) == 64, "place of rundruf_attachment.file");
RUNDRUF_ASSERT(offsetof(rundruf_attachment, digest) == 80, "place of rundruf_attachment.digest");
RUNDRUF_ASSERT(offsetof(rundruf_attachment, size) == 112, "place of rundruf_attachment.size");
RUNDRUF_ASSERT(offsetof(rundruf_attachment, flags) == 120, "place of rundruf_attachment.flags");
RUNDRUF_ASSERT(offsetof(rundruf_attachment, reserved) == 124, "place of rundruf_attachment.reserved");

RUNDRUF_ASSERT(sizeof(rundruf_pair) == 32, "size of rundruf_pair");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_pair) == 8, "alignment of rundruf_pair");
RUNDRUF_ASSERT(offsetof(rundruf_pair, key) == 0, "place of rundruf_pair.key");
RUNDRUF_ASSERT(offsetof(rundruf_pair, value) == 16, "place of rundruf_pair.value");

RUNDRUF_ASSERT(sizeof(rundruf_content) == 176, "size of rundruf_content");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_content) == 8, "alignment of rundruf_content");
RUNDRUF_ASSERT(offsetof(rundruf_content, size) == 0, "place of rundruf_content.size");
RUNDRUF_ASSERT(offsetof(rundruf_content, class_) == 4, "place of rundruf_content.class_");
RUNDRUF_ASSERT(offsetof(rundruf_content, flags) == 8, "place of rundruf_content.flags");
RUNDRUF_ASSERT(offsetof(rundruf_content, reserved) == 12, "place of rundruf_content.reserved");
RUNDRUF_ASSERT(offsetof(rundruf_content, content_id) == 16, "place of rundruf_content.content_id");
RUNDRUF_ASSERT(offsetof(rundruf_content, channel) == 24, "place of rundruf_content.channel");
RUNDRUF_ASSERT(offsetof(rundruf_content, language) == 40, "place of rundruf_content.language");
RUNDRUF_ASSERT(offsetof(rundruf_content, subject) == 56, "place of rundruf_content.subject");
RUNDRUF_ASSERT(offsetof(rundruf_content, text) == 80, "place of rundruf_content.text");
RUNDRUF_ASSERT(offsetof(rundruf_content, html) == 104, "place of rundruf_content.html");
RUNDRUF_ASSERT(offsetof(rundruf_content, attachments) == 128, "place of rundruf_content.attachments");
RUNDRUF_ASSERT(offsetof(rundruf_content, attachment_count) == 136, "place of rundruf_content.attachment_count");
RUNDRUF_ASSERT(offsetof(rundruf_content, attachment_stride) == 144, "place of rundruf_content.attachment_stride");
RUNDRUF_ASSERT(offsetof(rundruf_content, meta) == 152, "place of rundruf_content.meta");
RUNDRUF_ASSERT(offsetof(rundruf_content, meta_count) == 160, "place of rundruf_content.meta_count");
RUNDRUF_ASSERT(offsetof(rundruf_content, meta_stride) == 168, "place of rundruf_content.meta_stride");

RUNDRUF_ASSERT(sizeof(rundruf_recipient) == 80, "size of rundruf_recipient");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_recipient) == 8, "alignment of rundruf_recipient");
RUNDRUF_ASSERT(offsetof(rundruf_recipient, message_id) == 0, "place of rundruf_recipient.message_id");
RUNDRUF_ASSERT(offsetof(rundruf_recipient, address) == 16, "place of rundruf_recipient.address");
RUNDRUF_ASSERT(offsetof(rundruf_recipient, unsubscribe_url) == 32, "place of rundruf_recipient.unsubscribe_url");
RUNDRUF_ASSERT(offsetof(rundruf_recipient, vars) == 48, "place of rundruf_recipient.vars");
RUNDRUF_ASSERT(offsetof(rundruf_recipient, var_count) == 56, "place of rundruf_recipient.var_count");
RUNDRUF_ASSERT(offsetof(rundruf_recipient, permit) == 64, "place of rundruf_recipient.permit");
RUNDRUF_ASSERT(offsetof(rundruf_recipient, attempt) == 72, "place of rundruf_recipient.attempt");
RUNDRUF_ASSERT(offsetof(rundruf_recipient, flags) == 76, "place of rundruf_recipient.flags");

RUNDRUF_ASSERT(sizeof(rundruf_batch) == 64, "size of rundruf_batch");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_batch) == 8, "alignment of rundruf_batch");
RUNDRUF_ASSERT(offsetof(rundruf_batch, size) == 0, "place of rundruf_batch.size");
RUNDRUF_ASSERT(offsetof(rundruf_batch, priority) == 4, "place of rundruf_batch.priority");
RUNDRUF_ASSERT(offsetof(rundruf_batch, flags) == 8, "place of rundruf_batch.flags");
RUNDRUF_ASSERT(offsetof(rundruf_batch, reserved) == 12, "place of rundruf_batch.reserved");
RUNDRUF_ASSERT(offsetof(rundruf_batch, id) == 16, "place of rundruf_batch.id");
RUNDRUF_ASSERT(offsetof(rundruf_batch, content) == 24, "place of rundruf_batch.content");
RUNDRUF_ASSERT(offsetof(rundruf_batch, recipients) == 32, "place of rundruf_batch.recipients");
RUNDRUF_ASSERT(offsetof(rundruf_batch, count) == 40, "place of rundruf_batch.count");
RUNDRUF_ASSERT(offsetof(rundruf_batch, stride) == 48, "place of rundruf_batch.stride");
RUNDRUF_ASSERT(offsetof(rundruf_batch, deadline_ms) == 56, "place of rundruf_batch.deadline_ms");

RUNDRUF_ASSERT(sizeof(rundruf_outcome) == 88, "size of rundruf_outcome");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_outcome) == 8, "alignment of rundruf_outcome");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, batch) == 0, "place of rundruf_outcome.batch");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, index) == 8, "place of rundruf_outcome.index");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, code) == 12, "place of rundruf_outcome.code");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, flags) == 14, "place of rundruf_outcome.flags");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, retry_after_ms) == 16, "place of rundruf_outcome.retry_after_ms");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, remote_code) == 20, "place of rundruf_outcome.remote_code");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, remote_id) == 24, "place of rundruf_outcome.remote_id");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, detail) == 40, "place of rundruf_outcome.detail");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, remote_ids) == 56, "place of rundruf_outcome.remote_ids");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, remote_id_count) == 64, "place of rundruf_outcome.remote_id_count");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, cost_micro) == 72, "place of rundruf_outcome.cost_micro");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, currency) == 80, "place of rundruf_outcome.currency");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, parts) == 84, "place of rundruf_outcome.parts");

RUNDRUF_ASSERT(sizeof(rundruf_begun) == 16, "size of rundruf_begun");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_begun) == 8, "alignment of rundruf_begun");
RUNDRUF_ASSERT(offsetof(rundruf_begun, batch) == 0, "place of rundruf_begun.batch");
RUNDRUF_ASSERT(offsetof(rundruf_begun, index) == 8, "place of rundruf_begun.index");
RUNDRUF_ASSERT(offsetof(rundruf_begun, reserved) == 12, "place of rundruf_begun.reserved");

RUNDRUF_ASSERT(sizeof(rundruf_inbound_file) == 80, "size of rundruf_inbound_file");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_inbound_file) == 8, "alignment of rundruf_inbound_file");
RUNDRUF_ASSERT(offsetof(rundruf_inbound_file, name) == 0, "place of rundruf_inbound_file.name");
RUNDRUF_ASSERT(offsetof(rundruf_inbound_file, media_type) == 16, "place of rundruf_inbound_file.media_type");
RUNDRUF_ASSERT(offsetof(rundruf_inbound_file, bytes) == 32, "place of rundruf_inbound_file.bytes");
RUNDRUF_ASSERT(offsetof(rundruf_inbound_file, file) == 48, "place of rundruf_inbound_file.file");
RUNDRUF_ASSERT(offsetof(rundruf_inbound_file, size) == 64, "place of rundruf_inbound_file.size");
RUNDRUF_ASSERT(offsetof(rundruf_inbound_file, flags) == 72, "place of rundruf_inbound_file.flags");
RUNDRUF_ASSERT(offsetof(rundruf_inbound_file, reserved) == 76, "place of rundruf_inbound_file.reserved");

RUNDRUF_ASSERT(sizeof(rundruf_inbound) == 208, "size of rundruf_inbound");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_inbound) == 8, "alignment of rundruf_inbound");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, kind) == 0, "place of rundruf_inbound.kind");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, sender_trust) == 4, "place of rundruf_inbound.sender_trust");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, flags) == 8, "place of rundruf_inbound.flags");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, reserved) == 12, "place of rundruf_inbound.reserved");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, channel) == 16, "place of rundruf_inbound.channel");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, from) == 32, "place of rundruf_inbound.from");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, aliases) == 48, "place of rundruf_inbound.aliases");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, alias_count) == 56, "place of rundruf_inbound.alias_count");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, display_name) == 64, "place of rundruf_inbound.display_name");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, conversation) == 80, "place of rundruf_inbound.conversation");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, text) == 96, "place of rundruf_inbound.text");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, payload) == 112, "place of rundruf_inbound.payload");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, remote_id) == 128, "place of rundruf_inbound.remote_id");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, quoted_remote_id) == 144, "place of rundruf_inbound.quoted_remote_id");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, quoted_message_id) == 160, "place of rundruf_inbound.quoted_message_id");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, attachments) == 176, "place of rundruf_inbound.attachments");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, attachment_count) == 184, "place of rundruf_inbound.attachment_count");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, attachment_stride) == 192, "place of rundruf_inbound.attachment_stride");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, at_ms) == 200, "place of rundruf_inbound.at_ms");

RUNDRUF_ASSERT(sizeof(rundruf_receipt) == 72, "size of rundruf_receipt");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_receipt) == 8, "alignment of rundruf_receipt");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, kind) == 0, "place of rundruf_receipt.kind");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, code) == 4, "place of rundruf_receipt.code");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, flags) == 6, "place of rundruf_receipt.flags");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, message_id) == 8, "place of rundruf_receipt.message_id");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, remote_id) == 24, "place of rundruf_receipt.remote_id");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, at_ms) == 40, "place of rundruf_receipt.at_ms");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, remote_code) == 48, "place of rundruf_receipt.remote_code");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, reserved) == 52, "place of rundruf_receipt.reserved");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, detail) == 56, "place of rundruf_receipt.detail");

RUNDRUF_ASSERT(sizeof(rundruf_sink) == 16, "size of rundruf_sink");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_sink) == 8, "alignment of rundruf_sink");
RUNDRUF_ASSERT(offsetof(rundruf_sink, ctx) == 0, "place of rundruf_sink.ctx");
RUNDRUF_ASSERT(offsetof(rundruf_sink, write) == 8, "place of rundruf_sink.write");

RUNDRUF_ASSERT(sizeof(rundruf_host_table) == 72, "size of rundruf_host_table");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_host_table) == 8, "alignment of rundruf_host_table");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, size) == 0, "place of rundruf_host_table.size");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, minor) == 4, "place of rundruf_host_table.minor");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, ctx) == 8, "place of rundruf_host_table.ctx");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, complete) == 16, "place of rundruf_host_table.complete");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, begun) == 24, "place of rundruf_host_table.begun");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, inbound) == 32, "place of rundruf_host_table.inbound");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, receipt) == 40, "place of rundruf_host_table.receipt");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, ready) == 48, "place of rundruf_host_table.ready");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, log) == 56, "place of rundruf_host_table.log");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, extension) == 64, "place of rundruf_host_table.extension");

RUNDRUF_ASSERT(sizeof(rundruf_open_args) == 64, "size of rundruf_open_args");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_open_args) == 8, "alignment of rundruf_open_args");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, size) == 0, "place of rundruf_open_args.size");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, threads) == 4, "place of rundruf_open_args.threads");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, config) == 8, "place of rundruf_open_args.config");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, name) == 24, "place of rundruf_open_args.name");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, state_dir) == 40, "place of rundruf_open_args.state_dir");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, window) == 56, "place of rundruf_open_args.window");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, flags) == 60, "place of rundruf_open_args.flags");

RUNDRUF_ASSERT(sizeof(rundruf_transport_table) == 48, "size of rundruf_transport_table");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_transport_table) == 8, "alignment of rundruf_transport_table");
RUNDRUF_ASSERT(offsetof(rundruf_transport_table, size) == 0, "place of rundruf_transport_table.size");
RUNDRUF_ASSERT(offsetof(rundruf_transport_table, flags) == 4, "place of rundruf_transport_table.flags");
RUNDRUF_ASSERT(offsetof(rundruf_transport_table, open) == 8, "place of rundruf_transport_table.open");
RUNDRUF_ASSERT(offsetof(rundruf_transport_table, submit) == 16, "place of rundruf_transport_table.submit");
RUNDRUF_ASSERT(offsetof(rundruf_transport_table, drain) == 24, "place of rundruf_transport_table.drain");
RUNDRUF_ASSERT(offsetof(rundruf_transport_table, close) == 32, "place of rundruf_transport_table.close");
RUNDRUF_ASSERT(offsetof(rundruf_transport_table, extension) == 40, "place of rundruf_transport_table.extension");

RUNDRUF_ASSERT(sizeof(rundruf_address) == 32, "size of rundruf_address");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_address) == 8, "alignment of rundruf_address");
RUNDRUF_ASSERT(offsetof(rundruf_address, channel) == 0, "place of rundruf_address.channel");
RUNDRUF_ASSERT(offsetof(rundruf_address, value) == 16, "place of rundruf_address.value");

RUNDRUF_ASSERT(sizeof(rundruf_lookup) == 40, "size of rundruf_lookup");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_lookup) == 8, "alignment of rundruf_lookup");
RUNDRUF_ASSERT(offsetof(rundruf_lookup, size) == 0, "place of rundruf_lookup.size");
RUNDRUF_ASSERT(offsetof(rundruf_lookup, flags) == 4, "place of rundruf_lookup.flags");
RUNDRUF_ASSERT(offsetof(rundruf_lookup, id) == 8, "place of rundruf_lookup.id");
RUNDRUF_ASSERT(offsetof(rundruf_lookup, addresses) == 16, "place of rundruf_lookup.addresses");
RUNDRUF_ASSERT(offsetof(rundruf_lookup, count) == 24, "place of rundruf_lookup.count");
RUNDRUF_ASSERT(offsetof(rundruf_lookup, stride) == 32, "place of rundruf_lookup.stride");

RUNDRUF_ASSERT(sizeof(rundruf_lookup_answer) == 32, "size of rundruf_lookup_answer");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_lookup_answer) == 8, "alignment of rundruf_lookup_answer");
RUNDRUF_ASSERT(offsetof(rundruf_lookup_answer, lookup) == 0, "place of rundruf_lookup_answer.lookup");
RUNDRUF_ASSERT(offsetof(rundruf_lookup_answer, index) == 8, "place of rundruf_lookup_answer.index");
RUNDRUF_ASSERT(offsetof(rundruf_lookup_answer, reach) == 12, "place of rundruf_lookup_answer.reach");
RUNDRUF_ASSERT(offsetof(rundruf_lookup_answer, detail) == 16, "place of rundruf_lookup_answer.detail");

RUNDRUF_ASSERT(sizeof(rundruf_lookup_table) == 16, "size of rundruf_lookup_table");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_lookup_table) == 8, "alignment of rundruf_lookup_table");
RUNDRUF_ASSERT(offsetof(rundruf_lookup_table, size) == 0, "place of rundruf_lookup_table.size");
RUNDRUF_ASSERT(offsetof(rundruf_lookup_table, flags) == 4, "place of rundruf_lookup_table.flags");
RUNDRUF_ASSERT(offsetof(rundruf_lookup_table, begin) == 8, "place of rundruf_lookup_table.begin");

RUNDRUF_ASSERT(sizeof(rundruf_lookup_host) == 16, "size of rundruf_lookup_host");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_lookup_host) == 8, "alignment of rundruf_lookup_host");
RUNDRUF_ASSERT(offsetof(rundruf_lookup_host, size) == 0, "place of rundruf_lookup_host.size");
RUNDRUF_ASSERT(offsetof(rundruf_lookup_host, flags) == 4, "place of rundruf_lookup_host.flags");
RUNDRUF_ASSERT(offsetof(rundruf_lookup_host, answer) == 8, "place of rundruf_lookup_host.answer");

RUNDRUF_ASSERT(sizeof(rundruf_recall_table) == 16, "size of rundruf_recall_table");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_recall_table) == 8, "alignment of rundruf_recall_table");
RUNDRUF_ASSERT(offsetof(rundruf_recall_table, size) == 0, "place of rundruf_recall_table.size");
RUNDRUF_ASSERT(offsetof(rundruf_recall_table, flags) == 4, "place of rundruf_recall_table.flags");
RUNDRUF_ASSERT(offsetof(rundruf_recall_table, recall) == 8, "place of rundruf_recall_table.recall");

RUNDRUF_ASSERT(sizeof(rundruf_header) == 32, "size of rundruf_header");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_header) == 8, "alignment of rundruf_header");
RUNDRUF_ASSERT(offsetof(rundruf_header, name) == 0, "place of rundruf_header.name");
RUNDRUF_ASSERT(offsetof(rundruf_header, value) == 16, "place of rundruf_header.value");

RUNDRUF_ASSERT(sizeof(rundruf_webhook_request) == 120, "size of rundruf_webhook_request");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_webhook_request) == 8, "alignment of rundruf_webhook_request");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_request, size) == 0, "place of rundruf_webhook_request.size");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_request, flags) == 4, "place of rundruf_webhook_request.flags");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_request, id) == 8, "place of rundruf_webhook_request.id");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_request, method) == 16, "place of rundruf_webhook_request.method");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_request, path) == 32, "place of rundruf_webhook_request.path");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_request, query) == 48, "place of rundruf_webhook_request.query");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_request, source) == 64, "place of rundruf_webhook_request.source");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_request, body) == 80, "place of rundruf_webhook_request.body");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_request, headers) == 96, "place of rundruf_webhook_request.headers");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_request, header_count) == 104, "place of rundruf_webhook_request.header_count");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_request, header_stride) == 112, "place of rundruf_webhook_request.header_stride");

RUNDRUF_ASSERT(sizeof(rundruf_webhook_response) == 48, "size of rundruf_webhook_response");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_webhook_response) == 8, "alignment of rundruf_webhook_response");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_response, size) == 0, "place of rundruf_webhook_response.size");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_response, status) == 4, "place of rundruf_webhook_response.status");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_response, id) == 8, "place of rundruf_webhook_response.id");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_response, media_type) == 16, "place of rundruf_webhook_response.media_type");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_response, body) == 32, "place of rundruf_webhook_response.body");

RUNDRUF_ASSERT(sizeof(rundruf_webhook_table) == 16, "size of rundruf_webhook_table");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_webhook_table) == 8, "alignment of rundruf_webhook_table");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_table, size) == 0, "place of rundruf_webhook_table.size");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_table, flags) == 4, "place of rundruf_webhook_table.flags");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_table, request) == 8, "place of rundruf_webhook_table.request");

RUNDRUF_ASSERT(sizeof(rundruf_webhook_host) == 16, "size of rundruf_webhook_host");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_webhook_host) == 8, "alignment of rundruf_webhook_host");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_host, size) == 0, "place of rundruf_webhook_host.size");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_host, flags) == 4, "place of rundruf_webhook_host.flags");
RUNDRUF_ASSERT(offsetof(rundruf_webhook_host, answer) == 8, "place of rundruf_webhook_host.answer");

RUNDRUF_ASSERT(sizeof(rundruf_forget) == 40, "size of rundruf_forget");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_forget) == 8, "alignment of rundruf_forget");
RUNDRUF_ASSERT(offsetof(rundruf_forget, size) == 0, "place of rundruf_forget.size");
RUNDRUF_ASSERT(offsetof(rundruf_forget, flags) == 4, "place of rundruf_forget.flags");
RUNDRUF_ASSERT(offsetof(rundruf_forget, id) == 8, "place of rundruf_forget.id");
RUNDRUF_ASSERT(offsetof(rundruf_forget, addresses) == 16, "place of rundruf_forget.addresses");
RUNDRUF_ASSERT(offsetof(rundruf_forget, count) == 24, "place of rundruf_forget.count");
RUNDRUF_ASSERT(offsetof(rundruf_forget, stride) == 32, "place of rundruf_forget.stride");

RUNDRUF_ASSERT(sizeof(rundruf_forgotten) == 32, "size of rundruf_forgotten");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_forgotten) == 8, "alignment of rundruf_forgotten");
RUNDRUF_ASSERT(offsetof(rundruf_forgotten, size) == 0, "place of rundruf_forgotten.size");
RUNDRUF_ASSERT(offsetof(rundruf_forgotten, status) == 4, "place of rundruf_forgotten.status");
RUNDRUF_ASSERT(offsetof(rundruf_forgotten, id) == 8, "place of rundruf_forgotten.id");
RUNDRUF_ASSERT(offsetof(rundruf_forgotten, detail) == 16, "place of rundruf_forgotten.detail");

RUNDRUF_ASSERT(sizeof(rundruf_forget_table) == 16, "size of rundruf_forget_table");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_forget_table) == 8, "alignment of rundruf_forget_table");
RUNDRUF_ASSERT(offsetof(rundruf_forget_table, size) == 0, "place of rundruf_forget_table.size");
RUNDRUF_ASSERT(offsetof(rundruf_forget_table, flags) == 4, "place of rundruf_forget_table.flags");
RUNDRUF_ASSERT(offsetof(rundruf_forget_table, forget) == 8, "place of rundruf_forget_table.forget");

RUNDRUF_ASSERT(sizeof(rundruf_forget_host) == 16, "size of rundruf_forget_host");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_forget_host) == 8, "alignment of rundruf_forget_host");
RUNDRUF_ASSERT(offsetof(rundruf_forget_host, size) == 0, "place of rundruf_forget_host.size");
RUNDRUF_ASSERT(offsetof(rundruf_forget_host, flags) == 4, "place of rundruf_forget_host.flags");
RUNDRUF_ASSERT(offsetof(rundruf_forget_host, answer) == 8, "place of rundruf_forget_host.answer");

RUNDRUF_ASSERT(sizeof(rundruf_health) == 136, "size of rundruf_health");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_health) == 8, "alignment of rundruf_health");
RUNDRUF_ASSERT(offsetof(rundruf_health, size) == 0, "place of rundruf_health.size");
RUNDRUF_ASSERT(offsetof(rundruf_health, readiness) == 4, "place of rundruf_health.readiness");
RUNDRUF_ASSERT(offsetof(rundruf_health, id) == 8, "place of rundruf_health.id");
RUNDRUF_ASSERT(offsetof(rundruf_health, hearing) == 16, "place of rundruf_health.hearing");
RUNDRUF_ASSERT(offsetof(rundruf_health, flags) == 20, "place of rundruf_health.flags");
RUNDRUF_ASSERT(offsetof(rundruf_health, detail) == 24, "place of rundruf_health.detail");
RUNDRUF_ASSERT(offsetof(rundruf_health, account) == 40, "place of rundruf_health.account");
RUNDRUF_ASSERT(offsetof(rundruf_health, remote_version) == 56, "place of rundruf_health.remote_version");
RUNDRUF_ASSERT(offsetof(rundruf_health, limits) == 72, "place of rundruf_health.limits");
RUNDRUF_ASSERT(offsetof(rundruf_health, credits_micro) == 88, "place of rundruf_health.credits_micro");
RUNDRUF_ASSERT(offsetof(rundruf_health, alarm_micro) == 96, "place of rundruf_health.alarm_micro");
RUNDRUF_ASSERT(offsetof(rundruf_health, currency) == 104, "place of rundruf_health.currency");
RUNDRUF_ASSERT(offsetof(rundruf_health, reserved) == 108, "place of rundruf_health.reserved");
RUNDRUF_ASSERT(offsetof(rundruf_health, heard_at_ms) == 112, "place of rundruf_health.heard_at_ms");
RUNDRUF_ASSERT(offsetof(rundruf_health, heard_by) == 120, "place of rundruf_health.heard_by");

RUNDRUF_ASSERT(sizeof(rundruf_health_table) == 16, "size of rundruf_health_table");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_health_table) == 8, "alignment of rundruf_health_table");
RUNDRUF_ASSERT(offsetof(rundruf_health_table, size) == 0, "place of rundruf_health_table.size");
RUNDRUF_ASSERT(offsetof(rundruf_health_table, flags) == 4, "place of rundruf_health_table.flags");
RUNDRUF_ASSERT(offsetof(rundruf_health_table, ask) == 8, "place of rundruf_health_table.ask");

RUNDRUF_ASSERT(sizeof(rundruf_health_host) == 16, "size of rundruf_health_host");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_health_host) == 8, "alignment of rundruf_health_host");
RUNDRUF_ASSERT(offsetof(rundruf_health_host, size) == 0, "place of rundruf_health_host.size");
RUNDRUF_ASSERT(offsetof(rundruf_health_host, flags) == 4, "place of rundruf_health_host.flags");
RUNDRUF_ASSERT(offsetof(rundruf_health_host, answer) == 8, "place of rundruf_health_host.answer");

RUNDRUF_ASSERT(sizeof(rundruf_setup_answer) == 48, "size of rundruf_setup_answer");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_setup_answer) == 8, "alignment of rundruf_setup_answer");
RUNDRUF_ASSERT(offsetof(rundruf_setup_answer, size) == 0, "place of rundruf_setup_answer.size");
RUNDRUF_ASSERT(offsetof(rundruf_setup_answer, flags) == 4, "place of rundruf_setup_answer.flags");
RUNDRUF_ASSERT(offsetof(rundruf_setup_answer, id) == 8, "place of rundruf_setup_answer.id");
RUNDRUF_ASSERT(offsetof(rundruf_setup_answer, step) == 16, "place of rundruf_setup_answer.step");
RUNDRUF_ASSERT(offsetof(rundruf_setup_answer, answer) == 32, "place of rundruf_setup_answer.answer");

RUNDRUF_ASSERT(sizeof(rundruf_setup_step) == 104, "size of rundruf_setup_step");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_setup_step) == 8, "alignment of rundruf_setup_step");
RUNDRUF_ASSERT(offsetof(rundruf_setup_step, size) == 0, "place of rundruf_setup_step.size");
RUNDRUF_ASSERT(offsetof(rundruf_setup_step, kind) == 4, "place of rundruf_setup_step.kind");
RUNDRUF_ASSERT(offsetof(rundruf_setup_step, id) == 8, "place of rundruf_setup_step.id");
RUNDRUF_ASSERT(offsetof(rundruf_setup_step, name) == 16, "place of rundruf_setup_step.name");
RUNDRUF_ASSERT(offsetof(rundruf_setup_step, text) == 32, "place of rundruf_setup_step.text");
RUNDRUF_ASSERT(offsetof(rundruf_setup_step, qr) == 48, "place of rundruf_setup_step.qr");
RUNDRUF_ASSERT(offsetof(rundruf_setup_step, setting) == 64, "place of rundruf_setup_step.setting");
RUNDRUF_ASSERT(offsetof(rundruf_setup_step, bytes) == 80, "place of rundruf_setup_step.bytes");
RUNDRUF_ASSERT(offsetof(rundruf_setup_step, wait_ms) == 96, "place of rundruf_setup_step.wait_ms");
RUNDRUF_ASSERT(offsetof(rundruf_setup_step, reserved) == 100, "place of rundruf_setup_step.reserved");

RUNDRUF_ASSERT(sizeof(rundruf_setup_table) == 16, "size of rundruf_setup_table");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_setup_table) == 8, "alignment of rundruf_setup_table");
RUNDRUF_ASSERT(offsetof(rundruf_setup_table, size) == 0, "place of rundruf_setup_table.size");
RUNDRUF_ASSERT(offsetof(rundruf_setup_table, flags) == 4, "place of rundruf_setup_table.flags");
RUNDRUF_ASSERT(offsetof(rundruf_setup_table, next) == 8, "place of rundruf_setup_table.next");

RUNDRUF_ASSERT(sizeof(rundruf_setup_host) == 16, "size of rundruf_setup_host");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_setup_host) == 8, "alignment of rundruf_setup_host");
RUNDRUF_ASSERT(offsetof(rundruf_setup_host, size) == 0, "place of rundruf_setup_host.size");
RUNDRUF_ASSERT(offsetof(rundruf_setup_host, flags) == 4, "place of rundruf_setup_host.flags");
RUNDRUF_ASSERT(offsetof(rundruf_setup_host, answer) == 8, "place of rundruf_setup_host.answer");

RUNDRUF_ASSERT(sizeof(rundruf_entry) == 40, "size of rundruf_entry");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_entry) == 8, "alignment of rundruf_entry");
RUNDRUF_ASSERT(offsetof(rundruf_entry, magic) == 0, "place of rundruf_entry.magic");
RUNDRUF_ASSERT(offsetof(rundruf_entry, abi) == 4, "place of rundruf_entry.abi");
RUNDRUF_ASSERT(offsetof(rundruf_entry, size) == 8, "place of rundruf_entry.size");
RUNDRUF_ASSERT(offsetof(rundruf_entry, flags) == 12, "place of rundruf_entry.flags");
RUNDRUF_ASSERT(offsetof(rundruf_entry, toolchain) == 16, "place of rundruf_entry.toolchain");
RUNDRUF_ASSERT(offsetof(rundruf_entry, descriptor) == 32, "place of rundruf_entry.descriptor");

RUNDRUF_ASSERT(sizeof(rundruf_descriptor) == 48, "size of rundruf_descriptor");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_descriptor) == 8, "alignment of rundruf_descriptor");
RUNDRUF_ASSERT(offsetof(rundruf_descriptor, size) == 0, "place of rundruf_descriptor.size");
RUNDRUF_ASSERT(offsetof(rundruf_descriptor, flags) == 4, "place of rundruf_descriptor.flags");
RUNDRUF_ASSERT(offsetof(rundruf_descriptor, id) == 8, "place of rundruf_descriptor.id");
RUNDRUF_ASSERT(offsetof(rundruf_descriptor, version) == 24, "place of rundruf_descriptor.version");
RUNDRUF_ASSERT(offsetof(rundruf_descriptor, table) == 40, "place of rundruf_descriptor.table");

#endif

#ifdef __cplusplus
}
#endif

#endif

/*
 * SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * The contract between the Rundruf daemon and a plugin, version 0.1.
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
 * Structs grow only at their end, and only by a new minor. Every root struct carries `size`; every array its `stride`. What has
 * neither (views, templates, sinks, the version) never changes.
 * A reader asks "is `offset + size of the field <= x.size`" and never compares `size` with its own `sizeof`.
 * Until the freeze the version is 0 and must match exactly.
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
#define RUNDRUF_ABI_MINOR 1
/** The same as a manifest says it. */
#define RUNDRUF_MANIFEST_ABI "[0, 1]"

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
/** The feature does not exist here. */
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
 *   "abi": [0, 1],
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
 */

/** In rundruf_segment.var: nothing follows the literal. */
#define RUNDRUF_NO_VAR UINT32_C(0xFFFFFFFF)

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

/** A file of the content. */
struct rundruf_attachment {
    /** File name, without any folder. */
    rundruf_view name;
    /** Media type, such as `image/jpeg`. */
    rundruf_view media_type;
    /** Content of the file. */
    rundruf_view bytes;
    /** A link to the same file, for transports that cannot carry it; may be empty. */
    rundruf_view url;
};

/** A named value. */
struct rundruf_pair {
    /** Name, such as `list-id`. */
    rundruf_view key;
    /** Value that belongs to the name. */
    rundruf_view value;
};

/**
 * The content that all recipients of a batch get.
 *
 * Known names in `meta`: `sender-name`, `imprint-url`, `privacy-url`, `list-name` (the list's label, `[a-z0-9-]`),
 * `list-title` (as people read it), `list-id-domain` (a domain of the sender), `date` (RFC 3339), `auto-submitted` (`1` for
 * messages that a program wrote, such as a confirmation request).
 */
struct rundruf_content {
    /** `sizeof` as the writer sees it. */
    uint32_t size;
    /** 0 promotional, 1 confirmation request, 2 service message, 3 stop acknowledgement, 4 legal notice, 5 test. */
    uint32_t class_;
    /** Equal ids mean equal content: a plugin may cache what it makes of it. */
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

/** A batch. Valid until its last index is completed or `close` has returned (clause *batch*). */
struct rundruf_batch {
    /** `sizeof` as the writer sees it. */
    uint32_t size;
    /** 0 bulk, 1 ahead of bulk. */
    uint32_t priority;
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
};

/*
 * inbound
 *
 * Inbound: messages from people, and receipts.
 */

/** The kind of an inbound message. */
typedef uint32_t rundruf_inbound_kind;
/** A message with text. */
#define RUNDRUF_INBOUND_KIND_TEXT 0
/** A reaction to an earlier message; `text` is the emoji. */
#define RUNDRUF_INBOUND_KIND_REACTION 1
/** A new version of an earlier message. */
#define RUNDRUF_INBOUND_KIND_EDIT 2
/** The provider reports an opt-out of the person (carrier opt-out, blocked, complaint). */
#define RUNDRUF_INBOUND_KIND_OPT_OUT 3

/** An inbound message. The plugin acknowledges it to the provider only after the host has answered `OK`. */
struct rundruf_inbound {
    /** `sizeof` as the writer sees it. */
    uint32_t size;
    /** The kind of message. */
    rundruf_inbound_kind kind;
    /** How certain the sender is: 0 not, 1 guaranteed by the provider, 2 proven by cryptography. */
    uint32_t sender_trust;
    /** Reserved, 0. */
    uint32_t flags;
    /** Kind of address: `threema`, `sms`, … */
    rundruf_view channel;
    /** Sender's address. */
    rundruf_view address;
    /** Text; at most 64 KiB. */
    rundruf_view text;
    /** The provider's id of the message; the same when it is handed over again. */
    rundruf_view remote_id;
    /** Message id of the message that it answers, 16 bytes, or empty. */
    rundruf_view quoted_message_id;
    /** When it was sent according to the provider, in Unix milliseconds. */
    int64_t at_ms;
};

/** What a receipt reports. */
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
    /** `sizeof` as the writer sees it. */
    uint32_t size;
    /** What the receipt reports. */
    rundruf_receipt_kind kind;
    /** Id of the message. */
    uint8_t message_id[16];
    /** When it happened, in Unix milliseconds. */
    int64_t at_ms;
    /** One line for the admin, without an address. */
    rundruf_view detail;
};

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
 * Functions of the host. Lives until `close` has returned (clause *host*). All may be called from any thread, and none calls
 * back into the plugin. They need less than 16 KiB of stack.
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
     * `[any thread] [opened..closed]` borrows until return
     */
    rundruf_status (*complete)(void *ctx, const rundruf_outcome *outcomes, size_t count, size_t stride);
    /**
     * An inbound message. `OK` only after it is stored durably; `BUSY`: keep it and try again after a while.
     * `[any thread, may wait for the disk] [opened..closed]` borrows until return
     */
    rundruf_status (*inbound)(void *ctx, const rundruf_inbound *message);
    /**
     * A receipt. `OK` only after it is stored durably.
     * `[any thread, may wait for the disk] [opened..closed]` borrows until return
     */
    rundruf_status (*receipt)(void *ctx, const rundruf_receipt *receipt);
    /**
     * After `BUSY`: there is room again.
     * `[any thread] [opened..closed]`
     */
    void (*ready)(void *ctx);
    /**
     * A log line. Addresses and texts of people do not belong here.
     * `[any thread] [opened..closed]` borrows until return
     */
    void (*log)(void *ctx, rundruf_log_level level, rundruf_view target, rundruf_view message);
    /**
     * Returns the table of an extension by its id, such as `rundruf.media/1`; null if this host does not have it.
     * `[any thread] [opened..closed]`
     */
    const void *(*extension)(void *ctx, rundruf_view id);
};

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
    /** The state folder of this instance, an absolute path. */
    rundruf_view state_dir;
    /** Most messages that the host will have outstanding at once. */
    uint32_t window;
    /** Reserved, 0. */
    uint32_t reserved;
};

/**
 * Functions of a transport. Everything but `open` and `close` may be called from several threads at once and returns within
 * a millisecond. Lives for ever (clause *static*).
 */
struct rundruf_transport_table {
    /** `sizeof` as the plugin sees it. */
    uint32_t size;
    /** Reserved, 0. */
    uint32_t flags;
    /**
     * Opens an instance. On failure the reason goes to `error`, in one line.
     * `[one call at a time, may take seconds] [loaded]` borrows `args`; `host` lives until `close` has returned
     */
    rundruf_status (*open)(const rundruf_host_table *host, const rundruf_open_args *args, void **instance, rundruf_sink *error);
    /**
     * Accepts a whole batch (`OK`) or nothing of it (`BUSY`, `CLOSED`, or a fault).
     * `[any thread] [opened]` the batch lives until its last outcome (clause *batch*)
     */
    rundruf_status (*submit)(void *instance, const rundruf_batch *batch);
    /**
     * Begins no further message: messages that were not begun are completed as `UNTOUCHED`, the others are finished. Returns at once.
     * `[any thread] [opened]`
     */
    rundruf_status (*drain)(void *instance, uint64_t deadline_ms);
    /**
     * Ends the instance. No host function is called after it has returned.
     * `[one call, may take until the drain's deadline] [opened → closed]`
     */
    void (*close)(void *instance);
    /**
     * Returns the table of an extension by its id; null if the plugin does not have it. May be null itself.
     * `[any thread] [opened]`
     */
    const void *(*extension)(void *instance, rundruf_view id);
};

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

RUNDRUF_ASSERT(sizeof(rundruf_attachment) == 64, "size of rundruf_attachment");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_attachment) == 8, "alignment of rundruf_attachment");
RUNDRUF_ASSERT(offsetof(rundruf_attachment, name) == 0, "place of rundruf_attachment.name");
RUNDRUF_ASSERT(offsetof(rundruf_attachment, media_type) == 16, "place of rundruf_attachment.media_type");
RUNDRUF_ASSERT(offsetof(rundruf_attachment, bytes) == 32, "place of rundruf_attachment.bytes");
RUNDRUF_ASSERT(offsetof(rundruf_attachment, url) == 48, "place of rundruf_attachment.url");

RUNDRUF_ASSERT(sizeof(rundruf_pair) == 32, "size of rundruf_pair");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_pair) == 8, "alignment of rundruf_pair");
RUNDRUF_ASSERT(offsetof(rundruf_pair, key) == 0, "place of rundruf_pair.key");
RUNDRUF_ASSERT(offsetof(rundruf_pair, value) == 16, "place of rundruf_pair.value");

RUNDRUF_ASSERT(sizeof(rundruf_content) == 168, "size of rundruf_content");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_content) == 8, "alignment of rundruf_content");
RUNDRUF_ASSERT(offsetof(rundruf_content, size) == 0, "place of rundruf_content.size");
RUNDRUF_ASSERT(offsetof(rundruf_content, class_) == 4, "place of rundruf_content.class_");
RUNDRUF_ASSERT(offsetof(rundruf_content, content_id) == 8, "place of rundruf_content.content_id");
RUNDRUF_ASSERT(offsetof(rundruf_content, channel) == 16, "place of rundruf_content.channel");
RUNDRUF_ASSERT(offsetof(rundruf_content, language) == 32, "place of rundruf_content.language");
RUNDRUF_ASSERT(offsetof(rundruf_content, subject) == 48, "place of rundruf_content.subject");
RUNDRUF_ASSERT(offsetof(rundruf_content, text) == 72, "place of rundruf_content.text");
RUNDRUF_ASSERT(offsetof(rundruf_content, html) == 96, "place of rundruf_content.html");
RUNDRUF_ASSERT(offsetof(rundruf_content, attachments) == 120, "place of rundruf_content.attachments");
RUNDRUF_ASSERT(offsetof(rundruf_content, attachment_count) == 128, "place of rundruf_content.attachment_count");
RUNDRUF_ASSERT(offsetof(rundruf_content, attachment_stride) == 136, "place of rundruf_content.attachment_stride");
RUNDRUF_ASSERT(offsetof(rundruf_content, meta) == 144, "place of rundruf_content.meta");
RUNDRUF_ASSERT(offsetof(rundruf_content, meta_count) == 152, "place of rundruf_content.meta_count");
RUNDRUF_ASSERT(offsetof(rundruf_content, meta_stride) == 160, "place of rundruf_content.meta_stride");

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

RUNDRUF_ASSERT(sizeof(rundruf_batch) == 56, "size of rundruf_batch");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_batch) == 8, "alignment of rundruf_batch");
RUNDRUF_ASSERT(offsetof(rundruf_batch, size) == 0, "place of rundruf_batch.size");
RUNDRUF_ASSERT(offsetof(rundruf_batch, priority) == 4, "place of rundruf_batch.priority");
RUNDRUF_ASSERT(offsetof(rundruf_batch, id) == 8, "place of rundruf_batch.id");
RUNDRUF_ASSERT(offsetof(rundruf_batch, content) == 16, "place of rundruf_batch.content");
RUNDRUF_ASSERT(offsetof(rundruf_batch, recipients) == 24, "place of rundruf_batch.recipients");
RUNDRUF_ASSERT(offsetof(rundruf_batch, count) == 32, "place of rundruf_batch.count");
RUNDRUF_ASSERT(offsetof(rundruf_batch, stride) == 40, "place of rundruf_batch.stride");
RUNDRUF_ASSERT(offsetof(rundruf_batch, deadline_ms) == 48, "place of rundruf_batch.deadline_ms");

RUNDRUF_ASSERT(sizeof(rundruf_outcome) == 56, "size of rundruf_outcome");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_outcome) == 8, "alignment of rundruf_outcome");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, batch) == 0, "place of rundruf_outcome.batch");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, index) == 8, "place of rundruf_outcome.index");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, code) == 12, "place of rundruf_outcome.code");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, flags) == 14, "place of rundruf_outcome.flags");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, retry_after_ms) == 16, "place of rundruf_outcome.retry_after_ms");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, remote_code) == 20, "place of rundruf_outcome.remote_code");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, remote_id) == 24, "place of rundruf_outcome.remote_id");
RUNDRUF_ASSERT(offsetof(rundruf_outcome, detail) == 40, "place of rundruf_outcome.detail");

RUNDRUF_ASSERT(sizeof(rundruf_inbound) == 104, "size of rundruf_inbound");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_inbound) == 8, "alignment of rundruf_inbound");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, size) == 0, "place of rundruf_inbound.size");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, kind) == 4, "place of rundruf_inbound.kind");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, sender_trust) == 8, "place of rundruf_inbound.sender_trust");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, flags) == 12, "place of rundruf_inbound.flags");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, channel) == 16, "place of rundruf_inbound.channel");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, address) == 32, "place of rundruf_inbound.address");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, text) == 48, "place of rundruf_inbound.text");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, remote_id) == 64, "place of rundruf_inbound.remote_id");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, quoted_message_id) == 80, "place of rundruf_inbound.quoted_message_id");
RUNDRUF_ASSERT(offsetof(rundruf_inbound, at_ms) == 96, "place of rundruf_inbound.at_ms");

RUNDRUF_ASSERT(sizeof(rundruf_receipt) == 48, "size of rundruf_receipt");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_receipt) == 8, "alignment of rundruf_receipt");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, size) == 0, "place of rundruf_receipt.size");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, kind) == 4, "place of rundruf_receipt.kind");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, message_id) == 8, "place of rundruf_receipt.message_id");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, at_ms) == 24, "place of rundruf_receipt.at_ms");
RUNDRUF_ASSERT(offsetof(rundruf_receipt, detail) == 32, "place of rundruf_receipt.detail");

RUNDRUF_ASSERT(sizeof(rundruf_sink) == 16, "size of rundruf_sink");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_sink) == 8, "alignment of rundruf_sink");
RUNDRUF_ASSERT(offsetof(rundruf_sink, ctx) == 0, "place of rundruf_sink.ctx");
RUNDRUF_ASSERT(offsetof(rundruf_sink, write) == 8, "place of rundruf_sink.write");

RUNDRUF_ASSERT(sizeof(rundruf_host_table) == 64, "size of rundruf_host_table");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_host_table) == 8, "alignment of rundruf_host_table");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, size) == 0, "place of rundruf_host_table.size");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, minor) == 4, "place of rundruf_host_table.minor");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, ctx) == 8, "place of rundruf_host_table.ctx");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, complete) == 16, "place of rundruf_host_table.complete");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, inbound) == 24, "place of rundruf_host_table.inbound");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, receipt) == 32, "place of rundruf_host_table.receipt");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, ready) == 40, "place of rundruf_host_table.ready");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, log) == 48, "place of rundruf_host_table.log");
RUNDRUF_ASSERT(offsetof(rundruf_host_table, extension) == 56, "place of rundruf_host_table.extension");

RUNDRUF_ASSERT(sizeof(rundruf_open_args) == 64, "size of rundruf_open_args");
RUNDRUF_ASSERT(RUNDRUF_ALIGNOF(rundruf_open_args) == 8, "alignment of rundruf_open_args");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, size) == 0, "place of rundruf_open_args.size");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, threads) == 4, "place of rundruf_open_args.threads");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, config) == 8, "place of rundruf_open_args.config");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, name) == 24, "place of rundruf_open_args.name");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, state_dir) == 40, "place of rundruf_open_args.state_dir");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, window) == 56, "place of rundruf_open_args.window");
RUNDRUF_ASSERT(offsetof(rundruf_open_args, reserved) == 60, "place of rundruf_open_args.reserved");

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

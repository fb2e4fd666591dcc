-- Facts about the instance: schema number, the log's frontier.
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE list (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, closed INTEGER);
CREATE TABLE transport (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);

CREATE TABLE contact (id INTEGER PRIMARY KEY, language TEXT, vars TEXT NOT NULL DEFAULT '', created INTEGER NOT NULL);
CREATE TABLE address (
    id INTEGER PRIMARY KEY, contact INTEGER NOT NULL, channel INTEGER NOT NULL, value TEXT NOT NULL, flags INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX address_value ON address (channel, value);
CREATE INDEX address_contact ON address (contact);

-- Fan-out reads it in order, the claim looks it up: both by this key.
CREATE TABLE consent (
    list INTEGER NOT NULL, contact INTEGER NOT NULL, address INTEGER NOT NULL,
    state INTEGER NOT NULL, since INTEGER NOT NULL, evidence INTEGER NOT NULL, number INTEGER NOT NULL, uid BLOB NOT NULL,
    PRIMARY KEY (list, contact, address)
) WITHOUT ROWID;

-- One leaf of the log each: id - 1 is the index. `previous` chains the events of one consent.
CREATE TABLE event (
    id INTEGER PRIMARY KEY, previous INTEGER, record BLOB NOT NULL, address INTEGER NOT NULL, list INTEGER NOT NULL,
    kind TEXT NOT NULL, state INTEGER NOT NULL, at INTEGER NOT NULL, commitment BLOB NOT NULL, sealed BLOB
);
CREATE TABLE node (level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, idx)) WITHOUT ROWID;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, root BLOB NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL);

CREATE TABLE request (
    id BLOB PRIMARY KEY, list INTEGER NOT NULL, contact INTEGER NOT NULL, address INTEGER NOT NULL,
    created INTEGER NOT NULL, expires INTEGER NOT NULL, open INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX request_address ON request (address, created);
CREATE INDEX request_open ON request (expires) WHERE open = 1;

CREATE TABLE suppression (hash BLOB NOT NULL, list INTEGER NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (hash, list)) WITHOUT ROWID;
CREATE TABLE text (digest BLOB PRIMARY KEY, kind INTEGER NOT NULL, language TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;

-- Messages outside of broadcasts. Their delivery id is the negative of this id.
CREATE TABLE service (
    id INTEGER PRIMARY KEY AUTOINCREMENT, class INTEGER NOT NULL, transport INTEGER NOT NULL, address INTEGER NOT NULL, list INTEGER,
    payload TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL, first_try INTEGER,
    expires INTEGER, evidence INTEGER, session BLOB, reason INTEGER, detail TEXT, remote_id TEXT, at INTEGER
);
CREATE INDEX service_due ON service (transport, due) WHERE state IN (0, 2);
CREATE INDEX service_flight ON service (transport) WHERE state = 1;
CREATE INDEX service_address ON service (address, class);

-- What the admin is told: a trouble, then that it is over. The last row of a subject says whether its trouble goes on.
CREATE TABLE alarm (
    id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, kind INTEGER NOT NULL, detail TEXT NOT NULL, is_over INTEGER NOT NULL,
    at INTEGER NOT NULL, service INTEGER, next INTEGER NOT NULL DEFAULT 0, told INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE broadcast (
    id INTEGER PRIMARY KEY AUTOINCREMENT, list INTEGER NOT NULL, key BLOB NOT NULL, content TEXT NOT NULL, state INTEGER NOT NULL,
    created INTEGER NOT NULL, start_at INTEGER, expires_at INTEGER, ended INTEGER, cursor INTEGER NOT NULL DEFAULT 0, fanned INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0, queued INTEGER NOT NULL DEFAULT 0, in_flight INTEGER NOT NULL DEFAULT 0, retry INTEGER NOT NULL DEFAULT 0,
    sent INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, unknown INTEGER NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0, delivered INTEGER NOT NULL DEFAULT 0, "read" INTEGER NOT NULL DEFAULT 0,
    -- Its deliveries lie between these two; other broadcasts that were fanned out at the same time may lie between them too.
    first INTEGER NOT NULL DEFAULT 0, last INTEGER NOT NULL DEFAULT -1
);
CREATE INDEX broadcast_state ON broadcast (state);
CREATE TABLE skip_tally (broadcast INTEGER NOT NULL, reason INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (broadcast, reason)) WITHOUT ROWID;

-- One row for each delivery, written before anything is sent. Whatever may have left carries the event that permitted it.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY, broadcast INTEGER NOT NULL, contact INTEGER NOT NULL, address INTEGER NOT NULL, transport INTEGER,
    state INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, at INTEGER, due INTEGER, first_try INTEGER, evidence INTEGER,
    reason INTEGER, remote_id TEXT, detail TEXT, session BLOB,
    CHECK ((evidence IS NOT NULL AND evidence > 0) OR state IN (0, 9))
);
-- The claim of a lease must never use one of these: a plan test looks.
CREATE INDEX delivery_retry ON delivery (broadcast, transport, due) WHERE state = 2;
CREATE INDEX delivery_flight ON delivery (transport) WHERE state = 1;
CREATE INDEX delivery_unknown ON delivery (broadcast) WHERE state = 7;

-- A range of one broadcast's deliveries for one transport. The cursor is the durable intent to hand over.
CREATE TABLE lease (
    id INTEGER PRIMARY KEY AUTOINCREMENT, broadcast INTEGER NOT NULL, transport INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    cursor INTEGER NOT NULL, open INTEGER NOT NULL DEFAULT 0, session BLOB
);
CREATE INDEX lease_ready ON lease (transport, broadcast, id) WHERE cursor <= last;
CREATE INDEX lease_range ON lease (broadcast, transport, first);
CREATE INDEX lease_open ON lease (transport) WHERE open > 0;

CREATE TABLE inbound (
    id INTEGER PRIMARY KEY AUTOINCREMENT, transport INTEGER NOT NULL, channel INTEGER NOT NULL, value TEXT NOT NULL, kind INTEGER NOT NULL,
    trust INTEGER NOT NULL, text TEXT NOT NULL, remote_id TEXT, at INTEGER NOT NULL, done TEXT, open INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX inbound_remote ON inbound (transport, remote_id) WHERE remote_id IS NOT NULL;
CREATE INDEX inbound_pending ON inbound (id) WHERE done IS NULL;

CREATE TABLE import (
    id INTEGER PRIMARY KEY AUTOINCREMENT, list INTEGER NOT NULL, class TEXT NOT NULL, file_sha256 BLOB NOT NULL, mapping TEXT NOT NULL,
    actor TEXT NOT NULL, begun INTEGER NOT NULL, ended INTEGER, counts TEXT
);
CREATE TABLE file (digest BLOB PRIMARY KEY, name TEXT NOT NULL, media_type TEXT NOT NULL, bytes BLOB NOT NULL, created INTEGER NOT NULL);

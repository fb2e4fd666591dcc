-- What a person did about an inbound message: a reply, an assignment, a decision. The last assignment counts.
CREATE TABLE inbox_note (
    id INTEGER PRIMARY KEY AUTOINCREMENT, inbound INTEGER NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE INDEX inbox_note_inbound ON inbox_note (inbound);
CREATE INDEX inbound_open ON inbound (id) WHERE open = 1;
-- Addresses that were erased, by number alone. `done` is empty while a message to one of them is in flight: what becomes of it is cleared too.
CREATE TABLE erasure (address INTEGER PRIMARY KEY, at INTEGER NOT NULL, done INTEGER);

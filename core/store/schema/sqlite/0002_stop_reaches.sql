-- A stop and a new yes are ordered by the number of the event that made each: of two, the later one holds.
ALTER TABLE suppression ADD COLUMN event INTEGER NOT NULL DEFAULT 0;
-- Lists that a person has signed up for again after a stop, by the hash of the very address that said yes.
CREATE TABLE reopened (hash BLOB NOT NULL, list INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (hash, list)) WITHOUT ROWID;
-- 1: the person has signed up again after leaving everything, so the flag of the address does not hold for this consent.
ALTER TABLE consent ADD COLUMN reopened INTEGER NOT NULL DEFAULT 0;

-- What the consents of a list were given for (JSON), and why the list sends nothing, if it does not: the numbers of `ListHold`.
ALTER TABLE list ADD COLUMN basis TEXT;
ALTER TABLE list ADD COLUMN hold INTEGER NOT NULL DEFAULT 0;
ALTER TABLE list ADD COLUMN hold_since INTEGER;
-- 1: paused because its list is held; it goes on when the hold ends.
ALTER TABLE broadcast ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
-- Changes of a list that an admin has called the same purpose in other words.
CREATE TABLE list_change (
    id INTEGER PRIMARY KEY AUTOINCREMENT, list INTEGER NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL
);

CREATE INDEX consent_held ON consent (since) WHERE state = 3;

-- Numbers that only grow: taken in blocks, never from the largest row, never used again.
CREATE TABLE number (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO number SELECT 'contact', 1 + max(coalesce((SELECT max(id) FROM contact), 0), coalesce((SELECT max(contact) FROM consent), 0));
INSERT INTO number SELECT 'address', 1 + max(coalesce((SELECT max(id) FROM address), 0), coalesce((SELECT max(address) FROM event), 0));
INSERT INTO number SELECT 'delivery', 1 + max(coalesce((SELECT max(id) FROM delivery), 0), coalesce((SELECT max(last) FROM broadcast), 0));
-- Random, a part of every link to the address, so that no link ever acts on another one; 0 for addresses from before this step.
ALTER TABLE address ADD COLUMN link INTEGER NOT NULL DEFAULT 0;
-- Where the log did not go on as it was: continued from an older copy (fork), or brought back from a backup (restore).
CREATE TABLE log_break (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL, size INTEGER NOT NULL,
    signed INTEGER NOT NULL, origin TEXT, checkpoint TEXT
);

-- The second database: keys of addresses and secrets of the instance, wrapped with the machine's key. Small, with backups of its own.
CREATE TABLE IF NOT EXISTS subject (address INTEGER PRIMARY KEY, wrapped BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;

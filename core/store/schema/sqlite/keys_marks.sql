-- How far the main database was when it was used last, so that an older copy of it is noticed.
CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

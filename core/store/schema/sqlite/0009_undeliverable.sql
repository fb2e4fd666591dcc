-- Why an address is undeliverable: what the provider said, when, and by which transport. The flag is in `address`.
CREATE TABLE undeliverable (address INTEGER PRIMARY KEY, at INTEGER NOT NULL, transport TEXT NOT NULL, reply TEXT NOT NULL);

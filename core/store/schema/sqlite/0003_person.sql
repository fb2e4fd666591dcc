-- An address is a spelling (`value`: shown, used for delivery) and a key (its identity). `mailbox` is the key without its +tag, where it has one.
-- A row that is an alias has no consents and no messages of its own: it names the address that it was merged into, and keeps the key of its evidence.
ALTER TABLE address ADD COLUMN key TEXT;
ALTER TABLE address ADD COLUMN mailbox TEXT;
ALTER TABLE address ADD COLUMN alias_of INTEGER;
DROP INDEX address_value;
CREATE UNIQUE INDEX address_key ON address (channel, key);
CREATE INDEX address_mailbox ON address (channel, mailbox) WHERE mailbox IS NOT NULL;
CREATE INDEX address_alias ON address (alias_of) WHERE alias_of IS NOT NULL;

-- A contact that was merged into another one: its number leads there.
ALTER TABLE contact ADD COLUMN merged_into INTEGER;
CREATE INDEX contact_merged ON contact (merged_into) WHERE merged_into IS NOT NULL;

-- The consent that gave way when two consents of one address and list were merged: its events stay in the log, `evidence` is the last of them.
CREATE TABLE merged_consent (
    uid BLOB PRIMARY KEY, address INTEGER NOT NULL, list INTEGER NOT NULL, state INTEGER NOT NULL, since INTEGER NOT NULL,
    evidence INTEGER NOT NULL, number INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX merged_consent_address ON merged_consent (address, list);

-- Keys are made by code (`src/sqlite/rekey.rs`) when the database is opened, before anything else uses it.
INSERT INTO meta (key, value) VALUES ('after_upgrade:rekey', '');

-- Who was asked and did not say yes is forgotten (R12); what limits how often somebody is asked stays, by keyed hash.
CREATE TABLE asked_before (hash BLOB NOT NULL, list INTEGER NOT NULL, at INTEGER NOT NULL, declined INTEGER NOT NULL, PRIMARY KEY (hash, list, at, declined)) WITHOUT ROWID;
CREATE INDEX consent_unanswered ON consent (since) WHERE state IN (5, 6);

-- What the plugin contract 0.2 brings: ids of a message's parts, by which receipts find it; parts and cost; what an inbound message says beside its text.
CREATE TABLE remote_id (transport INTEGER NOT NULL, remote_id TEXT NOT NULL, delivery INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (transport, remote_id)) WITHOUT ROWID;
CREATE INDEX remote_id_delivery ON remote_id (delivery);
CREATE INDEX remote_id_at ON remote_id (at);
CREATE TABLE sent_cost (delivery INTEGER PRIMARY KEY, broadcast INTEGER NOT NULL, parts INTEGER NOT NULL, cost_micro INTEGER NOT NULL, currency TEXT NOT NULL);
CREATE INDEX sent_cost_broadcast ON sent_cost (broadcast);
-- Where a broadcast went on another channel of the person: the addresses that it has tried.
CREATE TABLE tried_address (broadcast INTEGER NOT NULL, contact INTEGER NOT NULL, address INTEGER NOT NULL, PRIMARY KEY (broadcast, contact, address)) WITHOUT ROWID;
ALTER TABLE inbound ADD COLUMN extras TEXT;

-- Contacts whose data is kept for legal claims although it would be erased or deleted (GDPR Art. 17(3)(e), 18), with reason and end.
-- `erase`: 1 if the person asked to be forgotten meanwhile; it happens at the end.
CREATE TABLE legal_hold (
    contact INTEGER PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL,
    erase INTEGER NOT NULL DEFAULT 0
);

-- Who changed what, and when. Both tables only grow: an entry is begun before a command runs and gets its end afterwards.
-- Contacts are named by their number, never by an address: what is erased leaves no trace here.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL
) STRICT;
CREATE TABLE audit_end (
    audit INTEGER PRIMARY KEY REFERENCES audit (id), at INTEGER NOT NULL, outcome TEXT NOT NULL, object TEXT NOT NULL,
    was TEXT NOT NULL, became TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_end_no_update BEFORE UPDATE ON audit_end BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_end_no_delete BEFORE DELETE ON audit_end BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;

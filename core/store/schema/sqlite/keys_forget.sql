-- Addresses of people who were erased that plugins are still to be told of, each wrapped with the machine's key. Deleted as soon as the plugin has
-- forgotten them. They are here because this database overwrites what it deletes, and because the main one must not name the address any more.
CREATE TABLE IF NOT EXISTS forget (id INTEGER PRIMARY KEY, transport INTEGER NOT NULL, address INTEGER NOT NULL, at INTEGER NOT NULL, wrapped BLOB NOT NULL);

-- Version 14: who answers for names, and names of our own.

-- Resolvers: of all names where domain is '', else of those below it.  The
-- order is that of position, then id.
CREATE TABLE nameserver (
	id             INTEGER PRIMARY KEY AUTOINCREMENT,
	domain         TEXT NOT NULL,
	address        TEXT NOT NULL CHECK (address <> ''), -- an IP, or https://…
	with_exit_node INTEGER NOT NULL DEFAULT 0 CHECK (with_exit_node IN (0, 1)),
	position       INTEGER NOT NULL,
	UNIQUE (domain, address)
) STRICT;

CREATE TABLE search_domain (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	domain   TEXT NOT NULL UNIQUE CHECK (domain <> ''),
	position INTEGER NOT NULL
) STRICT;

-- A value, or a machine whose address of that family it has.
CREATE TABLE dns_record (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	name    TEXT NOT NULL CHECK (name <> ''),
	type    TEXT NOT NULL CHECK (type IN ('A', 'AAAA')),
	value   TEXT,
	node_id INTEGER REFERENCES node (id) ON DELETE CASCADE,
	CHECK ((value IS NULL) <> (node_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX dns_record_once
	ON dns_record (name, type, coalesce(value, ''), coalesce(node_id, 0));
CREATE INDEX dns_record_node ON dns_record (node_id) WHERE node_id IS NOT NULL;

-- The file of the setting extra_records_path, as it was when it could be read
-- last, and what is wrong with it since.
CREATE TABLE dns_file (
	id      INTEGER PRIMARY KEY CHECK (id = 1),
	path    TEXT NOT NULL,
	hash    TEXT NOT NULL,    -- of the bytes of the file that were looked at last
	records TEXT NOT NULL,    -- JSON: [{"name","type","value"}, …]
	read_at INTEGER NOT NULL, -- 0: it never could be
	trouble TEXT NOT NULL     -- '': nothing is wrong
) STRICT;

CREATE TRIGGER nameserver_added AFTER INSERT ON nameserver
BEGIN INSERT INTO change (kind, id) VALUES ('dns', 0); END;
CREATE TRIGGER nameserver_changed AFTER UPDATE ON nameserver
BEGIN INSERT INTO change (kind, id) VALUES ('dns', 0); END;
CREATE TRIGGER nameserver_gone AFTER DELETE ON nameserver
BEGIN INSERT INTO change (kind, id) VALUES ('dns', 0); END;
CREATE TRIGGER search_domain_added AFTER INSERT ON search_domain
BEGIN INSERT INTO change (kind, id) VALUES ('dns', 0); END;
CREATE TRIGGER search_domain_gone AFTER DELETE ON search_domain
BEGIN INSERT INTO change (kind, id) VALUES ('dns', 0); END;
CREATE TRIGGER dns_record_added AFTER INSERT ON dns_record
BEGIN INSERT INTO change (kind, id) VALUES ('dns', 0); END;
CREATE TRIGGER dns_record_gone AFTER DELETE ON dns_record
BEGIN INSERT INTO change (kind, id) VALUES ('dns', 0); END;
CREATE TRIGGER dns_file_added AFTER INSERT ON dns_file
BEGIN INSERT INTO change (kind, id) VALUES ('dns', 0); END;
CREATE TRIGGER dns_file_changed AFTER UPDATE ON dns_file
BEGIN INSERT INTO change (kind, id) VALUES ('dns', 0); END;
CREATE TRIGGER dns_file_gone AFTER DELETE ON dns_file
BEGIN INSERT INTO change (kind, id) VALUES ('dns', 0); END;

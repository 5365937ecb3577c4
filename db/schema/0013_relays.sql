-- Version 13: relays beside the own one.

-- Relays that people added, each a region of its own.
CREATE TABLE derp_region (
	id         INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 65535), -- of the region
	code       TEXT NOT NULL CHECK (code <> ''),
	name       TEXT NOT NULL CHECK (name <> ''),
	host       TEXT NOT NULL CHECK (host <> ''),
	ipv4       TEXT NOT NULL DEFAULT '', -- '', 'none' or an address
	ipv6       TEXT NOT NULL DEFAULT '',
	port       INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
	stun_port  INTEGER NOT NULL CHECK (stun_port BETWEEN 0 AND 65535), -- 0: it has no STUN
	cert       TEXT NOT NULL DEFAULT '', -- SHA-256 of a self-signed certificate, in hex
	token_hash BLOB CHECK (length(token_hash) = 32), -- NULL: it may not ask /verify as a relay
	token_at   INTEGER,
	created_at INTEGER NOT NULL
) STRICT;

-- Where whole maps of relays come from; the last good one is kept.
CREATE TABLE derp_source (
	id         INTEGER PRIMARY KEY,
	place      TEXT NOT NULL UNIQUE CHECK (place <> ''), -- https://… or a path of this machine
	map        TEXT NOT NULL DEFAULT '', -- JSON in its normal form; '': none was good yet
	regions    INTEGER NOT NULL DEFAULT 0,
	read_at    INTEGER, -- when that one was read last
	changed_at INTEGER, -- when it became another
	tried_at   INTEGER,
	error      TEXT NOT NULL DEFAULT '', -- of the last try
	created_at INTEGER NOT NULL
) STRICT;

-- Regions that machines are not told of, whatever they come from.
CREATE TABLE derp_hidden (
	id INTEGER PRIMARY KEY
) STRICT;

-- How a region answered last.
CREATE TABLE derp_test (
	id       INTEGER PRIMARY KEY, -- of the region
	at       INTEGER NOT NULL,
	stun_ms  INTEGER, -- NULL: not asked, or no answer
	https_ms INTEGER,
	error    TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TRIGGER derp_region_added AFTER INSERT ON derp_region
BEGIN INSERT INTO change (kind, id) VALUES ('relay', NEW.id); END;
CREATE TRIGGER derp_region_changed AFTER UPDATE ON derp_region
BEGIN INSERT INTO change (kind, id) VALUES ('relay', NEW.id); END;
CREATE TRIGGER derp_region_gone AFTER DELETE ON derp_region
BEGIN INSERT INTO change (kind, id) VALUES ('relay', OLD.id); END;
CREATE TRIGGER derp_hidden_added AFTER INSERT ON derp_hidden
BEGIN INSERT INTO change (kind, id) VALUES ('relay', NEW.id); END;
CREATE TRIGGER derp_hidden_gone AFTER DELETE ON derp_hidden
BEGIN INSERT INTO change (kind, id) VALUES ('relay', OLD.id); END;
CREATE TRIGGER derp_test_added AFTER INSERT ON derp_test
BEGIN INSERT INTO change (kind, id) VALUES ('relay', NEW.id); END;
CREATE TRIGGER derp_test_changed AFTER UPDATE ON derp_test
BEGIN INSERT INTO change (kind, id) VALUES ('relay', NEW.id); END;
-- A source is no region: 0.
CREATE TRIGGER derp_source_added AFTER INSERT ON derp_source
BEGIN INSERT INTO change (kind, id) VALUES ('relay', 0); END;
CREATE TRIGGER derp_source_changed AFTER UPDATE ON derp_source
BEGIN INSERT INTO change (kind, id) VALUES ('relay', 0); END;
CREATE TRIGGER derp_source_gone AFTER DELETE ON derp_source
BEGIN INSERT INTO change (kind, id) VALUES ('relay', 0); END;

-- The own relay is there from the first start.
INSERT INTO job (kind, subject, due_at) VALUES ('relay-test', 900, unixepoch());

-- Version 1.  A migration that has been released is never edited: the next
-- change is the next file.  Times are Unix seconds; NULL is "none" or "never".
-- Keys are their 32 raw bytes.  Lists are JSON text, '[]' when empty.

CREATE TABLE setting (
	name       TEXT PRIMARY KEY,
	value      TEXT NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;

-- The server's own keys.  The private half is sealed with keys/seal.
CREATE TABLE server_key (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	kind       TEXT NOT NULL CHECK (kind IN ('noise', 'derp')),
	public     BLOB NOT NULL CHECK (length(public) = 32),
	sealed     BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	retired_at INTEGER
) STRICT;
CREATE UNIQUE INDEX server_key_live ON server_key (kind) WHERE retired_at IS NULL;

CREATE TABLE user (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	name         TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (name <> ''),
	display_name TEXT NOT NULL DEFAULT '',
	email        TEXT NOT NULL DEFAULT '',
	picture_url  TEXT NOT NULL DEFAULT '',
	created_at   INTEGER NOT NULL
) STRICT;

-- Keys that let machines in.  Only a keyed hash of the secret is kept.
CREATE TABLE preauth_key (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	prefix       TEXT NOT NULL UNIQUE,
	hash         BLOB NOT NULL CHECK (length(hash) = 32),
	user_id      INTEGER REFERENCES user (id) ON DELETE CASCADE,
	reusable     INTEGER NOT NULL DEFAULT 0,
	ephemeral    INTEGER NOT NULL DEFAULT 0,
	tags         TEXT NOT NULL DEFAULT '[]',
	created_at   INTEGER NOT NULL,
	expires_at   INTEGER,
	revoked_at   INTEGER,
	used_at      INTEGER, -- first use; a one-time key is spent by it
	last_used_at INTEGER,
	CHECK (user_id IS NOT NULL OR tags <> '[]')
) STRICT;
CREATE INDEX preauth_key_user ON preauth_key (user_id);

-- The machines.  A machine has a user or tags, never both (CHECK), one row for
-- each user and one for tags.
CREATE TABLE node (
	id              INTEGER PRIMARY KEY AUTOINCREMENT,
	machine_key     BLOB NOT NULL CHECK (length(machine_key) = 32),
	node_key        BLOB NOT NULL UNIQUE CHECK (length(node_key) = 32),
	user_id         INTEGER REFERENCES user (id) ON DELETE RESTRICT,
	tags            TEXT NOT NULL DEFAULT '[]',
	name            TEXT NOT NULL UNIQUE, -- the DNS label, lower case
	name_pinned     INTEGER NOT NULL DEFAULT 0, -- given by an admin
	hostname        TEXT NOT NULL, -- as the client says it
	ipv4            TEXT UNIQUE,
	ipv6            TEXT UNIQUE,
	hostinfo        TEXT NOT NULL DEFAULT '{}', -- of the last durable update
	routes          TEXT NOT NULL DEFAULT '[]', -- advertised
	approved_routes TEXT NOT NULL DEFAULT '[]',
	requested_tags  TEXT NOT NULL DEFAULT '[]',
	capver          INTEGER NOT NULL DEFAULT 0,
	ephemeral       INTEGER NOT NULL DEFAULT 0,
	register_method TEXT NOT NULL CHECK (register_method IN ('authkey', 'cli', 'web', 'oidc')),
	preauth_key_id  INTEGER REFERENCES preauth_key (id) ON DELETE SET NULL,
	created_at      INTEGER NOT NULL,
	expires_at      INTEGER CHECK (expires_at > 0),
	CHECK ((user_id IS NULL) = (tags <> '[]')),
	CHECK (ipv4 IS NOT NULL OR ipv6 IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX node_machine_user ON node (machine_key, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX node_machine_tagged ON node (machine_key) WHERE user_id IS NULL;
CREATE INDEX node_user ON node (user_id);
CREATE INDEX node_preauth_key ON node (preauth_key_id);
CREATE INDEX node_expires ON node (expires_at) WHERE expires_at IS NOT NULL;

-- What the clients said last, written behind by the worker.  No triggers: it
-- must not come back through the change log.
CREATE TABLE node_live (
	node_id   INTEGER PRIMARY KEY REFERENCES node (id) ON DELETE CASCADE,
	endpoints TEXT NOT NULL DEFAULT '[]',
	disco_key BLOB,
	home_derp INTEGER NOT NULL DEFAULT 0,
	capver    INTEGER NOT NULL DEFAULT 0,
	hostinfo  TEXT,
	online    INTEGER NOT NULL DEFAULT 0,
	last_seen INTEGER
) STRICT;

-- Node keys that no longer open the door: rotated away or of deleted nodes.
CREATE TABLE retired_key (
	node_key    BLOB PRIMARY KEY CHECK (length(node_key) = 32),
	machine_key BLOB NOT NULL CHECK (length(machine_key) = 32),
	node_id     INTEGER NOT NULL,
	user_id     INTEGER,
	name        TEXT NOT NULL,
	reason      TEXT NOT NULL CHECK (reason IN ('rotated', 'deleted')),
	retired_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX retired_key_at ON retired_key (retired_at);

-- Addresses of deleted nodes, not given again until then.
CREATE TABLE held_address (
	address TEXT PRIMARY KEY,
	until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Registrations that wait for a person.  The id in the link is kept hashed.
CREATE TABLE pending (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	auth_hash   BLOB NOT NULL UNIQUE CHECK (length(auth_hash) = 32),
	code        TEXT NOT NULL, -- the last six characters of the link's id
	machine_key BLOB NOT NULL CHECK (length(machine_key) = 32),
	node_key    BLOB NOT NULL CHECK (length(node_key) = 32),
	hostname    TEXT NOT NULL,
	hostinfo    TEXT NOT NULL DEFAULT '{}',
	capver      INTEGER NOT NULL,
	ephemeral   INTEGER NOT NULL DEFAULT 0,
	wanted_expiry INTEGER,
	address     TEXT NOT NULL, -- where the request came from
	state       TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'rejected')),
	reason      TEXT NOT NULL DEFAULT '',
	node_id     INTEGER,
	created_at  INTEGER NOT NULL,
	expires_at  INTEGER NOT NULL,
	decided_at  INTEGER
) STRICT;
CREATE INDEX pending_machine ON pending (machine_key, node_key);
CREATE INDEX pending_address ON pending (address);
CREATE INDEX pending_expires ON pending (expires_at);

-- Established Noise sessions, so that handlers and pages can name them.
CREATE TABLE noise_session (
	id          INTEGER PRIMARY KEY,
	machine_key BLOB NOT NULL,
	capver      INTEGER NOT NULL,
	address     TEXT NOT NULL,
	hash        BLOB NOT NULL, -- first 8 bytes of BLAKE2b(handshake hash)
	started_at  INTEGER NOT NULL,
	ended_at    INTEGER,
	reason      TEXT
) STRICT;
CREATE INDEX noise_session_ended ON noise_session (ended_at);
CREATE INDEX noise_session_machine ON noise_session (machine_key);

CREATE TABLE policy (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	text       TEXT NOT NULL,
	author     TEXT NOT NULL,
	created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	at      INTEGER NOT NULL,
	actor   TEXT NOT NULL, -- 'cli', 'node:12', 'user:3', 'server'
	action  TEXT NOT NULL, -- 'machine.registered'
	subject TEXT NOT NULL, -- 'node:12'
	detail  TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are not changed'); END;

-- Counters of the worker and the relay, for /metrics.  No triggers.
CREATE TABLE stat (
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL,
	at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What happened, in commit order.  Only triggers write here.
CREATE TABLE change (
	seq  INTEGER PRIMARY KEY AUTOINCREMENT,
	kind TEXT NOT NULL,
	id   INTEGER NOT NULL,
	at   INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT;
CREATE INDEX change_row ON change (kind, id, seq);
CREATE INDEX change_at ON change (at);

CREATE TRIGGER node_added AFTER INSERT ON node
BEGIN INSERT INTO change (kind, id) VALUES ('node', NEW.id); END;
CREATE TRIGGER node_changed AFTER UPDATE ON node
BEGIN INSERT INTO change (kind, id) VALUES ('node', NEW.id); END;
CREATE TRIGGER node_gone AFTER DELETE ON node
BEGIN INSERT INTO change (kind, id) VALUES ('node-gone', OLD.id); END;
CREATE TRIGGER user_added AFTER INSERT ON user
BEGIN INSERT INTO change (kind, id) VALUES ('user', NEW.id); END;
CREATE TRIGGER user_changed AFTER UPDATE ON user
BEGIN INSERT INTO change (kind, id) VALUES ('user', NEW.id); END;
CREATE TRIGGER user_gone AFTER DELETE ON user
BEGIN INSERT INTO change (kind, id) VALUES ('user', OLD.id); END;
CREATE TRIGGER pending_added AFTER INSERT ON pending
BEGIN INSERT INTO change (kind, id) VALUES ('pending', NEW.id); END;
CREATE TRIGGER pending_changed AFTER UPDATE ON pending
BEGIN INSERT INTO change (kind, id) VALUES ('pending', NEW.id); END;
CREATE TRIGGER pending_gone AFTER DELETE ON pending
BEGIN INSERT INTO change (kind, id) VALUES ('pending', OLD.id); END;
CREATE TRIGGER preauth_key_added AFTER INSERT ON preauth_key
BEGIN INSERT INTO change (kind, id) VALUES ('preauth-key', NEW.id); END;
CREATE TRIGGER preauth_key_changed AFTER UPDATE ON preauth_key
BEGIN INSERT INTO change (kind, id) VALUES ('preauth-key', NEW.id); END;
CREATE TRIGGER preauth_key_gone AFTER DELETE ON preauth_key
BEGIN INSERT INTO change (kind, id) VALUES ('preauth-key', OLD.id); END;
CREATE TRIGGER setting_added AFTER INSERT ON setting
BEGIN INSERT INTO change (kind, id) VALUES ('setting', 0); END;
CREATE TRIGGER setting_changed AFTER UPDATE ON setting
BEGIN INSERT INTO change (kind, id) VALUES ('setting', 0); END;
CREATE TRIGGER setting_gone AFTER DELETE ON setting
BEGIN INSERT INTO change (kind, id) VALUES ('setting', 0); END;
CREATE TRIGGER policy_added AFTER INSERT ON policy
BEGIN INSERT INTO change (kind, id) VALUES ('policy', NEW.id); END;
CREATE TRIGGER server_key_added AFTER INSERT ON server_key
BEGIN INSERT INTO change (kind, id) VALUES ('server-key', NEW.id); END;
CREATE TRIGGER server_key_changed AFTER UPDATE ON server_key
BEGIN INSERT INTO change (kind, id) VALUES ('server-key', NEW.id); END;

-- Version 2: people who sign in, and what the pages show of machines and keys.

-- Who may do what (fcgi/routes.c names the capability of each address).  Users
-- of version 1 were names for machines: members, without a way to sign in.
ALTER TABLE user ADD COLUMN role TEXT NOT NULL DEFAULT 'member'
	CHECK (role IN ('owner', 'admin', 'network-admin', 'it-admin', 'auditor', 'member'));
ALTER TABLE user ADD COLUMN status TEXT NOT NULL DEFAULT 'active'
	CHECK (status IN ('active', 'invited', 'needs-approval', 'suspended'));

-- How a user signs in.  Beside `user`, so that signing in moves no map.
CREATE TABLE login (
	user_id      INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
	password     TEXT NOT NULL DEFAULT '', -- Argon2id; '' opens nothing
	set_at       INTEGER,
	signed_in_at INTEGER
) STRICT;

-- A browser that is signed in.  The cookie is kept as a keyed hash; a session
-- that ends is a row that goes.
CREATE TABLE web_session (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	hash       BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
	pre_hash   BLOB, -- of the form token before the sign-in, good for 10 min
	user_id    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	address    TEXT NOT NULL,
	agent      TEXT NOT NULL, -- at most 256 bytes
	started_at INTEGER NOT NULL,
	used_at    INTEGER NOT NULL,
	fresh_at   INTEGER NOT NULL -- last proof of who it is
) STRICT;
CREATE INDEX web_session_user ON web_session (user_id);
CREATE INDEX web_session_used ON web_session (used_at);

-- Links that are a secret: setup, invite, reset.  Spent by a POST, once.
CREATE TABLE link (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	kind       TEXT NOT NULL CHECK (kind IN ('setup', 'invite', 'reset')),
	hash       BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
	user_id    INTEGER REFERENCES user (id) ON DELETE CASCADE,
	made_by    INTEGER, -- the user; NULL: the command line.  No reference: a
	                    -- link of a maker who is gone opens nothing
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	used_at    INTEGER,
	CHECK ((kind = 'setup') = (user_id IS NULL))
) STRICT;
CREATE INDEX link_user ON link (user_id);
CREATE INDEX link_made_by ON link (made_by);
CREATE INDEX link_expires ON link (expires_at);

-- Forms that were sent: the same one again has no further effect.  Written in
-- the transaction of the change itself.
CREATE TABLE spent_form (
	hash     BLOB PRIMARY KEY CHECK (length(hash) = 32), -- session and `once`
	location TEXT NOT NULL DEFAULT '', -- what the first was answered with
	flash    TEXT NOT NULL DEFAULT '',
	session  INTEGER NOT NULL DEFAULT 0, -- web_session that it began, or 0
	at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_form_at ON spent_form (at);

-- Keys: what an admin wrote to them, who made them, how often they were used.
-- A key of version 1 was made by an admin, so what it lets in is approved.
ALTER TABLE preauth_key ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE preauth_key ADD COLUMN preapproved INTEGER NOT NULL DEFAULT 1;
ALTER TABLE preauth_key ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
ALTER TABLE preauth_key ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;
UPDATE preauth_key SET uses = (SELECT count(*) FROM node WHERE preauth_key_id = preauth_key.id);

-- Machines: approved or not (setting device_approval), by whom they came in,
-- when they signed in last.
ALTER TABLE node ADD COLUMN approved INTEGER NOT NULL DEFAULT 1;
ALTER TABLE node ADD COLUMN registered_by TEXT NOT NULL DEFAULT '';
ALTER TABLE node ADD COLUMN signed_in_at INTEGER;
UPDATE node SET signed_in_at = created_at;
ALTER TABLE node_live ADD COLUMN online_since INTEGER;

-- What lists sort and filter by, out of the hostinfo of the same row: reading
-- JSON of 10,000 rows for one page is too slow.
ALTER TABLE node ADD COLUMN os TEXT NOT NULL DEFAULT '';
ALTER TABLE node ADD COLUMN version TEXT NOT NULL DEFAULT '';
ALTER TABLE node_live ADD COLUMN os TEXT; -- NULL where hostinfo is
ALTER TABLE node_live ADD COLUMN version TEXT;
UPDATE node SET os = coalesce(json_extract(hostinfo, '$.OS'), ''),
	version = coalesce(json_extract(hostinfo, '$.IPNVersion'), '')
	WHERE json_valid(hostinfo);
UPDATE node_live SET os = coalesce(json_extract(hostinfo, '$.OS'), ''),
	version = coalesce(json_extract(hostinfo, '$.IPNVersion'), '')
	WHERE json_valid(hostinfo);

-- Registrations that wait: who decided, for the page at the link.
ALTER TABLE pending ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';

-- The audit log: how it came about, names as they were then, and a chain of
-- hashes (BLAKE2b over the row before and this one) from here on.
ALTER TABLE audit ADD COLUMN via TEXT NOT NULL DEFAULT ''; -- page cli machine system
ALTER TABLE audit ADD COLUMN actor_name TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN subject_name TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN before TEXT NOT NULL DEFAULT ''; -- JSON of what changed
ALTER TABLE audit ADD COLUMN after TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN session INTEGER NOT NULL DEFAULT 0; -- web_session
ALTER TABLE audit ADD COLUMN once BLOB;
ALTER TABLE audit ADD COLUMN hash BLOB; -- NULL in rows of version 1
CREATE INDEX audit_subject ON audit (subject, id);

CREATE TRIGGER web_session_gone AFTER DELETE ON web_session
BEGIN INSERT INTO change (kind, id) VALUES ('web-session', OLD.id); END;
CREATE TRIGGER audit_added AFTER INSERT ON audit
BEGIN INSERT INTO change (kind, id) VALUES ('audit', NEW.id); END;

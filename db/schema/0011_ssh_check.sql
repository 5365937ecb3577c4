-- Version 11: SSH checks: whoever owns a machine is asked before it logs in.

-- What was asked, and what was answered.  The id in the link is kept hashed.
-- An approval is for this source, destination and login, as long as the source
-- has the key and the owner that it had; the policy says for how long
-- (checkPeriod).  Machines are not referred to: their names as they were then
-- stay when they go.
CREATE TABLE ssh_check (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	auth_hash  BLOB NOT NULL UNIQUE CHECK (length(auth_hash) = 32),
	code       TEXT NOT NULL, -- the last six characters of the link's id
	src_id     INTEGER NOT NULL, -- nodes
	dst_id     INTEGER NOT NULL,
	src_key    BLOB NOT NULL CHECK (length(src_key) = 32), -- node key of the source
	user_id    INTEGER NOT NULL, -- who owned the source
	login      TEXT NOT NULL, -- as whom, at the destination
	src_name   TEXT NOT NULL,
	dst_name   TEXT NOT NULL,
	user_name  TEXT NOT NULL,
	period     INTEGER NOT NULL, -- seconds, as the rule had it; 0: each connection asks
	state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'rejected', 'ended')),
	reason     TEXT NOT NULL DEFAULT '', -- of a rejection, or of the end
	decided_by TEXT NOT NULL DEFAULT '', -- as audit.actor
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL, -- of the link
	decided_at INTEGER,
	ended_at   INTEGER
) STRICT;
CREATE INDEX ssh_check_pair ON ssh_check (src_id, dst_id, login);
CREATE INDEX ssh_check_destination ON ssh_check (dst_id);
CREATE INDEX ssh_check_expires ON ssh_check (expires_at);

CREATE TRIGGER ssh_check_added AFTER INSERT ON ssh_check
BEGIN INSERT INTO change (kind, id) VALUES ('check', NEW.id); END;
CREATE TRIGGER ssh_check_changed AFTER UPDATE ON ssh_check
BEGIN INSERT INTO change (kind, id) VALUES ('check', NEW.id); END;
CREATE TRIGGER ssh_check_gone AFTER DELETE ON ssh_check
BEGIN INSERT INTO change (kind, id) VALUES ('check', OLD.id); END;

-- What was allowed to a machine ends with it, with its owner or tags, and with
-- the expiry of its key, whichever rule changes those.
CREATE TRIGGER ssh_check_node_gone AFTER DELETE ON node
BEGIN UPDATE ssh_check SET state = 'ended', ended_at = unixepoch(),
	reason = 'the machine was deleted'
	WHERE (src_id = OLD.id OR dst_id = OLD.id) AND state IN ('waiting', 'approved'); END;
CREATE TRIGGER ssh_check_node_given AFTER UPDATE OF user_id, tags ON node
WHEN OLD.user_id IS NOT NEW.user_id OR OLD.tags <> NEW.tags
BEGIN UPDATE ssh_check SET state = 'ended', ended_at = unixepoch(),
	reason = 'the machine has another owner or other tags'
	WHERE (src_id = NEW.id OR dst_id = NEW.id) AND state IN ('waiting', 'approved'); END;
CREATE TRIGGER ssh_check_node_expired AFTER UPDATE OF expires_at ON node
WHEN OLD.expires_at IS NOT NEW.expires_at
	AND (OLD.expires_at <= unixepoch() OR NEW.expires_at <= unixepoch())
BEGIN UPDATE ssh_check SET state = 'ended', ended_at = unixepoch(),
	reason = 'the key of the machine expired'
	WHERE (src_id = NEW.id OR dst_id = NEW.id) AND state IN ('waiting', 'approved'); END;

-- Version 10: what machines are asked over their map streams.

-- The worker sends it and a handler takes the answer; whoever asked reads it here.
CREATE TABLE ask (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	node_id  INTEGER NOT NULL REFERENCES node (id) ON DELETE CASCADE,
	kind     TEXT NOT NULL,
	target   TEXT NOT NULL, -- address that it shall ping, or ''
	token    BLOB NOT NULL CHECK (length(token) = 16),
	asked_by TEXT NOT NULL, -- as audit.actor
	asked_at INTEGER NOT NULL,
	asked_ms INTEGER NOT NULL, -- of the machine's monotonic clock
	due_at   INTEGER NOT NULL,
	state    INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 3),
	ended_at INTEGER,
	took_ms  INTEGER NOT NULL DEFAULT 0,
	answer   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX ask_node ON ask (node_id, id);
CREATE INDEX ask_open ON ask (due_at) WHERE state = 0;

-- By the machine: its page shows it.
CREATE TRIGGER ask_added AFTER INSERT ON ask
BEGIN INSERT INTO change (kind, id) VALUES ('ask', NEW.node_id); END;
CREATE TRIGGER ask_ended AFTER UPDATE OF state ON ask
BEGIN INSERT INTO change (kind, id) VALUES ('ask', NEW.node_id); END;

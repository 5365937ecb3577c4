-- Version 18: notices, for who wants to hear of something elsewhere.

-- Where notices go: a webhook, or people by mail.
CREATE TABLE notice_target (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	kind       TEXT NOT NULL CHECK (kind IN ('webhook', 'mail')),
	place      TEXT NOT NULL CHECK (place <> ''), -- URL; of mail: addresses, a blank between
	format     TEXT NOT NULL DEFAULT '', -- of webhooks
	events     TEXT NOT NULL, -- words, a blank before and behind each
	server     TEXT NOT NULL DEFAULT '', -- of mail, as the next: host:port
	security   TEXT NOT NULL DEFAULT '',
	sender     TEXT NOT NULL DEFAULT '',
	account    TEXT NOT NULL DEFAULT '', -- '': it does not sign in
	secret     BLOB NOT NULL, -- sealed: what signs, or the password
	created_at INTEGER NOT NULL
) STRICT;

-- What each of them is to hear: written with the fact itself, so that none is
-- lost, and once for each fact, so that none comes twice.  Kept as a log.
CREATE TABLE notice (
	id        INTEGER PRIMARY KEY AUTOINCREMENT,
	target_id INTEGER NOT NULL REFERENCES notice_target (id) ON DELETE CASCADE,
	event     TEXT NOT NULL,
	type      TEXT NOT NULL, -- what receivers call it
	fact      TEXT NOT NULL, -- the same for what is the same
	at        INTEGER NOT NULL,
	message   TEXT NOT NULL,
	data      TEXT NOT NULL, -- JSON
	state     TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
	tries     INTEGER NOT NULL DEFAULT 0,
	tried_at  INTEGER,
	answer    TEXT NOT NULL DEFAULT '', -- of the last try, in words
	UNIQUE (target_id, fact)
) STRICT;
CREATE INDEX notice_waiting ON notice (target_id, id) WHERE state = 'waiting';
CREATE INDEX notice_at ON notice (at);

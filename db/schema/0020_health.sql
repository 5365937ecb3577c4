-- Version 20: what each check of this server found last.

CREATE TABLE health (
	name   TEXT PRIMARY KEY CHECK (name <> ''),
	state  TEXT NOT NULL CHECK (state IN ('ok', 'unknown', 'warn', 'fail')),
	what   TEXT NOT NULL, -- a line each finding
	remedy TEXT NOT NULL DEFAULT '',
	since  INTEGER NOT NULL -- since when it is in that state
) STRICT;

-- One row: when all of them were looked at last.
CREATE TABLE health_look (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER health_looked_first AFTER INSERT ON health_look
BEGIN INSERT INTO change (kind, id) VALUES ('health', unixepoch()); END;
CREATE TRIGGER health_looked AFTER UPDATE ON health_look
BEGIN INSERT INTO change (kind, id) VALUES ('health', unixepoch()); END;

INSERT INTO job (kind, due_at) VALUES ('health', unixepoch());

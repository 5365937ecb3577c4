-- Version 9: work with a clock of its own.

-- One row for each thing that is done again and again, or once when its time
-- comes: whoever wants it done anew moves due_at.
CREATE TABLE job (
	id         INTEGER PRIMARY KEY,
	kind       TEXT NOT NULL CHECK (kind <> ''),
	subject    INTEGER NOT NULL DEFAULT 0, -- a row of its kind's own table
	due_at     INTEGER NOT NULL,
	tries      INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0), -- in vain, since it last did well
	began_at   INTEGER, -- the last time
	last_error TEXT NOT NULL DEFAULT '',
	UNIQUE (kind, subject)
) STRICT;
CREATE INDEX job_due ON job (due_at);

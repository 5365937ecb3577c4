-- Version 19: the audit log is searched, and its chain of hashes has two ends.

-- Each filter of the list has its own, in the order of the list.
CREATE INDEX audit_actor  ON audit (actor, at);
CREATE INDEX audit_who    ON audit (actor_name COLLATE NOCASE, at);
CREATE INDEX audit_event  ON audit (action, at);
CREATE INDEX audit_about  ON audit (subject, at);
CREATE INDEX audit_target ON audit (subject_name COLLATE NOCASE, at);
CREATE INDEX audit_via    ON audit (via, at);

-- Places of the chain.  'base': the last row that retention took, which the
-- oldest one that is left hangs on.  'checked': up to where it was walked last.
-- 'walking': so far a walk over all of it has come.
CREATE TABLE audit_mark (
	name     TEXT PRIMARY KEY CHECK (name IN ('base', 'checked', 'walking')),
	id       INTEGER NOT NULL, -- of the row
	hash     BLOB NOT NULL CHECK (length(hash) = 32),
	broken   INTEGER NOT NULL DEFAULT 0, -- the first row that does not fit; 0: all do
	at       INTEGER NOT NULL, -- when that was found
	whole_at INTEGER NOT NULL DEFAULT 0 -- when it was walked from its beginning
) STRICT, WITHOUT ROWID;
-- The very first row hangs on nothing.  Where rows went before this version, or
-- stand there without a hash, nobody knows what the oldest hangs on.
INSERT INTO audit_mark (name, id, hash, at)
	SELECT 'base', 0, zeroblob(32), unixepoch()
	WHERE coalesce((SELECT min(id) FROM audit), 1) = 1
	AND NOT EXISTS (SELECT 1 FROM audit WHERE hash IS NULL);

INSERT INTO job (kind, due_at) VALUES ('audit-check', unixepoch());

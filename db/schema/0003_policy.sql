-- Version 3: the history of the policy.  A text is kept once, however often it
-- was in force; a version says who put it there, when, how and why.
CREATE TABLE policy_text (
	id   INTEGER PRIMARY KEY,
	hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32), -- SHA-256
	text TEXT NOT NULL
) STRICT;
INSERT INTO policy_text (hash, text) SELECT DISTINCT sha256(text), text FROM policy;

DROP TRIGGER policy_added;
ALTER TABLE policy RENAME TO policy_before;
CREATE TABLE policy (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	text_id     INTEGER NOT NULL REFERENCES policy_text (id) ON DELETE RESTRICT,
	author      TEXT NOT NULL, -- as audit.actor
	author_name TEXT NOT NULL DEFAULT '', -- as it was then
	via         TEXT NOT NULL DEFAULT '', -- as audit.via
	note        TEXT NOT NULL DEFAULT '',
	restored    INTEGER NOT NULL DEFAULT 0, -- the version whose text it is again
	added       INTEGER, -- lines, to the version before; NULL: not known
	removed     INTEGER,
	domains     TEXT NOT NULL DEFAULT '[]', -- of logins, as they were then
	created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX policy_text_of ON policy (text_id);
INSERT INTO policy (id, text_id, author, created_at)
	SELECT p.id, t.id, p.author, p.created_at
	FROM policy_before p JOIN policy_text t ON t.hash = sha256(p.text);
DROP TABLE policy_before;
CREATE TRIGGER policy_added AFTER INSERT ON policy
BEGIN INSERT INTO change (kind, id) VALUES ('policy', NEW.id); END;

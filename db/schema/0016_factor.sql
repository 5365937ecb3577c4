-- Version 16: the second factor of who signs in with a password.

-- A code that was used, and all older ones, open nothing: `step` is the number
-- of the 30 seconds that the last one was of.
CREATE TABLE factor (
	user_id  INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
	secret   BLOB NOT NULL, -- sealed
	step     INTEGER NOT NULL,
	added_at INTEGER NOT NULL
) STRICT;

-- For who lost the device: each opens once, and its row goes.
CREATE TABLE recovery_code (
	user_id INTEGER NOT NULL REFERENCES factor (user_id) ON DELETE CASCADE,
	hash    BLOB NOT NULL CHECK (length(hash) = 32), -- keyed
	PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;

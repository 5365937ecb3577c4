-- Version 21: which secrets of keys/ this database was written with.
-- 'pages' is what handlers hold of the seal.
CREATE TABLE secret_mark (
	name TEXT PRIMARY KEY CHECK (name IN ('seal', 'pages', 'pepper')),
	mark BLOB NOT NULL CHECK (length(mark) = 32) -- keyed hash, tells nothing
) STRICT;

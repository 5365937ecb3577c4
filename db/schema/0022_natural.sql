-- Version 22: lists by name count as people do, node-2 before node-10.
-- What name_key(name) gives (db/natural.h).
ALTER TABLE node ADD COLUMN sort_name TEXT NOT NULL DEFAULT '';
UPDATE node SET sort_name = name_key(name);
DROP INDEX node_list;
CREATE INDEX node_list ON node (sort_name, name, hostname, user_id, tags, ipv4, ipv6,
	os, version_number, approved, expires_at, created_at);

-- Version 5: a list reads few bytes of each machine.

-- The version as a number that sorts (db/said.h makes it).  What a machine says
-- has no limits; the number has.
ALTER TABLE node ADD COLUMN version_number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE node_live ADD COLUMN version_number INTEGER; -- NULL where hostinfo is
UPDATE node SET version_number = (
	SELECT min(max(CAST(v AS INTEGER), 0), 9999) * 1000000000
		+ min(max(CAST(m AS INTEGER), 0), 9999) * 100000
		+ min(max(CAST(substr(m, instr(m, '.') + 1) AS INTEGER), 0), 99999)
	FROM (SELECT version AS v, substr(version, instr(version, '.') + 1) AS m))
	WHERE version <> '';
UPDATE node_live SET version_number = (
	SELECT min(max(CAST(v AS INTEGER), 0), 9999) * 1000000000
		+ min(max(CAST(m AS INTEGER), 0), 9999) * 100000
		+ min(max(CAST(substr(m, instr(m, '.') + 1) AS INTEGER), 0), 99999)
	FROM (SELECT version AS v, substr(version, instr(version, '.') + 1) AS m))
	WHERE version IS NOT NULL;

-- All that db/machine_list.c looks at to find machines and to sort them.  The
-- rows themselves are a kilobyte and more each, most of it hostinfo.
CREATE INDEX node_list ON node (name, hostname, user_id, tags, ipv4, ipv6, os,
	version_number, approved, expires_at, created_at);
CREATE INDEX node_live_list ON node_live (node_id, online, last_seen, os, version_number);

-- Version 12: who was elected to carry which subnets, as the worker says.
-- Soft state like the rest of node_live: written behind, without triggers.

ALTER TABLE node_live ADD COLUMN primary_routes TEXT NOT NULL DEFAULT '[]';
-- enum routing of db/live.h
ALTER TABLE node_live ADD COLUMN routing INTEGER NOT NULL DEFAULT 0;

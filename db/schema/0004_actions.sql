-- Version 4: what the policy acts on.

-- Machines with routes are few; each save of the policy looks at all of them.
CREATE INDEX node_routes ON node (id) WHERE routes <> '[]' OR approved_routes <> '[]';

-- Whether a login takes a machine from a user to tags or back follows from the
-- key that it had until then.
ALTER TABLE pending ADD COLUMN old_node_key BLOB;

-- Version 7: who approved a route.

-- One row for each route of node.approved_routes; ::/0 has the same as
-- 0.0.0.0/0.  Whom pages show it to hears of it by the row of the node, which
-- changes with it.
CREATE TABLE route_approval (
	node_id    INTEGER NOT NULL REFERENCES node (id) ON DELETE CASCADE,
	route      TEXT NOT NULL,
	actor      TEXT NOT NULL, -- as audit.actor; 'policy': its autoApprovers
	actor_name TEXT NOT NULL, -- as it was then
	version    INTEGER NOT NULL, -- of the policy that approved it, or 0
	at         INTEGER NOT NULL,
	PRIMARY KEY (node_id, route)
) STRICT, WITHOUT ROWID;

-- What the audit log still knows: the newest row that has the route after it,
-- and not before.
INSERT INTO route_approval
	SELECT n.id, r.value, a.actor, a.actor_name, 0, a.at
	FROM node n,
	json_each(CASE WHEN json_valid(n.approved_routes) THEN n.approved_routes ELSE '[]' END) r
	JOIN audit a ON a.id = (
		SELECT max(b.id) FROM audit b
		WHERE b.subject = 'node:' || n.id AND b.action = 'machine.routes_set'
		AND EXISTS (SELECT 1 FROM json_each(
			CASE WHEN json_valid(b.after) THEN b.after ELSE '{}' END,
			'$.approved_routes') w WHERE w.value = r.value)
		AND NOT EXISTS (SELECT 1 FROM json_each(
			CASE WHEN json_valid(b.before) THEN b.before ELSE '{}' END,
			'$.approved_routes') w WHERE w.value = r.value));

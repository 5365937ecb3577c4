-- Version 8: machines are found by their routes.

-- Those with routes are few as a rule; with both lists here the rows, a kilobyte
-- and more each, are not read to tell what waits.
DROP INDEX node_routes;
CREATE INDEX node_routes ON node (id, routes, approved_routes)
	WHERE routes <> '[]' OR approved_routes <> '[]';

-- Version 6: what people say of machines.

-- Attributes that people give a machine, for postures: "custom:tier" is "prod".
CREATE TABLE node_attribute (
	node_id    INTEGER NOT NULL REFERENCES node (id) ON DELETE CASCADE,
	name       TEXT NOT NULL CHECK (name LIKE 'custom:_%'),
	value      TEXT NOT NULL CHECK (value <> ''),
	set_by     TEXT NOT NULL, -- as audit.actor
	set_at     INTEGER NOT NULL,
	expires_at INTEGER CHECK (expires_at > 0),
	PRIMARY KEY (node_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX node_attribute_expires ON node_attribute (expires_at) WHERE expires_at IS NOT NULL;

-- To whoever follows the log it is the machine that changed.
CREATE TRIGGER node_attribute_added AFTER INSERT ON node_attribute
BEGIN INSERT INTO change (kind, id) VALUES ('node', NEW.node_id); END;
CREATE TRIGGER node_attribute_changed AFTER UPDATE ON node_attribute
BEGIN INSERT INTO change (kind, id) VALUES ('node', NEW.node_id); END;
CREATE TRIGGER node_attribute_gone AFTER DELETE ON node_attribute
WHEN EXISTS (SELECT 1 FROM node WHERE id = OLD.node_id)
BEGIN INSERT INTO change (kind, id) VALUES ('node', OLD.node_id); END;


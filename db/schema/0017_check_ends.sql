-- Version 17: rules end SSH checks, with an audit row and by the time that the
-- server believes (tailnet/check_ends.h); triggers know neither.

DROP TRIGGER ssh_check_node_gone;
DROP TRIGGER ssh_check_node_given;
DROP TRIGGER ssh_check_node_expired;

/* Verbs whose rules are not here yet. */
#include "cli/command.h"

#define LATER(name)                                              \
	enum err name(struct cli *c)                             \
	{                                                        \
		return cli_refuse(c, "not in this version yet"); \
	}

LATER(cmd_nodes_list)
LATER(cmd_nodes_routes)
LATER(cmd_nodes_rename)
LATER(cmd_nodes_expire)
LATER(cmd_nodes_delete)
LATER(cmd_nodes_register)
LATER(cmd_nodes_tag)
LATER(cmd_auth_register)
LATER(cmd_auth_approve)
LATER(cmd_auth_reject)
LATER(cmd_policy_get)
LATER(cmd_policy_set)
LATER(cmd_policy_check)

/* Verbs whose rules are not here yet. */
#include "cli/command.h"

#define LATER(name)                                              \
	enum err name(struct cli *c)                             \
	{                                                        \
		return cli_refuse(c, "not in this version yet"); \
	}

LATER(cmd_policy_get)
LATER(cmd_policy_set)
LATER(cmd_policy_check)

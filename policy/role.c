#include <string.h>

#include "policy/policy.h"

static const char *const words[] = {
#define X(name, word) word,
	POLICY_ROLE_TABLE(X)
#undef X
};

const char *
policy_role_word(enum policy_role role)
{
	return role < POLICY_ROLES ? words[role] : "";
}

enum policy_role
policy_role_of(const char *word)
{
	enum policy_role role = 0;

	while (role < POLICY_ROLES && strcmp(words[role], word) != 0)
		role++;
	return role;
}

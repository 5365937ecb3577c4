#include "tailnet/node_follow.h"

#include <string.h>

#include "tailnet/check_ends.h"
#include "tailnet/stale.h"

enum err
node_follow(struct db *db, const struct node *before, const struct node *after,
	const char *actor, int64_t now)
{
	enum err e = checks_follow(db, before, after, now);

	if (e || (after && strcmp(before->name, after->name) == 0))
		return e;
	return stale_name_changed(
		db, before->name, after ? after->name : NULL, actor, now);
}

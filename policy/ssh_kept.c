#include "policy/ssh_kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/inside.h"

bool
ssh_kept_write(struct engine *e, size_t rule, struct buf *out)
{
	const struct ssh_kept *k = e->ssh_kept ? &e->ssh_kept[rule] : NULL;

	if (!k || !k->json)
		return false;
	buf_put(out, k->json, k->len);
	return true;
}

void
ssh_kept_put(struct engine *e, size_t rule, const void *json, size_t len)
{
	size_t count = engine_policy(e)->ssh_count;

	if (!len || e->ssh_kept_bytes + len > SSH_KEPT_MAX)
		return;
	if (!e->ssh_kept)
		e->ssh_kept = own_alloc(count * sizeof(*e->ssh_kept));
	ssh_kept_drop(e, rule);
	e->ssh_kept[rule].json = own_alloc(len);
	e->ssh_kept[rule].len = len;
	memcpy(e->ssh_kept[rule].json, json, len);
	e->ssh_kept_bytes += len;
}

void
ssh_kept_drop(struct engine *e, size_t rule)
{
	struct ssh_kept *k = e->ssh_kept ? &e->ssh_kept[rule] : NULL;

	if (!k)
		return;
	e->ssh_kept_bytes -= k->len;
	free(k->json);
	*k = (struct ssh_kept){ NULL, 0 };
}

void
ssh_kept_clear(struct engine *e)
{
	for (size_t i = 0; e->ssh_kept && i < engine_policy(e)->ssh_count; i++)
		ssh_kept_drop(e, i);
	free(e->ssh_kept);
	e->ssh_kept = NULL;
}

#include "tailnet/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* "user:3" and "node:12" have names; "cli" and "server" are theirs. */
static const char *
name_of(struct db *db, struct arena *mem, const char *actor)
{
	const char *colon = strchr(actor, ':');
	int64_t id;

	if (!colon || text_int(colon + 1, &id))
		return NULL;
	return db_audit_name(db, mem,
		arena_printf(mem, "%.*s", (int)(colon - actor), actor), id);
}

const char *
audit_actor_name(struct db *db, struct arena *mem, const char *actor)
{
	const struct audit_origin *o = db_origin(db);

	return o && o->actor_name ? o->actor_name : name_of(db, mem, actor);
}

enum err
audit_row(struct db *db, const char *kind, int64_t id, const struct audit *row)
{
	const struct audit_origin *o = db_origin(db);
	struct arena *mem = arena_new();
	struct audit a = *row;
	enum err e;

	a.subject = arena_printf(mem, "%s:%" PRId64, kind, id);
	if (!a.subject_name)
		a.subject_name = db_audit_name(db, mem, kind, id);
	if (!a.actor_name && (!o || !o->actor_name))
		a.actor_name = name_of(db, mem, a.actor);
	e = db_audit_add(db, &a);
	arena_free(mem);
	return e;
}

enum err
audit(struct db *db, int64_t now, const char *actor, const char *action,
	const char *kind, int64_t id, const char *detail)
{
	return audit_row(db, kind, id,
		&(struct audit){ .at = now,
			.actor = actor,
			.action = action,
			.detail = detail });
}

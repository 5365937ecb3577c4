#include "tailnet/attribute.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "db/node.h"
#include "tailnet/audit.h"
#include "tailnet/check_ends.h"

#define PREFIX  "custom:"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

/* Of SSH checks whose rule asks for a posture. */
#define NOT_ALLOWED "the policy does not let the machine in any more"

enum {
	OVER_AT_ONCE = 256,
};

bool
attribute_name_is_valid(const char *name)
{
	size_t len = strlen(name);

	return text_starts(name, PREFIX) && len > strlen(PREFIX) &&
	       len <= ATTRIBUTE_NAME_MAX &&
	       strspn(name, LETTERS DIGITS "_:") == len;
}

bool
attribute_value_is_valid(const char *value)
{
	size_t len = strlen(value);

	return len > 0 && len <= ATTRIBUTE_VALUE_MAX &&
	       strspn(value, LETTERS DIGITS "_.-") == len;
}

static enum err
check(const struct attribute *a, int64_t now)
{
	if (!attribute_name_is_valid(a->name) ||
		!attribute_value_is_valid(a->value))
		return ERR_BAD_ATTRIBUTE;
	return a->expires_at && a->expires_at <= now ? ERR_EXPIRED : ERR_OK;
}

/* One more of this name. */
static enum err
check_room(struct db *db, const struct attribute *a, struct arena *mem)
{
	struct attribute *rows;
	size_t count = 0;
	enum err e = db_attributes(db, a->node_id, mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++)
		if (strcmp(rows[i].name, a->name) == 0)
			return ERR_OK;
	return !e && count >= ATTRIBUTES_MAX ? ERR_TOO_BIG : e;
}

static const char *
words(struct arena *mem, const struct attribute *a)
{
	return arena_printf(mem, "%s=%s%s%s", a->name, a->value,
		a->expires_at ? " until " : "",
		a->expires_at ? clock_print(mem, a->expires_at) : "");
}

enum err
tailnet_attribute_set(struct db *db, const struct attribute *a,
	const char *actor, int64_t now)
{
	struct arena *mem = arena_new();
	struct attribute row = *a;
	struct node n;
	enum err e = check(a, now);

	row.set_by = actor;
	row.set_at = now;
	if (!e)
		e = db_begin(db);
	if (e) {
		arena_free(mem);
		return e;
	}
	e = db_node_by_id(db, a->node_id, mem, &n);
	if (!e)
		e = check_room(db, a, mem);
	if (!e)
		e = db_attribute_put(db, &row);
	if (!e)
		e = audit(db, now, actor, "machine.attribute_set", "node",
			a->node_id, words(mem, a));
	if (!e)
		e = checks_revise(db, NOT_ALLOWED, actor, now);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}

enum err
tailnet_attribute_unset(struct db *db, int64_t node_id, const char *name,
	const char *actor, int64_t now)
{
	enum err e = db_begin(db);

	if (!e)
		e = db_attribute_delete(db, node_id, name);
	if (!e)
		e = audit(db, now, actor, "machine.attribute_unset", "node",
			node_id, name);
	if (!e)
		e = checks_revise(db, NOT_ALLOWED, actor, now);
	return db_end(db, e);
}

static enum err
end_all(struct db *db, const struct attribute *rows, size_t count, int64_t now)
{
	enum err e = db_begin(db);

	for (size_t i = 0; !e && i < count; i++) {
		e = db_attribute_delete(db, rows[i].node_id, rows[i].name);
		if (!e)
			e = audit(db, now, "server",
				"machine.attribute_expired", "node",
				rows[i].node_id, rows[i].name);
		/* Somebody was faster. */
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	if (!e)
		e = checks_revise(db, NOT_ALLOWED, "server", now);
	return db_end(db, e);
}

enum err
tailnet_attributes_expire(struct db *db, int64_t now, int64_t *gone)
{
	struct arena *mem = arena_new();
	struct attribute *rows;
	size_t count = 0;
	enum err e =
		db_attributes_over(db, now, OVER_AT_ONCE, mem, &rows, &count);

	if (!e && count)
		e = end_all(db, rows, count, now);
	*gone = e ? 0 : (int64_t)count;
	arena_free(mem);
	return e;
}

struct engine_attribute *
attributes_seen(struct arena *mem, const char *text, size_t *count)
{
	struct engine_attribute *out =
		arena_array(mem, ATTRIBUTES_MAX, sizeof(*out));

	*count = 0;
	while (*text && *count < ATTRIBUTES_MAX) {
		size_t len = strcspn(text, " "), name = strcspn(text, "=");

		if (name < len)
			out[(*count)++] = (struct engine_attribute){
				arena_printf(mem, "%.*s", (int)name, text),
				arena_printf(mem, "%.*s", (int)(len - name - 1),
					text + name + 1)
			};
		text += len + strspn(text + len, " ");
	}
	return out;
}

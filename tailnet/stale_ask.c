#include "tailnet/stale_ask.h"

#include <string.h>

#include "db/node.h"

const char *
stale_machines_word(size_t count)
{
	return count == 1 ? "machine" : "machines";
}

static enum err
check_name(struct db *db, const char *name, struct arena *mem, const char **why)
{
	struct node n;
	enum err e = db_node_by_name(db, name, mem, &n);

	if (e != ERR_NOT_FOUND)
		return e;
	*why = arena_printf(mem, "No machine is named %s.", name);
	return ERR_BAD_INPUT;
}

enum err
stale_exempt_check(
	struct db *db, const char *names, struct arena *mem, const char **why)
{
	enum err e = ERR_OK;

	while (!e && *names) {
		size_t n = strcspn(names, " ");

		if (n)
			e = check_name(db,
				arena_printf(mem, "%.*s", (int)n, names), mem,
				why);
		names += n + (names[n] == ' ');
	}
	return e;
}

static bool
is_same(const struct stale_rule *a, const struct stale_rule *b)
{
	return a->days == b->days && a->deletes == b->deletes &&
	       strcmp(a->exempt, b->exempt) == 0;
}

static const char *
names_of(const struct stale_machine *rows, size_t count, struct arena *mem)
{
	size_t shown = count < STALE_ASKED_MAX ? count : STALE_ASKED_MAX;
	const char *text = rows[0].name;

	for (size_t i = 1; i < shown; i++)
		text = arena_printf(mem, "%s, %s", text, rows[i].name);
	return shown < count ? arena_printf(mem, "%s and %zu more.", text,
				       count - shown)
			     : arena_printf(mem, "%s.", text);
}

enum err
stale_ask(struct db *db, const struct stale_rule *in_force,
	const struct stale_rule *wanted, int64_t now, struct arena *mem,
	struct stale_asked *out)
{
	struct stale_machine *rows;
	size_t count = 0;
	enum err e = ERR_OK;

	if (!is_same(in_force, wanted))
		e = stale_find(db, wanted, now, mem, &rows, &count);
	if (e)
		return e;
	*out = (struct stale_asked){ .count = count };
	if (!count)
		return ERR_OK;
	out->question = arena_printf(mem, "%s %zu %s?",
		wanted->deletes ? "Delete" : "Expire the keys of", count,
		stale_machines_word(count));
	out->effect = arena_printf(mem, "%zu %s would be %s within the hour.",
		count, stale_machines_word(count),
		wanted->deletes ? "deleted" : "expired");
	out->names = names_of(rows, count, mem);
	return ERR_OK;
}

/* stale_name.c: names in the setting stale_exempt stay those of machines. */
#include <string.h>

#include "db/setting.h"
#include "tailnet/stale.h"

/* `names` with `to` in each place of `from`; NULL: without it. */
static const char *
with_other(
	struct arena *mem, const char *names, const char *from, const char *to)
{
	const char *all = "";
	size_t len = strlen(from);

	while (*names) {
		size_t n = strcspn(names, " ");
		bool is_it = n == len && strncmp(names, from, n) == 0;

		if (n && (!is_it || to))
			all = arena_printf(mem, "%s%s%.*s", all,
				*all ? " " : "",
				is_it ? (int)strlen(to) : (int)n,
				is_it ? to : names);
		names += n + (names[n] == ' ');
	}
	return all;
}

enum err
stale_name_changed(struct db *db, const char *from, const char *to,
	const char *actor, int64_t now)
{
	struct arena *mem = arena_new();
	const char *names = "";
	enum err e = db_setting_get(db, "stale_exempt", mem, &names);

	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (!e && stale_is_exempt(names, from))
		e = settings_rewrite(db, "stale_exempt",
			with_other(mem, names, from, to), actor, now, mem);
	arena_free(mem);
	return e;
}

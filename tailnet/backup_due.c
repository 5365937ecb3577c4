#include "tailnet/backup_due.h"

#include <inttypes.h>

#include "db/server_key.h"
#include "db/stat.h"

enum {
	MINUTE = 60,
	HOUR = 3600,
	DAY = 86400,
};

enum err
backup_due(struct db *db, const struct settings *s, int64_t now,
	struct backup_due *out)
{
	int64_t last = 0, since = 0;
	enum err e = db_stat_at(db, STAT_BACKUP, &last);

	if (e == ERR_NOT_FOUND)
		e = db_server_key_first(db, &since);
	else
		since = last;
	if (e)
		return e;
	out->last_at = last;
	out->due_at = s->backup_days ? since + s->backup_days * DAY : 0;
	out->overdue = s->backup_days && now >= out->due_at;
	return ERR_OK;
}

const char *
backup_age(struct arena *mem, int64_t seconds)
{
	if (seconds >= 2 * DAY)
		return arena_printf(mem, "%" PRId64 " days", seconds / DAY);
	if (seconds >= 2 * HOUR)
		return arena_printf(mem, "%" PRId64 " h", seconds / HOUR);
	return arena_printf(mem, "%" PRId64 " min", seconds / MINUTE);
}

/*
 * GET /health: for load balancers (draft-inadarei-api-health-check): the
 * database answers and is still the one in the folder, the disk has room, the
 * worker was alive some seconds ago, and what it writes every ten seconds was
 * written.  Asking writes nothing, so that no stranger can make the disk work.
 */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "db/change.h"
#include "db/stat.h"
#include "fcgi/pub.h"
#include "fcgi/reply.h"

struct health {
	const char *status, *output;
};

#define THIS struct health
static const struct json_field health_fields[] = {
	JSON_FIELD(THIS, status, "status", KEEP_EMPTY),
	JSON_FIELD(THIS, output, "output", OMIT_EMPTY),
};
#undef THIS
static const struct json_table health_table =
	JSON_TABLE(struct health, health_fields);

static const char *
worker_trouble(struct request *r)
{
	const char *path = arena_printf(r->mem, "%s/worker.alive", r->home);
	struct stat s;

	if (stat(path, &s))
		return "the worker has never run: start cairn-worker";
	if (r->now - s.st_mtime > ALIVE_SECONDS)
		return arena_printf(r->mem,
			"the worker has been silent for %lld seconds",
			(long long)(r->now - s.st_mtime));
	return NULL;
}

/* Of the file system below the folder. */
static const char *
disk_trouble(struct request *r)
{
	struct statvfs fs;

	if (statvfs(r->home, &fs))
		return "the folder of this server is gone";
	if (fs.f_flag & ST_RDONLY)
		return err_words(ERR_NOT_WRITABLE);
	if ((uint64_t)fs.f_bavail * fs.f_frsize < HEALTH_ROOM)
		return err_words(ERR_DISK_FULL);
	return NULL;
}

static const char *
database_trouble(struct request *r)
{
	int64_t seq;

	if (db_change_last(r->db, &seq))
		return "the database does not answer";
	return db_is_replaced(r->db) ? err_words(ERR_REPLACED) : NULL;
}

/* Whatever else stands in the way of a write shows here. */
static const char *
write_trouble(struct request *r)
{
	int64_t at;

	if (db_stat_at(r->db, STAT_HEARTBEAT, &at) ||
		r->now - at <= UNWRITTEN_SECONDS)
		return NULL;
	return arena_printf(r->mem,
		"the worker could not write for %lld seconds: see its log",
		(long long)(r->now - at));
}

enum err
pub_health(struct request *r)
{
	static const char *(*const ask[])(struct request *) = {
		database_trouble,
		disk_trouble,
		worker_trouble,
		write_trouble,
	};
	struct health h = { "pass", NULL };
	enum err e;

	for (size_t i = 0; !h.output && i < sizeof(ask) / sizeof(*ask); i++)
		h.output = ask[i](r);
	if (h.output)
		h.status = "fail";
	e = reply_json(r, &health_table, &h);
	r->reply.status = h.output ? 500 : 200;
	r->reply.type = "application/health+json; charset=utf-8";
	return e;
}

#include "tailnet/health.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "db/change.h"
#include "db/job.h"
#include "db/stat.h"
#include "tailnet/dnsfile.h"
#include "tailnet/policy_trouble.h"

struct asked {
	struct db *db;
	const char *home;
	int64_t now;
	struct arena *mem;
};

int64_t
health_worker_age(const char *home, int64_t now, struct arena *mem)
{
	struct stat s;

	if (stat(arena_printf(mem, "%s/worker.alive", home), &s))
		return -1;
	return now > s.st_mtime ? now - s.st_mtime : 0;
}

static const char *
worker_trouble(const struct asked *a)
{
	int64_t age = health_worker_age(a->home, a->now, a->mem);

	if (age < 0)
		return "the worker does not run: start cairn-worker";
	if (age > ALIVE_SECONDS)
		return arena_printf(a->mem,
			"the worker has been silent for %lld seconds",
			(long long)age);
	return NULL;
}

/* Of the file system below the folder. */
static const char *
disk_trouble(const struct asked *a)
{
	struct statvfs fs;

	if (statvfs(a->home, &fs))
		return "the folder of this server is gone";
	if (fs.f_flag & ST_RDONLY)
		return err_words(ERR_NOT_WRITABLE);
	if ((uint64_t)fs.f_bavail * fs.f_frsize < HEALTH_ROOM)
		return err_words(ERR_DISK_FULL);
	return NULL;
}

static const char *
database_trouble(const struct asked *a)
{
	int64_t seq;

	if (db_change_last(a->db, &seq))
		return "the database does not answer";
	return db_is_replaced(a->db) ? err_words(ERR_REPLACED) : NULL;
}

/* Whatever else stands in the way of a write shows here. */
static const char *
write_trouble(const struct asked *a)
{
	int64_t at;

	if (db_stat_at(a->db, STAT_HEARTBEAT, &at) ||
		a->now - at <= UNWRITTEN_SECONDS)
		return NULL;
	return arena_printf(a->mem,
		"the worker could not write for %lld seconds: see its log",
		(long long)(a->now - at));
}

static const char *
policy_is_old(const struct asked *a)
{
	return policy_trouble(a->db, a->mem);
}

static const char *
records_are_old(const struct asked *a)
{
	return dns_file_trouble(a->db, a->mem);
}

const char *
health_trouble(struct db *db, const char *home, int64_t now, struct arena *mem)
{
	static const char *(*const questions[])(const struct asked *) = {
		database_trouble,
		disk_trouble,
		worker_trouble,
		write_trouble,
		policy_is_old,
		records_are_old,
	};
	const struct asked a = { db, home, now, mem };
	const char *words = NULL;

	for (size_t i = 0;
		!words && i < sizeof(questions) / sizeof(questions[0]); i++)
		words = questions[i](&a);
	return words;
}

const char *
health_warning(struct db *db, int64_t now, struct arena *mem)
{
	int64_t late = 0, since = 0;

	if (db_jobs_late(db, now - JOBS_LATE_SECONDS, &late, &since) || !late)
		return NULL;
	return arena_printf(mem,
		late == 1 ? "%lld job waits, since %lld seconds: nobody takes "
			    "it on jobs.sock"
			  : "%lld jobs wait, the first since %lld seconds: "
			    "nobody takes them on jobs.sock",
		(long long)late, (long long)(now - since));
}

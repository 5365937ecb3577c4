/*
 * main.c: cairn-fcgi --home DIR: answers every request that has an end.
 *
 * A master keeps three groups of children: one on fcgi.sock for nginx, one on
 * inner.sock for the worker, and on jobs.sock, for the worker too, a few
 * that may wait for the outside (DESIGN 1.1).
 */
#include <errno.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/listen.h"
#include "base/log.h"
#include "db/job.h"
#include "fcgi/master.h"

enum {
	SCHEMA_WAIT_MS = 30 * 1000,
	SCHEMA_LOOK_MS = 200,
	EXIT_USAGE = 2,
};

static int
fail(const char *what, enum err e, const char *detail)
{
	log_event(LOG_ERROR, what, "error", err_words(e), "detail", detail);
	return EXIT_FAILURE;
}

/* `cairn init` may be at it still; a newer database will not become older. */
static enum err
wait_for_schema(const char *home, struct db **db)
{
	int64_t until = clock_now_ms() + SCHEMA_WAIT_MS;
	bool told = false;
	enum err e;

	for (;;) {
		e = db_open(home, db);
		if ((e != ERR_SCHEMA_OLD && e != ERR_NOT_FOUND) ||
			clock_now_ms() > until)
			return e;
		if (!told)
			log_event(LOG_INFO, "waiting for the database", "error",
				err_words(e), "home", home);
		told = true;
		if (master_stopped(SCHEMA_LOOK_MS))
			exit(EXIT_SUCCESS);
	}
}

static enum err
read_settings(const char *home, struct arena *mem, struct settings *out)
{
	struct db *db = NULL;
	enum err e = wait_for_schema(home, &db);

	if (!e)
		e = settings_load(db, mem, out);
	db_close(db);
	return e;
}

enum {
	SOCKETS = 3,
};

static struct listen_socket sockets[SOCKETS] = {
	[GROUP_OUTER] = { .name = "fcgi.sock", .mode = 0660, .fd = -1 },
	[GROUP_INNER] = { .name = "inner.sock", .mode = 0600, .fd = -1 },
	[GROUP_JOBS] = { .name = "jobs.sock", .mode = 0600, .fd = -1 },
};

static void
close_sockets(const char *home)
{
	for (size_t i = SOCKETS; i > 0; i--)
		if (sockets[i - 1].fd >= 0)
			listen_close(home, &sockets[i - 1]);
}

static bool
open_sockets(const char *home)
{
	for (size_t i = 0; i < SOCKETS; i++) {
		enum err e = listen_open(home, &sockets[i]);
		char what[64];

		if (!e)
			continue;
		(void)snprintf(
			what, sizeof(what), "%s not opened", sockets[i].name);
		(void)fail(what, e, strerror(errno));
		return false;
	}
	return true;
}

static int
run(const char *home, const struct settings *s)
{
	const size_t wanted[SOCKETS] = {
		[GROUP_OUTER] = (size_t)s->fcgi_children,
		[GROUP_INNER] = (size_t)s->inner_children,
		[GROUP_JOBS] = JOBS_AT_ONCE,
	};
	static const char *const names[SOCKETS] = { "outer", "inner", "jobs" };
	struct rate *rate = rate_new();
	struct guess *guess = guess_new();
	struct master_group groups[SOCKETS];
	bool open = open_sockets(home);

	for (size_t i = 0; i < SOCKETS; i++)
		groups[i] = (struct master_group){
			.job = { home, (enum group)i, sockets[i].fd, rate,
				guess },
			.name = names[i],
			.wanted = wanted[i],
		};
	if (open) {
		log_event(LOG_INFO, "started", "version", CAIRN_VERSION,
			"outer", log_int(s->fcgi_children), "inner",
			log_int(s->inner_children));
		master_run(groups, SOCKETS);
	}
	close_sockets(home);
	rate_free(rate);
	guess_free(guess);
	if (open)
		log_event(LOG_INFO, "stopped");
	return open ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	const char *home = home_of(argc, argv);
	struct arena *mem = arena_new();
	struct settings settings;
	enum err e;
	int status;

	if (!home || !*home) {
		(void)fprintf(stderr, "usage: cairn-fcgi --home DIR\n");
		arena_free(mem);
		return EXIT_USAGE;
	}
	log_init("cairn-fcgi");
	umask(0027);
	log_keep(home);
	xmlInitParser();
	/* Look-ups for /bootstrap-dns must not hold a handler for long. */
	setenv("RES_OPTIONS", "timeout:1 attempts:1", 0);
	master_block_signals();
	e = read_settings(home, mem, &settings);
	status = e ? fail("not started", e, home) : run(home, &settings);
	arena_free(mem);
	return status;
}

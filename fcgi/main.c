/*
 * main.c: cairn-fcgi --home DIR: answers every request that has an end.
 *
 * A master keeps two groups of children: one on fcgi.sock for nginx, one on
 * inner.sock for the worker (DESIGN 1.1).
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

static int
run(const char *home, const struct settings *s)
{
	struct listen_socket outer = { .name = "fcgi.sock", .mode = 0660 };
	struct listen_socket inner = { .name = "inner.sock", .mode = 0600 };
	struct rate *rate = rate_new();
	struct guess *guess = guess_new();
	enum err e = listen_open(home, &outer);
	struct master_group groups[2];

	if (e)
		return fail("fcgi.sock not opened", e, strerror(errno));
	e = listen_open(home, &inner);
	if (e) {
		listen_close(home, &outer);
		return fail("inner.sock not opened", e, strerror(errno));
	}
	groups[0] = (struct master_group){
		.job = { home, GROUP_OUTER, outer.fd, rate, guess },
		.name = "outer",
		.wanted = (size_t)s->fcgi_children,
	};
	groups[1] = (struct master_group){
		.job = { home, GROUP_INNER, inner.fd, rate, guess },
		.name = "inner",
		.wanted = (size_t)s->inner_children,
	};
	log_event(LOG_INFO, "started", "version", CAIRN_VERSION, "outer",
		log_int(s->fcgi_children), "inner", log_int(s->inner_children));
	master_run(groups, 2);
	listen_close(home, &inner);
	listen_close(home, &outer);
	rate_free(rate);
	guess_free(guess);
	log_event(LOG_INFO, "stopped");
	return EXIT_SUCCESS;
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
	xmlInitParser();
	/* Look-ups for /bootstrap-dns must not hold a handler for long. */
	setenv("RES_OPTIONS", "timeout:1 attempts:1", 0);
	master_block_signals();
	e = read_settings(home, mem, &settings);
	status = e ? fail("not started", e, home) : run(home, &settings);
	arena_free(mem);
	return status;
}

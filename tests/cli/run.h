/*
 * run.h: the command line on an instance in a folder of its own: what is typed,
 * and what comes out.
 */
#ifndef TESTS_CLI_RUN_H
#define TESTS_CLI_RUN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "cli/cli.h"

static struct arena *mem;
static char home[] = "/tmp/cairn-cli-XXXXXX"; /* of mkdtemp */

struct ran {
	int status;
	char *out, *err;
};

/* Runs `line`, cut at blanks, with `in` as standard input, and closes it. */
static inline struct ran
run_from(FILE *in, const char *line)
{
	char *argv[32] = { "cairn", "--home", home }, *out, *err;
	char *rest = arena_strdup(mem, line);
	size_t out_len, err_len;
	int argc = 3;
	FILE *to = open_memstream(&out, &out_len);
	FILE *err_to = open_memstream(&err, &err_len);
	struct ran ran;

	while (rest)
		argv[argc++] = strsep(&rest, " ");
	ran.status = cli_main(argc, argv, in, to, err_to);
	fclose(in);
	fclose(to);
	fclose(err_to);
	ran.out = arena_strdup(mem, out);
	ran.err = arena_strdup(mem, err);
	free(out);
	free(err);
	return ran;
}

/* The same with `typed` on it. */
static inline struct ran
run_typed(const char *typed, const char *line)
{
	return run_from(
		*typed ? fmemopen((void *)(uintptr_t)typed, strlen(typed), "r")
		       : fopen("/dev/null", "re"),
		line);
}

static inline struct ran
run(const char *line)
{
	return run_typed("", line);
}

/* An instance that was just made. */
static inline int
home_set_up(void **state)
{
	(void)state;
	unsetenv("CAIRN_LISTEN");
	mem = arena_new();
	(void)strcpy(home + strlen(home) - 6, "XXXXXX");
	return mkdtemp(home) && !run("init").status ? 0 : -1;
}

static inline int
home_tear_down(void **state)
{
	int status = system(arena_printf(mem, "rm -rf '%s'", home));

	(void)state;
	arena_free(mem);
	return status;
}

static inline void
assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in: %s", part, text);
}

static inline void
assert_has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("there is \"%s\" in: %s", part, text);
}

#endif

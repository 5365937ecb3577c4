/*
 * cli.h: one run of cairn: what was asked, the open database, the answer.
 *
 * A command is a function over struct cli.  It answers with cli_answer (a value
 * for scripts, words for people), cli_table or cli_say; when it cannot, it
 * returns the error of cli_fail or cli_refuse, whose words the program prints
 * once, on stderr, in the format asked for.  Every error exits with 1, as
 * headscale's do.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

#include "cli/flags.h"
#include "cli/table.h"
#include "cli/value.h"
#include "db/db.h"

enum format {
	FORMAT_PLAIN,
	FORMAT_JSON,
	FORMAT_JSON_LINE,
	FORMAT_YAML,
};

enum {
	ARGS_MAX = 8,
	WORKER_LATE_SECONDS = 5, /* worker.alive older than that: not alive */
};

/* Who the audit log says did it. */
#define CLI_ACTOR "cli"

/* Seconds: a thousand years; a longer life is a slip of the finger. */
#define CLI_LIFE_MAX (INT64_C(1000) * 365 * 86400)

struct cli {
	struct arena *mem;
	FILE *in, *out, *err;
	int64_t now;
	const char *home;
	enum format format;
	bool force, colour;
	const struct command *command;
	struct flag_set flags;
	const char *args[ARGS_MAX];
	int arg_count;
	struct db *db;     /* open when the command is flagged so */
	const char *words; /* of the error that ends the run */
	bool quiet_error;  /* it has been told already */
};

/* The whole program; returns its exit status. */
int cli_main(int argc, char **argv, FILE *in, FILE *out, FILE *err);

const char *cli_text(const struct cli *c, const char *flag);
int64_t cli_number(const struct cli *c, const char *flag);
bool cli_yes(const struct cli *c, const char *flag);
bool cli_given(const struct cli *c, const char *flag);

/* Both return an error, so that a command may end with them. */
enum err cli_fail(struct cli *c, enum err e, const char *doing);
enum err cli_refuse(struct cli *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The value in a format for programs, else the words and a newline. */
void cli_answer(struct cli *c, const struct value *v, const char *words);
void cli_print_value(struct cli *c, FILE *to, const struct value *v);
void cli_print_table(struct cli *c, struct table *t);
/* {"Result": words}, or the words. */
void cli_result(struct cli *c, const char *words);
/* "… [y/n] " on stderr; with --force it is yes. */
bool cli_confirm(struct cli *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Seconds since the worker touched HOME/worker.alive, -1 if it does not run. */
int64_t cli_worker_age(const struct cli *c);

#endif

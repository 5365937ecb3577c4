/*
 * instance.h: a whole cairn as `make run` starts it, in a folder of its own,
 * and the ways to kill it.
 *
 * scripts/run.sh with nginx and all programs, under cairn-keeper.  With
 * `shadow` a power cut can be played: shim.so keeps what was synced.
 */
#ifndef TESTS_LEDGER_INSTANCE_H
#define TESTS_LEDGER_INSTANCE_H

#include <sys/types.h>

#include "tests/ledger/plants.h"
#include "tests/lib/fake_client.h"

/* clang-format off */
#define VICTIM_TABLE(X)                     \
	X(WORKER, "the worker")             \
	X(HANDLER, "a handler")             \
	X(HANDLERS, "the handlers' master") \
	X(RELAY, "the relay")               \
	X(NGINX_WORKER, "nginx's worker")   \
	X(NGINX, "nginx's master")          \
	X(ALL, "all at once")               \
	X(CUT, "the power")
/* clang-format on */

enum victim {
#define X(name, words) VICTIM_##name,
	VICTIM_TABLE(X)
#undef X
	VICTIMS,
};

enum {
	INSTANCE_DESKS = 6,
};

struct instance {
	struct arena *mem;
	char top[64]; /* holds all the rest */
	const char *home, *ledger, *shadow, *url;
	const char *grown;         /* stands when the planted bug may work */
	const struct plant *plant; /* NULL: none */
	bool records;              /* for power cuts */
	int64_t desks[INSTANCE_DESKS]; /* users */
	pid_t keeper;
	struct fake_target target;
};

#define DESK_PASSWORD "correct horse battery"
/* Whoever logs in there by SSH is checked (the policy). */
#define DOOR_TAGS "[\"tag:door\"]"

/* Made, with a user "ann", owners for INSTANCE_DESKS browsers, a policy of
 * open nets and checked SSH, and without limits on registrations; not
 * started. */
struct instance *instance_new(const struct plant *plant, bool records);
void instance_start(struct instance *i);
void instance_free(struct instance *i);
/* From here on the planted bug works; those of `synchronous` always do. */
void instance_grow(struct instance *i);
/* SIGKILL; returns when the processes are gone.  ALL and CUT take the keeper
 * too: the caller starts it again, after instance_lose for a cut.  False: there
 * was none to kill. */
bool instance_kill(struct instance *i, enum victim v, unsigned choice);
/* The files are what was synced; nobody has them open. */
void instance_lose(struct instance *i);
/* What a program of this instance is started with. */
char **instance_environment(const struct instance *i);
/* The name that somebody signs in by. */
const char *instance_desk(
	const struct instance *i, unsigned number, struct arena *mem);
/* A one-time key, straight into the database: of that user, or for tags. */
const char *instance_key(struct instance *i, int64_t user_id, const char *tags);

/* SIGKILL, and waits until it is gone, a zombie at most. */
void process_kill(pid_t pid);
const char *victim_words(enum victim v);

#endif

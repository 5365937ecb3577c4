/*
 * ask.h (rules): a machine is asked something over its map stream, and answers.
 *
 * A row asks; the worker reads it by the change log and sends a PingRequest;
 * the client posts its answer inside Noise, a handler stores it in the row, and
 * whoever asked reads it there.  One answer, from the machine that was asked,
 * in time: everything else is refused.  No answer in time is an answer too
 * (ASK_SILENT), which the worker's sweep writes.
 *
 * What is read from a person's machine (ASKS_READ) has an audit row.  Answers
 * are kept as {"name":"text",…}: of preferences the members named in
 * ask_answer.c alone, so that no key or path of theirs comes here.
 */
#ifndef TAILNET_ASK_H
#define TAILNET_ASK_H

#include "base/bytes.h"
#include "base/json.h"
#include "db/ask.h"

enum {
	ASKS_OPEN_MAX = 4, /* of one machine */
	ASKS_KEPT = 20,    /* of one machine */
	ASKS_KEPT_SECONDS = 86400,
	ASK_ANSWER_MAX = 16 * 1024, /* as it is kept: what has room */
	ASK_SHORT_SECONDS = 4,      /* so that a page tells within five */
	ASK_SECONDS = 12,           /* a client pings another for ten */
};

/* clang-format off */
/*         kind       word          types     method  path             seconds            flags */
#define ASK_TABLE(X)                                                                            \
	X(PING,     "ping",       "c2n",     "POST", "/echo",         ASK_SHORT_SECONDS, 0)      \
	X(PREFS,    "prefs",      "c2n",     "GET",  "/debug/prefs",  ASK_SECONDS,       ASKS_READ) \
	X(HEALTH,   "health",     "c2n",     "GET",  "/debug/health", ASK_SECONDS,       ASKS_READ) \
	X(UPDATE,   "update",     "c2n",     "GET",  "/update",       ASK_SECONDS,       ASKS_READ) \
	X(DISCO,    "disco",      "disco",   NULL,   NULL,            ASK_SECONDS,       ASKS_PEER) \
	X(TSMP,     "TSMP",       "TSMP",    NULL,   NULL,            ASK_SECONDS,       ASKS_PEER) \
	X(ICMP,     "ICMP",       "ICMP",    NULL,   NULL,            ASK_SECONDS,       ASKS_PEER) \
	X(PEERAPI,  "peerapi",    "peerapi", NULL,   NULL,            ASK_SECONDS,       ASKS_PEER)
/* clang-format on */

enum ask_flag {
	ASKS_READ = 1, /* of a person's machine: audited */
	ASKS_PEER = 2, /* to ping `target`, another machine */
};

struct ask_kind {
	const char *word, *types, *method, *path;
	int seconds;
	unsigned flags;
};

/* NULL: there is no such kind.  In any case of letters. */
const struct ask_kind *ask_kind(const char *word);

struct ask_wish {
	int64_t node_id;
	const char *kind;    /* of ASK_TABLE */
	int64_t target;      /* node id; ASKS_PEER only */
	int64_t now, now_ms; /* wall clock, monotonic */
	const char *actor;
};

/* ERR_NOT_FOUND: no such machine, or none to ping; ERR_BAD_INPUT: no such kind;
 * ERR_OFFLINE: it is not connected; ERR_RATE: ASKS_OPEN_MAX are open. */
enum err tailnet_ask(struct db *db, const struct ask_wish *w, int64_t *id);

/* How long the client may take, as the worker tells it; its request. */
struct bytes ask_payload(struct arena *mem, const struct ask_row *a);
/* "/machine/c2n/12.0123…", behind "https://unused". */
const char *ask_path(struct arena *mem, const struct ask_row *a);

struct ask_reply {
	const char *path_part; /* "12.0123…" */
	const struct key *machine_key;
	struct bytes body; /* NUL behind */
	int64_t now, now_ms;
};

/* ERR_NOT_FOUND, the same for what was never asked, of another machine, ended
 * already, or is late. */
enum err tailnet_ask_answer(struct db *db, const struct ask_reply *r);
/* Those that are due become ASK_SILENT; without any nothing is written. */
enum err tailnet_asks_end(struct db *db, int64_t now, int64_t *count);

/* One line of an answer. */
struct ask_line {
	const char *name, *value;
};
/* The lines of a->answer. */
void ask_lines(const struct ask_row *a, struct arena *mem,
	struct ask_line **out, size_t *count);

/* Of ask_answer.c: what is kept of an answer; true: it answers the question. */
bool ask_keep(const struct ask_row *a, struct bytes body, struct arena *mem,
	const char **kept);

#endif

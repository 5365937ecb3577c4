/*
 * machine_list.h: which machines a list shows, in which order, and what stands
 * in its rows.
 *
 * A search goes over all machines and gives ids; the rows of one page are read
 * by id.  System and version come from what the client said last.  What a
 * client sends as Hostinfo is read leniently: text that is no JSON counts as
 * unknown.
 */
#ifndef DB_MACHINE_LIST_H
#define DB_MACHINE_LIST_H

#include "db/db.h"
#include "db/route_count.h"

/* The first that holds, in this order. */
#define MACHINE_STATE_TABLE(X)                                \
	X(NEEDS_APPROVAL, "needs-approval", "Needs approval") \
	X(EXPIRED, "expired", "Expired")                      \
	X(ONLINE, "online", "Online")                         \
	X(NEVER, "never", "Never connected")                  \
	X(OFFLINE, "offline", "Offline")

/* By number, as their words in the address; the words are for people. */
enum machine_state {
#define X(name, word, words) MACHINE_##name,
	MACHINE_STATE_TABLE(X)
#undef X
	MACHINE_STATES,
};

const char *machine_state_word(enum machine_state state);
const char *machine_state_words(enum machine_state state);

struct machine_search {
	const char *q;      /* words joined by AND, -word, "two words"; "" */
	int64_t user_id;    /* 0: any */
	const char *tag;    /* "tag:x"; "": any */
	const char *os;     /* lower case; "": any */
	const char *status; /* word of a state; "": any */
	const char *route;  /* as has_routes of db/route_count.h; "": any */
	/* As said.h counts versions, of clients that said theirs: at least
	 * `version_from`, below `version_below`; 0: any. */
	int64_t version_from, version_below;
	int64_t expires_within; /* seconds from now; 0: whenever, or never */
	const char *sort;       /* name owner os version seen expires created */
	bool descending;
	int64_t now;
};

/* "<1.80" or ">=1.90.2" into version_below or version_from. */
enum err machine_search_version(struct machine_search *s, const char *text);

struct machine_row {
	int64_t id, user_id; /* user_id 0: tagged */
	const char *name, *hostname;
	const char *owner;       /* the user's name; "" for a tagged machine */
	const char *tags;        /* JSON list */
	const char *ipv4, *ipv6; /* NULL: none */
	const char *os, *os_version, *version; /* "" if not known */
	bool ssh;                              /* it offers Tailscale SSH */
	bool ephemeral;
	const char *advertised, *approved;           /* JSON lists */
	struct route_count routes;                   /* of these */
	int64_t expires_at, last_seen, online_since; /* 0: never, not known */
	int64_t created_at;
	enum machine_state state;
};

/* Ids in the order asked for; ties by name.  An unknown `sort` is by name. */
enum err db_machines_find(struct db *db, const struct machine_search *s,
	struct arena *mem, int64_t **ids, size_t *count);
/* `limit` of all, by name, behind the first `skip`: what most looks are for. */
enum err db_machines_by_name(struct db *db, bool descending, int64_t skip,
	int64_t limit, struct arena *mem, int64_t **ids, size_t *count);
enum err db_machine_row(struct db *db, int64_t id, int64_t now,
	struct arena *mem, struct machine_row *out);
/* The first that came after the machine `after`; the one that used an auth key
 * last.  ERR_NOT_FOUND. */
enum err db_machine_after(struct db *db, int64_t after, int64_t now,
	struct arena *mem, struct machine_row *out);
enum err db_machine_of_key(struct db *db, int64_t preauth_key_id, int64_t now,
	struct arena *mem, struct machine_row *out);
/* The greatest id there is, 0 if none. */
enum err db_machine_last(struct db *db, int64_t *id);
/* How many there are; of each state, which adds up to all; and of those whose
 * key is good how many end by `until`, whatever their state is. */
struct machine_counts {
	int64_t all, of[MACHINE_STATES], expiring;
};

enum err db_machine_counts(
	struct db *db, int64_t now, int64_t until, struct machine_counts *out);
/* Of a user; 0: of everybody. */
enum err db_machine_count(struct db *db, int64_t user_id, int64_t *count);
/* Machines that wait for an admin. */
enum err db_machines_unapproved(struct db *db, int64_t *count);
/* Machines that offer a route which nobody has approved. */
enum err db_machines_with_waiting_routes(struct db *db, int64_t *count);

#endif

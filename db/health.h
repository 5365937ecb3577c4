/*
 * health.h: what each check found last, table `health`: for pages, which do not
 * look themselves.
 */
#ifndef DB_HEALTH_H
#define DB_HEALTH_H

#include "db/db.h"

/* In the order of the page; the words are for people. */
/* clang-format off */
#define HEALTH_TABLE(X)                                   \
	X(DATABASE, "database", "Database")               \
	X(WAL, "wal", "Write-ahead log")                  \
	X(DISK, "disk", "Disk")                           \
	X(CLOCK, "clock", "Clock")                        \
	X(WORKER, "worker", "Worker")                     \
	X(HANDLERS, "handlers", "Handlers")               \
	X(JOBS, "jobs", "Jobs")                           \
	X(URL, "url", "Public address")                   \
	X(NGINX_UPGRADE, "nginx-upgrade", "Tunnels through nginx") \
	X(NGINX_TIMEOUTS, "nginx-timeouts", "Timeouts of nginx")   \
	X(PORT_80, "port-80", "Port 80")                  \
	X(CERTIFICATE, "certificate", "Certificate")      \
	X(STUN, "stun", "STUN")                           \
	X(RELAYS, "relays", "Relays")                     \
	X(PROVIDER, "provider", "Sign-in provider")       \
	X(POLICY, "policy", "Policy")                     \
	X(DNS, "dns", "DNS")                              \
	X(HOME, "home", "Folder")                         \
	X(KEYS, "keys", "Keys")                           \
	X(AUDIT, "audit", "Audit log")                    \
	X(BACKUP, "backup", "Backup")                     \
	X(VERSION, "version", "Version")
/* clang-format on */

enum health_name {
#define X(name, word, words) HEALTH_##name,
	HEALTH_TABLE(X)
#undef X
	HEALTH_NAMES,
};

/* From good to bad; unknown is neither. */
enum health_state {
	HEALTH_OK,
	HEALTH_UNKNOWN,
	HEALTH_WARN,
	HEALTH_FAIL,
	HEALTH_STATES,
};

const char *health_name_word(enum health_name name);    /* "port-80" */
const char *health_name_words(enum health_name name);   /* "Port 80" */
const char *health_state_word(enum health_state state); /* "warn" */

struct health_row {
	enum health_state state; /* HEALTH_UNKNOWN: it was never looked at */
	const char *what;        /* a line each finding; "" */
	const char *remedy;      /* of the worst, "" if none */
	int64_t since;           /* since when it is in that state; 0: never */
	/* Since when it fails, which lasts while it is unknown; 0: it does not.
	 */
	int64_t fails_since;
};

/* By name: HEALTH_NAMES rows. */
enum err db_health(struct db *db, struct arena *mem, struct health_row **rows);
/* What was found at `now`; a state that stays keeps its `since`, whatever the
 * row says of times. */
enum err db_health_put(struct db *db, enum health_name name,
	const struct health_row *row, int64_t now);
/* When all of them were looked at last, 0: never. */
enum err db_health_at(struct db *db, int64_t *at);
enum err db_health_set_at(struct db *db, int64_t at);
/* When any of them came to be in the state it is in, the last time; 0: never.
 */
enum err db_health_turned_at(struct db *db, int64_t *at);
/* The words of those that fail, ", " between; "" if none does.  Not of those
 * that pages tell by themselves: worker and policy. */
enum err db_health_failing(
	struct db *db, struct arena *mem, const char **words, int64_t *count);

#endif

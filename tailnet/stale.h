/*
 * stale.h: machines that nobody has used for long: what the settings
 * stale_days, stale_action and stale_exempt say is done to them.
 *
 * Only machines of users that are not online, and were not seen (or, if they
 * never were, not made) for so many days; never a tagged one, nor one that
 * stale_exempt names.  Off as long as stale_days is 0.
 */
#ifndef TAILNET_STALE_H
#define TAILNET_STALE_H

#include "tailnet/settings.h"

#define STALE_JOB "stale"

enum {
	STALE_AT_ONCE = 256, /* of one run; the next one goes on */
	STALE_DAYS_MOST = 3650,
	STALE_EXEMPT_MAX = 1024, /* bytes of stale_exempt as people write it */
};

struct stale_rule {
	int64_t days;
	bool deletes;       /* else the key expires */
	const char *exempt; /* names, a blank between */
};

struct stale_machine {
	int64_t id;
	const char *name, *owner;
	int64_t seen_at; /* when it was made, if it never connected */
	bool never;      /* connected */
};

struct stale_rule stale_rule_of(const struct settings *s);

/* Those that the rule is about now, the longest away first: what a run would
 * do.  days 0: none. */
enum err stale_find(struct db *db, const struct stale_rule *rule, int64_t now,
	struct arena *mem, struct stale_machine **rows, size_t *count);

/* Does it, by `server`, as the settings are; *more: some are left. */
enum err tailnet_stale_run(
	struct db *db, int64_t now, size_t *done, bool *more);

/* Whether the name is one of those, a blank between. */
bool stale_is_exempt(const char *names, const char *name);
/*
 * In the transaction that renames a machine, or deletes it (to NULL): whom
 * stale_exempt protects it protects under the new name, and the name of one
 * that is gone leaves it, since the next machine of that name is another one.
 * The audit row is that of a changed setting.  New names may make the text
 * longer than STALE_EXEMPT_MAX; the form takes it again when it is shorter.
 */
enum err stale_name_changed(struct db *db, const char *from, const char *to,
	const char *actor, int64_t now);
/* In the transaction that changes one of its settings. */
enum err stale_setting_changed(struct db *db, const char *name, int64_t now);

#endif

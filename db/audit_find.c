#include "db/audit_find.h"

#include <string.h>

#include "db/audit_inside.h"

/* ?1 is the key of the index that leads; ?2 to ?5 what the rows must be of. */
#define WINDOW                                          \
	"at >= ?2 AND at < ?3 AND (at, id) < (?4, ?5) " \
	"ORDER BY at DESC, id DESC LIMIT ?6"
#define LED(what, index, key) \
	"SELECT " what " FROM audit INDEXED BY " index " WHERE " key WINDOW

#define MATCHES                                                   \
	"WHERE (?7 = '' OR words(?7, actor_name, actor, action, " \
	"event_words(action), subject, "                          \
	"subject_name, detail, before, after, address, via)) "    \
	"AND (?8 = '' OR actor = ?8) "                            \
	"AND (?9 = '' OR actor_name = ?9 COLLATE NOCASE) "        \
	"AND (?10 = '' OR action = ?10) "                         \
	"AND (?11 = '' OR subject = ?11) "                        \
	"AND (?12 = '' OR subject_name = ?12 COLLATE NOCASE) "    \
	"AND (?13 = '' OR via = ?13) "

enum lead {
	LEAD_TIME,
	LEAD_ACTOR,
	LEAD_WHO,
	LEAD_EVENT,
	LEAD_ABOUT,
	LEAD_TARGET,
	LEAD_VIA,
	LEADS,
};

/* What one index gives: ids as they are, those that match the rest, the rows
 * that do, how many there are, and the last place of a whole window. */
#define LEAD(index, key)                                                       \
	{                                                                      \
		"SELECT id FROM (" LED("id", index, key) ")",                  \
			"SELECT id FROM (" LED(AUDIT_COLUMNS, index,           \
				key) ") " MATCHES "LIMIT ?14",                 \
			"SELECT " AUDIT_COLUMNS                                \
			" FROM (" LED(AUDIT_COLUMNS, index, key) ") " MATCHES, \
			"SELECT count(*) FROM (" LED("1", index, key) ")",     \
			"SELECT at, id FROM (" LED("at, id", index,            \
				key) ") LIMIT 1 OFFSET ?6 - 1"                 \
	}

static const struct {
	const char *ids, *matches, *rows, *count, *last;
} leads[LEADS] = {
	[LEAD_TIME] = LEAD("audit_at", "?1 = '' AND "),
	[LEAD_ACTOR] = LEAD("audit_actor", "actor = ?1 AND "),
	[LEAD_WHO] = LEAD("audit_who", "actor_name = ?1 COLLATE NOCASE AND "),
	[LEAD_EVENT] = LEAD("audit_event", "action = ?1 AND "),
	[LEAD_ABOUT] = LEAD("audit_about", "subject = ?1 AND "),
	[LEAD_TARGET] =
		LEAD("audit_target", "subject_name = ?1 COLLATE NOCASE AND "),
	[LEAD_VIA] = LEAD("audit_via", "via = ?1 AND "),
};

/* A search with each of its filters at its index. */
struct plan {
	const char *q;
	const char *keys[LEADS];
	enum lead lead;
	bool rest; /* there is more to match than the lead */
	int64_t since, until;
	struct audit_place before;
};

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

/* "user:3" and "cli" are actors; so is nobody's name, which has no colon and is
 * none of these. */
static bool
is_actor(const char *who)
{
	return strchr(who, ':') || strcmp(who, "cli") == 0 ||
	       strcmp(who, "server") == 0 || strcmp(who, "policy") == 0;
}

static bool
has_colon(const char *target)
{
	return strchr(target, ':') != NULL;
}

static struct plan
plan_of(const struct audit_search *s)
{
	const char *who = or_empty(s->who), *target = or_empty(s->target);
	struct plan p = { .q = or_empty(s->q),
		.keys = { [LEAD_TIME] = "",
			[LEAD_ACTOR] = is_actor(who) ? who : "",
			[LEAD_WHO] = is_actor(who) ? "" : who,
			[LEAD_EVENT] = or_empty(s->event),
			[LEAD_ABOUT] = has_colon(target) ? target : "",
			[LEAD_TARGET] = has_colon(target) ? "" : target,
			[LEAD_VIA] = or_empty(s->via) },
		.since = s->since,
		.until = s->until ? s->until : INT64_MAX,
		.before = s->before };

	if (!p.before.id)
		p.before = (struct audit_place){ INT64_MAX, INT64_MAX };
	else if (p.before.at < p.until - 1)
		p.until = p.before.at + 1;
	return p;
}

static struct stmt *
bound(struct db *db, const struct plan *p, const char *sql)
{
	struct stmt *q = db_stmt(db, sql);

	stmt_text(q, 1, p->keys[p->lead]);
	stmt_int(q, 2, p->since);
	stmt_int(q, 3, p->until);
	stmt_int(q, 4, p->before.at);
	stmt_int(q, 5, p->before.id);
	stmt_int(q, 6, AUDIT_LOOK);
	return q;
}

static struct stmt *
bound_to_match(struct db *db, const struct plan *p, const char *sql)
{
	struct stmt *q = bound(db, p, sql);

	stmt_text(q, 7, p->q);
	for (enum lead l = LEAD_ACTOR; l < LEADS; l++)
		stmt_text(q, 8 + (int)l - LEAD_ACTOR,
			l == p->lead ? "" : p->keys[l]);
	return q;
}

/* The filter with the fewest rows leads. */
static enum err
choose_lead(struct db *db, struct plan *p)
{
	int64_t least = INT64_MAX, count;
	size_t filters = 0;
	enum lead best = LEAD_TIME;
	enum err e = ERR_OK;

	for (enum lead l = LEAD_ACTOR; l < LEADS; l++)
		if (*p->keys[l]) {
			filters++;
			best = l;
		}
	for (enum lead l = LEAD_ACTOR; !e && filters > 1 && l < LEADS; l++) {
		if (!*p->keys[l])
			continue;
		p->lead = l;
		e = db_number(bound(db, p, leads[l].count), &count);
		if (!e && count < least) {
			least = count;
			best = l;
		}
	}
	p->lead = best;
	p->rest = filters > 1 || *p->q;
	return e;
}

static void
read_place(struct stmt *q, struct arena *mem, void *row)
{
	struct audit_place *at = row;

	(void)mem;
	at->at = col_int(q, 0);
	at->id = col_int(q, 1);
}

/* The last place of the window, if there may be more behind it. */
static enum err
end_of_window(struct db *db, const struct plan *p, struct audit_place *out)
{
	enum err e = db_one(
		bound(db, p, leads[p->lead].last), read_place, NULL, out);

	if (e != ERR_NOT_FOUND)
		return e;
	*out = (struct audit_place){ 0, 0 };
	return ERR_OK;
}

static void
read_id(struct stmt *q, struct arena *mem, void *row)
{
	(void)mem;
	*(int64_t *)row = col_int(q, 0);
}

bool
db_audit_search_is_empty(const struct audit_search *s)
{
	return !*or_empty(s->q) && !*or_empty(s->who) && !*or_empty(s->event) &&
	       !*or_empty(s->target) && !*or_empty(s->via) && !s->since &&
	       !s->until && !s->before.id;
}

enum err
db_audit_find(struct db *db, const struct audit_search *s, struct arena *mem,
	struct audit_found *out)
{
	struct plan p = plan_of(s);
	struct audit_found found = { .count = 0 };
	struct stmt *q;
	enum err e = choose_lead(db, &p);

	if (e)
		return e;
	q = p.rest ? bound_to_match(db, &p, leads[p.lead].matches)
		   : bound(db, &p, leads[p.lead].ids);
	stmt_int(q, p.rest ? 14 : 6, AUDIT_MATCHES + 1);
	e = db_all(
		q, read_id, mem, sizeof(*found.ids), &found.ids, &found.count);
	found.more = found.count > AUDIT_MATCHES;
	if (found.more)
		found.count = AUDIT_MATCHES;
	else if (!e && p.rest)
		e = end_of_window(db, &p, &found.further);
	if (!e)
		*out = found;
	return e;
}

enum err
db_audit_by_id(struct db *db, int64_t id, struct arena *mem, struct audit *out)
{
	struct stmt *q = db_stmt(
		db, "SELECT " AUDIT_COLUMNS " FROM audit WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, audit_read, mem, out);
}

struct taker {
	audit_take *take;
	void *arg;
};

static void
take_row(struct stmt *q, struct arena *mem, void *arg)
{
	const struct taker *t = arg;
	struct audit a;

	audit_read(q, mem, &a);
	t->take(&a, t->arg);
	arena_reset(mem);
}

enum err
db_audit_each(struct db *db, const struct audit_search *s, audit_take *take,
	void *arg, struct audit_place *further)
{
	struct taker t = { take, arg };
	struct plan p = plan_of(s);
	struct arena *mem = arena_new();
	enum err e = choose_lead(db, &p);

	if (!e)
		e = end_of_window(db, &p, further);
	if (!e)
		e = db_each(bound_to_match(db, &p, leads[p.lead].rows),
			take_row, mem, &t);
	arena_free(mem);
	return e;
}

static void
read_word(struct stmt *q, struct arena *mem, void *row)
{
	*(const char **)row = col_text(q, 0, mem);
}

/* From one word to the next by the index. */
enum err
db_audit_events(
	struct db *db, struct arena *mem, const char ***words, size_t *count)
{
	struct stmt *q = db_stmt(db,
		"WITH RECURSIVE e (word) AS (SELECT min(action) FROM audit "
		"UNION ALL SELECT (SELECT min(action) FROM audit "
		"WHERE action > word) FROM e WHERE word IS NOT NULL) "
		"SELECT word FROM e WHERE word IS NOT NULL LIMIT ?1");

	stmt_int(q, 1, AUDIT_EVENTS_MAX);
	return db_all(q, read_word, mem, sizeof(**words), words, count);
}

#include "db/machine_list.h"

#include <string.h>

#include "db/live.h"
#include "db/said.h"

#define HOST    "coalesce(l.hostinfo, n.hostinfo)"
#define OS      "coalesce(l.os, n.os)"
#define VERSION "coalesce(l.version, n.version)"
#define NUMBER  "coalesce(l.version_number, n.version_number)"

/* ?1 is now. */
#define STATE                                             \
	"CASE WHEN n.approved = 0 THEN 'needs-approval' " \
	"WHEN n.expires_at <= ?1 THEN 'expired' "         \
	"WHEN l.online THEN 'online' "                    \
	"WHEN l.last_seen IS NULL THEN 'never' ELSE 'offline' END"

#define TABLES(nodes, lives)                                  \
	" FROM node n " nodes " LEFT JOIN node_live l " lives \
	" ON l.node_id = n.id LEFT JOIN user u ON u.id = n.user_id "

/* The indexes hold all that is looked at to find and to sort: a tenth of the
 * bytes of the rows, which are not touched as long as FIND names nothing
 * else. */
#define INDEXES TABLES("INDEXED BY node_list", "INDEXED BY node_live_list")

/* Without the index it is everybody's row. */
#define ROUTED                                                   \
	"SELECT r.id FROM node r INDEXED BY node_routes "        \
	"WHERE (r.routes <> '[]' OR r.approved_routes <> '[]') " \
	"AND has_routes(?7, r.routes, r.approved_routes)"

#define FIND(order)                                                \
	"SELECT n.id" INDEXES                                      \
	"WHERE (?2 = '' OR words(?2, n.name, n.hostname, u.name, " \
	"u.display_name, n.tags, n.ipv4, n.ipv6, " OS ")) "        \
	"AND (?3 = 0 OR n.user_id = ?3) "                          \
	"AND (?4 = '' OR instr(n.tags, '\"' || ?4 || '\"') > 0) "  \
	"AND (?5 = '' OR lower(" OS ") = ?5) "                     \
	"AND (?6 = '' OR " STATE " = ?6) "                         \
	"AND (?7 = '' OR n.id IN (" ROUTED ")) "                   \
	"AND (?8 = 0 OR " NUMBER " >= ?8) "                        \
	"AND (?9 = 0 OR (" NUMBER " > 0 AND " NUMBER " < ?9)) "    \
	"AND (?10 = 0 OR "                                         \
	"(n.expires_at > ?1 AND n.expires_at <= ?1 + ?10)) "       \
	"ORDER BY " order

/* As node_list has it. */
#define NAME    "n.sort_name, n.name"
#define OWNER   "name_key(coalesce(u.name, n.tags))"
#define SEEN    "CASE WHEN l.online THEN ?1 + 1 ELSE coalesce(l.last_seen, 0) END"
#define EXPIRES "coalesce(n.expires_at, 9223372036854775807)"

#define BOTH(key)                                             \
	{                                                     \
		FIND(key ", " NAME), FIND(key " DESC, " NAME) \
	}

static const struct {
	const char *word;
	const char *sql[2];
} orders[] = {
	{ "name", { FIND(NAME), FIND("n.sort_name DESC, n.name DESC") } },
	{ "owner", BOTH(OWNER) },
	{ "os", BOTH("lower(" OS ")") },
	{ "version", BOTH(NUMBER) },
	{ "seen", BOTH(SEEN) },
	{ "expires", BOTH(EXPIRES) },
	{ "created", BOTH("n.created_at") },
};

static const char *const state_words[] = {
#define X(name, word, words) [MACHINE_##name] = word,
	MACHINE_STATE_TABLE(X)
#undef X
};

const char *
machine_state_word(enum machine_state state)
{
	return state < MACHINE_STATES ? state_words[state] : "";
}

const char *
machine_state_words(enum machine_state state)
{
	static const char *const all[] = {
#define X(name, word, words) [MACHINE_##name] = words,
		MACHINE_STATE_TABLE(X)
#undef X
	};

	return state < MACHINE_STATES ? all[state] : "";
}

static enum machine_state
state_of(const char *word)
{
	enum machine_state s = 0;

	while (s < MACHINE_STATES && strcmp(state_words[s], word) != 0)
		s++;
	return s;
}

/* One to three numbers with dots between, as SAID_NUMBER counts them. */
static enum err
version_number(const char *text, int64_t *out)
{
	static const int64_t weight[] = { 1000000000, 100000, 1 };
	int64_t number = 0;

	for (size_t i = 0; i < 3; i++) {
		int64_t part = 0;
		size_t digits = strspn(text, "0123456789");

		if (!digits || digits > 4)
			return ERR_BAD_INPUT;
		for (size_t k = 0; k < digits; k++)
			part = part * 10 + (text[k] - '0');
		number += part * weight[i];
		text += digits;
		if (!*text) {
			*out = number;
			return number ? ERR_OK : ERR_BAD_INPUT;
		}
		if (*text++ != '.')
			return ERR_BAD_INPUT;
	}
	return ERR_BAD_INPUT;
}

enum err
machine_search_version(struct machine_search *s, const char *text)
{
	if (text[0] == '<')
		return version_number(text + 1, &s->version_below);
	if (text[0] == '>' && text[1] == '=')
		return version_number(text + 2, &s->version_from);
	return ERR_BAD_INPUT;
}

static struct stmt *
query_of(struct db *db, const struct machine_search *s)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (strcmp(orders[i].word, s->sort) == 0)
			return db_stmt(db, orders[i].sql[s->descending]);
	return db_stmt(db, orders[0].sql[s->descending]);
}

static void
read_id(struct stmt *q, struct arena *mem, void *row)
{
	(void)mem;
	*(int64_t *)row = col_int(q, 0);
}

enum err
db_machines_find(struct db *db, const struct machine_search *s,
	struct arena *mem, int64_t **ids, size_t *count)
{
	struct stmt *q = query_of(db, s);

	stmt_int(q, 1, s->now);
	stmt_text(q, 2, s->q);
	stmt_int(q, 3, s->user_id);
	stmt_text(q, 4, s->tag);
	stmt_text(q, 5, s->os);
	stmt_text(q, 6, s->status);
	stmt_text(q, 7, s->route ? s->route : "");
	stmt_int(q, 8, s->version_from);
	stmt_int(q, 9, s->version_below);
	stmt_int(q, 10, s->expires_within);
	return db_all(q, read_id, mem, sizeof(**ids), ids, count);
}

enum err
db_machines_by_name(struct db *db, bool descending, int64_t skip, int64_t limit,
	struct arena *mem, int64_t **ids, size_t *count)
{
	struct stmt *q = descending
				 ? db_stmt(db, "SELECT id FROM node "
					       "ORDER BY sort_name DESC, "
					       "name DESC LIMIT ?1 OFFSET ?2")
				 : db_stmt(db, "SELECT id FROM node "
					       "ORDER BY sort_name, name "
					       "LIMIT ?1 OFFSET ?2");

	stmt_int(q, 1, limit);
	stmt_int(q, 2, skip);
	return db_all(q, read_id, mem, sizeof(**ids), ids, count);
}

static void
read_row(struct stmt *q, struct arena *mem, void *row)
{
	struct machine_row *m = row;

	m->id = col_int(q, 0);
	m->user_id = col_int(q, 1);
	m->name = col_text(q, 2, mem);
	m->hostname = col_text(q, 3, mem);
	m->owner = col_text(q, 4, mem);
	m->tags = col_text(q, 5, mem);
	m->ipv4 = col_text(q, 6, mem);
	m->ipv6 = col_text(q, 7, mem);
	m->os = col_text(q, 8, mem);
	m->os_version = col_text(q, 9, mem);
	m->version = col_text(q, 10, mem);
	m->ssh = col_int(q, 11) != 0;
	m->ephemeral = col_int(q, 12) != 0;
	m->expires_at = col_int(q, 13);
	m->last_seen = col_int(q, 14);
	m->online_since = col_int(q, 15);
	m->created_at = col_int(q, 16);
	m->state = state_of(col_text(q, 17, mem));
	m->advertised = col_text(q, 18, mem);
	m->approved = col_text(q, 19, mem);
	m->routes = route_count_of(m->advertised, m->approved);
}

#define ROWS       TABLES("", "")
#define OS_VERSION "coalesce(" SAID(HOST, "OSVersion") ", '')"
#define HAS_SSH                                \
	"CASE WHEN json_valid(" HOST ") THEN " \
	"json_array_length(" HOST ", '$.sshHostKeys') END"

#define ROW(where)                                                           \
	"SELECT n.id, n.user_id, n.name, n.hostname, "                       \
	"coalesce(u.name, ''), n.tags, n.ipv4, n.ipv6, " OS ", " OS_VERSION  \
	", " VERSION ", " HAS_SSH ", n.ephemeral, n.expires_at, " LIVE_SEEN( \
		"l.") ", l.online_since, n.created_at, " STATE               \
		      ", n.routes, n.approved_routes" ROWS "WHERE " where

static enum err
one_row(struct stmt *q, int64_t key, int64_t now, struct arena *mem,
	struct machine_row *out)
{
	stmt_int(q, 1, now);
	stmt_int(q, 2, key);
	return db_one(q, read_row, mem, out);
}

enum err
db_machine_row(struct db *db, int64_t id, int64_t now, struct arena *mem,
	struct machine_row *out)
{
	return one_row(db_stmt(db, ROW("n.id = ?2")), id, now, mem, out);
}

enum err
db_machine_after(struct db *db, int64_t after, int64_t now, struct arena *mem,
	struct machine_row *out)
{
	return one_row(db_stmt(db, ROW("n.id > ?2 ORDER BY n.id LIMIT 1")),
		after, now, mem, out);
}

enum err
db_machine_of_key(struct db *db, int64_t preauth_key_id, int64_t now,
	struct arena *mem, struct machine_row *out)
{
	return one_row(db_stmt(db, ROW("n.preauth_key_id = ?2 "
				       "ORDER BY n.id DESC LIMIT 1")),
		preauth_key_id, now, mem, out);
}

enum err
db_machine_last(struct db *db, int64_t *id)
{
	return db_number(
		db_stmt(db, "SELECT coalesce(max(id), 0) FROM node"), id);
}

static void
read_counts(struct stmt *q, struct arena *mem, void *row)
{
	struct machine_counts *c = row;

	(void)mem;
	c->all = col_int(q, 0);
	c->expiring = col_int(q, 1);
	for (int i = 0; i < MACHINE_STATES; i++)
		c->of[i] = col_int(q, 2 + i);
}

enum err
db_machine_counts(
	struct db *db, int64_t now, int64_t until, struct machine_counts *out)
{
	struct stmt *q = db_stmt(db, "SELECT count(*), coalesce(sum(ends), 0)"
#define X(name, word, words) ", coalesce(sum(state = '" word "'), 0)"
		MACHINE_STATE_TABLE(X)
#undef X
			" FROM (SELECT " STATE " AS state, "
			"coalesce(n.expires_at > ?1 AND n.expires_at <= ?2, 0) AS ends" INDEXES
			")");

	stmt_int(q, 1, now);
	stmt_int(q, 2, until);
	return db_one(q, read_counts, NULL, out);
}

enum err
db_machine_count(struct db *db, int64_t user_id, int64_t *count)
{
	struct stmt *q = db_stmt(db, "SELECT count(*) FROM node "
				     "WHERE ?1 = 0 OR user_id = ?1");

	stmt_int(q, 1, user_id);
	return db_number(q, count);
}

enum err
db_machines_unapproved(struct db *db, int64_t *count)
{
	return db_number(
		db_stmt(db, "SELECT count(*) FROM node WHERE approved = 0"),
		count);
}

enum err
db_machines_with_waiting_routes(struct db *db, int64_t *count)
{
	return db_number(
		db_stmt(db,
			"SELECT count(*) FROM node INDEXED BY node_routes "
			"WHERE (routes <> '[]' OR approved_routes <> '[]') "
			"AND has_routes('waiting', routes, approved_routes)"),
		count);
}

/*
 * hand_do.c: the process of a hand: a line is a verb, what it is about, and
 * what becomes of that.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "tailnet/bell.h"
#include "tailnet/dns.h"
#include "tailnet/keys.h"
#include "tailnet/node.h"
#include "tailnet/relays.h"
#include "tailnet/ssh_check.h"
#include "tests/ledger/hand.h"
#include "tests/ledger/watchers.h"

#define ACTOR "hand"

enum {
	DEAD_PORT = 9, /* refuses at once: no job waits for such a relay */
};

struct job {
	struct db *db;
	struct arena *mem;
	struct secret pepper;
	struct settings settings;
	const char *subject, *to;
	int64_t now;
	const char *words; /* behind "ok" */
};

/* ---- machines ---- */

static enum err
make_key(struct job *j)
{
	struct preauth_key k = {
		.user_id = 1, .tags = "[]", .expires_at = j->now + 86400
	};
	const char *text;
	int64_t id;
	enum err e = tailnet_preauth_key_add(
		j->db, &j->pepper, &k, &actor_cli, j->now, j->mem, &id, &text);

	if (!e)
		j->words = arena_printf(j->mem, "%" PRId64 " %s", id, text);
	return e;
}

static enum err
find_node(struct job *j, struct node *n)
{
	struct key key;
	enum err e = key_parse(KEY_NODE, j->subject, &key);

	return e ? e : db_node_by_node_key(j->db, &key, j->mem, n);
}

static enum err
where(struct job *j)
{
	struct node n;
	enum err e = find_node(j, &n);

	if (!e)
		j->words = arena_printf(j->mem, "%" PRId64, n.id);
	return e;
}

static enum err
rename_node(struct job *j)
{
	struct node n;
	enum err e = find_node(j, &n);

	return e ? e
		 : tailnet_node_rename(
			   j->db, &j->settings, n.id, j->to, ACTOR, j->now);
}

static enum err
delete_node(struct job *j)
{
	struct node n;
	enum err e = find_node(j, &n);

	return e ? e : tailnet_node_delete(j->db, n.id, ACTOR, j->now);
}

static enum err
expire_node(struct job *j)
{
	struct node n;
	int64_t at = 0;
	enum err e = find_node(j, &n);

	if (!e)
		e = text_int(j->to, &at);
	return e ? e : tailnet_node_expire(j->db, n.id, at, ACTOR, j->now);
}

static enum err
approve_routes(struct job *j)
{
	const struct json_texts routes = { &j->to, strcmp(j->to, "none") != 0 };
	struct routes_set set;
	struct node n;
	enum err e = find_node(j, &n);

	return e ? e
		 : tailnet_node_routes(
			   j->db, n.id, &routes, ACTOR, j->now, &set);
}

/* ---- settings and DNS ---- */

static enum err
set(struct job *j)
{
	const char *why = NULL;

	return settings_put(
		j->db, j->subject, j->to, ACTOR, j->now, j->mem, &why);
}

static enum err
find_record(struct job *j, int64_t *id)
{
	struct dns_record *rows;
	size_t count;
	enum err e = db_dns_records(j->db, j->mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++)
		if (strcmp(rows[i].name, j->subject) == 0) {
			*id = rows[i].id;
			return ERR_OK;
		}
	return e ? e : ERR_NOT_FOUND;
}

static enum err
find_nameserver(struct job *j, int64_t *id)
{
	struct nameserver *rows;
	size_t count;
	enum err e = db_nameservers(j->db, j->mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++)
		if (strcmp(rows[i].domain, j->subject) == 0) {
			*id = rows[i].id;
			return ERR_OK;
		}
	return e ? e : ERR_NOT_FOUND;
}

static enum err
where_record(struct job *j)
{
	int64_t id = 0;
	enum err e = find_record(j, &id);

	j->words = arena_printf(j->mem, "%" PRId64, id);
	return e;
}

static enum err
where_nameserver(struct job *j)
{
	int64_t id = 0;
	enum err e = find_nameserver(j, &id);

	j->words = arena_printf(j->mem, "%" PRId64, id);
	return e;
}

static enum err
change_record(struct job *j)
{
	const struct dns_record r = {
		.name = j->subject, .type = "A", .value = j->to
	};
	int64_t id;
	enum err e;

	if (strcmp(j->to, VIEW_GONE) != 0)
		return tailnet_record_add(j->db, &r, ACTOR, j->now, &id);
	e = find_record(j, &id);
	return e ? e : tailnet_record_delete(j->db, id, ACTOR, j->now);
}

static enum err
change_nameserver(struct job *j)
{
	const struct nameserver n = { .domain = j->subject, .address = j->to };
	int64_t id;
	enum err e;

	if (strcmp(j->to, VIEW_GONE) != 0)
		return tailnet_nameserver_add(j->db, &n, ACTOR, j->now, &id);
	e = find_nameserver(j, &id);
	return e ? e : tailnet_nameserver_delete(j->db, id, ACTOR, j->now);
}

/* ---- relays ---- */

/* By its address: nobody waits for a resolver. */
static enum err
add_relay(struct job *j, int64_t id, const struct relay_act *act)
{
	const struct derp_region row = { .id = id,
		.code = arena_printf(j->mem, "r%" PRId64, id),
		.name = arena_printf(j->mem, "Relay %" PRId64, id),
		.host = "127.0.0.1",
		.ipv4 = "127.0.0.1",
		.ipv6 = "none",
		.port = DEAD_PORT,
		.cert = "" };
	struct relay_fault fault;
	const char *token;

	return tailnet_relay_add(
		j->db, &j->pepper, &row, act, j->mem, &token, &fault);
}

static enum err
change_relay(struct job *j)
{
	const struct relay_act act = { ACTOR, j->now };
	int64_t id;
	enum err e = text_int(j->subject, &id);

	if (e)
		return e;
	if (strcmp(j->to, "add") == 0)
		return add_relay(j, id, &act);
	if (strcmp(j->to, VIEW_GONE) == 0)
		return tailnet_relay_remove(j->db, id, &act);
	return tailnet_relay_hide(j->db, id, strcmp(j->to, "hide") == 0, &act);
}

static enum err
where_relay(struct job *j)
{
	int64_t id, *hidden;
	size_t count;
	enum err e = text_int(j->subject, &id);

	if (!e)
		e = db_derp_hidden(j->db, j->mem, &hidden, &count);
	j->words = "shown";
	for (size_t i = 0; !e && i < count; i++)
		if (hidden[i] == id)
			j->words = "hidden";
	return e;
}

/* ---- SSH ---- */

/* Asked by the door, as its machine key tells. */
static enum err
ask_rule(struct job *j, const struct node *src, int64_t *id)
{
	struct node door;
	struct ssh_result result;
	enum err e = db_node_by_name(j->db,
		arena_printf(j->mem, WATCHER_NAME, WATCHER_DOOR), j->mem,
		&door);
	struct ssh_ask ask = {
		.src_id = src->id, .login = j->to, .now = j->now
	};

	if (e)
		return e;
	ask.dst_id = door.id;
	ask.machine_key = door.machine_key;
	e = tailnet_ssh_ask(
		j->db, &j->settings, &j->pepper, &ask, j->mem, &result);
	if (!e && !result.id)
		e = ERR_DENIED;
	if (!e)
		*id = result.id;
	return e;
}

static enum err
ask(struct job *j)
{
	struct ssh_check c;
	struct node src;
	int64_t id = 0;
	enum err e = db_node_by_name(j->db, j->subject, j->mem, &src);

	if (!e)
		e = ask_rule(j, &src, &id);
	if (!e)
		e = db_ssh_check_by_id(j->db, id, j->mem, &c);
	if (!e)
		j->words = arena_printf(j->mem, "%" PRId64 " %s %s", id,
			c.state == CHECK_APPROVED ? "approved" : "waiting",
			tailnet_check_id(j->mem, &j->pepper, &c));
	return e;
}

static enum err
check(struct job *j)
{
	int64_t id;
	enum err e = text_int(j->subject, &id);

	if (e)
		return e;
	if (strcmp(j->to, "approve") == 0)
		return tailnet_check_approve(j->db, id, &actor_cli, j->now);
	if (strcmp(j->to, "reject") == 0)
		return tailnet_check_reject(j->db, id, "", ACTOR, j->now);
	return tailnet_check_revoke(j->db, id, ACTOR, j->now);
}

/* ---- lines ---- */

static const struct {
	const char *verb;
	enum err (*run)(struct job *j);
} verbs[] = {
	{ "key", make_key },
	{ "where", where },
	{ "rename", rename_node },
	{ "delete", delete_node },
	{ "expire", expire_node },
	{ "routes", approve_routes },
	{ "set", set },
	{ "record", change_record },
	{ "where-record", where_record },
	{ "nameserver", change_nameserver },
	{ "where-nameserver", where_nameserver },
	{ "relay", change_relay },
	{ "where-relay", where_relay },
	{ "ask", ask },
	{ "check", check },
};

static enum err
do_line(struct job *j, const char *line)
{
	char verb[24] = "", subject[128] = "", to[128] = "";

	(void)sscanf(line, "%23s %127s %127s", verb, subject, to);
	j->subject = subject;
	j->to = to;
	j->now = clock_now();
	j->words = "";
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].verb, verb) == 0)
			return verbs[i].run(j);
	return ERR_BAD_INPUT;
}

int
hand_main(const char *home)
{
	struct job j = { .mem = arena_new() };
	struct arena *settings = arena_new();
	char line[HAND_TEXT];

	if (db_open(home, &j.db) || secret_read(home, "pepper", &j.pepper) ||
		settings_load(j.db, settings, &j.settings))
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		enum err e = do_line(&j, line);

		if (e)
			printf("no %s\n", err_words(e));
		else
			printf("ok %s\n", j.words);
		if (fflush(stdout))
			return 1;
		bell_ring(home);
		arena_reset(j.mem);
	}
	return 0;
}

/*
 * stage.c: where a model walk takes place: a worker, handlers, and clients that
 * only carry.  walk.py tells it what to do, a JSON list a line: a word of the
 * table below and its arguments.  The answer is a JSON object a line: "error"
 * with its words, or what was asked for.
 *
 * What people do goes by the rules of tailnet/, as the command line does it;
 * what machines do goes by Noise and HTTP/2.  What a client is told is handed
 * over as it came: nothing here knows what it should be.
 *
 * The clocks of all the programs leap (leap.c): MODEL_LEAP is the file.
 */
#include <fcntl.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "db/change.h"
#include "tailnet/bell.h"
#include "tailnet/dns.h"
#include "tailnet/keys.h"
#include "tailnet/node.h"
#include "tailnet/people.h"
#include "tailnet/policy_store.h"
#include "tailnet/register.h"
#include "tests/lib/site.h"

enum {
	CLIENTS_MAX = 64,
	LAG_WINDOW = 2048, /* less than most first maps have */
	PATIENCE_MS = 30 * 1000,
	LOOK_MS = 20, /* between two looks at what the worker says of itself */
	LONG_LEAP = 60, /* seconds; keep-alives are due then */
	TURNS = 64,     /* and come within so many turns */
	GRACE_LEAP = 12,
	LEAPS_MAX = 12,
};

struct actor_client {
	struct fake_client *fake;
	struct arena *mem; /* of its hostinfo */
	bool wants_map;
	bool was_long; /* a long leap was made since it was told something */
	uint64_t messages;
	json_object *told; /* messages as texts, null where a stream begins */
};

struct stage {
	struct site *site;
	struct arena *mem; /* of one line */
	struct actor_client clients[CLIENTS_MAX];
	volatile int64_t *ahead;
	json_object *in, *out;
};

static const char *
text_at(const struct stage *s, size_t i)
{
	json_object *o = json_object_array_get_idx(s->in, i);

	return o ? json_object_get_string(o) : NULL;
}

static int64_t
int_at(const struct stage *s, size_t i)
{
	return json_object_get_int64(json_object_array_get_idx(s->in, i));
}

static void
say(struct stage *s, const char *name, const char *text)
{
	json_object_object_add(
		s->out, name, text ? json_object_new_string(text) : NULL);
}

static void
say_int(struct stage *s, const char *name, int64_t value)
{
	json_object_object_add(s->out, name, json_object_new_int64(value));
}

static struct actor_client *
client_at(struct stage *s, size_t i)
{
	int64_t place = int_at(s, i);

	if (place < 0 || place >= CLIENTS_MAX)
		abort();
	return &s->clients[place];
}

/* ---- what people do ---- */

static enum err
user_add(struct stage *s)
{
	struct user u = { .name = text_at(s, 1),
		.email = text_at(s, 2),
		.display_name = text_at(s, 3),
		.picture_url = "",
		.role = role_of(text_at(s, 4)) };
	int64_t id = 0;
	enum err e = tailnet_person_add(
		s->site->db, &actor_cli, &u, clock_now(), &id);

	say_int(s, "id", id);
	return e;
}

static enum err
user_change(struct stage *s)
{
	struct user u = { .id = int_at(s, 1),
		.name = text_at(s, 2),
		.email = text_at(s, 3),
		.display_name = text_at(s, 4) };

	return tailnet_person_change(s->site->db, &actor_cli, &u, clock_now());
}

static enum err
user_role(struct stage *s)
{
	return tailnet_person_role(s->site->db, &actor_cli, int_at(s, 1),
		role_of(text_at(s, 2)), clock_now());
}

static enum err
user_delete(struct stage *s)
{
	struct person_delete d = { .id = int_at(s, 1),
		.machines = int_at(s, 2) ? PERSON_MOVE : PERSON_DELETE,
		.to = int_at(s, 2) };

	return tailnet_person_delete(s->site->db, &actor_cli, &d, clock_now());
}

static enum err
key_add(struct stage *s)
{
	struct preauth_key k = { .user_id = int_at(s, 1),
		.tags = text_at(s, 2),
		.ephemeral = int_at(s, 3),
		.reusable = int_at(s, 4),
		.expires_at = clock_now() + 30 * 86400 };
	const char *text = NULL;
	int64_t id;
	enum err e = tailnet_preauth_key_add(s->site->db, &s->site->pepper, &k,
		&actor_cli, clock_now(), s->mem, &id, &text);

	say(s, "key", text);
	return e;
}

static enum err
link_approve(struct stage *s)
{
	struct pending p;
	struct node n;
	enum err e = tailnet_pending_find(
		s->site->db, &s->site->pepper, text_at(s, 1), s->mem, &p);

	if (e)
		return e;
	return tailnet_pending_approve(s->site->db, &s->site->settings, &p,
		int_at(s, 2), text_at(s, 3), "cli", &actor_cli, clock_now(),
		s->mem, &n);
}

static enum err
set(struct stage *s)
{
	const char *why = NULL;
	enum err e = settings_put(s->site->db, text_at(s, 1), text_at(s, 2),
		"test", clock_now(), s->mem, &why);

	if (e)
		say(s, "why", why);
	site_ring(s->site);
	return e;
}

static enum err
policy(struct stage *s)
{
	const char *why = NULL;
	enum err e = tailnet_policy_set(
		s->site->db, text_at(s, 1), "test", clock_now(), s->mem, &why);

	if (e)
		say(s, "why", why);
	return e;
}

static enum err
node_rename(struct stage *s)
{
	return tailnet_node_rename(s->site->db, &s->site->settings,
		int_at(s, 1), text_at(s, 2), "test", clock_now());
}

static enum err
node_expire(struct stage *s)
{
	return tailnet_node_expire(s->site->db, int_at(s, 1),
		int_at(s, 2) ? clock_now() + int_at(s, 2) : 0, "test",
		clock_now());
}

static enum err
node_extend(struct stage *s)
{
	return tailnet_node_expire_default(s->site->db, &s->site->settings,
		int_at(s, 1), "test", clock_now());
}

static enum err
node_approve(struct stage *s)
{
	return tailnet_node_approve(
		s->site->db, int_at(s, 1), int_at(s, 2), "test", clock_now());
}

static enum err
node_delete(struct stage *s)
{
	return tailnet_node_delete(
		s->site->db, int_at(s, 1), "test", clock_now());
}

static enum err
node_tag(struct stage *s)
{
	return tailnet_node_tag(
		s->site->db, int_at(s, 1), text_at(s, 2), "test", clock_now());
}

static enum err
node_routes(struct stage *s)
{
	struct json_texts routes;
	struct routes_set done;
	enum err e = json_texts_parse(text_at(s, 2), s->mem, &routes);

	return e ? e
		 : tailnet_node_routes(s->site->db, int_at(s, 1), &routes,
			   "test", clock_now(), &done);
}

/* ---- DNS ---- */

static enum err
nameserver_add(struct stage *s)
{
	int64_t id = 0;
	enum err e = tailnet_nameserver_add(s->site->db,
		&(struct nameserver){ .address = text_at(s, 1),
			.domain = text_at(s, 2),
			.with_exit_node = int_at(s, 3) },
		"test", clock_now(), &id);

	say_int(s, "id", id);
	return e;
}

static enum err
nameserver_move(struct stage *s)
{
	return tailnet_nameserver_move(
		s->site->db, int_at(s, 1), int_at(s, 2), "test", clock_now());
}

static enum err
nameserver_delete(struct stage *s)
{
	return tailnet_nameserver_delete(
		s->site->db, int_at(s, 1), "test", clock_now());
}

static enum err
search_add(struct stage *s)
{
	int64_t id = 0;
	enum err e = tailnet_search_add(
		s->site->db, text_at(s, 1), "test", clock_now(), &id);

	say_int(s, "id", id);
	return e;
}

static enum err
search_delete(struct stage *s)
{
	return tailnet_search_delete(
		s->site->db, int_at(s, 1), "test", clock_now());
}

/* Name, type, value or null, node or 0. */
static enum err
record_add(struct stage *s)
{
	int64_t id = 0;
	enum err e = tailnet_record_add(s->site->db,
		&(struct dns_record){ .name = text_at(s, 1),
			.type = text_at(s, 2),
			.value = text_at(s, 3),
			.node_id = int_at(s, 4) },
		"test", clock_now(), &id);

	say_int(s, "id", id);
	return e;
}

static enum err
record_delete(struct stage *s)
{
	return tailnet_record_delete(
		s->site->db, int_at(s, 1), "test", clock_now());
}

static enum err
dns_prefs(struct stage *s)
{
	return tailnet_dns_prefs(
		s->site->db, int_at(s, 1), int_at(s, 2), "test", clock_now());
}

/* What nobody can foretell of a node: by its node key, or by id. */
static enum err
node_row(struct stage *s)
{
	struct node n;
	struct key key;
	enum err e = ERR_OK;

	if (json_object_is_type(
		    json_object_array_get_idx(s->in, 1), json_type_int))
		e = db_node_by_id(s->site->db, int_at(s, 1), s->mem, &n);
	else
		e = key_parse(KEY_NODE, text_at(s, 1), &key)
			    ? ERR_BAD_INPUT
			    : db_node_by_node_key(
				      s->site->db, &key, s->mem, &n);
	if (e)
		return e;
	say_int(s, "id", n.id);
	say(s, "ipv4", n.ipv4);
	say(s, "ipv6", n.ipv6);
	say_int(s, "created", n.created_at);
	say_int(s, "expires", n.expires_at);
	return ERR_OK;
}

/* ---- what machines do ---- */

/* Routers that share a subnet are asked whether they are there. */
static void
answer_ping(struct fake_client *c, const char *text)
{
	static const char *const where = "https://unused";
	const char *at = strstr(text, "\"PingRequest\":{\"URL\":\"");
	char path[256];
	int32_t stream;

	at = at ? strstr(at, where) : NULL;
	if (!at || c->broken)
		return;
	at += strlen(where);
	(void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(at, "\""), at);
	(void)fake_start(c, "HEAD", path, (struct bytes){ NULL, 0 }, &stream);
}

static void
keep_told(struct actor_client *a)
{
	struct fake_client *c = a->fake;

	while (c->first) {
		struct fake_message *m = c->first;

		c->first = m->next;
		json_object_array_add(a->told, json_object_new_string(m->text));
		answer_ping(c, m->text);
		fake_message_free(m);
	}
	c->last = &c->first;
}

static enum err
client_new(struct stage *s)
{
	struct actor_client *a = client_at(s, 1);

	a->fake = fake_new(&s->site->worker, "");
	a->fake->keep_messages = true;
	a->mem = arena_new();
	a->told = json_object_new_array();
	return ERR_OK;
}

static enum err
client_connect(struct stage *s)
{
	struct actor_client *a = client_at(s, 1);

	a->fake->capver = (uint16_t)int_at(s, 2);
	a->fake->window = int_at(s, 3) ? LAG_WINDOW : 0;
	return fake_connect(a->fake, PATIENCE_MS);
}

static enum err
client_disconnect(struct stage *s)
{
	struct actor_client *a = client_at(s, 1);

	keep_told(a);
	fake_disconnect(a->fake);
	a->fake->lags = a->wants_map = a->was_long = false;
	return ERR_OK;
}

static enum err
client_rotate(struct stage *s)
{
	return fake_rotate(client_at(s, 1)->fake);
}

/* As a new profile has it: no key before it. */
static enum err
client_fresh(struct stage *s)
{
	struct fake_client *c = client_at(s, 1)->fake;
	enum err e = fake_rotate(c);

	memset(&c->old_node, 0, sizeof(c->old_node));
	return e;
}

static enum err
client_disco(struct stage *s)
{
	struct fake_client *c = client_at(s, 1)->fake;

	return key_new(&c->disco, &c->disco_public);
}

/* Hostinfo as JSON, and endpoints. */
static enum err
client_host(struct stage *s)
{
	struct actor_client *a = client_at(s, 1);
	enum err e;

	arena_reset(a->mem);
	e = tailcfg_hostinfo_decode(
		(struct json_raw){ arena_strdup(a->mem, text_at(s, 2)) },
		a->mem, &a->fake->hostinfo);
	return e ? e
		 : json_texts_parse(arena_strdup(a->mem, text_at(s, 3)), a->mem,
			   &a->fake->endpoints);
}

static enum err
client_keys(struct stage *s)
{
	struct fake_client *c = client_at(s, 1)->fake;
	struct key machine;

	if (key_public(&c->machine, &machine))
		return ERR_CRYPTO;
	say(s, "machine", key_text(s->mem, KEY_MACHINE, &machine));
	say(s, "node", key_text(s->mem, KEY_NODE, &c->node_public));
	say(s, "disco", key_text(s->mem, KEY_DISCO, &c->disco_public));
	return ERR_OK;
}

/* Auth key, followup, expiry; each may be null. */
static enum err
client_register(struct stage *s)
{
	struct fake_client *c = client_at(s, 1)->fake;
	struct fake_registration r;
	enum err e;

	c->expiry = text_at(s, 4);
	e = fake_register(
		c, text_at(s, 2), text_at(s, 3), PATIENCE_MS, s->mem, &r);
	c->expiry = NULL;
	if (e)
		return e;
	say_int(s, "status", r.status);
	say(s, "text", r.text);
	return ERR_OK;
}

static enum err
open_map(struct actor_client *a)
{
	keep_told(a);
	json_object_array_add(a->told, NULL);
	a->wants_map = true;
	return fake_map_open(a->fake);
}

static enum err
client_map(struct stage *s)
{
	struct actor_client *a = client_at(s, 1);
	enum err e = open_map(a);

	a->fake->lags = int_at(s, 2);
	return e;
}

static enum err
client_lite(struct stage *s)
{
	int status = 0;
	enum err e = fake_lite(client_at(s, 1)->fake, PATIENCE_MS, &status);

	say_int(s, "status", status);
	return e;
}

static enum err
client_lag(struct stage *s)
{
	struct actor_client *a = client_at(s, 1);

	if (int_at(s, 2))
		a->fake->lags = true;
	else
		fake_catch_up(a->fake);
	return ERR_OK;
}

/* ---- time and the programs ---- */

static void
leap(struct stage *s, int64_t seconds)
{
	*s->ahead += seconds;
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct actor_client *a = &s->clients[i];

		if (a->wants_map && seconds >= LONG_LEAP && !a->fake->lags) {
			a->was_long = true;
			a->messages = a->fake->counts.messages;
		}
	}
	bell_ring(s->site->home);
}

static enum err
restart(struct stage *s)
{
	site_stop(s->site, SITE_WORKER);
	site_start(s->site, SITE_WORKER);
	return ERR_OK;
}

/* Kills it without a word. */
static enum err
kill_worker(struct stage *s)
{
	kill(s->site->worker_pid, SIGKILL);
	waitpid(s->site->worker_pid, NULL, 0);
	s->site->worker_pid = 0;
	site_start(s->site, SITE_WORKER);
	return ERR_OK;
}

static enum err
restart_handlers(struct stage *s)
{
	site_stop(s->site, SITE_HANDLERS);
	site_start(s->site, SITE_HANDLERS);
	return ERR_OK;
}

/* ---- until nothing is owed ---- */

/* As clients do: whose tunnel broke comes back, whose poll ended asks again. */
static void
come_back(struct stage *s)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct actor_client *a = &s->clients[i];

		if (!a->wants_map)
			continue;
		(void)fake_pump(a->fake);
		if (a->fake->broken && fake_connect(a->fake, PATIENCE_MS))
			continue;
		if (!a->fake->map_stream || a->fake->map_ended) {
			(void)open_map(a);
			a->was_long = false;
		}
	}
}

static int64_t
connected(const struct stage *s)
{
	int64_t count = 0;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		count += s->clients[i].fake && !s->clients[i].fake->broken;
	return count;
}

static int64_t
lagging(const struct stage *s)
{
	int64_t count = 0;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		count += s->clients[i].fake && s->clients[i].fake->lags;
	return count;
}

static bool
all_kept_alive(struct stage *s)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct actor_client *a = &s->clients[i];

		if (a->was_long && a->wants_map &&
			a->fake->counts.messages == a->messages)
			return false;
		a->was_long = false;
	}
	return true;
}

/* What the worker says of itself, read once. */
struct looked {
	int64_t seq, sessions, behind, leaving, deferred, nodes, gen;
};

static int64_t
value(const char *text, const char *name, struct arena *mem)
{
	const char *line =
		strstr(text, arena_printf(mem, "\ncairn_worker_%s ", name));

	return line ? strtoll(strchr(line, ' '), NULL, 10) : -1;
}

static struct looked
look(struct stage *s)
{
	static const struct scgi_var vars[] = { { "CONTENT_LENGTH", "0" },
		{ "SCGI", "1" }, { "REQUEST_METHOD", "GET" },
		{ "DOCUMENT_URI", "/_worker/metrics" } };
	struct arena *kept = s->site->mem;
	struct looked l;
	const char *t;

	s->site->mem = arena_new();
	t = site_scgi(s->site, vars, 4);
	l = (struct looked){ .seq = value(t, "change_seq", s->site->mem),
		.sessions = value(t, "sessions", s->site->mem),
		.behind = value(t, "map_streams_behind", s->site->mem),
		.leaving = value(t, "nodes_leaving", s->site->mem),
		.deferred = value(t, "updates_deferred", s->site->mem),
		.nodes = value(t, "nodes", s->site->mem),
		.gen = value(t, "generation", s->site->mem) };
	arena_free(s->site->mem);
	s->site->mem = kept;
	return l;
}

/* Keep-alives are counted in turns of the worker's second, of which it makes
 * one at a time, however far the clock leaps. */
static void listen_all(struct stage *s, int ms);

static enum err
do_leap(struct stage *s)
{
	leap(s, int_at(s, 1));
	for (int i = 0; int_at(s, 1) >= LONG_LEAP && i < TURNS; i++) {
		(void)look(s);
		listen_all(s, 0);
		leap(s, 1);
	}
	return ERR_OK;
}

/* Waits for bytes to any of them, or so long. */
static void
listen_all(struct stage *s, int ms)
{
	struct pollfd fds[CLIENTS_MAX];
	nfds_t count = 0;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i].fake && !s->clients[i].fake->broken)
			fds[count++] = (struct pollfd){
				.fd = fake_fd(s->clients[i].fake),
				.events = POLLIN
			};
	(void)poll(fds, count, ms);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i].fake && !s->clients[i].fake->broken) {
			(void)fake_pump(s->clients[i].fake);
			keep_told(&s->clients[i]);
		}
}

static bool
fence_all(struct stage *s)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i].fake && !s->clients[i].fake->broken &&
			fake_fence(s->clients[i].fake, PATIENCE_MS))
			return false;
	return true;
}

static bool
all_have_maps(const struct stage *s)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		const struct actor_client *a = &s->clients[i];

		if (a->wants_map && !a->fake->lags &&
			(a->fake->broken || a->fake->map_ended ||
				!a->fake->has_map))
			return false;
	}
	return true;
}

static bool
is_quiet(struct stage *s, const struct looked *l, int64_t seq, int64_t nodes)
{
	return l->seq >= seq && l->sessions == connected(s) &&
	       l->behind <= lagging(s) && !l->deferred && !l->leaving &&
	       (nodes < 0 || l->nodes == nodes) && all_kept_alive(s);
}

/* Nothing but time is waited for. */
static bool
needs_time(struct stage *s, const struct looked *l, int64_t seq)
{
	return l->seq >= seq && l->sessions == connected(s) &&
	       l->behind <= lagging(s) && (l->deferred || l->leaving);
}

static void
say_told(struct stage *s)
{
	json_object *all = json_object_new_object();
	char name[16];

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct actor_client *a = &s->clients[i];

		if (!a->fake)
			continue;
		keep_told(a);
		(void)snprintf(name, sizeof(name), "%zu", i);
		json_object_object_add(all, name, a->told);
		a->told = json_object_new_array();
	}
	json_object_object_add(s->out, "told", all);
}

static void
say_looked(struct stage *s, const struct looked *l, int64_t seq)
{
	say_int(s, "seq", l->seq);
	say_int(s, "wanted_seq", seq);
	say_int(s, "sessions", l->sessions);
	say_int(s, "connected", connected(s));
	say_int(s, "behind", l->behind);
	say_int(s, "leaving", l->leaving);
	say_int(s, "deferred", l->deferred);
	say_int(s, "nodes", l->nodes);
}

/* Argument: how many nodes there must be at last, or -1. */
static enum err
settle(struct stage *s)
{
	int64_t until = clock_now_ms() - *s->ahead * 1000 + PATIENCE_MS;
	int64_t seq = 0, leaps = 0;
	struct looked l, after;
	enum err e = db_change_last(s->site->db, &seq);

	if (e)
		return e;
	leap(s, 2); /* what is looked at once a second */
	(void)look(s);
	for (;;) {
		come_back(s);
		l = look(s);
		/* The first fence is behind what was asked, the second
		 * behind what was answered. */
		if (is_quiet(s, &l, seq, int_at(s, 1)) && fence_all(s)) {
			after = look(s);
			if (after.gen == l.gen &&
				is_quiet(s, &after, seq, int_at(s, 1)) &&
				fence_all(s) && all_have_maps(s))
				break;
		}
		if (needs_time(s, &l, seq) && leaps++ < LEAPS_MAX)
			leap(s, GRACE_LEAP);
		if (clock_now_ms() - *s->ahead * 1000 > until) {
			say_looked(s, &l, seq);
			return ERR_BUSY;
		}
		listen_all(s, LOOK_MS);
	}
	say_told(s);
	return ERR_OK;
}

/* ---- lines ---- */

static const struct {
	const char *word;
	enum err (*run)(struct stage *s);
	bool rings;
} verbs[] = {
	{ "user_add", user_add, true },
	{ "user_change", user_change, true },
	{ "user_role", user_role, true },
	{ "user_delete", user_delete, true },
	{ "key", key_add, true },
	{ "link_approve", link_approve, true },
	{ "set", set, true },
	{ "policy", policy, true },
	{ "rename", node_rename, true },
	{ "expire", node_expire, true },
	{ "extend", node_extend, true },
	{ "approve", node_approve, true },
	{ "delete", node_delete, true },
	{ "tag", node_tag, true },
	{ "routes", node_routes, true },
	{ "nameserver_add", nameserver_add, true },
	{ "nameserver_move", nameserver_move, true },
	{ "nameserver_delete", nameserver_delete, true },
	{ "search_add", search_add, true },
	{ "search_delete", search_delete, true },
	{ "record_add", record_add, true },
	{ "record_delete", record_delete, true },
	{ "dns_prefs", dns_prefs, true },
	{ "row", node_row, false },
	{ "new", client_new, false },
	{ "connect", client_connect, false },
	{ "disconnect", client_disconnect, false },
	{ "rotate", client_rotate, false },
	{ "fresh", client_fresh, false },
	{ "disco", client_disco, false },
	{ "host", client_host, false },
	{ "keys", client_keys, false },
	{ "register", client_register, false },
	{ "map", client_map, false },
	{ "lite", client_lite, false },
	{ "lag", client_lag, false },
	{ "leap", do_leap, false },
	{ "restart", restart, false },
	{ "kill", kill_worker, false },
	{ "restart_handlers", restart_handlers, false },
	{ "settle", settle, false },
};

static enum err
do_line(struct stage *s)
{
	const char *word = text_at(s, 0);

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].word, word) == 0) {
			enum err e = verbs[i].run(s);

			if (verbs[i].rings)
				bell_ring(s->site->home);
			return e;
		}
	return ERR_NOT_FOUND;
}

static void
one_line(struct stage *s, const char *line)
{
	enum err e;

	s->in = json_tokener_parse(line);
	if (!json_object_is_type(s->in, json_type_array))
		abort();
	s->out = json_object_new_object();
	e = do_line(s);
	if (e)
		say(s, "error", err_words(e));
	say_int(s, "now", clock_now());
	puts(json_object_to_json_string_ext(s->out, JSON_C_TO_STRING_PLAIN));
	(void)fflush(stdout);
	json_object_put(s->in);
	json_object_put(s->out);
	arena_reset(s->mem);
}

static volatile int64_t *
map_leap(void)
{
	const char *path = getenv("MODEL_LEAP");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *at = fd < 0 ? MAP_FAILED
			  : mmap(NULL, sizeof(int64_t), PROT_READ | PROT_WRITE,
				    MAP_SHARED, fd, 0);

	if (at == MAP_FAILED) {
		fputs("stage: MODEL_LEAP names no file\n", stderr);
		exit(2);
	}
	return at;
}

int
main(void)
{
	struct stage s = { .mem = arena_new(), .ahead = map_leap() };
	char *line = NULL;
	size_t room = 0;
	bool good;

	s.site = site_new(SITE_WORKER | SITE_HANDLERS);
	while (getline(&line, &room, stdin) > 0)
		one_line(&s, line);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s.clients[i].fake) {
			fake_free(s.clients[i].fake);
			arena_free(s.clients[i].mem);
			json_object_put(s.clients[i].told);
		}
	good = site_free(s.site);
	free(line);
	arena_free(s.mem);
	return good ? 0 : 1;
}

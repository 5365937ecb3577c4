/*
 * deeds.c: what the actors of the load do: each request a fact tried before it
 * goes out, and a fact told when its answer is there.  What an admin does is
 * told to a hand, or done by the forms of the pages.
 */
#include "tests/ledger/actor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tests/ledger/complain.h"

enum {
	ANSWER_MS = 3000,
	LOOK_ONE_IN = 4, /* of those that join, for a whole map */
	FORM_ONE_IN = 3, /* of what a hand could do */
	NET_ONE_IN = 4,  /* is about no machine */
	SETTING_LEAST = 10,
	YEAR = 31536000,
};

#define ROUTE "10.77.0.0/16" /* that every machine advertises */

/* ---- a machine joins ---- */

struct joining {
	struct fake_client *client;
	struct arena *mem;
	const char *node_key, *key_id, *auth_key;
	char name[64];
};

/* A refusal in words is wrong at any time: the key is good. */
static bool
admitted(const struct fake_registration *r)
{
	const char *error = r->response.error ? r->response.error : "";

	if (r->status == 200 && *error)
		complain(REFUSED, "a good key: %s", error);
	return r->status == 200 && !*error && r->response.machine_authorized;
}

static bool
register_once(struct actor *a, struct joining *j)
{
	struct fake_registration r = { .status = 0 };
	struct attempt t = begin(a);
	enum err e = fake_connect(j->client, ANSWER_MS);
	bool good;

	if (!e)
		e = fake_register(
			j->client, j->auth_key, NULL, ANSWER_MS, j->mem, &r);
	good = !e && admitted(&r);
	end(a, t, good, "a registration",
		e ? err_words(e)
		  : arena_printf(j->mem, "status %d, %s", r.status, r.text));
	return good;
}

/* Of what the map says of the machine itself. */
static void
tell_own_map(struct actor *a, const struct joining *j)
{
	const struct fake_peer *self = &j->client->self;
	char name[64];

	(void)snprintf(name, sizeof(name), "%.*s",
		(int)strcspn(self->name, "."), self->name);
	facts_told(a->load->facts, FACT_ADDRESS, j->node_key, self->address);
	facts_told(a->load->facts, FACT_NAME, j->node_key, name);
}

static void
look_around(struct actor *a, struct joining *j)
{
	if (fake_map_open(j->client) == ERR_OK &&
		fake_until(j->client, fake_has_map, NULL, ANSWER_MS) == ERR_OK)
		tell_own_map(a, j);
}

static void
join_with(struct actor *a, struct joining *j)
{
	struct facts *f = a->load->facts;
	int64_t since = clock_now_ms();
	unsigned tries = 0;

	facts_try(f, FACT_MACHINE, j->node_key, VIEW_HERE);
	facts_try(f, FACT_KEY, j->key_id, "used");
	while (!register_once(a, j))
		if (!again(a, ++tries, since, "a registration"))
			return;
	facts_told(f, FACT_MACHINE, j->node_key, VIEW_HERE);
	facts_told(f, FACT_KEY, j->key_id, "used");
	count(a, &a->load->counts.joined);
	(void)fake_lite(j->client, ANSWER_MS, NULL);
	if (next_random(a) % LOOK_ONE_IN == 0)
		look_around(a, j);
	pool_put(a->load, POOL_MACHINES, j->node_key);
}

/* ---- what a hand does ---- */

bool
ask_once(struct actor *a, char answer[HAND_TEXT], const char *line)
{
	struct attempt t = begin(a);
	enum hand_answer got = hand_ask(&a->hand, answer, "%s", line);

	end(a, t, got == HAND_OK, line,
		got == HAND_REFUSED ? answer : "no answer");
	return got == HAND_OK;
}

static bool
change_by_hand(struct actor *a, const struct change *c)
{
	char answer[HAND_TEXT];

	facts_try(a->load->facts, c->kind, c->subject, c->value);
	if (!ask_once(a, answer, c->line))
		return false;
	facts_told(a->load->facts, c->kind, c->subject, c->value);
	return true;
}

bool
change(struct actor *a, struct arena *mem, const struct change *c)
{
	if (c->form && next_random(a) % FORM_ONE_IN == 0 &&
		desk_is_open(a, mem))
		return desk_change(a, mem, c);
	return change_by_hand(a, c);
}

static void
do_join(struct actor *a, struct arena *mem)
{
	char answer[HAND_TEXT];
	struct joining j = { .mem = mem };
	const char *route = ROUTE;

	if (!ask_once(a, answer, "key"))
		return;
	j.key_id = arena_printf(mem, "%.*s", (int)strcspn(answer, " "), answer);
	j.auth_key = arena_strdup(mem, strchr(answer, ' ') + 1);
	facts_told(a->load->facts, FACT_KEY, j.key_id, "unused");
	(void)snprintf(j.name, sizeof(j.name), "m%u-%lu", a->number, a->made++);
	j.client = fake_new(&a->load->instance->target, j.name);
	j.client->hostinfo.routable_ips = (struct json_texts){ &route, 1 };
	j.node_key = key_text(mem, KEY_NODE, &j.client->node_public);
	join_with(a, &j);
	fake_free(j.client);
}

static void
do_rename(struct actor *a, struct arena *mem, const char *key)
{
	const char *name = arena_printf(mem, "r%u-%lu", a->number, a->made++);
	const struct change c = {
		.kind = FACT_NAME,
		.subject = key,
		.value = name,
		.line = arena_printf(mem, "rename %s %s", key, name),
		.where = arena_printf(mem, "where %s", key),
		.page = "",
		.form = "form-rename",
		.typed = { { "name", name } },
		.flash = "machine-renamed",
	};

	if (!change(a, mem, &c))
		return;
	count(a, &a->load->counts.renamed);
	pool_put(a->load, POOL_MACHINES, key);
}

static void
do_delete(struct actor *a, struct arena *mem, const char *key)
{
	const struct change c = {
		.kind = FACT_MACHINE,
		.subject = key,
		.value = VIEW_GONE,
		.line = arena_printf(mem, "delete %s", key),
		.where = arena_printf(mem, "where %s", key),
		.page = "/delete",
		.form = "form-delete",
		.flash = "machine-deleted",
	};

	if (change(a, mem, &c))
		count(a, &a->load->counts.deleted);
}

/* Browsers write a time without its seconds. */
static void
do_extend(struct actor *a, struct arena *mem, const char *key)
{
	int64_t at = clock_now() + YEAR + (int64_t)(next_random(a) % YEAR);
	const char *text =
		arena_printf(mem, "%lld", (long long)(at -= at % 60));
	const struct change c = {
		.kind = FACT_EXPIRY,
		.subject = key,
		.value = text,
		.line = arena_printf(mem, "expire %s %s", key, text),
		.where = arena_printf(mem, "where %s", key),
		.page = "",
		.form = "form-expiry",
		.typed = { { "expires", arena_printf(mem, "%.16s",
						clock_print(mem, at)) },
			{ "do", "at" } },
		.flash = "machine-expiry",
	};

	if (!change(a, mem, &c))
		return;
	count(a, &a->load->counts.extended);
	pool_put(a->load, POOL_MACHINES, key);
}

/* The route that they all have, approved or withdrawn. */
static void
do_routes(struct actor *a, struct arena *mem, const char *key)
{
	const bool approve = next_random(a) % 2;
	const struct change c = {
		.kind = FACT_ROUTES,
		.subject = key,
		.value = approve ? "[\"" ROUTE "\"]" : "[]",
		.line = arena_printf(
			mem, "routes %s %s", key, approve ? ROUTE : "none"),
		.where = arena_printf(mem, "where %s", key),
		.page = "",
		.form = "form-routes",
		.typed = { { "route", approve ? ROUTE : NULL } },
		.flash = "routes-saved",
	};

	if (!change(a, mem, &c))
		return;
	count(a, &a->load->counts.routes);
	pool_put(a->load, POOL_MACHINES, key);
}

/* One actor alone, so that the order is known.  The form counts in minutes. */
static void
do_set(struct actor *a, struct arena *mem)
{
	const char *minutes =
		arena_printf(mem, "%lu", SETTING_LEAST + a->set++);
	const char *value = arena_printf(mem, "%sm", minutes);
	const struct change c = {
		.kind = FACT_SETTING,
		.subject = VIEW_SETTING,
		.value = value,
		.line = arena_printf(mem, "set %s %s", VIEW_SETTING, value),
		.page = "/admin/settings/general",
		.form = "form-settings-general",
		.typed = { { "ephemeral_minutes", minutes } },
		.flash = "settings-saved",
	};

	if (change(a, mem, &c))
		count(a, &a->load->counts.set);
}

void
act(struct actor *a, struct arena *mem)
{
	unsigned dice = (unsigned)(next_random(a) % 100);
	char key[KEY_TEXT_SIZE];
	bool full = a->load->pools[POOL_MACHINES].count > LOAD_NODES;

	if (a->session[0] && !a->forms_left)
		desk_sign_out(a, mem);
	else if (next_random(a) % NET_ONE_IN == 0)
		act_on_net(a, mem);
	else if (a->number == 0 && dice < 20)
		do_set(a, mem);
	else if (dice < (full ? 35 : 60) || !pool_take(a, POOL_MACHINES, key))
		do_join(a, mem);
	else if (dice < 73)
		do_rename(a, mem, key);
	else if (dice < 80)
		do_routes(a, mem, key);
	else if (dice < 95)
		do_delete(a, mem, key);
	else
		do_extend(a, mem, key);
}

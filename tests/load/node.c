#include "tests/load/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "proto/tailcfg.h"
#include "tests/lib/rows.h"
#include "tests/load/crowd.h"
#include "tests/load/reader.h"

#define ZERO_TIME "0001-01-01T00:00:00Z"

static const struct link_calls calls;

void
node_init(struct node *n, struct crowd *c, size_t place)
{
	struct arena *mem = arena_new();
	struct key disco;

	n->crowd = c;
	n->place = place;
	link_init(&n->link, &calls, n);
	if (key_new(&n->machine, &disco) || key_new(&n->key, &n->key_public) ||
		key_new(&disco, &n->disco_public))
		abort();
	(void)snprintf(n->label, sizeof(n->label), "laptop-%zu", place + 1);
	own_text(&n->hostinfo, rows_hostinfo(mem, place + 1));
	n->seen = own_alloc((c->id_room / 64 + 1) * sizeof(uint64_t));
	if (place % NODE_SAMPLED == 0)
		n->model = model_new();
	arena_free(mem);
}

void
node_done(struct node *n)
{
	link_close(&n->link);
	model_free(n->model);
	own_free(&n->hostinfo);
	free(n->seen);
}

/* ---- what it says ---- */

static struct json_texts
endpoints_of(const struct node *n, struct arena *mem)
{
	struct json_texts list = {
		arena_array(mem, NODE_ENDPOINTS + 1, sizeof(char *)), 0
	};
	unsigned high = (unsigned)n->place / 250;
	unsigned low = (unsigned)n->place % 250 + 1;

	if (*n->roam)
		list.at[list.count++] = n->roam;
	for (unsigned i = 0; i < NODE_ENDPOINTS - 1; i++)
		list.at[list.count++] = arena_printf(
			mem, "172.%u.%u.%u:41642", 16 + i, high, low);
	list.at[list.count++] = arena_printf(
		mem, "[fd00:1:2:3::%x]:41642", (unsigned)n->place + 1);
	return list;
}

static bool
ask_map(struct node *n, bool stream)
{
	struct arena *mem = arena_new();
	struct json_texts endpoints = endpoints_of(n, mem);
	int64_t *types = arena_array(mem, endpoints.count, sizeof(*types));
	struct tailcfg_map_request q = { .version = TAILCFG_CAPVER_NEWEST,
		.compress = "zstd",
		.keep_alive = true,
		.node_key = key_text(mem, KEY_NODE, &n->key_public),
		.disco_key = key_text(mem, KEY_DISCO, &n->disco_public),
		.stream = stream,
		.omit_peers = !stream,
		.hostinfo_raw = { n->hostinfo },
		.endpoints = endpoints,
		.endpoint_types = { types, endpoints.count } };
	bool asked;

	for (size_t i = 0; i < endpoints.count; i++)
		types[i] = 1; /* local: STUN alone would be no news */
	asked = link_ask(&n->link, stream ? ASK_MAP : ASK_LITE, "/machine/map",
		json_print(mem, &tailcfg_map_request_table, &q));
	arena_free(mem);
	return asked;
}

static void
ask_register(struct node *n)
{
	static const struct key none;
	struct arena *mem = arena_new();
	const struct crowd *c = n->crowd;
	struct tailcfg_auth auth = { c->auth_keys[n->place % c->key_count] };
	struct tailcfg_register_request q = { .version = TAILCFG_CAPVER_NEWEST,
		.node_key = key_text(mem, KEY_NODE, &n->key_public),
		.old_node_key = key_text(mem, KEY_NODE, &none),
		.nl_key = key_text(mem, KEY_LOCK, &none),
		.auth = &auth,
		.expiry = ZERO_TIME,
		.followup = "",
		.hostinfo_raw = { n->hostinfo } };

	(void)link_ask(&n->link, ASK_REGISTER, "/machine/register",
		json_print(mem, &tailcfg_register_request_table, &q));
	arena_free(mem);
}

bool
node_tell(struct node *n)
{
	return ask_map(n, false);
}

/* ---- where it stands ---- */

static void
leave_map(struct node *n)
{
	struct crowd *c = n->crowd;

	if (n->state == NODE_MAPPED)
		c->mapped--;
	if (n->seen_count == c->count)
		c->converged--;
	n->seen_count = 0;
	memset(n->seen, 0, (c->id_room / 64 + 1) * sizeof(uint64_t));
}

static void
come_later(struct node *n)
{
	struct crowd *c = n->crowd;
	double ms;

	if (n->failures < 1000)
		n->failures++;
	ms = (double)n->failures * n->failures * NODE_BACKOFF_MS;
	if (ms > NODE_BACKOFF_MOST_MS)
		ms = NODE_BACKOFF_MOST_MS;
	n->due_us = c->now_us + (int64_t)(ms * 1e3 * (0.5 + drand48()));
	n->state = NODE_WAITING;
	TAILQ_INSERT_TAIL(&c->waiting, n, waiting);
}

void
node_come(struct node *n)
{
	struct crowd *c = n->crowd;

	n->state = NODE_COMING;
	if (link_open(&n->link, c->target, &n->machine, c->epoll))
		return;
	c->failures++;
	c->last_why = "no connection";
	come_later(n);
}

static void
open_map(struct node *n)
{
	leave_map(n);
	if (n->model)
		model_begin(n->model);
	(void)ask_map(n, true);
}

static void
on_open(void *owner)
{
	struct node *n = owner;

	if (n->registered)
		open_map(n);
	else
		ask_register(n);
}

static void
on_ended(void *owner, const char *why)
{
	struct node *n = owner;
	struct crowd *c = n->crowd;

	if (c->leaving && !n->left) {
		n->left = true;
		c->left++;
	} else if (n->state == NODE_MAPPED) {
		c->drops++;
	} else {
		c->failures++;
	}
	c->last_why = why;
	leave_map(n);
	come_later(n);
}

static void
on_registered(struct node *n, int status, struct bytes body)
{
	struct crowd *c = n->crowd;

	if (status != 200 ||
		!memmem(body.at, body.len, "\"MachineAuthorized\":true", 24)) {
		c->refusals++;
		n->link.broken = "registration refused"; /* and try again */
		return;
	}
	n->registered = true;
	n->registered_us = c->now_us;
	c->registered++;
	open_map(n);
}

static void
on_answer(void *owner, enum ask what, int status, struct bytes body)
{
	struct node *n = owner;

	if (what == ASK_REGISTER) {
		on_registered(n, status, body);
	} else if (status != 200) {
		n->link.broken = "update refused";
	} else if (!n->told) {
		n->told = true;
		n->crowd->told++;
	}
}

/* ---- what it reads ---- */

static void
see(struct node *n, struct bytes text)
{
	struct crowd *c = n->crowd;
	int64_t id;

	for (size_t at = 0; reader_next(text, "\"StableID\":\"", &at, &id);) {
		uint64_t bit = UINT64_C(1) << (id & 63);

		if (id < 0 || (size_t)id >= c->id_room ||
			n->seen[id / 64] & bit)
			continue;
		n->seen[id / 64] |= bit;
		if (++n->seen_count == c->count) {
			n->converged_us = c->now_us;
			c->converged++;
		}
	}
}

static void
first_message(struct node *n, struct bytes text)
{
	struct crowd *c = n->crowd;

	if (!reader_self(text, &n->id, n->address)) {
		n->link.broken = "the first message is no map";
		return;
	}
	n->state = NODE_MAPPED;
	n->failures = 0;
	n->mapped_us = c->now_us;
	c->mapped++;
	if (!n->told)
		(void)node_tell(n);
}

static void
hear(struct node *n, struct bytes text, size_t len)
{
	static const char idle[] = "{\"KeepAlive\":true}";
	struct crowd *c = n->crowd;

	if (text.len == sizeof(idle) - 1 &&
		memcmp(text.at, idle, text.len) == 0)
		return;
	n->heard.messages++;
	n->heard.bytes += len;
	if (!c->mark || n->heard.marked_us ||
		!memmem(text.at, text.len, c->mark, strlen(c->mark)))
		return;
	n->heard.marked_us = c->now_us;
	c->marked++;
}

static void
on_message(void *owner, struct bytes frames)
{
	struct node *n = owner;
	struct crowd *c = n->crowd;
	struct bytes text = reader_text(frames);

	c->now_us = load_now_us();
	c->messages++;
	c->map_bytes += 4 + frames.len;
	if (n->model)
		model_keep(n->model, frames);
	if (!text.len) {
		n->link.broken = "a message does not decompress";
		return;
	}
	if (n->state != NODE_MAPPED)
		first_message(n, text);
	if (n->seen_count < c->count)
		see(n, text);
	hear(n, text, 4 + frames.len);
	roams_read(c->roams, n->place, text, c->now_us);
}

static const struct link_calls calls = { on_open, on_message, on_answer,
	on_ended };

struct truth
node_truth(const struct node *n, char endpoint[64])
{
	struct arena *mem = arena_new();
	struct json_texts list = endpoints_of(n, mem);
	struct truth t = { .id = n->id,
		.home_derp = 900,
		.label = n->label,
		.address = n->address,
		.endpoint = endpoint,
		.endpoints = list.count,
		.online = true,
		.node = n->key_public,
		.disco = n->disco_public };

	(void)snprintf(endpoint, 64, "%s", list.at[0]);
	arena_free(mem);
	return t;
}

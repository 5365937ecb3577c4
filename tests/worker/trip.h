/*
 * trip.h: made-up clients at a real worker and real handlers, and what each of
 * them must be told, message by message.
 *
 * Nothing is waited for but events.  That a client was told nothing more is
 * shown by a fence: a change that everyone sees, of a node that no test is
 * about.  Its message must be the next one and hold nothing else.
 */
#ifndef TESTS_WORKER_TRIP_H
#define TESTS_WORKER_TRIP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "tailnet/node.h"
#include "tests/lib/site.h"

enum {
	TRIP_CLIENTS_MAX = 1024,
	WAIT_MS = SITE_PATIENCE_MS,
};

struct trip {
	struct site *site;
	struct arena *mem;
	const char *key;         /* reusable, of ann */
	int64_t fence, fence_at; /* id of a node that never polls */
	struct fake_client *clients[TRIP_CLIENTS_MAX]; /* the fence is none */
	size_t count;
};

static inline struct fake_client *
trip_client(struct trip *t, const char *name)
{
	struct fake_client *c = fake_new(&t->site->worker, name);
	static const char *endpoint = "192.0.2.7:41641";
	static struct tailcfg_net_info net = { .preferred_derp = 900 };

	assert_in_range(t->count, 0, TRIP_CLIENTS_MAX - 1);
	c->endpoints = (struct json_texts){ &endpoint, 1 };
	c->hostinfo.net_info = &net;
	c->keep_messages = true;
	t->clients[t->count++] = c;
	return c;
}

static inline void
trip_register(struct trip *t, struct fake_client *c, const char *key)
{
	struct fake_registration r;

	assert_int_equal(
		fake_register(c, key, NULL, WAIT_MS, t->mem, &r), ERR_OK);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.response.error ? r.response.error : "", "");
	assert_true(r.response.machine_authorized);
}

/* A stream, a lite update, the first map: as a client begins. */
static inline void
trip_poll(struct fake_client *c)
{
	assert_int_equal(fake_map_open(c), ERR_OK);
	assert_int_equal(fake_lite(c, WAIT_MS, NULL), ERR_OK);
	assert_int_equal(fake_until(c, fake_has_map, NULL, WAIT_MS), ERR_OK);
}

static inline struct fake_client *
trip_join(struct trip *t, const char *name)
{
	struct fake_client *c = trip_client(t, name);

	assert_int_equal(fake_connect(c, WAIT_MS), ERR_OK);
	trip_register(t, c, t->key);
	trip_poll(c);
	return c;
}

static inline void
trip_forget(struct fake_client *c)
{
	while (c->first) {
		struct fake_message *m = c->first;

		c->first = m->next;
		fake_message_free(m);
	}
	c->last = &c->first;
	c->counts.messages = c->counts.plain_bytes = 0;
	c->counts.framed_bytes = 0;
}

/* The next message, whatever it is; the trip's memory holds its text. */
static inline const char *
trip_next(struct trip *t, struct fake_client *c)
{
	struct fake_message *m;
	const char *text;

	assert_int_equal(fake_map_next(c, WAIT_MS, &m), ERR_OK);
	text = arena_strdup(t->mem, m->text);
	fake_message_free(m);
	return text;
}

static inline void
trip_expect(struct trip *t, struct fake_client *c, const char *text)
{
	assert_string_equal(trip_next(t, c), text);
}

/* The message's members with how many items each has: "PeersChanged:1". */
static inline const char *
trip_shape(struct trip *t, struct fake_client *c)
{
	struct fake_message *m;
	const struct tailcfg_map_response *r;
	struct buf b;

	assert_int_equal(fake_map_next(c, WAIT_MS, &m), ERR_OK);
	r = &m->response;
	buf_init(&b, t->mem, 4096);
	if (r->node.text)
		buf_puts(&b, " Node");
	if (r->derp_map.text)
		buf_puts(&b, " DERPMap");
	if (r->dns_config.text)
		buf_puts(&b, " DNSConfig");
	if (r->packet_filters.text || r->packet_filter.text)
		buf_puts(&b, " PacketFilters");
	if (r->ssh_policy.text)
		buf_puts(&b, " SSHPolicy");
	if (r->domain && *r->domain)
		buf_puts(&b, " Domain");
	if (r->user_profiles.count)
		buf_putf(&b, " UserProfiles:%zu", r->user_profiles.count);
	if (r->peers.at)
		buf_putf(&b, " Peers:%zu", r->peers.count);
	if (r->peers_changed.at)
		buf_putf(&b, " PeersChanged:%zu", r->peers_changed.count);
	if (r->peers_removed.at)
		buf_putf(&b, " PeersRemoved:%zu", r->peers_removed.count);
	if (r->peers_changed_patch.at)
		buf_putf(&b, " PeersChangedPatch:%zu",
			r->peers_changed_patch.count);
	buf_put(&b, "", 1);
	fake_message_free(m);
	return b.len > 1 ? (const char *)b.bytes + 1 : "";
}

static inline bool
trip_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static inline bool
trip_never(const struct fake_client *c, void *arg)
{
	(void)c;
	(void)arg;
	return false;
}

static inline void
trip_raise_fence(struct trip *t)
{
	t->fence_at++;
	assert_int_equal(tailnet_node_expire(t->site->db, t->fence, t->fence_at,
				 "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
}

static inline const char *
trip_fence_text(struct trip *t)
{
	char at[CLOCK_TEXT_SIZE];

	clock_text(t->fence_at, at);
	return arena_printf(t->mem,
		"{\"PeersChangedPatch\":[{\"NodeID\":%lld,"
		"\"KeyExpiry\":\"%s\"}]}",
		(long long)t->fence, at);
}

static inline bool
trip_is_fenced(const struct fake_client *c, void *arg)
{
	struct trip *t = arg;
	const struct fake_peer *p = fake_peer(c, t->fence);
	char at[CLOCK_TEXT_SIZE];

	clock_text(t->fence_at, at);
	return p && strcmp(p->key_expiry, at) == 0;
}

/* Whatever was under way has come, and is forgotten. */
static inline void
trip_settle(struct trip *t)
{
	trip_raise_fence(t);
	for (size_t i = 0; i < t->count; i++)
		if (t->clients[i]->map_stream && !t->clients[i]->map_ended) {
			assert_int_equal(fake_until(t->clients[i],
						 trip_is_fenced, t, WAIT_MS),
				ERR_OK);
			trip_forget(t->clients[i]);
		}
}

/* Nobody was told anything more than was expected. */
static inline void
trip_quiet(struct trip *t)
{
	const char *text;

	trip_raise_fence(t);
	text = trip_fence_text(t);
	for (size_t i = 0; i < t->count; i++)
		if (t->clients[i]->map_stream && !t->clients[i]->map_ended)
			trip_expect(t, t->clients[i], text);
}

/* Takes a client out of the trip. */
static inline void
trip_drop(struct trip *t, struct fake_client *c)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->clients[i] == c)
			t->clients[i] = t->clients[--t->count];
	fake_free(c);
}

static inline struct node
trip_row(struct trip *t, int64_t id)
{
	struct node n;

	assert_int_equal(db_node_by_id(t->site->db, id, t->mem, &n), ERR_OK);
	return n;
}

static inline void
trip_build_fence(struct trip *t)
{
	struct fake_client *c = trip_client(t, "fence");
	struct node n;

	assert_int_equal(fake_connect(c, WAIT_MS), ERR_OK);
	trip_register(t, c, t->key);
	assert_int_equal(
		db_node_by_node_key(t->site->db, &c->node_public, t->mem, &n),
		ERR_OK);
	t->fence = n.id;
	trip_drop(t, c);
}

/* The worker touches this file at each of its seconds. */
static inline void
trip_seconds(struct trip *t, int seconds)
{
	struct pollfd p = { .fd = inotify_init1(IN_CLOEXEC), .events = POLLIN };
	char events[256];

	assert_true(
		inotify_add_watch(p.fd,
			arena_printf(t->mem, "%s/worker.alive", t->site->home),
			IN_ATTRIB) >= 0);
	for (int i = 0; i < seconds; i++) {
		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		assert_true(read(p.fd, events, sizeof(events)) > 0);
	}
	close(p.fd);
}

static inline int
trip_begin(void **state, unsigned programs)
{
	struct trip *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->mem = arena_new();
	t->site = site_new(programs);
	t->key = site_key(t->site, &(struct preauth_key){ .reusable = true });
	t->fence_at = clock_now() + 1000000;
	trip_build_fence(t);
	*state = t;
	return 0;
}

static inline int
trip_open(void **state)
{
	return trip_begin(state, SITE_WORKER | SITE_HANDLERS);
}

static inline int
trip_close(void **state)
{
	struct trip *t = *state;
	uint64_t unknown = 0;
	bool good;

	for (size_t i = 0; i < t->count; i++) {
		unknown += t->clients[i]->counts.unknown;
		fake_free(t->clients[i]);
	}
	good = site_free(t->site);
	arena_free(t->mem);
	free(t);
	if (unknown)
		fprintf(stderr, "%llu patches for unknown ids\n",
			(unsigned long long)unknown);
	return good && !unknown ? 0 : -1;
}

#define trip_test(name) \
	cmocka_unit_test_setup_teardown(name, trip_open, trip_close)

#endif

#include "worker/relay/derp.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/own.h"
#include "proto/box.h"
#include "worker/relay/client.h"

const char *
leave_word(enum leave why)
{
	static const char *const words[] = {
#define X(name, word) [LEAVE_##name] = word,
		LEAVE_TABLE(X)
#undef X
	};

	return words[why] ? words[why] : "";
}

void
relay_set_key(struct relay *r, const uint8_t private[DERP_KEY_LEN])
{
	memcpy(r->private, private, DERP_KEY_LEN);
	box_public(private, r->public);
}

struct relay *
relay_new(const struct relay_calls *calls, const uint8_t private[DERP_KEY_LEN],
	const struct admit *admit)
{
	struct relay *r = own_alloc(sizeof(*r));

	r->calls = calls;
	r->admit = *admit;
	relay_set_key(r, private);
	r->scratch = arena_new();
	TAILQ_INIT(&r->waiting);
	TAILQ_INIT(&r->clients);
	r->health = "";
	return r;
}

void
relay_free(struct relay *r)
{
	if (!r)
		return;
	assert(TAILQ_EMPTY(&r->waiting) && TAILQ_EMPTY(&r->clients));
	sodium_memzero(r->private, sizeof(r->private));
	arena_free(r->scratch);
	free(r);
}

const uint8_t *
relay_public(const struct relay *r)
{
	return r->public;
}

const struct relay_counts *
relay_counts(const struct relay *r)
{
	return &r->counts;
}

void
relay_set_rate(struct relay *r, int64_t bytes_a_second)
{
	r->rate = bytes_a_second;
}

struct client *
relay_join(struct relay *r, void *conn, int64_t now_ms)
{
	struct client *c = own_alloc(sizeof(*c));

	c->relay = r;
	c->conn = conn;
	queue_init(&c->queue);
	c->joined_ms = c->rate_ms = now_ms;
	c->note_ms = now_ms - GONE_BURST * GONE_EACH_MS;
	c->tokens = r->rate * RATE_BURST_MS;
	TAILQ_INSERT_TAIL(&r->waiting, c, all);
	client_owe(c, OWE_SERVER_KEY);
	return c;
}

void
relay_leave(struct client *c)
{
	struct relay *r = c->relay;

	TAILQ_REMOVE(c->peer ? &r->clients : &r->waiting, c, all);
	if (c->peer)
		peer_leave(c);
	queue_done(&c->queue);
	free(c->partial);
	free(c);
}

bool
relay_is_welcome(const struct client *c)
{
	return c->peer;
}

bool
relay_is_asking(const struct client *c)
{
	return c->asking;
}

int64_t
relay_node(const struct client *c)
{
	return c->peer ? c->node : 0;
}

static enum leave
overdue(struct client *c, int64_t now_ms)
{
	struct relay *r = c->relay;

	if (!c->peer)
		return now_ms - c->joined_ms >= HANDSHAKE_MS ? LEAVE_HANDSHAKE
							     : STAY;
	if (!r->admit.keeps(r->admit.arg, c->peer->key))
		return LEAVE_REVOKED;
	if (now_ms >= c->keep_alive_ms) {
		client_renew(c, now_ms);
		client_owe(c, OWE_KEEP_ALIVE);
	}
	return STAY;
}

static void
tick(struct clients *list, int64_t now_ms)
{
	struct client *c, *next;

	for (c = TAILQ_FIRST(list); c; c = next) {
		enum leave why = overdue(c, now_ms);

		next = TAILQ_NEXT(c, all);
		if (why)
			c->relay->calls->close(c->conn, why);
	}
}

void
relay_tick(struct relay *r, int64_t now_ms)
{
	tick(&r->waiting, now_ms);
	tick(&r->clients, now_ms);
}

static void
owe_all(struct relay *r, unsigned what)
{
	struct client *c;

	TAILQ_FOREACH (c, &r->clients, all)
		client_owe(c, what);
}

void
relay_health(struct relay *r, const char *text)
{
	assert(strlen(text) <= HEALTH_MAX);
	if (strcmp(text, r->health) == 0)
		return;
	r->health = text;
	owe_all(r, OWE_HEALTH);
}

void
relay_say_restarting(struct relay *r)
{
	owe_all(r, OWE_RESTARTING);
}

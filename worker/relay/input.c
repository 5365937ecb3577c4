/*
 * input.c: what a client sends, in frames that come in any pieces, and at what
 * pace it may; declared in derp.h.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "worker/relay/client.h"

static enum leave
take(struct client *c, const struct derp_frame *f, int64_t now_ms)
{
	if (f->type == DERP_CLIENT_INFO)
		return entry_take(c, f->body, now_ms);
	c->peer->active = c;
	switch (f->type) {
	case DERP_SEND_PACKET:
		peer_carry(c, f->body, now_ms);
		break;
	case DERP_NOTE_PREFERRED:
		client_set_home(c, f->body.at[0] == 1);
		break;
	case DERP_PING:
		/* One pong waits at most; a ping beside it is lost. */
		if (!(c->owes & OWE_PONG))
			memcpy(c->pong, f->body.at, DERP_PING_LEN);
		client_owe(c, OWE_PONG);
		break;
	default: /* a pong: we asked for none */
		break;
	}
	return STAY;
}

static enum leave
take_all(struct client *c, struct bytes *in, int64_t now_ms)
{
	for (;;) {
		struct derp_frame f;
		enum err e = derp_next(&c->reader, in, &f);
		enum leave why;

		if (e)
			return e == ERR_DENIED    ? LEAVE_MESH
			       : e == ERR_TOO_BIG ? LEAVE_TOO_BIG
						  : LEAVE_BAD_FRAME;
		if (f.type == DERP_NONE)
			return STAY;
		why = take(c, &f, now_ms);
		if (why || c->asking)
			return why;
	}
}

/* The part of a frame that came last, for the next time. */
static void
keep(struct client *c, struct bytes rest)
{
	uint8_t *old = c->partial;

	c->partial = NULL;
	c->partial_len = rest.len;
	if (rest.len) {
		c->partial = own_alloc(rest.len);
		memcpy(c->partial, rest.at, rest.len);
	}
	free(old);
}

static void
add_partial(struct client *c, const void *bytes, size_t len)
{
	c->partial = own_grow(c->partial, c->partial_len + len, 1);
	memcpy(c->partial + c->partial_len, bytes, len);
	c->partial_len += len;
}

static void
refill(struct client *c, int64_t now_ms)
{
	int64_t rate = c->relay->rate, most = rate * RATE_BURST_MS;
	int64_t spent_ms = now_ms - c->rate_ms;

	c->rate_ms = now_ms;
	c->tokens += rate * spent_ms;
	if (c->tokens > most)
		c->tokens = most;
}

enum leave
relay_input(struct client *c, const void *bytes, size_t len, int64_t now_ms)
{
	struct bytes in = { bytes, len };
	enum leave why;

	assert(len <= RELAY_READ_MAX);
	refill(c, now_ms);
	c->tokens -= 1000 * (int64_t)len;
	if (c->partial_len || c->asking) {
		add_partial(c, bytes, len);
		in = (struct bytes){ c->partial, c->partial_len };
	}
	if (c->asking)
		return in.len > RELAY_PARTIAL_MAX ? LEAVE_TOO_BIG : STAY;
	why = take_all(c, &in, now_ms);
	if (!why)
		keep(c, in);
	return why;
}

/* Whoever waited goes on with what it sent meanwhile. */
static enum leave
admit_late(struct client *c, int64_t now_ms)
{
	struct bytes in = { c->partial, c->partial_len };
	enum leave why;

	c->asking = false;
	c->node = ADMIT_ANY;
	entry_welcome(c, c->asked, now_ms);
	why = take_all(c, &in, now_ms);
	if (!why)
		keep(c, in);
	return why;
}

void
relay_answer(struct relay *r, const uint8_t key[DERP_KEY_LEN], bool allowed,
	int64_t now_ms)
{
	struct client *c, *next;

	for (c = TAILQ_FIRST(&r->waiting); c; c = next) {
		enum leave why = LEAVE_NOT_ADMITTED;

		next = TAILQ_NEXT(c, all);
		if (!c->asking || memcmp(c->asked, key, DERP_KEY_LEN) != 0)
			continue;
		if (allowed)
			why = admit_late(c, now_ms);
		if (why)
			r->calls->close(c->conn, why);
		else
			r->calls->resume(c->conn);
	}
}

int64_t
relay_pause_ms(struct client *c, int64_t now_ms)
{
	if (!c->relay->rate)
		return 0;
	refill(c, now_ms);
	if (c->tokens >= 0)
		return 0;
	return -c->tokens / c->relay->rate + 1;
}

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

static void
owe(struct client *c, unsigned what)
{
	c->owes |= what;
	c->relay->calls->wake(c->conn);
}

/* A list that is full forgets the oldest note: it is only a hint. */
static void
owe_gone(struct client *c, const uint8_t *key, enum derp_gone reason)
{
	struct gone *g;

	if (c->gone_count == GONE_MAX) {
		c->gone_at = (c->gone_at + 1) % GONE_MAX;
		c->gone_count--;
	}
	g = &c->gone[(c->gone_at + c->gone_count++) % GONE_MAX];
	memcpy(g->key, key, DERP_KEY_LEN);
	g->reason = reason;
	c->relay->calls->wake(c->conn);
}

static struct peer *
find_peer(const struct relay *r, const uint8_t *key)
{
	struct peer *p;

	HASH_FIND(hh, r->peers, key, DERP_KEY_LEN, p);
	return p;
}

static int64_t
keep_alive_after(int64_t now_ms)
{
	return now_ms + KEEP_ALIVE_MIN_MS +
	       randombytes_uniform(KEEP_ALIVE_MAX_MS - KEEP_ALIVE_MIN_MS + 1);
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
	owe(c, OWE_SERVER_KEY);
	return c;
}

static struct peer *
peer_new(struct relay *r, const uint8_t *key)
{
	struct peer *p = own_alloc(sizeof(*p));

	memcpy(p->key, key, DERP_KEY_LEN);
	TAILQ_INIT(&p->clients);
	HASH_ADD(hh, r->peers, key, DERP_KEY_LEN, p);
	return p;
}

/* Who received from `p` may have a route by us in mind: tell them. */
static void
peer_free(struct relay *r, struct peer *p)
{
	struct sent *s, *next;

	HASH_DEL(r->peers, p);
	HASH_ITER(hh, p->sent, s, next)
	{
		struct peer *other = find_peer(r, s->key);

		if (other)
			owe_gone(other->active, p->key, DERP_GONE_DISCONNECTED);
		HASH_DEL(p->sent, s);
		free(s);
		r->sent_total--;
	}
	free(p);
}

static void
set_home(struct client *c, bool home)
{
	c->relay->counts.homes += home - c->home;
	c->home = home;
}

static void
leave_peer(struct client *c)
{
	struct relay *r = c->relay;
	struct peer *p = c->peer;

	set_home(c, false);
	TAILQ_REMOVE(&p->clients, c, same);
	p->count--;
	r->counts.clients--;
	if (TAILQ_EMPTY(&p->clients))
		peer_free(r, p);
	else if (p->active == c)
		p->active = TAILQ_LAST(&p->clients, clients);
}

void
relay_leave(struct client *c)
{
	struct relay *r = c->relay;

	TAILQ_REMOVE(c->peer ? &r->clients : &r->waiting, c, all);
	if (c->peer)
		leave_peer(c);
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
refusal(struct client *c, const struct derp_client_info *info, enum err e)
{
	const struct admit *admit = &c->relay->admit;

	if (e)
		return e == ERR_CRYPTO ? LEAVE_BAD_BOX : LEAVE_BAD_FRAME;
	if (info->mesh)
		return LEAVE_MESH;
	c->node = admit->allows(admit->arg, info->key);
	return c->node ? STAY : LEAVE_NOT_ADMITTED;
}

static void
welcome(struct client *c, const uint8_t *key, int64_t now_ms)
{
	struct relay *r = c->relay;
	struct peer *p = find_peer(r, key);

	if (!p)
		p = peer_new(r, key);
	TAILQ_REMOVE(&r->waiting, c, all);
	TAILQ_INSERT_TAIL(&r->clients, c, all);
	TAILQ_INSERT_TAIL(&p->clients, c, same);
	p->count++;
	p->active = c;
	c->peer = p;
	c->reader.welcomed = true;
	c->keep_alive_ms = keep_alive_after(now_ms);
	r->counts.clients++;
	owe(c, OWE_SERVER_INFO | (*r->health ? OWE_HEALTH : 0));
	if (p->count > SAME_KEY_MAX) {
		struct client *oldest = TAILQ_FIRST(&p->clients);

		r->calls->close(oldest->conn, LEAVE_SAME_KEY);
	}
}

static enum leave
take_client_info(struct client *c, struct bytes body, int64_t now_ms)
{
	struct relay *r = c->relay;
	struct derp_client_info info;
	enum leave why;
	enum err e;

	e = derp_client_info_read(body, r->private, r->scratch, &info);
	arena_reset(r->scratch);
	why = refusal(c, &info, e);
	c->asking = !why && c->node == ADMIT_LATER;
	if (c->asking)
		memcpy(c->asked, info.key, DERP_KEY_LEN);
	else if (!why)
		welcome(c, info.key, now_ms);
	return why;
}

static void
remember(struct relay *r, struct peer *from, const uint8_t *to)
{
	struct sent *s;

	HASH_FIND(hh, from->sent, to, DERP_KEY_LEN, s);
	if (s || HASH_COUNT(from->sent) == RELAY_SENT_MAX ||
		r->sent_total == RELAY_SENT_TOTAL_MAX)
		return;
	s = own_alloc(sizeof(*s));
	memcpy(s->key, to, DERP_KEY_LEN);
	HASH_ADD(hh, from->sent, key, DERP_KEY_LEN, s);
	r->sent_total++;
}

/* A client that knocks at many doors hears only of some that nobody is in. */
static void
note_not_here(struct client *c, const uint8_t *key, int64_t now_ms)
{
	if (c->note_ms < now_ms - GONE_BURST * GONE_EACH_MS)
		c->note_ms = now_ms - GONE_BURST * GONE_EACH_MS;
	if (c->note_ms + GONE_EACH_MS > now_ms)
		return;
	c->note_ms += GONE_EACH_MS;
	owe_gone(c, key, DERP_GONE_NOT_HERE);
}

static struct packet *
packet_from(const uint8_t *from, const uint8_t *bytes, size_t len)
{
	struct packet *p = packet_new(DERP_HEAD_LEN + DERP_KEY_LEN + len);

	derp_head_put(p->frame, DERP_RECV_PACKET, DERP_KEY_LEN + len);
	memcpy(p->frame + DERP_HEAD_LEN, from, DERP_KEY_LEN);
	memcpy(p->frame + DERP_HEAD_LEN + DERP_KEY_LEN, bytes, len);
	return p;
}

static void
send_to(struct client *to, enum queue_kind kind, struct packet *p)
{
	struct relay *r = to->relay;
	bool idle = queue_is_empty(&to->queue);

	if (queue_is_full(&to->queue, kind, p->len))
		r->calls->flush(to->conn);
	r->counts.dropped_queue += (int64_t)queue_put(&to->queue, kind, p);
	if (idle)
		r->calls->wake(to->conn);
}

static void
take_packet(struct client *c, struct bytes body, int64_t now_ms)
{
	struct relay *r = c->relay;
	const uint8_t *packet = body.at + DERP_KEY_LEN;
	size_t len = body.len - DERP_KEY_LEN;
	bool disco = derp_is_disco(packet, len);
	struct peer *to = find_peer(r, body.at);

	r->counts.packets_in++;
	r->counts.bytes_in += (int64_t)len;
	if (!to) {
		r->counts.dropped_unknown++;
		if (disco)
			note_not_here(c, body.at, now_ms);
		return;
	}
	remember(r, c->peer, body.at);
	send_to(to->active, disco ? QUEUE_DISCO : QUEUE_OTHER,
		packet_from(c->peer->key, packet, len));
}

static enum leave
take(struct client *c, const struct derp_frame *f, int64_t now_ms)
{
	if (f->type == DERP_CLIENT_INFO)
		return take_client_info(c, f->body, now_ms);
	c->peer->active = c;
	switch (f->type) {
	case DERP_SEND_PACKET:
		take_packet(c, f->body, now_ms);
		break;
	case DERP_NOTE_PREFERRED:
		set_home(c, f->body.at[0] == 1);
		break;
	case DERP_PING:
		/* One pong waits at most; a ping beside it is lost. */
		if (!(c->owes & OWE_PONG))
			memcpy(c->pong, f->body.at, DERP_PING_LEN);
		owe(c, OWE_PONG);
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
	welcome(c, c->asked, now_ms);
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
		c->keep_alive_ms = keep_alive_after(now_ms);
		owe(c, OWE_KEEP_ALIVE);
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
		owe(c, what);
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

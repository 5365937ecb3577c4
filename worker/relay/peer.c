/* peer.c: the node keys that are here, and the packets from one to another;
 * declared in client.h. */
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "worker/relay/client.h"

static struct peer *
find_peer(const struct relay *r, const uint8_t *key)
{
	struct peer *p;

	HASH_FIND(hh, r->peers, key, DERP_KEY_LEN, p);
	return p;
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

void
peer_enter(struct client *c, const uint8_t *key)
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
	r->counts.clients++;
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
			client_owe_gone(
				other->active, p->key, DERP_GONE_DISCONNECTED);
		HASH_DEL(p->sent, s);
		free(s);
		r->sent_total--;
	}
	free(p);
}

void
peer_leave(struct client *c)
{
	struct relay *r = c->relay;
	struct peer *p = c->peer;

	client_set_home(c, false);
	TAILQ_REMOVE(&p->clients, c, same);
	p->count--;
	r->counts.clients--;
	if (TAILQ_EMPTY(&p->clients))
		peer_free(r, p);
	else if (p->active == c)
		p->active = TAILQ_LAST(&p->clients, clients);
}

/* So that `to` can be told when `from` leaves. */
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
	client_owe_gone(c, key, DERP_GONE_NOT_HERE);
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

void
peer_carry(struct client *c, struct bytes body, int64_t now_ms)
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

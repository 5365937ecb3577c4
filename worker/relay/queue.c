#include "worker/relay/queue.h"

#include <stdlib.h>

#include "base/own.h"

struct packet *
packet_new(size_t len)
{
	struct packet *p = own_alloc(sizeof(*p) + len);

	p->len = len;
	return p;
}

void
packet_free(struct packet *p)
{
	free(p);
}

void
queue_init(struct queue *q)
{
	*q = (struct queue){ 0 };
	for (int kind = 0; kind < QUEUE_KINDS; kind++)
		STAILQ_INIT(&q->list[kind]);
}

static struct packet *
take(struct queue *q, enum queue_kind kind)
{
	struct packet *p = STAILQ_FIRST(&q->list[kind]);

	STAILQ_REMOVE_HEAD(&q->list[kind], next);
	q->count[kind]--;
	q->bytes -= p->len;
	return p;
}

void
queue_done(struct queue *q)
{
	for (int kind = 0; kind < QUEUE_KINDS; kind++)
		while (q->count[kind])
			packet_free(take(q, kind));
}

bool
queue_is_empty(const struct queue *q)
{
	return !q->count[QUEUE_DISCO] && !q->count[QUEUE_OTHER];
}

bool
queue_is_full(const struct queue *q, enum queue_kind kind, size_t len)
{
	return q->count[kind] == QUEUE_PACKETS_MAX ||
	       q->bytes + len > QUEUE_BYTES_MAX;
}

static enum queue_kind
other(enum queue_kind kind)
{
	return kind == QUEUE_DISCO ? QUEUE_OTHER : QUEUE_DISCO;
}

size_t
queue_put(struct queue *q, enum queue_kind kind, struct packet *p)
{
	size_t pushed = 0;

	for (; queue_is_full(q, kind, p->len); pushed++)
		packet_free(take(q, q->count[kind] ? kind : other(kind)));
	STAILQ_INSERT_TAIL(&q->list[kind], p, next);
	q->count[kind]++;
	q->bytes += p->len;
	return pushed;
}

struct packet *
queue_take(struct queue *q, size_t room)
{
	enum queue_kind kind = q->count[q->turn] ? q->turn : other(q->turn);

	if (!q->count[kind] || STAILQ_FIRST(&q->list[kind])->len > room)
		return NULL;
	q->turn = other(kind);
	return take(q, kind);
}

/*
 * queue.h: packets that wait for one client to read.
 *
 * Two queues: disco messages, which clients need to find a direct way, and all
 * others, so that bulk never pushes them out.  A full queue loses its oldest
 * packet: what waited longest is the least worth to a network that repeats.
 */
#ifndef WORKER_RELAY_QUEUE_H
#define WORKER_RELAY_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

enum {
	QUEUE_PACKETS_MAX = 32,       /* in each of the two */
	QUEUE_BYTES_MAX = 256 * 1024, /* in both */
};

enum queue_kind {
	QUEUE_DISCO,
	QUEUE_OTHER,
	QUEUE_KINDS,
};

struct packet {
	STAILQ_ENTRY(packet) next;
	size_t len;
	uint8_t frame[]; /* as it goes to the client */
};

STAILQ_HEAD(packets, packet);

struct queue {
	struct packets list[QUEUE_KINDS];
	size_t count[QUEUE_KINDS];
	size_t bytes;
	enum queue_kind turn;
};

/* Room for a frame of `len` bytes, to be filled by the caller. */
struct packet *packet_new(size_t len);
void packet_free(struct packet *p);

void queue_init(struct queue *q);
void queue_done(struct queue *q);
bool queue_is_empty(const struct queue *q);
/* Whether a packet of `len` bytes would push out another. */
bool queue_is_full(const struct queue *q, enum queue_kind kind, size_t len);
/* Takes `p` over; returns how many older ones it pushed out. */
size_t queue_put(struct queue *q, enum queue_kind kind, struct packet *p);
/* The next one, while it has at most `room` bytes, else NULL.  The two queues
 * take turns. */
struct packet *queue_take(struct queue *q, size_t room);

#endif

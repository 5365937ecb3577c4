/*
 * client.h: the insides of the relay, shared by derp.c (what comes in) and
 * pull.c (what goes out); nobody else includes it.
 */
#ifndef WORKER_RELAY_CLIENT_H
#define WORKER_RELAY_CLIENT_H

#include <sys/queue.h>
#include <uthash.h>

#include "base/arena.h"
#include "worker/relay/derp.h"
#include "worker/relay/queue.h"

/* What a client is to be told, beside packets and peers gone. */
enum owed {
	OWE_SERVER_KEY = 1 << 0,
	OWE_SERVER_INFO = 1 << 1,
	OWE_HEALTH = 1 << 2,
	OWE_PONG = 1 << 3,
	OWE_KEEP_ALIVE = 1 << 4,
	OWE_RESTARTING = 1 << 5,
};

enum {
	HEALTH_MAX = 128,
	RECONNECT_IN_MS = 1000, /* spread over twice that */
	RECONNECT_TRY_MS = 30 * 1000,
};

struct gone {
	uint8_t key[DERP_KEY_LEN];
	enum derp_gone reason;
};

/* The peer sent something to `key`. */
struct sent {
	uint8_t key[DERP_KEY_LEN];
	UT_hash_handle hh;
};

TAILQ_HEAD(clients, client);

/* A node key that is here, over one connection or several. */
struct peer {
	uint8_t key[DERP_KEY_LEN];
	struct clients clients; /* the newest last */
	size_t count;
	struct client *active; /* the one that receives */
	struct sent *sent;
	UT_hash_handle hh;
};

struct client {
	struct relay *relay;
	void *conn;
	struct peer *peer; /* NULL before ClientInfo was taken */
	TAILQ_ENTRY(client) all, same;

	struct derp_reader reader;
	uint8_t *partial;
	size_t partial_len;

	unsigned owes;
	uint8_t pong[DERP_PING_LEN];
	struct gone gone[GONE_MAX];
	size_t gone_at, gone_count;
	struct queue queue;

	int64_t node;
	bool asking; /* `asked` came, with a proven key, and waits */
	uint8_t asked[DERP_KEY_LEN];
	bool home;
	int64_t joined_ms, keep_alive_ms;
	int64_t note_ms;         /* up to where "not here" notes are spent */
	int64_t tokens, rate_ms; /* thousandths of bytes it may send, as of */
};

struct relay {
	const struct relay_calls *calls;
	struct admit admit;
	uint8_t private[DERP_KEY_LEN], public[DERP_KEY_LEN];
	struct arena *scratch;
	struct clients waiting; /* before ClientInfo, the oldest first */
	struct clients clients;
	struct peer *peers;
	size_t sent_total;
	int64_t rate;
	const char *health;
	struct relay_counts counts;
};

#endif

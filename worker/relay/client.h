/*
 * client.h: the insides of the relay, and what a client is owed.  Shared by
 * derp.c (the relay), entry.c (who may come in), input.c (what a client
 * sends), peer.c (who is here, and the packets between them) and pull.c (what
 * a client is sent); nobody else includes it.
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

void client_owe(struct client *c, unsigned what);
/* A list that is full forgets the oldest note: it is only a hint. */
void client_owe_gone(
	struct client *c, const uint8_t *key, enum derp_gone reason);
/* The next keep-alive, a while from now. */
void client_renew(struct client *c, int64_t now_ms);
void client_set_home(struct client *c, bool home);

/* peer.c */

/* The client is here under that key, as the one that receives. */
void peer_enter(struct client *c, const uint8_t *key);
/* Who received from a peer whose last client left is told. */
void peer_leave(struct client *c);
/* A packet of the client's, behind the key that it is for. */
void peer_carry(struct client *c, struct bytes body, int64_t now_ms);

/* entry.c */

/* ClientInfo: welcome, refused, or to be asked for (client->asking). */
enum leave entry_take(struct client *c, struct bytes body, int64_t now_ms);
void entry_welcome(struct client *c, const uint8_t *key, int64_t now_ms);

#endif

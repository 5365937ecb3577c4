/*
 * fake_client.h: a Tailscale client as far as the control server can tell.
 *
 * It registers, holds a map stream, sends lite updates, and keeps what the maps
 * said: its own node and its peers.  One process may hold thousands: each owns
 * one tunnel, nothing is shared, nothing runs behind the caller's back.
 *
 *	struct fake_client *c = fake_new(&target, "laptop");
 *
 *	e = fake_connect(c, 5000);
 *	e = fake_register(c, key, NULL, 5000, mem, &reg);
 *	e = fake_map_open(c);
 *	e = fake_until(c, fake_has_map, NULL, 5000);
 *
 * Every call that waits takes milliseconds and answers ERR_BUSY when they are
 * over; ERR_IO when the connection has ended.  Members may be changed between
 * calls: hostinfo, endpoints, keys.
 */
#ifndef TESTS_LIB_FAKE_CLIENT_H
#define TESTS_LIB_FAKE_CLIENT_H

#include "proto/tailcfg.h"
#include "tests/lib/fake_tunnel.h"

struct nghttp2_session;

struct fake_peer {
	int64_t id, home_derp, cap;
	enum opt_bool online;
	char name[256];
	char address[64]; /* the first, with its length */
	char key[KEY_TEXT_SIZE], disco_key[KEY_TEXT_SIZE];
	char endpoint[64]; /* the first */
	char key_expiry[40], last_seen[40];
	size_t endpoints, allowed_ips;
	bool machine_authorized;
};

struct fake_counts {
	uint64_t messages, keep_alives;
	uint64_t framed_bytes, plain_bytes; /* of map messages */
	uint64_t patches, changed, removed;
	uint64_t unknown; /* patches for ids that this client does not have */
};

/* One map message that was kept (keep_messages). */
struct fake_message {
	struct fake_message *next;
	struct arena *mem;
	char *text;
	struct tailcfg_map_response response;
};

struct fake_client {
	/* What it says about itself. */
	uint16_t capver;
	struct key machine, node, old_node,
		disco; /* private; old_node public */
	struct key node_public, disco_public;
	struct tailcfg_hostinfo hostinfo;
	struct json_texts endpoints;
	bool ephemeral;
	const char *expiry; /* for the next register; NULL is "none" */

	/* What the maps said.  Peers are in no order. */
	bool has_map;
	struct fake_peer self;
	struct fake_peer *peers;
	size_t peer_count, peer_room;
	char domain[256];
	char *dns_config, *derp_map; /* JSON, the last of each; NULL: none */
	struct fake_counts counts;

	/* Maps are counted, not read: thousands of clients in one process. */
	bool blind;

	/* Messages, oldest first, if keep_messages is set before they come. */
	bool keep_messages;
	struct fake_message *first, **last;

	/* While it lags it reads no further than its window: the bytes come,
	 * and are taken in once it does not any more.  A window below 65535
	 * goes with it; both before fake_connect. */
	bool lags;
	uint32_t window; /* of a stream; 0: a client's own */
	size_t untaken;

	/* How the connection is. */
	struct fake_target target;
	struct fake_tunnel tunnel;
	struct nghttp2_session *h2;
	struct fake_stream *streams;
	int32_t map_stream;
	int map_status; /* 0 until the answer begins */
	bool map_ended;
	bool goaway;
	uint64_t pings;         /* that were answered */
	enum err broken;        /* the connection is of no use any more */
	unsigned char early[9]; /* the first plaintext bytes */
	size_t early_len, early_left;
	bool early_done;
	char early_payload[256];
	char hostname[64];
};

struct fake_answer {
	int status; /* 0: the stream was reset */
	char content_type[64], retry_after[32];
	char *body; /* NUL-terminated */
	size_t len;
};

struct fake_registration {
	int status;
	const char *text;                          /* of the body */
	struct tailcfg_register_response response; /* if status is 200 */
};

/* With fresh keys; `target` is copied, its texts are not. */
struct fake_client *fake_new(
	const struct fake_target *target, const char *hostname);
void fake_free(struct fake_client *c);

/* A new tunnel; an older one is closed first, as a client does. */
enum err fake_connect(struct fake_client *c, int64_t ms);
void fake_disconnect(struct fake_client *c);

/* Any request.  fake_wait forgets the stream when it has ended. */
enum err fake_start(struct fake_client *c, const char *method, const char *path,
	struct bytes body, int32_t *stream);
enum err fake_wait(struct fake_client *c, int32_t stream, int64_t ms,
	struct arena *mem, struct fake_answer *out);
void fake_cancel(struct fake_client *c, int32_t stream);
enum err fake_post(struct fake_client *c, const char *path,
	const struct json_table *t, const void *from, int64_t ms,
	struct arena *mem, struct fake_answer *out);

/* Both may be NULL: no auth key, no followup. */
enum err fake_register(struct fake_client *c, const char *auth_key,
	const char *followup, int64_t ms, struct arena *mem,
	struct fake_registration *out);
enum err fake_register_start(struct fake_client *c, const char *auth_key,
	const char *followup, int32_t *stream);
enum err fake_register_wait(struct fake_client *c, int32_t stream, int64_t ms,
	struct arena *mem, struct fake_registration *out);
/* A new node key; the old one goes out as OldNodeKey. */
enum err fake_rotate(struct fake_client *c);

enum err fake_map_open(struct fake_client *c);
void fake_map_close(struct fake_client *c);
/* Hostinfo, endpoints and disco key as they are now; *status may be NULL. */
enum err fake_lite(struct fake_client *c, int64_t ms, int *status);

/* A ping and its answer: what the server said before has been taken in. */
enum err fake_fence(struct fake_client *c, int64_t ms);
/* It goes on reading. */
void fake_catch_up(struct fake_client *c);

/* Takes in whatever has come, without waiting; for one's own poll(). */
int fake_fd(const struct fake_client *c);
enum err fake_pump(struct fake_client *c);
/* Pumps until the condition holds.  ERR_NOT_FOUND: the map stream ended. */
typedef bool fake_condition(const struct fake_client *c, void *arg);
enum err fake_until(
	struct fake_client *c, fake_condition *holds, void *arg, int64_t ms);
fake_condition fake_has_map;
const struct fake_peer *fake_peer(const struct fake_client *c, int64_t id);
const struct fake_peer *fake_peer_named(
	const struct fake_client *c, const char *first_label);

/* The oldest kept message, waiting for one; the caller frees it. */
enum err fake_map_next(
	struct fake_client *c, int64_t ms, struct fake_message **out);
void fake_message_free(struct fake_message *m);

/* Of fake_map.c: takes the bytes of the map stream's body. */
enum err fake_map_take(struct fake_client *c, struct bytes framed);

#endif

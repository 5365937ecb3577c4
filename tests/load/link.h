/*
 * link.h: one tunnel of a made-up client, without waiting: socket, upgrade,
 * handshake, HTTP/2 (nghttp2), and in it at most one register, one map stream
 * and one lite update at a time.
 *
 * Its owner is told through link_calls, from inside link_ready; there it may
 * link_ask, but neither open nor close the link.  After `ended` the link is
 * closed and can be opened again.
 */
#ifndef TESTS_LOAD_LINK_H
#define TESTS_LOAD_LINK_H

#include "base/bytes.h"
#include "tests/lib/fake_tunnel.h"
#include "tests/load/initiator.h"

enum ask {
	ASK_REGISTER,
	ASK_MAP,
	ASK_LITE,
	ASKS,
};

struct link_calls {
	void (*open)(void *owner);
	/* A whole message of the map stream: zstd frames. */
	void (*message)(void *owner, struct bytes frames);
	/* The end of a register or a lite update. */
	void (*answer)(
		void *owner, enum ask what, int status, struct bytes body);
	/* `why` is a literal. */
	void (*ended)(void *owner, const char *why);
};

/* A request and what came back so far. */
struct link_stream {
	int32_t id; /* 0: none */
	int status;
	unsigned char *out, *in;
	size_t out_len, out_at, in_len, in_room;
};

enum link_state {
	LINK_CLOSED,
	LINK_HEAD,     /* the answer to the upgrade is due */
	LINK_RESPONSE, /* … to the handshake */
	LINK_OPEN,
};

struct link {
	const struct link_calls *calls;
	void *owner;
	int fd;
	enum link_state state;
	bool inside; /* called back: what is asked goes out after that */
	const char *broken;
	struct initiator initiator;
	struct channel up, down;
	unsigned char early[9]; /* what may be the head of an early payload */
	size_t early_len, early_left;
	bool early_done;
	struct nghttp2_session *h2;
	struct link_stream streams[ASKS];
	unsigned char *hold, *unsent; /* bytes that are not whole, or wait */
	size_t hold_len, hold_room, unsent_len, unsent_room;
	uint64_t bytes_in; /* of all its tunnels */
};

void link_init(struct link *l, const struct link_calls *calls, void *owner);
/* Begins; the fd is in `epoll` with `owner` as its data.  False: no socket, or
 * the server's queue is full. */
bool link_open(struct link *l, const struct fake_target *target,
	const struct key *machine_private, int epoll);
void link_close(struct link *l);

/* What epoll said of the fd. */
void link_ready(struct link *l, uint32_t events);
/* False while the last of that kind is under way. */
bool link_ask(
	struct link *l, enum ask what, const char *path, const char *body);

#endif

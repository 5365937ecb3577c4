/*
 * tunnel.h: one connection of the server's, and what its parts share: tunnel.c
 * (how it begins and ends), tunnel_out.c (what is written), tunnel_in.c (what
 * is read) and server.c; nobody else includes it.
 *
 * Nothing is written where it comes up: what has something to write, or to end,
 * is dirty, and the server pays the dirty ones before its loop sleeps.  A
 * tunnel belongs to its server, and is freed when its handles are closed.
 */
#ifndef WORKER_RELAY_TUNNEL_H
#define WORKER_RELAY_TUNNEL_H

#include <sys/queue.h>

#include "base/log.h"
#include "worker/relay/server.h"
#include "worker/relay/websocket.h"

enum {
	ADDRESS_SIZE = 46,
};

enum state {
	READS_HEAD,
	IS_CLIENT,
	ANSWERS, /* closed when the answer has left */
};

struct tunnel {
	struct server *server;
	uv_pipe_t pipe;
	uv_timer_t resume;
	int handles; /* that are still to be closed */
	TAILQ_ENTRY(tunnel) all, half, dirty;
	enum state state;
	enum leave why; /* on its way out; STAY otherwise */
	bool closing, is_half_open, is_dirty;
	int64_t since_ms;
	char address[ADDRESS_SIZE];

	uint8_t *head; /* while it is read */
	size_t head_len;
	struct client *client;
	struct websocket *ws;

	uv_write_t write;
	uint8_t *out; /* what the socket has not taken; NULL if nothing */
	size_t out_left;
	int64_t progress_ms;
};

TAILQ_HEAD(tunnels, tunnel);

struct server {
	uv_loop_t *loop;
	struct relay *relay;
	struct server_limits limits;
	uv_pipe_t listener;
	bool listens, stopping;
	uv_prepare_t flusher;
	struct tunnels all, half, dirty;
	struct server_counts counts;
	int64_t logs_left, logs_lost;
	uint8_t in[RELAY_READ_MAX];
	uint8_t out[TUNNEL_OUT_MAX];
	uint8_t wrapped[TUNNEL_OUT_MAX];
};

/* Half open and counted, its socket not open yet. */
struct tunnel *tunnel_new(struct server *s);
/* No longer half open: welcome, or on its way out. */
void tunnel_end_half_open(struct tunnel *c);
void tunnel_close(struct tunnel *c, enum leave why);
/* Ends it from the loop's next turn, where nobody is in the middle of it. */
void tunnel_close_soon(struct tunnel *c, enum leave why);
/* It is to be paid before the loop sleeps. */
void tunnel_set_dirty(struct tunnel *c);
/* Lines are rationed, so that who comes and goes cannot fill a disk. */
bool tunnel_may_log(struct server *s, enum log_level level);

/* tunnel_out.c */

/* Only while nothing waits; what the socket does not take will. */
void tunnel_write(struct tunnel *c, const uint8_t *at, size_t len);
/* What it is owed, while the socket takes it.  Ends by itself: nobody owes the
 * client more meanwhile. */
void tunnel_flush(struct tunnel *c);
/* The same, and its end if that is due. */
void tunnel_pay(struct tunnel *c);

/* tunnel_in.c */

/* Reads from now on; its SCGI head comes first. */
void tunnel_read(struct tunnel *c);
/* The answer came that its client waited for (relay_calls.resume). */
void tunnel_resume(struct tunnel *c);

#endif

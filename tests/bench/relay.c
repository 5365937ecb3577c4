/*
 * relay.c: what a packet through the relay costs, in this process: the relay
 * alone (bytes in, bytes out), and with its connections on socket pairs.
 *
 * CPU time of many packets, the best of a few.  Two clients, packets of 1,200
 * bytes of one to the other, so many at once as its queue holds.  With an
 * argument only the figure of that name, for callgrind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "proto/box.h"
#include "proto/cgi.h"
#include "tests/lib/derp_client.h"
#include "worker/relay/server.h"

enum {
	AT_ONCE = 32,
	PACKET = 1200,
	ROUNDS = 5000,
	BEST_OF = 7,
	NOW_MS = 1000000,
};

struct end {
	struct derp_client is;
	struct client *client; /* of the relay alone */
	int fd;                /* of the one with connections */
};

static struct arena *mem;
static struct end ends[2];
static struct bytes burst; /* of the first to the second */
static uint8_t got[TUNNEL_OUT_MAX];

static double
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
figure(const char *name, void (*work)(void))
{
	double best = 0;

	for (int i = 0; i < BEST_OF; i++) {
		double used = cpu_ns();

		for (int k = 0; k < ROUNDS; k++)
			work();
		used = cpu_ns() - used;
		if (i == 0 || used < best)
			best = used;
	}
	printf("%-34s %10.0f ns a packet\n", name, best / ROUNDS / AT_ONCE);
}

static int64_t
allows(void *arg, const uint8_t key[32])
{
	(void)arg;
	(void)key;
	return ADMIT_ANY;
}

static bool
keeps(void *arg, const uint8_t key[32])
{
	(void)arg;
	(void)key;
	return true;
}

static struct relay *
relay_of(const struct relay_calls *calls)
{
	static const struct admit admit = { allows, keeps, NULL };
	uint8_t private[DERP_KEY_LEN];

	box_private(private);
	return relay_new(calls, private, &admit);
}

static struct bytes
info_of(struct end *e, const struct relay *r)
{
	return derp_client_info(&e->is, relay_public(r), "{\"version\":2}");
}

static void
make_ends(void)
{
	static const uint8_t packet[PACKET];
	struct bytes one;
	uint8_t *at;

	mem = arena_new();
	for (int i = 0; i < 2; i++)
		derp_client_init(&ends[i].is, mem);
	one = derp_client_packet(
		&ends[0].is, &ends[1].is, packet, sizeof(packet));
	at = arena_alloc(mem, AT_ONCE * one.len);
	for (size_t i = 0; i < AT_ONCE; i++)
		memcpy(at + i * one.len, one.at, one.len);
	burst = (struct bytes){ at, AT_ONCE * one.len };
}

/* ---- the relay alone ---- */

static void
no_call(void *conn)
{
	(void)conn;
}

static void
no_close(void *conn, enum leave why)
{
	(void)conn;
	fprintf(stderr, "relay: closed: %s\n", leave_word(why));
	exit(1);
}

static void
through_relay(void)
{
	(void)relay_input(ends[0].client, burst.at, burst.len, NOW_MS);
	(void)relay_pull(ends[1].client, got, sizeof(got));
}

static void
relay_alone(void)
{
	static const struct relay_calls calls = { no_call, no_call, no_close,
		no_call };
	struct relay *r = relay_of(&calls);

	for (int i = 0; i < 2; i++) {
		struct bytes info = info_of(&ends[i], r);

		ends[i].client = relay_join(r, &ends[i], NOW_MS);
		(void)relay_input(ends[i].client, info.at, info.len, NOW_MS);
		(void)relay_pull(ends[i].client, got, sizeof(got));
	}
	figure("relay", through_relay);
	for (int i = 0; i < 2; i++)
		relay_leave(ends[i].client);
	relay_free(r);
}

/* ---- with connections ---- */

static uv_loop_t loop;

static void
put(int fd, struct bytes b)
{
	while (b.len) {
		ssize_t n = send(fd, b.at, b.len, MSG_NOSIGNAL);

		if (n < 0) {
			perror("relay: send");
			exit(1);
		}
		b.at += n;
		b.len -= (size_t)n;
	}
}

/* Turns the loop until `len` bytes have come, those left out too. */
static void
take(int fd, size_t len)
{
	while (len) {
		ssize_t n;

		uv_run(&loop, UV_RUN_NOWAIT);
		n = recv(fd, got, len < sizeof(got) ? len : sizeof(got),
			MSG_DONTWAIT);
		if (n == 0)
			no_close(NULL, LEAVE_HUNG_UP);
		if (n > 0)
			len -= (size_t)n;
	}
}

static void
through_connections(void)
{
	put(ends[0].fd, burst);
	take(ends[1].fd, burst.len); /* as long in as out */
}

static void
come_in(struct end *e, struct server *s, const struct relay *r)
{
	static const struct scgi_var vars[] = { { "CONTENT_LENGTH", "0" },
		{ "SCGI", "1" }, { "REQUEST_METHOD", "GET" },
		{ "DOCUMENT_URI", "/derp" }, { "HTTP_UPGRADE", "DERP" } };
	struct buf head;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ||
		server_adopt(s, pair[1]))
		exit(1);
	e->fd = pair[0];
	buf_init(&head, mem, SCGI_HEAD_MAX);
	scgi_put_head(&head, vars, sizeof(vars) / sizeof(*vars));
	put(e->fd, (struct bytes){ head.bytes, head.len });
	put(e->fd, info_of(e, r));
}

/* Welcome, and what they are told at first read. */
static void
settle(const struct relay *r)
{
	while (relay_counts(r)->clients < 2)
		uv_run(&loop, UV_RUN_NOWAIT);
	uv_run(&loop, UV_RUN_NOWAIT);
	for (int i = 0; i < 2; i++)
		while (recv(ends[i].fd, got, sizeof(got), MSG_DONTWAIT) > 0)
			continue;
}

static void
with_connections(void)
{
	static const struct server_limits limits = { 2, 2 };
	struct relay *r = relay_of(&tunnel_calls);
	struct server *s;

	uv_loop_init(&loop);
	s = server_new(&loop, r, &limits);
	for (int i = 0; i < 2; i++)
		come_in(&ends[i], s, r);
	settle(r);
	figure("connections", through_connections);
	server_stop(s);
	uv_run(&loop, UV_RUN_DEFAULT);
	for (int i = 0; i < 2; i++)
		close(ends[i].fd);
	server_free(s);
	relay_free(r);
	uv_loop_close(&loop);
}

int
main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;

	make_ends();
	if (!only || strcmp(only, "relay") == 0)
		relay_alone();
	if (!only || strcmp(only, "connections") == 0)
		with_connections();
	arena_free(mem);
	return 0;
}

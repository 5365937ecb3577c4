/*
 * fake_tunnel.h: a client's way to the worker: socket, upgrade, Noise, records.
 *
 * Either over TCP and nginx, as clients come, or straight to worker.sock with
 * the SCGI head that nginx would write.  Calls block until `until_ms` (of
 * clock_now_ms); ERR_BUSY says that the time is over.
 */
#ifndef TESTS_LIB_FAKE_TUNNEL_H
#define TESTS_LIB_FAKE_TUNNEL_H

#include "proto/noise.h"
#include "proto/record.h"

struct fake_target {
	const char *url;         /* "http://127.0.0.1:8080", or */
	const char *worker;      /* the path of worker.sock */
	const char *remote_addr; /* for worker; NULL is 127.0.0.1 */
	struct key server;       /* its public Noise key */
};

struct fake_tunnel {
	int fd;
	struct record_sealer sealer;
	struct record_opener opener;
	struct noise_result noise;
	unsigned char early[8192]; /* came with the handshake's answer */
	size_t early_len;
	int status;        /* of the answer to the upgrade */
	char refusal[128]; /* text of an error frame */
	uint64_t bytes_in, bytes_out;
};

/* Asks GET /key at target->url and fills target->server. */
enum err fake_fetch_key(struct fake_target *target, int64_t until_ms);

/* ERR_IO: no connection; ERR_DENIED: no 101, or an error frame; ERR_CRYPTO. */
enum err fake_tunnel_open(struct fake_tunnel *t,
	const struct fake_target *target, const struct key *machine_private,
	uint16_t capver, int64_t until_ms);
void fake_tunnel_close(struct fake_tunnel *t);

enum err fake_tunnel_send(
	struct fake_tunnel *t, const void *plain, size_t len, int64_t until_ms);
/* Waits for bytes and hands out what they hold; ERR_IO at the end. */
enum err fake_tunnel_read(
	struct fake_tunnel *t, record_got *got, void *arg, int64_t until_ms);

/* A connected socket; ERR_IO. */
enum err fake_dial(const struct fake_target *target, int *fd);
enum err fake_write(int fd, const void *bytes, size_t len, int64_t until_ms);

#endif

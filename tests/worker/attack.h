/*
 * attack.h: tunnels that say what no client says: raw records and raw HTTP/2
 * frames, and what came back.
 */
#ifndef TESTS_WORKER_ATTACK_H
#define TESTS_WORKER_ATTACK_H

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

#include "base/text.h"
#include "tests/worker/trip.h"

#define PREFACE                            \
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" \
	"\0\0\0\4\0\0\0\0\0"
/* GET https://x/ in HPACK, of indexed fields and one literal. */
#define GET_ROOT "\x82\x87\x84\x41\x01x"
#define POST_MAP "\x83\x87\x41\x01x\x04\x0c/machine/map"

enum {
	H2_DATA = 0,
	H2_HEADERS = 1,
	H2_RST_STREAM = 3,
	H2_SETTINGS = 4,
	H2_PING = 6,
	H2_GOAWAY = 7,
	H2_CONTINUATION = 9,
	H2_END_STREAM = 1,
	H2_END_HEADERS = 4,
	HEARD_MAX = 256 * 1024,
};

struct attack {
	struct fake_tunnel tunnel;
	struct key machine, machine_public;
	struct arena *mem;
	unsigned char *heard;
	size_t heard_len;
};

static inline struct attack *
attack_open(struct trip *t)
{
	struct attack *a = arena_alloc(t->mem, sizeof(*a));

	a->mem = t->mem;
	a->heard = arena_alloc(t->mem, HEARD_MAX);
	assert_int_equal(key_new(&a->machine, &a->machine_public), ERR_OK);
	assert_int_equal(fake_tunnel_open(&a->tunnel, &t->site->worker,
				 &a->machine, 142, clock_now_ms() + WAIT_MS),
		ERR_OK);
	return a;
}

static inline void
attack_close(struct attack *a)
{
	fake_tunnel_close(&a->tunnel);
}

/* False when the server has closed already. */
static inline bool
attack_raw(struct attack *a, const void *bytes, size_t len)
{
	return fake_write(a->tunnel.fd, bytes, len, clock_now_ms() + WAIT_MS) ==
	       ERR_OK;
}

static inline bool
attack_send(struct attack *a, const void *plain, size_t len)
{
	return fake_tunnel_send(&a->tunnel, plain, len,
		       clock_now_ms() + WAIT_MS) == ERR_OK;
}

static inline void
attack_hear(void *arg, const unsigned char *plain, size_t len)
{
	struct attack *a = arg;

	if (len > HEARD_MAX - a->heard_len)
		len = HEARD_MAX - a->heard_len;
	memcpy(a->heard + a->heard_len, plain, len);
	a->heard_len += len;
}

/* Listens until the server closes; false if it does not. */
static inline bool
attack_ends(struct attack *a)
{
	int64_t until = clock_now_ms() + WAIT_MS;
	enum err e;

	do
		e = fake_tunnel_read(&a->tunnel, attack_hear, a, until);
	while (!e);
	return e == ERR_IO;
}

static inline void
frame_put(struct buf *out, int type, int flags, uint32_t stream,
	const void *payload, size_t len)
{
	const unsigned char head[9] = { (unsigned char)(len >> 16),
		(unsigned char)(len >> 8), (unsigned char)len,
		(unsigned char)type, (unsigned char)flags,
		(unsigned char)(stream >> 24), (unsigned char)(stream >> 16),
		(unsigned char)(stream >> 8), (unsigned char)stream };

	buf_put(out, head, sizeof(head));
	buf_put(out, payload, len);
}

/* The first frame of that type among what was heard; NULL if there is none.
 * `stream` 0: of any. */
static inline const unsigned char *
frame_heard(const struct attack *a, int type, uint32_t stream)
{
	const unsigned char *p = a->heard, *end = p + a->heard_len;

	if (a->heard_len > 9 && memcmp(p, "\xff\xff\xffTS", 5) == 0)
		p += 9 + ((size_t)p[7] << 8 | p[8]);
	while (end - p >= 9) {
		size_t len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
		uint32_t id = (uint32_t)p[5] << 24 | (uint32_t)p[6] << 16 |
			      (uint32_t)p[7] << 8 | p[8];

		if (p[3] == type && (!stream || id == stream))
			return p;
		p += 9 + len;
	}
	return NULL;
}

/* Listens until such a frame has come. */
static inline const unsigned char *
attack_wait(struct attack *a, int type, uint32_t stream)
{
	int64_t until = clock_now_ms() + WAIT_MS;
	const unsigned char *found;
	enum err e = ERR_OK;

	while (!(found = frame_heard(a, type, stream)) && !e)
		e = fake_tunnel_read(&a->tunnel, attack_hear, a, until);
	return found;
}

/* An SCGI head as nginx writes it, with a handshake of these bytes. */
static inline struct bytes
attack_head(struct arena *mem, const unsigned char *initiation, size_t len)
{
	const struct scgi_var vars[] = { { "CONTENT_LENGTH", "0" },
		{ "SCGI", "1" }, { "REQUEST_METHOD", "POST" },
		{ "REQUEST_URI", "/ts2021" }, { "DOCUMENT_URI", "/ts2021" },
		{ "REMOTE_ADDR", "192.0.2.66" },
		{ "HTTP_UPGRADE", "tailscale-control-protocol" },
		{ "HTTP_X_TAILSCALE_HANDSHAKE",
			text_base64(mem, initiation, len) } };
	struct buf b;

	buf_init(&b, mem, 64 * 1024);
	scgi_put_head(&b, vars, sizeof(vars) / sizeof(vars[0]));
	return (struct bytes){ b.bytes, b.len };
}

static inline void
attack_initiation(struct trip *t, unsigned char out[NOISE_INITIATION_SIZE])
{
	struct key machine, unused;
	struct noise_client c;

	assert_int_equal(key_new(&machine, &unused), ERR_OK);
	assert_int_equal(
		noise_start(&c, &t->site->worker.server, &machine, 142, out),
		ERR_OK);
}

/* Nothing is read from it: whether the other side has closed. */
static inline bool
is_closed_within(int fd, int64_t ms)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, (int)ms) == 1 &&
	       p.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

#endif

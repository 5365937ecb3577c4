#include "worker/relay/stun_port.h"

#include <errno.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "proto/stun.h"

enum {
	BATCH = 32,
	BATCHES_MAX = 16, /* then clients of the relay have their turn */
	FAMILIES = 2,
	CONTROL_SIZE = CMSG_SPACE(sizeof(struct in6_pktinfo)),
};

/* Thousandths of an answer that a source still gets, as of a time. */
struct source {
	int64_t at_ms;
	int32_t tokens;
	bool used;
};

struct half {
	struct stun_port *port;
	int fd; /* -1: not open */
	uv_poll_t poll;
};

struct stun_port {
	struct half halves[FAMILIES]; /* IPv4, IPv6 */
	int open;
	struct stun_counts counts;
	uint8_t hash_key[crypto_shorthash_KEYBYTES];
	struct source sources[STUN_SOURCES];
};

/* What recvmmsg fills, and sendmmsg takes in turn. */
struct batch {
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	struct sockaddr_storage from[BATCH];
	uint8_t bytes[BATCH][STUN_REQUEST_MAX + 1];
	_Alignas(struct cmsghdr) uint8_t control[BATCH][CONTROL_SIZE];
};

static void
address_of(const struct sockaddr_storage *from, struct ip *ip, uint16_t *port)
{
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;

	*ip = (struct ip){ .family = from->ss_family == AF_INET ? 4 : 6 };
	if (ip->family == 4) {
		memcpy(ip->bytes, &v4->sin_addr, 4);
		*port = ntohs(v4->sin_port);
	} else {
		memcpy(ip->bytes, &v6->sin6_addr, 16);
		*port = ntohs(v6->sin6_port);
	}
}

/* Whoever has an IPv6 address has the other 2^64 of its network. */
static struct source *
source_of(struct stun_port *p, const struct ip *ip)
{
	uint8_t name[9] = { ip->family };
	uint64_t hash;

	memcpy(name + 1, ip->bytes, ip->family == 4 ? 4 : 8);
	crypto_shorthash((uint8_t *)&hash, name, sizeof(name), p->hash_key);
	return &p->sources[hash % STUN_SOURCES];
}

static bool
may_answer(struct stun_port *p, const struct ip *ip, int64_t now_ms)
{
	struct source *s = source_of(p, ip);
	int64_t tokens = s->used ? s->tokens + (now_ms - s->at_ms) * STUN_RATE
				 : STUN_RATE * 1000;

	if (tokens > STUN_RATE * 1000)
		tokens = STUN_RATE * 1000;
	s->used = true;
	s->at_ms = now_ms;
	s->tokens = (int32_t)tokens;
	if (tokens < 1000)
		return false;
	s->tokens -= 1000;
	return true;
}

/* Keeps of the control bytes only from where the answer must leave. */
static void
answer_from_there(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (c && c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo *info = (void *)CMSG_DATA(c);

		info->ipi_ifindex = 0;
		info->ipi_spec_dst = info->ipi_addr;
		m->msg_controllen = CMSG_SPACE(sizeof(*info));
	} else if (c && c->cmsg_level == IPPROTO_IPV6 &&
		   c->cmsg_type == IPV6_PKTINFO) {
		m->msg_controllen = CMSG_SPACE(sizeof(struct in6_pktinfo));
	} else {
		m->msg_controllen = 0;
	}
}

/* Turns a datagram into its answer; false if it gets none. */
static bool
answer(struct stun_port *p, struct batch *b, int i, size_t len, int64_t now_ms)
{
	uint8_t tx[STUN_TX_LEN];
	struct ip ip;
	uint16_t port;

	if (stun_request_read(b->bytes[i], len, tx)) {
		p->counts.malformed++;
		return false;
	}
	address_of(&b->from[i], &ip, &port);
	if (!may_answer(p, &ip, now_ms)) {
		p->counts.limited++;
		return false;
	}
	p->counts.answered++;
	b->parts[i].iov_len = stun_answer_put(b->bytes[i], tx, &ip, port);
	answer_from_there(&b->messages[i].msg_hdr);
	return true;
}

static void
batch_init(struct batch *b)
{
	for (int i = 0; i < BATCH; i++) {
		b->parts[i] =
			(struct iovec){ b->bytes[i], sizeof(b->bytes[i]) };
		b->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &b->from[i],
			.msg_namelen = sizeof(b->from[i]),
			.msg_iov = &b->parts[i],
			.msg_iovlen = 1,
			.msg_control = b->control[i],
			.msg_controllen = CONTROL_SIZE,
		};
	}
}

/* What the socket does not take at once is lost, as datagrams are. */
static void
send_all(int fd, struct mmsghdr *messages, unsigned count)
{
	while (count) {
		int sent = sendmmsg(fd, messages, count, 0);

		/* The first of the rest failed: go on behind it. */
		if (sent <= 0)
			sent = 1;
		messages += sent;
		count -= (unsigned)sent;
	}
}

static bool
serve_batch(struct half *h)
{
	struct batch b;
	unsigned answers = 0;
	int64_t now_ms = clock_now_ms();
	int count;

	batch_init(&b);
	count = recvmmsg(h->fd, b.messages, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < count; i++)
		if (answer(h->port, &b, i, b.messages[i].msg_len, now_ms))
			b.messages[answers++].msg_hdr = b.messages[i].msg_hdr;
	send_all(h->fd, b.messages, answers);
	return count == BATCH;
}

static void
on_readable(uv_poll_t *poll, int status, int events)
{
	(void)events;
	/* libuv stops watching after an error; the next batch takes it. */
	if (status < 0)
		uv_poll_start(poll, UV_READABLE, on_readable);
	for (int i = 0; i < BATCHES_MAX; i++)
		if (!serve_batch(poll->data))
			return;
}

static socklen_t
socket_address(const struct ip *ip, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (void *)out;
	struct sockaddr_in6 *v6 = (void *)out;

	memset(out, 0, sizeof(*out));
	if (ip->family == 4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, ip->bytes, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, ip->bytes, 16);
	return sizeof(*v6);
}

static bool
set_options(int fd, int family)
{
	int on = 1;

	if (family == 4)
		return setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on,
			       sizeof(on)) == 0;
	return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) ==
		       0 &&
	       setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
		       sizeof(on)) == 0;
}

static enum err
open_socket(const struct ip *ip, uint16_t port, int *out)
{
	struct sockaddr_storage at;
	socklen_t len = socket_address(ip, port, &at);
	int fd = socket(
		at.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return ERR_IO;
	if (!set_options(fd, ip->family) ||
		bind(fd, (const struct sockaddr *)&at, len)) {
		int why = errno;

		close(fd);
		errno = why;
		return ERR_IO;
	}
	*out = fd;
	return ERR_OK;
}

static enum err
open_half(struct stun_port *p, uv_loop_t *loop, const struct ip *ip,
	uint16_t port)
{
	struct half *h = &p->halves[ip->family == 4 ? 0 : 1];
	enum err e = open_socket(ip, port, &h->fd);

	if (e)
		return e;
	uv_poll_init(loop, &h->poll, h->fd);
	h->poll.data = h;
	uv_poll_start(&h->poll, UV_READABLE, on_readable);
	p->open++;
	return ERR_OK;
}

static bool
is_wildcard(const struct ip *ip)
{
	static const struct ip zero;

	return memcmp(ip->bytes, zero.bytes, sizeof(zero.bytes)) == 0;
}

/* A machine without IPv6 is no reason not to start. */
static enum err
open_both(struct stun_port *p, uv_loop_t *loop, uint16_t port)
{
	static const struct ip v4 = { .family = 4 }, v6 = { .family = 6 };
	enum err e = open_half(p, loop, &v4, port);

	if (e)
		return e;
	if (port == 0)
		port = stun_port_number(p, 4);
	e = open_half(p, loop, &v6, port);
	return e && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL) ? ERR_OK
								      : e;
}

static struct stun_port *
port_new(void)
{
	struct stun_port *p = own_alloc(sizeof(*p));

	for (int i = 0; i < FAMILIES; i++) {
		p->halves[i].port = p;
		p->halves[i].fd = -1;
	}
	crypto_shorthash_keygen(p->hash_key);
	return p;
}

enum err
stun_port_open(uv_loop_t *loop, const char *listen, uint16_t port,
	struct stun_port **out, char what[IP_TEXT_SIZE + 10])
{
	struct stun_port *p;
	struct ip ip = { .family = 4 };
	int why;
	enum err e;

	if (strcmp(listen, "*") != 0 && ip_parse(listen, &ip))
		return ERR_BAD_INPUT;
	(void)snprintf(what, IP_TEXT_SIZE + 10,
		strchr(listen, ':') ? "[%s]:%u" : "%s:%u", listen, port);
	p = port_new();
	e = is_wildcard(&ip) ? open_both(p, loop, port)
			     : open_half(p, loop, &ip, port);
	why = errno;
	if (e)
		stun_port_close(p);
	else
		*out = p;
	errno = why;
	return e;
}

uint16_t
stun_port_number(const struct stun_port *p, int family)
{
	const struct half *h = &p->halves[family == 4 ? 0 : 1];
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	struct ip ip;
	uint16_t port = 0;

	if (h->fd >= 0 && getsockname(h->fd, (struct sockaddr *)&at, &len) == 0)
		address_of(&at, &ip, &port);
	return port;
}

const struct stun_counts *
stun_port_counts(const struct stun_port *p)
{
	return &p->counts;
}

static void
on_closed(uv_handle_t *handle)
{
	struct half *h = handle->data;
	struct stun_port *p = h->port;

	close(h->fd);
	if (--p->open == 0)
		free(p);
}

void
stun_port_close(struct stun_port *p)
{
	if (!p)
		return;
	if (!p->open) {
		free(p);
		return;
	}
	for (int i = 0; i < FAMILIES; i++)
		if (p->halves[i].fd >= 0)
			uv_close((uv_handle_t *)&p->halves[i].poll, on_closed);
}

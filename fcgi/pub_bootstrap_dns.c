/*
 * GET /bootstrap-dns[?q=name]: addresses of this server's own host, for clients
 * whose resolver does not answer (spec/protocol.md 7.5).
 *
 * Only the host of the server's own URL is ever resolved, so nobody can make
 * the server ask for names of his choice.  An answer is kept for a minute.
 */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/ip.h"
#include "fcgi/pub.h"
#include "fcgi/reply.h"

enum {
	ADDRESSES_MAX = 8,
	KEEP_SECONDS = 60,
	HOST_MAX = 254,
};

/* The one thing a child remembers between requests. */
static struct {
	char host[HOST_MAX];
	int64_t until;
	char addresses[ADDRESSES_MAX][IP_TEXT_SIZE];
	size_t count;
} known;

static void
keep(const struct addrinfo *found)
{
	known.count = 0;
	for (; found && known.count < ADDRESSES_MAX; found = found->ai_next)
		if (getnameinfo(found->ai_addr, found->ai_addrlen,
			    known.addresses[known.count], IP_TEXT_SIZE, NULL, 0,
			    NI_NUMERICHOST) == 0)
			known.count++;
}

/* A literal address answers at once; a name may take some seconds. */
static void
resolve(const char *host, int64_t now)
{
	struct addrinfo want = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;

	if (known.until > now && strcmp(known.host, host) == 0)
		return;
	if (getaddrinfo(host, NULL, &want, &found))
		found = NULL;
	keep(found);
	if (found)
		freeaddrinfo(found);
	(void)snprintf(known.host, sizeof(known.host), "%s", host);
	known.until = now + KEEP_SECONDS;
}

enum err
pub_bootstrap_dns(struct request *r)
{
	struct settings s;
	const char *host;
	struct buf out;
	int64_t port;
	bool https;
	enum err e = request_settings(r, &s);

	if (e)
		return e;
	settings_url_parts(&s, r->mem, &host, &port, &https);
	resolve(host, r->now);
	buf_init(&out, r->mem, REPLY_MAX);
	buf_puts(&out, "{");
	json_put_text(&out, host);
	buf_puts(&out, ":[");
	for (size_t i = 0; i < known.count; i++) {
		buf_puts(&out, i ? "," : "");
		json_put_text(&out, known.addresses[i]);
	}
	buf_put(&out, "]}", sizeof("]}"));
	return reply_json_text(r, 200, (const char *)out.bytes);
}

#include "tests/lib/fake_provider.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	HUGE_BYTES = 64 * 1024 * 1024,
	DRIP_MS = 300,
};

static const char *const paths[] = {
	[FAKE_DISCOVERY] = "/.well-known/openid-configuration",
	[FAKE_JWKS] = "/jwks",
	[FAKE_TOKEN] = "/token",
	[FAKE_USERINFO] = "/userinfo",
};

static void
must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

/* ---- what it says ---- */

static const char *
discovery(struct fake_provider *f, struct arena *mem)
{
	const char *own = f->issuer;
	const char *issuer = *f->says->issuer ? f->says->issuer : own;

	return arena_printf(mem,
		"{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s/auth?a=b\","
		"\"token_endpoint\":\"%s/token\",\"jwks_uri\":\"%s/jwks\"%s%s"
		"%s%s%s%s%s}",
		issuer, own, own, own,
		*f->says->userinfo ? ",\"userinfo_endpoint\":\"" : "",
		*f->says->userinfo ? own : "",
		*f->says->userinfo ? "/userinfo\"" : "",
		f->says->tells_issuer
			? ",\"authorization_response_iss_parameter_supported\":"
			  "true"
			: "",
		f->says->ends_session ? ",\"end_session_endpoint\":\"" : "",
		f->says->ends_session ? own : "",
		f->says->ends_session ? "/end?x=y\"" : "");
}

static const char *
jwks(struct fake_provider *f, struct arena *mem)
{
	struct signer *shown[FAKE_KEYS];
	size_t n = 0;

	for (size_t i = 0; i < FAKE_KEYS; i++)
		if (f->says->shown[i])
			shown[n++] = f->keys[i];
	return n ? signer_jwks(shown[0], n > 1 ? shown[1] : NULL, mem)
		 : "{\"keys\":[]}";
}

static const char *
tokens(struct fake_provider *f, struct arena *mem)
{
	const struct fake_says *s = f->says;
	const char *id = *s->token ? s->token
			 : *s->claims
				 ? signer_sign(f->keys[s->key], s->claims, mem)
				 : "";

	return arena_printf(mem,
		"{\"token_type\":\"Bearer\",\"access_token\":\"at\"%s%s%s%s%s%s}",
		*id ? ",\"id_token\":\"" : "", id, *id ? "\"" : "",
		*s->refresh ? ",\"refresh_token\":\"" : "", s->refresh,
		*s->refresh ? "\"" : "");
}

static const char *
body_of(struct fake_provider *f, enum fake_place place, struct arena *mem)
{
	switch (place) {
	case FAKE_DISCOVERY:
		return discovery(f, mem);
	case FAKE_JWKS:
		return jwks(f, mem);
	case FAKE_TOKEN:
		return tokens(f, mem);
	default:
		return f->says->userinfo;
	}
}

/* ---- how it says it ---- */

static void
put(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static void
answer(int fd, const char *status, const char *more, const char *body,
	struct arena *mem)
{
	const char *all = arena_printf(mem,
		"HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\nConnection: close\r\n%s\r\n%s",
		status, strlen(body), more, body);

	put(fd, all, strlen(all));
}

static bool
is_gone(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c;

	return poll(&p, 1, ms) > 0 && recv(fd, &c, 1, MSG_PEEK) <= 0;
}

static void
drip(int fd)
{
	put(fd, "HTTP/1.1 200 OK\r\n\r\n{", 20);
	while (!is_gone(fd, DRIP_MS))
		put(fd, " ", 1);
}

static void
flood(int fd, struct arena *mem)
{
	char *much = arena_alloc(mem, 65536);

	memset(much, ' ', 65536);
	put(fd, "HTTP/1.1 200 OK\r\n\r\n{", 20);
	for (size_t i = 0; i < HUGE_BYTES / 65536 && !is_gone(fd, 0); i++)
		put(fd, much, 65536);
}

static void
reply(struct fake_provider *f, int fd, enum fake_place place, bool again,
	struct arena *mem)
{
	const char *body = body_of(f, place, mem);

	switch (again ? FAKE_GOOD : f->says->manner[place]) {
	case FAKE_GOOD:
		answer(fd, "200 OK", "", body, mem);
		break;
	case FAKE_SLOW:
		while (!is_gone(fd, 1000))
			continue;
		break;
	case FAKE_DRIP:
		drip(fd);
		break;
	case FAKE_HUGE:
		flood(fd, mem);
		break;
	case FAKE_NO_JSON:
		answer(fd, "200 OK", "",
			arena_printf(mem, "%.*s", (int)strlen(body) - 1, body),
			mem);
		break;
	case FAKE_BROKEN:
		answer(fd, "500 No", "", "{}", mem);
		break;
	case FAKE_DENIES:
		answer(fd, "400 No", "", "{\"error\":\"invalid_grant\"}", mem);
		break;
	case FAKE_ELSEWHERE:
		answer(fd, "302 Found",
			arena_printf(mem, "Location: %s%s?again\r\n", f->issuer,
				paths[place]),
			"", mem);
		break;
	case FAKE_NOTHING:
		break;
	}
}

/* ---- requests ---- */

static void
copy(char *to, const char *from, const char *end)
{
	size_t len = end ? (size_t)(end - from) : strlen(from);

	if (len >= FAKE_TEXT)
		len = FAKE_TEXT - 1;
	memcpy(to, from, len);
	to[len] = '\0';
}

static void
note_tokens(struct fake_provider *f, const char *text)
{
	const char *body = strstr(text, "\r\n\r\n");
	const char *who = strstr(text, "Authorization: ");

	copy(f->says->posted, body ? body + 4 : "", NULL);
	copy(f->says->authorization, who ? who + 15 : "",
		who ? strstr(who, "\r\n") : NULL);
}

/* Head and body as far as Content-Length says. */
static void
take(int fd, char *text, size_t room)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = recv(fd, text + len, room - 1 - len, 0);
		const char *end, *said;

		if (n <= 0)
			return;
		len += (size_t)n;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
		said = strstr(text, "Content-Length: ");
		if (end &&
			strlen(end + 4) >= (said ? (size_t)atol(said + 16) : 0))
			return;
	}
}

static void
serve_one(struct fake_provider *f, int fd)
{
	char *text = calloc(1, 65536);
	struct arena *mem = arena_new();

	must(text != NULL, "memory");
	take(fd, text, 65536);
	for (enum fake_place p = 0; p < FAKE_PLACES; p++) {
		const char *at = strstr(text, paths[p]);

		if (!at || at > strchr(text, '\r'))
			continue;
		f->says->asked[p]++;
		if (p == FAKE_TOKEN)
			note_tokens(f, text);
		reply(f, fd, p, at[strlen(paths[p])] == '?', mem);
	}
	arena_free(mem);
	free(text);
	close(fd);
}

/* Each of its guests has a process: who waits holds up nobody. */
static void
serve(struct fake_provider *f, int fd)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int guest = accept(fd, NULL, NULL);
		pid_t pid = guest < 0 ? -1 : fork();

		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			serve_one(f, guest);
			_exit(0);
		}
		if (guest >= 0)
			close(guest);
	}
}

static int
listen_somewhere(int *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && bind(fd, (void *)&at, sizeof(at)) == 0 &&
			listen(fd, 64) == 0 &&
			getsockname(fd, (void *)&at, &len) == 0,
		"provider");
	*port = ntohs(at.sin_port);
	return fd;
}

/* Once for the whole test program: they take their time. */
static struct signer *made[FAKE_KEYS];

static void
free_keys(void)
{
	for (size_t i = 0; i < FAKE_KEYS; i++)
		signer_free(made[i]);
}

static void
make_keys(void)
{
	if (made[0])
		return;
	made[0] = signer_new("RS256", "first");
	made[1] = signer_new("ES256", "second");
	(void)atexit(free_keys);
}

struct fake_provider *
fake_provider_new(void)
{
	struct fake_provider *f = calloc(1, sizeof(*f));
	int fd;

	must(f != NULL, "memory");
	f->says = mmap(NULL, sizeof(*f->says), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(f->says != MAP_FAILED, "memory");
	f->says->shown[0] = true;
	make_keys();
	memcpy(f->keys, made, sizeof(made));
	fd = listen_somewhere(&f->port);
	(void)snprintf(
		f->issuer, sizeof(f->issuer), "http://127.0.0.1:%d", f->port);
	(void)fflush(stdout);
	f->pid = fork();
	must(f->pid >= 0, "fork");
	if (f->pid == 0)
		serve(f, fd);
	close(fd);
	return f;
}

void
fake_provider_free(struct fake_provider *f)
{
	kill(f->pid, SIGKILL);
	waitpid(f->pid, NULL, 0);
	munmap(f->says, sizeof(*f->says));
	free(f);
}

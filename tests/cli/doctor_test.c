/*
 * doctor's way through the public URL, against a server that answers as broken
 * fronts do: a thread that gives each path a fixed answer.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "proto/key.h"
#include "tailnet/doctor.h"

#define OUR_KEY \
	"mkey:" \
	"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
#define KEY_ANSWER(key)                                    \
	"200 OK\r\nContent-Type: application/json\r\n\r\n" \
	"{\"legacyPublicKey\":\"\",\"publicKey\":\"" key "\"}"
#define PLAIN_ANSWER                                                          \
	"426 Upgrade Required\r\n\r\ncairn: this is where Tailscale clients " \
	"enter\nupgrade: missing\nhandshake: missing\n"
#define STRIPPED_ANSWER                                                       \
	"426 Upgrade Required\r\n\r\ncairn: this is where Tailscale clients " \
	"enter\nupgrade: missing\nhandshake: present\n"
#define SWITCH_ANSWER                                                        \
	"101 Switching Protocols\r\nUpgrade: tailscale-control-protocol\r\n" \
	"Connection: upgrade\r\n\r\nNoise"

/* What a front answers: status line and all behind it. */
struct front {
	const char *key, *plain, *upgraded, *probe;
};

static const struct front good = {
	.key = KEY_ANSWER(OUR_KEY),
	.plain = PLAIN_ANSWER,
	.upgraded = SWITCH_ANSWER,
	.probe = "200 OK\r\n\r\n",
};

static const char *
answer_to(const struct front *f, const char *request)
{
	if (strncmp(request, "GET /key?v=", 11) == 0)
		return f->key;
	if (strncmp(request, "GET /derp/probe ", 16) == 0)
		return f->probe;
	if (strncmp(request, "POST /ts2021 ", 13) != 0)
		return "404 Not Found\r\n\r\n";
	return strcasestr(request, "\r\nUpgrade: tailscale-control-protocol\r")
		       ? f->upgraded
		       : f->plain;
}

/* As `cairn doctor` prints it. */
static void
print_finding(void *arg, const struct doctor_finding *f)
{
	static const char *const words[] = { [HEALTH_OK] = "ok",
		[HEALTH_UNKNOWN] = "?",
		[HEALTH_WARN] = "warn",
		[HEALTH_FAIL] = "FAIL" };

	fprintf(arg, "%-4s  %s%s%s\n", words[f->state], f->what,
		f->remedy ? " — " : "", f->remedy ? f->remedy : "");
}

struct server {
	int fd;
	const struct front *front;
	char url[64];
	pthread_t thread;
};

static void
serve_one(int fd, const struct front *f)
{
	char request[8192] = "";
	size_t len = 0;

	while (!strstr(request, "\r\n\r\n") && len < sizeof(request) - 1) {
		ssize_t n = read(fd, request + len, sizeof(request) - 1 - len);

		if (n <= 0)
			return;
		len += (size_t)n;
		request[len] = '\0';
	}
	dprintf(fd, "HTTP/1.1 %s", answer_to(f, request));
}

/* Ends when the listening socket is shut down. */
static void *
serve(void *of)
{
	struct server *s = of;

	for (;;) {
		int fd = accept(s->fd, NULL, NULL);

		if (fd < 0)
			return NULL;
		serve_one(fd, s->front);
		close(fd);
	}
}

static void
server_start(struct server *s, const struct front *front)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	s->front = front;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	getsockname(s->fd, (struct sockaddr *)&a, &len);
	(void)snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d",
		ntohs(a.sin_port));
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void
server_stop(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
}

/* What doctor says of that front; the text lies in `mem`. */
static const char *
findings(struct arena *mem, const struct front *front, const char *path)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct doctor d = { .mem = mem,
		.now = clock_now(),
		.tell = print_finding,
		.arg = out,
		.server_key = OUR_KEY };
	struct server s;

	server_start(&s, front);
	doctor_url(&d, arena_printf(mem, "%s%s", s.url, path), false);
	server_stop(&s);
	fclose(out);
	if (strstr(text, "FAIL ") && !d.failed)
		fail_msg("a FAIL that does not count");
	path = arena_strdup(mem, text);
	free(text);
	return path;
}

static int
set_up(void **state)
{
	*state = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void
assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in: %s", part, text);
}

static void
a_good_front_has_no_findings_but_ok(void **state)
{
	const char *text = findings(*state, &good, "/");

	assert_has(text, "ok    url: /key answers with this server's key\n");
	assert_has(text, "ok    url: /ts2021 opens a tunnel\n");
	assert_has(text, "ok    url: /derp leads to the relay\n");
	assert_null(strstr(text, "warn"));
	assert_null(strstr(text, "FAIL"));
}

static void
a_stripped_upgrade_is_named(void **state)
{
	struct front f = good;

	f.upgraded = STRIPPED_ANSWER;
	assert_has(findings(*state, &f, ""),
		"FAIL  url: Upgrade was stripped on the way to /ts2021 — a "
		"proxy in front of nginx strips it");
}

static void
a_cdn_is_named(void **state)
{
	struct front f = good;

	f.plain = "400 Bad Request\r\nServer: cloudflare\r\nCF-RAY: 1-FRA\r\n"
		  "\r\n<html>";
	assert_has(findings(*state, &f, ""),
		"FAIL  url: Cloudflare stands in front of the server");
}

static void
a_wrong_host_or_path_is_named(void **state)
{
	struct front f = good;

	f.key = "404 Not Found\r\nServer: Apache\r\n\r\n<html>";
	assert_has(findings(*state, &f, ""), "wrong host or wrong path");
	assert_has(findings(*state, &f, ""), "(server: Apache)");
	f.key = "200 OK\r\n\r\n<html>Welcome to nginx!";
	assert_has(findings(*state, &f, ""), "wrong host or wrong path");
	assert_has(findings(*state, &good, "/vpn"), "has a path");
}

static void
a_missing_location_for_the_tunnel_is_named(void **state)
{
	struct front f = good;

	f.plain = f.upgraded = "404 Not Found\r\n\r\n<html>";
	assert_has(
		findings(*state, &f, ""), "what answers at http://127.0.0.1");
	assert_has(findings(*state, &f, ""), "/ts2021 is not cairn");
}

static void
a_worker_that_nginx_does_not_reach_is_named(void **state)
{
	struct front f = good;

	f.plain = f.upgraded = "502 Bad Gateway\r\nServer: nginx\r\n\r\n<html>";
	assert_has(findings(*state, &f, ""),
		"nginx does not reach worker.sock for /ts2021: status 502");
}

static void
a_redirect_is_named_with_its_goal(void **state)
{
	struct front f = good;

	f.key = "301 Moved\r\nLocation: https://vpn.example.org/key\r\n\r\n";
	assert_has(findings(*state, &f, ""),
		"leads elsewhere: status 301 to https://vpn.example.org/key");
}

static void
another_server_is_known_by_its_key(void **state)
{
	struct front f = good;

	f.key = KEY_ANSWER("mkey:de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b7867"
			   "4dadfc7e146f882b4e");
	assert_has(findings(*state, &f, ""),
		"FAIL  url: /key answers with another server's key");
}

static void
a_clock_that_is_off_is_named(void **state)
{
	struct front f = good;

	f.key = "200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n"
		"{\"publicKey\":\"" OUR_KEY "\"}";
	assert_has(findings(*state, &f, ""),
		"FAIL  clock: this machine and the server are ");
}

static void
a_password_in_front_is_named(void **state)
{
	struct front f = good;

	f.key = "401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n";
	assert_has(findings(*state, &f, ""), "is closed: status 401");
}

/* What is found by an URL alone; the caller frees it. */
static char *
findings_of_url(struct arena *mem, const char *url)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct doctor d = { .mem = mem,
		.now = clock_now(),
		.tell = print_finding,
		.arg = out };

	doctor_url(&d, url, false);
	fclose(out);
	return text;
}

static void
a_front_that_hangs_up_is_named(void **state)
{
	char *text = findings_of_url(*state, "http://127.0.0.1:1");

	assert_has(text, "FAIL  url: nobody answers at http://127.0.0.1:1");
	free(text);
}

static void
plain_http_has_no_certificate_and_is_told_the_way(void **state)
{
	char *text = findings_of_url(*state, "http://127.0.0.1:1");

	assert_has(text, "certificate: http://127.0.0.1:1 is plain http");
	assert_has(text, "change the address in Settings, Server");
	assert_has(text, "port 80: it matters beside an https address only");
	free(text);
}

static void
plain_http_on_a_public_name_is_named(void **state)
{
	char *text = findings_of_url(*state, "http://[::ffff:127.0.0.1]:1");

	assert_has(text, "is plain http on a public name");
	free(text);
}

/* doctor, all of it, of a folder in which nothing runs. */
static const char *
findings_of_folder(struct arena *mem, const char *home)
{
	const char *kept;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct doctor d = { .mem = mem,
		.now = clock_now(),
		.home = home,
		.tell = print_finding,
		.arg = out };

	doctor_running(&d);
	doctor_worker(&d);
	doctor_sockets(&d);
	fclose(out);
	assert_true(d.failed);
	kept = arena_strdup(mem, text);
	free(text);
	return kept;
}

static void
that_nothing_runs_is_told_once(void **state)
{
	char home[] = "/tmp/cairn-doctor.XXXXXX";
	const char *text, *first;

	assert_non_null(mkdtemp(home));
	text = findings_of_folder(*state, home);
	assert_int_equal(rmdir(home), 0);
	first = strstr(text, "start ");
	assert_has(text, "FAIL  cairn: it is not running — start it: ");
	assert_has(text, "FAIL  worker: it does not run\n");
	assert_has(text, "FAIL  sockets: there is no relay.sock\n");
	assert_has(first, "'make run', or 'systemctl start cairn.target'");
	assert_null(strstr(strstr(first, "\n"), "start"));
}

static void
a_disk_that_fills_up_is_named(void **state)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct doctor d = { .mem = *state,
		.now = clock_now(),
		.tell = print_finding,
		.arg = out };

	doctor_room(&d, UINT64_C(71000000000));
	doctor_room(&d, UINT64_C(5000000000));
	doctor_room(&d, 32 * 1024 * 1024);
	assert_false(d.failed);
	doctor_room(&d, 4096);
	assert_true(d.failed);
	fclose(out);
	assert_has(text, "ok    disk: 66 GB left");
	assert_has(text, "ok    disk: 4768 MB left");
	assert_has(text, "disk: 32 MB left");
	assert_has(text, "FAIL  disk: full, 0 MB left");
	free(text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_front_has_no_findings_but_ok),
		cmocka_unit_test(a_stripped_upgrade_is_named),
		cmocka_unit_test(a_cdn_is_named),
		cmocka_unit_test(a_wrong_host_or_path_is_named),
		cmocka_unit_test(a_missing_location_for_the_tunnel_is_named),
		cmocka_unit_test(a_worker_that_nginx_does_not_reach_is_named),
		cmocka_unit_test(a_redirect_is_named_with_its_goal),
		cmocka_unit_test(another_server_is_known_by_its_key),
		cmocka_unit_test(a_clock_that_is_off_is_named),
		cmocka_unit_test(a_password_in_front_is_named),
		cmocka_unit_test(a_front_that_hangs_up_is_named),
		cmocka_unit_test(
			plain_http_has_no_certificate_and_is_told_the_way),
		cmocka_unit_test(plain_http_on_a_public_name_is_named),
		cmocka_unit_test(that_nothing_runs_is_told_once),
		cmocka_unit_test(a_disk_that_fills_up_is_named),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

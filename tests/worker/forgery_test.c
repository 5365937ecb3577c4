/*
 * forgery_test.c: who comes through nginx cannot say what nginx and the worker
 * vouch for, on any socket that nginx may open (DESIGN 1.1).
 */
#include "tests/worker/attack.h"

static int
open_all(void **state)
{
	return trip_begin(state, SITE_WORKER | SITE_HANDLERS | SITE_NGINX);
}

#define forgery_test(name) \
	cmocka_unit_test_setup_teardown(name, open_all, trip_close)

/* Each name that a handler or the worker believes, as a header may spell it. */
static const char *const vouched[] = { "CAIRN_MACHINE_KEY", "CAIRN_CAPVER",
	"CAIRN_SESSION", "CAIRN_WAIT", "REMOTE_ADDR", "REMOTE_USER",
	"REQUEST_METHOD", "REQUEST_URI", "DOCUMENT_URI", "QUERY_STRING",
	"CONTENT_TYPE", "HTTPS", "SCGI", "PATH_INFO", "SCRIPT_NAME",
	"SCRIPT_FILENAME", "HTTP_HOST", "HTTP_UPGRADE", "FCGI_ROLE",
	"HTTP_PROXY", "PROXY" };

static const char *
value_of(struct trip *t, const char *name, const struct fake_client *victim)
{
	struct key public;

	if (strcmp(name, "CAIRN_MACHINE_KEY") != 0)
		return strstr(name, "URI") ? "/_worker/metrics" : "192.0.2.99";
	assert_int_equal(key_public(&victim->machine, &public), ERR_OK);
	return key_text(t->mem, KEY_MACHINE, &public);
}

/* Every spelling of every name at once. */
static const char *
all_headers(struct trip *t, const struct fake_client *victim)
{
	struct buf b;

	buf_init(&b, t->mem, 64 * 1024);
	for (size_t i = 0; i < sizeof(vouched) / sizeof(*vouched); i++) {
		const char *value = value_of(t, vouched[i], victim);
		char dashed[64];

		(void)snprintf(dashed, sizeof(dashed), "%s", vouched[i]);
		for (char *p = dashed; *p; p++)
			*p = *p == '_' ? '-' : *p;
		if (strcmp(dashed, "CONTENT-TYPE") == 0)
			continue;
		buf_putf(&b, "%s: %s\r\n%s: %s\r\n", vouched[i], value, dashed,
			value);
		buf_putf(&b, "HTTP-%s: %s\r\nHTTP_%s: %s\r\n", dashed, value,
			vouched[i], value);
		buf_putf(&b, "X-%s: %s\r\n", dashed, value);
	}
	buf_puts(&b, "X-Forwarded-For: 192.0.2.99\r\n"
		     "X-Real-IP: 192.0.2.99\r\n"
		     "Forwarded: for=192.0.2.99\r\n"
		     "True-Client-IP: 192.0.2.99\r\n"
		     "X-Accel-Redirect: /_worker/metrics\r\n"
		     "X-Original-URL: /_worker/metrics\r\n"
		     "X-Rewrite-URL: /machine/register\r\n");
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static const char *
http(struct trip *t, const char *method, const char *path, const char *headers,
	const char *body)
{
	return site_http(t->site,
		arena_printf(t->mem,
			"%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
			"Connection: close\r\nContent-Length: %zu\r\n%s\r\n%s",
			method, path, strlen(body), headers, body));
}

static void
what_is_inner_is_not_there_from_outside(void **state)
{
	static const char *const paths[] = { "/_worker/metrics", "/_worker/",
		"/_worker", "/_worker/events/admin/1", "/_worker/events/me/1",
		"/_worker/events/register/1", "/%5fworker/events/admin/1",
		"/%5Fworker/metrics", "//_worker/metrics",
		"/x/../_worker/metrics", "/_worker/../_worker/metrics",
		"/machine/register", "/machine/map", "/machine/set-dns",
		"/machine/update-health", "/%6Dachine/register",
		"/key/../machine/register", "//machine/register",
		"/ts2021/../machine/register" };
	struct trip *t = *state;
	struct fake_client *victim = trip_join(t, "victim");
	const char *headers = all_headers(t, victim);

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		const char *get = http(t, "GET", paths[i], headers, "");
		const char *post = http(t, "POST", paths[i], headers, "{}");

		/* 400 where the path is written oddly. */
		if (!trip_starts(get, "HTTP/1.1 40") ||
			strstr(get, "cairn_worker"))
			fail_msg("GET %s: %.200s", paths[i], get);
		if (!trip_starts(post, "HTTP/1.1 40"))
			fail_msg("POST %s: %.200s", paths[i], post);
	}
	assert_int_equal(
		site_metric(t->site, "event_streams_started_total"), 0);
	trip_settle(t);
	trip_quiet(t);
}

static void
no_header_changes_what_a_page_answers(void **state)
{
	static const char *const paths[] = { "/health", "/key?v=142",
		"/nothing-here", "/register/hskey-authreq-none" };
	struct trip *t = *state;
	struct fake_client *victim = trip_join(t, "victim");
	const char *headers = all_headers(t, victim);

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		const char *with = http(t, "GET", paths[i], headers, "");
		const char *without = http(t, "GET", paths[i], "", "");

		/* Status lines; bodies tell the time here and there. */
		assert_memory_equal(with, without, strlen("HTTP/1.1 200"));
		assert_null(strstr(with, "192.0.2.99"));
	}
}

/* The rows that the worker writes of its sessions name the real address. */
static void
a_tunnel_s_address_is_the_one_that_nginx_saw(void **state)
{
	struct trip *t = *state;
	unsigned char in[NOISE_INITIATION_SIZE], tail[16];
	struct noise_client c;
	struct noise_result keys;
	struct record_sealer sealer;
	struct key machine, unused;
	unsigned char out[RECORD_MAX];
	const char *head, *row;
	int fd;
	size_t len;
	char got[4096], *end = NULL;
	size_t have = 0;

	(void)tail;
	assert_int_equal(key_new(&machine, &unused), ERR_OK);
	assert_int_equal(
		noise_start(&c, &t->site->worker.server, &machine, 142, in),
		ERR_OK);
	head = arena_printf(t->mem,
		"POST /ts2021 HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n"
		"Content-Length: 0\r\nUpgrade: tailscale-control-protocol\r\n"
		"X-Tailscale-Handshake: %s\r\nX-Forwarded-For: 192.0.2.99\r\n"
		"Remote-Addr: 192.0.2.99\r\nREMOTE_ADDR: 192.0.2.99\r\n"
		"X-Real-IP: 192.0.2.99\r\n\r\n",
		text_base64(t->mem, in, sizeof(in)));
	assert_int_equal(fake_dial(&t->site->nginx, &fd), ERR_OK);
	assert_int_equal(
		fake_write(fd, head, strlen(head), clock_now_ms() + WAIT_MS),
		ERR_OK);
	while (!end || have < (size_t)(end + 4 - got) + NOISE_RESPONSE_SIZE) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		n = read(fd, got + have, sizeof(got) - have);
		assert_true(n > 0);
		have += (size_t)n;
		end = memmem(got, have, "\r\n\r\n", 4);
	}
	assert_int_equal(noise_finish(&c,
				 (struct bytes){ (unsigned char *)end + 4,
					 NOISE_RESPONSE_SIZE },
				 &keys),
		ERR_OK);
	record_sealer_init(&sealer, &keys.client_to_server);
	/* A record that opens, with what is no HTTP/2: it is logged. */
	len = record_seal(&sealer, "GET / HTTP/1.1\r\n\r\nxxxxxxxx", 26, out);
	assert_int_equal(
		fake_write(fd, out, len, clock_now_ms() + WAIT_MS), ERR_OK);
	assert_true(site_log_wait(
		t->site, SITE_WORKER, "HTTP/2 violated", 1, WAIT_MS));
	assert_int_equal(site_log_count(t->site, SITE_WORKER, "192.0.2.99"), 0);
	record_sealer_done(&sealer);
	close(fd);
	row = http(t, "GET", "/ts2021", "REQUEST_METHOD: POST\r\n", "");
	assert_true(trip_starts(row, "HTTP/1.1 426"));
}

/* ---- straight at the sockets that nginx may open ---- */

static const char *
ask_fcgi(struct trip *t, const char *name, const struct scgi_var *vars,
	size_t count, const char *body)
{
	int fd = site_dial(t->site, name);
	struct fcgi_reader r;
	struct buf b;
	unsigned char piece[4096];
	ssize_t n;

	buf_init(&b, t->mem, 1024 * 1024);
	fcgi_put_request(&b, vars, count,
		(struct bytes){ (const unsigned char *)body, strlen(body) });
	assert_int_equal(
		fake_write(fd, b.bytes, b.len, clock_now_ms() + WAIT_MS),
		ERR_OK);
	fcgi_reader_init(&r, t->mem, CGI_ANSWER_MAX);
	while (r.state == CGI_MORE && (n = read(fd, piece, sizeof(piece))) > 0)
		(void)fcgi_read(&r, piece, (size_t)n);
	close(fd);
	assert_int_equal(r.state, CGI_DONE);
	buf_put(&r.out, "", 1);
	return (const char *)r.out.bytes;
}

static void
on_the_outer_socket_no_parameter_names_a_machine(void **state)
{
	static const char *const paths[] = { "/machine/register",
		"/machine/map", "/machine/set-dns" };
	struct trip *t = *state;
	struct fake_client *victim = trip_join(t, "victim");
	const char *body = arena_printf(t->mem,
		"{\"Version\":142,\"NodeKey\":\"%s\",\"Hostinfo\":{\"Hostname\":"
		"\"evil\"},\"Auth\":{\"AuthKey\":\"%s\"}}",
		key_text(t->mem, KEY_NODE, &victim->node_public), t->key);

	trip_settle(t);
	for (size_t i = 0; i < 3; i++) {
		const struct scgi_var vars[] = { { "REQUEST_METHOD", "POST" },
			{ "REQUEST_URI", paths[i] },
			{ "CONTENT_LENGTH",
				arena_printf(t->mem, "%zu", strlen(body)) },
			{ "REMOTE_ADDR", "192.0.2.99" },
			{ "CAIRN_MACHINE_KEY",
				value_of(t, "CAIRN_MACHINE_KEY", victim) },
			{ "CAIRN_CAPVER", "142" }, { "CAIRN_SESSION", "1" },
			{ "CAIRN_WAIT", "" } };
		const char *outer = ask_fcgi(t, "fcgi.sock", vars, 8, body);
		const char *inner = ask_fcgi(t, "inner.sock", vars, 8, body);

		assert_non_null(strstr(outer, "Status: 404"));
		/* The same on the inner one is believed: the test can tell. */
		assert_null(strstr(inner, "Status: 404"));
	}
}

static void
on_the_outer_socket_nothing_was_changed(void **state)
{
	struct trip *t = *state;
	struct fake_client *victim = trip_join(t, "victim");
	const struct scgi_var vars[] = { { "REQUEST_METHOD", "POST" },
		{ "REQUEST_URI", "/machine/map" }, { "CONTENT_LENGTH", "2" },
		{ "CAIRN_MACHINE_KEY",
			value_of(t, "CAIRN_MACHINE_KEY", victim) },
		{ "CAIRN_CAPVER", "142" }, { "CAIRN_SESSION", "1" },
		{ "CAIRN_WAIT", "" } };

	trip_settle(t);
	(void)ask_fcgi(t, "fcgi.sock", vars, 7, "{}");
	trip_quiet(t);
	assert_string_equal(trip_row(t, victim->self.id).hostname, "victim");
}

static void
the_worker_s_socket_dispatches_by_document_uri_alone(void **state)
{
	struct trip *t = *state;
	const struct scgi_var claims[] = { { "CONTENT_LENGTH", "0" },
		{ "SCGI", "1" }, { "REQUEST_METHOD", "GET" },
		{ "REQUEST_URI", "/_worker/metrics" },
		{ "DOCUMENT_URI", "/ts2021" }, { "QUERY_STRING", "" },
		{ "REMOTE_ADDR", "192.0.2.1" },
		{ "HTTP_DOCUMENT_URI", "/_worker/metrics" },
		{ "HTTP_CAIRN_MACHINE_KEY", "mkey:00" } };
	const char *said = site_scgi(t->site, claims, 9);

	assert_true(trip_starts(said, "Status: 426"));
	assert_null(strstr(said, "cairn_worker_"));
}

/* The first of two parameters of one name counts: nginx's stands first. */
static void
a_second_parameter_of_a_name_changes_nothing(void **state)
{
	struct trip *t = *state;
	const struct scgi_var twice[] = { { "CONTENT_LENGTH", "0" },
		{ "SCGI", "1" }, { "REQUEST_METHOD", "GET" },
		{ "DOCUMENT_URI", "/ts2021" },
		{ "DOCUMENT_URI", "/_worker/metrics" } };
	const char *said = site_scgi(t->site, twice, 5);

	assert_null(strstr(said, "cairn_worker_"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		forgery_test(what_is_inner_is_not_there_from_outside),
		forgery_test(no_header_changes_what_a_page_answers),
		forgery_test(a_tunnel_s_address_is_the_one_that_nginx_saw),
		forgery_test(on_the_outer_socket_no_parameter_names_a_machine),
		forgery_test(on_the_outer_socket_nothing_was_changed),
		forgery_test(
			the_worker_s_socket_dispatches_by_document_uri_alone),
		forgery_test(a_second_parameter_of_a_name_changes_nothing),
	};

	return cmocka_run_group_tests_name("forgery", tests, NULL, NULL);
}

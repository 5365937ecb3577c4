/*
 * ask.h: an instance in a temporary folder, and requests to its handlers
 * without a process or a socket between.
 */
#ifndef TESTS_FCGI_ASK_H
#define TESTS_FCGI_ASK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fcgi/reply.h"
#include "fcgi/router.h"
#include "tailnet/init.h"
#include "tailnet/secrets.h"

#define NOW INT64_C(1793600000)
#define MKEY_A \
	"mkey:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define MKEY_B \
	"mkey:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define NKEY_A \
	"nodekey:1111111111111111111111111111111111111111111111111111111111111111"
#define NKEY_B \
	"nodekey:2222222222222222222222222222222222222222222222222222222222222222"

enum {
	ENV_MAX = 32,
};

struct site {
	char home[64];
	struct db *db;
	struct secret pepper, seal;
	struct arena *mem;
	struct rate *rate;
	struct guess *guess;
	const struct route *table; /* NULL: the site map */
	size_t table_count;
	int64_t now;
};

struct ask {
	enum group group;
	const char *method, *uri;
	const char *machine; /* inner: mkey:…, MKEY_A if NULL */
	const char *wait;    /* inner: CAIRN_WAIT */
	const char *body;
	const char *more[8]; /* further "NAME=value" */
};

struct answer {
	int status;
	const char *head, *body;
	struct reply reply;
	enum err error;
	const char *why;
};

struct source {
	const char *at;
	size_t left;
};

static inline size_t
read_source(void *from, void *to, size_t len)
{
	struct source *s = from;
	size_t n = len < s->left ? len : s->left;

	if (!n)
		return 0;
	memcpy(to, s->at, n);
	s->at += n;
	s->left -= n;
	return n;
}

static inline int
site_open(void **state)
{
	struct site *s = calloc(1, sizeof(*s));
	struct init_input in = { .now = NOW };
	const char *why = NULL;

	assert_non_null(s);
	s->mem = arena_new();
	s->now = NOW;
	(void)snprintf(s->home, sizeof(s->home), "/tmp/cairn-fcgi-XXXXXX");
	assert_non_null(mkdtemp(s->home));
	in.home = s->home;
	if (tailnet_init(&in, s->mem, &why))
		fail_msg("init: %s", why);
	assert_int_equal(secret_read(s->home, "pepper", &s->pepper), ERR_OK);
	assert_int_equal(db_open(s->home, &s->db), ERR_OK);
	assert_int_equal(
		secret_current(s->db, s->home, "pages", &s->seal), ERR_OK);
	*state = s;
	return 0;
}

static inline int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline int
site_close(void **state)
{
	struct site *s = *state;

	db_close(s->db);
	arena_free(s->mem);
	rate_free(s->rate);
	guess_free(s->guess);
	nftw(s->home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(s);
	return 0;
}

static inline char **
environment(struct site *s, const struct ask *a)
{
	char **env = arena_array(s->mem, ENV_MAX, sizeof(*env));
	size_t n = 0;

	env[n++] = arena_printf(s->mem, "REQUEST_METHOD=%s", a->method);
	env[n++] = arena_printf(s->mem, "REQUEST_URI=%s", a->uri);
	env[n++] = arena_printf(s->mem, "REMOTE_ADDR=192.0.2.7");
	if (a->body)
		env[n++] = arena_printf(
			s->mem, "CONTENT_LENGTH=%zu", strlen(a->body));
	if (a->group == GROUP_INNER) {
		env[n++] = arena_printf(s->mem, "CAIRN_MACHINE_KEY=%s",
			a->machine ? a->machine : MKEY_A);
		env[n++] = arena_strdup(s->mem, "CAIRN_CAPVER=142");
		env[n++] = arena_strdup(s->mem, "CAIRN_SESSION=1");
		if (a->wait)
			env[n++] =
				arena_printf(s->mem, "CAIRN_WAIT=%s", a->wait);
	}
	for (size_t i = 0; i < 8 && a->more[i]; i++)
		env[n++] = arena_strdup(s->mem, a->more[i]);
	return env;
}

static inline enum err
ask_put(void *arg, const void *bytes, size_t len)
{
	buf_put(arg, bytes, len);
	return ERR_OK;
}

static inline struct answer
ask_with(struct site *s, const struct ask *a)
{
	struct source body = { a->body, a->body ? strlen(a->body) : 0 };
	struct request r = {
		.group = a->group,
		.home = s->home,
		.db = s->db,
		.pepper = &s->pepper,
		.seal = &s->seal,
		.rate = s->rate,
		.guess = s->guess,
		.mem = s->mem,
		.now = s->now,
		.env = environment(s, a),
		.read = read_source,
		.from = &body,
	};
	struct answer out;
	struct buf head;

	out.error = router_run(s->table ? s->table : routes,
		s->table ? s->table_count : route_count, request_take(&r), &r);
	buf_init(&head, s->mem, 16384);
	reply_head(&r, &head);
	buf_put(&head, "", 1);
	if (r.reply.stream) {
		const struct reply_sink to = { ask_put, &r.reply.body };

		if (r.method != METHOD_HEAD)
			out.error = r.reply.stream(&r, r.reply.stream_arg, &to);
	}
	request_done(&r);
	db_read_only(s->db, false); /* what a test writes itself */
	buf_put(&r.reply.body, "", 1);
	out.status = r.reply.status;
	out.head = (const char *)head.bytes;
	out.body = (const char *)r.reply.body.bytes;
	out.reply = r.reply;
	out.why = r.why;
	return out;
}

static inline struct answer
ask(struct site *s, enum group group, const char *method, const char *uri,
	const char *body)
{
	return ask_with(s, &(struct ask){ .group = group,
				   .method = method,
				   .uri = uri,
				   .body = body });
}

#define assert_holds(text, part)                                       \
	do {                                                           \
		if (!strstr((text), (part)))                           \
			fail_msg("%s\nis not in\n%s", (part), (text)); \
	} while (0)
#define assert_lacks(text, part)                                   \
	do {                                                       \
		if (strstr((text), (part)))                        \
			fail_msg("%s\nis in\n%s", (part), (text)); \
	} while (0)

#endif

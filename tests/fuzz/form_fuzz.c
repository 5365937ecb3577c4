/*
 * form_fuzz.c: whole requests to the handlers, of strangers and of machines.
 *
 *   O POST /verify                 or I for a machine behind Noise
 *   HTTP_AUTHORIZATION=Bearer x    any number of parameters
 *   CONTENT_LENGTH=…               (the true one is put in where none is given)
 *
 *   the body
 *
 * Whatever comes, the answer has a status that the protocol knows, and a
 * stranger's has the security headers.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "fcgi/reply.h"
#include "fcgi/router.h"

enum {
	ENV_MAX = 24,
	NOW = 1793600000,
};

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

struct source {
	const char *at;
	size_t left;
};

static size_t
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

static size_t
first_line(struct arena *mem, char *line, char **env, enum group *group)
{
	char *method = strchr(line, ' ');
	char *uri = method ? strchr(method + 1, ' ') : NULL;

	*group = line[0] == 'I' ? GROUP_INNER : GROUP_OUTER;
	if (!uri)
		return 0;
	*uri = '\0';
	env[0] = arena_printf(mem, "REQUEST_METHOD=%s", method + 1);
	env[1] = arena_printf(mem, "REQUEST_URI=%s", uri + 1);
	return 2;
}

/* What only the worker says, so no input can say otherwise. */
static size_t
worker_says(struct arena *mem, char **env)
{
	env[0] = arena_printf(mem, "CAIRN_MACHINE_KEY=mkey:%064d", 7);
	env[1] = arena_strdup(mem, "CAIRN_CAPVER=142");
	env[2] = arena_strdup(mem, "CAIRN_SESSION=1");
	return 3;
}

static void
check(struct request *r)
{
	struct buf head;

	assert(r->reply.status >= 200 && r->reply.status < 600);
	assert(buf_error(&r->reply.body) == ERR_OK);
	buf_init(&head, r->mem, 16384);
	reply_head(r, &head);
	buf_put(&head, "", 1);
	assert(r->group == GROUP_INNER ||
		strstr((const char *)head.bytes, "X-Frame-Options: DENY\r\n"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct secret pepper;
	static struct db *db;
	struct arena *mem = arena_new();
	char *text = arena_alloc(mem, len + 1), *line;
	char **env = arena_array(mem, ENV_MAX, sizeof(*env));
	struct source body = { "", 0 };
	enum group group;
	size_t n;

	if (!db) {
		log_init("fuzz");
		if (db_open_memory(&db))
			__builtin_trap();
	}
	memcpy(text, at, len);
	line = strsep(&text, "\n");
	n = first_line(mem, line, env, &group);
	if (group == GROUP_INNER)
		n += worker_says(mem, env + n);
	while (text && (line = strsep(&text, "\n")) && *line && n < ENV_MAX - 2)
		env[n++] = line;
	if (text)
		body = (struct source){ text, strlen(text) };
	env[n++] = arena_printf(mem, "CONTENT_LENGTH=%zu", body.left);
	struct request r = {
		.group = group,
		.home = "/nonexistent",
		.db = db,
		.pepper = &pepper,
		.seal = &pepper,
		.mem = mem,
		.now = NOW,
		.env = env,
		.read = read_source,
		.from = &body,
	};

	(void)router_run(routes, route_count, request_take(&r), &r);
	check(&r);
	request_done(&r);
	arena_free(mem);
	return 0;
}

/*
 * fake_join: made-up clients that join a server, as simply as can be.
 *
 *	fake_join --url http://127.0.0.1:8080 --auth-key K [--count N]
 *	fake_join --worker run/worker.sock --server-key mkey:… --auth-key K
 *
 *	fake_join --url http://127.0.0.1:8080 --auth-key K --said FILE
 *
 * Each prints "joined name=… ip=… peers=N" after its first map.  --said: one
 * client for each line of the file, which is JSON: {"Hostinfo": {…},
 * "Endpoints": [texts], "Action": text, "Details": text}; the last two are told
 * to the audit log.  One that is refused does not keep the next from trying.
 * --hold keeps
 * the streams open for that many seconds; then a last line sums up what came:
 * the fewest and most peers that one sees, and unknown, the patches for peers
 * that their receiver does not have (clients choke on those).
 */
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "tests/lib/fake_client.h"

enum {
	WAIT_MS = 15000,
	COUNT_MAX = 20000,
};

struct options {
	struct fake_target target;
	const char *auth_key, *name, *said;
	int64_t hold, count, capver;
	bool ephemeral;
};

/* A line of --said. */
struct saying {
	struct json_raw hostinfo;
	struct json_texts endpoints;
	const char *action, *details;
};

static const struct json_field saying_fields[] = {
	JSON_FIELD(struct saying, hostinfo, "Hostinfo", OMIT_EMPTY),
	JSON_FIELD(struct saying, endpoints, "Endpoints", OMIT_EMPTY),
	JSON_FIELD(struct saying, action, "Action", OMIT_EMPTY),
	JSON_FIELD(struct saying, details, "Details", OMIT_EMPTY),
};
static const struct json_table saying_table =
	JSON_TABLE(struct saying, saying_fields);

static int
usage(void)
{
	fprintf(stderr,
		"usage: fake_join --url http://HOST:PORT | --worker SOCKET "
		"--server-key mkey:…\n"
		"       --auth-key KEY [--name NAME] [--count N] "
		"[--said FILE]\n"
		"       [--hold SECONDS] [--capver N] [--ephemeral]\n");
	return 2;
}

static bool
take(struct options *o, int option, const char *value)
{
	switch (option) {
	case 'u':
		o->target.url = value;
		return true;
	case 'w':
		o->target.worker = value;
		return true;
	case 's':
		return !key_parse(KEY_MACHINE, value, &o->target.server);
	case 'k':
		o->auth_key = value;
		return true;
	case 'n':
		o->name = value;
		return true;
	case 'f':
		o->said = value;
		return true;
	case 'e':
		return o->ephemeral = true;
	case 'c':
		return !text_int(value, &o->count) && o->count > 0 &&
		       o->count <= COUNT_MAX;
	case 'h':
		return !text_int(value, &o->hold) && o->hold >= 0;
	case 'v':
		return !text_int(value, &o->capver) && o->capver > 0 &&
		       o->capver <= UINT16_MAX;
	}
	return false;
}

static bool
read_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{ "url", required_argument, NULL, 'u' },
		{ "worker", required_argument, NULL, 'w' },
		{ "server-key", required_argument, NULL, 's' },
		{ "auth-key", required_argument, NULL, 'k' },
		{ "name", required_argument, NULL, 'n' },
		{ "said", required_argument, NULL, 'f' },
		{ "count", required_argument, NULL, 'c' },
		{ "hold", required_argument, NULL, 'h' },
		{ "capver", required_argument, NULL, 'v' },
		{ "ephemeral", no_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*o = (struct options){
		.name = "fake", .count = 1, .capver = TAILCFG_CAPVER_NEWEST
	};
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		if (!take(o, option, optarg))
			return false;
	return optind == argc && o->auth_key &&
	       (o->target.url ||
		       (o->target.worker && !key_is_zero(&o->target.server)));
}

static bool
failed(const struct fake_client *c, const char *what, enum err e)
{
	fprintf(stderr, "%s: %s: %s (upgrade %d, map %d) %s\n", c->hostname,
		what, err_words(e), c->tunnel.status, c->map_status,
		c->tunnel.refusal);
	return false;
}

static bool
registered(struct fake_client *c, const char *auth_key)
{
	struct arena *mem = arena_new();
	struct fake_registration r = { .status = 0 };
	enum err e = fake_register(c, auth_key, NULL, WAIT_MS, mem, &r);
	const char *error = r.response.error ? r.response.error : "";
	bool good = !e && r.status == 200 && !*error &&
		    r.response.machine_authorized;

	if (!good)
		fprintf(stderr, "%s: register: %s, status %d, error '%s' %s\n",
			c->hostname, err_words(e), r.status, error,
			r.text ? r.text : "");
	arena_free(mem);
	return good;
}

static bool
told(struct fake_client *c, const struct saying *s)
{
	struct arena *mem = arena_new();
	struct fake_answer a = { .status = 0 };
	const struct tailcfg_audit_log_request r = { .version = c->capver,
		.node_key = key_text(mem, KEY_NODE, &c->node_public),
		.action = s->action,
		.details = s->details };
	enum err e = fake_post(c, "/machine/audit-log",
		&tailcfg_audit_log_request_table, &r, WAIT_MS, mem, &a);

	if (!e && a.status != 200)
		fprintf(stderr, "audit log: status %d %s\n", a.status, a.body);
	arena_free(mem);
	return !e && a.status == 200;
}

static bool
join(struct fake_client *c, const struct options *o, const struct saying *s)
{
	enum err e = fake_connect(c, WAIT_MS);

	if (e)
		return failed(c, "connect", e);
	if (!registered(c, o->auth_key))
		return false;
	e = fake_map_open(c);
	if (!e)
		e = fake_lite(c, WAIT_MS, NULL);
	if (e)
		return failed(c, "lite update", e);
	e = fake_until(c, fake_has_map, NULL, WAIT_MS);
	if (e)
		return failed(c, "first map", e);
	printf("joined name=%s ip=%.*s peers=%zu\n", c->self.name,
		(int)strcspn(c->self.address, "/"), c->self.address,
		c->peer_count);
	return !s->action || told(c, s);
}

/* What the lines of the file say; *out lies in `mem`. */
static bool
read_said(const char *path, struct arena *mem, struct saying **out,
	int64_t *count)
{
	FILE *f = fopen(path, "r");
	struct saying *all = arena_array(mem, COUNT_MAX, sizeof(*all));
	char *line = NULL;
	size_t room = 0;
	bool good = f;

	for (*count = 0; good && *count < COUNT_MAX; ++*count) {
		ssize_t len = getline(&line, &room, f);

		if (len < 0)
			break;
		all[*count] = (struct saying){ .action = NULL };
		good = !json_decode(
			(struct bytes){ (unsigned char *)line, (size_t)len },
			&saying_table, mem, &all[*count]);
	}
	if (!good)
		fprintf(stderr, "%s: line %lld cannot be read\n", path,
			(long long)*count);
	free(line);
	if (f)
		fclose(f);
	*out = all;
	return good;
}

/* It says what stands in its line of --said. */
static bool
speak(struct fake_client *c, const struct saying *s, struct arena *mem)
{
	c->endpoints = s->endpoints;
	return !s->hostinfo.text ||
	       !tailcfg_hostinfo_decode(s->hostinfo, mem, &c->hostinfo);
}

static bool
hold(struct fake_client **clients, size_t count, int64_t seconds)
{
	struct pollfd *polls = calloc(count, sizeof(*polls));
	int64_t until = clock_now_ms() + seconds * 1000;
	bool good = polls;

	while (good && clock_now_ms() < until) {
		for (size_t i = 0; i < count; i++)
			polls[i] = (struct pollfd){ .fd = fake_fd(clients[i]),
				.events = POLLIN };
		poll(polls, count, (int)(until - clock_now_ms()) + 1);
		for (size_t i = 0; good && i < count; i++) {
			enum err e = polls[i].revents ? fake_pump(clients[i])
						      : ERR_OK;

			if (e || clients[i]->map_ended)
				good = failed(clients[i], "stream ended", e);
		}
	}
	free(polls);
	return good;
}

static void
sum_up(struct fake_client **clients, size_t count)
{
	struct fake_counts sum = { 0 };
	size_t fewest = SIZE_MAX, most = 0;

	for (size_t i = 0; i < count; i++) {
		sum.messages += clients[i]->counts.messages;
		sum.keep_alives += clients[i]->counts.keep_alives;
		sum.framed_bytes += clients[i]->counts.framed_bytes;
		sum.plain_bytes += clients[i]->counts.plain_bytes;
		sum.unknown += clients[i]->counts.unknown;
		if (clients[i]->peer_count < fewest)
			fewest = clients[i]->peer_count;
		if (clients[i]->peer_count > most)
			most = clients[i]->peer_count;
	}
	printf("held clients=%zu peers=%zu-%zu messages=%llu keep_alives=%llu "
	       "framed=%llu plain=%llu unknown=%llu\n",
		count, fewest, most, (unsigned long long)sum.messages,
		(unsigned long long)sum.keep_alives,
		(unsigned long long)sum.framed_bytes,
		(unsigned long long)sum.plain_bytes,
		(unsigned long long)sum.unknown);
}

/* How many were made; *good: all of them joined. */
static size_t
join_all(struct fake_client **clients, const struct options *o,
	const struct saying *said, struct arena *mem, bool *good)
{
	static const struct saying nothing = { .action = NULL };
	size_t made = 0;

	while ((*good || o->said) && made < (size_t)o->count) {
		const struct saying *s = o->said ? &said[made] : &nothing;
		struct fake_client *c;
		char name[64];

		snprintf(name, sizeof(name), o->count > 1 ? "%s-%zu" : "%s",
			o->name, made + 1);
		c = clients[made++] = fake_new(&o->target, name);
		c->capver = (uint16_t)o->capver;
		c->ephemeral = o->ephemeral;
		if (!speak(c, s, mem) || !join(c, o, s))
			*good = false;
		if (o->said && !o->hold)
			fake_disconnect(c);
	}
	return made;
}

int
main(int argc, char **argv)
{
	struct options o;
	struct fake_client **clients;
	struct saying *said = NULL;
	struct arena *mem = arena_new();
	size_t made = 0;
	bool good = true;

	if (!read_options(argc, argv, &o))
		return usage();
	if (o.said && !read_said(o.said, mem, &said, &o.count))
		return 1;
	if (!o.target.worker && key_is_zero(&o.target.server) &&
		fake_fetch_key(&o.target, clock_now_ms() + WAIT_MS)) {
		fprintf(stderr, "no answer from %s/key\n", o.target.url);
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	clients = calloc((size_t)o.count + 1, sizeof(struct fake_client *));
	if (clients)
		made = join_all(clients, &o, said, mem, &good);
	if (good && o.hold) {
		good = hold(clients, made, o.hold);
		sum_up(clients, made);
	}
	for (size_t i = 0; i < made; i++)
		fake_free(clients[i]);
	free(clients);
	arena_free(mem);
	return good && made ? 0 : 1;
}

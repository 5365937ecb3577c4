/*
 * fake_join: made-up clients that join a server, as simply as can be.
 *
 *	fake_join --url http://127.0.0.1:8080 --auth-key K [--count N]
 *	fake_join --worker run/worker.sock --server-key mkey:… --auth-key K
 *
 * Each prints "joined name=… ip=… peers=N" after its first map.  --hold keeps
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
#include "base/text.h"
#include "tests/lib/fake_client.h"

enum {
	WAIT_MS = 15000,
	COUNT_MAX = 20000,
};

struct options {
	struct fake_target target;
	const char *auth_key, *name;
	int64_t hold, count, capver;
	bool ephemeral;
};

static int
usage(void)
{
	fprintf(stderr,
		"usage: fake_join --url http://HOST:PORT | --worker SOCKET "
		"--server-key mkey:…\n"
		"       --auth-key KEY [--name NAME] [--count N] "
		"[--hold SECONDS] [--capver N] [--ephemeral]\n");
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
join(struct fake_client *c, const struct options *o)
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
	return true;
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

int
main(int argc, char **argv)
{
	struct options o;
	struct fake_client **clients;
	size_t made = 0;
	bool good = true;

	if (!read_options(argc, argv, &o))
		return usage();
	if (!o.target.worker && key_is_zero(&o.target.server) &&
		fake_fetch_key(&o.target, clock_now_ms() + WAIT_MS)) {
		fprintf(stderr, "no answer from %s/key\n", o.target.url);
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	clients = calloc((size_t)o.count, sizeof(struct fake_client *));
	while (good && clients && made < (size_t)o.count) {
		char name[64];

		snprintf(name, sizeof(name), o.count > 1 ? "%s-%zu" : "%s",
			o.name, made + 1);
		clients[made] = fake_new(&o.target, name);
		clients[made]->capver = (uint16_t)o.capver;
		clients[made]->ephemeral = o.ephemeral;
		good = join(clients[made++], &o);
	}
	if (good && o.hold) {
		good = hold(clients, made, o.hold);
		sum_up(clients, made);
	}
	for (size_t i = 0; i < made; i++)
		fake_free(clients[i]);
	free(clients);
	return good ? 0 : 1;
}

/*
 * main.c: cairn-relay --home DIR [--config FILE]: carries packets between nodes
 * that find no direct way (DERP, on relay.sock behind nginx), and tells them
 * their own address (STUN, on UDP).
 *
 * A program of its own, so that bulk never delays a map (DESIGN 1).  It reads
 * who belongs to the tailnet from the database of the same machine.  With a
 * file (config.h) it is a relay on another machine: it has no database, and
 * asks the server (remote.h).
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/listen.h"
#include "base/log.h"
#include "base/text.h"
#include "tailnet/server_keys.h"
#include "tailnet/settings.h"
#include "worker/relay/counters.h"
#include "worker/relay/known.h"
#include "worker/relay/remote.h"
#include "worker/relay/server.h"
#include "worker/relay/stun_port.h"

enum {
	SCHEMA_WAIT_MS = 30 * 1000,
	SCHEMA_LOOK_MS = 200,
	SPARE_FILES = 64, /* descriptors that are no connections */
	EXIT_USAGE = 2,
};

struct program {
	const char *home, *file; /* file: it is a relay on another machine */
	struct relay_config config;
	struct remote *remote;
	uv_loop_t loop;
	struct db *db;
	struct arena *mem; /* of the settings */
	struct settings settings;
	const char *listen;
	uint16_t stun_number;
	struct listen_socket entrance;
	struct known *known;
	struct relay *relay;
	struct server *server;
	struct stun_port *stun;
	struct counters *counters;
	uv_timer_t second;
	uv_signal_t on_term, on_int;
	bool stopping, unread;
};

static int
fail(const char *what, enum err e, const char *detail)
{
	log_event(LOG_ERROR, what, "why", err_words(e), "detail", detail);
	return EXIT_FAILURE;
}

static int
fail_at(const char *what, const char *where, const char *why)
{
	log_event(LOG_ERROR, what, "address", where, "why", why);
	return EXIT_FAILURE;
}

/* Coming up. */

/* `cairn init` may be at it still; a newer database will not become older. */
static enum err
open_database(struct program *p)
{
	static const struct timespec pause = {
		.tv_nsec = SCHEMA_LOOK_MS * 1000000L,
	};
	int64_t until = clock_now_ms() + SCHEMA_WAIT_MS;
	enum err e;

	for (;;) {
		e = db_open(p->home, &p->db);
		if ((e != ERR_SCHEMA_OLD && e != ERR_NOT_FOUND) ||
			clock_now_ms() > until)
			return e;
		nanosleep(&pause, NULL);
	}
}

/* The variables, where set, hold for this run (DESIGN 4). */
static enum err
read_settings(struct program *p)
{
	const char *listen = getenv("CAIRN_LISTEN");
	const char *number = getenv("CAIRN_STUN_PORT");
	enum err e = ERR_OK;
	int64_t port;

	if (!p->file)
		e = settings_load(p->db, p->mem, &p->settings);
	if (e)
		return e;
	p->listen = listen && *listen ? listen
		    : p->file         ? p->config.listen
				      : p->settings.listen;
	port = p->file ? p->config.stun_port : p->settings.stun_port;
	if (number && *number &&
		(text_int(number, &port) || port < 1 || port > 65535))
		return ERR_BAD_INPUT;
	p->stun_number = (uint16_t)port;
	return ERR_OK;
}

static enum err
make_relay(struct program *p)
{
	struct admit admit;
	struct key private;
	enum err e = relay_key_open(p->db, p->home, p->mem, &private);

	if (e)
		return e;
	p->known = known_new(p->db);
	admit = known_admit(p->known);
	p->relay = relay_new(&tunnel_calls, private.bytes, &admit);
	sodium_memzero(&private, sizeof(private));
	return known_look(p->known, clock_now());
}

static enum err
make_remote(struct program *p)
{
	struct admit admit;
	struct key private;
	enum err e = relay_key_read(p->config.key_file, &private);

	if (e)
		return e;
	p->remote = remote_new(&p->loop, &p->config);
	if (!p->remote) {
		sodium_memzero(&private, sizeof(private));
		return ERR_IO;
	}
	admit = remote_admit(p->remote);
	p->relay = relay_new(&tunnel_calls, private.bytes, &admit);
	sodium_memzero(&private, sizeof(private));
	remote_attach(p->remote, p->relay);
	relay_set_rate(p->relay, p->config.rate);
	return ERR_OK;
}

/* As many descriptors as the system gives; that many connections. */
static size_t
connections_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return TUNNEL_HALF_OPEN_MAX;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= TUNNEL_MAX + SPARE_FILES)
		return TUNNEL_MAX;
	return limit.rlim_cur > 2 * SPARE_FILES ? limit.rlim_cur - SPARE_FILES
						: SPARE_FILES;
}

static enum err
open_entrance(struct program *p)
{
	struct server_limits limits = {
		.connections = connections_max(),
		.half_open = TUNNEL_HALF_OPEN_MAX,
	};
	enum err e = listen_open(p->home, &p->entrance);

	if (e)
		return e;
	p->server = server_new(&p->loop, p->relay, &limits);
	return server_listen(p->server, p->entrance.fd);
}

/* Running. */

static void
apply_settings(struct program *p)
{
	struct arena *mem = arena_new();
	struct settings s;

	if (known_settings_changed(p->known) &&
		settings_load(p->db, mem, &s) == ERR_OK) {
		known_set_open(p->known, !s.relay_verify);
		relay_set_rate(p->relay, s.relay_rate);
	}
	arena_free(mem);
}

/* Whoever is here stays; who comes is told the new one. */
static void
apply_key(struct program *p)
{
	struct arena *mem;
	struct key private;
	enum err e;

	if (!known_key_changed(p->known))
		return;
	mem = arena_new();
	e = relay_key_open(p->db, p->home, mem, &private);
	if (!e)
		relay_set_key(p->relay, private.bytes);
	else
		log_event(LOG_ERROR, "relay key not read", "why", err_words(e));
	sodium_memzero(&private, sizeof(private));
	arena_free(mem);
}

static void
look(struct program *p)
{
	enum err e = known_look(p->known, clock_now());

	if (e && !p->unread)
		log_event(LOG_ERROR, "database not read", "why", err_words(e),
			"detail", db_words(p->db));
	if (!e && p->unread)
		log_event(LOG_INFO, "database read again");
	p->unread = e != ERR_OK;
	relay_health(p->relay,
		known_is_stale(p->known)
			? "this relay cannot read its database: it admits "
			  "nobody new"
			: "");
	if (!e) {
		apply_settings(p);
		apply_key(p);
	}
}

static void
write_counters(struct program *p)
{
	struct counters_from from = { p->relay, p->server, p->stun };

	if (p->counters) /* elsewhere there is no table for them */
		counters_write(p->counters, &from, clock_now());
}

static void
on_second(uv_timer_t *t)
{
	static unsigned seconds;
	struct program *p = t->data;
	int64_t now_ms = clock_now_ms();

	if (p->remote) {
		remote_tick(p->remote, now_ms);
		relay_health(p->relay, remote_health(p->remote));
	} else {
		look(p);
	}
	server_tick(p->server, now_ms);
	if (++seconds % COUNTERS_SECONDS == 0)
		write_counters(p);
}

static void
on_stop(uv_signal_t *s, int number)
{
	struct program *p = s->data;

	(void)number;
	if (p->stopping)
		return;
	p->stopping = true;
	log_event(LOG_INFO, "stopping", "clients",
		log_int(relay_counts(p->relay)->clients));
	server_stop(p->server);
	write_counters(p);
	if (p->remote)
		remote_stop(p->remote);
	stun_port_close(p->stun);
	uv_close((uv_handle_t *)&p->second, NULL);
	uv_close((uv_handle_t *)&p->on_term, NULL);
	uv_close((uv_handle_t *)&p->on_int, NULL);
}

static void
start_clocks(struct program *p)
{
	uv_timer_init(&p->loop, &p->second);
	uv_signal_init(&p->loop, &p->on_term);
	uv_signal_init(&p->loop, &p->on_int);
	p->second.data = p->on_term.data = p->on_int.data = p;
	uv_timer_start(&p->second, on_second, 1000, 1000);
	uv_signal_start(&p->on_term, on_stop, SIGTERM);
	uv_signal_start(&p->on_int, on_stop, SIGINT);
}

static int
come_up_here(struct program *p)
{
	enum err e = open_database(p);

	if (e)
		return fail("database not opened", e, p->home);
	e = read_settings(p);
	if (e)
		return fail("settings not read", e, "CAIRN_STUN_PORT");
	e = make_relay(p);
	return e ? fail("key of the relay not opened", e, "keys/seal")
		 : EXIT_SUCCESS;
}

static int
come_up_elsewhere(struct program *p)
{
	const char *why = "";
	enum err e =
		relay_config_read(p->file, p->home, p->mem, &p->config, &why);

	if (e) {
		log_event(LOG_ERROR, "configuration not read", "file", p->file,
			"why", why);
		return EXIT_FAILURE;
	}
	e = read_settings(p);
	if (e)
		return fail("settings not read", e, "CAIRN_STUN_PORT");
	e = make_remote(p);
	return e ? fail("key of the relay not read", e, p->config.key_file)
		 : EXIT_SUCCESS;
}

static int
open_doors(struct program *p, char *where)
{
	/* UDP first: whoever sees relay.sock may rely on both. */
	enum err e = stun_port_open(
		&p->loop, p->listen, p->stun_number, &p->stun, where);

	if (e == ERR_BAD_INPUT)
		return fail("listen is no address", e, p->listen);
	if (e)
		return fail_at("STUN port not opened", where, strerror(errno));
	e = open_entrance(p);
	if (e)
		return fail_at("relay.sock not opened", p->home,
			e == ERR_EXISTS ? "another process answers there"
					: strerror(errno));
	return EXIT_SUCCESS;
}

static void
take_down(struct program *p)
{
	p->entrance.fd = -1; /* the loop has closed it */
	listen_close(p->home, &p->entrance);
	server_free(p->server);
	relay_free(p->relay);
	known_free(p->known);
	remote_free(p->remote);
	counters_free(p->counters);
}

static int
run(struct program *p)
{
	char where[IP_TEXT_SIZE + 10] = "";
	int status = p->file ? come_up_elsewhere(p) : come_up_here(p);

	if (!status)
		status = open_doors(p, where);
	if (status)
		return status;
	if (!p->remote) {
		apply_settings(p);
		p->counters = counters_new(&p->loop, p->home);
	}
	start_clocks(p);
	log_event(LOG_INFO, "started", "version", CAIRN_VERSION, "stun", where,
		"server", p->remote ? p->config.server : NULL);
	uv_run(&p->loop, UV_RUN_DEFAULT);
	take_down(p);
	log_event(LOG_INFO, "stopped");
	return EXIT_SUCCESS;
}

static bool
read_arguments(struct program *p, int argc, char **argv)
{
	static const struct option options[] = {
		{ "home", required_argument, NULL, 'h' },
		{ "config", required_argument, NULL, 'c' },
		{ 0 },
	};
	int c;

	p->home = getenv("CAIRN_HOME");
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			p->home = optarg;
		else if (c == 'c')
			p->file = optarg;
		else
			return false;
	}
	return optind == argc && p->home && *p->home;
}

int
main(int argc, char **argv)
{
	static struct program p = {
		.entrance = { .name = "relay.sock", .mode = 0660, .fd = -1 },
	};
	int status;

	log_init("cairn-relay");
	if (!read_arguments(&p, argc, argv)) {
		(void)fprintf(stderr,
			"usage: cairn-relay --home DIR [--config FILE]\n");
		return EXIT_USAGE;
	}
	log_keep(p.home);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sodium_init() < 0)
		return fail("not started", ERR_CRYPTO, "libsodium");
	p.mem = arena_new();
	uv_loop_init(&p.loop);
	status = run(&p);
	db_close(p.db);
	arena_free(p.mem);
	return status;
}

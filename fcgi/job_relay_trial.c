/*
 * job_relay_trial.c: tries a region as a client does: STUN by UDP, and
 * /derp/probe by https.  Only from here: that machines reach it too is for
 * themselves to find out.
 *
 * A region that is dead takes seven seconds, and a map of others may have as
 * many as they like: so whoever is due as well is tried beside it, each by a
 * thread of its own that knows nothing of the database.
 */
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "fcgi/jobs.h"
#include "proto/stun.h"
#include "tailnet/fetch.h"
#include "tailnet/health_checks.h"
#include "tailnet/relays.h"

enum {
	STUN_TRIES = 3,
	STUN_WAIT_MS = 700,
	PROBE_MS = 5000,
	PROBE_BYTES_MAX = 64 * 1024,
	STUN_PORT = 3478,
	DERP_PORT = 443,
};

struct trial {
	struct arena *mem;
	const struct tailcfg_derp_node *node;
	const char *pin;
	bool private_too, ours;
	struct derp_test result;
	struct job job;
	int64_t again; /* as db_job_done wants it */
	pthread_t thread;
	bool has_thread;
};

struct trials {
	struct trial at[RELAY_TRIALS_AT_ONCE];
	size_t count;
};

static bool
is_address(const char *ip)
{
	return *ip && strcmp(ip, "none") != 0;
}

/* NULL: DNS is asked. */
static const char *
address_of(const struct tailcfg_derp_node *n)
{
	return is_address(n->ipv4)   ? n->ipv4
	       : is_address(n->ipv6) ? n->ipv6
				     : NULL;
}

static void
say(struct trial *t, const char *what, const char *why)
{
	t->result.error = arena_printf(t->mem, "%s%s%s: %s", t->result.error,
		*t->result.error ? "; " : "", what, why);
}

static bool
may_ask(const struct trial *t, const struct addrinfo *at)
{
	char text[IP_TEXT_SIZE];
	struct ip ip;

	if (t->private_too)
		return true;
	return getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof(text),
		       NULL, 0, NI_NUMERICHOST) == 0 &&
	       !ip_parse(text, &ip) && ip_is_public(&ip);
}

/* An answer to the question that was asked, within the time; its ms or -1. */
static int64_t
ask_stun(int fd)
{
	uint8_t out[STUN_REQUEST_LEN], in[STUN_REQUEST_MAX], tx[STUN_TX_LEN];

	for (int i = 0; i < STUN_TRIES; i++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t begun = clock_now_ms();
		struct ip ip;
		uint16_t port;
		ssize_t n;

		randombytes_buf(tx, sizeof(tx));
		stun_request_put(out, tx);
		if (send(fd, out, sizeof(out), 0) < 0 ||
			poll(&p, 1, STUN_WAIT_MS) < 1)
			continue;
		n = recv(fd, in, sizeof(in), MSG_DONTWAIT);
		if (n > 0 && !stun_answer_read(in, (size_t)n, tx, &ip, &port))
			return clock_now_ms() - begun;
	}
	return -1;
}

static void
try_stun(struct trial *t)
{
	const struct tailcfg_derp_node *n = t->node;
	struct addrinfo want = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found = NULL;
	const char *address =
		*n->stun_test_ip ? n->stun_test_ip : address_of(n);
	int fd;

	if (n->stun_port < 0)
		return;
	if (getaddrinfo(address ? address : n->host_name,
		    arena_printf(t->mem, "%lld",
			    (long long)(n->stun_port ? n->stun_port
						     : STUN_PORT)),
		    &want, &found)) {
		say(t, "STUN", "its name has no address");
		return;
	}
	fd = may_ask(t, found)
		     ? socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)
		     : -1;
	if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0)
		t->result.stun_ms = ask_stun(fd);
	if (t->result.stun_ms < 0)
		say(t, "STUN",
			fd < 0 ? "its address is a private one" : "no answer");
	if (fd >= 0)
		(void)close(fd);
	freeaddrinfo(found);
}

static void
try_https(struct trial *t)
{
	const struct tailcfg_derp_node *n = t->node;
	const bool v6 = strchr(n->host_name, ':');
	const struct fetch ask = {
		.url = arena_printf(t->mem, "https://%s%s%s:%lld/derp/probe",
			v6 ? "[" : "", n->host_name, v6 ? "]" : "",
			(long long)(n->derp_port ? n->derp_port : DERP_PORT)),
		.max = PROBE_BYTES_MAX,
		.most_ms = PROBE_MS,
		.private_too = t->private_too,
		.pin = t->pin,
		.address = address_of(n),
	};
	struct fetched got;

	fetch_get(&ask, t->mem, &got);
	if (got.failed)
		say(t, "HTTPS", got.failed);
	else
		t->result.https_ms = got.ms;
}

/* The first that carries packets. */
static const struct tailcfg_derp_node *
node_of(const struct derpmap_entry *e)
{
	const struct tailcfg_derp_node *nodes = e->region.nodes.at;

	for (size_t i = 0; i < e->region.nodes.count; i++)
		if (!nodes[i].stun_only)
			return &nodes[i];
	return e->region.nodes.count ? nodes : NULL;
}

static const char *
pin_of(const struct derpmap_entry *e, const struct tailcfg_derp_node *n)
{
	if (*e->pin)
		return e->pin;
	return text_starts(n->cert_name, "sha256-raw:")
		       ? n->cert_name + strlen("sha256-raw:")
		       : "";
}

static void *
try_region(void *arg)
{
	struct trial *t = arg;

	try_stun(t);
	if (!t->node->stun_only)
		try_https(t);
	return NULL;
}

/* False: the region went meanwhile. */
static bool
add(struct trials *all, const struct request *r, const struct settings *s,
	const struct derpmap_list *list, const struct job *j)
{
	const struct derpmap_entry *entry = derpmap_find(list, j->subject);
	const struct tailcfg_derp_node *node = entry ? node_of(entry) : NULL;

	if (!node)
		return false;
	all->at[all->count++] = (struct trial){ .mem = arena_new(),
		.node = node,
		.pin = pin_of(entry, node),
		.ours = entry->from != DERPMAP_FROM_SOURCE,
		.private_too =
			s->relay_private || entry->from != DERPMAP_FROM_SOURCE,
		.job = *j,
		.again = r->now + job_again(j->tries),
		.result = { .id = j->subject,
			.at = r->now,
			.stun_ms = -1,
			.https_ms = -1,
			.error = "" } };
	return true;
}

/* Those that are due too are begun, as this one was (fcgi/job.c). */
static enum err
add_others(struct trials *all, struct request *r, const struct settings *s,
	const struct derpmap_list *list, const struct job *own)
{
	struct job *rows;
	size_t count = 0;
	enum err e = db_begin(r->db);

	if (!e)
		e = db_jobs(r->db, r->mem, &rows, &count);
	for (size_t i = 0; !e && i < count && all->count < RELAY_TRIALS_AT_ONCE;
		i++) {
		struct job *j = &rows[i];

		if (strcmp(j->kind, RELAY_JOB_TEST) != 0 || j->id == own->id ||
			j->due_at > r->now || !add(all, r, s, list, j))
			continue;
		e = db_job_begin(
			r->db, j->id, r->now, all->at[all->count - 1].again);
	}
	return db_end(r->db, e);
}

static void
try_all(struct trials *all)
{
	for (size_t i = 1; i < all->count; i++) {
		struct trial *t = &all->at[i];

		t->has_thread =
			pthread_create(&t->thread, NULL, try_region, t) == 0;
	}
	try_region(&all->at[0]);
	for (size_t i = 1; i < all->count; i++)
		if (all->at[i].has_thread)
			(void)pthread_join(all->at[i].thread, NULL);
}

/* One that was just added is as a rule not up yet. */
static int64_t
seconds_to_next(const struct trial *t)
{
	return *t->result.error && t->ours ? RELAY_RETEST_SECONDS
					   : RELAY_TEST_SECONDS;
}

/* Whether it answered is not what it was: then the checks of the server's
 * health say something old. */
static bool
is_turn(const struct derp_test *before, size_t count, const struct derp_test *t)
{
	for (size_t i = 0; i < count; i++)
		if (before[i].id == t->id)
			return !*before[i].error != !*t->error ||
			       (before[i].stun_ms < 0) != (t->stun_ms < 0);
	return true;
}

/* Whoever got no thread is due again by itself. */
static enum err
write_results(struct request *r, const struct trials *all)
{
	struct derp_test *before;
	bool turned = false;
	size_t count = 0;
	enum err e = db_begin(r->db);

	if (!e)
		e = db_derp_tests(r->db, r->mem, &before, &count);
	for (size_t i = 0; !e && i < all->count; i++) {
		const struct trial *t = &all->at[i];

		if (i && !t->has_thread)
			continue;
		turned |= is_turn(before, count, &t->result);
		e = db_derp_test_put(r->db, &t->result);
		if (!e && i)
			e = db_job_done(r->db, t->job.id, t->again,
				r->now + seconds_to_next(t));
	}
	if (!e && turned)
		e = db_job_want(r->db, HEALTH_JOB, 0, r->now);
	return db_end(r->db, e);
}

/* A relay that does not answer is a result, not a failure of the job. */
enum err
job_relay_test(struct request *r, const struct job *j, struct job_end *end)
{
	struct trials all = { .count = 0 };
	struct derpmap_rows rows;
	struct derpmap_list list;
	struct settings s;
	enum err e = relays_list(r->db, r->home, r->mem, &rows, &list);

	if (!e)
		e = request_settings(r, &s);
	if (e || !add(&all, r, &s, &list, j))
		return e;
	e = add_others(&all, r, &s, &list, j);
	if (!e) {
		try_all(&all);
		end->next = seconds_to_next(&all.at[0]);
		e = write_results(r, &all);
	}
	for (size_t i = 0; i < all.count; i++)
		arena_free(all.at[i].mem);
	return e;
}

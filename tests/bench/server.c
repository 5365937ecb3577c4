/*
 * server.c: what joining, staying and roaming cost a real worker and its
 * handlers, in CPU time of those processes.
 *
 * Fake clients with Noise and HTTP/2 go straight to worker.sock.  Nodes come on
 * by an auth key, each as a client does it: register, map stream, lite update.
 * COUNT (1000) nodes; figures at 300 are taken on the way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "tailnet/snapshot.h"
#include "tests/lib/rows.h"
#include "tests/lib/site.h"

enum {
	SMALL = 300,
	COUNT = 1000,
	WAIT_MS = 30000,
	ROAMS = 40,
	AGAIN = 60, /* first maps measured, warm */
	COLDS = 17,
	STARTS = 9,
	NOOPS = 11,
	NOOPS_EACH = 100,
	QUIET_MS = 300, /* longer than the fan-out's window */
	CHILDREN_MAX = 64,
};

static struct site *site;
static const char *auth_key;
static struct fake_client *clients[COUNT];
static size_t online;

static void
must(enum err e, const char *what)
{
	if (!e)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, err_words(e));
	site_free(site);
	exit(1);
}

static void
figure(const char *name, double value, const char *unit)
{
	printf("%-34s %10.2f %s\n", name, value, unit);
	fflush(stdout);
}

/* CPU time of all threads so far. */
static int64_t
cpu_ns(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
		return 0;
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static size_t
children_of(pid_t pid, pid_t out[CHILDREN_MAX])
{
	char path[64];
	size_t count = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	f = fopen(path, "re");
	while (f && count < CHILDREN_MAX && fscanf(f, "%d", &out[count]) == 1)
		count++;
	if (f)
		fclose(f);
	return count;
}

static int64_t
handlers_ns(void)
{
	pid_t at[CHILDREN_MAX];
	size_t count = children_of(site->handlers_pid, at);
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += cpu_ns(at[i]);
	return sum;
}

/* Resident memory, now. */
static int64_t
rss_kb(pid_t pid)
{
	char path[64], line[128];
	int64_t kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "VmRSS:", 6) == 0)
			kb = strtoll(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return kb;
}

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Of one event: other work on the machine must not weigh on it. */
static double
median(int64_t *used, size_t count)
{
	qsort(used, count, sizeof(*used), by_value);
	return (double)used[count / 2];
}

static void
pump_all(void)
{
	for (size_t i = 0; i < online; i++)
		must(fake_pump(clients[i]), "pump");
}

/* Until nothing comes any more: the fan-out's window is over, its batch
 * written. */
static void
settle(void)
{
	uint64_t before = 1, now = 0;

	while (before != now) {
		int64_t until = clock_now_ms() + QUIET_MS;

		before = now;
		while (clock_now_ms() < until) {
			pump_all();
			usleep(10000);
		}
		now = 0;
		for (size_t i = 0; i < online; i++)
			now += clients[i]->counts.messages;
	}
}

static void
join(size_t n)
{
	struct fake_client *c = rows_stranger(&site->worker, n + 1);
	struct arena *mem = arena_new();
	struct fake_registration r;

	must(fake_connect(c, WAIT_MS), "connect");
	must(fake_register(c, auth_key, NULL, WAIT_MS, mem, &r), "register");
	if (r.status != 200 || !r.response.machine_authorized)
		must(ERR_DENIED, r.text);
	must(fake_map_open(c), "map");
	must(fake_until(c, fake_has_map, NULL, WAIT_MS), "first map");
	must(fake_lite(c, WAIT_MS, NULL), "lite update");
	arena_free(mem);
	clients[n] = c;
}

static void
join_up_to(size_t count)
{
	int64_t worker = cpu_ns(site->worker_pid);
	int64_t handlers = handlers_ns();
	size_t first = online;
	char name[64];

	while (online < count) {
		join(online);
		online++;
		if (online % 20 == 0)
			pump_all();
	}
	settle();
	worker = cpu_ns(site->worker_pid) - worker;
	handlers = handlers_ns() - handlers;
	if (count == 1)
		return;
	snprintf(name, sizeof(name), "join_worker_%zu", count);
	figure(name, (double)worker / 1e6 / (double)(count - first), "ms");
	snprintf(name, sizeof(name), "register_handler_%zu", count);
	figure(name, (double)handlers / 1e6 / (double)(count - first), "ms");
}

static bool
has_more(const struct fake_client *c, void *arg)
{
	return c->counts.messages > *(uint64_t *)arg;
}

/* One node moves; all others are told.  Returns the worker's time. */
static int64_t
roam(size_t who)
{
	static uint64_t before[COUNT];
	int64_t used = cpu_ns(site->worker_pid);

	for (size_t i = 0; i < online; i++)
		before[i] = clients[i]->counts.messages;
	rows_roam(clients[who]);
	must(fake_lite(clients[who], WAIT_MS, NULL), "roam");
	for (size_t i = 0; i < online; i++)
		if (i != who)
			must(fake_until(
				     clients[i], has_more, &before[i], WAIT_MS),
				"delivery");
	return cpu_ns(site->worker_pid) - used;
}

static void
roams(void)
{
	int64_t used[ROAMS];
	char name[64];

	for (size_t i = 0; i < ROAMS; i++) {
		int64_t until = clock_now_ms() + QUIET_MS;

		used[i] = roam(i * (online / ROAMS));
		while (clock_now_ms() < until)
			usleep(10000);
	}
	snprintf(name, sizeof(name), "roam_per_delivery_%zu", online);
	figure(name, median(used, ROAMS) / 1e3 / (double)(online - 1), "us");
}

static void
no_ops(void)
{
	int64_t used[NOOPS];

	settle();
	for (size_t i = 0; i < NOOPS; i++) {
		used[i] = cpu_ns(site->worker_pid);
		for (size_t k = 0; k < NOOPS_EACH; k++)
			must(fake_lite(clients[0], WAIT_MS, NULL), "no-op");
		used[i] = cpu_ns(site->worker_pid) - used[i];
	}
	figure("noop_lite_update", median(used, NOOPS) / 1e3 / NOOPS_EACH,
		"us");
}

/* Handshake, session, full map. */
static int64_t
first_map(struct fake_client *c)
{
	int64_t used = cpu_ns(site->worker_pid);

	must(fake_connect(c, WAIT_MS), "connect");
	must(fake_map_open(c), "map");
	must(fake_until(c, fake_has_map, NULL, WAIT_MS), "first map");
	return cpu_ns(site->worker_pid) - used;
}

/* Clients that lost their connection come back: all parts are there. */
static void
warm_maps(void)
{
	int64_t used[AGAIN];

	settle();
	for (size_t i = 0; i < AGAIN; i++)
		used[i] = first_map(clients[i * (online / AGAIN)]);
	figure("first_map_warm", median(used, AGAIN) / 1e6, "ms");
}

static double
mean(const int64_t *used, size_t count)
{
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += used[i];
	return (double)sum / (double)count;
}

/* A patch cannot say it, so frames with the node in them are made anew. */
static void
new_disco_key(struct fake_client *c)
{
	must(key_new(&c->disco, &c->disco_public), "key");
}

/* Two nodes of every chunk changed since the last map. */
static void
cold_maps(const char *name, void (*change)(struct fake_client *c))
{
	int64_t used[COLDS];
	char mean_name[64];

	for (size_t i = 0; i < COLDS; i++) {
		for (size_t n = 7 * i % (CHUNK_NODES / 2); n < online;
			n += CHUNK_NODES / 2) {
			change(clients[n]);
			must(fake_lite(clients[n], WAIT_MS, NULL), name);
		}
		settle();
		used[i] = first_map(clients[1 + i]);
	}
	snprintf(mean_name, sizeof(mean_name), "%s_mean", name);
	figure(name, median(used, COLDS) / 1e6, "ms");
	figure(mean_name, mean(used, COLDS) / 1e6, "ms");
}

static void
memory(void)
{
	double kb = (double)rss_kb(site->worker_pid);

	figure("worker_rss", kb / 1024, "MB");
	figure("worker_rss_per_node_past_20_MB",
		(kb - 20 * 1024) / (double)online, "kB");
}

static void
restart(size_t starts)
{
	site_stop(site, SITE_WORKER);
	site_start(site, SITE_WORKER);
	if (!site_log_wait(site, SITE_WORKER, " started ", starts, WAIT_MS))
		must(ERR_BUSY, "worker");
}

/* Right after a start no peer is encoded and nothing compressed. */
static void
maps_after_restart(void)
{
	int64_t used[STARTS], start[STARTS];

	for (size_t i = 0; i < STARTS; i++) {
		restart(i + 2);
		start[i] = cpu_ns(site->worker_pid);
		/* OpenSSL sets itself up at its first use: not of a map. */
		must(fake_connect(clients[online - 1], WAIT_MS), "connect");
		used[i] = first_map(clients[i * (online / STARTS)]);
	}
	figure("worker_start", median(start, STARTS) / 1e6, "ms");
	figure("first_map_after_restart", median(used, STARTS) / 1e6, "ms");
}

static void
start_memory(void)
{
	pid_t at[CHILDREN_MAX];
	size_t count = children_of(site->handlers_pid, at);
	int64_t most = 0;

	for (size_t i = 0; i < count; i++)
		if (rss_kb(at[i]) > most)
			most = rss_kb(at[i]);
	figure("worker_rss_at_start", (double)rss_kb(site->worker_pid) / 1024,
		"MB");
	figure("fcgi_child_rss_at_start", (double)most / 1024, "MB");
}

int
main(void)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	site = site_new(SITE_WORKER | SITE_HANDLERS);
	auth_key = site_key(site, &(struct preauth_key){ .reusable = true });
	site_set(site, "register_rate", "1000000");
	site_set(site, "register_machine_rate", "1000000");
	join_up_to(1);
	start_memory();
	join_up_to(SMALL);
	roams();
	join_up_to(COUNT);
	roams();
	memory();
	no_ops();
	warm_maps();
	cold_maps("first_map_cold", rows_roam);
	cold_maps("first_map_remade", new_disco_key);
	maps_after_restart();
	site_free(site);
	return 0;
}

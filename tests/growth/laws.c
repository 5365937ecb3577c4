/*
 * laws.c: the worker's parts in one process, each unit of work in a function of
 * its own (law_…), so that valgrind can count its instructions.
 *
 *	laws N           the worker, with N nodes online
 *	laws N memory    prints what nodes and online sessions take, in bytes
 *
 * The clients are another process, `laws crowd SOCKET KEY`, which valgrind does
 * not follow; it does what lines on its input say and answers with a line each.
 * Sessions, streams, fan-out and snapshot are the worker's own; only main.c is
 * replaced, and the database lies in memory.
 */
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/node.h"
#include "tailnet/keys.h"
#include "tailnet/mapresp.h"
#include "tailnet/register.h"
#include "tests/lib/rows.h"
#include "worker/fanout.h"
#include "worker/machine.h"
#include "worker/presence.h"
#include "worker/upgrade.h"

enum {
	WAIT_MS = 60000, /* valgrind is slow */
	PATIENCE_SECONDS = 300,
	NOW = 1800000000,
	SPARE = 3,       /* nodes that come online later */
	SETTLE_MS = 200, /* past the fan-out's window for 2,000 streams */
};

static struct worker the_worker;
static const struct secret pepper;
static uv_pipe_t server;
static uv_poll_t answers;
static char folder[] = "/tmp/cairn-laws.XXXXXX", path[64];
static int orders = -1;
static pid_t crowd_pid;
static bool answered;
static size_t nodes;

static void
give_up(const char *what)
{
	fprintf(stderr, "laws: %s\n", what);
	exit(1);
}

/* ---- the crowd ---- */

static enum err
obey(struct fake_client **at, const char *what, size_t n)
{
	struct fake_client *c = at[n];

	if (strcmp(what, "online") == 0)
		return rows_online(c, WAIT_MS);
	if (strcmp(what, "connect") == 0)
		return fake_connect(c, WAIT_MS);
	if (strcmp(what, "roam") == 0)
		rows_roam(c);
	if (strcmp(what, "lite") == 0 || strcmp(what, "roam") == 0)
		return fake_lite(c, WAIT_MS, NULL);
	if (strcmp(what, "map") == 0) {
		enum err e = fake_map_open(c);

		return e ? e : fake_until(c, fake_has_map, NULL, WAIT_MS);
	}
	if (strcmp(what, "leave") == 0)
		fake_disconnect(c);
	return ERR_OK;
}

static int
crowd(const char *socket, const char *key)
{
	static struct fake_client *at[ROWS_MAX + 1];
	struct fake_target target = { .worker = socket };
	char line[64], what[32];
	size_t n;

	if (key_parse(KEY_MACHINE, key, &target.server))
		return 2;
	while (fgets(line, sizeof(line), stdin)) {
		enum err e;

		if (sscanf(line, "%31s %zu", what, &n) != 2 || n > ROWS_MAX)
			return 2;
		if (!at[n])
			at[n] = rows_client(&target, n);
		e = obey(at, what, n);
		for (size_t i = 1; !e && i <= ROWS_MAX && at[i]; i++)
			if (!at[i]->broken)
				(void)fake_pump(at[i]);
		if (e)
			fprintf(stderr, "%s %zu: %s\n", what, n, err_words(e));
		if (write(STDOUT_FILENO, e ? "-" : "+", 1) != 1)
			return 1;
	}
	return 0;
}

/* ---- the worker ---- */

static void
on_answer(uv_poll_t *p, int status, int events)
{
	char c = '-';

	(void)p;
	(void)status;
	(void)events;
	if (read(orders, &c, 1) != 1 || c != '+')
		give_up("the crowd failed");
	answered = true;
}

static void
start_crowd(void)
{
	char key[KEY_TEXT_SIZE], self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int both[2];

	if (len < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both))
		give_up("no crowd");
	self[len] = '\0';
	key_print(KEY_MACHINE, &the_worker.keys.at[0].public, key);
	crowd_pid = fork();
	if (crowd_pid == 0) {
		dup2(both[1], STDIN_FILENO);
		dup2(both[1], STDOUT_FILENO);
		execl(self, self, "crowd", path, key, (char *)NULL);
		_exit(127);
	}
	close(both[1]);
	orders = both[0];
	uv_poll_init(the_worker.loop, &answers, orders);
	uv_poll_start(&answers, UV_READABLE, on_answer);
}

static void
start_worker(void)
{
	struct worker *w = &the_worker;

	w->home = mkdtemp(folder);
	w->loop = uv_default_loop();
	w->keys.count = 1;
	w->scratch = arena_new();
	w->snap = snapshot_new(w->home);
	TAILQ_INIT(&w->half_open);
	TAILQ_INIT(&w->open);
	if (!w->home || db_open_memory(&w->db) ||
		rows_fill(w->db, nodes + SPARE, NOW) ||
		snapshot_load(w->snap, w->db) ||
		key_new(&w->keys.at[0].private, &w->keys.at[0].public))
		give_up("no worker");
	snprintf(path, sizeof(path), "%s/worker.sock", folder);
	uv_pipe_init(w->loop, &server, 0);
	server.data = w;
	if (uv_pipe_bind(&server, path) ||
		uv_listen((uv_stream_t *)&server, 128, upgrade_accept))
		give_up("no socket");
	fanout_start(w);
}

static void
order(const char *what, size_t n)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "%s %zu\n", what, n);

	answered = false;
	if (write(orders, line, (size_t)len) != len)
		give_up("the crowd is gone");
	while (!answered)
		uv_run(the_worker.loop, UV_RUN_ONCE);
}

static bool
all_paid(void)
{
	struct session *s;

	TAILQ_FOREACH (s, &the_worker.open, list)
		if (s->map && (s->map->seen_gen != the_worker.snap->gen ||
				      !stream_idle(s->map)))
			return false;
	return true;
}

static void
on_time(uv_timer_t *t)
{
	*(bool *)t->data = true;
}

/* Everything told, and the fan-out's window over: the next change goes out at
 * once. */
static void
settle(void)
{
	static uv_timer_t timer;
	bool over = false;

	uv_timer_init(the_worker.loop, &timer);
	timer.data = &over;
	uv_timer_start(&timer, on_time, SETTLE_MS, 0);
	while (!over || !all_paid())
		uv_run(the_worker.loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(the_worker.loop, UV_RUN_NOWAIT);
	order("pump", 1);
}

static void
pay(void)
{
	while (!all_paid())
		uv_run(the_worker.loop, UV_RUN_NOWAIT);
}

/* ---- the units of work; per what they are divided is in run.sh ---- */

#define LAW __attribute__((noinline, used)) static void

/* One node's endpoints changed, all others are told. */
LAW
law_roam(struct snap_node *n)
{
	struct snap_soft soft = { .endpoints = "[\"192.0.2.7:7\"]" };

	snapshot_soft(the_worker.snap, n, &soft, NOW);
	pay();
}

/* A request that says nothing new, from record to record. */
LAW
law_no_op(void)
{
	order("lite", 2);
}

/* A node's stream is gone for good, all others are told. */
LAW
law_presence(struct snap_node *n)
{
	snapshot_online(the_worker.snap, n, false, NOW);
	pay();
}

/* A row of the node changed: log, snapshot, no viewer. */
LAW
law_apply(void)
{
	if (snapshot_catch_up(the_worker.snap, the_worker.db, NULL, NULL))
		give_up("catch up");
}

static void
join(const struct register_input *in)
{
	struct worker *w = &the_worker;
	struct register_result out;

	if (tailnet_register(
		    w->db, &w->snap->settings, &pepper, in, w->scratch, &out) ||
		out.outcome != REGISTER_DONE)
		give_up("no join");
}

/* A new machine with a key: what a handler does for it, but the JSON. */
LAW
law_join(const struct register_input *in)
{
	join(in);
}

/* Whether the machine of a session has a node. */
LAW
law_known(const struct session *s)
{
	if (!machine_has_node(s))
		give_up("a machine without node");
}

/* From the request to the last record, everything shared made already. */
LAW
law_first_map_warm(void)
{
	order("map", nodes + 2);
}

/* The same with nothing made yet: only the message, without its sending. */
static void
drop(void *arg, struct blob *b)
{
	*(size_t *)arg += b->len;
	blob_drop(b);
}

LAW
law_first_map_cold(struct snap_node *n, size_t *len)
{
	struct map_viewer v = { .node = n, .capver = TAILCFG_CAPVER_NEWEST };

	mapresp_full(the_worker.snap, &v, NOW, drop, len);
}

static void
change_row(int64_t id)
{
	struct db *db = the_worker.db;
	struct node row;

	if (db_node_by_id(db, id, the_worker.scratch, &row))
		give_up("no row");
	row.name = "another-name";
	if (db_begin(db) || db_node_update(db, &row) || db_commit(db))
		give_up("no change");
}

/* A machine that nobody knows, with what it asks. */
static void
make_newcomer(struct arena *mem, const char *key, struct register_input *in)
{
	struct tailcfg_register_request *r = arena_alloc(mem, sizeof(*r));
	struct tailcfg_hostinfo *host = arena_alloc(mem, sizeof(*host));
	struct key unused, node;

	host->hostname = "newcomer";
	r->hostinfo = host;
	r->auth = arena_alloc(mem, sizeof(*r->auth));
	r->auth->auth_key = key;
	*in = (struct register_input){ .request = r,
		.capver = TAILCFG_CAPVER_NEWEST,
		.address = "192.0.2.1",
		.now = NOW };
	if (key_new(&unused, &node) || key_new(&unused, &in->machine_key))
		give_up("no keys");
	r->node_key = key_text(mem, KEY_NODE, &node);
}

static const char *
make_auth_key(struct arena *mem)
{
	struct preauth_key like = { .reusable = true,
		.user_id = 1,
		.tags = "[]",
		.expires_at = NOW + 1 };
	const char *text;
	int64_t id;

	if (tailnet_preauth_key_add(the_worker.db, &pepper, &like, &actor_cli,
		    NOW, mem, &id, &text))
		give_up("no auth key");
	return text;
}

/* The first of each makes the statements. */
static void
measure_rows(void)
{
	const struct session *s = TAILQ_FIRST(&the_worker.open);
	struct arena *mem = arena_new();
	const char *key = make_auth_key(mem);
	struct register_input in;

	make_newcomer(mem, key, &in);
	join(&in);
	make_newcomer(mem, key, &in);
	law_join(&in);
	(void)machine_has_node(s);
	law_known(s);
	arena_free(mem);
}

static void
measure(void)
{
	struct snapshot *s;
	size_t len = 0;

	start_worker();
	start_crowd();
	s = the_worker.snap;
	law_first_map_cold(snapshot_node(s, 1), &len);
	for (size_t n = 1; n <= nodes; n++)
		order("online", n);
	settle();
	law_roam(snapshot_node(s, 1));
	settle();
	law_no_op();
	settle();
	law_presence(snapshot_node(s, 3));
	settle();
	order("connect", nodes + 1);
	order("map", nodes + 1); /* makes the chunks again */
	order("connect", nodes + 2);
	settle();
	law_first_map_warm();
	settle();
	change_row(4);
	law_apply();
	settle();
	measure_rows();
}

/* ---- memory ---- */

static size_t
in_use(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void
memory(void)
{
	size_t before = in_use(), len = 0;

	start_worker();
	printf("nodes_offline %zu\n", in_use() - before);
	law_first_map_cold(snapshot_node(the_worker.snap, 1), &len);
	start_crowd();
	before = in_use();
	for (size_t n = 1; n <= nodes; n++)
		order("online", n);
	settle();
	printf("sessions %zu\n", in_use() - before);
}

static void
end_crowd(void)
{
	kill(crowd_pid, SIGTERM);
	waitpid(crowd_pid, NULL, 0);
	unlink(path);
	rmdir(folder);
}

int
main(int argc, char **argv)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (argc == 4 && strcmp(argv[1], "crowd") == 0)
		return crowd(argv[2], argv[3]);
	if (argc < 2 || (nodes = strtoul(argv[1], NULL, 10)) < 4 ||
		nodes + SPARE > ROWS_MAX)
		give_up("usage: laws N [memory]");
	signal(SIGPIPE, SIG_IGN);
	alarm(PATIENCE_SECONDS); /* a lost answer must not hang the tests */
	log_init("laws");
	if (argc == 3)
		memory();
	else
		measure();
	end_crowd();
	return 0;
}

/*
 * micro.c: the parts that the figures of server.c are made of, in this process.
 *
 * CPU time of many rounds, the best of a few, since other work on the machine
 * only ever adds.  Snapshot and messages are those of tests/lib/rows: 1,000
 * nodes that say what a laptop says.  With an argument only the figure of that
 * name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/dns.h"
#include "proto/record.h"
#include "tailnet/mapjson.h"
#include "tailnet/mapresp.h"
#include "tailnet/snapedit.h"
#include "tests/lib/rows.h"

enum {
	NODES = 1000,
	RECORDS = 1000,
	BEST_OF = 7,
	NOW = 1800000000,
};

static const char *only; /* the one figure that is wanted, for callgrind */
static struct snapshot *snap;
static struct db *db;
static struct blob *deltas[NODES];

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* `prepare` (may be NULL) is not counted. */
static void
figure(const char *name, const char *unit, double per_us, unsigned rounds,
	void (*prepare)(void), void (*work)(unsigned round))
{
	double best = 0;

	if (only && strcmp(only, name) != 0)
		return;
	for (int i = 0; i < BEST_OF; i++) {
		double used;

		if (prepare)
			prepare();
		used = cpu_us();
		for (unsigned k = 0; k < rounds; k++)
			work(k);
		used = cpu_us() - used;
		if (i == 0 || used < best)
			best = used;
	}
	printf("%-34s %10.2f %s\n", name, best / rounds * per_us, unit);
}

static struct map_held held[NODES];

static struct map_viewer
viewer(size_t n)
{
	return (struct map_viewer){ .node = snapshot_node(snap, (int64_t)n + 1),
		.held = &held[n],
		.capver = TAILCFG_CAPVER_NEWEST };
}

static void
forget_peers(void)
{
	struct snap_node *n, *next;

	HASH_ITER(by_id, snap->by_id, n, next)
	snap_stale(snap, n, 1u << ASPECT_WHOLE);
}

/* Two of each chunk are no more what they were. */
static void
age_chunks(void)
{
	for (size_t id = CHUNK_NODES / 4; id <= NODES; id += CHUNK_NODES / 2)
		snap_stale(snap, snapshot_node(snap, (int64_t)id),
			1u << ASPECT_WHOLE);
}

static void
encode_peer(unsigned round)
{
	struct arena *mem = arena_new();
	struct buf b;

	buf_init(&b, mem, 65536);
	mapjson_put_common(snap, &b, snapshot_node(snap, round + 1));
	arena_free(mem);
}

static void
drop(void *arg, struct blob *b)
{
	(void)arg;
	blob_drop(b);
}

static void
full_map(unsigned round)
{
	struct map_viewer v = viewer(round % NODES);

	mapresp_full(snap, &v, NOW, drop, NULL);
}

static void
move(unsigned who)
{
	struct snap_node *n = snapshot_node(snap, who + 1);
	struct snap_soft soft = { 0 };
	static unsigned count;
	char endpoints[128];
	struct key unused;

	snprintf(endpoints, sizeof(endpoints),
		"[\"10.0.%u.1:41641\",\"10.1.%u.7:41641\","
		"\"172.16.0.1:%u\",\"203.0.113.%u:41641\"]",
		who % 250, who % 240, 1024 + count++ % 60000, who % 250);
	soft.endpoints = endpoints;
	soft.home_derp = 900;
	if (key_is_zero(&n->disco_key) && key_new(&unused, &soft.disco_key))
		abort();
	n->tokens = SOFT_BURST;
	snapshot_soft(snap, n, &soft, NOW);
}

static void
roam_shared(unsigned round)
{
	uint64_t before = snap->gen;

	move(round % NODES);
	for (size_t i = 0; i < NODES; i++) {
		struct map_viewer v = viewer(i);

		deltas[i] = mapresp_delta(snap, &v, before);
	}
	for (size_t i = 0; i < NODES; i++)
		blob_drop(deltas[i]);
}

/* One of RECORDS has changed: everybody owes DNS. */
static void
dns_change(unsigned round)
{
	uint64_t before = snap->gen;

	(void)round;
	snap->commons[COMMON_DNS] = ++snap->gen;
	for (size_t i = 0; i < NODES; i++) {
		struct map_viewer v = viewer(i);

		memset(held[i].dns, 0, sizeof(held[i].dns));
		deltas[i] = mapresp_self(snap, &v, before, NOW);
		if (!deltas[i])
			abort();
	}
	for (size_t i = 0; i < NODES; i++)
		blob_drop(deltas[i]);
}

static enum err
fill_dns(void)
{
	struct arena *mem = arena_new();
	enum err e = db_begin(db);
	int64_t id;

	for (int i = 0; !e && i < RECORDS; i++)
		e = db_dns_record_add(db,
			&(struct dns_record){
				.name = arena_printf(
					mem, "host-%d.corp.example", i),
				.type = "A",
				.value = arena_printf(
					mem, "10.1.%d.%d", i / 250, i % 250) },
			&id);
	arena_free(mem);
	return db_end(db, e);
}

/* ---- Noise ---- */

static struct key server_private, server_public, machine;
static unsigned char initiation[NOISE_INITIATION_SIZE];
static struct record_sealer sealer;
static unsigned char plain[16 * 1024], sealed[20 * 1024];

static void
prepare_noise(void)
{
	struct noise_client c;
	struct key unused;

	if (key_new(&server_private, &server_public) ||
		key_new(&machine, &unused) ||
		noise_start(&c, &server_public, &machine, TAILCFG_CAPVER_NEWEST,
			initiation))
		abort();
}

static void
answer_noise(unsigned round)
{
	unsigned char response[NOISE_RESPONSE_SIZE];
	struct noise_result r;

	(void)round;
	if (noise_answer(&server_private,
		    (struct bytes){ initiation, sizeof(initiation) }, response,
		    &r))
		abort();
}

static void
seal_patch(unsigned round)
{
	(void)round;
	record_seal_all(&sealer, plain, 142, sealed);
}

static void
seal_map(unsigned round)
{
	(void)round;
	record_seal_all(&sealer, plain, sizeof(plain), sealed);
}

int
main(int argc, char **argv)
{
	struct key k = { { 1 } };

	only = argc > 1 ? argv[1] : NULL;

	if (db_open_memory(&db) || rows_fill(db, NODES, NOW) || fill_dns())
		return 1;
	snap = snapshot_new("/nonexistent");
	if (snapshot_load(snap, db))
		return 1;
	record_sealer_init(&sealer, &k);
	for (unsigned i = 0; i < NODES; i++)
		move(i);
	figure("encode_peer", "ns", 1000, NODES, forget_peers, encode_peer);
	figure("full_map_cold_1000", "us", 1, 1, forget_peers, full_map);
	figure("full_map_stale_1000", "us", 1, 1, age_chunks, full_map);
	full_map(NODES - 1);
	figure("full_map_warm_1000", "us", 1, 200, NULL, full_map);
	figure("roam_delta_per_viewer_1000", "ns", 1000.0 / NODES, 100, NULL,
		roam_shared);
	figure("dns_change_per_viewer_1000", "ns", 1000.0 / NODES, 1, NULL,
		dns_change);
	figure("noise_answer", "us", 1, 200, prepare_noise, answer_noise);
	figure("seal_142_bytes", "ns", 1000, 10000, NULL, seal_patch);
	figure("seal_16_kB", "ns", 1000, 1000, NULL, seal_map);
	snapshot_free(snap);
	db_close(db);
	return 0;
}

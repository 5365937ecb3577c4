#include "tailnet/mapchunk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "db/node.h"
#include "proto/tailcfg.h"
#include "tailnet/mapjson.h"
#include "tailnet/mapresp.h"
#include "tests/lib/rows.h"

#define NOW INT64_C(1800000000)

enum {
	NODES = 2 * CHUNK_NODES + 20, /* ids from 1: chunks of 63, 64, 21 */
	TEXT_MAX = 1024 * 1024,
	VIEWER = CHUNK_NODES + 5,
};

struct fixture {
	struct db *db;
	struct arena *mem;
	struct snapshot *s;
};

static int
setup(void **state)
{
	static struct fixture f;

	f.mem = arena_new();
	*state = &f;
	if (db_open_memory(&f.db) || rows_fill(f.db, NODES, NOW))
		return -1;
	f.s = snapshot_new("/nowhere");
	return snapshot_load(f.s, f.db);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	snapshot_free(f->s);
	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

/* What a chunk must hold, each peer encoded from nothing. */
static const char *
expected(struct fixture *f, const struct snap_chunk *c,
	const struct snap_node *but)
{
	struct buf b;

	buf_init(&b, f->mem, TEXT_MAX);
	for (size_t i = 0; i < CHUNK_NODES; i++) {
		if (!c->at[i] || c->at[i] == but)
			continue;
		if (b.len)
			buf_puts(&b, ",");
		mapjson_put_common(f->s, &b, c->at[i]);
	}
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static const char *
unpacked(struct fixture *f, struct blob *frame)
{
	char *text = arena_alloc(f->mem, TEXT_MAX);
	size_t got =
		ZSTD_decompress(text, TEXT_MAX - 1, frame->bytes, frame->len);

	assert_false(ZSTD_isError(got));
	text[got] = '\0';
	blob_drop(frame);
	return text;
}

static const char *
plain(struct fixture *f, struct snap_chunk *c, const struct snap_node *but)
{
	bool comma = false;
	struct buf b;

	buf_init(&b, f->mem, TEXT_MAX);
	mapchunk_put(f->s, &b, c, but, &comma);
	assert_int_equal(comma, b.len > 0);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static void
assert_shown_to(struct fixture *f, int64_t id)
{
	const struct snap_node *viewer = snapshot_node(f->s, id);

	for (size_t i = 0; i < f->s->chunk_count; i++) {
		struct snap_chunk *c = f->s->chunks[i];
		const char *all = expected(f, c, viewer);
		struct blob *frame = mapchunk_frame(f->s, c, viewer, true);

		assert_string_equal(plain(f, c, viewer), all);
		if (*all)
			assert_string_equal(unpacked(f, frame), all);
		else
			assert_null(frame);
	}
}

/* The viewer in the second chunk; then one in each other, the first and the
 * last peer among them. */
static void
assert_shown(struct fixture *f)
{
	static const int64_t viewers[] = { VIEWER, 1, CHUNK_NODES - 1,
		CHUNK_NODES, 2 * CHUNK_NODES - 1, NODES };

	for (size_t i = 0; i < sizeof(viewers) / sizeof(viewers[0]); i++)
		if (snapshot_node(f->s, viewers[i]))
			assert_shown_to(f, viewers[i]);
}

static void
roam(struct fixture *f, int64_t id, const char *endpoints)
{
	struct snap_soft soft = { .endpoints = endpoints, .home_derp = 900 };

	assert_true(snapshot_soft(f->s, snapshot_node(f->s, id), &soft, NOW));
}

static void
catch_up(struct fixture *f)
{
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
}

static void
delete_node(struct fixture *f, int64_t id)
{
	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_node_delete(f->db, id), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	catch_up(f);
}

static void
a_viewer_is_shown_all_but_itself(void **state)
{
	assert_shown(*state);
}

static void
what_roamed_shows_among_what_did_not(void **state)
{
	struct fixture *f = *state;

	assert_shown(f);
	roam(f, 1, "[\"192.0.2.1:41641\",\"192.0.2.2:41641\"]");
	roam(f, 9, "[]");
	roam(f, CHUNK_NODES, "[\"192.0.2.3:1\"]");
	roam(f, NODES, "[\"192.0.2.4:1\"]");
	snapshot_online(f->s, snapshot_node(f->s, 10), true, NOW + 5);
	assert_shown(f);
}

static void
new_disco_key(struct fixture *f, int64_t id, uint8_t byte)
{
	struct snap_soft soft = { .disco_key = { { byte } } };

	assert_true(snapshot_soft(f->s, snapshot_node(f->s, id), &soft, NOW));
}

/* The first time a peer has such a key its text grows, then it does not. */
static void
a_change_that_keeps_its_length_shows_among_what_did_not_change(void **state)
{
	struct fixture *f = *state;

	for (uint8_t byte = 1; byte <= 3; byte++) {
		new_disco_key(f, 1, byte);
		new_disco_key(f, 9, byte);
		new_disco_key(f, CHUNK_NODES - 1, byte);
		new_disco_key(f, CHUNK_NODES, byte);
		assert_shown(f);
	}
	new_disco_key(f, 9, 4);
	roam(f, 10, "[\"192.0.2.1:41641\",\"192.0.2.2:41641\"]");
	assert_shown(f);
}

static void
a_renamed_peer_shows_with_its_new_name(void **state)
{
	struct fixture *f = *state;
	struct node row;

	assert_shown(f);
	assert_int_equal(db_node_by_id(f->db, 30, f->mem, &row), ERR_OK);
	row.name = "a-much-longer-name-than-it-had-before";
	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_node_update(f->db, &row), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	catch_up(f);
	assert_shown(f);
	assert_non_null(
		strstr(plain(f, f->s->chunks[0], snapshot_node(f->s, VIEWER)),
			row.name));
}

static void
a_removed_peer_is_gone_and_a_new_one_stands_in_its_place(void **state)
{
	struct fixture *f = *state;
	struct node row;
	int64_t id;

	assert_shown(f);
	assert_int_equal(db_node_by_id(f->db, NODES, f->mem, &row), ERR_OK);
	delete_node(f, 20);
	delete_node(f, NODES);
	assert_shown(f);
	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_node_add(f->db, &row, &id), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	catch_up(f);
	assert_shown(f);
	assert_shown_to(f, id);
}

static void
a_chunk_of_the_viewer_alone_has_no_frame(void **state)
{
	struct fixture *f = *state;

	assert_shown(f);
	for (int64_t id = 2 * CHUNK_NODES; id < NODES; id++)
		delete_node(f, id);
	assert_shown_to(f, NODES);
	assert_shown(f);
	delete_node(f, NODES);
	assert_int_equal(f->s->chunk_count, 2);
	assert_shown(f);
}

static void
a_chunk_that_nothing_touched_is_not_made_again(void **state)
{
	struct fixture *f = *state;
	struct blob *last;

	assert_shown(f);
	last = f->s->chunks[2]->frames[0].blob;
	assert_non_null(last);
	delete_node(f, 7);
	assert_null(f->s->chunks[0]->frames[0].blob);
	assert_shown_to(f, VIEWER);
	assert_ptr_equal(f->s->chunks[2]->frames[0].blob, last);
}

/* ---- the patches after a map ---- */

static void
gather(void *arg, struct blob *b)
{
	struct buf *got = arg;

	buf_put(got, b->bytes, b->len);
	blob_drop(b);
}

/* The next message of the bytes; false when there is none. */
static bool
next_message(
	struct fixture *f, struct bytes *left, struct tailcfg_map_response *out)
{
	char *text = arena_alloc(f->mem, TEXT_MAX);
	uint32_t len;
	size_t got;

	if (!left->len)
		return false;
	memcpy(&len, left->at, sizeof(len));
	got = ZSTD_decompress(text, TEXT_MAX, left->at + sizeof(len), len);
	assert_false(ZSTD_isError(got));
	memset(out, 0, sizeof(*out));
	assert_int_equal(
		json_decode((struct bytes){ (unsigned char *)text, got },
			&tailcfg_map_response_table, f->mem, out),
		ERR_OK);
	left->at += sizeof(len) + len;
	left->len -= sizeof(len) + len;
	return true;
}

static struct tailcfg_node
node_in(struct fixture *f, const char *text)
{
	struct tailcfg_node n = { 0 };

	assert_int_equal(
		json_decode((struct bytes){ (const unsigned char *)text,
				    strlen(text) },
			&tailcfg_node_table, f->mem, &n),
		ERR_OK);
	return n;
}

static void
patch_node(struct tailcfg_node *n, const struct tailcfg_peer_change *p)
{
	if (p->endpoints.at)
		n->endpoints = p->endpoints;
	if (p->derp_region)
		n->home_derp = p->derp_region;
	if (p->online != OPT_UNSET)
		n->online = p->online;
	if (p->last_seen)
		n->last_seen = p->last_seen;
}

/* As a client has it after all that it was sent; how many patches that took. */
static size_t
map_of(struct fixture *f, bool exact, struct tailcfg_node out[NODES + 1])
{
	struct map_viewer v = { .node = snapshot_node(f->s, VIEWER),
		.capver = TAILCFG_CAPVER_NEWEST,
		.exact = exact };
	struct tailcfg_map_response m;
	struct buf got;
	struct bytes left;
	size_t count;

	buf_init(&got, f->mem, TEXT_MAX);
	mapresp_full(f->s, &v, NOW, gather, &got);
	left = (struct bytes){ got.bytes, got.len };
	assert_true(next_message(f, &left, &m));
	assert_int_equal(m.peers.count, f->s->node_count - 1);
	for (size_t i = 0; i < m.peers.count; i++) {
		struct tailcfg_node n = node_in(f, m.peers.at[i]);

		out[n.id] = n;
	}
	if (!next_message(f, &left, &m))
		return 0;
	assert_int_equal(left.len, 0);
	assert_int_equal(m.peers.count, 0);
	count = m.peers_changed_patch.count;
	for (size_t i = 0; i < count; i++) {
		const struct tailcfg_peer_change *p = m.peers_changed_patch.at;

		patch_node(&out[p[i].node_id], &p[i]);
	}
	return count;
}

static void
assert_same(const struct tailcfg_node *a, const struct tailcfg_node *b)
{
	assert_int_equal(a->endpoints.count, b->endpoints.count);
	for (size_t i = 0; i < a->endpoints.count; i++)
		assert_string_equal(a->endpoints.at[i], b->endpoints.at[i]);
	assert_int_equal(a->home_derp, b->home_derp);
	assert_int_equal(a->online, b->online);
	if (a->id)
		assert_string_equal(a->last_seen, b->last_seen);
}

static void
a_map_with_its_patches_says_what_an_exact_one_says(void **state)
{
	static struct tailcfg_node first[NODES + 1], patched[NODES + 1],
		exact[NODES + 1];
	struct fixture *f = *state;

	assert_int_equal(map_of(f, false, first), 0);
	roam(f, 1, "[\"192.0.2.1:41641\",\"192.0.2.2:41641\"]");
	roam(f, 9, "[\"192.0.2.9:9\"]");
	roam(f, VIEWER + 1, "[\"192.0.2.8:8\"]"); /* beside the viewer */
	snapshot_online(f->s, snapshot_node(f->s, 9), true, NOW + 5);
	snapshot_online(f->s, snapshot_node(f->s, NODES), true, NOW + 5);
	assert_int_equal(map_of(f, false, patched), 3);
	assert_int_equal(map_of(f, true, exact), 0);
	assert_int_equal(patched[9].online, OPT_TRUE);
	assert_int_equal(patched[1].endpoints.count, 2);
	for (size_t id = 1; id <= NODES; id++)
		assert_same(&patched[id], &exact[id]);
	assert_shown(f);
}

static void
what_a_patch_cannot_say_costs_a_new_frame(void **state)
{
	static struct tailcfg_node got[NODES + 1];
	struct fixture *f = *state;
	struct snap_soft soft = { .disco_key = { { 7 } } };

	map_of(f, false, got);
	assert_null(got[1].disco_key);
	roam(f, 2, "[\"192.0.2.2:2\"]");
	snapshot_soft(f->s, snapshot_node(f->s, 1), &soft, NOW);
	assert_int_equal(map_of(f, false, got), 0);
	assert_non_null(got[1].disco_key);
	assert_int_equal(got[2].endpoints.count, 1);
}

/* Twice what a frame costs is the most that one can lose by waiting. */
static void
after_some_patches_the_frame_is_made_anew(void **state)
{
	static struct tailcfg_node got[NODES + 1];
	struct fixture *f = *state;
	size_t sent = 0, now;

	map_of(f, false, got);
	roam(f, 1, "[\"192.0.2.1:1\"]");
	roam(f, 2, "[\"192.0.2.2:2\"]");
	while ((now = map_of(f, false, got)) > 0) {
		assert_int_equal(now, 2);
		sent += now;
		assert_in_range(sent, 1, CHUNK_NODES);
	}
	assert_int_equal(sent, CHUNK_NODES / 2);
	assert_int_equal(got[2].endpoints.count, 1);
}

static void
many_moves_at_once_are_no_patches(void **state)
{
	static struct tailcfg_node got[NODES + 1];
	struct fixture *f = *state;

	map_of(f, false, got);
	for (int64_t id = 1; id <= CHUNK_NODES / 2 + 1; id++)
		roam(f, id, "[\"192.0.2.1:1\"]");
	assert_int_equal(map_of(f, false, got), 0);
	assert_int_equal(got[5].endpoints.count, 1);
}

static void
a_change_that_waits_for_its_token_is_no_patch(void **state)
{
	static struct tailcfg_node got[NODES + 1];
	struct fixture *f = *state;
	struct snap_node *n = snapshot_node(f->s, 1);

	map_of(f, false, got);
	n->tokens = 0;
	n->tokens_at = NOW;
	roam(f, 1, "[\"192.0.2.1:1\"]");
	assert_int_equal(map_of(f, false, got), 0);
	assert_int_equal(got[1].endpoints.count, 0);
	snapshot_tick(f->s, NOW + SOFT_PAUSE_SECONDS);
	assert_int_equal(map_of(f, false, got), 1);
	assert_int_equal(got[1].endpoints.count, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_viewer_is_shown_all_but_itself),
		TEST(what_roamed_shows_among_what_did_not),
		TEST(a_change_that_keeps_its_length_shows_among_what_did_not_change),
		TEST(a_renamed_peer_shows_with_its_new_name),
		TEST(a_removed_peer_is_gone_and_a_new_one_stands_in_its_place),
		TEST(a_chunk_of_the_viewer_alone_has_no_frame),
		TEST(a_chunk_that_nothing_touched_is_not_made_again),
		TEST(a_map_with_its_patches_says_what_an_exact_one_says),
		TEST(what_a_patch_cannot_say_costs_a_new_frame),
		TEST(after_some_patches_the_frame_is_made_anew),
		TEST(many_moves_at_once_are_no_patches),
		TEST(a_change_that_waits_for_its_token_is_no_patch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

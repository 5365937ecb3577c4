#include "tailnet/mapchunk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "db/node.h"
#include "tailnet/mapjson.h"
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
		mapjson_put_peer(f->s, &b, c->at[i]);
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
		struct blob *frame = mapchunk_frame(f->s, c, viewer);

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
	const struct snap_node *viewer = snapshot_node(f->s, VIEWER);
	struct blob *last;

	assert_shown(f);
	last = f->s->chunks[2]->frame;
	roam(f, 7, "[\"192.0.2.1:41641\"]");
	assert_null(f->s->chunks[0]->frame);
	blob_drop(mapchunk_frame(f->s, f->s->chunks[2], viewer));
	assert_ptr_equal(f->s->chunks[2]->frame, last);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_viewer_is_shown_all_but_itself),
		TEST(what_roamed_shows_among_what_did_not),
		TEST(a_renamed_peer_shows_with_its_new_name),
		TEST(a_removed_peer_is_gone_and_a_new_one_stands_in_its_place),
		TEST(a_chunk_of_the_viewer_alone_has_no_frame),
		TEST(a_chunk_that_nothing_touched_is_not_made_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

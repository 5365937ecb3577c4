/*
 * What the tests' own client keeps of its maps: a mistake here would hide
 * mistakes of the server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "proto/zframe.h"
#include "tests/lib/fake_client.h"
#include "tests/lib/fixture.h"

#define NODE(id, name)                                                \
	"{\"ID\":" #id ",\"StableID\":\"" #id "\",\"Name\":\"" name   \
	".x.\",\"User\":1,\"Key\":\"nodekey:0" #id                    \
	"\",\"Addresses\":[\"100.64.0." #id "/32\"],\"Online\":true," \
	"\"Endpoints\":[\"10.0.0.1:1\"]}"
#define FIRST                                                              \
	"{\"Node\":" NODE(1, "me") ",\"Peers\":[" NODE(2, "two") "," NODE( \
		3, "three") "],\"Domain\":\"x\"}"

static int
setup(void **state)
{
	const struct fake_target nowhere = { .url = "http://127.0.0.1:1" };

	*state = fake_new(&nowhere, "me");
	return 0;
}

static int
teardown(void **state)
{
	fake_free(*state);
	return 0;
}

static enum err
take(struct fake_client *c, const char *text)
{
	struct arena *mem = arena_new();
	struct buf b;
	enum err e;

	buf_init(&b, mem, 64 * 1024);
	zframe_stored(&b, fixture_text(text));
	e = fake_map_take(c, (struct bytes){ b.bytes, b.len });
	arena_free(mem);
	return e;
}

static void
the_first_map_tells_everything(void **state)
{
	struct fake_client *c = *state;

	assert_int_equal(take(c, FIRST), ERR_OK);
	assert_true(c->has_map);
	assert_string_equal(c->self.name, "me.x.");
	assert_string_equal(c->self.address, "100.64.0.1/32");
	assert_string_equal(c->domain, "x");
	assert_int_equal(c->peer_count, 2);
	assert_int_equal(fake_peer_named(c, "three")->id, 3);
	assert_null(fake_peer_named(c, "thr"));
}

static void
a_first_map_without_the_own_node_is_refused(void **state)
{
	assert_int_equal(take(*state, "{\"KeepAlive\":true}"), ERR_OK);
	assert_int_equal(take(*state, "{\"Domain\":\"x\"}"), ERR_BAD_INPUT);
}

static void
deltas_add_change_and_remove(void **state)
{
	struct fake_client *c = *state;

	assert_int_equal(take(c, FIRST), ERR_OK);
	assert_int_equal(
		take(c, "{\"PeersRemoved\":[2,77],\"PeersChanged\":[" NODE(
				3, "renamed") "," NODE(4, "four") "]}"),
		ERR_OK);
	assert_int_equal(c->peer_count, 2);
	assert_null(fake_peer(c, 2));
	assert_string_equal(fake_peer(c, 3)->name, "renamed.x.");
	assert_non_null(fake_peer(c, 4));
}

static void
a_full_list_replaces_and_an_empty_one_changes_nothing(void **state)
{
	struct fake_client *c = *state;

	assert_int_equal(take(c, FIRST), ERR_OK);
	assert_int_equal(take(c, "{\"Peers\":[]}"), ERR_OK);
	assert_int_equal(c->peer_count, 2);
	assert_int_equal(take(c, "{\"Peers\":[" NODE(9, "nine") "]}"), ERR_OK);
	assert_int_equal(c->peer_count, 1);
}

static void
patches_change_what_they_name_and_count_strangers(void **state)
{
	struct fake_client *c = *state;

	assert_int_equal(take(c, FIRST), ERR_OK);
	assert_int_equal(
		take(c, "{\"PeersChangedPatch\":[{\"NodeID\":2,\"Online\":false,"
			"\"Endpoints\":[]},{\"NodeID\":3,\"DERPRegion\":900},"
			"{\"NodeID\":1,\"Online\":false}]}"),
		ERR_OK);
	assert_int_equal(fake_peer(c, 2)->online, OPT_FALSE);
	assert_int_equal(fake_peer(c, 2)->endpoints, 0);
	assert_int_equal(fake_peer(c, 3)->online, OPT_TRUE);
	assert_int_equal(fake_peer(c, 3)->endpoints, 1);
	assert_int_equal(fake_peer(c, 3)->home_derp, 900);
	assert_int_equal(c->counts.unknown, 1);
	assert_int_equal(c->counts.patches, 3);
}

static void
one_message_may_be_several_frames(void **state)
{
	struct fake_client *c = *state;
	struct arena *mem = arena_new();
	struct zframe *z = zframe_new();
	struct buf b;

	buf_init(&b, mem, 64 * 1024);
	zframe_stored(&b, fixture_text("{\"Node\":" NODE(1, "me")));
	assert_int_equal(
		zframe_compress(z, &b, fixture_text(",\"Domain\":\"y\"}")),
		ERR_OK);
	c->keep_messages = true;
	assert_int_equal(
		fake_map_take(c, (struct bytes){ b.bytes, b.len }), ERR_OK);
	assert_string_equal(c->domain, "y");
	assert_string_equal(c->first->text,
		"{\"Node\":" NODE(1, "me") ",\"Domain\":\"y\"}");
	zframe_free(z);
	arena_free(mem);
}

static void
bytes_that_are_no_frame_are_refused(void **state)
{
	assert_int_equal(
		fake_map_take(*state, fixture_text("{\"KeepAlive\":true}")),
		ERR_BAD_INPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(the_first_map_tells_everything),
		TEST(a_first_map_without_the_own_node_is_refused),
		TEST(deltas_add_change_and_remove),
		TEST(a_full_list_replaces_and_an_empty_one_changes_nothing),
		TEST(patches_change_what_they_name_and_count_strangers),
		TEST(one_message_may_be_several_frames),
		TEST(bytes_that_are_no_frame_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

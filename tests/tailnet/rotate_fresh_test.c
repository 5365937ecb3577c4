/*
 * rotate_fresh_test.c: what a rotation makes is new, of random bytes, and what
 * is in use from then on; and the log tells of each.
 */
#include "tailnet/rotate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/audit.h"
#include "db/db_inside.h"
#include "proto/totp.h"
#include "tailnet/init.h"
#include "tailnet/secrets.h"
#include "tailnet/server_keys.h"

#define NOW INT64_C(1800000000)
#define DAY INT64_C(86400)

enum {
	TIMES = 3,
};

struct fixture {
	char home[64];
	struct arena *mem;
	struct db *db;
	struct rotation r;
	const char *why;
};

static void
must(enum err e)
{
	if (e)
		fail_msg("%s", err_words(e));
}

static int
setup(void **state)
{
	static struct fixture f;
	struct init_input in = { .now = NOW };

	f = (struct fixture){ .home = "/tmp/cairn-rotate-XXXXXX" };
	f.mem = arena_new();
	*state = &f;
	in.home = f.home;
	if (!mkdtemp(f.home) || tailnet_init(&in, f.mem, &f.why) ||
		db_open(f.home, &f.db))
		return -1;
	f.r = (struct rotation){
		.db = f.db, .home = f.home, .actor = "cli", .now = NOW
	};
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	const char *command = arena_printf(f->mem, "rm -rf '%s'", f->home);
	int status;

	db_close(f->db);
	status = system(command); /* a folder of its own, made above */
	arena_free(f->mem);
	return status;
}

/* Of 32 random bytes thirty have another value each, more or less; fewer than
 * half never in a lifetime. */
static void
assert_random(const uint8_t *bytes, size_t len)
{
	bool seen[256] = { false };
	size_t kinds = 0;

	for (size_t i = 0; i < len; i++) {
		kinds += !seen[bytes[i]];
		seen[bytes[i]] = true;
	}
	assert_in_range(kinds, len / 2, len);
}

static void
assert_differ(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t differ = 0;

	for (size_t i = 0; i < len; i++)
		differ += a[i] != b[i];
	assert_in_range(differ, len / 2, len);
}

static struct secret
current(struct fixture *f, const char *name)
{
	struct secret s;

	must(secret_current(f->db, f->home, name, &s));
	return s;
}

/* The file has it too, for nobody else to read. */
static void
assert_written(struct fixture *f, const char *name, const struct secret *s)
{
	struct secret file;
	struct stat st;

	must(secret_read(f->home, name, &file));
	assert_memory_equal(&file, s, sizeof(file));
	assert_int_equal(
		stat(arena_printf(f->mem, "%s/keys/%s", f->home, name), &st),
		0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_not_equal(
		access(arena_printf(f->mem, "%s/keys/%s.next", f->home, name),
			F_OK),
		0);
}

static void
assert_noted(struct fixture *f, const char *detail)
{
	struct audit last;

	must(db_audit_last(
		f->db, "server-key:0", "server_key.rotated", f->mem, &last));
	assert_string_equal(last.detail, detail);
	assert_string_equal(last.actor, "cli");
}

static int64_t
count_of(struct fixture *f, const char *sql)
{
	int64_t n = -1;

	must(db_number(db_stmt(f->db, sql), &n));
	return n;
}

/* Rotates TIMES times: each is another than all before. */
static void
assert_new_each_time(
	struct fixture *f, const char *name, void (*rotate)(struct fixture *))
{
	struct secret all[TIMES + 1];

	all[0] = current(f, name);
	for (size_t i = 1; i <= TIMES; i++) {
		rotate(f);
		assert_noted(f, name);
		all[i] = current(f, name);
		assert_written(f, name, &all[i]);
		assert_random(all[i].bytes, SECRET_SIZE);
		for (size_t k = 0; k < i; k++)
			assert_differ(all[i].bytes, all[k].bytes, SECRET_SIZE);
	}
}

static void
rotate_seal(struct fixture *f)
{
	struct rotated_seal made;
	struct noise_keys keys;

	must(tailnet_rotate_seal(&f->r, false, f->mem, &made, &f->why));
	must(noise_keys_open(f->db, f->home, NOW, f->mem, &keys));
}

static void
each_seal_is_random_and_written_and_in_use(void **state)
{
	assert_new_each_time(*state, "seal", rotate_seal);
}

static void
rotate_pepper(struct fixture *f)
{
	struct peppered ended;

	must(tailnet_rotate_pepper(&f->r, f->mem, &ended, &f->why));
}

static void
each_pepper_is_random_and_written_and_in_use(void **state)
{
	assert_new_each_time(*state, "pepper", rotate_pepper);
}

static void
each_machine_key_is_new_and_its_private_half_is_in_use(void **state)
{
	struct fixture *f = *state;
	struct rotated_noise made;
	struct noise_keys keys;
	struct key public;

	for (size_t i = 1; i <= TIMES; i++) {
		must(tailnet_rotate_noise(&f->r, DAY, f->mem, &made, &f->why));
		assert_noted(f, "noise");
		must(noise_keys_open(f->db, f->home, NOW, f->mem, &keys));
		assert_int_equal(keys.count, i + 1);
		assert_random(keys.at[0].private.bytes, SECRET_SIZE);
		must(key_public(&keys.at[0].private, &public));
		assert_true(key_equal(&public, &made.public));
		for (size_t k = 1; k <= i; k++)
			assert_differ(keys.at[0].private.bytes,
				keys.at[k].private.bytes, SECRET_SIZE);
	}
}

static void
the_log_tells_of_the_relays_key_and_of_keys_that_end(void **state)
{
	static const char rows[] = "SELECT count(*) FROM audit WHERE action = "
				   "'server_key.rotated'";
	struct fixture *f = *state;
	struct rotated_noise made;
	int64_t ended, before = count_of(f, rows);

	must(tailnet_rotate_relay(&f->r, f->mem, &f->why));
	assert_noted(f, "derp");
	must(tailnet_end_old_noise(&f->r, &ended, &f->why));
	assert_int_equal(ended, 0);
	assert_int_equal(count_of(f, rows), before + 1);
	must(tailnet_rotate_noise(&f->r, DAY, f->mem, &made, &f->why));
	must(tailnet_end_old_noise(&f->r, &ended, &f->why));
	assert_int_equal(ended, 1);
	assert_noted(f, "noise: the keys of before ended");
	assert_int_equal(count_of(f, rows), before + 3);
}

/* Two people with a second factor. */
static void
add_factors(struct fixture *f)
{
	must(db_exec(f->db, "INSERT INTO user (id, name, created_at) VALUES "
			    "(7, 'ann', 1), (8, 'bob', 1)"));
	must(db_exec(f->db, "INSERT INTO factor (user_id, secret, step, "
			    "added_at) VALUES (7, x'00', 0, 1), (8, x'00', 0, "
			    "1)"));
}

static const struct sealed_place *
place_of(const char *table)
{
	size_t i = 0;

	while (strcmp(sealed_places[i].table, table) != 0)
		assert_in_range(++i, 0, SEALED_PLACES - 1);
	return &sealed_places[i];
}

/* A known one would let in whoever knows it. */
static void
a_second_factor_that_was_lost_becomes_one_that_nobody_knows(void **state)
{
	struct fixture *f = *state;
	const char *file = arena_printf(f->mem, "%s/keys/seal", f->home);
	struct secret pages;
	struct rotated_seal made;
	struct sealed_row *rows;
	struct bytes plain[2];
	size_t count;

	add_factors(f);
	assert_int_equal(unlink(file), 0);
	must(tailnet_rotate_seal(&f->r, true, f->mem, &made, &f->why));
	assert_true(made.lost);
	assert_noted(f, "seal, which was lost");
	pages = current(f, "pages");
	must(db_sealed_rows(f->db, place_of("factor"), f->mem, &rows, &count));
	assert_int_equal(count, 2);
	for (size_t i = 0; i < 2; i++) {
		must(unseal_bytes(&pages, rows[i].value, f->mem, &plain[i]));
		assert_int_equal(plain[i].len, TOTP_SECRET_SIZE);
		assert_random(plain[i].at, plain[i].len);
	}
	assert_differ(plain[0].at, plain[1].at, TOTP_SECRET_SIZE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_seal_is_random_and_written_and_in_use),
		TEST(each_pepper_is_random_and_written_and_in_use),
		TEST(each_machine_key_is_new_and_its_private_half_is_in_use),
		TEST(the_log_tells_of_the_relays_key_and_of_keys_that_end),
		TEST(a_second_factor_that_was_lost_becomes_one_that_nobody_knows),
	};

	return cmocka_run_group_tests_name(
		"tailnet/rotate_fresh", tests, NULL, NULL);
}

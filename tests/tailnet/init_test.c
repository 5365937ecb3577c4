#include "tailnet/init.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/server_key.h"
#include "tailnet/bell.h"
#include "tailnet/seal.h"
#include "tailnet/settings.h"

#define NOW INT64_C(1800000000)

struct fixture {
	char home[64];
	struct arena *mem;
};

static const char *
path(struct fixture *f, const char *name)
{
	return arena_printf(f->mem, "%s/%s", f->home, name);
}

static int
setup(void **state)
{
	static struct fixture f;

	memcpy(f.home, "/tmp/cairn-init-XXXXXX",
		sizeof("/tmp/cairn-init-XXXXXX"));
	f.mem = arena_new();
	*state = &f;
	return mkdtemp(f.home) ? 0 : -1;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "cairn.db", "cairn.db-wal",
		"cairn.db-shm", "cairn.lock", "bell.sock", "keys/seal",
		"keys/pepper" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(path(f, names[i]));
	(void)rmdir(path(f, "keys"));
	(void)rmdir(f->home);
	arena_free(f->mem);
	return 0;
}

static unsigned
mode_of(struct fixture *f, const char *name)
{
	struct stat st;

	assert_int_equal(stat(path(f, name), &st), 0);
	return st.st_mode & 0777;
}

static enum err
init(struct fixture *f, const char *http_port, const char **why)
{
	struct init_input in = {
		.home = f->home, .http_port = http_port, .now = NOW
	};

	*why = "";
	return tailnet_init(&in, f->mem, why);
}

/* ---- secrets ---- */

static void
a_secret_is_made_once_for_its_owner_only(void **state)
{
	struct fixture *f = *state;
	struct secret one, two;

	assert_int_equal(secret_read(f->home, "seal", &one), ERR_NOT_FOUND);
	assert_int_equal(secret_make(f->home, "seal"), ERR_OK);
	assert_int_equal(mode_of(f, "keys"), 0700);
	assert_int_equal(mode_of(f, "keys/seal"), 0600);
	assert_int_equal(secret_read(f->home, "seal", &one), ERR_OK);
	assert_int_equal(secret_make(f->home, "seal"), ERR_OK);
	assert_int_equal(secret_read(f->home, "seal", &two), ERR_OK);
	assert_memory_equal(&one, &two, sizeof(one));
	assert_int_equal(secret_make(f->home, "pepper"), ERR_OK);
	assert_int_equal(secret_read(f->home, "pepper", &two), ERR_OK);
	assert_memory_not_equal(&one, &two, sizeof(one));
	secret_wipe(&one);
	assert_memory_equal(&one, &(struct secret){ { 0 } }, sizeof(one));
}

static void
a_secret_of_another_size_is_refused(void **state)
{
	struct fixture *f = *state;
	struct secret s;

	assert_int_equal(secret_make(f->home, "seal"), ERR_OK);
	assert_int_equal(truncate(path(f, "keys/seal"), 31), 0);
	assert_int_equal(secret_read(f->home, "seal", &s), ERR_CRYPTO);
	assert_int_equal(truncate(path(f, "keys/seal"), 33), 0);
	assert_int_equal(secret_read(f->home, "seal", &s), ERR_CRYPTO);
}

static void
only_the_same_seal_opens_what_it_closed(void **state)
{
	struct fixture *f = *state;
	struct secret seal = { { 1 } }, other = { { 2 } };
	struct key in, out;
	struct bytes one, two;
	unsigned char *broken;

	memset(&in, 7, sizeof(in));
	memset(&out, 0, sizeof(out));
	one = seal_close(f->mem, &seal, &in);
	two = seal_close(f->mem, &seal, &in);
	assert_int_equal(one.len, two.len);
	assert_memory_not_equal(one.at, two.at, one.len);
	assert_int_equal(seal_open(&other, one, &out), ERR_CRYPTO);
	broken = arena_alloc(f->mem, one.len);
	memcpy(broken, one.at, one.len);
	broken[one.len - 1] ^= 1;
	assert_int_equal(
		seal_open(&seal, (struct bytes){ broken, one.len }, &out),
		ERR_CRYPTO);
	assert_int_equal(
		seal_open(&seal, (struct bytes){ one.at, one.len - 1 }, &out),
		ERR_CRYPTO);
	assert_int_equal(out.bytes[0], 0);
	assert_int_equal(seal_open(&seal, one, &out), ERR_OK);
	assert_memory_equal(&in, &out, sizeof(in));
}

static void
a_hash_depends_on_pepper_and_text(void **state)
{
	struct secret one = { { 1 } }, two = { { 2 } };
	uint8_t a[32], b[32];

	(void)state;
	pepper_hash(&one, "x", a);
	pepper_hash(&one, "x", b);
	assert_memory_equal(a, b, sizeof(a));
	pepper_hash(&two, "x", b);
	assert_memory_not_equal(a, b, sizeof(a));
	pepper_hash(&one, "y", b);
	assert_memory_not_equal(a, b, sizeof(a));
}

/* ---- the bell ---- */

static void
a_ring_wakes_the_listener_until_it_is_drained(void **state)
{
	struct fixture *f = *state;
	struct pollfd p = { .events = POLLIN };

	bell_ring(f->home); /* nobody listens: fine */
	assert_int_equal(bell_listen(f->home, &p.fd), ERR_OK);
	assert_int_equal(mode_of(f, "bell.sock"), 0600);
	assert_int_equal(poll(&p, 1, 0), 0);
	for (int i = 0; i < 1000; i++) /* more than the socket holds */
		bell_ring(f->home);
	assert_int_equal(poll(&p, 1, 0), 1);
	bell_drain(p.fd);
	assert_int_equal(poll(&p, 1, 0), 0);
	close(p.fd);
	bell_ring(f->home); /* the socket is a ruin now */
	assert_int_equal(bell_listen(f->home, &p.fd), ERR_OK);
	bell_ring(f->home);
	assert_int_equal(poll(&p, 1, 0), 1);
	close(p.fd);
}

/* ---- the instance ---- */

static struct key
noise_key(struct fixture *f)
{
	struct server_key k;
	struct db *db;

	assert_int_equal(db_open(f->home, &db), ERR_OK);
	assert_int_equal(db_server_key(db, "noise", f->mem, &k), ERR_OK);
	db_close(db);
	return k.public;
}

static void
init_makes_all_of_it(void **state)
{
	struct fixture *f = *state;
	struct secret seal;
	struct server_key k;
	struct key private, public;
	const char *why;
	struct db *db;

	assert_int_equal(init(f, NULL, &why), ERR_OK);
	assert_int_equal(mode_of(f, "keys"), 0700);
	assert_int_equal(mode_of(f, "keys/seal"), 0600);
	assert_int_equal(mode_of(f, "keys/pepper"), 0600);
	assert_int_equal(secret_read(f->home, "seal", &seal), ERR_OK);
	assert_int_equal(db_open(f->home, &db), ERR_OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			db_server_key(db, i ? "derp" : "noise", f->mem, &k),
			ERR_OK);
		assert_int_equal(seal_open(&seal, k.sealed, &private), ERR_OK);
		assert_int_equal(key_public(&private, &public), ERR_OK);
		assert_true(key_equal(&public, &k.public));
		assert_int_equal(k.created_at, NOW);
	}
	db_close(db);
}

static void
a_second_init_keeps_keys_and_settings(void **state)
{
	struct fixture *f = *state;
	struct settings s;
	struct key before;
	const char *why;
	struct db *db;

	assert_int_equal(init(f, "8081", &why), ERR_OK);
	before = noise_key(f);
	assert_int_equal(init(f, "9999", &why), ERR_OK);
	assert_true(key_equal(&before, &(struct key[]){ noise_key(f) }[0]));
	assert_int_equal(db_open(f->home, &db), ERR_OK);
	assert_int_equal(settings_load(db, f->mem, &s), ERR_OK);
	assert_int_equal(s.http_port, 8081);
	db_close(db);
}

static void
a_first_setting_that_does_not_fit_is_named_and_can_be_mended(void **state)
{
	struct fixture *f = *state;
	struct settings s;
	const char *why;
	struct db *db;

	assert_int_equal(init(f, "x", &why), ERR_BAD_INPUT);
	assert_non_null(strstr(why, "http_port"));
	assert_non_null(strstr(why, "number from 1 to 65535"));
	assert_int_equal(init(f, "8081", &why), ERR_OK);
	assert_int_equal(db_open(f->home, &db), ERR_OK);
	assert_int_equal(settings_load(db, f->mem, &s), ERR_OK);
	assert_int_equal(s.http_port, 8081);
	db_close(db);
}

static void
inits_at_once_agree(void **state)
{
	struct fixture *f = *state;
	pid_t children[4];
	const char *why;
	int status;

	for (size_t i = 0; i < 4; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(init(f, NULL, &why) == ERR_OK ? 0 : 1);
	}
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	assert_int_equal(init(f, NULL, &why), ERR_OK);
}

static void
lost_or_exchanged_secrets_are_told_and_not_made_up_for(void **state)
{
	struct fixture *f = *state;
	struct key before;
	const char *why;

	assert_int_equal(init(f, NULL, &why), ERR_OK);
	before = noise_key(f);
	assert_int_equal(unlink(path(f, "keys/seal")), 0);
	assert_int_equal(init(f, NULL, &why), ERR_CRYPTO);
	assert_non_null(strstr(why, "keys/seal"));
	assert_true(key_equal(&before, &(struct key[]){ noise_key(f) }[0]));
}

static void
a_newer_database_is_told(void **state)
{
	struct fixture *f = *state;
	const char *why;
	struct db *db;

	assert_int_equal(init(f, NULL, &why), ERR_OK);
	assert_int_equal(db_open(f->home, &db), ERR_OK);
	assert_int_equal(db_exec(db, "PRAGMA user_version=999"), ERR_OK);
	db_close(db);
	assert_int_equal(init(f, NULL, &why), ERR_SCHEMA_NEW);
	assert_non_null(strstr(why, "newer than this program"));
}

static void
a_folder_that_cannot_be_is_told(void **state)
{
	struct fixture *f = *state;
	struct init_input in = { .home = "/proc/cairn", .now = NOW };
	const char *why = "";

	assert_int_equal(tailnet_init(&in, f->mem, &why), ERR_IO);
	assert_non_null(strstr(why, "/proc/cairn"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_secret_is_made_once_for_its_owner_only),
		TEST(a_secret_of_another_size_is_refused),
		TEST(only_the_same_seal_opens_what_it_closed),
		TEST(a_hash_depends_on_pepper_and_text),
		TEST(a_ring_wakes_the_listener_until_it_is_drained),
		TEST(init_makes_all_of_it),
		TEST(a_second_init_keeps_keys_and_settings),
		TEST(a_first_setting_that_does_not_fit_is_named_and_can_be_mended),
		TEST(inits_at_once_agree),
		TEST(lost_or_exchanged_secrets_are_told_and_not_made_up_for),
		TEST(a_newer_database_is_told),
		TEST(a_folder_that_cannot_be_is_told),
	};

	return cmocka_run_group_tests_name("tailnet/init", tests, NULL, NULL);
}

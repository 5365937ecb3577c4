#include "tailnet/backup.h"

#include <fcntl.h>
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

#include "base/file.h"
#include "db/audit.h"
#include "db/preauth_key.h"
#include "db/user.h"
#include "db/web_session.h"
#include "tailnet/init.h"
#include "tailnet/settings.h"

#define NOW        INT64_C(1800000000)
#define PASSPHRASE "correct horse battery"

struct fixture {
	char top[64];
	const char *home, *other, *file;
	struct arena *mem;
	struct restore_made made;
	const char *why;
};

static const char *
in(struct fixture *f, const char *folder, const char *name)
{
	return arena_printf(f->mem, "%s/%s", folder, name);
}

static int
setup(void **state)
{
	static struct fixture f;
	struct init_input init = { .now = NOW };
	const char *why;

	f = (struct fixture){ .top = "/tmp/cairn-backup-XXXXXX" };
	f.mem = arena_new();
	*state = &f;
	if (!mkdtemp(f.top))
		return -1;
	f.home = in(&f, f.top, "home");
	f.other = in(&f, f.top, "other");
	f.file = in(&f, f.top, "cairn.backup");
	init.home = f.home;
	return tailnet_init(&init, f.mem, &why);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	const char *command = arena_printf(f->mem, "rm -rf '%s'", f->top);
	int status = system(command); /* a folder of its own, made above */

	arena_free(f->mem);
	return status;
}

static struct db *
open_home(const char *home)
{
	struct db *db = NULL;

	assert_int_equal(db_open(home, &db), ERR_OK);
	return db;
}

static void
add_user(struct fixture *f, const char *name)
{
	struct user u = { .name = name, .created_at = NOW };
	struct db *db = open_home(f->home);
	int64_t id;

	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(db_user_add(db, &u, &id), ERR_OK);
	assert_int_equal(db_commit(db), ERR_OK);
	db_close(db);
}

static enum err
back_up(struct fixture *f, const char *passphrase)
{
	struct db *db = open_home(f->home);
	const struct backup b = { .db = db,
		.home = f->home,
		.file = f->file,
		.passphrase = passphrase,
		.version = "9.9",
		.actor = "cli",
		.now = NOW };
	int64_t size = 0;
	enum err e = tailnet_backup(&b, f->mem, &size, &f->why);

	db_close(db);
	assert_int_equal(e == ERR_OK, size > 0);
	return e;
}

static enum err
put_back(struct fixture *f, struct restore r)
{
	if (!r.home)
		r.home = f->other;
	r.file = f->file;
	r.now = NOW + 100;
	return tailnet_restore(&r, f->mem, &f->made, &f->why);
}

static bool
has_user(struct fixture *f, const char *home, const char *name)
{
	struct db *db = open_home(home);
	struct user u;
	enum err e = db_user_by_name(db, name, f->mem, &u);

	db_close(db);
	return e == ERR_OK;
}

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Whether nothing of a try is left: neither home nor folder. */
static void
assert_nothing_put_back(struct fixture *f)
{
	assert_false(exists(f->other));
	assert_non_null(f->why);
}

static void
a_backup_is_the_whole_instance(void **state)
{
	struct fixture *f = *state;
	struct bytes before, after;
	struct stat st;

	add_user(f, "ann");
	assert_int_equal(back_up(f, NULL), ERR_OK);
	assert_int_equal(stat(f->file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(put_back(f, (struct restore){ 0 }), ERR_OK);
	assert_true(has_user(f, f->other, "ann"));
	assert_string_equal(f->made.from.version, "9.9");
	assert_int_equal(f->made.from.made_at, NOW);
	file_read(in(f, f->home, "keys/seal"), 64, f->mem, &before);
	file_read(in(f, f->other, "keys/seal"), 64, f->mem, &after);
	assert_int_equal(after.len, 32);
	assert_memory_equal(before.at, after.at, 32);
	assert_int_equal(stat(in(f, f->other, "keys/seal"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
what_was_put_back_is_an_instance_like_any_other(void **state)
{
	struct fixture *f = *state;
	struct init_input init = { .now = NOW + 200 };
	struct bundle b;
	struct db *db;
	const char *why;

	assert_int_equal(back_up(f, NULL), ERR_OK);
	assert_int_equal(put_back(f, (struct restore){ 0 }), ERR_OK);
	init.home = f->other;
	assert_int_equal(tailnet_init(&init, f->mem, &why), ERR_OK);
	db = open_home(f->other);
	assert_int_equal(db_bundle(db, f->mem, &b), ERR_NOT_FOUND);
	db_close(db);
}

static void
a_passphrase_alone_opens_what_has_one(void **state)
{
	struct fixture *f = *state;

	add_user(f, "ann");
	assert_int_equal(back_up(f, PASSPHRASE), ERR_OK);
	assert_int_equal(put_back(f, (struct restore){ 0 }), ERR_BAD_INPUT);
	assert_nothing_put_back(f);
	assert_int_equal(
		put_back(f, (struct restore){ .passphrase = "another one 12" }),
		ERR_CRYPTO);
	assert_nothing_put_back(f);
	assert_int_equal(
		put_back(f, (struct restore){ .passphrase = PASSPHRASE }),
		ERR_OK);
	assert_true(has_user(f, f->other, "ann"));
}

static void
write_at(struct fixture *f, off_t at, const char *bytes)
{
	int fd = open(f->file, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(
		pwrite(fd, bytes, strlen(bytes), at), (ssize_t)strlen(bytes));
	close(fd);
}

static off_t
size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static enum err
open_sealed(struct fixture *f)
{
	return put_back(f, (struct restore){ .passphrase = PASSPHRASE });
}

static void
a_sealed_backup_that_was_changed_cut_or_grown_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(back_up(f, PASSPHRASE), ERR_OK);
	write_at(f, size_of(f->file), "x"); /* grown */
	assert_int_equal(open_sealed(f), ERR_CRYPTO);
	assert_nothing_put_back(f);

	assert_int_equal(back_up(f, PASSPHRASE), ERR_OK);
	write_at(f, 70000, "changed");
	assert_int_equal(open_sealed(f), ERR_CRYPTO);

	assert_int_equal(back_up(f, PASSPHRASE), ERR_OK);
	/* at the end of a piece of 64 KiB, where nothing looks cut */
	assert_int_equal(truncate(f->file, 16 + 16 + 24 + 2 * (65536 + 17)), 0);
	assert_int_equal(open_sealed(f), ERR_CRYPTO);
	assert_int_equal(truncate(f->file, 20), 0);
	assert_int_equal(open_sealed(f), ERR_CRYPTO);
	assert_nothing_put_back(f);
}

static void
a_damaged_or_foreign_file_is_refused(void **state)
{
	struct fixture *f = *state;
	char junk[4096];

	memset(junk, 'j', sizeof(junk) - 1);
	junk[sizeof(junk) - 1] = '\0';
	assert_int_equal(back_up(f, NULL), ERR_OK);
	for (off_t at = 8192; at < size_of(f->file); at += 12288)
		write_at(f, at, junk);
	assert_int_not_equal(put_back(f, (struct restore){ 0 }), ERR_OK);
	assert_nothing_put_back(f);

	f->file = in(f, f->home, "cairn.db"); /* a database without its keys */
	assert_int_not_equal(put_back(f, (struct restore){ 0 }), ERR_OK);
	assert_nothing_put_back(f);
	f->file = "/etc/passwd";
	assert_int_not_equal(put_back(f, (struct restore){ 0 }), ERR_OK);
	f->file = "/dev/zero";
	assert_int_equal(put_back(f, (struct restore){ 0 }), ERR_BAD_INPUT);
	f->file = in(f, f->top, "nowhere");
	assert_int_equal(put_back(f, (struct restore){ 0 }), ERR_IO);
	assert_nothing_put_back(f);
}

/* The bundle as somebody else may have made it. */
static void
forge(struct fixture *f, const char *sql)
{
	const char *stage = in(f, f->top, "stage");
	struct db *db;

	mkdir(stage, 0700);
	assert_int_equal(rename(f->file, in(f, stage, "cairn.db")), 0);
	assert_int_equal(db_open_any(stage, false, &db), ERR_OK);
	assert_int_equal(db_exec(db, sql), ERR_OK);
	db_close_last(db);
	assert_int_equal(rename(in(f, stage, "cairn.db"), f->file), 0);
}

static void
a_file_that_leads_elsewhere_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(back_up(f, NULL), ERR_OK);
	forge(f, "INSERT INTO bundle_file VALUES ('../../evil', x'00')");
	assert_int_equal(put_back(f, (struct restore){ 0 }), ERR_BAD_INPUT);
	assert_nothing_put_back(f);
	assert_false(exists(in(f, f->top, "evil")));
}

static void
a_backup_without_its_keys_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(back_up(f, NULL), ERR_OK);
	forge(f, "DELETE FROM bundle_file WHERE name = 'keys/seal'");
	assert_int_equal(put_back(f, (struct restore){ 0 }), ERR_BAD_INPUT);
	assert_non_null(strstr(f->why, "keys/seal"));
	assert_nothing_put_back(f);
}

/* Too short, too long, none at all, and of another instance. */
static void
a_backup_with_other_keys_than_its_database_has_is_refused(void **state)
{
	static const char *const contents[] = { "x''", "x'00'", "zeroblob(31)",
		"zeroblob(32)", "zeroblob(33)" };
	static const char *const files[] = { "keys/seal", "keys/pepper" };
	struct fixture *f = *state;

	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(back_up(f, NULL), ERR_OK);
		forge(f, arena_printf(f->mem,
				 "UPDATE bundle_file SET content = %s WHERE "
				 "name = '%s'",
				 contents[i / 2], files[i % 2]));
		assert_int_equal(
			put_back(f, (struct restore){ 0 }), ERR_CRYPTO);
		assert_non_null(strstr(
			f->why, arena_printf(f->mem,
					"its %s is not the one of its database",
					files[i % 2])));
		assert_nothing_put_back(f);
	}
}

static void
a_backup_of_a_newer_version_says_which(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(back_up(f, NULL), ERR_OK);
	forge(f, "PRAGMA user_version = 9999");
	assert_int_equal(put_back(f, (struct restore){ 0 }), ERR_SCHEMA_NEW);
	assert_non_null(strstr(f->why, "9.9"));
	assert_nothing_put_back(f);
}

static void
an_instance_makes_room_only_when_told_and_is_kept(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(back_up(f, NULL), ERR_OK);
	add_user(f, "later");
	assert_int_equal(
		put_back(f, (struct restore){ .home = f->home }), ERR_EXISTS);
	assert_true(has_user(f, f->home, "later"));
	assert_int_equal(put_back(f, (struct restore){ .home = f->home,
					     .replace = true,
					     .running = true }),
		ERR_BUSY);
	assert_true(has_user(f, f->home, "later"));
	assert_int_equal(put_back(f, (struct restore){ .home = f->home,
					     .replace = true }),
		ERR_OK);
	assert_false(has_user(f, f->home, "later"));
	assert_non_null(f->made.replaced);
	assert_true(has_user(f, f->made.replaced, "later"));
	assert_true(exists(in(f, f->made.replaced, "keys/pepper")));
}

static void
add_keys_and_session(struct fixture *f)
{
	struct db *db = open_home(f->home);
	struct preauth_key k = { .prefix = "aaaaaaaaaaaa",
		.user_id = 1,
		.tags = "[]",
		.created_at = NOW,
		.expires_at = NOW + 9999,
		.description = "",
		.made_by = "cli" };
	struct web_session s = { .user_id = 1,
		.address = "",
		.agent = "",
		.started_at = NOW,
		.used_at = NOW,
		.fresh_at = NOW };
	int64_t id;

	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(db_preauth_key_add(db, &k, &id), ERR_OK);
	assert_int_equal(db_web_session_add(db, &s, &id), ERR_OK);
	assert_int_equal(db_commit(db), ERR_OK);
	db_close(db);
}

static void
what_may_have_been_spent_since_ends(void **state)
{
	struct fixture *f = *state;
	struct preauth_key *keys;
	struct audit *rows;
	size_t count;
	struct db *db;

	add_user(f, "ann");
	add_keys_and_session(f);
	assert_int_equal(back_up(f, NULL), ERR_OK);
	assert_int_equal(put_back(f, (struct restore){ 0 }), ERR_OK);
	assert_int_equal(f->made.ended.keys, 1);
	assert_int_equal(f->made.ended.sessions, 1);
	db = open_home(f->other);
	assert_int_equal(db_preauth_keys(db, f->mem, &keys, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(keys[0].revoked_at, NOW + 100);
	assert_int_equal(db_audits(db, 0, 1, f->mem, &rows, &count), ERR_OK);
	assert_string_equal(rows[0].action, "backup.restored");
	assert_non_null(strstr(rows[0].detail,
		"ended: 1 key for machines, 1 browser, 0 links"));
	db_close(db);
}

static void
the_url_can_be_another_one(void **state)
{
	struct fixture *f = *state;
	struct settings s;
	struct db *db;

	assert_int_equal(back_up(f, NULL), ERR_OK);
	assert_int_not_equal(
		put_back(f, (struct restore){ .url = "not a url" }), ERR_OK);
	assert_nothing_put_back(f);
	assert_int_equal(
		put_back(f,
			(struct restore){ .url = "https://new.example.org" }),
		ERR_OK);
	db = open_home(f->other);
	assert_int_equal(settings_load(db, f->mem, &s), ERR_OK);
	assert_string_equal(s.url, "https://new.example.org");
	db_close(db);
}

/* Users 0, 1, 2 … one transaction each, until it is ended. */
static void
write_on(const char *home)
{
	struct db *db;
	char name[32];
	int64_t id;

	if (db_open(home, &db))
		_exit(1);
	for (int i = 0;; i++) {
		struct user u = { .name = name, .created_at = NOW };

		(void)snprintf(name, sizeof(name), "user-%d", i);
		if (db_begin(db) || db_user_add(db, &u, &id) || db_commit(db))
			_exit(1);
	}
}

static int64_t
count_users(const char *home, bool *whole)
{
	struct db *db = open_home(home);
	int64_t count = 0, most = 0;

	assert_int_equal(
		db_number(db_stmt(db, "SELECT count(*) FROM user"), &count),
		ERR_OK);
	assert_int_equal(
		db_number(db_stmt(db, "SELECT max(id) FROM user"), &most),
		ERR_OK);
	*whole = count == most;
	db_close(db);
	return count;
}

static void
a_backup_under_writes_is_a_state_that_was_committed(void **state)
{
	struct fixture *f = *state;
	bool whole = false;
	int64_t least;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		write_on(f->home);
	while (count_users(f->home, &whole) < 20)
		usleep(1000);
	for (int i = 0; i < 3; i++) {
		least = count_users(f->home, &whole);
		assert_int_equal(back_up(f, NULL), ERR_OK);
		f->other = arena_printf(f->mem, "%s/other-%d", f->top, i);
		assert_int_equal(put_back(f, (struct restore){ 0 }), ERR_OK);
		assert_true(count_users(f->other, &whole) >= least);
		assert_true(whole);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void
a_backup_that_cannot_be_written_leaves_the_older_one(void **state)
{
	struct fixture *f = *state;
	const char *good = f->file;

	assert_int_equal(back_up(f, NULL), ERR_OK);
	f->file = in(f, f->top, "nowhere/cairn.backup");
	assert_int_equal(back_up(f, NULL), ERR_IO);
	assert_non_null(strstr(f->why, "nowhere"));
	f->file = good;
	(void)unlink(in(f, f->home, "keys/pepper"));
	assert_int_not_equal(back_up(f, NULL), ERR_OK);
	assert_non_null(strstr(f->why, "keys/pepper"));
	assert_int_equal(put_back(f, (struct restore){ 0 }), ERR_OK);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_backup_is_the_whole_instance),
		T(what_was_put_back_is_an_instance_like_any_other),
		T(a_passphrase_alone_opens_what_has_one),
		T(a_sealed_backup_that_was_changed_cut_or_grown_is_refused),
		T(a_damaged_or_foreign_file_is_refused),
		T(a_file_that_leads_elsewhere_is_refused),
		T(a_backup_without_its_keys_is_refused),
		T(a_backup_with_other_keys_than_its_database_has_is_refused),
		T(a_backup_of_a_newer_version_says_which),
		T(an_instance_makes_room_only_when_told_and_is_kept),
		T(what_may_have_been_spent_since_ends),
		T(the_url_can_be_another_one),
		T(a_backup_under_writes_is_a_state_that_was_committed),
		T(a_backup_that_cannot_be_written_leaves_the_older_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

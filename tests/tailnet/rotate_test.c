/*
 * rotate_test.c: other keys for an instance, and what a kill in between leaves.
 */
#include "tailnet/rotate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/audit.h"
#include "db/db_inside.h"
#include "db/identity.h"
#include "db/user.h"
#include "db/web_session.h"
#include "tailnet/backup.h"
#include "tailnet/init.h"
#include "tailnet/keys.h"
#include "tailnet/oidc_sign_in.h"
#include "tailnet/secrets.h"
#include "tailnet/server_keys.h"

#define NOW INT64_C(1800000000)
#define DAY INT64_C(86400)

struct fixture {
	char home[64];
	struct arena *mem;
	struct db *db;
	const char *why;
};

static void
must(enum err e)
{
	if (e)
		fail_msg("%s", err_words(e));
}

static enum err
init(struct fixture *f)
{
	struct init_input in = { .home = f->home, .now = NOW };

	return tailnet_init(&in, f->mem, &f->why);
}

static int
setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .home = "/tmp/cairn-rotate-XXXXXX" };
	f.mem = arena_new();
	*state = &f;
	if (!mkdtemp(f.home) || init(&f))
		return -1;
	return db_open(f.home, &f.db) ? -1 : 0;
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

static const char *
path(struct fixture *f, const char *name)
{
	return arena_printf(f->mem, "%s/%s", f->home, name);
}

static struct rotation
rotation(struct fixture *f, bool dry)
{
	return (struct rotation){ .db = f->db,
		.home = f->home,
		.actor = "cli",
		.now = NOW,
		.dry = dry };
}

static void
put(struct fixture *f, const char *sql, struct bytes value)
{
	struct stmt *q;

	must(db_begin(f->db));
	q = db_stmt(f->db, sql);
	stmt_blob(q, 1, value.at, value.len);
	must(db_run(q));
	must(db_commit(f->db));
}

static struct bytes
bytes_of(const char *text)
{
	return (struct bytes){ (const void *)text, strlen(text) };
}

/* A row in each place that is sealed, closed as the programs close it. */
static void
fill(struct fixture *f)
{
	struct secret seal, pages;

	must(secret_current(f->db, f->home, "seal", &seal));
	must(secret_current(f->db, f->home, "pages", &pages));
	put(f, "INSERT INTO user (id, name, created_at) VALUES (7, CAST(?1 AS TEXT), 1)",
		bytes_of("ann"));
	put(f,
		"INSERT INTO provider (id, name, issuer, client_id, secret, "
		"scopes, group_domain, created_at) VALUES (1, 'p', "
		"'https://i', 'c', ?1, '', '', 1)",
		seal_text_close(f->mem, &seal, "client secret"));
	put(f,
		"INSERT INTO identity (user_id, provider_id, issuer, sub, "
		"refresh, linked_at) VALUES (7, 1, 'https://i', 's', ?1, 1)",
		seal_text_close(f->mem, &seal, "refresh token"));
	put(f,
		"INSERT INTO factor (user_id, secret, step, added_at) "
		"VALUES (7, ?1, 0, 1)",
		seal_bytes(f->mem, &pages, bytes_of("12345678901234567890")));
	put(f,
		"INSERT INTO notice_target (kind, place, events, secret, "
		"created_at) VALUES ('webhook', 'https://w', ' node ', ?1, 1)",
		seal_bytes(f->mem, &seal, bytes_of("webhook secret")));
}

/* How many rows of all places open with it, and how many do not. */
static void
try_all(struct fixture *f, const struct secret *seal, int *open, int *closed)
{
	struct secret pages;
	struct bytes plain;

	secret_derive(seal, "pages", &pages);
	*open = *closed = 0;
	for (size_t i = 0; i < SEALED_PLACES; i++) {
		const struct sealed_place *p = &sealed_places[i];
		struct sealed_row *rows;
		size_t count;

		must(db_sealed_rows(f->db, p, f->mem, &rows, &count));
		for (size_t n = 0; n < count; n++)
			if (unseal_bytes(p->pages ? &pages : seal,
				    rows[n].value, f->mem, &plain))
				++*closed;
			else
				++*open;
	}
}

enum {
	ROWS = 6, /* noise, derp, and one in each other place */
};

static void
assert_all_open(struct fixture *f, const struct secret *seal)
{
	int open, closed;

	try_all(f, seal, &open, &closed);
	assert_int_equal(open, ROWS);
	assert_int_equal(closed, 0);
}

static struct secret
current(struct fixture *f, const char *name)
{
	struct secret s;

	must(secret_current(f->db, f->home, name, &s));
	return s;
}

static bool
same(const struct secret *a, const struct secret *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static bool
is_there(struct fixture *f, const char *name)
{
	return access(path(f, name), F_OK) == 0;
}

/* ---- what stands in the schema ---- */

/* Columns of bytes that are neither sealed nor known by a keyed hash. */
static const char *const plain_columns[] = {
	"ask.token",
	"audit.hash",
	"audit.once",
	"audit_mark.hash",
	"node.machine_key",
	"node.node_key",
	"node_live.disco_key",
	"noise_session.hash",
	"noise_session.machine_key",
	"pending.machine_key",
	"pending.node_key",
	"pending.old_node_key",
	"policy_text.hash",
	"retired_key.machine_key",
	"retired_key.node_key",
	"secret_mark.mark",
	"server_key.public",
	"ssh_check.src_key",
};

/* Keyed with the pepper: db_peppered_end sees to each. */
static const char *const peppered_columns[] = {
	"derp_region.token_hash",
	"link.hash",
	"oidc_flow.hash",
	"pending.auth_hash",
	"preauth_key.hash",
	"recovery_code.hash",
	"spent_form.hash",
	"ssh_check.auth_hash",
	"web_session.hash",
	"web_session.pre_hash",
};

static bool
is_among(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static bool
is_sealed(struct fixture *f, const char *name)
{
	for (size_t i = 0; i < SEALED_PLACES; i++)
		if (strcmp(name, arena_printf(f->mem, "%s.%s",
					 sealed_places[i].table,
					 sealed_places[i].column)) == 0)
			return true;
	return false;
}

static void
read_text(struct stmt *q, struct arena *mem, void *row)
{
	*(const char **)row = col_text(q, 0, mem);
}

#define COUNT(list) (sizeof(list) / sizeof(list[0]))

static void
every_column_of_bytes_is_known_as_sealed_keyed_or_plain(void **state)
{
	struct fixture *f = *state;
	const char **names;
	size_t count, sealed = 0;

	must(db_all(db_stmt(f->db,
			    "SELECT m.name || '.' || c.name FROM sqlite_schema "
			    "m, pragma_table_info(m.name) c WHERE m.type = "
			    "'table' AND c.type = 'BLOB' ORDER BY 1"),
		read_text, f->mem, sizeof(*names), &names, &count));
	for (size_t i = 0; i < count; i++) {
		int n = is_sealed(f, names[i]) +
			is_among(
				names[i], plain_columns, COUNT(plain_columns)) +
			is_among(names[i], peppered_columns,
				COUNT(peppered_columns));

		sealed += is_sealed(f, names[i]);
		if (n != 1)
			fail_msg("%s: name it in db/sealed.c, or here among "
				 "the keyed or plain ones (%d)",
				names[i], n);
	}
	assert_int_equal(sealed, SEALED_PLACES);
}

/* ---- the seal ---- */

static void
a_new_seal_opens_all_and_the_old_one_nothing(void **state)
{
	struct fixture *f = *state;
	struct rotation r = rotation(f, false);
	struct secret old = current(f, "seal"), new;
	struct rotated_seal made;
	struct audit last;
	int open, closed;

	fill(f);
	must(tailnet_rotate_seal(&r, false, f->mem, &made, &f->why));
	assert_false(made.lost);
	assert_int_equal(made.rows[0], 2);
	for (size_t i = 1; i < SEALED_PLACES; i++)
		assert_int_equal(made.rows[i], 1);
	new = current(f, "seal");
	assert_false(same(&old, &new));
	assert_all_open(f, &new);
	try_all(f, &old, &open, &closed);
	assert_int_equal(open, 0);
	assert_false(is_there(f, "keys/seal.next"));
	must(db_audit_last(
		f->db, "server-key:0", "server_key.rotated", f->mem, &last));
	assert_string_equal(last.detail, "seal");
	must(init(f));
}

static void
a_dry_run_counts_and_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct rotation r = rotation(f, true);
	struct secret old = current(f, "seal"), pepper = current(f, "pepper");
	struct rotated_seal made;
	struct rotated_noise noise;
	struct peppered ended;
	struct server_key before, after;

	fill(f);
	must(db_server_key(f->db, "noise", f->mem, &before));
	must(tailnet_rotate_seal(&r, false, f->mem, &made, &f->why));
	must(tailnet_rotate_pepper(&r, f->mem, &ended, &f->why));
	must(tailnet_rotate_noise(&r, 0, f->mem, &noise, &f->why));
	must(tailnet_rotate_relay(&r, f->mem, &f->why));
	assert_int_equal(made.rows[3], 1);
	assert_all_open(f, &old);
	assert_true(
		same(&pepper, &(struct secret[]){ current(f, "pepper") }[0]));
	must(db_server_key(f->db, "noise", f->mem, &after));
	assert_true(key_equal(&before.public, &after.public));
	assert_false(is_there(f, "keys/seal.next"));
}

static void
a_seal_that_is_lost_is_asked_about_and_then_made_anew(void **state)
{
	struct fixture *f = *state;
	struct rotation r = rotation(f, false);
	struct noise_keys keys;
	struct rotated_seal made;
	struct server_key before;
	struct secret new;
	int open, closed;

	fill(f);
	must(db_server_key(f->db, "noise", f->mem, &before));
	assert_int_equal(unlink(path(f, "keys/seal")), 0);
	assert_int_equal(
		init(f), ERR_CRYPTO); /* and a wrong one is there now */
	assert_non_null(strstr(f->why, "rotate seal"));
	assert_int_equal(tailnet_rotate_seal(&r, false, f->mem, &made, &f->why),
		ERR_CRYPTO);
	assert_non_null(strstr(f->why, "--lost"));
	assert_false(is_there(f, "keys/seal.next"));
	must(tailnet_rotate_seal(&r, true, f->mem, &made, &f->why));
	assert_true(made.lost);
	new = current(f, "seal");
	/* Two server keys, a factor that nobody has, an empty secret; client
	 * secret and refresh token are gone. */
	try_all(f, &new, &open, &closed);
	assert_int_equal(open, 4);
	assert_int_equal(closed, 0);
	must(init(f));
	must(noise_keys_open(f->db, f->home, NOW, f->mem, &keys));
	assert_int_equal(keys.count, 1);
	assert_false(key_equal(&keys.at[0].public, &before.public));
}

/* Handlers that read the seal before, and write after. */
static void
what_was_sealed_with_the_old_one_is_not_written_any_more(void **state)
{
	struct fixture *f = *state;
	struct rotation r = rotation(f, false);
	struct secret seal = current(f, "seal"), pages = current(f, "pages");
	struct rotated_seal made;

	must(secret_check(f->db, "seal", &seal));
	must(secret_check(f->db, "pages", &pages));
	must(tailnet_rotate_seal(&r, false, f->mem, &made, &f->why));
	assert_int_equal(secret_check(f->db, "seal", &seal), ERR_BUSY);
	assert_int_equal(secret_check(f->db, "pages", &pages), ERR_BUSY);
}

/* As if a rotation had committed between what was read and what is stored. */
static enum err
put_another_seal(struct db *db, void *arg)
{
	struct fixture *f = arg;
	struct secret new = { .bytes = { 7 } };
	enum err e = secret_stage(f->home, "seal", &new);

	db_after_begin(db, NULL, NULL);
	return e ? e : secret_mark(db, "seal", &new);
}

static const char *
refresh_token(struct fixture *f)
{
	struct identity i;
	const char *token = NULL;

	must(db_identity_by_id(f->db, 1, f->mem, &i));
	must(oidc_token_open(f->db, f->home, i.refresh, f->mem, &token));
	return token;
}

static void
a_refresh_token_that_comes_with_another_seal_is_closed_with_that(void **state)
{
	struct fixture *f = *state;
	const struct oidc_person who = { .issuer = "https://i",
		.sub = "s",
		.email = "",
		.name = "",
		.display_name = "",
		.picture = "",
		.synced = "[]",
		.role = ROLES };
	const struct provider p = {
		.id = 1, .name = "p", .domains = "", .users = "", .groups = ""
	};
	const struct oidc_sign_in in = { .provider = &p,
		.who = &who,
		.home = f->home,
		.refresh = "the next one" };
	const struct browser b = { .address = "192.0.2.1", .agent = "" };
	struct secret pepper = current(f, "pepper");
	struct oidc_outcome out;

	fill(f);
	assert_string_equal(refresh_token(f), "refresh token");
	db_after_begin(f->db, put_another_seal, f);
	must(tailnet_oidc_sign_in(f->db, &pepper, &in, &b, NOW, f->mem, &out));
	assert_int_equal(out.refusal, OIDC_REFUSED_NONE);
	assert_string_equal(refresh_token(f), "the next one");
}

/* ---- a kill ---- */

static enum rotate_step kill_at;

static void
end_here(enum rotate_step at)
{
	if (at == kill_at)
		_exit(9);
}

/* In a process of its own, which ends at that step. */
static void
rotate_and_die(struct fixture *f, bool pepper, enum rotate_step at)
{
	pid_t child;
	int status;

	db_close(f->db);
	f->db = NULL;
	kill_at = at;
	child = fork();
	if (child == 0) {
		struct rotation r = rotation(f, false);
		struct rotated_seal made;
		struct peppered ended;

		if (db_open(f->home, &r.db))
			_exit(1);
		r.at = end_here;
		(void)(pepper ? tailnet_rotate_pepper(
					&r, f->mem, &ended, &f->why)
			      : tailnet_rotate_seal(
					&r, false, f->mem, &made, &f->why));
		_exit(2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 9);
	must(db_open(f->home, &f->db));
}

/* A rotation that is at its end gives NAME.next its name. */
static int
rename_next(unsigned what, void *of, void *statement, void *sql)
{
	struct fixture *f = of;

	(void)what;
	(void)statement;
	(void)sql;
	(void)rename(path(f, "keys/seal.next"), path(f, "keys/seal"));
	return 0;
}

static void
a_seal_that_gets_its_name_while_it_is_looked_for_is_found(void **state)
{
	struct fixture *f = *state;
	struct secret old = current(f, "seal"), new;

	rotate_and_die(f, false, ROTATE_COMMITTED);
	/* At the mark, after keys/seal was read. */
	sqlite3_trace_v2(f->db->handle, SQLITE_TRACE_STMT, rename_next, f);
	new = current(f, "seal");
	assert_false(is_there(f, "keys/seal.next"));
	assert_false(same(&old, &new));
}

static int begun, begun_when_staged;

static enum err
count_begin(struct db *db, void *arg)
{
	(void)db;
	(void)arg;
	begun++;
	return ERR_OK;
}

static void
note_staged(enum rotate_step at)
{
	if (at == ROTATE_STAGED)
		begun_when_staged = begun;
}

/* Else one that has committed, and not yet given its file the name, would lose
 * that file to the next. */
static void
nobody_comes_between_the_naming_of_a_file_and_the_next(void **state)
{
	struct fixture *f = *state;
	struct rotation r = rotation(f, false);
	struct rotated_seal made;
	struct peppered ended;

	r.at = note_staged;
	db_after_begin(f->db, count_begin, NULL);
	begun = 0;
	must(tailnet_rotate_seal(&r, false, f->mem, &made, &f->why));
	assert_int_equal(begun_when_staged, 1);
	begun = 0;
	must(tailnet_rotate_pepper(&r, f->mem, &ended, &f->why));
	assert_int_equal(begun_when_staged, 1);
	db_after_begin(f->db, NULL, NULL);
}

/* The one before was killed at its last step, and this one before its own. */
static void
two_kills_one_after_the_other_lose_nothing(void **state)
{
	struct fixture *f = *state;
	struct secret now;

	fill(f);
	for (enum rotate_step at = 0; at < ROTATE_STEPS; at++) {
		rotate_and_die(f, false, ROTATE_COMMITTED);
		rotate_and_die(f, false, at);
		now = current(f, "seal");
		assert_all_open(f, &now);
	}
}

static void
a_seal_survives_a_kill_at_any_step(void **state)
{
	struct fixture *f = *state;
	struct secret old = current(f, "seal"), now;

	fill(f);
	for (enum rotate_step at = 0; at < ROTATE_STEPS; at++) {
		rotate_and_die(f, false, at);
		now = current(f, "seal"); /* before anybody mended it */
		assert_all_open(f, &now);
		assert_int_equal(same(&old, &now), at < ROTATE_COMMITTED);
		assert_true(is_there(f, "keys/seal.next"));
		must(init(f));
		assert_false(is_there(f, "keys/seal.next"));
		now = current(f, "seal");
		assert_all_open(f, &now);
	}
}

static struct preauth_key
key_found(struct fixture *f, const char *text)
{
	struct preauth_key k = { .id = 0 };
	struct secret pepper = current(f, "pepper");

	(void)tailnet_preauth_key_find(f->db, &pepper, text, f->mem, &k);
	return k;
}

static const char *
make_key(struct fixture *f)
{
	struct preauth_key k = { .tags = "[]", .user_id = 7 };
	struct secret pepper = current(f, "pepper");
	const char *text;
	int64_t id;

	must(tailnet_preauth_key_add(
		f->db, &pepper, &k, &actor_cli, NOW, f->mem, &id, &text));
	return text;
}

static void
a_pepper_survives_a_kill_at_any_step(void **state)
{
	struct fixture *f = *state;
	const char *text;

	fill(f);
	text = make_key(f);
	for (enum rotate_step at = 0; at < ROTATE_STEPS; at++) {
		rotate_and_die(f, true, at);
		assert_int_equal(
			key_found(f, text).id != 0, at < ROTATE_COMMITTED);
		must(init(f));
		assert_false(is_there(f, "keys/pepper.next"));
		assert_int_equal(
			key_found(f, text).id != 0, at < ROTATE_COMMITTED);
	}
	assert_int_not_equal(key_found(f, make_key(f)).id, 0);
}

/* ---- the pepper ---- */

static int64_t
count_of(struct fixture *f, const char *sql)
{
	int64_t n = -1;

	must(db_number(db_stmt(f->db, sql), &n));
	return n;
}

static void
what_a_leaked_pepper_keyed_ends(void **state)
{
	static const uint8_t zeroes[32];
	static const struct bytes hash = { zeroes, sizeof(zeroes) };
	struct fixture *f = *state;
	struct rotation r = rotation(f, false);
	struct peppered ended;

	fill(f);
	(void)make_key(f);
	put(f,
		"INSERT INTO web_session (hash, user_id, started_at, used_at, "
		"fresh_at, address, agent) VALUES (?1, 7, 1, 1, 1, '', '')",
		hash);
	put(f, "INSERT INTO recovery_code (user_id, hash) VALUES (7, ?1)",
		hash);
	put(f,
		"INSERT INTO derp_region (id, code, name, host, port, "
		"stun_port, token_hash, created_at) VALUES (901, 'a', 'a', "
		"'h', 443, 3478, ?1, 1)",
		hash);
	must(tailnet_rotate_pepper(&r, f->mem, &ended, &f->why));
	assert_int_equal(ended.opened.keys, 1);
	assert_int_equal(ended.opened.sessions, 1);
	assert_int_equal(ended.codes, 1);
	assert_int_equal(ended.relays, 1);
	assert_int_equal(count_of(f, "SELECT count(*) FROM web_session"), 0);
	assert_int_equal(count_of(f, "SELECT count(*) FROM recovery_code"), 0);
	assert_int_equal(count_of(f, "SELECT count(*) FROM derp_region WHERE "
				     "token_hash IS NULL"),
		1);
	assert_int_equal(count_of(f, "SELECT count(*) FROM preauth_key WHERE "
				     "revoked_at IS NULL"),
		0);
	/* Passwords and second factors have nothing to do with it. */
	assert_int_equal(count_of(f, "SELECT count(*) FROM factor"), 1);
	must(init(f));
}

static void
a_pepper_that_is_lost_is_told_and_made_anew(void **state)
{
	struct fixture *f = *state;
	struct rotation r = rotation(f, false);
	struct peppered ended;

	assert_int_equal(unlink(path(f, "keys/pepper")), 0);
	assert_int_equal(init(f), ERR_CRYPTO);
	assert_non_null(strstr(f->why, "rotate pepper"));
	must(tailnet_rotate_pepper(&r, f->mem, &ended, &f->why));
	must(init(f));
}

/* ---- the server's own keys ---- */

static void
an_old_machine_key_is_answered_till_its_grace_is_over(void **state)
{
	struct fixture *f = *state;
	struct rotation r = rotation(f, false);
	struct rotated_noise made;
	struct server_key before;
	struct noise_keys keys;
	int64_t ended;

	must(db_server_key(f->db, "noise", f->mem, &before));
	must(tailnet_rotate_noise(&r, DAY, f->mem, &made, &f->why));
	assert_int_equal(made.answered, 1);
	must(noise_keys_open(f->db, f->home, NOW + DAY - 1, f->mem, &keys));
	assert_int_equal(keys.count, 2);
	assert_true(key_equal(&keys.at[0].public, &made.public));
	assert_true(key_equal(&keys.at[1].public, &before.public));
	assert_int_equal(keys.at[1].until, NOW + DAY);
	must(noise_keys_open(f->db, f->home, NOW + DAY, f->mem, &keys));
	assert_int_equal(keys.count, 1);
	must(tailnet_end_old_noise(&r, &ended, &f->why));
	assert_int_equal(ended, 1);
	must(noise_keys_open(f->db, f->home, NOW, f->mem, &keys));
	assert_int_equal(keys.count, 1);
	/* What is answered no more cannot be taken by anybody either. */
	assert_int_equal(count_of(f, "SELECT count(*) FROM server_key WHERE "
				     "length(sealed) > 0"),
		2);
}

static void
a_leaked_machine_key_ends_at_once_with_all_before(void **state)
{
	struct fixture *f = *state;
	struct rotation r = rotation(f, false);
	struct rotated_noise made;
	struct noise_keys keys;

	must(tailnet_rotate_noise(&r, DAY, f->mem, &made, &f->why));
	must(tailnet_rotate_noise(&r, 0, f->mem, &made, &f->why));
	assert_int_equal(made.answered, 0);
	must(noise_keys_open(f->db, f->home, NOW, f->mem, &keys));
	assert_int_equal(keys.count, 1);
	assert_true(key_equal(&keys.at[0].public, &made.public));
}

static void
so_many_machine_keys_are_answered_and_no_more(void **state)
{
	struct fixture *f = *state;
	struct rotation r = rotation(f, false);
	struct rotated_noise made;
	struct noise_keys keys;

	for (int i = 1; i < NOISE_KEYS_MOST; i++)
		must(tailnet_rotate_noise(&r, DAY, f->mem, &made, &f->why));
	must(noise_keys_open(f->db, f->home, NOW, f->mem, &keys));
	assert_int_equal(keys.count, NOISE_KEYS_MOST);
	assert_int_equal(tailnet_rotate_noise(&r, DAY, f->mem, &made, &f->why),
		ERR_TOO_BIG);
	assert_non_null(strstr(f->why, "--end-old"));
	must(noise_keys_open(f->db, f->home, NOW, f->mem, &keys));
	assert_true(key_equal(&keys.at[0].public, &made.public));
}

static void
the_relay_gets_another_key(void **state)
{
	struct fixture *f = *state;
	struct rotation r = rotation(f, false);
	struct server_key before, after;
	struct key private, public;

	must(db_server_key(f->db, "derp", f->mem, &before));
	must(tailnet_rotate_relay(&r, f->mem, &f->why));
	must(db_server_key(f->db, "derp", f->mem, &after));
	assert_false(key_equal(&before.public, &after.public));
	must(relay_key_open(f->db, f->home, f->mem, &private));
	must(key_public(&private, &public));
	assert_true(key_equal(&public, &after.public));
}

/* ---- and backups ---- */

static void
a_backup_between_commit_and_name_has_the_seal_of_its_rows(void **state)
{
	struct fixture *f = *state;
	const char *file = path(f, "a.backup"), *other = path(f, "other");
	struct backup b = { .home = f->home,
		.file = file,
		.version = "9.9",
		.actor = "cli",
		.now = NOW };
	struct restore back = { .home = other, .file = file, .now = NOW };
	struct restore_made made;
	struct secret now, then;
	int64_t size;

	rotate_and_die(f, false, ROTATE_COMMITTED);
	b.db = f->db;
	now = current(f, "seal");
	must(tailnet_backup(&b, f->mem, &size, &f->why));
	must(tailnet_restore(&back, f->mem, &made, &f->why));
	must(secret_read(other, "seal", &then));
	assert_true(same(&now, &then));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_column_of_bytes_is_known_as_sealed_keyed_or_plain),
		TEST(a_new_seal_opens_all_and_the_old_one_nothing),
		TEST(a_dry_run_counts_and_changes_nothing),
		TEST(a_seal_that_is_lost_is_asked_about_and_then_made_anew),
		TEST(what_was_sealed_with_the_old_one_is_not_written_any_more),
		TEST(a_seal_that_gets_its_name_while_it_is_looked_for_is_found),
		TEST(a_refresh_token_that_comes_with_another_seal_is_closed_with_that),
		TEST(a_seal_survives_a_kill_at_any_step),
		TEST(two_kills_one_after_the_other_lose_nothing),
		TEST(nobody_comes_between_the_naming_of_a_file_and_the_next),
		TEST(a_pepper_survives_a_kill_at_any_step),
		TEST(what_a_leaked_pepper_keyed_ends),
		TEST(a_pepper_that_is_lost_is_told_and_made_anew),
		TEST(an_old_machine_key_is_answered_till_its_grace_is_over),
		TEST(a_leaked_machine_key_ends_at_once_with_all_before),
		TEST(so_many_machine_keys_are_answered_and_no_more),
		TEST(the_relay_gets_another_key),
		TEST(a_backup_between_commit_and_name_has_the_seal_of_its_rows),
	};

	return cmocka_run_group_tests_name("tailnet/rotate", tests, NULL, NULL);
}

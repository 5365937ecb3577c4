/*
 * providers_test.c: cairn providers: what people sign in by, without the pages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "db/audit.h"
#include "db/provider.h"
#include "db/setting.h"
#include "tailnet/provider.h"
#include "tailnet/seal.h"
#include "tests/cli/run.h"
#include "tests/lib/fake_provider.h"

#define ADD                                                         \
	"providers add -n Login -i https://login.example.org/r -c " \
	"cairn"

static struct db *
opened(void)
{
	struct db *db;

	assert_int_equal(db_open(home, &db), ERR_OK);
	return db;
}

static struct provider
stored(const char *name)
{
	struct db *db = opened();
	struct provider p;

	assert_int_equal(db_provider_by_name(db, name, mem, &p), ERR_OK);
	db_close(db);
	return p;
}

static const char *
secret_of(const struct provider *p)
{
	struct secret seal;
	const char *text;

	assert_int_equal(secret_read(home, "seal", &seal), ERR_OK);
	assert_int_equal(seal_text_open(&seal, p->secret, mem, &text), ERR_OK);
	return text;
}

static struct audit
last_audit(void)
{
	struct db *db = opened();
	struct audit *rows;
	size_t count;

	assert_int_equal(db_audits(db, 0, 1, mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 1);
	db_close(db);
	return rows[0];
}

static void
a_provider_is_added_shown_changed_and_deleted(void **state)
{
	const char *shown;
	struct provider p;

	(void)state;
	assert_has(run(ADD " --groups dev,ops --roles ops=it-admin").out,
		"redirect address: http://127.0.0.1:8080/oidc/callback\n");
	assert_string_equal(last_audit().action, "provider.added");
	assert_string_equal(last_audit().actor, "cli");
	p = stored("Login");
	assert_string_equal(p.groups, "dev\nops");
	assert_string_equal(p.group_domain, "login.example.org");
	assert_int_equal(p.secret.len, 0);
	assert_has(run("providers list").out, "not asked yet");
	shown = run("providers show login -o json-line").out;
	assert_has(shown, "\"groups\":[\"dev\",\"ops\"]");
	assert_has(shown, "\"has_secret\":false");
	assert_has(run("providers set Login --domains example.org --links").out,
		"Provider changed.");
	assert_string_equal(last_audit().action, "provider.changed");
	p = stored("Login");
	assert_string_equal(p.groups, "dev\nops");
	assert_string_equal(p.domains, "example.org");
	assert_true(p.links);
	assert_has(run("providers show 1").out, "Domains: example.org\n");
	run("providers set 1 --domains= --links=false");
	assert_string_equal(stored("Login").domains, "");
	assert_false(stored("Login").links);
	assert_string_equal(run_typed("n\n", "providers delete Login").out,
		"Provider not deleted\n");
	assert_string_equal(run("providers delete Login --force").out,
		"Provider deleted\n");
	assert_string_equal(last_audit().action, "provider.deleted");
}

static void
a_group_may_hold_a_comma(void **state)
{
	(void)state;
	assert_int_equal(run(ADD " --groups cn=dev,dc=example\n").status, 0);
	assert_string_equal(stored("Login").groups, "cn=dev,dc=example");
}

static void
a_client_secret_comes_by_a_file_or_is_typed_and_is_never_shown(void **state)
{
	const char *path = arena_printf(mem, "%s/secret", home);
	FILE *f = fopen(path, "we");
	struct provider p;

	(void)state;
	assert_int_equal(
		run_typed("s3cr3t\nmore\n", ADD " --client-secret-file -")
			.status,
		0);
	p = stored("Login");
	assert_string_equal(secret_of(&p), "s3cr3t");
	assert_has_not(run("providers show 1 -o yaml").out, "s3cr3t");
	assert_has(run("providers show 1").out, "Client secret: stored\n");
	assert_has_not(last_audit().after, "s3cr3t");
	assert_has(run("providers set 1 --issuer https://evil.example.org").err,
		"--client-secret-file: Enter it again");
	assert_string_equal(
		stored("Login").issuer, "https://login.example.org/r");
	run("providers set 1 --scopes openid");
	p = stored("Login");
	assert_string_equal(secret_of(&p), "s3cr3t");
	fputs("an0ther", f);
	fclose(f);
	run(arena_printf(mem, "providers set 1 --client-secret-file %s", path));
	p = stored("Login");
	assert_string_equal(secret_of(&p), "an0ther");
	run_typed("\n", "providers set 1 --client-secret-file -");
	assert_int_equal(stored("Login").secret.len, 0);
	assert_has(run("providers set 1 --client-secret-file /nowhere").err,
		"opening /nowhere: ");
}

static void
a_secret_of_the_most_bytes_fits_and_one_more_does_not(void **state)
{
	char *line = arena_alloc(mem, PROVIDER_SECRET_MAX + 3);

	(void)state;
	memset(line, 'x', PROVIDER_SECRET_MAX);
	assert_int_equal(
		run_typed(line, ADD " --client-secret-file -").status, 0);
	line[PROVIDER_SECRET_MAX] = 'x';
	assert_has(
		run_typed(line, "providers set 1 --client-secret-file -").err,
		"longer than 512 bytes");
}

static void
what_is_wrong_with_a_provider_is_said_with_its_flag(void **state)
{
	(void)state;
	assert_has(run("providers add -n A -i http://a.example.org -c x").err,
		"adding the provider: --issuer: Enter an address that begins "
		"with https://");
	assert_has(run("providers add -n A -i https://github.com -c x").err,
		"--domains: Anybody can have an account there");
	assert_has(run("providers add -n A -i https://a.example.org").err,
		"\"client-id\" not set");
	run(ADD);
	assert_has(run(ADD).err, "--name: Another provider is called so");
	assert_has(run("providers set Log --links").err,
		"there is no provider \"Log\"");
	assert_has(run("providers show").err, "missing parameters");
}

static void
a_test_asks_the_provider_and_stores_nothing(void **state)
{
	struct fake_provider *fake = fake_provider_new();
	struct ran r;

	(void)state;
	run(arena_printf(
		mem, "providers add -n Login -i %s -c cairn", fake->issuer));
	r = run("providers test Login");
	assert_int_equal(r.status, 0);
	assert_has(r.out, "Keys: 1 for signatures\n");
	assert_has(r.out, "Redirect address, to be entered there: http");
	assert_int_equal(stored("Login").tried_at, 0);
	fake->says->manner[FAKE_JWKS] = FAKE_BROKEN;
	r = run("providers test Login");
	assert_int_equal(r.status, 1);
	assert_has(r.err, "provider Login: ");
	assert_has(r.err, "500");
	assert_has(run("providers test 1 -o json-line").out,
		"\"result\":\"error\"");
	fake_provider_free(fake);
}

static void
the_doctor_asks_each_provider(void **state)
{
	struct fake_provider *fake = fake_provider_new();
	struct db *db;
	const char *text;

	(void)state;
	assert_has(run("doctor --url ftp://x").out,
		"ok    provider: none is set up");
	run(arena_printf(
		mem, "providers add -n Login -i %s -c cairn", fake->issuer));
	assert_has(run("doctor --url ftp://x").out,
		"ok    provider: Login answers, with 1 key\n");
	fake->says->manner[FAKE_DISCOVERY] = FAKE_BROKEN;
	text = run("doctor --url ftp://x").out;
	assert_has(text, "warn  provider: Login does not answer: ");
	assert_has(text, "never read for a sign-in — see that it runs");
	assert_has(text, "'cairn providers test Login' asks again\n");
	db = opened();
	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(
		db_setting_put(db, "password_sign_in", "false", 1), ERR_OK);
	assert_int_equal(
		db_provider_discovered(db, 1, "{}", "", 1796083200), ERR_OK);
	assert_int_equal(db_commit(db), ERR_OK);
	db_close(db);
	text = run("doctor --url ftp://x").out;
	assert_has(text, "FAIL  provider: Login does not answer: ");
	assert_has(text, "read last for a sign-in at 2026-12-01T00:00:00Z");
	assert_has(text, "nobody signs in until then");
	fake_provider_free(fake);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, home_set_up, home_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_provider_is_added_shown_changed_and_deleted),
		TEST(a_group_may_hold_a_comma),
		TEST(a_client_secret_comes_by_a_file_or_is_typed_and_is_never_shown),
		TEST(a_secret_of_the_most_bytes_fits_and_one_more_does_not),
		TEST(what_is_wrong_with_a_provider_is_said_with_its_flag),
		TEST(a_test_asks_the_provider_and_stores_nothing),
		TEST(the_doctor_asks_each_provider),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tailnet/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "db/audit.h"
#include "db/node.h"
#include "db/setting.h"
#include "tests/lib/with_db.h"

static enum err
put(struct fixture *f, const char *name, const char *value)
{
	const char *why = NULL;
	enum err e = settings_put(f->db, name, value, "cli", 5, f->mem, &why);

	if (e)
		assert_non_null(why);
	return e;
}

static struct settings
load(struct fixture *f)
{
	struct settings s;

	assert_int_equal(settings_load(f->db, f->mem, &s), ERR_OK);
	return s;
}

static void
without_rows_the_defaults_hold(void **state)
{
	struct settings s = load(*state);

	assert_string_equal(s.url, "http://127.0.0.1:8080");
	assert_string_equal(s.listen, "127.0.0.1");
	assert_int_equal(s.https_port, 8443);
	assert_string_equal(s.dns_domain, "cairn.internal");
	assert_true(s.magic_dns);
	assert_true(s.disable_log_tail);
	assert_string_equal(s.address_order, "random");
	assert_int_equal(s.node_expiry, 180 * 86400);
	assert_int_equal(s.keep_audit, 365 * 86400);
	assert_string_equal(s.metrics_token, "");
}

static void
every_default_fits_its_own_rule(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < setting_row_count; i++) {
		assert_int_equal(
			put(f, setting_rows[i].name, setting_rows[i].otherwise),
			ERR_OK);
		assert_ptr_equal(
			setting_row(setting_rows[i].name), &setting_rows[i]);
	}
}

static void
values_are_checked(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *name, *value;
		enum err e;
	} cases[] = {
		{ "bogus", "1", ERR_NOT_FOUND },
		{ "http_port", "1", ERR_OK },
		{ "http_port", "0", ERR_BAD_INPUT },
		{ "http_port", "65535", ERR_OK },
		{ "http_port", "65536", ERR_BAD_INPUT },
		{ "http_port", "80 ", ERR_BAD_INPUT },
		{ "http_port", "8443", ERR_BAD_INPUT }, /* of https */
		{ "magic_dns", "false", ERR_OK },
		{ "magic_dns", "no", ERR_BAD_INPUT },
		{ "node_expiry", "0", ERR_OK },
		{ "node_expiry", "10y", ERR_OK },
		{ "node_expiry", "10y1s", ERR_BAD_INPUT },
		{ "ephemeral_timeout", "64s", ERR_BAD_INPUT },
		{ "ephemeral_timeout", "65s", ERR_OK },
		{ "ephemeral_timeout", "65", ERR_BAD_INPUT },
		{ "address_order", "sequential", ERR_OK },
		{ "address_order", "Sequential", ERR_BAD_INPUT },
		{ "policy_path", "/etc/cairn/policy.hujson", ERR_OK },
		{ "policy_path", "policy.hujson", ERR_BAD_INPUT },
		{ "policy_path", "", ERR_OK },
		{ "listen", "::1", ERR_OK },
		{ "listen", "localhost", ERR_BAD_INPUT },
		{ "tailnet_name", "Ärzte ohne Netz", ERR_OK },
		{ "tailnet_name", "a\nb", ERR_BAD_INPUT },
		{ "tailnet_name", "\xff", ERR_BAD_INPUT },
		{ "tailnet_name",
			"a\xc2\x9b"
			"31m",
			ERR_BAD_INPUT },
		{ "tailnet_name", "a\u202egnp", ERR_BAD_INPUT },
		{ "metrics_token", "too-short-token", ERR_BAD_INPUT },
		{ "metrics_token", "long-enough-token", ERR_OK },
		{ "metrics_token", "with blanks in the token", ERR_BAD_INPUT },
		{ "metrics_token", "", ERR_OK },
		{ "client_version", "1.102.3", ERR_OK },
		{ "client_version", "", ERR_OK },
		{ "client_version", "1.102", ERR_BAD_INPUT },
		{ "client_version", "1.102.3-t1", ERR_BAD_INPUT },
		{ "client_version", "v1.102.3", ERR_BAD_INPUT },
		{ "client_version", "1.10000.3", ERR_BAD_INPUT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (put(f, cases[i].name, cases[i].value) != cases[i].e)
			fail_msg("%s=%s", cases[i].name, cases[i].value);
}

static void
a_url_is_scheme_host_and_port(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *url, *stored, *host;
		int64_t port;
		bool https;
	} good[] = {
		{ "https://vpn.example.org", "https://vpn.example.org",
			"vpn.example.org", 443, true },
		{ "https://VPN.Example.org/", "https://vpn.example.org",
			"vpn.example.org", 443, true },
		{ "http://192.168.1.2:8080", "http://192.168.1.2:8080",
			"192.168.1.2", 8080, false },
		{ "http://[fd00::1]", "http://[fd00::1]", "fd00::1", 80,
			false },
		{ "http://[fd00::1]:81", "http://[fd00::1]:81", "fd00::1", 81,
			false },
		{ "http://localhost:8080", "http://localhost:8080", "localhost",
			8080, false },
	};
	static const char *const bad[] = { "vpn.example.org", "ftp://x.org",
		"https://", "https:///", "https://x.org/path",
		"https://x.org//", "https://x.org:0", "https://x.org:65536",
		"https://x.org:", "https://u@x.org", "https://x.org?a",
		"https://x.org#a", "https://x..org", "https://-x.org",
		"http://[::1", "http://[::1]x", "http://[1.2.3.4]",
		"http://::1", "https://x y", " https://x.org" };
	struct settings s;
	const char *host;
	int64_t port;
	bool https;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(put(f, "url", good[i].url), ERR_OK);
		s = load(f);
		assert_string_equal(s.url, good[i].stored);
		settings_url_parts(&s, f->mem, &host, &port, &https);
		assert_string_equal(host, good[i].host);
		assert_int_equal(port, good[i].port);
		assert_int_equal(https, good[i].https);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (put(f, "url", bad[i]) != ERR_BAD_INPUT)
			fail_msg("%s", bad[i]);
	assert_string_equal(load(f).url, "http://localhost:8080");
}

static void
an_empty_url_follows_address_and_port(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put(f, "listen", "fd00::1"), ERR_OK);
	assert_string_equal(load(f).url, "http://[fd00::1]:8080");
	assert_int_equal(put(f, "http_port", "80"), ERR_OK);
	assert_string_equal(load(f).url, "http://[fd00::1]");
	assert_int_equal(put(f, "url", "https://a.org"), ERR_OK);
	assert_string_equal(load(f).url, "https://a.org");
	assert_int_equal(put(f, "url", ""), ERR_OK);
	assert_string_equal(load(f).url, "http://[fd00::1]");
}

static void
the_dns_domain_never_holds_the_host_of_the_url(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *domain;
		enum err e;
	} cases[] = {
		{ "vpn.example.org", ERR_DOMAIN_SERVER },
		{ "example.org", ERR_DOMAIN_SERVER },
		{ "ORG", ERR_DOMAIN_SERVER },
		{ "net.example.org", ERR_OK },
		{ "a.vpn.example.org", ERR_OK },
		{ "ample.org", ERR_OK },
		{ "", ERR_BAD_INPUT },
		{ "a..b", ERR_BAD_INPUT },
		{ ".a", ERR_BAD_INPUT },
		{ "a.", ERR_BAD_INPUT },
		{ "a_b.org", ERR_BAD_INPUT },
		{ "10.0.0.1", ERR_BAD_INPUT },
		{ "Net.Cairn.INTERNAL", ERR_OK },
	};
	const char *why = "";

	assert_int_equal(put(f, "url", "https://vpn.example.org"), ERR_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (put(f, "dns_domain", cases[i].domain) != cases[i].e)
			fail_msg("%s", cases[i].domain);
	assert_string_equal(load(f).dns_domain, "net.cairn.internal");
	assert_int_equal(
		settings_put(f->db, "url", "https://x.net.cairn.internal",
			"cli", 5, f->mem, &why),
		ERR_DOMAIN_SERVER);
	assert_non_null(strstr(why, "dns_domain"));
}

static int64_t
audit_rows(struct fixture *f)
{
	int64_t n = -1;

	assert_int_equal(db_audit_count(f->db, &n), ERR_OK);
	return n;
}

static void
of_several_settings_one_that_is_refused_stores_none(void **state)
{
	struct fixture *f = *state;
	const struct setting_value values[] = { { "tailnet_name", "Acme" },
		{ "node_expiry", "soon" } };
	const char *field = NULL, *why = "";

	assert_int_equal(settings_put_many(f->db, values, 2, "user:1", 5,
				 f->mem, &field, &why),
		ERR_BAD_INPUT);
	assert_string_equal(field, "node_expiry");
	assert_non_null(strstr(why, "duration"));
	assert_string_equal(load(f).tailnet_name, "");
	assert_int_equal(audit_rows(f), 0);
}

static void
several_settings_agree_in_the_end_and_leave_a_row_each(void **state)
{
	struct fixture *f = *state;
	const struct setting_value values[] = { { "http_port", "8443" },
		{ "https_port", "8080" }, { "tailnet_name", "" } };
	const char *field = NULL, *why = "";
	struct audit *rows;
	size_t count;

	assert_int_equal(settings_put_many(f->db, values, 3, "user:1", 5,
				 f->mem, &field, &why),
		ERR_OK);
	assert_int_equal(load(f).http_port, 8443);
	assert_int_equal(db_audits(f->db, 0, 9, f->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 2); /* the third is as it was */
	assert_string_equal(rows[0].subject, "setting:https_port");
	assert_string_equal(rows[0].before, "{\"https_port\":\"8443\"}");
	assert_string_equal(rows[0].after, "{\"https_port\":\"8080\"}");
}

static void
prefixes_lie_inside_those_of_the_tailnet(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *name, *prefix;
		enum err e;
	} cases[] = {
		{ "ipv4_prefix", "100.64.0.0/10", ERR_OK },
		{ "ipv4_prefix", "100.127.255.252/30", ERR_OK },
		{ "ipv4_prefix", "100.127.255.254/31", ERR_BAD_INPUT },
		{ "ipv4_prefix", "100.0.0.0/8", ERR_BAD_INPUT },
		{ "ipv4_prefix", "10.0.0.0/24", ERR_BAD_INPUT },
		{ "ipv4_prefix", "100.64.0.1/24", ERR_BAD_INPUT },
		{ "ipv4_prefix", "100.100.0.0/24", ERR_BAD_INPUT },
		{ "ipv4_prefix", "100.64.0.0", ERR_BAD_INPUT },
		{ "ipv4_prefix", "fd7a:115c:a1e0::/48", ERR_BAD_INPUT },
		{ "ipv6_prefix", "fd7a:115c:a1e0:1::/64", ERR_OK },
		{ "ipv6_prefix", "fd7a:115c:a1e0::/32", ERR_BAD_INPUT },
		{ "ipv6_prefix", "fd7a:115c:a1e1::/64", ERR_BAD_INPUT },
		{ "ipv6_prefix", "", ERR_OK },
		{ "ipv4_prefix", "", ERR_BAD_INPUT }, /* neither is left */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (put(f, cases[i].name, cases[i].prefix) != cases[i].e)
			fail_msg("%s", cases[i].prefix);
	assert_string_equal(load(f).ipv4_prefix, "100.127.255.252/30");
}

static void
a_prefix_that_leaves_machines_outside_is_refused_with_their_number(void **state)
{
	struct fixture *f = *state;
	const struct setting_value v = { "ipv4_prefix", "100.65.0.0/16" };
	struct node n = { .tags = "[\"tag:a\"]",
		.name = "pc",
		.ipv4 = "100.64.0.1",
		.register_method = "cli" };
	const char *why = "", *field = "";
	int64_t id;

	assert_int_equal(db_node_add(f->db, &n, &id), ERR_OK);
	assert_int_equal(
		settings_put_many(f->db, &v, 1, "cli", 5, f->mem, &field, &why),
		ERR_OUTSIDE);
	assert_string_equal(field, "ipv4_prefix");
	assert_string_equal(why, "1 machine has an address outside of it");
	assert_int_equal(put(f, "ipv4_prefix", ""), ERR_OUTSIDE);
	assert_int_equal(put(f, "ipv4_prefix", "100.64.0.0/16"), ERR_OK);
	assert_int_equal(put(f, "ipv6_prefix", ""), ERR_OK);
}

static void
a_domain_of_189_bytes_fits_and_one_of_190_does_not(void **state)
{
	struct fixture *f = *state;
	char domain[191];

	memset(domain, 'a', sizeof(domain));
	domain[60] = domain[120] = domain[180] = '.';
	domain[189] = '\0';
	assert_int_equal(put(f, "dns_domain", domain), ERR_OK);
	domain[189] = 'a';
	domain[190] = '\0';
	assert_int_equal(put(f, "dns_domain", domain), ERR_BAD_INPUT);
}

static void
a_stored_value_that_no_longer_fits_counts_as_its_default(void **state)
{
	struct fixture *f = *state;
	struct settings s;

	assert_int_equal(db_setting_put(f->db, "http_port", "x", 1), ERR_OK);
	assert_int_equal(db_setting_put(f->db, "magic_dns", "x", 1), ERR_OK);
	assert_int_equal(db_setting_put(f->db, "url", "x", 1), ERR_OK);
	assert_int_equal(db_setting_put(f->db, "of_old", "x", 1), ERR_OK);
	s = load(f);
	assert_int_equal(s.http_port, 8080);
	assert_true(s.magic_dns);
	assert_string_equal(s.url, "http://127.0.0.1:8080");
}

static void
the_metrics_token_is_stored_hashed_and_not_told(void **state)
{
	struct fixture *f = *state;
	static const char token[] = "0123456789abcdef-secret";
	struct audit *rows;
	struct settings s = load(f);
	const char *stored;
	size_t count;

	assert_false(settings_metrics_token_is(&s, ""));
	assert_int_equal(put(f, "metrics_token", token), ERR_OK);
	assert_int_equal(
		db_setting_get(f->db, "metrics_token", f->mem, &stored),
		ERR_OK);
	assert_null(strstr(stored, "secret"));
	s = load(f);
	assert_true(settings_metrics_token_is(&s, token));
	assert_false(settings_metrics_token_is(&s, "0123456789abcdef"));
	assert_false(settings_metrics_token_is(&s, stored));
	assert_false(settings_metrics_token_is(&s, ""));
	assert_int_equal(put(f, "metrics_token", stored), ERR_BAD_INPUT);
	assert_int_equal(db_audits(f->db, 0, 1, f->mem, &rows, &count), ERR_OK);
	assert_string_equal(rows[0].action, "setting.changed");
	assert_string_equal(rows[0].subject, "setting:metrics_token");
	assert_string_equal(rows[0].detail, "");
}

static void
a_refused_value_leaves_no_row_and_no_audit(void **state)
{
	struct fixture *f = *state;
	struct audit *rows;
	const char *value;
	size_t count;

	assert_int_equal(put(f, "http_port", "0"), ERR_BAD_INPUT);
	assert_int_equal(db_setting_get(f->db, "http_port", f->mem, &value),
		ERR_NOT_FOUND);
	assert_int_equal(db_audits(f->db, 0, 1, f->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_rows_the_defaults_hold),
		TEST(every_default_fits_its_own_rule),
		TEST(values_are_checked),
		TEST(a_url_is_scheme_host_and_port),
		TEST(an_empty_url_follows_address_and_port),
		TEST(the_dns_domain_never_holds_the_host_of_the_url),
		TEST(a_domain_of_189_bytes_fits_and_one_of_190_does_not),
		TEST(a_stored_value_that_no_longer_fits_counts_as_its_default),
		TEST(the_metrics_token_is_stored_hashed_and_not_told),
		TEST(prefixes_lie_inside_those_of_the_tailnet),
		TEST(a_prefix_that_leaves_machines_outside_is_refused_with_their_number),
		TEST(a_refused_value_leaves_no_row_and_no_audit),
		TEST(of_several_settings_one_that_is_refused_stores_none),
		TEST(several_settings_agree_in_the_end_and_leave_a_row_each),
	};

	return cmocka_run_group_tests_name(
		"tailnet/settings", tests, NULL, NULL);
}

#include "tailnet/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit.h"
#include "db/change.h"
#include "db/node.h"
#include "db/setting.h"
#include "db/user.h"
#include "tailnet/dnsconfig.h"

#define NOW INT64_C(1800000000)
#define FILTERED                                                    \
	"\"ExitNodeFilteredSet\":[\".cairn.internal\",\".ts.net\"," \
	"\".tailscale.net\"]}"

struct fixture {
	struct db *db;
	struct arena *mem;
	int64_t alice;
};

static int
setup(void **state)
{
	static struct fixture f;
	struct user alice = { .name = "alice", .created_at = NOW };

	f.mem = arena_new();
	*state = &f;
	return db_open_memory(&f.db) || db_user_add(f.db, &alice, &f.alice);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static int64_t
add_node(struct fixture *f, const char *name, uint8_t key)
{
	struct node row = { .user_id = f->alice,
		.tags = "[]",
		.name = name,
		.hostname = name,
		.ipv4 = arena_printf(f->mem, "100.64.0.%d", key),
		.hostinfo = "{}",
		.routes = "[]",
		.approved_routes = "[]",
		.requested_tags = "[]",
		.register_method = "authkey",
		.created_at = NOW };
	int64_t id = 0;

	memset(&row.machine_key, key, sizeof(row.machine_key));
	memset(&row.node_key, key + 100, sizeof(row.node_key));
	assert_int_equal(db_node_add(f->db, &row, &id), ERR_OK);
	return id;
}

static enum err
add_server(struct fixture *f, const char *address, const char *domain)
{
	int64_t id;

	return tailnet_nameserver_add(f->db,
		&(struct nameserver){ .address = address, .domain = domain },
		"cli", NOW, &id);
}

static int64_t
server(struct fixture *f, const char *address, const char *domain)
{
	int64_t id = 0;

	assert_int_equal(tailnet_nameserver_add(f->db,
				 &(struct nameserver){
					 .address = address, .domain = domain },
				 "cli", NOW, &id),
		ERR_OK);
	return id;
}

static enum err
add_record(struct fixture *f, const char *name, const char *type,
	const char *value, int64_t node_id)
{
	int64_t id;

	return tailnet_record_add(f->db,
		&(struct dns_record){ .name = name,
			.type = type,
			.value = value,
			.node_id = node_id },
		"cli", NOW, &id);
}

static void
record(struct fixture *f, const char *name, const char *type, const char *value)
{
	assert_int_equal(add_record(f, name, type, value, 0), ERR_OK);
}

static const char *
no_address(void *arg, int64_t node_id, bool six)
{
	(void)node_id;
	(void)six;
	return arg;
}

static const char *
config_for(struct fixture *f, const struct dns_view *view)
{
	struct dns_view v = *view;
	struct settings s;
	struct dns_rows rows;
	struct buf b;

	if (!v.address)
		v.address = no_address;
	assert_int_equal(settings_load(f->db, f->mem, &s), ERR_OK);
	assert_int_equal(dns_rows_load(f->db, f->mem, &rows), ERR_OK);
	buf_init(&b, f->mem, 1024 * 1024);
	dnsconfig_put(&b, &rows, &s, &v);
	buf_put(&b, "", 1);
	assert_int_equal(buf_error(&b), ERR_OK);
	return (const char *)b.bytes;
}

static const char *
config(struct fixture *f)
{
	return config_for(f, &(struct dns_view){ .capver = 142 });
}

static struct audit
newest(struct fixture *f)
{
	struct audit *rows;
	size_t count;

	assert_int_equal(db_audits(f->db, 0, 1, f->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 1);
	return rows[0];
}

/* ---- the config ---- */

static void
a_new_network_has_its_own_domain_and_no_more(void **state)
{
	assert_string_equal(config(*state),
		"{\"Routes\":{\"cairn.internal.\":[]},"
		"\"Domains\":[\"cairn.internal\"],\"Proxied\":true," FILTERED);
}

static void
without_magic_dns_the_base_domain_is_nobodys(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		tailnet_dns_prefs(f->db, false, false, "cli", NOW), ERR_OK);
	assert_string_equal(config(f), "{" FILTERED);
	server(f, "10.0.0.1", "corp.example");
	assert_non_null(strstr(config(f),
		"{\"Routes\":{\"corp.example.\":[{\"Addr\":\"10.0.0.1\"}]}"));
}

static void
global_nameservers_are_resolvers_only_where_they_override(void **state)
{
	struct fixture *f = *state;

	server(f, "9.9.9.9", "");
	server(f, "2620:FE:0::fe", "");
	assert_non_null(strstr(config(f),
		"\"FallbackResolvers\":[{\"Addr\":\"9.9.9.9\"},"
		"{\"Addr\":\"2620:fe::fe\"}]"));
	assert_null(strstr(config(f), "\"Resolvers\""));
	assert_int_equal(
		tailnet_dns_prefs(f->db, true, true, "cli", NOW), ERR_OK);
	assert_non_null(
		strstr(config(f), "{\"Resolvers\":[{\"Addr\":\"9.9.9.9\"},"
				  "{\"Addr\":\"2620:fe::fe\"}]"));
	assert_null(strstr(config(f), "FallbackResolvers"));
}

static void
nameservers_of_a_domain_are_its_route_in_their_order(void **state)
{
	struct fixture *f = *state;
	int64_t second;

	server(f, "10.0.0.1", "corp.example");
	server(f, "9.9.9.9", "");
	second = server(f, "https://DNS.example/q?x=1", "Corp.Example.");
	assert_non_null(strstr(config(f),
		"\"Routes\":{\"cairn.internal.\":[],\"corp.example.\":["
		"{\"Addr\":\"10.0.0.1\"},"
		"{\"Addr\":\"https://dns.example/q?x=1\"}]}"));
	assert_int_equal(
		tailnet_nameserver_move(f->db, second, true, "cli", NOW),
		ERR_OK);
	assert_non_null(strstr(config(f),
		"\"corp.example.\":[{\"Addr\":\"https://dns.example/q?x=1\"},"
		"{\"Addr\":\"10.0.0.1\"}]"));
	/* Already first: of the other domain it is no neighbour. */
	assert_int_equal(
		tailnet_nameserver_move(f->db, second, true, "cli", NOW),
		ERR_OK);
	assert_non_null(strstr(config(f),
		"\"corp.example.\":[{\"Addr\":\"https://dns.example/"));
	assert_int_equal(tailnet_nameserver_move(f->db, 99, true, "cli", NOW),
		ERR_NOT_FOUND);
}

static void
only_clients_that_know_it_hear_of_exit_nodes(void **state)
{
	struct fixture *f = *state;
	struct dns_view old = { .capver = EXIT_DNS_CAPVER - 1 };
	struct dns_view new = { .capver = EXIT_DNS_CAPVER };
	int64_t id;

	assert_int_equal(tailnet_nameserver_add(f->db,
				 &(struct nameserver){ .address = "9.9.9.9",
					 .domain = "",
					 .with_exit_node = true },
				 "cli", NOW, &id),
		ERR_OK);
	assert_null(strstr(config_for(f, &old), "UseWithExitNode"));
	assert_non_null(strstr(config_for(f, &new),
		"{\"Addr\":\"9.9.9.9\",\"UseWithExitNode\":true}"));
}

static void
search_domains_stand_behind_the_base_domain(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	assert_int_equal(
		tailnet_search_add(f->db, "Lan.Example.", "cli", NOW, &id),
		ERR_OK);
	assert_int_equal(
		tailnet_search_add(f->db, "b.example", "cli", NOW, &id),
		ERR_OK);
	assert_non_null(strstr(config(f),
		"\"Domains\":[\"cairn.internal\",\"lan.example\","
		"\"b.example\"]"));
	assert_int_equal(tailnet_search_delete(f->db, id, "cli", NOW), ERR_OK);
	assert_null(strstr(config(f), "b.example"));
	assert_int_equal(
		tailnet_search_delete(f->db, id, "cli", NOW), ERR_NOT_FOUND);
}

static void
a_record_has_a_route_unless_one_leads_to_it(void **state)
{
	struct fixture *f = *state;

	server(f, "10.0.0.1", "corp.example");
	record(f, "git.cairn.internal", "A", "10.1.1.1");
	record(f, "www.corp.example", "A", "10.1.1.2");
	record(f, "b.home.lan", "A", "10.1.1.3");
	record(f, "home.lan", "AAAA", "fd00::1");
	record(f, "x-home.lan", "A", "10.1.1.4");
	assert_string_equal(config(f),
		"{\"Routes\":{\"cairn.internal.\":[],\"corp.example.\":["
		"{\"Addr\":\"10.0.0.1\"}],\"home.lan.\":[],"
		"\"x-home.lan.\":[]},"
		"\"Domains\":[\"cairn.internal\"],\"Proxied\":true,"
		"\"ExtraRecords\":["
		"{\"Name\":\"www.corp.example\",\"Type\":\"A\","
		"\"Value\":\"10.1.1.2\"},"
		"{\"Name\":\"git.cairn.internal\",\"Type\":\"A\","
		"\"Value\":\"10.1.1.1\"},"
		"{\"Name\":\"home.lan\",\"Type\":\"AAAA\","
		"\"Value\":\"fd00::1\"},"
		"{\"Name\":\"b.home.lan\",\"Type\":\"A\","
		"\"Value\":\"10.1.1.3\"},"
		"{\"Name\":\"x-home.lan\",\"Type\":\"A\","
		"\"Value\":\"10.1.1.4\"}]," FILTERED);
}

static const char *
tower_only(void *arg, int64_t node_id, bool six)
{
	return node_id == *(int64_t *)arg && !six ? "100.64.0.9" : NULL;
}

static void
what_the_machine_may_not_see_is_not_named_at_all(void **state)
{
	struct fixture *f = *state;
	int64_t tower = add_node(f, "tower", 1), keep = add_node(f, "keep", 2);
	struct dns_view v = {
		.capver = 142, .address = tower_only, .arg = &tower
	};

	assert_int_equal(add_record(f, "t.lan", "A", NULL, tower), ERR_OK);
	assert_int_equal(add_record(f, "t.lan", "AAAA", NULL, tower), ERR_OK);
	assert_int_equal(add_record(f, "k.lan", "A", NULL, keep), ERR_OK);
	assert_string_equal(config_for(f, &v),
		"{\"Routes\":{\"cairn.internal.\":[],\"t.lan.\":[]},"
		"\"Domains\":[\"cairn.internal\"],\"Proxied\":true,"
		"\"ExtraRecords\":[{\"Name\":\"t.lan\",\"Type\":\"A\","
		"\"Value\":\"100.64.0.9\"}]," FILTERED);
	assert_int_equal(db_node_delete(f->db, tower), ERR_OK);
	assert_null(strstr(config_for(f, &v), "t.lan"));
}

/* The prefixes that settings allow are those whose names clients know by
 * themselves, so no in-addr.arpa is ever sent. */
static void
reverse_names_are_left_to_the_clients(void **state)
{
	struct fixture *f = *state;
	const char *why;

	assert_int_equal(settings_put(f->db, "ipv4_prefix", "100.80.0.0/16",
				 "cli", NOW, f->mem, &why),
		ERR_OK);
	assert_int_equal(settings_put(f->db, "ipv4_prefix", "10.0.0.0/8", "cli",
				 NOW, f->mem, &why),
		ERR_BAD_INPUT);
	assert_null(strstr(config(f), "arpa"));
}

static void
nextdns_hears_which_machine_asks(void **state)
{
	struct fixture *f = *state;
	struct dns_view v = { .capver = 142,
		.device_name = "Ann's tower",
		.device_model = "linux",
		.device_ip = "100.64.0.7" };

	server(f, "https://dns.nextdns.io/abc123/x", "");
	assert_non_null(strstr(config_for(f, &v),
		"\"https://dns.nextdns.io/abc123/x?device_name=Ann%27s%20tower"
		"&device_model=linux&device_ip=100.64.0.7\""));
	v.nextdns = "def456";
	assert_non_null(strstr(config_for(f, &v),
		"\"https://dns.nextdns.io/def456/x?device_name="));
	v.no_device_info = true;
	assert_non_null(strstr(
		config_for(f, &v), "\"https://dns.nextdns.io/def456/x\""));
	v.nextdns = NULL;
	assert_non_null(strstr(
		config_for(f, &v), "\"https://dns.nextdns.io/abc123/x\""));
}

/* ---- what is refused ---- */

static void
a_nameserver_is_an_address_or_https(void **state)
{
	static const struct {
		const char *address, *domain;
		enum err e;
	} cases[] = {
		{ "1.1.1.1", "", ERR_OK },
		{ "100.64.0.3", "", ERR_OK },
		{ "fd7a:115c:a1e0::3", "", ERR_OK },
		{ "127.0.0.1", "", ERR_OK },
		{ "https://dns.example", "", ERR_OK },
		{ "HTTPS://dns.example:8443/dns-query", "", ERR_OK },
		{ "https://[2606:4700::1]/dns-query", "", ERR_OK },
		{ "https://1.1.1.1/dns-query", "", ERR_OK },
		{ "", "", ERR_BAD_RESOLVER },
		{ "dns.example", "", ERR_BAD_RESOLVER },
		{ "1.1.1.1:53", "", ERR_BAD_RESOLVER },
		{ "0.0.0.0", "", ERR_BAD_RESOLVER },
		{ "::", "", ERR_BAD_RESOLVER },
		{ "224.0.0.1", "", ERR_BAD_RESOLVER },
		{ "ff02::1", "", ERR_BAD_RESOLVER },
		{ "100.100.100.100", "", ERR_BAD_RESOLVER },
		{ "fd7a:115c:a1e0::53", "", ERR_BAD_RESOLVER },
		{ "::ffff:100.100.100.100", "", ERR_BAD_RESOLVER },
		{ "::ffff:1.1.1.1", "", ERR_BAD_RESOLVER },
		{ "https://100.100.100.100/", "", ERR_BAD_RESOLVER },
		{ "https://[fd7a:115c:a1e0::53]:443/", "", ERR_BAD_RESOLVER },
		{ "https://[::ffff:100.100.100.100]/", "", ERR_BAD_RESOLVER },
		{ "http://dns.example/", "", ERR_BAD_RESOLVER },
		{ "tls://dns.example", "", ERR_BAD_RESOLVER },
		{ "https://", "", ERR_BAD_RESOLVER },
		{ "https:///dns-query", "", ERR_BAD_RESOLVER },
		{ "https://user@dns.example/", "", ERR_BAD_RESOLVER },
		{ "https://dns.example:0/", "", ERR_BAD_RESOLVER },
		{ "https://dns.example:65536/", "", ERR_BAD_RESOLVER },
		{ "https://[2606::1/", "", ERR_BAD_RESOLVER },
		{ "https://dns.example/a b", "", ERR_BAD_RESOLVER },
		{ "https://dns.example/#a", "", ERR_BAD_RESOLVER },
		{ "https://dns.example/\"", "", ERR_BAD_RESOLVER },
		{ "1.1.1.1", "no domain", ERR_BAD_DOMAIN },
		{ "1.1.1.1", "10.0.0.1", ERR_BAD_DOMAIN },
		{ "1.1.1.1", "cairn.internal", ERR_BASE_DOMAIN },
		{ "1.1.1.1", "lab.cairn.internal", ERR_OK },
		{ "1.1.1.1", "internal", ERR_OK },
		{ "1.1.1.1", "", ERR_EXISTS },
		{ "1.1.1.1", "INTERNAL.", ERR_EXISTS },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (add_server(f, cases[i].address, cases[i].domain) !=
			cases[i].e)
			fail_msg(
				"%s for %s", cases[i].address, cases[i].domain);
}

static void
an_https_address_has_256_bytes_at_most(void **state)
{
	char at[DNS_ADDRESS_MAX + 2] = "https://dns.example/";

	memset(at + strlen(at), 'a', sizeof(at) - strlen(at) - 1);
	at[DNS_ADDRESS_MAX + 1] = '\0';
	assert_int_equal(add_server(*state, at, ""), ERR_BAD_RESOLVER);
	at[DNS_ADDRESS_MAX] = '\0';
	assert_int_equal(add_server(*state, at, ""), ERR_OK);
}

static void
there_are_64_nameservers_at_most(void **state)
{
	struct fixture *f = *state;
	char address[32];

	for (int i = 0; i < DNS_NAMESERVERS_MAX; i++) {
		snprintf(address, sizeof(address), "10.0.0.%d", i);
		server(f, address, i % 2 ? "a.example" : "");
	}
	assert_int_equal(add_server(f, "10.0.1.1", ""), ERR_TOO_BIG);
}

static void
there_are_ten_search_domains_at_most(void **state)
{
	struct fixture *f = *state;
	char domain[32];
	int64_t id;

	for (int i = 0; i < DNS_SEARCH_MAX; i++) {
		snprintf(domain, sizeof(domain), "d%d.example", i);
		assert_int_equal(
			tailnet_search_add(f->db, domain, "cli", NOW, &id),
			ERR_OK);
	}
	assert_int_equal(
		tailnet_search_add(f->db, "more.example", "cli", NOW, &id),
		ERR_TOO_BIG);
	assert_int_equal(
		tailnet_search_add(f->db, "D1.example", "cli", NOW, &id),
		ERR_EXISTS);
	assert_int_equal(tailnet_search_add(f->db, "a b", "cli", NOW, &id),
		ERR_BAD_DOMAIN);
}

static void
a_record_is_a_name_with_an_address_of_its_type(void **state)
{
	static const struct {
		const char *name, *type, *value;
		enum err e;
	} cases[] = {
		{ "Git.Lan.", "a", "10.0.0.1", ERR_OK },
		{ "git.lan", "A", "10.0.0.1", ERR_EXISTS },
		{ "git.lan", "A", "10.0.0.2", ERR_OK },
		{ "git.lan", "AAAA", "FD00:0::1", ERR_OK },
		{ "git.lan", "AAAA", "fd00::1", ERR_EXISTS },
		{ "git.lan", "", "10.0.0.3", ERR_OK },
		{ "git", "A", "10.0.0.1", ERR_BAD_DOMAIN },
		{ "", "A", "10.0.0.1", ERR_BAD_DOMAIN },
		{ "*.lan", "A", "10.0.0.1", ERR_BAD_DOMAIN },
		{ "a b.lan", "A", "10.0.0.1", ERR_BAD_DOMAIN },
		{ "git.lan", "CNAME", "a.lan", ERR_BAD_INPUT },
		{ "git.lan", "TXT", "words", ERR_BAD_INPUT },
		{ "git.lan", "A", "fd00::1", ERR_BAD_ADDRESS },
		{ "git.lan", "AAAA", "10.0.0.1", ERR_BAD_ADDRESS },
		{ "git.lan", "A", "10.0.0", ERR_BAD_ADDRESS },
		{ "git.lan", "A", "", ERR_BAD_ADDRESS },
		{ "tower.cairn.internal", "A", "10.0.0.1", ERR_MACHINE_NAME },
		{ "a.tower.cairn.internal", "A", "10.0.0.1", ERR_OK },
	};
	struct fixture *f = *state;

	add_node(f, "tower", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (add_record(f, cases[i].name, cases[i].type, cases[i].value,
			    0) != cases[i].e)
			fail_msg("%s %s %s", cases[i].name, cases[i].type,
				cases[i].value);
	assert_int_equal(add_record(f, "x.lan", "A", NULL, 99), ERR_NOT_FOUND);
}

static void
there_are_1000_records_at_most(void **state)
{
	struct fixture *f = *state;
	char name[32];
	int64_t id;

	assert_int_equal(db_begin(f->db), ERR_OK);
	for (int i = 0; i < DNS_RECORDS_MAX - 1; i++) {
		snprintf(name, sizeof(name), "n%d.lan", i);
		assert_int_equal(db_dns_record_add(f->db,
					 &(struct dns_record){ .name = name,
						 .type = "A",
						 .value = "10.0.0.1" },
					 &id),
			ERR_OK);
	}
	assert_int_equal(db_commit(f->db), ERR_OK);
	record(f, "last.lan", "A", "10.0.0.1");
	assert_int_equal(
		add_record(f, "more.lan", "A", "10.0.0.1", 0), ERR_TOO_BIG);
}

static void
override_needs_a_nameserver_of_all_names(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	assert_int_equal(tailnet_dns_prefs(f->db, true, true, "cli", NOW),
		ERR_NO_NAMESERVER);
	server(f, "10.0.0.1", "corp.example");
	assert_int_equal(tailnet_dns_prefs(f->db, true, true, "cli", NOW),
		ERR_NO_NAMESERVER);
	id = server(f, "9.9.9.9", "");
	assert_int_equal(
		tailnet_dns_prefs(f->db, true, true, "cli", NOW), ERR_OK);
	/* The last one may go, with a warning; what is set stays. */
	assert_int_equal(
		tailnet_nameserver_delete(f->db, id, "cli", NOW), ERR_OK);
	assert_int_equal(
		tailnet_dns_prefs(f->db, false, true, "cli", NOW), ERR_OK);
	assert_int_equal(tailnet_nameserver_delete(f->db, id, "cli", NOW),
		ERR_NOT_FOUND);
}

static void
a_base_domain_that_holds_the_server_is_refused(void **state)
{
	struct fixture *f = *state;
	const char *why;

	assert_int_equal(settings_put(f->db, "url", "https://vpn.example.org",
				 "cli", NOW, f->mem, &why),
		ERR_OK);
	assert_int_equal(tailnet_dns_domain(f->db, "Example.org", "cli", NOW,
				 f->mem, &why),
		ERR_DOMAIN_SERVER);
	assert_non_null(strstr(why, "vpn.example.org"));
	assert_int_equal(tailnet_dns_domain(f->db, "tail.example.org", "cli",
				 NOW, f->mem, &why),
		ERR_OK);
	assert_non_null(
		strstr(config(f), "\"Domains\":[\"tail.example.org\"]"));
	assert_string_equal(newest(f).action, "dns.changed");
	assert_string_equal(
		newest(f).before, "{\"base_domain\":\"cairn.internal\"}");
	assert_string_equal(
		newest(f).after, "{\"base_domain\":\"tail.example.org\"}");
}

/* ---- the log ---- */

static void
each_change_is_one_row_with_before_and_after(void **state)
{
	struct fixture *f = *state;
	int64_t rows = 0, seq, more;

	server(f, "9.9.9.9", "");
	assert_int_equal(db_change_last(f->db, &seq), ERR_OK);
	server(f, "10.0.0.1", "corp.example");
	assert_string_equal(newest(f).action, "dns.changed");
	assert_string_equal(newest(f).subject, DNS_SUBJECT);
	assert_string_equal(
		newest(f).before, "{\"nameservers\":[\"9.9.9.9\"]}");
	assert_string_equal(newest(f).after,
		"{\"nameservers\":[\"9.9.9.9\",\"10.0.0.1 for corp.example\"]}");
	assert_int_equal(db_change_last(f->db, &more), ERR_OK);
	assert_int_equal(more, seq + 2); /* dns, and audit */
	record(f, "git.lan", "A", "10.0.0.1");
	assert_string_equal(newest(f).before, "{\"record\":\"\"}");
	assert_string_equal(
		newest(f).after, "{\"record\":\"git.lan A 10.0.0.1\"}");
	assert_int_equal(
		tailnet_dns_prefs(f->db, true, true, "cli", NOW), ERR_OK);
	assert_string_equal(newest(f).before, "{\"override_local_dns\":false}");
	assert_int_equal(db_audit_count(f->db, &rows), ERR_OK);
	/* As it is already. */
	assert_int_equal(
		tailnet_dns_prefs(f->db, true, true, "cli", NOW), ERR_OK);
	assert_int_equal(db_audit_count(f->db, &more), ERR_OK);
	assert_int_equal(rows, more);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_network_has_its_own_domain_and_no_more),
		TEST(without_magic_dns_the_base_domain_is_nobodys),
		TEST(global_nameservers_are_resolvers_only_where_they_override),
		TEST(nameservers_of_a_domain_are_its_route_in_their_order),
		TEST(only_clients_that_know_it_hear_of_exit_nodes),
		TEST(search_domains_stand_behind_the_base_domain),
		TEST(a_record_has_a_route_unless_one_leads_to_it),
		TEST(what_the_machine_may_not_see_is_not_named_at_all),
		TEST(reverse_names_are_left_to_the_clients),
		TEST(nextdns_hears_which_machine_asks),
		TEST(a_nameserver_is_an_address_or_https),
		TEST(an_https_address_has_256_bytes_at_most),
		TEST(there_are_64_nameservers_at_most),
		TEST(there_are_ten_search_domains_at_most),
		TEST(a_record_is_a_name_with_an_address_of_its_type),
		TEST(there_are_1000_records_at_most),
		TEST(override_needs_a_nameserver_of_all_names),
		TEST(a_base_domain_that_holds_the_server_is_refused),
		TEST(each_change_is_one_row_with_before_and_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tailnet/dnsfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "db/audit.h"
#include "db/change.h"
#include "tailnet/dnsform.h"
#include "tailnet/dnsrows.h"

#define NOW  INT64_C(1800000000)
#define GOOD "[{\"name\":\"Git.lan.\",\"type\":\"A\",\"value\":\"10.0.0.1\"}]"

struct fixture {
	struct db *db;
	struct arena *mem;
	char folder[32];
	const char *path;
};

static int
setup(void **state)
{
	static struct fixture f;

	f.mem = arena_new();
	strcpy(f.folder, "/tmp/cairn-dns-XXXXXX");
	if (!mkdtemp(f.folder))
		return -1;
	f.path = arena_printf(f.mem, "%s/records.json", f.folder);
	*state = &f;
	return db_open_memory(&f.db);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->path);
	(void)rmdir(f->path);
	(void)rmdir(f->folder);
	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static void
write_bytes(struct fixture *f, const char *text, size_t len)
{
	FILE *out = fopen(f->path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

static void
take(struct fixture *f, const char *text)
{
	write_bytes(f, text, strlen(text));
	assert_int_equal(tailnet_dns_file(f->db, f->path, NOW), ERR_OK);
}

/* The names of the records in force. */
static const char *
names(struct fixture *f)
{
	struct dns_rows rows;
	const char *words = "";

	assert_int_equal(dns_rows_load(f->db, f->mem, &rows), ERR_OK);
	for (size_t i = 0; i < rows.name_count; i++)
		words = arena_printf(f->mem, "%s %s=%s", words,
			rows.names[i].name, rows.names[i].value);
	return words;
}

static int64_t
last(struct fixture *f)
{
	int64_t seq;

	assert_int_equal(db_change_last(f->db, &seq), ERR_OK);
	return seq;
}

static void
what_the_file_says_is_in_force(void **state)
{
	struct fixture *f = *state;

	take(f, GOOD);
	assert_string_equal(names(f), " git.lan=10.0.0.1");
	assert_null(dns_file_trouble(f->db, f->mem));
	take(f, "[]");
	assert_string_equal(names(f), "");
	take(f, " [{\"Name\":\"b.lan\",\"Value\":\"10.0.0.2\",\"ttl\":5},\n"
		"{\"name\":\"b.lan\",\"type\":\"AAAA\",\"value\":\"FD00::2\"}]");
	assert_string_equal(names(f), " b.lan=10.0.0.2 b.lan=fd00::2");
}

static void
the_same_bytes_are_no_news(void **state)
{
	struct fixture *f = *state;
	int64_t seq;

	take(f, GOOD);
	seq = last(f);
	take(f, GOOD);
	assert_int_equal(last(f), seq);
	take(f, "[");
	seq = last(f);
	take(f, "[");
	assert_int_equal(last(f), seq);
}

static void
what_is_broken_keeps_what_was(void **state)
{
	static const struct {
		const char *text, *word;
	} cases[] = {
		{ "", "no JSON list" },
		{ "[{\"name\":\"a.lan\",\"type\":\"A\",\"value\":", "no JSON" },
		{ "{}", "no JSON list" },
		{ "null", "no JSON list" },
		{ "[1]", "no JSON list" },
		{ "[{}]", "record 1: this is not a domain" },
		{ GOOD "x", "no JSON list" },
		{ "[{\"name\":\"a.lan\",\"type\":\"CNAME\",\"value\":\"b\"}]",
			"record 1 (a.lan): its type is neither A nor AAAA" },
		{ "[{\"name\":\"a.lan\",\"type\":\"A\",\"value\":\"::1\"}]",
			"record 1 (a.lan): this is not an address" },
		{ "[{\"name\":\"*.lan\",\"type\":\"A\",\"value\":\"1.1.1.1\"}]",
			"record 1 (*.lan): this is not a domain" },
		{ "[{\"name\":\"a.lan\",\"type\":\"A\"}]", "not an address" },
	};
	struct fixture *f = *state;

	take(f, GOOD);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *trouble;

		take(f, cases[i].text);
		assert_string_equal(names(f), " git.lan=10.0.0.1");
		trouble = dns_file_trouble(f->db, f->mem);
		assert_non_null(trouble);
		if (!strstr(trouble, cases[i].word) ||
			!strstr(trouble, f->path) ||
			!strstr(trouble, "2027-01-15T08:00:00Z"))
			fail_msg("%s: %s", cases[i].text, trouble);
	}
	take(f, GOOD);
	assert_null(dns_file_trouble(f->db, f->mem));
}

static void
what_is_no_file_keeps_what_was(void **state)
{
	struct fixture *f = *state;

	take(f, GOOD);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(tailnet_dns_file(f->db, f->path, NOW), ERR_OK);
	assert_string_equal(names(f), " git.lan=10.0.0.1");
	assert_non_null(
		strstr(dns_file_trouble(f->db, f->mem), "No such file"));
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(tailnet_dns_file(f->db, f->path, NOW), ERR_OK);
	assert_non_null(
		strstr(dns_file_trouble(f->db, f->mem), "it is no file"));
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_equal(tailnet_dns_file(f->db, f->path, NOW), ERR_OK);
	assert_non_null(
		strstr(dns_file_trouble(f->db, f->mem), "it is no file"));
	write_bytes((rmdir(f->path), f), "[\0]", 3);
	assert_int_equal(tailnet_dns_file(f->db, f->path, NOW), ERR_OK);
	assert_non_null(strstr(dns_file_trouble(f->db, f->mem), "NUL"));
	assert_string_equal(names(f), " git.lan=10.0.0.1");
}

static void
a_file_that_never_was_right_says_so(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(tailnet_dns_file(f->db, f->path, NOW), ERR_OK);
	assert_null(strstr(dns_file_trouble(f->db, f->mem), "in force"));
}

static void
a_file_has_512_kib_at_most(void **state)
{
	struct fixture *f = *state;
	char *text = arena_alloc(f->mem, DNS_FILE_MAX + 2);

	memset(text, ' ', DNS_FILE_MAX + 1);
	memcpy(text, GOOD, strlen(GOOD));
	take(f, text);
	assert_non_null(strstr(dns_file_trouble(f->db, f->mem), "larger than"));
	text[DNS_FILE_MAX] = '\0';
	take(f, text);
	assert_null(dns_file_trouble(f->db, f->mem));
	assert_string_equal(names(f), " git.lan=10.0.0.1");
}

static const char *
many(struct fixture *f, int count)
{
	struct buf b;

	buf_init(&b, f->mem, DNS_FILE_MAX);
	buf_puts(&b, "[");
	for (int i = 0; i < count; i++)
		buf_putf(&b,
			"%s{\"name\":\"n%d.lan\",\"type\":\"A\","
			"\"value\":\"10.0.0.1\",\"more\":[1,2,3]}",
			i ? "," : "", i);
	buf_puts(&b, "]");
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static void
a_file_has_1000_records_at_most(void **state)
{
	struct fixture *f = *state;

	take(f, many(f, DNS_RECORDS_MAX + 1));
	assert_non_null(strstr(
		dns_file_trouble(f->db, f->mem), "more than 1000 records"));
	take(f, many(f, DNS_RECORDS_MAX));
	assert_null(dns_file_trouble(f->db, f->mem));
}

static void
without_a_file_its_records_go(void **state)
{
	struct fixture *f = *state;
	struct audit *rows;
	size_t count;
	int64_t seq;

	take(f, GOOD);
	assert_int_equal(tailnet_dns_file(f->db, "", NOW), ERR_OK);
	assert_string_equal(names(f), "");
	seq = last(f);
	assert_int_equal(tailnet_dns_file(f->db, "", NOW), ERR_OK);
	assert_int_equal(last(f), seq);
	assert_int_equal(db_audits(f->db, 0, 9, f->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].action, "dns.changed");
	assert_string_equal(
		rows[0].before, "{\"extra_records_file\":\"1 record\"}");
	assert_string_equal(
		rows[0].after, "{\"extra_records_file\":\"0 records\"}");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_file_says_is_in_force),
		TEST(the_same_bytes_are_no_news),
		TEST(what_is_broken_keeps_what_was),
		TEST(what_is_no_file_keeps_what_was),
		TEST(a_file_that_never_was_right_says_so),
		TEST(a_file_has_512_kib_at_most),
		TEST(a_file_has_1000_records_at_most),
		TEST(without_a_file_its_records_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

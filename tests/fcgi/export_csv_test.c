/*
 * export_csv_test.c: a list as CSV, as spreadsheets of either half of the world
 * read it: one parts cells by commas, the other by semicolons.
 */
#include "tests/fcgi/checks.h"
#include "tests/fcgi/machines.h"

static const char *const hostnames[] = {
	"x;\"=1+1;\"",
	"x;=1+1",
	"x; =1+1",
	"x;\t=1+1",
	"x;\x01=1+1",
	"x; \"\" \"=1+1\"",
	"pc\n=HYPERLINK(1+1);\"",
	"pc\r=1+1",
	"pc\r\n@x",
	"pc\n\n \n\"-1",
	"\"=1+1\"",
	" +1",
	"\n=1+1",
	"\r\n=1+1",
	";\"\n;\"=1",
	"a\"b;",
	"x;\"\xef\xbc\x9d"
	"1",
};

enum {
	COUNT = sizeof(hostnames) / sizeof(hostnames[0]),
};

/*
 * One cell, read as most programs do: quotes count where they begin it, two are
 * one, and what stands behind the last belongs to it.  Moves *at behind what
 * ends it.
 */
static const char *
cell(struct arena *mem, const char **at, char delimiter)
{
	const char *s = *at;
	bool within = *s == '"';
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	for (s += within; *s; s++) {
		if (within && *s == '"' && s[1] == '"')
			buf_put(&b, s++, 1);
		else if (within && *s == '"')
			within = false;
		else if (!within &&
			 (*s == delimiter || *s == '\r' || *s == '\n'))
			break;
		else
			buf_put(&b, s, 1);
	}
	buf_put(&b, "", 1);
	*at = *s ? s + 1 : s;
	return (const char *)b.bytes;
}

static bool
is_formula(const char *text)
{
	while (*text && (strchr("\" ?", *text)))
		text++;
	return (*text && strchr("=+-@\t\r", *text)) ||
	       strncmp(text, "\xef\xbc\x9d", 3) == 0;
}

static void
no_reader_finds_a_formula(struct site *s, const char *csv, char delimiter)
{
	for (const char *at = csv; *at;) {
		const char *text = cell(s->mem, &at, delimiter);

		if (is_formula(text))
			fail_msg("'%c' makes a cell of: %s\n%s", delimiter,
				text, csv);
	}
}

static void
neither_half_of_the_world_reads_a_formula(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < COUNT; i++)
		machine(s,
			&(struct made){ .name = arena_printf(s->mem, "m%zu", i),
				.hostname = hostnames[i],
				.tags = "[\"tag:x\"]" });
	tab_get(&t, "/admin/machines.csv");
	assert_int_equal(t.last.status, 200);
	no_reader_finds_a_formula(s, t.last.body, ',');
	no_reader_finds_a_formula(s, t.last.body, ';');
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(neither_half_of_the_world_reads_a_formula),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

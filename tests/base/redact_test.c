/*
 * redact_test.c: what is cut from lines of logs and reports, and what stays.
 */
#include "base/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LONG_31 "abcdefghijklmnopqrstuvwxyz01234"

static const char *
cut(const char *line)
{
	static char room[1024];
	size_t len = strlen(line);

	memcpy(room, line, len);
	len = redact(room, len);
	assert_true(len <= strlen(line));
	room[len] = '\0';
	return room;
}

static void
nothing_that_may_be_a_secret_stays(void **state)
{
	static const char *const cases[][2] = {
		{ "path=/setup/0123456789012345678901234567890123456789abc x",
			"path=/setup/012345… x" },
		{ "key=hskey-auth-abcdefghijkl-0123456789abcdef0123456789abcdef"
		  "0123456789abcdef0123456789abcdef",
			"key=hskey-…" },
		{ "node=nodekey:0123456789abcdef0123456789abcdef0123456789abcdef"
		  "0123456789abcdef",
			"node=nodekey:012345…" },
		{ "url=\"https://ann:pw@hooks.example:8443/services/T0/B0?x=1\" "
		  "e=2",
			"url=\"https://hooks.example:8443\" e=2" },
		{ "to https://a@b@c.example/#f, then",
			"to https://c.example, then" },
		{ "see http://x.example?token=abc and http://y",
			"see http://x.example and http://y" },
		{ "://", "://" },
		{ "x://@", "x://" },
		{ "password=hunter2 user=ann", "password=… user=ann" },
		{ "api_Token=\"two words\"", "api_Token=\"… words\"" },
		{ "secret=ab", "secret=**" },
		{ "secret=", "secret=" },
		{ "a?token=abcd&b=1", "a?token=…&b=1" },
		{ "Authorization: Bearer abc.def", "Authorization: Bearer …" },
		{ LONG_31 "5", "abcdef…" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(cut(cases[i][0]), cases[i][1]);
}

static void
what_is_none_stays_as_it_was(void **state)
{
	static const char *const cases[] = {
		"2026-02-01T09:00:00Z info cairn-worker started nodes=12 seq=9",
		LONG_31,
		"register answered outcome=\"link given\" from=192.0.2.7",
		"path=/admin/machines/12 user=ann key=12",
		"home=/var/lib/cairn/some/where/that/is/long/enough/fcgi.sock",
		"fd7a:115c:a1e0:0000:0000:0000:0000:0001",
		"\xc3\xa9\xe2\x82\xac\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(cut(cases[i]), cases[i]);
}

/* Whatever it is given: no more than that comes out. */
static void
no_bytes_become_more(void **state)
{
	static const char parts[][16] = { "://", "@", "/",
		"password=", "token=", "Bearer ", "abcdefghijklmno",
		"0123456789_-+", " ", "\"", "&", "\xff", "…" };
	char line[512], again[512];
	unsigned seed = 7;

	(void)state;
	for (int n = 0; n < 20000; n++) {
		size_t len = 0, once, twice;

		while (len < 200 && rand_r(&seed) % 12) {
			const char *p = parts[rand_r(&seed) %
					      (int)(sizeof(parts) /
						      sizeof(parts[0]))];

			memcpy(line + len, p, strlen(p));
			len += strlen(p);
		}
		once = redact(line, len);
		assert_true(once <= len);
		memcpy(again, line, once);
		twice = redact(again, once);
		assert_true(twice <= once);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_that_may_be_a_secret_stays),
		cmocka_unit_test(what_is_none_stays_as_it_was),
		cmocka_unit_test(no_bytes_become_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

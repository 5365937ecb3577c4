#include "db/natural.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/db.h"

/* As memcmp with lengths, of their keys. */
static int
compared(const char *a, const char *b)
{
	char ka[NATURAL_SIZE], kb[NATURAL_SIZE];
	size_t na = natural_key(a, strlen(a), ka);
	size_t nb = natural_key(b, strlen(b), kb);
	int c = memcmp(ka, kb, na < nb ? na : nb);

	return c ? c : (na > nb) - (na < nb);
}

static void
names_come_in_the_order_of_their_numbers(void **state)
{
	static const char *const names[] = { "0", "1", "2", "10", "a", "a-1",
		"a-2", "a-10", "a-10-b", "a0", "a1", "a1b2", "a1b10", "a2",
		"a9", "a10", "a99", "a100", "a999999999", "a1000000000",
		"a9999999999", "a10000000000", "ab", "b1" };

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(names) / sizeof(names[0]); i++)
		if (compared(names[i], names[i + 1]) >= 0)
			fail_msg("%s, %s", names[i], names[i + 1]);
}

static void
case_and_leading_zeros_do_not_count(void **state)
{
	(void)state;
	assert_int_equal(compared("Node-01", "node-1"), 0);
	assert_int_equal(compared("a000", "a0"), 0);
	assert_true(compared("a01b", "a1c") < 0);
}

static void
a_name_counts_up_to_its_most_bytes_and_fits(void **state)
{
	char name[NATURAL_NAME_MAX + 2], key[NATURAL_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 ? 'a' : '7';
	assert_true(natural_key(name, NATURAL_NAME_MAX, key) <= sizeof(key));
	assert_int_equal(natural_key(name, NATURAL_NAME_MAX + 1, key),
		natural_key(name, NATURAL_NAME_MAX, key));
	memset(name, '7', sizeof(name));
	assert_int_equal(natural_key(name, NATURAL_NAME_MAX + 1, key),
		NATURAL_NAME_MAX + 4);
	assert_memory_equal(key, ":2557", 5);
}

static void
the_database_knows_the_function(void **state)
{
	struct db *db;
	int64_t n;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	assert_int_equal(
		db_number(
			db_stmt(db, "SELECT (name_key('a10') > name_key('a9')) "
				    "+ 2 * (name_key(NULL) IS NULL)"),
			&n),
		ERR_OK);
	assert_int_equal(n, 3);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_in_the_order_of_their_numbers),
		cmocka_unit_test(case_and_leading_zeros_do_not_count),
		cmocka_unit_test(a_name_counts_up_to_its_most_bytes_and_fits),
		cmocka_unit_test(the_database_knows_the_function),
	};

	return cmocka_run_group_tests_name("db/natural", tests, NULL, NULL);
}

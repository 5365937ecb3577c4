/*
 * keys.h: the auth keys that are stored, for tests of the pages that make them.
 */
#ifndef TESTS_FCGI_KEYS_H
#define TESTS_FCGI_KEYS_H

#include "db/preauth_key.h"
#include "tests/fcgi/browser.h"

static inline struct preauth_key
newest(struct site *s)
{
	struct preauth_key *keys;
	size_t count;

	assert_int_equal(db_preauth_keys(s->db, s->mem, &keys, &count), ERR_OK);
	assert_true(count > 0);
	return keys[count - 1];
}

static inline size_t
key_count(struct site *s)
{
	struct preauth_key *keys;
	size_t count;

	assert_int_equal(db_preauth_keys(s->db, s->mem, &keys, &count), ERR_OK);
	return count;
}

#endif

#include "policy/sum.h"

#include <sodium.h>
#include <string.h>

static unsigned char key[crypto_shorthash_siphashx24_KEYBYTES];
static bool have_key;

struct sum
sum_of(const void *bytes, size_t len)
{
	struct sum s;

	if (!have_key) {
		randombytes_buf(key, sizeof(key));
		have_key = true;
	}
	_Static_assert(sizeof(s) == crypto_shorthash_siphashx24_BYTES, "size");
	(void)crypto_shorthash_siphashx24((unsigned char *)&s, bytes, len, key);
	return s;
}

struct sum
sum_of_text(const char *text)
{
	return sum_of(text, strlen(text));
}

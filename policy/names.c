#include "policy/names.h"

#include <string.h>

#include <sodium.h>

enum {
	FIRST_ROOM = 64, /* a power of two, as all rooms are */
};

struct entry {
	const char *text; /* NULL: free */
	size_t len, number;
	uint64_t hash;
	uint32_t scope;
};

struct names {
	struct arena *mem;
	struct entry *at;
	size_t count, room;
	uint8_t key[crypto_shorthash_KEYBYTES];
};

struct names *
names_new(struct arena *mem)
{
	struct names *n = arena_alloc(mem, sizeof(*n));

	n->mem = mem;
	n->room = FIRST_ROOM;
	n->at = arena_array(mem, n->room, sizeof(*n->at));
	crypto_shorthash_keygen(n->key);
	return n;
}

static uint64_t
hash(const struct names *n, uint32_t scope, const char *text, size_t len)
{
	uint64_t h;

	_Static_assert(sizeof(h) == crypto_shorthash_BYTES, "as it is written");
	crypto_shorthash((uint8_t *)&h, (const uint8_t *)text, len, n->key);
	return h ^ (uint64_t)scope * 0x9e3779b97f4a7c15;
}

/* Where the name is, or the free place where it would be. */
static struct entry *
find(const struct names *n, uint64_t h, uint32_t scope, const char *text,
	size_t len)
{
	for (size_t i = h;; i++) {
		struct entry *e = &n->at[i & (n->room - 1)];

		if (!e->text ||
			(e->hash == h && e->scope == scope && e->len == len &&
				memcmp(e->text, text, len) == 0))
			return e;
	}
}

static void
grow(struct names *n)
{
	struct entry *old = n->at;
	size_t room = n->room;

	n->room *= 2;
	n->at = arena_array(n->mem, n->room, sizeof(*n->at));
	for (size_t i = 0; i < room; i++)
		if (old[i].text)
			*find(n, old[i].hash, old[i].scope, old[i].text,
				old[i].len) = old[i];
}

size_t
names_put(struct names *n, uint32_t scope, const char *text, size_t len,
	size_t number)
{
	uint64_t h = hash(n, scope, text, len);
	struct entry *e = find(n, h, scope, text, len);

	if (e->text)
		return e->number;
	*e = (struct entry){ text, len, number, h, scope };
	if (++n->count > n->room / 2)
		grow(n);
	return number;
}

size_t
names_find(const struct names *n, uint32_t scope, const char *text, size_t len)
{
	const struct entry *e =
		find(n, hash(n, scope, text, len), scope, text, len);

	return e->text ? e->number : SIZE_MAX;
}

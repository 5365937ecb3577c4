#include "policy/intern.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/own.h"

struct known {
	UT_hash_handle hh;
	uint32_t number;
	size_t len;
	unsigned char key[];
};

void *
array_grown(
	struct arena *mem, void *at, size_t count, size_t *room, size_t size)
{
	void *more;

	if (count < *room)
		return at;
	*room = *room ? *room * 2 : 64;
	more = arena_array(mem, *room, size);
	if (count)
		memcpy(more, at, count * size);
	return more;
}

/* The one with that key; a new one has `next` for its number.  Keys are copied.
 */
static uint32_t
number_of(struct known **table, const void *key, size_t len, uint32_t next)
{
	struct known *k;

	HASH_FIND(hh, *table, key, len, k);
	if (k)
		return k->number;
	k = own_alloc(sizeof(*k) + len);
	k->number = next;
	k->len = len;
	memcpy(k->key, key, len);
	HASH_ADD_KEYPTR(hh, *table, k->key, k->len, k);
	return next;
}

/* How many aliases there are, they, and the postures. */
static uint32_t
find_sset(struct intern *i, const struct sset *s)
{
	size_t src_len = s->src.count * sizeof(*s->src.at);
	size_t postures_len = s->postures.count * sizeof(*s->postures.at);
	size_t len = sizeof(size_t) + src_len + postures_len;
	unsigned char *key = own_alloc(len);
	uint32_t number;

	memcpy(key, &s->src.count, sizeof(size_t));
	if (src_len)
		memcpy(key + sizeof(size_t), s->src.at, src_len);
	if (postures_len)
		memcpy(key + sizeof(size_t) + src_len, s->postures.at,
			postures_len);
	number = number_of(&i->ssets, key, len, (uint32_t)i->p->sset_count);
	free(key);
	return number;
}

uint32_t
intern_sset(struct intern *i, const struct alias_list *src,
	const struct json_ints *postures)
{
	struct plan *p = i->p;
	uint32_t number;
	struct sset s;

	sset_make(p, p->mem, src, postures, &s);
	number = find_sset(i, &s);
	if (number < p->sset_count)
		return number;
	p->ssets = array_grown(p->mem, p->ssets, p->sset_count, &i->sset_room,
		sizeof(*p->ssets));
	p->ssets[p->sset_count++] = s;
	return number;
}

uint32_t
intern_flow(struct intern *i, uint32_t sset, int proto)
{
	const uint32_t key[] = { sset, (uint32_t)proto };
	struct plan *p = i->p;
	uint32_t number =
		number_of(&i->flows, key, sizeof(key), (uint32_t)p->flow_count);

	if (number < p->flow_count)
		return number;
	p->flows = array_grown(p->mem, p->flows, p->flow_count, &i->flow_room,
		sizeof(*p->flows));
	p->flows[p->flow_count].sset = sset;
	p->flows[p->flow_count].proto = proto;
	p->flow_count++;
	return number;
}

static void
forget(struct known *table)
{
	struct known *k, *next;

	HASH_ITER(hh, table, k, next)
	{
		HASH_DEL(table, k);
		free(k);
	}
}

void
intern_end(struct intern *i)
{
	forget(i->ssets);
	forget(i->flows);
}

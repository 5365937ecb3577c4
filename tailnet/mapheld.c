#include "tailnet/mapheld.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "tailnet/snapshot.h"

/* The place of a number, or where it would stand. */
static size_t
place(const struct map_held *h, int64_t number)
{
	size_t low = 0, high = h->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (h->at[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_at(const struct map_held *h, size_t i, int64_t number)
{
	return i < h->count && h->at[i].number == number;
}

uint64_t
map_held_chunk(const struct map_held *h, int64_t number)
{
	size_t i = place(h, number);

	return is_at(h, i, number) ? h->at[i].peers : 0;
}

bool
map_held_has(const struct map_held *h, int64_t id)
{
	return map_held_chunk(h, id / CHUNK_NODES) >> id % CHUNK_NODES & 1;
}

static void
insert(struct map_held *h, size_t i, int64_t number, uint64_t peers)
{
	if (h->count == h->room) {
		h->room = h->room ? 2 * h->room : 4;
		h->at = own_grow(h->at, h->room, sizeof(*h->at));
	}
	memmove(h->at + i + 1, h->at + i, (h->count - i) * sizeof(*h->at));
	h->at[i] = (struct held_chunk){ number, peers };
	h->count++;
}

void
map_held_set_chunk(struct map_held *h, int64_t number, uint64_t peers)
{
	size_t i = place(h, number);

	if (is_at(h, i, number) && peers) {
		h->at[i].peers = peers;
	} else if (is_at(h, i, number)) {
		h->count--;
		memmove(h->at + i, h->at + i + 1,
			(h->count - i) * sizeof(*h->at));
	} else if (peers) {
		insert(h, i, number, peers);
	}
}

void
map_held_add(struct map_held *h, int64_t id)
{
	int64_t number = id / CHUNK_NODES;

	map_held_set_chunk(h, number,
		map_held_chunk(h, number) | UINT64_C(1) << id % CHUNK_NODES);
}

bool
map_held_none(const struct map_held *h)
{
	return h->count == 0;
}

void
map_held_clear(struct map_held *h)
{
	h->count = 0;
}

void
map_held_free(struct map_held *h)
{
	free(h->at);
	*h = (struct map_held){ 0 };
}

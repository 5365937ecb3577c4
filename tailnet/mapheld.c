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

static size_t
record_place(const struct map_held *h, int64_t id)
{
	size_t low = 0, high = h->record_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (h->records[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
record_insert(struct map_held *h, size_t i, int64_t id, uint64_t kind)
{
	if (h->record_count == h->record_room) {
		h->record_room = h->record_room ? 2 * h->record_room : 4;
		h->records = own_grow(
			h->records, h->record_room, sizeof(*h->records));
	}
	memmove(h->records + i + 1, h->records + i,
		(h->record_count - i) * sizeof(*h->records));
	h->records[i] = (struct held_record){ id, kind };
	h->record_count++;
}

void
map_held_record(struct map_held *h, int64_t id, uint64_t kind)
{
	size_t i = record_place(h, id);
	bool found = i < h->record_count && h->records[i].id == id;

	if (found && kind) {
		h->records[i].kind = kind;
	} else if (found) {
		h->record_count--;
		memmove(h->records + i, h->records + i + 1,
			(h->record_count - i) * sizeof(*h->records));
	} else if (kind) {
		record_insert(h, i, id, kind);
	}
}

uint64_t
map_held_record_of(const struct map_held *h, int64_t id)
{
	size_t i = record_place(h, id);

	return i < h->record_count && h->records[i].id == id
		       ? h->records[i].kind
		       : 0;
}

void
map_held_pieces(struct map_held *h, const struct held_piece *at, size_t count)
{
	if (count > h->piece_room) {
		h->piece_room = count;
		h->pieces = own_grow(h->pieces, count, sizeof(*h->pieces));
	}
	if (count)
		memcpy(h->pieces, at, count * sizeof(*at));
	h->piece_count = count;
}

void
map_held_clear(struct map_held *h)
{
	h->count = h->record_count = h->piece_count = 0;
	h->only_ipv6 = false;
	memset(h->dns, 0, sizeof(h->dns));
}

void
map_held_free(struct map_held *h)
{
	free(h->at);
	free(h->records);
	free(h->pieces);
	*h = (struct map_held){ 0 };
}

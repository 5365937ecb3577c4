/*
 * mapheld.h: the peers that a client has been told of, the pieces of its
 * packet filter, and a print of its DNSConfig.
 *
 * A bit each, 64 to a word, a word for each chunk of the snapshot in which it
 * has any.  What a stream owes follows from comparing this with what its node
 * may see now; so no removal has to be remembered for anybody, and nobody hears
 * of the end of what it never saw.
 */
#ifndef TAILNET_MAPHELD_H
#define TAILNET_MAPHELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct held_chunk {
	int64_t number;
	uint64_t peers; /* never 0 */
};

/* A peer whose record was not the common one (tailnet/maprecord). */
struct held_record {
	int64_t id;
	uint64_t kind; /* never 0 */
};

/* A piece of the packet filter (tailnet/mapfilter). */
struct held_piece {
	unsigned number;
	uint64_t print;
};

enum {
	DNS_PRINT_SIZE = 16, /* of a hash */
};

/* Zeroed: none.  Sorted by number, and by id. */
struct map_held {
	struct held_chunk *at;
	size_t count, room;
	struct held_record *records;
	size_t record_count, record_room;
	struct held_piece *pieces;
	size_t piece_count, piece_room;
	uint8_t dns[DNS_PRINT_SIZE]; /* of the DNSConfig (tailnet/snapdns) */
	bool only_ipv6;              /* as the viewer was then */
};

bool map_held_has(const struct map_held *h, int64_t id);
void map_held_add(struct map_held *h, int64_t id);
uint64_t map_held_chunk(const struct map_held *h, int64_t number);
void map_held_set_chunk(struct map_held *h, int64_t number, uint64_t peers);
/* What is no longer held has no record either. */
void map_held_record(struct map_held *h, int64_t id, uint64_t kind);
uint64_t map_held_record_of(const struct map_held *h, int64_t id);
/* These and no others. */
void map_held_pieces(
	struct map_held *h, const struct held_piece *at, size_t count);
/* None again; the memory is kept by clear, and given back by free. */
void map_held_clear(struct map_held *h);
void map_held_free(struct map_held *h);

#endif

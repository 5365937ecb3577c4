/*
 * record.h: the encrypted records that follow the Noise handshake.
 *
 * A record is 0x04, a big-endian length, and ciphertext; a whole one is at most
 * 4096 bytes.  The nonce is a counter, big-endian (not as the Noise text has
 * it).  Each direction has its own key: a sealer for what we send, an opener
 * for what we get.  One failure kills a direction for good.
 *
 * A direction is its key and a counter; the cipher's state is the thread's and
 * takes the key anew for each record.  That costs 45 ns and saves 1.3 kB a
 * direction, which no cache would hold from one record to the next.
 */
#ifndef PROTO_RECORD_H
#define PROTO_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/key.h"

enum {
	RECORD_MAX = 4096,
	RECORD_OVERHEAD = 3 + 16,
	RECORD_PLAIN_MAX = RECORD_MAX - RECORD_OVERHEAD, /* 4077 */
	RECORD_EMPTY_MAX = 256, /* empty ones in a row: more is no client */
};

struct record_sealer {
	struct key key;
	uint64_t counter;
	enum err error;
};

struct record_opener {
	struct key key;
	uint64_t counter;
	unsigned char *partial; /* a record of which some is missing, or NULL */
	size_t partial_len;
	unsigned empty_run;
	enum err error;
};

void record_sealer_init(struct record_sealer *s, const struct key *k);
/* Wipes the key. */
void record_sealer_done(struct record_sealer *s);
/*
 * Seals up to RECORD_PLAIN_MAX bytes into one record; `out` has room for
 * len + RECORD_OVERHEAD and may not overlap `plain`.  Returns the record's
 * length, or 0 when the sealer is dead (counter used up; cipher failed).
 */
size_t record_seal(struct record_sealer *s, const void *plain, size_t len,
	unsigned char *out);
/* How many bytes `len` bytes of plaintext become in as few records as go. */
size_t record_sealed_size(size_t len);
/* Seals any length into such records; `out` has room for the size above. */
size_t record_seal_all(struct record_sealer *s, const void *plain, size_t len,
	unsigned char *out);

void record_opener_init(struct record_opener *o, const struct key *k);
void record_opener_done(struct record_opener *o);
/*
 * Takes bytes as they come, split anywhere, and hands out the plaintext of each
 * complete record; empty ones are only counted.  `plain` is valid during the
 * call.  ERR_BAD_INPUT for a wrong type, length or tag, and from then on.
 */
typedef void record_got(void *arg, const unsigned char *plain, size_t len);
enum err record_open(struct record_opener *o, const void *in, size_t len,
	record_got *got, void *arg);

#endif

/*
 * zframe.h: map messages as clients read them: a little-endian length of four
 * bytes, then one zstd frame with its content size and no checksum.
 */
#ifndef PROTO_ZFRAME_H
#define PROTO_ZFRAME_H

#include <stdint.h>

#include "base/blob.h"
#include "base/buf.h"
#include "base/bytes.h"

enum {
	ZFRAME_LENGTH_SIZE = 4,
	ZFRAME_STORE_MAX = 150, /* below, compressing gains next to nothing */
};

/* One is enough for a process: it keeps the compressor's memory. */
struct zframe;
struct zframe *zframe_new(void);
void zframe_free(struct zframe *z);

/* Appends length and frame; tiny messages are stored, not compressed. */
enum err zframe_put(struct zframe *z, struct buf *out, struct bytes message);
/* Only the zstd frame, at level 1. */
enum err zframe_compress(
	struct zframe *z, struct buf *out, struct bytes message);
/* Only the frame, compressed or stored by the same rule, as a blob. */
struct blob *zframe_blob(struct zframe *z, struct bytes message);
/* The same for a list of many like records: in less than half the time. */
struct blob *zframe_list(struct zframe *z, struct bytes message);
/* A frame whose blocks are stored: always the same bytes for a message. */
void zframe_stored(struct buf *out, struct bytes message);

void zframe_put_length(struct buf *out, uint32_t len);

#endif

#include "proto/zframe.h"

#include <stdlib.h>
#include <zstd.h>

#include "proto/zlist.h"

enum {
	LEVEL = 1,     /* higher gains nothing on maps */
	HASH_LOG = 10, /* a table of 4 kB stays in the cache: half the time of
			  level 1's own, and maps become no larger */
	BLOCK_MAX = 128 * 1024,       /* RFC 8878 3.1.1.2.4 */
	SINGLE_SEGMENT_SIZE_1 = 0x20, /* 3.1.1.1.1: one segment, size in 1 */
	SINGLE_SEGMENT_SIZE_4 = 0xa0, /* … or 4 bytes */
};

struct zframe {
	ZSTD_CCtx *ctx;
	struct zlist *list; /* made when it is needed first */
	void *scratch;
	size_t scratch_size;
};

struct zframe *
zframe_new(void)
{
	struct zframe *z = calloc(1, sizeof(*z));

	if (!z || !(z->ctx = ZSTD_createCCtx()))
		abort();
	ZSTD_CCtx_setParameter(z->ctx, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(z->ctx, ZSTD_c_hashLog, HASH_LOG);
	ZSTD_CCtx_setParameter(z->ctx, ZSTD_c_contentSizeFlag, 1);
	ZSTD_CCtx_setParameter(z->ctx, ZSTD_c_checksumFlag, 0);
	return z;
}

void
zframe_free(struct zframe *z)
{
	if (!z)
		return;
	ZSTD_freeCCtx(z->ctx);
	zlist_free(z->list);
	free(z->scratch);
	free(z);
}

static void
put_le(struct buf *out, uint32_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		buf_put(out, &(unsigned char){ (value >> 8 * i) & 0xff }, 1);
}

void
zframe_put_length(struct buf *out, uint32_t len)
{
	put_le(out, len, ZFRAME_LENGTH_SIZE);
}

void
zframe_stored(struct buf *out, struct bytes message)
{
	const unsigned char *p = message.at;
	size_t left = message.len;

	put_le(out, ZSTD_MAGICNUMBER, 4);
	if (left < 256) {
		put_le(out, SINGLE_SEGMENT_SIZE_1, 1);
		put_le(out, (uint32_t)left, 1);
	} else {
		put_le(out, SINGLE_SEGMENT_SIZE_4, 1);
		put_le(out, (uint32_t)left, 4);
	}
	do {
		size_t now = left < BLOCK_MAX ? left : BLOCK_MAX;

		put_le(out, (uint32_t)(now << 3 | (now == left)), 3);
		buf_put(out, p, now);
		p += now;
		left -= now;
	} while (left > 0);
}

static void
scratch_renew(struct zframe *z, size_t room)
{
	if (room <= z->scratch_size)
		return;
	free(z->scratch);
	z->scratch = malloc(room);
	if (!z->scratch)
		abort();
	z->scratch_size = room;
}

/* Into the scratch memory; zero when zstd cannot. */
static size_t
compress(struct zframe *z, struct bytes message)
{
	size_t made;

	scratch_renew(z, ZSTD_compressBound(message.len));
	made = ZSTD_compress2(
		z->ctx, z->scratch, z->scratch_size, message.at, message.len);
	return ZSTD_isError(made) ? 0 : made;
}

enum err
zframe_compress(struct zframe *z, struct buf *out, struct bytes message)
{
	size_t made = compress(z, message);

	if (!made)
		return ERR_TOO_BIG;
	buf_put(out, z->scratch, made);
	return buf_error(out);
}

enum err
zframe_put(struct zframe *z, struct buf *out, struct bytes message)
{
	size_t at = out->len;
	uint32_t len;
	enum err e = ERR_OK;

	zframe_put_length(out, 0);
	if (message.len < ZFRAME_STORE_MAX)
		zframe_stored(out, message);
	else
		e = zframe_compress(z, out, message);
	if (e || buf_error(out))
		return e ? e : buf_error(out);
	len = (uint32_t)(out->len - at - ZFRAME_LENGTH_SIZE);
	for (unsigned i = 0; i < ZFRAME_LENGTH_SIZE; i++)
		out->bytes[at + i] = (unsigned char)(len >> 8 * i);
	return ERR_OK;
}

static struct blob *
stored_blob(struct bytes message)
{
	struct arena *mem = arena_new();
	struct blob *made;
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	zframe_stored(&b, message);
	made = blob_new(b.bytes, b.len);
	arena_free(mem);
	return made;
}

struct blob *
zframe_blob(struct zframe *z, struct bytes message)
{
	size_t made = message.len < ZFRAME_STORE_MAX ? 0 : compress(z, message);

	return made ? blob_new(z->scratch, made) : stored_blob(message);
}

struct blob *
zframe_list(struct zframe *z, struct bytes message)
{
	struct bytes made;

	if (!z->list)
		z->list = zlist_new();
	made = zlist_frame(z->list, message);
	return made.len ? blob_new(made.at, made.len) : zframe_blob(z, message);
}

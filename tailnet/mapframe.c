#include "tailnet/mapframe.h"

#include <string.h>

#include "proto/zframe.h"

enum {
	MESSAGE_MAX = 64 * 1024 * 1024,
};

/* The compressor's memory, kept for the life of the process. */
static struct zframe *
compressor(void)
{
	static struct zframe *z;

	if (!z)
		z = zframe_new();
	return z;
}

struct blob *
mapframe_of(struct bytes json)
{
	return zframe_blob(compressor(), json);
}

struct blob *
mapframe_of_peers(struct bytes json)
{
	return zframe_list(compressor(), json);
}

struct blob *
mapframe_stored(const char *json)
{
	struct arena *mem = arena_new();
	struct blob *made;
	struct buf b;

	buf_init(&b, mem, MESSAGE_MAX);
	zframe_stored(&b,
		(struct bytes){ (const unsigned char *)json, strlen(json) });
	made = blob_new(b.bytes, b.len);
	arena_free(mem);
	return made;
}

struct blob *
mapframe_message(struct arena *mem, const struct buf *json, bool plain)
{
	struct bytes text = { json->bytes, json->len };
	struct buf b;

	buf_init(&b, mem, MESSAGE_MAX);
	if (plain) {
		zframe_put_length(&b, (uint32_t)text.len);
		buf_put(&b, text.at, text.len);
	} else {
		zframe_put(compressor(), &b, text);
	}
	return blob_new(b.bytes, b.len);
}

/*
 * zlist_fuzz.c: any text as a list of peers.  The frame, if one is made,
 * unpacks to it, and fits where it is put.
 */
#include "proto/zlist.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <zstd.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

enum {
	TIMES = 24, /* a short input must repeat itself to be a list */
	ROOM = 256 * 1024,
};

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static unsigned char text[ROOM], back[ROOM];
	static struct zlist *z;
	struct bytes frame;
	size_t all = 0;

	if (!z)
		z = zlist_new();
	for (size_t i = 0; len && i < TIMES && all + len <= ROOM; i++) {
		memcpy(text + all, at, len);
		all += len;
		text[all - 1] = (unsigned char)(text[all - 1] + i);
	}
	frame = zlist_frame(z, (struct bytes){ text, all });
	if (!frame.len)
		return 0;
	assert(ZSTD_decompress(back, ROOM, frame.at, frame.len) == all);
	assert(memcmp(back, text, all) == 0);
	return 0;
}

/*
 * derp_fuzz.c: a stranger's DERP stream.  The first byte says whether the
 * ClientInfo was taken already, the second how long the pieces are.
 */
#include "proto/derp.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
open_info(struct bytes body)
{
	static const uint8_t private[DERP_KEY_LEN] = { 8 };
	struct arena *mem = arena_new();
	struct derp_client_info info;

	(void)derp_client_info_read(body, private, mem, &info);
	arena_free(mem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct derp_reader r = { 0 };
	struct derp_frame f;
	size_t step, begin = 2, end;

	if (len < 2)
		return 0;
	r.welcomed = at[0] & 1;
	step = (size_t)at[1] + 1;
	for (end = begin; end < len;) {
		struct bytes in = { at + begin, 0 };

		end = len - end < step ? len : end + step;
		in.len = end - begin;
		do {
			if (derp_next(&r, &in, &f))
				return 0;
			assert(f.body.len <= DERP_FRAME_MAX ||
				f.type == DERP_NONE);
			if (f.type == DERP_CLIENT_INFO) {
				open_info(f.body);
				r.welcomed = true;
			}
		} while (f.type != DERP_NONE);
		begin = end - in.len;
	}
	return 0;
}

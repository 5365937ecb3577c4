/*
 * derp_source_fuzz.c: what an https server of somebody else gives as a map of
 * relays.  What is taken can be kept, and what is kept is read the same again.
 */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "tailnet/derpmap_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
read_again(struct arena *mem, const char *kept)
{
	struct tailcfg_derp_map again, both = { .home_params = NULL };
	struct bytes text = { (const unsigned char *)kept, strlen(kept) };
	const char *why;

	assert(text_is_utf8(text.at, text.len));
	assert(!derpmap_read(text, DERPMAP_OWN, mem, &again, &why));
	assert(!strcmp(derpmap_text(&again, mem), kept));
	/* Over itself it is no other. */
	assert(!derpmap_add(&both, &again, mem, &why));
	assert(!derpmap_add(&both, &again, mem, &why));
	assert(!strcmp(derpmap_text(&both, mem), kept));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *mem = arena_new();
	const char *why = NULL, *kept;
	struct tailcfg_derp_map map;
	enum err e = derpmap_read(
		(struct bytes){ at, len }, DERPMAP_FETCHED, mem, &map, &why);

	assert(!e || (why && text_length(why) != SIZE_MAX));
	if (!e && !derpmap_keep(&map, mem, &kept, &why)) {
		assert(!strstr(kept, ",\"InsecureForTests\":"));
		read_again(mem, kept);
	}
	arena_free(mem);
	return 0;
}

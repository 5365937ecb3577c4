/*
 * register_json_fuzz.c: the body of /machine/register.  What is understood must
 * be understood the same when it is written again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "proto/tailcfg.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
write_and_read_again(
	struct arena *mem, const struct tailcfg_register_request *r)
{
	char *once = json_print(mem, &tailcfg_register_request_table, r);
	struct tailcfg_register_request again;
	struct bytes text;

	assert(once);
	text = (struct bytes){ (unsigned char *)once, strlen(once) };
	assert(text_is_utf8(text.at, text.len));
	/* Escapes may have made a string longer than its limit. */
	if (tailcfg_register_decode(text, mem, &again)) {
		assert(text.len > JSON_STRING_MAX);
		return;
	}
	assert(!strcmp(once,
		json_print(mem, &tailcfg_register_request_table, &again)));
	assert(json_print(mem, &tailcfg_hostinfo_table, again.hostinfo));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *mem = arena_new();
	struct tailcfg_register_request r;

	if (!tailcfg_register_decode((struct bytes){ at, len }, mem, &r)) {
		assert(r.hostinfo);
		write_and_read_again(mem, &r);
	}
	arena_free(mem);
	return 0;
}

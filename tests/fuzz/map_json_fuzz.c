/*
 * map_json_fuzz.c: the body of /machine/map, and, since tests lean on it, the
 * reading of the messages that answer it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "proto/tailcfg.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* Writing what was read, reading that and writing it makes the same text. */
static void
write_and_read_again(
	struct arena *mem, const struct json_table *t, const void *from)
{
	void *again = arena_alloc(mem, t->struct_size);
	char *once = json_print(mem, t, from);
	struct bytes text;

	assert(once);
	text = (struct bytes){ (unsigned char *)once, strlen(once) };
	assert(text_is_utf8(text.at, text.len));
	if (json_decode(text, t, mem, again)) {
		assert(text.len > JSON_STRING_MAX);
		return;
	}
	assert(!strcmp(once, json_print(mem, t, again)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct json_table *const tables[] = {
		&tailcfg_map_response_table,
		&tailcfg_node_table,
		&tailcfg_derp_map_table,
		&tailcfg_dns_config_table,
		&tailcfg_ssh_policy_table,
	};
	struct bytes in = { at, len };
	struct arena *mem = arena_new();
	struct tailcfg_map_request r;

	if (!tailcfg_map_decode(in, mem, &r))
		write_and_read_again(mem, &tailcfg_map_request_table, &r);
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		void *part = arena_alloc(mem, tables[i]->struct_size);

		if (!json_decode(in, tables[i], mem, part))
			write_and_read_again(mem, tables[i], part);
	}
	arena_free(mem);
	return 0;
}

/*
 * fcgi_answer_fuzz.c: what a handler answers.  It reads the same whole and byte
 * by byte.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/cgi.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

enum {
	LIMIT = 4096,
};

static void
split(struct arena *mem, struct bytes text)
{
	struct cgi_answer a;

	if (cgi_answer_parse(text, mem, &a))
		return;
	assert(a.status >= 100 && a.status <= 599);
	assert(a.header_count <= CGI_HEADERS_MAX);
	assert(a.body.at + a.body.len == text.at + text.len);
	for (size_t i = 0; i < a.header_count; i++)
		assert(cgi_answer_header(&a, a.headers[i].name));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *mem = arena_new();
	struct fcgi_reader whole, bytes;
	enum cgi_state state;

	fcgi_reader_init(&whole, mem, LIMIT);
	fcgi_reader_init(&bytes, mem, LIMIT);
	state = fcgi_read(&whole, at, len);
	for (size_t i = 0; i < len; i++)
		fcgi_read(&bytes, at + i, 1);
	assert(state == bytes.state);
	if (state == CGI_DONE) {
		assert(whole.out.len == bytes.out.len &&
			whole.out.len <= LIMIT);
		assert(!whole.out.len ||
			!memcmp(whole.out.bytes, bytes.out.bytes,
				whole.out.len));
		split(mem, (struct bytes){ whole.out.bytes, whole.out.len });
	}
	split(mem, (struct bytes){ at, len });
	arena_free(mem);
	return 0;
}

/*
 * scgi_head_fuzz.c: the head of a tunnel.  It is complete at one length only,
 * and every variable lies inside it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/cgi.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct scgi_head h, again;

	if (scgi_parse((struct bytes){ at, len }, &h) != CGI_DONE)
		return 0;
	assert(h.len <= len && h.count <= SCGI_VARS_MAX);
	for (size_t i = 0; i < h.count; i++) {
		const char *end = (const char *)at + h.len;

		assert(h.vars[i].name > (const char *)at);
		assert(h.vars[i].value + strlen(h.vars[i].value) < end);
		assert(scgi_get(&h, h.vars[i].name));
	}
	assert(scgi_parse((struct bytes){ at, h.len - 1 }, &again) == CGI_MORE);
	assert(scgi_parse((struct bytes){ at, h.len }, &again) == CGI_DONE);
	return 0;
}

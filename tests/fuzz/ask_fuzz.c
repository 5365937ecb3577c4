/*
 * ask_fuzz.c: what a machine answers when it is asked.  The first byte is the
 * kind of the question.  Whatever comes, a little is kept, and it is read again
 * line by line.
 */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "tailnet/ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static const char *const kinds[] = {
#define X(name, word, types, method, path, seconds, flags) word,
	ASK_TABLE(X)
#undef X
};

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *mem;
	struct ask_row a = { .id = 1 };
	struct ask_line *lines = NULL;
	size_t count = 0;
	char *body;

	if (!len)
		return 0;
	mem = arena_new();
	a.kind = kinds[at[0] % (sizeof(kinds) / sizeof(kinds[0]))];
	body = arena_alloc(mem, len); /* a NUL behind, as handlers have it */
	memcpy(body, at + 1, len - 1);
	body[len - 1] = '\0';
	(void)ask_keep(&a,
		(struct bytes){ (const unsigned char *)body, len - 1 }, mem,
		&a.answer);
	assert(strlen(a.answer) <= ASK_ANSWER_MAX);
	assert(text_is_utf8(a.answer, strlen(a.answer)));
	ask_lines(&a, mem, &lines, &count);
	assert(count || strcmp(a.answer, "{}") == 0);
	for (size_t i = 0; i < count; i++)
		assert(lines[i].name && lines[i].value);
	arena_free(mem);
	return 0;
}

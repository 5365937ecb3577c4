#include "tests/load/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum {
	TEXT_MAX = 64 * 1024 * 1024,
};

struct bytes
reader_text(struct bytes frames)
{
	static ZSTD_DCtx *decompressor;
	static unsigned char *text;
	size_t len;

	if (!text) {
		text = malloc(TEXT_MAX + 1);
		decompressor = ZSTD_createDCtx();
		if (!text || !decompressor)
			abort();
	}
	len = ZSTD_decompressDCtx(
		decompressor, text, TEXT_MAX, frames.at, frames.len);
	if (ZSTD_isError(len))
		len = 0;
	text[len] = '\0';
	return (struct bytes){ text, len };
}

bool
reader_next(struct bytes text, const char *mark, size_t *at, int64_t *number)
{
	size_t len = strlen(mark);
	const unsigned char *found =
		memmem(text.at + *at, text.len - *at, mark, len);

	if (!found)
		return false;
	*number = strtoll((const char *)found + len, NULL, 10);
	*at = (size_t)(found - text.at) + len;
	return true;
}

bool
reader_self(struct bytes text, int64_t *id, char address[64])
{
	static const char head[] = "{\"Node\":{\"ID\":";
	const char *at = (const char *)text.at, *found;

	if (text.len < sizeof(head) || memcmp(at, head, sizeof(head) - 1) != 0)
		return false;
	*id = strtoll(at + sizeof(head) - 1, NULL, 10);
	found = strstr(at, "\"Addresses\":[\"");
	return found &&
	       sscanf(found, "\"Addresses\":[\"%63[^\"]", address) == 1;
}

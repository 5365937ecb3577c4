#include "base/blob.h"

#include <stdlib.h>
#include <string.h>

struct blob *
blob_new(const void *bytes, size_t len)
{
	struct blob *b = malloc(sizeof(*b) + len);

	if (!b)
		abort();
	b->refs = 1;
	b->len = len;
	if (bytes && len)
		memcpy(b->bytes, bytes, len);
	return b;
}

struct blob *
blob_ref(struct blob *b)
{
	b->refs++;
	return b;
}

void
blob_drop(struct blob *b)
{
	if (b && --b->refs == 0)
		free(b);
}

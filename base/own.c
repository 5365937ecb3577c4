#include "base/own.h"

#include <stdlib.h>
#include <string.h>

bool
own_text(char **at, const char *text)
{
	char *copy;

	if (*at == text || (*at && text && strcmp(*at, text) == 0))
		return false;
	copy = text ? strdup(text) : NULL;
	if (text && !copy)
		abort();
	free(*at);
	*at = copy;
	return true;
}

void
own_free(char **at)
{
	free(*at);
	*at = NULL;
}

void *
own_alloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

void *
own_grow(void *at, size_t count, size_t size)
{
	void *p = reallocarray(at, count, size);

	if (!p)
		abort();
	return p;
}

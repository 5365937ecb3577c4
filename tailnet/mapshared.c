#include "tailnet/mapshared.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "tailnet/mapframe.h"

/* A viewer's own node is nobody else's. */
static bool
may_be_shared(const struct buf *json)
{
	static const char own[] = "{\"Node\":";

	return json->len >= sizeof(own) &&
	       memcmp(json->bytes, own, sizeof(own) - 1) != 0;
}

static struct blob *
kept(const struct snapshot *s, const struct buf *json, bool plain)
{
	for (size_t i = 0; i < SHARED_CACHE; i++) {
		const struct snap_shared *c = &s->shared[i];

		if (c->message && c->plain == plain && c->len == json->len &&
			memcmp(c->text, json->bytes, c->len) == 0)
			return c->message;
	}
	return NULL;
}

static void
drop(struct snap_shared *c)
{
	free(c->text);
	blob_drop(c->message);
	*c = (struct snap_shared){ .text = NULL };
}

static void
keep(struct snapshot *s, const struct buf *json, bool plain,
	struct blob *message)
{
	struct snap_shared *c = &s->shared[s->shared_next++ % SHARED_CACHE];

	drop(c);
	c->text = own_alloc(json->len);
	memcpy(c->text, json->bytes, json->len);
	c->len = json->len;
	c->plain = plain;
	c->message = blob_ref(message);
}

struct blob *
mapshared(struct snapshot *s, struct arena *mem, const struct buf *json,
	bool plain)
{
	struct blob *b;

	if (!may_be_shared(json))
		return mapframe_message(mem, json, plain);
	b = kept(s, json, plain);
	if (b)
		return blob_ref(b);
	b = mapframe_message(mem, json, plain);
	keep(s, json, plain, b);
	return b;
}

void
mapshared_forget(struct snapshot *s)
{
	for (size_t i = 0; i < SHARED_CACHE; i++)
		drop(&s->shared[i]);
}

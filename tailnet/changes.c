#include "tailnet/changes.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"

enum {
	CHANGES_MAX = 256 * 1024, /* more than any row's fields */
};

void
changes_init(struct changes *c, struct arena *mem)
{
	buf_init(&c->before, mem, CHANGES_MAX);
	buf_init(&c->after, mem, CHANGES_MAX);
	c->count = 0;
}

static void
put_name(struct changes *c, const char *name)
{
	buf_puts(&c->before, c->count ? "," : "{");
	buf_puts(&c->after, c->count ? "," : "{");
	c->count++;
	json_put_text(&c->before, name);
	json_put_text(&c->after, name);
	buf_puts(&c->before, ":");
	buf_puts(&c->after, ":");
}

void
changes_text(struct changes *c, const char *name, const char *before,
	const char *after)
{
	before = before ? before : "";
	after = after ? after : "";
	if (strcmp(before, after) == 0)
		return;
	put_name(c, name);
	json_put_text(&c->before, before);
	json_put_text(&c->after, after);
}

void
changes_raw(struct changes *c, const char *name, const char *before,
	const char *after)
{
	if (strcmp(before, after) == 0)
		return;
	put_name(c, name);
	buf_puts(&c->before, before);
	buf_puts(&c->after, after);
}

void
changes_bool(struct changes *c, const char *name, bool before, bool after)
{
	changes_raw(
		c, name, before ? "true" : "false", after ? "true" : "false");
}

static const char *
time_json(struct arena *mem, int64_t at)
{
	return at ? arena_printf(mem, "\"%s\"", clock_print(mem, at)) : "null";
}

void
changes_time(struct changes *c, const char *name, int64_t before, int64_t after)
{
	changes_raw(c, name, time_json(c->before.mem, before),
		time_json(c->before.mem, after));
}

static const char *
close_object(const struct changes *c, struct buf *b)
{
	if (!c->count || buf_error(b))
		return "";
	return arena_printf(
		b->mem, "%.*s}", (int)b->len, (const char *)b->bytes);
}

const char *
changes_before(struct changes *c)
{
	return close_object(c, &c->before);
}

const char *
changes_after(struct changes *c)
{
	return close_object(c, &c->after);
}

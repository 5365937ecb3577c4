#include "policy/edit_text.h"

#include <stddef.h>
#include <string.h>

#include "base/buf.h"

const char *
edit_quoted(struct arena *mem, const char *text)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	json_put_text(&b, text);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

/* ["a", "b"], each with that behind it */
static void
put_list(struct buf *b, const struct json_texts *l, const char *behind)
{
	buf_puts(b, "[");
	for (size_t i = 0; i < l->count; i++) {
		buf_puts(b, i ? ", " : "");
		json_put_text(
			b, arena_printf(b->mem, "%s%s", l->at[i], behind));
	}
	buf_puts(b, "]");
}

/* ---- entries that are as they were given ---- */

/* A member, and where of the edit its value is: a text, or a list. */
struct part {
	const char *name;
	bool list;
	size_t at;
};

#define TEXT(name, member)                                        \
	{                                                         \
		name, false, offsetof(struct policy_edit, member) \
	}
#define LIST(name, member)                                       \
	{                                                        \
		name, true, offsetof(struct policy_edit, member) \
	}

enum {
	PARTS_MAX = 6,
};

/* In the order in which they are written. */
static const struct part parts[][PARTS_MAX + 1] = {
	[EDIT_RULE_IN] = { LIST("src", src), LIST("dst", dst),
		LIST("ip", ports) },
	[EDIT_SSH_IN] = { TEXT("action", action), LIST("src", src),
		LIST("dst", dst), LIST("users", users),
		TEXT("checkPeriod", period), LIST("acceptEnv", env) },
	[EDIT_TEST_IN] = { TEXT("src", from), TEXT("proto", proto),
		LIST("accept", accept), LIST("deny", deny) },
	[EDIT_SSH_TEST_IN] = { TEXT("src", from), LIST("dst", dst),
		LIST("accept", accept), LIST("check", check),
		LIST("deny", deny) },
};

static void
put_part(struct buf *b, const struct policy_edit *e, const struct part *p)
{
	const void *at = (const char *)e + p->at;
	const struct json_texts *list = at;
	const char *const *text = at;

	if (p->list ? !list->count : !*text || !**text)
		return;
	buf_puts(b, b->len > 1 ? ", " : "");
	json_put_text(b, p->name);
	buf_puts(b, ": ");
	if (p->list)
		put_list(b, list, "");
	else
		json_put_text(b, *text);
}

const char *
edit_entry_text(struct arena *mem, const struct policy_edit *e)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{");
	for (const struct part *p = parts[e->kind]; p->name; p++)
		put_part(&b, e, p);
	buf_put(&b, "}", 2);
	return (const char *)b.bytes;
}

/* ---- acls ---- */

/* "443" of "tcp:443", and the protocol; "" if it has none. */
static const char *
ports_of(struct arena *mem, const char *text, const char **proto)
{
	const char *colon = strrchr(text, ':');

	*proto = colon ? arena_printf(mem, "%.*s", (int)(colon - text), text)
		       : "";
	return colon ? colon + 1 : text;
}

/* An acl has one protocol, and ports behind each destination. */
const char *
edit_acl_text(struct arena *mem, const struct policy_edit *e)
{
	const char *behind = "", *proto = NULL, *own, *ports;
	struct buf b;

	for (size_t i = 0; i < e->ports.count; i++) {
		ports = ports_of(mem, e->ports.at[i], &own);
		if (proto && strcmp(proto, own) != 0)
			return NULL;
		proto = own;
		behind = arena_printf(
			mem, "%s%s%s", behind, i ? "," : ":", ports);
	}
	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{\"action\": \"accept\", \"src\": ");
	put_list(&b, &e->src, "");
	if (proto && *proto) {
		buf_puts(&b, ", \"proto\": ");
		json_put_text(&b, proto);
	}
	buf_puts(&b, ", \"dst\": ");
	put_list(&b, &e->dst, behind);
	buf_put(&b, "}", 2);
	return (const char *)b.bytes;
}

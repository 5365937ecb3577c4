#include "policy/edit.h"

#include <string.h>

#include "base/buf.h"
#include "policy/shape.h"
#include "policy/splice.h"

static const struct section {
	const char *name;
	enum member member;
} sections[] = {
	{ "acls", MEMBER_ACLS },
	{ "grants", MEMBER_GRANTS },
	{ "groups", MEMBER_GROUPS },
	{ "ssh", MEMBER_SSH },
	{ "sshTests", MEMBER_SSH_TESTS },
	{ "tagOwners", MEMBER_TAG_OWNERS },
	{ "tests", MEMBER_TESTS },
};

struct work {
	struct hujson h;
	const struct policy_edit *edit;
	struct arena *mem;
};

/* ---- places in the tree ---- */

static uint32_t
section_of(const struct work *w, const char *name)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		const struct hujson_value *v;

		if (strcmp(sections[i].name, name) != 0)
			continue;
		v = shape_member(&w->h, &w->h.values[0], sections[i].member);
		return v ? (uint32_t)(v - w->h.values) : SPLICE_NONE;
	}
	return SPLICE_NONE;
}

static uint32_t
named(const struct work *w, uint32_t object, const char *name, size_t *place)
{
	uint32_t i;

	for (size_t n = 0; object != SPLICE_NONE &&
			   (i = splice_child(&w->h, object, n)) != SPLICE_NONE;
		n++)
		if (strcmp(w->h.values[i].name, name) == 0) {
			*place = n;
			return i;
		}
	return SPLICE_NONE;
}

static bool
lists(const struct work *w, uint32_t list, const char *value)
{
	uint32_t i;

	for (size_t n = 0; (i = splice_child(&w->h, list, n)) != SPLICE_NONE;
		n++)
		if (w->h.values[i].kind == HUJSON_TEXT &&
			strcmp(w->h.values[i].text, value) == 0)
			return true;
	return false;
}

/* ---- what goes in ---- */

static const char *
quoted(struct arena *mem, const char *text)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	json_put_text(&b, text);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

/* ["a", "b"] */
static const char *
list_text(struct arena *mem, const struct json_texts *l, const char *behind)
{
	const char *words = "";

	for (size_t i = 0; i < l->count; i++)
		words = arena_printf(mem, "%s%s%s", words, i ? ", " : "",
			quoted(mem,
				arena_printf(mem, "%s%s", l->at[i], behind)));
	return arena_printf(mem, "[%s]", words);
}

static const char *
grant_text(struct arena *mem, const struct policy_edit *e)
{
	return arena_printf(mem, "{\"src\": %s, \"dst\": %s, \"ip\": %s}",
		list_text(mem, &e->src, ""), list_text(mem, &e->dst, ""),
		list_text(mem, &e->ports, ""));
}

/* An acl has one protocol, and ports behind each destination.  NULL: it cannot
 * say that. */
static const char *
acl_text(struct arena *mem, const struct policy_edit *e)
{
	const char *ports = "", *proto = NULL;

	for (size_t i = 0; i < e->ports.count; i++) {
		const char *p = e->ports.at[i], *colon = strrchr(p, ':');
		const char *own =
			colon ? arena_printf(mem, "%.*s", (int)(colon - p), p)
			      : "";

		if (proto && strcmp(proto, own) != 0)
			return NULL;
		proto = own;
		ports = arena_printf(mem, "%s%s%s", ports, i ? "," : ":",
			colon ? colon + 1 : p);
	}
	return arena_printf(mem,
		"{\"action\": \"accept\", \"src\": %s, %s%s%s\"dst\": %s}",
		list_text(mem, &e->src, ""),
		proto && *proto ? "\"proto\": " : "",
		proto && *proto ? quoted(mem, proto) : "",
		proto && *proto ? ", " : "", list_text(mem, &e->dst, ports));
}

/* A member of the whole that is not there yet. */
static const char *
new_section(const struct work *w, const char *name, const char *value)
{
	return splice_in(&w->h, 0,
		arena_printf(w->mem, "%s: %s", quoted(w->mem, name), value),
		w->mem);
}

static enum err
rule_in(struct work *w, const char **out)
{
	uint32_t grants = section_of(w, "grants");
	uint32_t acls = section_of(w, "acls");
	bool acl = grants == SPLICE_NONE && acls != SPLICE_NONE;
	const char *rule =
		acl ? acl_text(w->mem, w->edit) : grant_text(w->mem, w->edit);

	if (!rule)
		return ERR_BAD_INPUT;
	if (acl || grants != SPLICE_NONE)
		*out = splice_in(&w->h, acl ? acls : grants, rule, w->mem);
	else
		*out = new_section(
			w, "grants", arena_printf(w->mem, "[\n\t%s,\n]", rule));
	return ERR_OK;
}

static enum err
listed_in(struct work *w, const char **out)
{
	const struct policy_edit *e = w->edit;
	uint32_t section = section_of(w, e->section);
	const char *value = quoted(w->mem, e->value);
	const char *entry = arena_printf(
		w->mem, "%s: [%s]", quoted(w->mem, e->name), value);
	size_t place;
	uint32_t list = named(w, section, e->name, &place);

	if (list != SPLICE_NONE && w->h.values[list].kind != HUJSON_LIST)
		return ERR_BAD_INPUT;
	if (list != SPLICE_NONE && lists(w, list, e->value))
		return ERR_EXISTS;
	if (list != SPLICE_NONE)
		*out = splice_in(&w->h, list, value, w->mem);
	else if (section != SPLICE_NONE)
		*out = splice_in(&w->h, section, entry, w->mem);
	else
		*out = new_section(w, e->section,
			arena_printf(w->mem, "{\n\t%s,\n}", entry));
	return ERR_OK;
}

/* ---- what goes out ---- */

static enum err
rule_out(struct work *w, const char **out)
{
	uint32_t list = section_of(w, w->edit->section);

	if (list == SPLICE_NONE ||
		splice_child(&w->h, list, w->edit->number) == SPLICE_NONE)
		return ERR_NOT_FOUND;
	*out = splice_out(&w->h, list, w->edit->number, w->mem);
	return ERR_OK;
}

static enum err
listed_out(struct work *w, const char **out)
{
	uint32_t section = section_of(w, w->edit->section);
	size_t place;
	uint32_t list = named(w, section, w->edit->name, &place);

	if (list == SPLICE_NONE)
		return ERR_NOT_FOUND;
	if (w->edit->kind == EDIT_NAME_OUT) {
		*out = splice_out(&w->h, section, place, w->mem);
		return ERR_OK;
	}
	if (w->h.values[list].kind != HUJSON_LIST ||
		splice_child(&w->h, list, w->edit->number) == SPLICE_NONE)
		return ERR_NOT_FOUND;
	*out = splice_out(&w->h, list, w->edit->number, w->mem);
	return ERR_OK;
}

enum err
policy_edit(const char *text, const struct policy_edit *edit, struct arena *mem,
	const char **out, struct policy_error *error)
{
	static enum err (*const deeds[])(struct work *, const char **) = {
		[EDIT_RULE_IN] = rule_in,
		[EDIT_RULE_OUT] = rule_out,
		[EDIT_LISTED_IN] = listed_in,
		[EDIT_LISTED_OUT] = listed_out,
		[EDIT_NAME_OUT] = listed_out,
	};
	struct work w = { .edit = edit, .mem = mem };
	enum err e;

	if (!*text)
		text = "{\n}\n";
	e = hujson_parse((struct bytes){ (const void *)text, strlen(text) },
		mem, &w.h, error);
	if (!e)
		e = shape_check(&w.h, mem, error);
	return e ? e : deeds[edit->kind](&w, out);
}

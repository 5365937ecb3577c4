#include "policy/edit.h"

#include <string.h>
#include <strings.h>

#include "policy/edit_text.h"
#include "policy/shape.h"
#include "policy/splice.h"

const char *const policy_edit_lists[POLICY_EDIT_LISTS] = { "src", "dst",
	"ports", "users", "env", "accept", "check", "deny" };

struct json_texts *
policy_edit_list(struct policy_edit *edit, size_t i)
{
	struct json_texts *const at[POLICY_EDIT_LISTS] = { &edit->src,
		&edit->dst, &edit->ports, &edit->users, &edit->env,
		&edit->accept, &edit->check, &edit->deny };

	return at[i];
}

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
	const struct hujson_value *v = w->h.values;

	*place = 0;
	if (object == SPLICE_NONE)
		return SPLICE_NONE;
	for (uint32_t i = object + 1; i < v[object].next; i = v[i].next) {
		if (strcmp(v[i].name, name) == 0)
			return i;
		++*place;
	}
	return SPLICE_NONE;
}

/* Which of them is that; SIZE_MAX: none. */
static size_t
place_in(const struct work *w, uint32_t list, const char *value)
{
	const struct hujson_value *v = w->h.values;
	size_t n = 0;

	for (uint32_t i = list + 1; i < v[list].next; i = v[i].next, n++)
		if (v[i].kind == HUJSON_TEXT && strcmp(v[i].text, value) == 0)
			return n;
	return SIZE_MAX;
}

/* ---- what goes in ---- */

/* One that is null: it counts as absent, and stands in the way of another. */
static uint32_t
null_named(const struct work *w, const char *name)
{
	const struct hujson_value *v = w->h.values;

	for (uint32_t i = 1; i < v[0].next; i = v[i].next)
		if (w->h.values[i].kind == HUJSON_NULL &&
			strcasecmp(w->h.values[i].name, name) == 0)
			return i;
	return SPLICE_NONE;
}

/* A member of the whole that is not there yet. */
static const char *
new_section(
	const struct work *w, const char *name, const char *entry, bool list)
{
	uint32_t null = null_named(w, name);
	const char *open = list ? "[" : "{", *close = list ? "]" : "}";

	if (null != SPLICE_NONE)
		return splice_over(&w->h, null,
			arena_printf(w->mem, "%s%s%s", open, entry, close),
			w->mem);
	return splice_in(&w->h, 0,
		arena_printf(w->mem, "%s: %s\n\t%s,\n%s",
			edit_quoted(w->mem, name), open, entry, close),
		w->mem);
}

/* Into the section where it belongs. */
static enum err
rule_in(struct work *w, const char **out)
{
	static const char *const names[] = { [EDIT_RULE_IN] = "grants",
		[EDIT_SSH_IN] = "ssh",
		[EDIT_TEST_IN] = "tests",
		[EDIT_SSH_TEST_IN] = "sshTests" };
	const char *name = names[w->edit->kind], *entry;
	uint32_t list = section_of(w, name);
	uint32_t acls = section_of(w, "acls");
	bool acl = w->edit->kind == EDIT_RULE_IN && list == SPLICE_NONE &&
		   acls != SPLICE_NONE;

	entry = acl ? edit_acl_text(w->mem, w->edit)
		    : edit_entry_text(w->mem, w->edit);
	if (!entry)
		return ERR_BAD_INPUT;
	list = acl ? acls : list;
	*out = list == SPLICE_NONE ? new_section(w, name, entry, true)
				   : splice_in(&w->h, list, entry, w->mem);
	return ERR_OK;
}

static enum err
listed_in(struct work *w, const char **out)
{
	const struct policy_edit *e = w->edit;
	uint32_t section = section_of(w, e->section);
	const char *value = edit_quoted(w->mem, e->value);
	const char *entry = arena_printf(
		w->mem, "%s: [%s]", edit_quoted(w->mem, e->name), value);
	size_t place;
	uint32_t list = named(w, section, e->name, &place);

	if (list == SPLICE_NONE && section == SPLICE_NONE)
		*out = new_section(w, e->section, entry, false);
	else if (list == SPLICE_NONE)
		*out = splice_in(&w->h, section, entry, w->mem);
	else if (w->h.values[list].kind == HUJSON_NULL)
		*out = splice_over(&w->h, list,
			arena_printf(w->mem, "[%s]", value), w->mem);
	else if (place_in(w, list, e->value) != SIZE_MAX)
		return ERR_EXISTS;
	else
		*out = splice_in(&w->h, list, value, w->mem);
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

static enum err
parse(struct work *w, const char *text, struct policy_error *error)
{
	enum err e;

	if (!*text)
		text = "{\n}\n";
	e = hujson_parse((struct bytes){ (const void *)text, strlen(text) },
		w->mem, &w->h, error);
	return e ? e : shape_check(&w->h, w->mem, error);
}

enum err
policy_listed(const char *text, const struct policy_edit *edit,
	const char *value, struct arena *mem, size_t *number,
	struct policy_error *error)
{
	struct work w = { .edit = edit, .mem = mem };
	enum err e = parse(&w, text, error);
	uint32_t list;

	if (e)
		return e;
	list = named(&w, section_of(&w, edit->section), edit->name, number);
	*number = list == SPLICE_NONE ? SIZE_MAX : place_in(&w, list, value);
	return *number == SIZE_MAX ? ERR_NOT_FOUND : ERR_OK;
}

enum err
policy_edit(const char *text, const struct policy_edit *edit, struct arena *mem,
	const char **out, struct policy_error *error)
{
	static enum err (*const deeds[])(struct work *, const char **) = {
		[EDIT_RULE_IN] = rule_in,
		[EDIT_SSH_IN] = rule_in,
		[EDIT_TEST_IN] = rule_in,
		[EDIT_SSH_TEST_IN] = rule_in,
		[EDIT_RULE_OUT] = rule_out,
		[EDIT_LISTED_IN] = listed_in,
		[EDIT_LISTED_OUT] = listed_out,
		[EDIT_NAME_OUT] = listed_out,
	};
	struct work w = { .edit = edit, .mem = mem };
	enum err e;

	e = parse(&w, text, error);
	return e ? e : deeds[edit->kind](&w, out);
}

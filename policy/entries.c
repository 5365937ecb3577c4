/* What a policy is made of, one by one (policy/edit.h). */
#include <string.h>

#include "policy/edit.h"
#include "policy/shape.h"

static const struct {
	const char *name;
	enum member member;
} sections[] = {
	{ "groups", MEMBER_GROUPS },
	{ "tagOwners", MEMBER_TAG_OWNERS },
	{ "grants", MEMBER_GRANTS },
	{ "acls", MEMBER_ACLS },
	{ "ssh", MEMBER_SSH },
	{ "tests", MEMBER_TESTS },
	{ "sshTests", MEMBER_SSH_TESTS },
};

static size_t
take_section(const struct hujson *h, size_t section, struct arena *mem,
	struct policy_entry *at)
{
	const struct hujson_value *v =
		shape_member(h, &h->values[0], sections[section].member);
	size_t n = 0;

	if (!v)
		return 0;
	for (uint32_t i = (uint32_t)(v - h->values) + 1; i < v->next;
		i = h->values[i].next, n++) {
		const struct hujson_value *child = &h->values[i];

		at[n] = (struct policy_entry){
			child->name ? child->name
				    : arena_printf(mem, "%s[%zu]",
					      sections[section].name, n),
			hujson_place(
				h, child->name ? child->name_at : child->at)
				.line,
			hujson_squeeze(h, child, mem)
		};
	}
	return n;
}

enum err
policy_entries(const char *text, struct arena *mem, struct policy_entry **out,
	size_t *count, struct policy_error *error)
{
	struct hujson h;
	enum err e;

	text = *text ? text : "{}";
	e = hujson_parse((struct bytes){ (const void *)text, strlen(text) },
		mem, &h, error);
	if (!e)
		e = shape_check(&h, mem, error);
	if (e)
		return e;
	*out = arena_array(mem, h.count + 1, sizeof(**out));
	*count = 0;
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		*count += take_section(&h, i, mem, *out + *count);
	return ERR_OK;
}

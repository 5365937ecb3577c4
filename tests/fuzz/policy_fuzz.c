/*
 * policy_fuzz.c: a policy file.  What is refused is refused with words and a
 * place in the text; what is accepted is JSON to the library too, once comments
 * are blanked, and its aliases are numbered soundly.
 */
#include "policy/policy.h"

#include <assert.h>
#include <string.h>

#include <json-c/json.h>

#include "base/text.h"
#include "policy/hujson.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
check_error(const struct hujson *h, const struct policy_error *error)
{
	struct policy_place end = hujson_place(h, h->text.len);

	assert(*error->text && text_is_utf8(error->text, strlen(error->text)));
	assert(error->place.line >= 1 && error->place.column >= 1);
	assert(error->place.line < end.line ||
		(error->place.line == end.line &&
			error->place.column <= end.column));
}

static void
check_json(const struct hujson *h)
{
	struct json_tokener *t = json_tokener_new_ex(128);

	json_tokener_set_flags(
		t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	json_object_put(
		json_tokener_parse_ex(t, h->json, (int)h->text.len + 1));
	assert(json_tokener_get_error(t) == json_tokener_success);
	json_tokener_free(t);
}

static void
check_tree(const struct hujson *h)
{
	assert(h->values->next == h->count);
	for (size_t i = 0; i < h->count; i++) {
		const struct hujson_value *v = &h->values[i];

		assert(v->at < v->end && v->end <= h->text.len);
		assert(v->next > i && v->next <= h->count);
		assert(v->kind != HUJSON_TEXT || !v->text[v->len]);
	}
}

static void
check_numbers(const struct policy *p, struct alias_list l)
{
	for (size_t i = 0; i < l.count; i++)
		assert(l.at[i] < p->alias_count);
}

static void
check_policy(const struct policy *p)
{
	for (size_t i = 0; i < p->alias_count; i++) {
		const struct alias *a = &p->aliases[i];

		assert(policy_alias(p, a->text) == i);
		for (size_t k = 1; k < a->ranges.count; k++)
			assert(addr_compare(a->ranges.at[k - 1].last,
				       a->ranges.at[k].first) < 0);
	}
	for (size_t i = 0; i < p->acl_count; i++) {
		check_numbers(p, p->acls[i].src);
		for (size_t k = 0; k < p->acls[i].dst_count; k++)
			assert(p->acls[i].dst[k].alias < p->alias_count);
	}
	for (size_t i = 0; i < p->grant_count; i++) {
		check_numbers(p, p->grants[i].src);
		check_numbers(p, p->grants[i].dst);
		check_numbers(p, p->grants[i].via);
	}
	for (size_t i = 0; i < p->ssh_count; i++) {
		check_numbers(p, p->ssh[i].src);
		check_numbers(p, p->ssh[i].dst);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const char *domain[] = { "example.com" };
	static const struct json_texts domains = { domain, 1 };
	struct bytes text = { at, len };
	struct arena *mem = arena_new();
	struct policy_error error;
	struct policy *p;
	struct hujson h;

	if (hujson_parse(text, mem, &h, &error) == ERR_OK) {
		check_tree(&h);
		check_json(&h);
	}
	if (policy_load(text, &domains, mem, &p, &error)) {
		check_error(&h, &error);
	} else {
		check_policy(p);
		policy_free(p);
	}
	arena_free(mem);
	return 0;
}

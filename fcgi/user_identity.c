#include "fcgi/user_identity.h"

#include "base/json.h"
#include "db/identity.h"
#include "db/provider.h"
#include "fcgi/html.h"

/* Those whose provider is there still, each with its name. */
struct known {
	struct identity *rows;
	const char **names;
	size_t count;
};

static enum err
find(struct request *r, int64_t user_id, struct known *out)
{
	struct known k = { .count = 0 };
	size_t count;
	enum err e =
		db_identities_of_user(r->db, user_id, r->mem, &k.rows, &count);

	if (e)
		return e;
	k.names = arena_array(r->mem, count + 1, sizeof(*k.names));
	for (size_t i = 0; !e && i < count; i++) {
		struct provider p;

		if (!k.rows[i].provider_id)
			continue;
		e = db_provider_by_id(r->db, k.rows[i].provider_id, r->mem, &p);
		k.rows[k.count] = k.rows[i];
		k.names[k.count++] = e ? "" : p.name;
	}
	*out = k;
	return e;
}

enum err
user_providers(struct request *r, int64_t user_id, const char **names)
{
	struct known k;
	enum err e = find(r, user_id, &k);

	*names = "";
	for (size_t i = 0; !e && i < k.count; i++)
		*names = arena_printf(r->mem, "%s%s%s", *names,
			**names ? ", " : "", k.names[i]);
	return e;
}

static const char *
groups_words(struct request *r, const char *json)
{
	struct json_texts l = { NULL, 0 };
	const char *words = "";

	if (json_texts_parse(json, r->mem, &l))
		return "";
	for (size_t i = 0; i < l.count; i++)
		words = arena_printf(
			r->mem, "%s%sgroup:%s", words, i ? ", " : "", l.at[i]);
	return words;
}

enum err
user_identity_facts(struct request *r, int64_t user_id)
{
	struct known k;
	enum err e = find(r, user_id, &k);

	for (size_t i = 0; !e && i < k.count; i++) {
		const char *groups = groups_words(r, k.rows[i].groups);

		html_fact(r, "provider-id",
			arena_printf(r->mem, "At %s", k.names[i]),
			arena_printf(r->mem, "%s, %s", k.rows[i].sub,
				k.rows[i].issuer));
		html_fact(r, "groups",
			arena_printf(r->mem, "Groups by %s", k.names[i]),
			*groups ? groups : "none");
	}
	return e;
}

const char *
user_profile_reason(struct request *r, const char *providers)
{
	return arena_printf(r->mem,
		"Names and e-mail address come from %s at each sign-in: change "
		"them there.",
		providers);
}

/*
 * oidc_person.c: claims of a provider become somebody, and the lists of the
 * provider let them in or not.
 */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "proto/claims.h"
#include "tailnet/oidc.h"
#include "tailnet/user.h"

/* Token and userinfo as one: what the latter has goes first. */
struct said {
	struct arena *mem;
	const char *token, *userinfo;
};

static const char *
source_of(const struct said *s, const char *path)
{
	return s->userinfo && claim_raw(s->mem, s->userinfo, path) ? s->userinfo
								   : s->token;
}

static const char *
text_of(const struct said *s, const char *path)
{
	return claim_text(s->mem, source_of(s, path), path);
}

/* Address and word about it come from one hand. */
static void
take_email(const struct said *s, struct oidc_person *out)
{
	const char *from = source_of(s, "email");
	const char *email = claim_text(s->mem, from, "email");

	out->email = "";
	if (!*email || !email_is_valid(email))
		return;
	if (claim_is_true(s->mem, from, "email_verified"))
		out->email = email;
	else
		out->email_doubtful = true;
}

/* As policies write it: an address stays, another name gets the domain. */
static const char *
synced_name(const struct provider *p, const char *group, struct arena *mem)
{
	size_t domain = strlen(p->group_domain), len = strlen(group);

	if (len > domain + 1 && group[len - domain - 1] == '@' &&
		strcmp(group + len - domain, p->group_domain) == 0)
		return group;
	return arena_printf(mem, "%s@%s", group, p->group_domain);
}

static void
take_groups(
	const struct provider *p, const struct said *s, struct oidc_person *out)
{
	struct json_texts l = claim_texts(
		s->mem, source_of(s, p->group_claim), p->group_claim);
	struct json_texts synced = {
		arena_array(s->mem, l.count + 1, sizeof(char *)), 0
	};
	size_t n = 0;

	for (size_t i = 0; i < l.count; i++) {
		const char *group = l.at[i];

		if (!*group || strlen(group) > OIDC_GROUP_MAX ||
			text_length(group) == SIZE_MAX)
			continue;
		l.at[n++] = group;
		synced.at[synced.count++] = synced_name(p, group, s->mem);
	}
	l.count = n;
	out->groups = l;
	out->synced = json_texts_print(s->mem, &synced);
}

/* What a line of the table makes of a value; without lines the word itself. */
static enum role
role_of_value(const struct provider *p, const char *value, struct arena *mem)
{
	struct json_texts lines = provider_lines(mem, p->roles);

	if (!lines.count)
		return role_of(value);
	for (size_t i = 0; i < lines.count; i++) {
		const char *is = strrchr(lines.at[i], '=');
		size_t len = is ? (size_t)(is - lines.at[i]) : 0;

		while (len && strchr(" \t", lines.at[i][len - 1]))
			len--;
		if (len && len == strlen(value) &&
			strncmp(lines.at[i], value, len) == 0)
			return role_of(is + 1 + strspn(is + 1, " \t"));
	}
	return ROLES;
}

/* The strongest of several; nobody becomes an owner so. */
static enum role
take_role(const struct provider *p, const struct said *s)
{
	static const enum role order[] = { ROLE_ADMIN, ROLE_IT_ADMIN,
		ROLE_NETWORK_ADMIN, ROLE_AUDITOR };
	struct json_texts l =
		claim_texts(s->mem, source_of(s, p->role_claim), p->role_claim);

	if (!*p->role_claim)
		return ROLES;
	for (size_t k = 0; k < sizeof(order) / sizeof(*order); k++)
		for (size_t i = 0; i < l.count; i++)
			if (role_of_value(p, l.at[i], s->mem) == order[k])
				return order[k];
	return ROLE_MEMBER;
}

static const char *
short_text(const char *text, size_t max)
{
	size_t len = text_length(text);

	return len == SIZE_MAX || len > max ? "" : text;
}

static const char *
picture(const char *url)
{
	return text_starts(url, "https://") && strlen(url) <= PROVIDER_URL_MAX
		       ? short_text(url, PROVIDER_URL_MAX)
		       : "";
}

void
oidc_person_read(const struct provider *p, const struct id_token *t,
	const char *userinfo, struct arena *mem, struct oidc_person *out)
{
	const struct said s = { mem, t->claims, userinfo };
	struct oidc_person who = { .issuer = t->iss,
		.sub = t->sub,
		.until = t->until,
		.auth_time = t->auth_time };

	take_email(&s, &who);
	take_groups(p, &s, &who);
	who.role = take_role(p, &s);
	who.name = short_text(text_of(&s, "preferred_username"), 128);
	who.display_name = short_text(text_of(&s, "name"), DISPLAY_NAME_MAX);
	who.picture = picture(text_of(&s, "picture"));
	*out = who;
}

bool
oidc_wants_userinfo(
	const struct provider *p, const struct id_token *t, struct arena *mem)
{
	const char *const paths[] = { "email", "preferred_username",
		p->group_claim, *p->role_claim ? p->role_claim : "email" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (!claim_raw(mem, t->claims, paths[i]))
			return true;
	return false;
}

/* ---- whom the lists let in ---- */

static const char *const words[] = {
#define X(name, word) [OIDC_REFUSED_##name] = word,
	OIDC_REFUSAL_TABLE(X)
#undef X
};

const char *
oidc_refusal_word(enum oidc_refusal refusal)
{
	return words[refusal];
}

static bool
any_of(const struct json_texts *l, const char *text, bool exact)
{
	for (size_t i = 0; i < l->count; i++)
		if ((exact ? strcmp(l->at[i], text)
			   : strcasecmp(l->at[i], text)) == 0)
			return true;
	return false;
}

static bool
in_groups(const struct provider *p, const struct oidc_person *who,
	struct arena *mem)
{
	struct json_texts allowed = provider_lines(mem, p->groups);

	for (size_t i = 0; i < who->groups.count; i++)
		if (any_of(&allowed, who->groups.at[i], true))
			return true;
	return !allowed.count;
}

/* An address that nobody verified could be anybody's. */
enum oidc_refusal
oidc_admit(const struct provider *p, const struct oidc_person *who,
	struct arena *mem)
{
	struct json_texts domains = provider_lines(mem, p->domains);
	struct json_texts users = provider_lines(mem, p->users);
	const char *at = strrchr(who->email, '@');

	if (!in_groups(p, who, mem))
		return OIDC_REFUSED_GROUP;
	if ((domains.count || users.count) && !*who->email &&
		!any_of(&users, who->sub, true))
		return OIDC_REFUSED_EMAIL_UNVERIFIED;
	if (domains.count && (!at || !any_of(&domains, at + 1, false)))
		return OIDC_REFUSED_DOMAIN;
	if (users.count && !any_of(&users, who->email, false) &&
		!any_of(&users, who->sub, true))
		return OIDC_REFUSED_USER;
	return OIDC_REFUSED_NONE;
}

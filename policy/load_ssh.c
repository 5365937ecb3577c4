#include <string.h>

#include "base/text.h"
#include "policy/duration.h"
#include "policy/load.h"

static const int64_t hour = 3600000000000;
enum {
	PERIOD_HOURS = 12,
	PERIOD_HOURS_MAX = 168,
};

/* ---- who and where ---- */

static enum err
check_src(struct load *l, const struct hujson_value *v, const void *with)
{
	(void)with;
	if (!alias_is_people(v->text))
		return load_fail(l, v->at, "invalid src \"%s\"", v->text);
	return alias_check(l, v, v->text, SIDE_SSH);
}

static bool
is_dst(const char *text)
{
	const struct autogroup *a = autogroup_find(text);

	if (a)
		return a->kind == ALIAS_SELF || a->kind == ALIAS_MEMBER ||
		       a->kind == ALIAS_TAGGED;
	return text_starts(text, "tag:") ||
	       (strchr(text, '@') && !text_starts(text, "user:*@"));
}

static enum err
check_dst(struct load *l, const struct hujson_value *v, const void *with)
{
	(void)with;
	if (!is_dst(v->text))
		return load_fail(l, v->at, "invalid dst \"%s\"", v->text);
	return alias_check(l, v, v->text, SIDE_NONE);
}

/* The first source that is a tag. */
static const struct hujson_value *
find_tagged(const struct load *l, const struct hujson_value *src)
{
	const struct hujson_value *v = load_first(src);

	while (v && !text_starts(v->text, "tag:") &&
		strcmp(v->text, "autogroup:tagged") != 0)
		v = load_next(l, src, v);
	return v;
}

/* Whether every source is that one. */
static bool
only_source(const struct alias_list *src, uint32_t alias)
{
	for (size_t i = 0; i < src->count; i++)
		if (src->at[i] != alias)
			return false;
	return true;
}

static enum err
check_pair(struct load *l, const struct hujson_value *dst, uint32_t number,
	const struct alias_list *src, bool alone,
	const struct hujson_value *tagged)
{
	enum alias_kind kind = l->aliases[number].kind;

	if (strchr(dst->text, '@') && !(alone && only_source(src, number)))
		return load_fail(l, dst->at,
			"invalid dst \"%s\": a user may only be reached by the "
			"same user",
			dst->text);
	if ((kind == ALIAS_SELF || kind == ALIAS_MEMBER) && tagged)
		return load_fail(l, dst->at,
			"invalid dst \"%s\": source \"%s\" is a tag", dst->text,
			tagged->text);
	return ERR_OK;
}

/* Which sources may reach which destinations (spec/policy.md 15). */
static enum err
check_pairs(struct load *l, const struct hujson_value *src,
	const struct hujson_value *dst, const struct ssh_rule *out)
{
	const struct hujson_value *tagged = find_tagged(l, src);
	const uint32_t *number = out->dst.at;
	/* All sources alike is looked up once: lists may be long. */
	bool alone = !out->src.count || only_source(&out->src, *out->src.at);
	struct alias_list one = { out->src.at, out->src.count ? 1 : 0 };
	enum err e = ERR_OK;

	for (const struct hujson_value *v = load_first(dst); !e && v;
		v = load_next(l, dst, v), number++)
		e = check_pair(l, v, *number, &one, alone, tagged);
	if (!e && out->check && tagged)
		e = load_fail(l, tagged->at,
			"action \"check\" is not valid with source \"%s\"",
			tagged->text);
	return e;
}

static enum err
load_ends(struct load *l, const struct hujson_value *rule, struct ssh_rule *out)
{
	const struct hujson_value *src = load_member(l, rule, MEMBER_SRC),
				  *dst = load_member(l, rule, MEMBER_DST);
	enum err e = alias_list_load(l, src, check_src, NULL, &out->src);

	if (!e)
		e = alias_list_load(l, dst, check_dst, NULL, &out->dst);
	return e ? e : check_pairs(l, src, dst, out);
}

/* ---- users ---- */

/* NULL unless it is "localpart:*@domain". */
static const char *
localpart_domain(const char *user)
{
	static const char prefix[] = "localpart:*@";

	return text_starts(user, prefix) && user[sizeof(prefix) - 1]
		       ? user + sizeof(prefix) - 1
		       : NULL;
}

static enum err
check_user(struct load *l, const struct hujson_value *v)
{
	const char *domain = localpart_domain(v->text);

	if (strcmp(v->text, "*") == 0 ||
		!v->text[strspn(v->text, "0123456789")])
		return load_fail(l, v->at, "user \"%s\" is not valid", v->text);
	return domain ? alias_check_domain(l, v, domain, "") : ERR_OK;
}

static enum err
load_users(
	struct load *l, const struct hujson_value *rule, struct ssh_rule *out)
{
	const struct hujson_value *list = load_member(l, rule, MEMBER_USERS);
	size_t count = load_count(list);
	enum err e = ERR_OK;

	if (!count)
		return load_fail(l, list ? list->at : rule->at,
			"users must be specified");
	out->users.at = arena_array(l->mem, count, sizeof(*out->users.at));
	out->localparts.at =
		arena_array(l->mem, count, sizeof(*out->localparts.at));
	for (const struct hujson_value *v = load_first(list); !e && v;
		v = load_next(l, list, v)) {
		const char *user = load_text(l, v),
			   *domain = localpart_domain(user);

		e = check_user(l, v);
		if (domain)
			out->localparts.at[out->localparts.count++] = domain;
		else
			out->users.at[out->users.count++] = user;
	}
	return e;
}

/* ---- the rest ---- */

static enum err
load_action(
	struct load *l, const struct hujson_value *rule, struct ssh_rule *out)
{
	const struct hujson_value *v = load_member(l, rule, MEMBER_ACTION);

	if (!v || !*v->text)
		return load_fail(
			l, v ? v->at : rule->at, "action must be specified");
	out->check = strcmp(v->text, "check") == 0;
	if (out->check || strcmp(v->text, "accept") == 0)
		return ERR_OK;
	return load_fail(l, v->at, "\"%s\" is not a valid action", v->text);
}

static enum err
load_env(struct load *l, const struct hujson_value *rule, struct ssh_rule *out)
{
	const struct hujson_value *list =
		load_member(l, rule, MEMBER_ACCEPT_ENV);

	out->accept_env = load_texts(l, list);
	for (const struct hujson_value *v = load_first(list); v;
		v = load_next(l, list, v))
		if (!*v->text)
			return load_fail(
				l, v->at, "acceptEnv values cannot be empty");
	return ERR_OK;
}

static enum err
load_period(
	struct load *l, const struct hujson_value *rule, struct ssh_rule *out)
{
	const struct hujson_value *v =
		load_member(l, rule, MEMBER_CHECK_PERIOD);
	const char *why;

	out->check_period_ns = PERIOD_HOURS * hour;
	if (!v)
		return ERR_OK;
	if (!out->check)
		return load_fail(l, v->at,
			"checkPeriod is only valid with action \"check\"");
	if (strcmp(v->text, "always") == 0) {
		out->check_period_ns = -1;
		return ERR_OK;
	}
	why = duration_parse(v->text, l->scratch, &out->check_period_ns);
	if (why)
		return load_fail(l, v->at, "%s", why);
	if (out->check_period_ns < 0)
		return load_fail(l, v->at,
			"checkPeriod %s must be a positive duration",
			duration_print(out->check_period_ns, l->scratch));
	if (out->check_period_ns > PERIOD_HOURS_MAX * hour)
		return load_fail(l, v->at,
			"checkPeriod %s is above the max (168h)",
			duration_print(out->check_period_ns, l->scratch));
	return ERR_OK;
}

static enum err
check_recorder(struct load *l, const struct hujson_value *v, const void *with)
{
	(void)with;
	if (!text_starts(v->text, "tag:"))
		return load_fail(l, v->at, "recorder can only be a tag");
	return alias_check(l, v, v->text, SIDE_NONE);
}

static enum err
load_recorder(
	struct load *l, const struct hujson_value *rule, struct ssh_rule *out)
{
	const struct hujson_value *list = load_member(l, rule, MEMBER_RECORDER);

	out->enforce_recorder =
		load_truth(load_member(l, rule, MEMBER_ENFORCE_RECORDER));
	if (load_count(list) > 1)
		return load_fail(l, list->at, "recorder can only be one tag");
	return alias_list_load(l, list, check_recorder, NULL, &out->recorder);
}

static enum err
load_rule(struct load *l, const struct hujson_value *v, struct ssh_rule *out)
{
	static enum err (*const parts[])(struct load * l,
		const struct hujson_value *rule, struct ssh_rule *out) = {
		load_action,
		load_ends,
		load_users,
		load_env,
		load_period,
		load_recorder,
	};
	enum err e = ERR_OK;

	out->place = load_place(l, v);
	for (size_t i = 0; !e && i < sizeof(parts) / sizeof(parts[0]); i++)
		e = parts[i](l, v, out);
	return e ? e
		 : load_rule_postures(l, load_member(l, v, MEMBER_SRC_POSTURE),
			   &out->postures);
}

enum err
load_ssh(struct load *l, const struct hujson_value *section)
{
	struct ssh_rule *at =
		arena_array(l->mem, load_count(section) + 1, sizeof(*at));
	enum err e = ERR_OK;

	l->p->ssh = at;
	l->p->ssh_count = load_count(section);
	for (const struct hujson_value *v = load_first(section); !e && v;
		v = load_next(l, section, v))
		e = load_rule(l, v, at++);
	return e;
}

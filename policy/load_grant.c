#include <string.h>

#include "base/text.h"
#include "policy/load.h"
#include "policy/ports.h"

enum {
	PROTOS = 256,
};

/* ---- ip ---- */

static void
add_ports(struct grant_ip *to, struct port_range *at,
	const struct port_list *more)
{
	memcpy(at + to->ports.count, more->at, more->count * sizeof(*more->at));
	to->ports.at = at;
	to->ports.count += more->count;
}

/* Entries of one protocol become one, at the place of the first. */
static void
gather(struct load *l, const struct grant_ip *entries, size_t count,
	struct grant *out)
{
	size_t total[PROTOS + 1] = { 0 }, found[PROTOS + 1];
	struct port_range *room[PROTOS + 1];
	struct grant_ip *at = arena_array(l->mem, count + 1, sizeof(*at));

	out->ip = at;
	for (size_t i = 0; i < count; i++)
		total[entries[i].proto + 1] += entries[i].ports.count;
	for (size_t i = 0; i < count; i++) {
		int proto = entries[i].proto, k = proto + 1;

		if (total[k]) {
			room[k] =
				arena_array(l->mem, total[k], sizeof(*room[k]));
			found[k] = out->ip_count++;
			at[found[k]].proto = proto;
			total[k] = 0;
		}
		add_ports(&at[found[k]], room[k], &entries[i].ports);
	}
}

static enum err
load_ip(struct load *l, const struct hujson_value *list, struct grant *out)
{
	size_t count = 0;
	struct grant_ip *entries =
		arena_array(l->scratch, load_count(list) + 1, sizeof(*entries));

	for (const struct hujson_value *v = load_first(list); v;
		v = load_next(l, list, v)) {
		const char *why =
			grant_ip_parse(v->text, l->scratch, &entries[count++]);

		if (why)
			return load_fail(l, v->at, "%s", why);
	}
	gather(l, entries, count, out);
	return ERR_OK;
}

/* ---- app ---- */

static enum err
check_capability(struct load *l, const struct hujson_value *v)
{
	static const char *const open[] = { "drive", "relay", "webui",
		"kubernetes", "tsidp" };
	static const char ours[] = "tailscale.com/cap/";

	if (strstr(v->name, "://") || !strchr(v->name, '/'))
		return load_fail(l, v->name_at,
			"capability name must have the form {domain}/{path}");
	if (!text_starts(v->name, "tailscale.com/"))
		return ERR_OK;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		if (text_starts(v->name, ours) &&
			strcmp(v->name + strlen(ours), open[i]) == 0)
			return ERR_OK;
	return load_fail(l, v->name_at,
		"capability name must not be in the tailscale.com domain");
}

static enum err
check_app(struct load *l, const struct hujson_value *app)
{
	enum err e = ERR_OK;

	for (const struct hujson_value *v = load_first(app); !e && v;
		v = load_next(l, app, v))
		e = check_capability(l, v);
	return e;
}

/* ---- destinations and via ---- */

/* 0.0.0.0/0 and ::/0, in whatever spelling or under a name. */
static bool
is_default_route(const struct load *l, const char *text)
{
	size_t host = load_find(l, SCOPE_HOST, text);
	struct range r;
	int bits;

	if (host != SIZE_MAX)
		r = l->hosts[host];
	else if (range_parse(text, &r, NULL))
		return false;
	return range_is_cidr(r, &bits) && !bits;
}

static enum err
check_grant_dst(struct load *l, const struct hujson_value *v, const void *app)
{
	if (strcmp(v->text, "autogroup:danger-all") == 0)
		return load_fail(
			l, v->at, "cannot use autogroup:danger-all as a dst");
	if (is_default_route(l, v->text))
		return load_fail(l, v->at,
			"dst \"%s\": to allow all IP addresses, use \"*\" or "
			"\"autogroup:internet\"",
			v->text);
	if (load_count(app) && strcmp(v->text, "autogroup:internet") == 0)
		return load_fail(l, v->at,
			"cannot use app grants with autogroup:internet");
	return alias_check(l, v, v->text, SIDE_DST);
}

static enum err
check_via(struct load *l, const struct hujson_value *v, const void *with)
{
	(void)with;
	if (!text_starts(v->text, "tag:"))
		return load_fail(l, v->at, "via can only be a tag");
	if (!policy_has_tag(l->p, v->text))
		return load_fail(l, v->at, "tag \"%s\" not found", v->text);
	return ERR_OK;
}

static bool
names_self(const struct load *l, const struct alias_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (l->aliases[list->at[i]].kind == ALIAS_SELF)
			return true;
	return false;
}

static enum err
load_ends(struct load *l, const struct hujson_value *rule,
	const struct hujson_value *app, struct grant *out)
{
	const struct hujson_value *src = load_member(l, rule, MEMBER_SRC);
	enum err e =
		alias_list_load(l, src, alias_check_source, NULL, &out->src);

	if (!e)
		e = alias_list_load(l, load_member(l, rule, MEMBER_DST),
			check_grant_dst, app, &out->dst);
	if (!e)
		e = alias_list_load(l, load_member(l, rule, MEMBER_VIA),
			check_via, NULL, &out->via);
	if (!e && names_self(l, &out->dst))
		e = alias_check_self(l, src, false);
	return e;
}

static enum err
load_grant(struct load *l, const struct hujson_value *v, struct grant *out)
{
	const struct hujson_value *ip = load_member(l, v, MEMBER_IP),
				  *app = load_member(l, v, MEMBER_APP);
	enum err e;

	out->place = load_place(l, v);
	if (!load_count(ip) && !load_count(app))
		return load_fail(l, v->at, "ip and app can not both be empty");
	e = load_ip(l, ip, out);
	if (!e)
		e = check_app(l, app);
	if (!e)
		e = load_ends(l, v, app, out);
	if (!e)
		e = load_rule_postures(l, load_member(l, v, MEMBER_SRC_POSTURE),
			&out->postures);
	load_app(l, app, &out->app, &out->app_count);
	return e;
}

enum err
load_grants(struct load *l, const struct hujson_value *section)
{
	struct grant *at =
		arena_array(l->mem, load_count(section) + 1, sizeof(*at));
	enum err e = ERR_OK;

	l->p->has_grants = section;
	l->p->grants = at;
	l->p->grant_count = load_count(section);
	for (const struct hujson_value *v = load_first(section); !e && v;
		v = load_next(l, section, v))
		e = load_grant(l, v, at++);
	return e;
}

#include "tailnet/policy_world.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "db/provider.h"
#include "db/seen_list.h"
#include "tailnet/attribute.h"
#include "tailnet/policy_seen.h"

/* `user:*@gmail.com` would be everybody with an account there.  github and
 * passkey stand behind the '@' of logins of those providers. */
static const char *const public_domains[] = {
	"126.com",
	"163.com",
	"aol.com",
	"fastmail.com",
	"github",
	"gmail.com",
	"gmx.at",
	"gmx.ch",
	"gmx.com",
	"gmx.de",
	"gmx.net",
	"googlemail.com",
	"hey.com",
	"hotmail.com",
	"icloud.com",
	"live.com",
	"mac.com",
	"mail.com",
	"mail.ru",
	"me.com",
	"msn.com",
	"outlook.com",
	"passkey",
	"pm.me",
	"proton.me",
	"protonmail.com",
	"qq.com",
	"t-online.de",
	"tuta.com",
	"tutanota.com",
	"web.de",
	"yahoo.com",
	"yandex.com",
	"yandex.ru",
	"ymail.com",
	"zoho.com",
};

static const char *
login_of_name(struct arena *mem, const struct user *u)
{
	return strchr(u->name, '@') ? u->name
				    : arena_printf(mem, "%s@", u->name);
}

const char *
policy_login(struct arena *mem, const struct user *u)
{
	return *u->email ? u->email : login_of_name(mem, u);
}

/* One a line, as the engine takes them. */
static const char *
group_lines(struct arena *mem, const char *json)
{
	struct json_texts l = { NULL, 0 };
	const char *lines = NULL;

	if (!json || strcmp(json, "[]") == 0 || json_texts_parse(json, mem, &l))
		return NULL;
	for (size_t i = 0; i < l.count; i++)
		lines = lines ? arena_printf(mem, "%s\n%s", lines, l.at[i])
			      : l.at[i];
	return lines;
}

struct engine_person
policy_person(struct arena *mem, const struct user *u)
{
	return (struct engine_person){ .id = u->id,
		.login = policy_login(mem, u),
		.other_login = *u->email ? login_of_name(mem, u) : NULL,
		.role = policy_role_of_user(u->role),
		.groups = group_lines(mem, u->groups) };
}

struct engine_settings
policy_settings(const struct settings *s)
{
	const char *title = s->tailnet_name;

	return (struct engine_settings){ .auto_updates = s->auto_update,
		.taildrop_off = !s->taildrop,
		.display_name = *title ? title : s->dns_domain };
}

static bool
is_public(const char *domain)
{
	for (size_t i = 0; i < sizeof(public_domains) / sizeof(*public_domains);
		i++)
		if (strcasecmp(public_domains[i], domain) == 0)
			return true;
	return false;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
sort_once(struct json_texts *l)
{
	size_t n = 0;

	if (l->count)
		qsort(l->at, l->count, sizeof(*l->at), compare);
	for (size_t i = 0; i < l->count; i++)
		if (!n || strcmp(l->at[n - 1], l->at[i]) != 0)
			l->at[n++] = l->at[i];
	l->count = n;
}

enum err
policy_domains(struct db *db, struct arena *mem, struct json_texts *out)
{
	struct user *users;
	struct provider *providers;
	size_t count, provider_count;
	enum err e = db_users(db, mem, &users, &count);

	if (!e)
		e = db_providers(db, mem, &providers, &provider_count);
	if (e)
		return e;
	out->at =
		arena_array(mem, count + provider_count + 1, sizeof(*out->at));
	out->count = 0;
	for (size_t i = 0; i < provider_count; i++)
		out->at[out->count++] = arena_printf(
			mem, "group:@%s", providers[i].group_domain);
	for (size_t i = 0; i < count; i++) {
		const char *login = policy_login(mem, &users[i]);
		const char *at = strchr(login, '@'); /* NULL: damaged */
		const char *domain = at ? at + 1 : "";

		if (*domain && users[i].status != USER_NEEDS_APPROVAL &&
			!is_public(domain))
			out->at[out->count++] = domain;
	}
	sort_once(out);
	return ERR_OK;
}

/* ---- the engine ---- */

static enum err
put_people(struct db *db, struct arena *mem, struct engine *e)
{
	struct user *users;
	size_t count;
	enum err err = db_users(db, mem, &users, &count);

	for (size_t i = 0; !err && i < count; i++) {
		struct engine_person p = policy_person(mem, &users[i]);

		err = engine_put_person(e, &p);
	}
	return err;
}

static void
put_row(struct engine *e, struct arena *mem, const struct seen_row *row)
{
	struct seen_machine seen = { .id = row->id,
		.user_id = row->user_id,
		.tags = row->tags,
		.ipv4 = row->ipv4,
		.ipv6 = row->ipv6,
		.routes = row->routes,
		.approved_routes = row->approved_routes,
		.hostinfo = row->hostinfo,
		.online = row->online,
		.doubtful = row->doubtful,
		.primary_routes = row->primary_routes };
	struct engine_machine m;

	if (row->attributes && *row->attributes)
		seen.custom = attributes_seen(
			mem, row->attributes, &seen.custom_count);
	policy_machine(mem, &seen, &m);
	(void)engine_put_machine(e, &m); /* a row that was damaged is nobody */
}

void
policy_put_node(struct engine *e, struct arena *mem, const struct node *n,
	const struct live *live, bool postures)
{
	const struct seen_row row = { .id = n->id,
		.user_id = n->user_id,
		.tags = n->tags,
		.ipv4 = n->ipv4,
		.ipv6 = n->ipv6,
		.routes = n->routes,
		.approved_routes = n->approved_routes,
		.hostinfo = !postures                ? NULL
			    : live && live->hostinfo ? live->hostinfo
						     : n->hostinfo,
		.attributes = postures ? n->attributes : NULL,
		.online = live && live->online,
		.doubtful = live && live->routing != ROUTING_FINE,
		.primary_routes = live ? live->primary_routes : NULL };

	put_row(e, mem, &row);
}

static void
take_row(const struct seen_row *row, struct arena *mem, void *arg)
{
	put_row(arg, mem, row);
}

enum err
policy_world(
	struct db *db, struct policy *p, struct arena *mem, struct engine **out)
{
	bool postures = policy_asks_machines(p);
	enum err e;

	*out = engine_new();
	engine_set_policy(*out, p);
	e = put_people(db, mem, *out);
	if (!e)
		e = db_seen_each(db, postures, take_row, *out);
	if (e) {
		engine_free(*out);
		*out = NULL;
	}
	return e;
}

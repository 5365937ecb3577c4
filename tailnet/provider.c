#include "tailnet/provider.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "base/list.h"
#include "base/text.h"
#include "db/identity.h"
#include "db/job.h"
#include "db/user.h"
#include "tailnet/audit.h"
#include "tailnet/changes.h"
#include "tailnet/oidc_sign_in.h"
#include "tailnet/secrets.h"

/* Where anybody may have an account: nobody means to let in everybody. */
static const char *const open_hosts[] = {
	"accounts.google.com",
	"appleid.apple.com",
	"github.com",
	"gitlab.com",
	"login.live.com",
	"login.microsoftonline.com/common/v2.0",
	"login.microsoftonline.com/consumers/v2.0",
	"login.microsoftonline.com/organizations/v2.0",
	"slack.com",
	"www.facebook.com",
	"www.linkedin.com/oauth",
};

struct json_texts
provider_lines(struct arena *mem, const char *text)
{
	struct json_texts l = { NULL, 0 };

	l.at = arena_array(mem, strlen(text) / 2 + 1, sizeof(*l.at));
	while (*text) {
		size_t len = strcspn(text, "\n"), from = 0, to = len;

		while (from < to && strchr(" \t\r", text[from]))
			from++;
		while (to > from && strchr(" \t\r", text[to - 1]))
			to--;
		if (to > from)
			l.at[l.count++] = arena_printf(
				mem, "%.*s", (int)(to - from), text + from);
		text += len + (text[len] == '\n');
	}
	return l;
}

static const char *
tidy(struct arena *mem, const char *text)
{
	struct json_texts l = provider_lines(mem, text ? text : "");
	const char *out = "";

	for (size_t i = 0; i < l.count; i++)
		out = arena_printf(
			mem, "%s%s%s", out, *out ? "\n" : "", l.at[i]);
	return out;
}

static const char * or (const char *text, const char *otherwise)
{
	return text && *text ? text : otherwise;
}

/* Behind the scheme, up to port or path. */
static const char *
host_of(struct arena *mem, const char *url)
{
	const char *at = strstr(url, "://");
	const char *host = at ? at + 3 : url;

	if (*host == '[')
		return arena_printf(
			mem, "%.*s", (int)strcspn(host + 1, "]"), host + 1);
	return arena_printf(mem, "%.*s", (int)strcspn(host, ":/?#"), host);
}

void
provider_complete(struct provider *p, struct arena *mem)
{
	p->name = or (p->name, "");
	p->issuer = or (p->issuer, "");
	p->client_id = or (p->client_id, "");
	p->scopes = or (p->scopes, "openid profile email");
	p->domains = tidy(mem, p->domains);
	p->users = tidy(mem, p->users);
	p->groups = tidy(mem, p->groups);
	p->roles = tidy(mem, p->roles);
	p->role_claim = or (p->role_claim, "");
	p->group_claim = or (p->group_claim, "groups");
	p->group_domain = or (p->group_domain, host_of(mem, p->issuer));
}

bool
provider_url_is_plain(const char *url)
{
	return text_starts(url, "http://");
}

static bool
is_this_machine(const char *host)
{
	struct ip ip;

	return strcmp(host, "localhost") == 0 ||
	       (ip_parse(host, &ip) == ERR_OK && ip_is_loopback(&ip));
}

bool
provider_url_is_good(const char *url, bool alone, struct arena *mem)
{
	const char *host = host_of(mem, url);

	if (strlen(url) > PROVIDER_URL_MAX || !*host || strchr(host, '@') ||
		strchr(url, '@') || strchr(url, '#') ||
		(alone && strchr(url, '?')))
		return false;
	for (const char *c = url; *c; c++)
		if (*c <= ' ' || *c == '"' || *c == '\\' || (*c & 0x80) ||
			*c == 0x7f)
			return false;
	return text_starts(url, "https://") ||
	       (provider_url_is_plain(url) && is_this_machine(host));
}

static bool
is_plain_text(const char *text, size_t max)
{
	return strlen(text) <= max && text_length(text) != SIZE_MAX;
}

static bool
is_open(const struct provider *p)
{
	const char *place = strstr(p->issuer, "://");
	size_t len = place ? strlen(place + 3) : 0;

	while (len && place[3 + len - 1] == '/')
		len--;
	for (size_t i = 0; i < sizeof(open_hosts) / sizeof(*open_hosts); i++)
		if (strlen(open_hosts[i]) == len &&
			strncasecmp(open_hosts[i], place + 3, len) == 0)
			return !*p->domains && !*p->users && !*p->groups;
	return false;
}

/* "value = role", and no owners by a claim. */
static bool
role_lines_are_good(struct arena *mem, const char *text)
{
	struct json_texts l = provider_lines(mem, text);

	for (size_t i = 0; i < l.count; i++) {
		const char *is = strrchr(l.at[i], '=');
		enum role role;

		if (!is || is == l.at[i])
			return false;
		role = role_of(is + 1 + strspn(is + 1, " \t"));
		if (role == ROLES || role == ROLE_OWNER)
			return false;
	}
	return true;
}

static bool
is_domain_text(const char *text)
{
	return *text && strlen(text) <= 253 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-_:") ==
		       strlen(text);
}

static bool
lines_fit(struct arena *mem, const char *text)
{
	struct json_texts l = provider_lines(mem, text);

	for (size_t i = 0; i < l.count; i++)
		if (text_length(l.at[i]) == SIZE_MAX)
			return false;
	return strlen(text) <= PROVIDER_LIST_MAX;
}

static bool
scopes_are_good(const char *scopes)
{
	const char *padded = strstr(scopes, "openid");

	for (const char *c = scopes; *c; c++)
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			return false;
	return strlen(scopes) <= PROVIDER_ID_MAX && padded &&
	       (padded == scopes || padded[-1] == ' ') &&
	       (!padded[6] || padded[6] == ' ');
}

struct rule {
	const char *field, *words;
	bool good;
};

const char *
provider_check(const struct provider *p, struct arena *mem, const char **field)
{
	const struct rule rules[] = {
		{ "name", "Use 1 to 40 characters.",
			*p->name && text_length(p->name) <= PROVIDER_NAME_MAX },
		{ "issuer",
			"Enter an address that begins with https://, without "
			"a query (http:// only of this very machine).",
			provider_url_is_good(p->issuer, true, mem) },
		{ "client_id", "Enter the client's id at the provider.",
			*p->client_id &&
				is_plain_text(p->client_id, PROVIDER_ID_MAX) },
		{ "scopes",
			"Scopes are words with a blank between two; one is "
			"openid.",
			scopes_are_good(p->scopes) },
		{ "domains", "Write a domain on each line.",
			lines_fit(mem, p->domains) },
		{ "users", "Write an e-mail address on each line.",
			lines_fit(mem, p->users) },
		{ "groups", "Write a group on each line.",
			lines_fit(mem, p->groups) },
		{ "group_claim", "Enter the name of a claim.",
			is_plain_text(p->group_claim, PROVIDER_CLAIM_MAX) },
		{ "group_domain",
			"Use letters, digits, dots and hyphens, in lower case.",
			is_domain_text(p->group_domain) },
		{ "role_claim", "Enter the name of a claim.",
			is_plain_text(p->role_claim, PROVIDER_CLAIM_MAX) },
		{ "roles",
			"Write lines like: it-team = it-admin. Nobody becomes "
			"an owner by a provider.",
			lines_fit(mem, p->roles) &&
				role_lines_are_good(mem, p->roles) },
		{ "domains",
			"Anybody can have an account there: say which "
			"domains, users or groups are let in.",
			!is_open(p) },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (!rules[i].good) {
			*field = rules[i].field;
			return rules[i].words;
		}
	*field = NULL;
	return NULL;
}

/* ---- the rules ---- */

static enum err
log_change(struct db *db, struct arena *mem, const char *event,
	const struct provider *before, const struct provider *after,
	bool secret_too, const char *actor, int64_t now)
{
	static const struct provider none = { .id = 0 };
	const struct provider *b = before ? before : &none;
	const struct provider *a = after ? after : &none;
	struct changes c;

	changes_init(&c, mem);
	changes_text(&c, "name", b->name, a->name);
	changes_text(&c, "issuer", b->issuer, a->issuer);
	changes_text(&c, "client_id", b->client_id, a->client_id);
	changes_text(&c, "client_secret", "", secret_too ? "changed" : "");
	changes_text(&c, "scopes", b->scopes, a->scopes);
	changes_text(&c, "domains", b->domains, a->domains);
	changes_text(&c, "users", b->users, a->users);
	changes_text(&c, "groups", b->groups, a->groups);
	changes_text(&c, "group_claim", b->group_claim, a->group_claim);
	changes_text(&c, "group_domain", b->group_domain, a->group_domain);
	changes_text(&c, "role_claim", b->role_claim, a->role_claim);
	changes_text(&c, "roles", b->roles, a->roles);
	changes_bool(&c, "links", b->links, a->links);
	changes_bool(&c, "key_expiry", b->key_expiry, a->key_expiry);
	if (!c.count)
		return ERR_OK;
	return audit_row(db, "provider", before ? before->id : after->id,
		&(struct audit){ .at = now,
			.actor = actor,
			.action = event,
			.subject_name = after ? after->name : before->name,
			.detail = after ? after->issuer : before->issuer,
			.before = before ? changes_before(&c) : "",
			.after = changes_after(&c) });
}

static enum err
add(struct db *db, struct provider *p, struct arena *mem)
{
	struct provider *rows;
	size_t count;
	enum err e = db_providers(db, mem, &rows, &count);

	if (!e && count >= PROVIDERS_MAX)
		e = ERR_FULL;
	return e ? e : db_provider_add(db, p, &p->id);
}

enum err
provider_owner_is_there(struct db *db, int64_t but)
{
	int64_t owners = 0;
	enum err e = db_identity_owners(db, but, &owners);

	return !e && !owners ? ERR_LAST_PROVIDER : e;
}

static enum err
may_go(struct db *db, int64_t id, struct arena *mem)
{
	struct settings s;
	enum err e = settings_load(db, mem, &s);

	return !e && !s.password_sign_in ? provider_owner_is_there(db, id) : e;
}

/* Who came by another issuer was known to that one: it alone is shown their
 * tokens, and nobody comes in as them by this one. */
static enum err
leave_issuer(struct db *db, const struct provider *p, struct arena *mem)
{
	struct identity *rows;
	size_t count;
	enum err e = db_identities_of_provider(db, p->id, mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++) {
		struct identity *row = &rows[i];

		if (strcmp(row->issuer, p->issuer) == 0)
			continue;
		row->provider_id = 0;
		row->groups = "[]";
		row->refresh = (struct bytes){ NULL, 0 };
		e = db_identity_update(db, row);
		if (!e)
			e = db_job_drop(db, OIDC_JOB_REFRESH, row->id);
		if (!e)
			e = provider_groups_settle(db, row->user_id, mem);
	}
	return e ? e : may_go(db, 0, mem);
}

enum err
provider_put_in(struct db *db, const struct provider_change *c,
	struct arena *mem, int64_t *id, const char **field, const char **why)
{
	struct provider p = c->provider, before = { .id = 0 };
	enum err e = ERR_OK;

	provider_complete(&p, mem);
	*why = provider_check(&p, mem, field);
	if (!*why && c->secret &&
		!is_plain_text(c->secret, PROVIDER_SECRET_MAX)) {
		*field = "client_secret";
		*why = "Use at most 512 characters.";
	}
	if (*why)
		return ERR_BAD_INPUT;
	if (p.id)
		e = db_provider_by_id(db, p.id, mem, &before);
	if (!e && c->secret)
		e = secret_check(db, "seal", c->seal);
	if (e)
		return e;
	if (!c->secret && before.secret.len &&
		strcmp(before.issuer, p.issuer) != 0) {
		*field = "client_secret";
		*why = "Enter it again: the one that is stored is for another "
		       "issuer.";
		return ERR_BAD_INPUT;
	}
	p.created_at = c->now;
	p.secret = before.secret;
	if (c->secret)
		p.secret = *c->secret ? seal_text_close(mem, c->seal, c->secret)
				      : (struct bytes){ NULL, 0 };
	e = p.id ? db_provider_update(db, &p) : add(db, &p, mem);
	if (e == ERR_EXISTS) {
		*field = "name";
		*why = "Another provider is called so, or is that client "
		       "of that issuer.";
	}
	if (!e && before.id && strcmp(before.issuer, p.issuer) != 0)
		e = leave_issuer(db, &p, mem);
	if (e == ERR_LAST_PROVIDER) {
		*field = "issuer";
		*why = "No owner could come in any more: let passwords in "
		       "until one has come by the new issuer.";
		e = ERR_BAD_INPUT;
	}
	if (!e)
		e = log_change(db, mem,
			before.id ? "provider.changed" : "provider.added",
			before.id ? &before : NULL, &p, c->secret != NULL,
			c->actor, c->now);
	if (!e)
		*id = p.id;
	return e;
}

enum err
tailnet_provider_put(struct db *db, const struct provider_change *c,
	struct arena *mem, int64_t *id, const char **field, const char **why)
{
	int64_t made = 0;
	enum err e = db_begin(db);

	*field = *why = NULL;
	if (!e)
		e = provider_put_in(db, c, mem, &made, field, why);
	e = db_end(db, e);
	if (!e)
		*id = made;
	return e;
}

static enum err
delete_row(struct db *db, int64_t id, struct arena *mem)
{
	struct identity *rows;
	size_t count;
	enum err e = db_identities_of_provider(db, id, mem, &rows, &count);

	if (!e)
		e = db_provider_delete(db, id);
	for (size_t i = 0; !e && i < count; i++)
		e = provider_groups_settle(db, rows[i].user_id, mem);
	return e;
}

enum err
tailnet_provider_delete(
	struct db *db, int64_t id, const char *actor, int64_t now)
{
	struct arena *mem = arena_new();
	struct provider p;
	enum err e = db_begin(db);

	if (!e)
		e = db_provider_by_id(db, id, mem, &p);
	if (!e)
		e = may_go(db, id, mem);
	if (!e)
		e = delete_row(db, id, mem);
	if (!e)
		e = log_change(db, mem, "provider.deleted", &p, NULL, false,
			actor, now);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum err
provider_groups_settle(struct db *db, int64_t user_id, struct arena *mem)
{
	struct json_texts all = { NULL, 0 };
	struct identity *rows;
	size_t count, n = 0;
	enum err e = db_identities_of_user(db, user_id, mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++) {
		struct json_texts own = { NULL, 0 };
		const char **at;

		if (rows[i].provider_id)
			e = json_texts_parse(rows[i].groups, mem, &own);
		at = arena_array(mem, all.count + own.count + 1, sizeof(*at));
		for (size_t k = 0; k < all.count; k++)
			at[k] = all.at[k];
		for (size_t k = 0; k < own.count; k++)
			at[all.count + k] = own.at[k];
		all = (struct json_texts){ at, all.count + own.count };
	}
	if (all.count)
		qsort(all.at, all.count, sizeof(*all.at), compare);
	for (size_t i = 0; i < all.count; i++)
		if (!n || strcmp(all.at[n - 1], all.at[i]) != 0)
			all.at[n++] = all.at[i];
	all.count = n;
	return e ? e
		 : db_user_set_groups(db, user_id, json_texts_print(mem, &all));
}

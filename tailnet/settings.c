#include "tailnet/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "base/ip.h"
#include "base/text.h"
#include "db/setting.h"
#include "tailnet/address.h"
#include "tailnet/audit.h"
#include "tailnet/changes.h"
#include "tailnet/policy_file.h"
#include "tailnet/provider.h"
#include "tailnet/relays.h"
#include "tailnet/settings_text.h"
#include "tailnet/stale.h"

/* clang-format off */
const struct setting_row setting_rows[] = {
#define X(member, kind, otherwise, least, most, when)         \
	{ #member, SETTING_##kind, otherwise, least, most, when, \
	  offsetof(struct settings, member) },
	SETTINGS_TABLE(X)
#undef X
};
/* clang-format on */

const size_t setting_row_count = sizeof(setting_rows) / sizeof(setting_rows[0]);

const struct setting_row *
setting_row(const char *name)
{
	for (size_t i = 0; i < setting_row_count; i++)
		if (strcmp(setting_rows[i].name, name) == 0)
			return &setting_rows[i];
	return NULL;
}

static enum err
read_number(const struct setting_row *row, const char *value, int64_t *out)
{
	int64_t n = 0;
	enum err e = row->kind == SETTING_INT ? text_int(value, &n)
					      : text_duration(value, &n);

	if (!e && (n < row->least || n > row->most))
		e = ERR_BAD_INPUT;
	if (!e)
		*out = n;
	return e;
}

static enum err
read_bool(const char *value, bool *out)
{
	bool yes = strcmp(value, "true") == 0;

	if (!yes && strcmp(value, "false") != 0)
		return ERR_BAD_INPUT;
	*out = yes;
	return ERR_OK;
}

/* Sets the member; *value becomes what is stored. */
static enum err
take(struct arena *mem, const struct setting_row *row, struct settings *s,
	const char **value, const char **why)
{
	char *member = (char *)s + row->offset;
	enum err e;

	switch (row->kind) {
	case SETTING_BOOL:
		*why = "true or false";
		return read_bool(*value, (bool *)member);
	case SETTING_INT:
		*why = arena_printf(mem, "a number from %lld to %lld",
			(long long)row->least, (long long)row->most);
		return read_number(row, *value, (int64_t *)member);
	case SETTING_DURATION:
		*why = arena_printf(mem,
			"a duration such as 30m, 12h or 90d, from %s to %s",
			text_duration_words(mem, row->least),
			text_duration_words(mem, row->most));
		return read_number(row, *value, (int64_t *)member);
	case SETTING_TEXT:
		break;
	}
	e = settings_check_text(mem, row, value, why);
	if (!e)
		*(const char **)member = *value;
	return e;
}

static void
take_default(
	const struct setting_row *row, struct arena *mem, struct settings *s)
{
	const char *value = row->otherwise, *why;

	(void)take(mem, row, s, &value, &why);
}

/* The form of metrics_token in the table is not the one that people give, and
 * names in stale_exempt may have grown (stale.h). */
static void
take_stored(const struct setting *from, struct arena *mem, struct settings *s)
{
	const struct setting_row *row = setting_row(from->name);
	const char *value = from->value, *why;

	if (!row)
		return;
	if (strcmp(row->name, "metrics_token") == 0)
		s->metrics_token = value;
	else if (strcmp(row->name, "stale_exempt") == 0)
		s->stale_exempt = value;
	else
		(void)take(mem, row, s, &value, &why);
}

static const char *
own_url(struct arena *mem, const struct settings *s)
{
	const char *open = strchr(s->listen, ':') ? "[" : "";
	const char *shut = *open ? "]" : "";

	if (s->http_port == 80)
		return arena_printf(
			mem, "http://%s%s%s", open, s->listen, shut);
	return arena_printf(mem, "http://%s%s%s:%lld", open, s->listen, shut,
		(long long)s->http_port);
}

/* Everything but the address that url follows when it is empty. */
enum err
settings_load_stored(struct db *db, struct arena *mem, struct settings *out)
{
	struct settings s;
	struct setting *rows;
	size_t count;
	enum err e = db_settings(db, mem, &rows, &count);

	if (e)
		return e;
	memset(&s, 0, sizeof(s));
	for (size_t i = 0; i < setting_row_count; i++)
		take_default(&setting_rows[i], mem, &s);
	for (size_t i = 0; i < count; i++)
		take_stored(&rows[i], mem, &s);
	*out = s;
	return ERR_OK;
}

static void
fill_url(struct arena *mem, struct settings *s)
{
	if (!*s->url)
		s->url = own_url(mem, s);
}

/* Address and ports that hold for this run only; what does not fit is left. */
static void
take_environment(struct arena *mem, struct settings *s)
{
	static const char *const names[][2] = {
		{ "listen", "CAIRN_LISTEN" },
		{ "http_port", "CAIRN_HTTP_PORT" },
		{ "https_port", "CAIRN_HTTPS_PORT" },
		{ "stun_port", "CAIRN_STUN_PORT" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i][1]), *why;

		if (value && *value)
			(void)take(
				mem, setting_row(names[i][0]), s, &value, &why);
	}
}

enum err
settings_load(struct db *db, struct arena *mem, struct settings *out)
{
	enum err e = settings_load_stored(db, mem, out);

	if (!e) {
		take_environment(mem, out);
		fill_url(mem, out);
	}
	return e;
}

/* What settings must not be to each other.  A client that asks MagicDNS for the
 * server's own name would not find it. */
static enum err
agree(const struct settings *s, struct arena *mem, const char **field,
	const char **why)
{
	const char *host;
	int64_t port;
	bool https;

	settings_url_parts(s, mem, &host, &port, &https);
	if (domain_holds(s->dns_domain, host)) {
		*field = "dns_domain";
		*why = arena_printf(mem,
			"dns_domain %s holds the host of url, %s: clients "
			"would not find this server any more; choose another",
			s->dns_domain, host);
		return ERR_DOMAIN_SERVER;
	}
	if (s->http_port == s->https_port) {
		*field = "https_port";
		*why = "http_port and https_port must differ";
		return ERR_BAD_INPUT;
	}
	if (!*s->ipv4_prefix && !*s->ipv6_prefix) {
		*field = "ipv6_prefix";
		*why = "ipv4_prefix and ipv6_prefix cannot both be empty";
		return ERR_BAD_INPUT;
	}
	return ERR_OK;
}

/* What is stored already was checked then. */
static enum err
all_inside(struct db *db, const struct settings *s, const char *name,
	struct arena *mem, const char **why)
{
	bool four = strcmp(name, "ipv4_prefix") == 0;
	const char *prefix = four ? s->ipv4_prefix : s->ipv6_prefix;
	int64_t outside = 0;
	enum err e;

	if (!four && strcmp(name, "ipv6_prefix") != 0)
		return ERR_OK;
	e = address_outside(db, four, prefix, mem, &outside);
	if (e || !outside)
		return e;
	*why = outside == 1
		       ? "1 machine has an address outside of it"
		       : arena_printf(mem,
				 "%lld machines have addresses outside of it",
				 (long long)outside);
	return ERR_OUTSIDE;
}

/* Somebody who may change it back can come in. */
static enum err
passwords_follow(struct db *db)
{
	const char *value = "true";
	struct arena *mem = arena_new();
	enum err e = db_setting_get(db, "password_sign_in", mem, &value);

	if (!e && strcmp(value, "false") == 0)
		e = provider_owner_is_there(db, 0);
	arena_free(mem);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* What else hangs on the setting. */
static enum err
follow(struct db *db, const char *name, int64_t now, const char **why)
{
	enum err e =
		text_starts(name, "relay_") ? relays_settle(db, now) : ERR_OK;

	if (!e && strcmp(name, "password_sign_in") == 0)
		e = passwords_follow(db);

	if (e)
		*why = err_words(e);
	return e;
}

enum err
settings_store(struct db *db, const char *name, const char *value, int64_t now,
	struct arena *mem, const char **why)
{
	const struct setting_row *row = setting_row(name);
	const char *field;
	struct settings s;
	enum err e;

	*why = "no setting has that name";
	if (!row)
		return ERR_NOT_FOUND;
	*why = "the database failed";
	e = settings_load_stored(db, mem, &s);
	if (!e)
		e = take(mem, row, &s, &value, why);
	fill_url(mem, &s);
	if (!e)
		e = agree(&s, mem, &field, why);
	if (!e)
		e = all_inside(db, &s, name, mem, why);
	if (!e)
		e = db_setting_put(db, name, value, now);
	return e ? e : follow(db, name, now, why);
}

/* As it is now: stored, or what stands where no row is. */
static enum err
value_now(struct db *db, const char *name, struct arena *mem, const char **out)
{
	const struct setting_row *row = setting_row(name);
	enum err e = db_setting_get(db, name, mem, out);

	if (e == ERR_NOT_FOUND)
		*out = row ? row->otherwise : "";
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static bool
is_secret(const char *name)
{
	return strcmp(name, "metrics_token") == 0;
}

static enum err
log_setting(struct db *db, const struct setting_value *v, const char *before,
	const char *actor, int64_t now, struct arena *mem)
{
	struct changes c;
	enum err e;

	changes_init(&c, mem);
	if (is_secret(v->name))
		changes_text(&c, v->name, "", "changed");
	else
		changes_text(&c, v->name, before, v->value);
	e = stale_setting_changed(db, v->name, now);
	if (!e)
		e = policy_file_setting_changed(db, v, now);
	if (e)
		return e;
	return db_audit_add(
		db, &(struct audit){ .at = now,
			    .actor = actor,
			    .action = "setting.changed",
			    .subject = arena_printf(mem, "setting:%s", v->name),
			    .subject_name = v->name,
			    .detail = is_secret(v->name) ? "" : v->value,
			    .before = changes_before(&c),
			    .after = changes_after(&c) });
}

enum err
settings_put(struct db *db, const char *name, const char *value,
	const char *actor, int64_t now, struct arena *mem, const char **why)
{
	const struct setting_value v = { name, value };
	const char *before = "";
	enum err e = db_begin(db);

	if (e)
		*why = err_words(e);
	if (!e)
		e = value_now(db, name, mem, &before);
	if (!e)
		e = settings_store(db, name, value, now, mem, why);
	if (!e)
		e = log_setting(db, &v, before, actor, now, mem);
	return db_end(db, e);
}

/* Each into `s`, and the form that is stored into `forms`. */
static enum err
take_many(const struct setting_value *values, size_t count, struct settings *s,
	const char **forms, struct arena *mem, const char **field,
	const char **why)
{
	for (size_t i = 0; i < count; i++) {
		const struct setting_row *row = setting_row(values[i].name);
		enum err e;

		*field = values[i].name;
		*why = "no setting has that name";
		if (!row)
			return ERR_NOT_FOUND;
		forms[i] = values[i].value;
		e = take(mem, row, s, &forms[i], why);
		if (e)
			return e;
	}
	*field = NULL;
	return ERR_OK;
}

enum err
settings_rewrite(struct db *db, const char *name, const char *value,
	const char *actor, int64_t now, struct arena *mem)
{
	const struct setting_value v = { name, value };
	const char *before;
	enum err e = value_now(db, name, mem, &before);

	if (e || strcmp(before, value) == 0)
		return e;
	e = db_setting_put(db, name, value, now);
	return e ? e : log_setting(db, &v, before, actor, now, mem);
}

enum err
settings_put_in(struct db *db, const struct setting_value *values, size_t count,
	const char *actor, int64_t now, struct arena *mem, const char **field,
	const char **why)
{
	const char **forms = arena_array(mem, count + 1, sizeof(char *));
	struct settings s;
	enum err e = settings_load_stored(db, mem, &s);

	*field = NULL;
	*why = err_words(ERR_DB);
	if (!e)
		e = take_many(values, count, &s, forms, mem, field, why);
	if (e)
		return e;
	fill_url(mem, &s);
	e = agree(&s, mem, field, why);
	for (size_t i = 0; !e && i < count; i++) {
		e = all_inside(db, &s, values[i].name, mem, why);
		if (e)
			*field = values[i].name;
	}
	for (size_t i = 0; !e && i < count; i++)
		e = settings_rewrite(
			db, values[i].name, forms[i], actor, now, mem);
	for (size_t i = 0; !e && i < count; i++)
		e = follow(db, values[i].name, now, why);
	return e;
}

enum err
settings_put_many(struct db *db, const struct setting_value *values,
	size_t count, const char *actor, int64_t now, struct arena *mem,
	const char **field, const char **why)
{
	enum err e = db_begin(db);

	*field = NULL;
	*why = err_words(e);
	if (!e)
		e = settings_put_in(
			db, values, count, actor, now, mem, field, why);
	return db_end(db, e);
}

bool
settings_url_needs_https(const char *url, struct arena *mem)
{
	const struct settings s = { .url = url, .listen = "" };
	const char *host;
	int64_t port;
	bool https;
	struct ip ip;

	settings_url_parts(&s, mem, &host, &port, &https);
	return !https && strcmp(host, "localhost") != 0 &&
	       (ip_parse(host, &ip) || !ip_is_private(&ip));
}

void
settings_url_parts(const struct settings *s, struct arena *mem,
	const char **host, int64_t *port, bool *https)
{
	if (settings_split_url(mem, s->url, host, port, https) == ERR_OK)
		return;
	*host = s->listen;
	*port = s->http_port;
	*https = false;
}

#include "tailnet/settings.h"

#include <openssl/crypto.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/text.h"
#include "db/setting.h"
#include "tailnet/address.h"
#include "tailnet/audit.h"
#include "tailnet/changes.h"

enum {
	URL_MAX = 512,
	TEXT_MAX = 256,
	TOKEN_MIN = 16,
	TOKEN_HASH_SIZE = 32,
};

/* Of dns_domain: a label of 63 and a dot before it must fit in 253. */
#define DOMAIN_MAX 189

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

/* Letters, digits and '-', not at the ends. */
static bool
is_domain_label(const char *s, size_t len)
{
	if (len == 0 || len > 63 || s[0] == '-' || s[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
			    (s[i] >= '0' && s[i] <= '9') || s[i] == '-'))
			return false;
	return true;
}

static bool
is_domain(const char *s, size_t max)
{
	if (strlen(s) > max)
		return false;
	for (;;) {
		size_t len = strcspn(s, ".");

		if (!is_domain_label(s, len))
			return false;
		if (s[len] == '\0')
			return true;
		s += len + 1;
	}
}

static char *
lower(struct arena *mem, const char *s)
{
	char *out = arena_strdup(mem, s);

	for (char *c = out; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return out;
}

/* "host", "1.2.3.4", "[fd7a::1]", each with ":port" or without. */
static enum err
split_host(struct arena *mem, const char *s, const char **host, int64_t *port)
{
	const char *end = s + strcspn(s, ":");
	struct ip ip;
	enum err e = ERR_OK;

	if (*s == '[') {
		end = strchr(s, ']');
		if (!end)
			return ERR_BAD_INPUT;
		*host = arena_printf(mem, "%.*s", (int)(end - s - 1), s + 1);
		if (ip_parse(*host, &ip) || ip.family != 6)
			return ERR_BAD_INPUT;
		end++;
	} else {
		*host = arena_printf(mem, "%.*s", (int)(end - s), s);
		if (!is_domain(*host, 253))
			return ERR_BAD_INPUT;
	}
	if (*end == ':')
		e = text_int(end + 1, port);
	else if (*end)
		e = ERR_BAD_INPUT;
	return e ? e : *port < 1 || *port > 65535 ? ERR_BAD_INPUT : ERR_OK;
}

static enum err
split_url(struct arena *mem, const char *url, const char **host, int64_t *port,
	bool *https)
{
	*https = text_starts(url, "https://");
	if (!*https && !text_starts(url, "http://"))
		return ERR_BAD_INPUT;
	*port = *https ? 443 : 80;
	return split_host(mem, url + (*https ? 8 : 7), host, port);
}

static enum err
check_url(struct arena *mem, const char **value, const char **why)
{
	char *url = lower(mem, *value);
	size_t len = strlen(url);
	const char *host;
	int64_t port;
	bool https;

	if (len && url[len - 1] == '/')
		url[len - 1] = '\0';
	*why = "http:// or https://, a host, perhaps a port, and no path";
	if (len > URL_MAX ||
		(*url && split_url(mem, url, &host, &port, &https) != ERR_OK))
		return ERR_BAD_INPUT;
	*value = url;
	return ERR_OK;
}

static enum err
check_listen(struct arena *mem, const char **value, const char **why)
{
	struct ip ip;

	(void)mem;
	*why = "an IP address";
	return ip_parse(*value, &ip);
}

static enum err
check_domain(struct arena *mem, const char **value, const char **why)
{
	const char *domain = lower(mem, *value);
	struct ip ip;

	*why = "a domain name such as net.example.org, at most 189 bytes";
	if (!is_domain(domain, DOMAIN_MAX) || ip_parse(domain, &ip) == ERR_OK)
		return ERR_BAD_INPUT;
	*value = domain;
	return ERR_OK;
}

/* Empty, or a prefix inside `whole` with room for machines. */
static enum err
check_prefix(struct arena *mem, const char *whole, const char **value,
	const char **why)
{
	uint8_t longest;
	struct prefix in, p;
	char text[PREFIX_TEXT_SIZE];

	*why = arena_printf(mem,
		"empty, or a prefix inside %s of at least four addresses, "
		"none of the reserved ones",
		whole);
	if (!**value)
		return ERR_OK;
	if (prefix_parse(whole, &in) || prefix_parse(*value, &p))
		return ERR_BAD_INPUT;
	longest = p.ip.family == 4 ? 30 : 126;
	if (p.bits < in.bits || p.bits > longest ||
		!prefix_contains(&in, &p.ip) || address_is_reserved(&p))
		return ERR_BAD_INPUT;
	prefix_print(&p, text);
	*value = arena_strdup(mem, text);
	return ERR_OK;
}

static enum err
check_ipv4_prefix(struct arena *mem, const char **value, const char **why)
{
	return check_prefix(mem, "100.64.0.0/10", value, why);
}

static enum err
check_ipv6_prefix(struct arena *mem, const char **value, const char **why)
{
	return check_prefix(mem, "fd7a:115c:a1e0::/48", value, why);
}

static enum err
check_order(struct arena *mem, const char **value, const char **why)
{
	(void)mem;
	*why = "random or sequential";
	if (strcmp(*value, "random") != 0 && strcmp(*value, "sequential") != 0)
		return ERR_BAD_INPUT;
	return ERR_OK;
}

static enum err
check_text(struct arena *mem, const char **value, const char **why)
{
	(void)mem;
	*why = "at most 256 bytes without control characters";
	if (strlen(*value) > TEXT_MAX || !text_is_utf8(*value, strlen(*value)))
		return ERR_BAD_INPUT;
	for (const char *c = *value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return ERR_BAD_INPUT;
	return ERR_OK;
}

/* A token is long and random, so a plain hash keeps it as well as a keyed one;
 * what is stored begins with "b2:", which no token may. */
#define TOKEN_MARK "b2:"

static const char *
token_hash(struct arena *mem, const char *token)
{
	uint8_t hash[TOKEN_HASH_SIZE];
	char hex[2 * TOKEN_HASH_SIZE + 1];

	(void)crypto_generichash(hash, sizeof(hash),
		(const unsigned char *)token, strlen(token), NULL, 0);
	text_hex(hex, hash, sizeof(hash));
	return arena_printf(mem, TOKEN_MARK "%s", hex);
}

static enum err
check_token(struct arena *mem, const char **value, const char **why)
{
	size_t len = strlen(*value);

	*why = "empty, or at least 16 characters without blanks";
	if (len == 0)
		return ERR_OK;
	if (len < TOKEN_MIN || len > TEXT_MAX ||
		text_starts(*value, TOKEN_MARK))
		return ERR_BAD_INPUT;
	for (const char *c = *value; *c; c++)
		if (*c <= 0x20 || *c >= 0x7f)
			return ERR_BAD_INPUT;
	*value = token_hash(mem, *value);
	return ERR_OK;
}

bool
settings_metrics_token_is(const struct settings *s, const char *token)
{
	struct arena *mem;
	bool same;

	if (!*s->metrics_token || !*token)
		return false;
	mem = arena_new();
	same = text_same_secret(s->metrics_token, token_hash(mem, token));
	arena_free(mem);
	return same;
}

/* The texts; each may bring the value into its normal form. */
static const struct {
	const char *name;
	enum err (*check)(
		struct arena *mem, const char **value, const char **why);
} text_checks[] = {
	{ "url", check_url },
	{ "listen", check_listen },
	{ "dns_domain", check_domain },
	{ "ipv4_prefix", check_ipv4_prefix },
	{ "ipv6_prefix", check_ipv6_prefix },
	{ "address_order", check_order },
	{ "tailnet_name", check_text },
	{ "metrics_token", check_token },
};

static enum err
check_words(struct arena *mem, const struct setting_row *row,
	const char **value, const char **why)
{
	for (size_t i = 0; i < sizeof(text_checks) / sizeof(text_checks[0]);
		i++)
		if (strcmp(text_checks[i].name, row->name) == 0)
			return text_checks[i].check(mem, value, why);
	return check_text(mem, value, why);
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
			"a duration such as 30m, 12h or 90d, "
			"from %llds to %llds",
			(long long)row->least, (long long)row->most);
		return read_number(row, *value, (int64_t *)member);
	case SETTING_TEXT:
		break;
	}
	e = check_words(mem, row, value, why);
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

/* The form of metrics_token in the table is not the one that people give. */
static void
take_stored(const struct setting *from, struct arena *mem, struct settings *s)
{
	const struct setting_row *row = setting_row(from->name);
	const char *value = from->value, *why;

	if (!row)
		return;
	if (strcmp(row->name, "metrics_token") == 0)
		s->metrics_token = value;
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
static enum err
load_rows(struct db *db, struct arena *mem, struct settings *out)
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
	enum err e = load_rows(db, mem, out);

	if (!e) {
		take_environment(mem, out);
		fill_url(mem, out);
	}
	return e;
}

/* `domain` or something below it. */
static bool
is_within(const char *host, const char *domain)
{
	size_t h = strlen(host), d = strlen(domain);

	if (h < d || strcmp(host + h - d, domain) != 0)
		return false;
	return h == d || host[h - d - 1] == '.';
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
	if (is_within(host, s->dns_domain)) {
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
	*why = arena_printf(mem, "%lld machines have addresses outside of it",
		(long long)outside);
	return ERR_OUTSIDE;
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
	e = load_rows(db, mem, &s);
	if (!e)
		e = take(mem, row, &s, &value, why);
	fill_url(mem, &s);
	if (!e)
		e = agree(&s, mem, &field, why);
	if (!e)
		e = all_inside(db, &s, name, mem, why);
	if (!e)
		e = db_setting_put(db, name, value, now);
	return e;
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

	changes_init(&c, mem);
	if (is_secret(v->name))
		changes_text(&c, v->name, "", "changed");
	else
		changes_text(&c, v->name, before, v->value);
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

static enum err
put_if_other(struct db *db, const struct setting_value *v, const char *form,
	const char *actor, int64_t now, struct arena *mem)
{
	const char *before;
	enum err e = value_now(db, v->name, mem, &before);

	if (e || strcmp(before, form) == 0)
		return e;
	e = db_setting_put(db, v->name, form, now);
	return e ? e
		 : log_setting(db, &(struct setting_value){ v->name, form },
			   before, actor, now, mem);
}

enum err
settings_put_in(struct db *db, const struct setting_value *values, size_t count,
	const char *actor, int64_t now, struct arena *mem, const char **field,
	const char **why)
{
	const char **forms = arena_array(mem, count + 1, sizeof(char *));
	struct settings s;
	enum err e = load_rows(db, mem, &s);

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
		e = put_if_other(db, &values[i], forms[i], actor, now, mem);
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

void
settings_url_parts(const struct settings *s, struct arena *mem,
	const char **host, int64_t *port, bool *https)
{
	if (split_url(mem, s->url, host, port, https) == ERR_OK)
		return;
	*host = s->listen;
	*port = s->http_port;
	*https = false;
}

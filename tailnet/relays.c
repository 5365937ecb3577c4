#include "tailnet/relays.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/text.h"
#include "db/job.h"
#include "tailnet/audit.h"
#include "tailnet/changes.h"
#include "tailnet/derpmap_read.h"

#define TOKEN_WORD "cairn-relay-"

#define ROOT "relay"

static enum err
blame(struct relay_fault *fault, const char *field, const char *why)
{
	*fault = (struct relay_fault){ field, why };
	return ERR_BAD_INPUT;
}

/* ---- what follows of it ---- */

enum err
relays_list(struct db *db, const char *home, struct arena *mem,
	struct derpmap_rows *rows, struct derpmap_list *list)
{
	struct settings s;
	enum err e = settings_load(db, mem, &s);

	if (!e)
		e = derpmap_rows_load(db, mem, rows);
	if (!e)
		derpmap_list(&s, rows,
			home ? derpmap_own_pin(&s, home, mem) : "", mem, list);
	return e;
}

static bool
is_wanted(const struct job *j, const struct derpmap_list *list,
	const struct derpmap_rows *rows)
{
	if (strcmp(j->kind, RELAY_JOB_TEST) == 0)
		return derpmap_find(list, j->subject) != NULL;
	if (strcmp(j->kind, RELAY_JOB_SOURCE) != 0)
		return true;
	for (size_t i = 0; i < rows->source_count; i++)
		if (rows->sources[i].id == j->subject)
			return true;
	return false;
}

static enum err
drop_jobs(struct db *db, const struct derpmap_list *list,
	const struct derpmap_rows *rows, struct arena *mem)
{
	struct job *jobs;
	size_t count;
	enum err e = db_jobs(db, mem, &jobs, &count);

	for (size_t i = 0; !e && i < count; i++) {
		if (is_wanted(&jobs[i], list, rows))
			continue;
		e = db_job_drop(db, jobs[i].kind, jobs[i].subject);
		if (!e && strcmp(jobs[i].kind, RELAY_JOB_TEST) == 0)
			e = db_derp_test_drop(db, jobs[i].subject);
	}
	return e;
}

static enum err
settle(struct db *db, int64_t now, struct arena *mem)
{
	struct derpmap_rows rows;
	struct derpmap_list list;
	struct settings s;
	enum err e = relays_list(db, NULL, mem, &rows, &list);

	if (!e)
		e = settings_load(db, mem, &s);
	if (!e && !list.shown)
		e = ERR_LAST_RELAY;
	for (size_t i = 0; !e && i < rows.added_count; i++)
		if (rows.added[i].id == s.relay_region_id)
			e = ERR_EXISTS;
	for (size_t i = 0; !e && i < list.count; i++)
		e = db_job_keep(db, RELAY_JOB_TEST, list.at[i].region.id, now);
	for (size_t i = 0; !e && i < rows.source_count; i++)
		e = db_job_keep(db, RELAY_JOB_SOURCE, rows.sources[i].id, now);
	return e ? e : drop_jobs(db, &list, &rows, mem);
}

enum err
relays_settle(struct db *db, int64_t now)
{
	struct arena *mem = arena_new();
	enum err e = settle(db, now, mem);

	arena_free(mem);
	return e;
}

/* The last steps of every rule. */
static enum err
end(struct db *db, const struct relay_act *act, int64_t region,
	const char *name, const char *detail, enum err e)
{
	if (!e)
		e = relays_settle(db, act->now);
	if (!e)
		e = audit_row(db, ROOT, region,
			&(struct audit){ .at = act->now,
				.actor = act->actor,
				.action = "relay.changed",
				.subject_name = name,
				.detail = detail });
	return db_end(db, e);
}

/* ---- the own one ---- */

static enum err
store(struct db *db, const char *name, const char *value, int64_t now,
	struct arena *mem, struct relay_fault *fault)
{
	const char *why;
	enum err e = settings_store(db, name, value, now, mem, &why);

	return e == ERR_BAD_INPUT ? blame(fault, name, why) : e;
}

static const char *
number(struct arena *mem, int64_t n)
{
	return arena_printf(mem, "%" PRId64, n);
}

static enum err
store_own(struct db *db, const struct relay_own *own, const struct settings *s,
	int64_t now, struct arena *mem, struct changes *c,
	struct relay_fault *fault)
{
	const char *const rows[][3] = {
		{ "relay_region_id", number(mem, s->relay_region_id),
			number(mem, own->region_id) },
		{ "relay_code", s->relay_code, own->code },
		{ "relay_name", s->relay_name, own->name },
		{ "stun_port", number(mem, s->stun_port),
			number(mem, own->stun_port) },
		{ "relay_enabled", s->relay_enabled ? "true" : "false",
			own->enabled ? "true" : "false" },
	};
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i][1], rows[i][2]) == 0)
			continue;
		changes_text(c, rows[i][0], rows[i][1], rows[i][2]);
		e = store(db, rows[i][0], rows[i][2], now, mem, fault);
	}
	return e;
}

enum err
tailnet_relay_own(struct db *db, const struct relay_own *own,
	const struct relay_act *act, struct arena *mem,
	struct relay_fault *fault)
{
	struct settings s;
	struct changes c;
	enum err e = db_begin(db);

	changes_init(&c, mem);
	if (!e)
		e = settings_load(db, mem, &s);
	if (!e)
		e = store_own(db, own, &s, act->now, mem, &c, fault);
	if (!e && *changes_after(&c))
		e = audit_row(db, ROOT, own->region_id,
			&(struct audit){ .at = act->now,
				.actor = act->actor,
				.action = "relay.changed",
				.subject_name = own->name,
				.before = changes_before(&c),
				.after = changes_after(&c) });
	return db_end(db, e);
}

/* ---- tokens ---- */

static const char *
new_token(const struct secret *pepper, int64_t region, struct arena *mem,
	uint8_t hash[DERP_TOKEN_HASH_SIZE])
{
	const char *token = arena_printf(mem, TOKEN_WORD "%" PRId64 "-%s",
		region, text_random(mem, RELAY_TOKEN_SECRET_LEN));

	pepper_hash(pepper, token, hash);
	return token;
}

enum err
tailnet_relay_token_new(struct db *db, const struct secret *pepper,
	int64_t region, const struct relay_act *act, struct arena *mem,
	const char **token)
{
	uint8_t hash[DERP_TOKEN_HASH_SIZE];
	const char *made = new_token(pepper, region, mem, hash);
	struct derp_region row = { .name = NULL };
	enum err e = db_begin(db);

	if (!e)
		e = db_derp_region(db, region, mem, &row);
	if (!e)
		e = db_derp_region_token(db, region, hash, act->now);
	e = end(db, act, region, row.name, "a new token", e);
	if (!e)
		*token = made;
	return e;
}

enum err
tailnet_relay_token_revoke(
	struct db *db, int64_t region, const struct relay_act *act)
{
	struct arena *mem = arena_new();
	struct derp_region row = { .name = NULL };
	enum err e = db_begin(db);

	if (!e)
		e = db_derp_region(db, region, mem, &row);
	if (!e && !row.token_at)
		e = ERR_NOT_FOUND;
	if (!e)
		e = db_derp_region_token(db, region, NULL, act->now);
	e = end(db, act, region, row.name, "its token was revoked", e);
	arena_free(mem);
	return e;
}

/* "cairn-relay-901-…": the region; 0 if it is no token at all. */
static int64_t
region_of_token(const char *token, struct arena *mem)
{
	const char *digits = token + strlen(TOKEN_WORD);
	size_t len;
	int64_t id = 0;

	if (!text_starts(token, TOKEN_WORD))
		return 0;
	len = strspn(digits, "0123456789");
	if (len < 1 || len > 5 || digits[len] != '-' ||
		strlen(digits + len + 1) != RELAY_TOKEN_SECRET_LEN ||
		text_int(arena_printf(mem, "%.*s", (int)len, digits), &id))
		return 0;
	return id;
}

enum err
tailnet_relay_of_token(struct db *db, const struct secret *pepper,
	const char *token, struct arena *mem, struct derp_region *out)
{
	struct derp_region row = { .id = 0 };
	uint8_t hash[DERP_TOKEN_HASH_SIZE];
	int64_t id = region_of_token(token, mem);
	enum err e;
	bool same;

	if (!id)
		return ERR_DENIED;
	pepper_hash(pepper, token, hash);
	e = db_derp_region(db, id, mem, &row);
	if (e && e != ERR_NOT_FOUND)
		return e;
	same = CRYPTO_memcmp(hash, row.token_hash, sizeof(hash)) == 0;
	if (e || !row.token_at || !same)
		return ERR_DENIED;
	*out = row;
	return ERR_OK;
}

/* ---- those added by hand ---- */

static enum err
check_region(const struct derp_region *r, struct relay_fault *fault)
{
	if (r->id < 1 || r->id > DERPMAP_REGION_MAX)
		return blame(fault, "region_id", "a number from 1 to 65535");
	if (!derpmap_name_is_valid(r->code, DERPMAP_CODE_MAX))
		return blame(fault, "code", "1 to 32 bytes of text");
	if (!derpmap_name_is_valid(r->name, DERPMAP_NAME_MAX))
		return blame(fault, "name", "1 to 64 bytes of text");
	if (!derpmap_host_is_valid(r->host))
		return blame(fault, "host", "a host name or an address");
	if (!derpmap_ip_is_valid(r->ipv4, 4))
		return blame(
			fault, "ipv4", "an IPv4 address, none, or nothing");
	if (!derpmap_ip_is_valid(r->ipv6, 6))
		return blame(
			fault, "ipv6", "an IPv6 address, none, or nothing");
	if (r->port < 1 || r->port > 65535)
		return blame(fault, "port", "a number from 1 to 65535");
	if (r->stun_port < 0 || r->stun_port > 65535)
		return blame(fault, "stun_port", "a number from 0 to 65535");
	if (*r->cert && !derpmap_cert_is_valid(r->cert))
		return blame(fault, "cert",
			"the SHA-256 of the certificate: 64 digits of hex, in "
			"lower case");
	return ERR_OK;
}

enum err
tailnet_relay_add(struct db *db, const struct secret *pepper,
	const struct derp_region *r, const struct relay_act *act,
	struct arena *mem, const char **token, struct relay_fault *fault)
{
	uint8_t hash[DERP_TOKEN_HASH_SIZE];
	const char *made;
	struct derp_region row = *r, *rows;
	size_t count = 0;
	enum err e = check_region(r, fault);

	if (e)
		return e;
	row.created_at = act->now;
	made = new_token(pepper, row.id, mem, hash);
	e = db_begin(db);
	if (!e)
		e = db_derp_regions(db, mem, &rows, &count);
	if (!e && count >= RELAYS_ADDED_MAX)
		e = ERR_TOO_BIG;
	if (!e)
		e = db_derp_region_add(db, &row);
	if (!e)
		e = db_derp_region_token(db, row.id, hash, act->now);
	e = end(db, act, row.id, row.name,
		arena_printf(mem, "added, at %s", row.host), e);
	if (!e)
		*token = made;
	return e;
}

enum err
tailnet_relay_remove(struct db *db, int64_t region, const struct relay_act *act)
{
	struct arena *mem = arena_new();
	struct derp_region row = { .name = NULL };
	enum err e = db_begin(db);

	if (!e)
		e = db_derp_region(db, region, mem, &row);
	if (!e)
		e = db_derp_region_delete(db, region);
	if (!e)
		e = db_derp_hide(db, region, false);
	e = end(db, act, region, row.name, "removed", e);
	arena_free(mem);
	return e;
}

static bool
is_in(const int64_t *ids, size_t count, int64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* *name NULL: there is nothing to do. */
static enum err
hide(struct db *db, int64_t region, bool hidden, struct arena *mem,
	const char **name)
{
	const struct derpmap_entry *entry;
	struct derpmap_rows rows;
	struct derpmap_list list;
	bool is_so;
	enum err e = relays_list(db, NULL, mem, &rows, &list);

	if (e)
		return e;
	entry = derpmap_find(&list, region);
	is_so = is_in(rows.hidden, rows.hidden_count, region);
	if (!entry && !is_so)
		return ERR_NOT_FOUND;
	if (is_so == hidden)
		return ERR_OK;
	*name = entry ? entry->region.name : "";
	return db_derp_hide(db, region, hidden);
}

enum err
tailnet_relay_hide(
	struct db *db, int64_t region, bool hidden, const struct relay_act *act)
{
	struct arena *mem = arena_new();
	const char *name = NULL;
	enum err e = db_begin(db);

	if (!e)
		e = hide(db, region, hidden, mem, &name);
	if (!e && !name)
		e = db_end(db, e);
	else
		e = end(db, act, region, name, hidden ? "hidden" : "shown", e);
	arena_free(mem);
	return e;
}

/* ---- sources ---- */

bool
relay_url_is_valid(const char *url)
{
	const char *host = url + strlen("https://");
	size_t len;

	if (!text_starts(url, "https://") || strlen(url) > RELAY_PLACE_MAX)
		return false;
	for (const char *p = url; *p; p++)
		if (*p <= ' ' || *p >= 0x7f || strchr("#\"<>\\^`{|}", *p))
			return false;
	len = strcspn(host, "/?");
	return len > 0 && *host != ':' && !memchr(host, '@', len);
}

static bool
path_is_valid(const char *path)
{
	return *path == '/' && strlen(path) <= RELAY_PLACE_MAX &&
	       text_is_utf8(path, strlen(path)) &&
	       text_length(path) != SIZE_MAX;
}

/* In the caller's transaction. */
static enum err
source_add(struct db *db, const char *place, int64_t now, struct arena *mem,
	int64_t *id)
{
	struct derp_source *rows;
	size_t count = 0;
	enum err e = db_derp_sources(db, mem, &rows, &count);

	if (!e && count >= RELAY_SOURCES_MAX)
		e = ERR_TOO_BIG;
	if (!e)
		e = db_derp_source_add(db, place, now, id);
	return e;
}

enum err
tailnet_relay_source_add(struct db *db, const char *place, bool paths,
	const struct relay_act *act, struct arena *mem, int64_t *id,
	struct relay_fault *fault)
{
	int64_t added = 0;
	enum err e;

	if (!relay_url_is_valid(place) && !(paths && path_is_valid(place)))
		return blame(fault, "url",
			paths ? "an address that begins with https://, or a "
				"path that begins with /"
			      : "an address that begins with https://");
	e = db_begin(db);
	if (!e)
		e = source_add(db, place, act->now, mem, &added);
	e = end(db, act, 0, place, "a source was added", e);
	if (!e)
		*id = added;
	return e;
}

enum err
tailnet_relay_source_remove(
	struct db *db, int64_t id, const struct relay_act *act)
{
	struct arena *mem = arena_new();
	struct derp_source s = { .place = NULL };
	enum err e = db_begin(db);

	if (!e)
		e = db_derp_source(db, id, mem, &s);
	if (!e)
		e = db_derp_source_delete(db, id);
	e = end(db, act, 0, s.place, "a source was removed", e);
	arena_free(mem);
	return e;
}

enum err
tailnet_relay_source_refresh(
	struct db *db, int64_t id, const struct relay_act *act)
{
	struct arena *mem = arena_new();
	struct derp_source s = { .place = NULL };
	enum err e = db_begin(db);

	if (!e)
		e = db_derp_source(db, id, mem, &s);
	if (!e)
		e = db_job_want(db, RELAY_JOB_SOURCE, id, act->now);
	e = end(db, act, 0, s.place, "to be read at once", e);
	arena_free(mem);
	return e;
}

/* The lines of a field, blanks around them gone, empty ones left out. */
static size_t
split_lines(const char *text, struct arena *mem, const char **out, size_t most)
{
	size_t count = 0;

	while (*text) {
		size_t len = strcspn(text, "\r\n"), skip;
		const char *line;

		skip = strspn(text, " \t");
		line = text + (skip < len ? skip : len);
		len -= (size_t)(line - text);
		text = line + len;
		text += strspn(text, "\r\n");
		while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
			len--;
		if (len && count < most)
			out[count++] =
				arena_printf(mem, "%.*s", (int)len, line);
		else if (len)
			return most + 1;
	}
	return count;
}

static bool
has_line(const char **lines, size_t count, const char *place)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(lines[i], place) == 0)
			return true;
	return false;
}

static enum err
set_lines(struct db *db, const char **lines, size_t count, int64_t now,
	struct arena *mem, const char **detail)
{
	struct derp_source *rows;
	size_t row_count;
	enum err e = db_derp_sources(db, mem, &rows, &row_count);

	for (size_t i = 0; !e && i < row_count; i++) {
		if (*rows[i].place == '/' ||
			has_line(lines, count, rows[i].place))
			continue;
		e = db_derp_source_delete(db, rows[i].id);
		*detail = arena_printf(mem, "%s%sremoved %s", *detail,
			**detail ? ", " : "", rows[i].place);
	}
	for (size_t i = 0; !e && i < count; i++) {
		struct derp_source at;
		int64_t id;

		e = db_derp_source_at(db, lines[i], mem, &at);
		if (e != ERR_NOT_FOUND)
			continue;
		e = source_add(db, lines[i], now, mem, &id);
		*detail = arena_printf(mem, "%s%sadded %s", *detail,
			**detail ? ", " : "", lines[i]);
	}
	return e;
}

static enum err
check_lines(const char **lines, size_t count, struct arena *mem,
	struct relay_fault *fault)
{
	if (count > RELAY_SOURCES_MAX)
		return blame(fault, "url",
			arena_printf(mem, "at most %d addresses",
				RELAY_SOURCES_MAX));
	for (size_t i = 0; i < count; i++)
		if (!relay_url_is_valid(lines[i]))
			return blame(fault, "url",
				"addresses that begin with https://, one a "
				"line");
	return ERR_OK;
}

enum err
tailnet_relay_sources_set(struct db *db, const char *urls, const char *hours,
	const struct relay_act *act, struct arena *mem,
	struct relay_fault *fault)
{
	const char *lines[RELAY_SOURCES_MAX], *detail = "";
	size_t count = split_lines(urls, mem, lines, RELAY_SOURCES_MAX);
	struct settings s;
	enum err e = check_lines(lines, count, mem, fault);

	if (e)
		return e;
	e = db_begin(db);
	if (!e)
		e = settings_load(db, mem, &s);
	if (!e)
		e = set_lines(db, lines, count, act->now, mem, &detail);
	if (!e && strcmp(hours, number(mem, s.relay_hours)) != 0) {
		e = store(db, "relay_hours", hours, act->now, mem, fault);
		detail = arena_printf(mem, "%s%sread each %s hours", detail,
			*detail ? ", " : "", hours);
	}
	if (!e && !*detail)
		return db_end(db, e);
	return end(db, act, 0, "sources", detail, e);
}

enum err
tailnet_relay_source_read(struct db *db, const struct derp_source *s,
	const char *map, int64_t regions, int64_t now)
{
	const struct relay_act act = { "server", now };
	struct arena *mem = arena_new();
	struct derp_source old = { .map = "" };
	enum err e = db_begin(db);

	if (!e)
		e = db_derp_source(db, s->id, mem, &old);
	if (!e)
		e = db_derp_source_good(db, s->id, map, regions, now);
	if (e || strcmp(old.map, map) == 0)
		e = db_end(db, e);
	else
		e = end(db, &act, 0, old.place,
			arena_printf(mem,
				"%" PRId64 " regions, before %" PRId64, regions,
				old.regions),
			e);
	arena_free(mem);
	return e;
}

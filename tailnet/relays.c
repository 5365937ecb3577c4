#include "tailnet/relays.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/text.h"
#include "db/job.h"
#include "tailnet/audit.h"
#include "tailnet/changes.h"
#include "tailnet/derpmap_read.h"
#include "tailnet/relays_inside.h"

#define TOKEN_WORD "cairn-relay-"

#define ROOT "relay"

enum err
relay_blame(struct relay_fault *fault, const char *field, const char *why)
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

enum err
relays_view(struct db *db, const char *home, struct arena *mem,
	struct relays_view *out)
{
	enum err e = relays_list(db, home, mem, &out->rows, &out->list);

	if (!e)
		e = db_derp_tests(db, mem, &out->tests, &out->test_count);
	if (!e)
		e = db_derp_homes(db, mem, &out->homes, &out->home_count);
	return e;
}

const struct derp_test *
relays_test_of(const struct relays_view *v, int64_t region)
{
	for (size_t i = 0; i < v->test_count; i++)
		if (v->tests[i].id == region)
			return &v->tests[i];
	return NULL;
}

struct derp_homes
relays_homes_of(const struct relays_view *v, int64_t region)
{
	for (size_t i = 0; i < v->home_count; i++)
		if (v->homes[i].id == region)
			return v->homes[i];
	return (struct derp_homes){ .id = region };
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

enum err
relay_end(struct db *db, const struct relay_act *act, int64_t region,
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

enum err
relay_store(struct db *db, const char *name, const char *value, int64_t now,
	struct arena *mem, struct relay_fault *fault)
{
	const char *why;
	enum err e = settings_store(db, name, value, now, mem, &why);

	return e == ERR_BAD_INPUT ? relay_blame(fault, name, why) : e;
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
		e = relay_store(db, rows[i][0], rows[i][2], now, mem, fault);
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
	e = relay_end(db, act, region, row.name, "a new token", e);
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
	e = relay_end(db, act, region, row.name, "its token was revoked", e);
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
		return relay_blame(
			fault, "region_id", "a number from 1 to 65535");
	if (!derpmap_name_is_valid(r->code, DERPMAP_CODE_MAX))
		return relay_blame(fault, "code", "1 to 32 bytes of text");
	if (!derpmap_name_is_valid(r->name, DERPMAP_NAME_MAX))
		return relay_blame(fault, "name", "1 to 64 bytes of text");
	if (!derpmap_host_is_valid(r->host))
		return relay_blame(fault, "host", "a host name or an address");
	if (!derpmap_ip_is_valid(r->ipv4, 4))
		return relay_blame(
			fault, "ipv4", "an IPv4 address, none, or nothing");
	if (!derpmap_ip_is_valid(r->ipv6, 6))
		return relay_blame(
			fault, "ipv6", "an IPv6 address, none, or nothing");
	if (r->port < 1 || r->port > 65535)
		return relay_blame(fault, "port", "a number from 1 to 65535");
	if (r->stun_port < 0 || r->stun_port > 65535)
		return relay_blame(
			fault, "stun_port", "a number from 0 to 65535");
	if (*r->cert && !derpmap_cert_is_valid(r->cert))
		return relay_blame(fault, "cert",
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
	e = relay_end(db, act, row.id, row.name,
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
	e = relay_end(db, act, region, row.name, RELAY_REMOVED, e);
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
		e = relay_end(
			db, act, region, name, hidden ? "hidden" : "shown", e);
	arena_free(mem);
	return e;
}

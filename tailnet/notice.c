#include "tailnet/notice.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/list.h"
#include "tailnet/node.h"

enum {
	DAY = 86400,
	DATA_MAX = 64 * 1024,
	NAMED_MAX = 16, /* routes that a message names */
};

static const char *const event_words[] = {
#define X(name, word, words) [NOTICE_##name] = word,
	NOTICE_TABLE(X)
#undef X
};

const char *
notice_word(enum notice_event event)
{
	return event_words[event];
}

const char *
notice_event_words(const char *word)
{
	static const char *const people[] = {
#define X(name, word, words) [NOTICE_##name] = words,
		NOTICE_TABLE(X)
#undef X
	};

	for (size_t i = 0; i < NOTICE_EVENTS; i++)
		if (strcmp(event_words[i], word) == 0)
			return people[i];
	return strcmp(word, "test") == 0 ? "A test" : word;
}

const char *
notice_events_words(struct arena *mem, const char *events)
{
	const char *words = "";

	while (*(events += strspn(events, " "))) {
		size_t len = strcspn(events, " ");

		words = arena_printf(mem, "%s%s%s", words, *words ? "; " : "",
			notice_event_words(
				arena_printf(mem, "%.*s", (int)len, events)));
		events += len;
	}
	return words;
}

/* ---- data, as JSON ---- */

struct data {
	struct buf b;
};

static void
begin_data(struct data *d, struct arena *mem)
{
	buf_init(&d->b, mem, DATA_MAX);
}

static void
put_name(struct data *d, const char *name)
{
	buf_puts(&d->b, d->b.len ? "," : "{");
	json_put_text(&d->b, name);
	buf_puts(&d->b, ":");
}

static void
put_text(struct data *d, const char *name, const char *value)
{
	put_name(d, name);
	json_put_text(&d->b, value ? value : "");
}

static void
put_int(struct data *d, const char *name, int64_t value)
{
	put_name(d, name);
	json_put_int(&d->b, value);
}

static void
put_machine(struct data *d, const struct node *n)
{
	put_int(d, "nodeID", n->id);
	put_text(d, "deviceName", n->name);
	put_text(d, "hostname", n->hostname);
}

static const char *
end_data(struct data *d)
{
	buf_puts(&d->b, d->b.len ? "}" : "{}");
	buf_put(&d->b, "", 1);
	return buf_error(&d->b) ? "{}" : (const char *)d->b.bytes;
}

/* ---- facts ---- */

static enum err
tell(struct db *db, enum notice_event event, struct notice *n)
{
	int64_t added;

	n->event = event_words[event];
	return db_notice_put(db, n, 0, &added);
}

/* A machine or a user, `kind` and `id` in the words of receivers. */
struct waiting {
	const char *kind, *words, *name;
	int64_t id;
};

static enum err
needs_approval(struct db *db, struct arena *mem, const struct waiting *w,
	struct data *d, int64_t now)
{
	struct notice row = {
		.type = arena_printf(mem, "%sNeedsApproval", w->kind),
		.at = now,
		.fact = arena_printf(
			mem, "%s-approval:%" PRId64, w->kind, w->id),
		.message = arena_printf(
			mem, "The %s %s needs approval.", w->words, w->name),
		.data = end_data(d),
	};

	return tell(db, NOTICE_APPROVAL, &row);
}

static enum err
machine_waits(
	struct db *db, struct arena *mem, const struct node *n, int64_t now)
{
	const struct waiting w = { "node", "machine", n->name, n->id };
	struct data d;

	begin_data(&d, mem);
	put_machine(&d, n);
	return needs_approval(db, mem, &w, &d, now);
}

enum err
notice_machine_new(
	struct db *db, struct arena *mem, const struct node *n, int64_t now)
{
	struct data d;
	struct notice row = { .type = "nodeCreated",
		.at = now,
		.fact = arena_printf(mem, "node:%" PRId64, n->id),
		.message =
			arena_printf(mem, "The machine %s joined.", n->name) };
	enum err e;

	begin_data(&d, mem);
	put_machine(&d, n);
	row.data = end_data(&d);
	e = tell(db, NOTICE_MACHINE, &row);
	return e || !n->unapproved ? e : machine_waits(db, mem, n, now);
}

static enum err
route_waits(struct db *db, struct arena *mem, const struct node *n,
	const char *route, int64_t now)
{
	struct data d;
	struct notice row = { .type = "nodeRouteNeedsApproval",
		.at = now,
		.fact = arena_printf(mem, "route:%" PRId64 ":%s:%" PRId64,
			n->id, route, now / DAY),
		.message = arena_printf(mem,
			"The route %s of %s waits for approval.", route,
			n->name) };

	begin_data(&d, mem);
	put_machine(&d, n);
	put_text(&d, "route", route);
	row.data = end_data(&d);
	return tell(db, NOTICE_ROUTE, &row);
}

enum err
notice_routes(struct db *db, struct arena *mem, const struct node *n,
	const char *before, int64_t now)
{
	struct json_texts routes, approved, had;
	size_t told = 0;
	enum err e = json_texts_parse(n->routes, mem, &routes);

	if (!e)
		e = json_texts_parse(n->approved_routes, mem, &approved);
	if (!e)
		e = json_texts_parse(before, mem, &had);
	/* The two exit routes are one; further ones are on the page. */
	for (size_t i = 0; !e && i < routes.count && told < NAMED_MAX; i++) {
		if (list_has(&approved, routes.at[i]) ||
			list_has(&had, routes.at[i]) ||
			strcmp(routes.at[i], "::/0") == 0)
			continue;
		e = route_waits(db, mem, n, routes.at[i], now);
		told++;
	}
	return e;
}

enum err
notice_user_waits(
	struct db *db, struct arena *mem, const struct user *u, int64_t now)
{
	const struct waiting w = { "user", "user", u->name, u->id };
	struct data d;

	begin_data(&d, mem);
	put_int(&d, "userID", u->id);
	put_text(&d, "user", u->name);
	return needs_approval(db, mem, &w, &d, now);
}

enum err
notice_policy(struct db *db, struct arena *mem, int64_t version, const char *by,
	int64_t now)
{
	struct data d;
	struct notice row = { .type = "policyUpdate",
		.at = now,
		.fact = arena_printf(mem, "policy:%" PRId64, version),
		.message = arena_printf(mem,
			"The policy was saved as version %" PRId64 " by %s.",
			version, by) };

	begin_data(&d, mem);
	put_int(&d, "version", version);
	put_text(&d, "actor", by);
	row.data = end_data(&d);
	return tell(db, NOTICE_POLICY, &row);
}

/* `words` NULL: it does not fail any more. */
static enum err
tell_health(struct db *db, const char *check, const char *words, int64_t since,
	struct notice *row, struct arena *mem)
{
	struct data d;

	begin_data(&d, mem);
	put_text(&d, "check", check);
	if (words)
		put_text(&d, "evidence", words);
	put_text(&d, "since", clock_print(mem, since));
	row->data = end_data(&d);
	return tell(db, NOTICE_HEALTH, row);
}

enum err
notice_health(struct db *db, struct arena *mem, const char *check,
	const char *words, int64_t since, int64_t now)
{
	struct notice row = { .type = "healthFailing",
		.at = now,
		.fact = arena_printf(mem, "health:%s:%" PRId64, check, since),
		.message = arena_printf(
			mem, "The check %s fails: %s", check, words) };

	return tell_health(db, check, words, since, &row, mem);
}

enum err
notice_health_mended(struct db *db, struct arena *mem, const char *check,
	int64_t since, int64_t now)
{
	struct notice row = { .type = "healthMended",
		.at = now,
		.fact = arena_printf(
			mem, "health-mended:%s:%" PRId64, check, since),
		.message = arena_printf(mem,
			"The check %s works again; it failed since %s.", check,
			clock_print(mem, since)) };

	return tell_health(db, check, NULL, since, &row, mem);
}

/* ---- keys that expire ---- */

static const int64_t warn_days[] = { 1, 7, 30 };

/* The nearest of them, 0 if it is further away or over. */
static int64_t
days_of(const struct node *n, int64_t now)
{
	if (!n->expires_at || n->expires_at <= now)
		return 0;
	for (size_t i = 0; i < sizeof(warn_days) / sizeof(warn_days[0]); i++)
		if (n->expires_at - now <= warn_days[i] * DAY)
			return warn_days[i];
	return 0;
}

static enum err
expires(struct db *db, struct arena *mem, const struct node *n, int64_t days,
	int64_t now)
{
	struct data d;
	struct notice row = { .type = days == 1 ? "nodeKeyExpiringInOneDay"
						: "nodeKeyExpiring",
		.at = now,
		.fact = arena_printf(mem,
			"expiry:%" PRId64 ":%" PRId64 ":%" PRId64, n->id,
			n->expires_at, days),
		.message = arena_printf(mem,
			"The key of %s expires within %" PRId64 " %s, at %s.",
			n->name, days, days == 1 ? "day" : "days",
			clock_print(mem, n->expires_at)) };

	begin_data(&d, mem);
	put_machine(&d, n);
	put_int(&d, "days", days);
	put_text(&d, "expiration", clock_print(mem, n->expires_at));
	row.data = end_data(&d);
	return tell(db, NOTICE_KEY_EXPIRING, &row);
}

enum err
tailnet_notice_expiries(struct db *db, int64_t now, bool *targets)
{
	struct arena *mem = arena_new();
	struct notice_target *rows;
	struct node *nodes;
	size_t count = 0, target_count = 0;
	int64_t gone;
	enum err e = db_begin(db);

	if (!e)
		e = db_notice_targets(db, mem, &rows, &target_count);
	if (!e && target_count)
		e = db_nodes_expiring(
			db, now, now + 30 * DAY, mem, &nodes, &count);
	for (size_t i = 0; !e && i < count; i++) {
		int64_t days = days_of(&nodes[i], now);

		if (days)
			e = expires(db, mem, &nodes[i], days, now);
	}
	if (!e)
		e = db_notice_prune(db, now - NOTICE_KEPT_SECONDS, &gone);
	e = db_end(db, e);
	arena_free(mem);
	if (!e)
		*targets = target_count != 0;
	return e;
}

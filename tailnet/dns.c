#include "tailnet/dns.h"

#include <string.h>

#include "base/domain.h"
#include "base/json.h"
#include "db/node.h"
#include "tailnet/changes.h"
#include "tailnet/node_rule.h"

/* ---- in words ---- */

const char *
dns_nameserver_words(struct arena *mem, const struct nameserver *n)
{
	return arena_printf(mem, "%s%s%s%s", n->address,
		*n->domain ? " for " : "", n->domain,
		n->with_exit_node ? ", with an exit node too" : "");
}

const char *
dns_record_words(struct db *db, struct arena *mem, const struct dns_record *r)
{
	const char *name = NULL;

	if (!r->node_id)
		return arena_printf(
			mem, "%s %s %s", r->name, r->type, r->value);
	name = db_audit_name(db, mem, "node", r->node_id);
	return arena_printf(mem, "%s %s of machine %s", r->name, r->type,
		name ? name : "that is gone");
}

static const char *
list_json(struct arena *mem, const char **at, size_t count)
{
	return json_texts_print(mem, &(struct json_texts){ at, count });
}

static enum err
nameservers_json(struct db *db, struct arena *mem, const char **out)
{
	struct nameserver *rows;
	size_t count = 0;
	const char **at;
	enum err e = db_nameservers(db, mem, &rows, &count);

	if (e)
		return e;
	at = arena_array(mem, count + 1, sizeof(*at));
	for (size_t i = 0; i < count; i++)
		at[i] = dns_nameserver_words(mem, &rows[i]);
	*out = list_json(mem, at, count);
	return ERR_OK;
}

static enum err
searches_json(struct db *db, struct arena *mem, const char **out)
{
	struct search_domain *rows;
	size_t count = 0;
	const char **at;
	enum err e = db_search_domains(db, mem, &rows, &count);

	if (e)
		return e;
	at = arena_array(mem, count + 1, sizeof(*at));
	for (size_t i = 0; i < count; i++)
		at[i] = rows[i].domain;
	*out = list_json(mem, at, count);
	return ERR_OK;
}

/* ---- one change ---- */

struct act {
	struct rule rule;
	const char *actor;
	int64_t now;
	const char *detail;
	struct changes changes;
};

static enum err
begin(struct act *a, struct db *db, const char *actor, int64_t now)
{
	enum err e = rule_begin(&a->rule, db);

	a->actor = actor;
	a->now = now;
	a->detail = "";
	changes_init(&a->changes, a->rule.mem);
	return e;
}

/* What changed nothing has no row. */
static enum err
end(struct act *a, enum err e)
{
	if (!e && a->changes.count)
		e = audit_row(a->rule.db, "dns", 1,
			&(struct audit){ .at = a->now,
				.actor = a->actor,
				.action = "dns.changed",
				.subject_name = "DNS",
				.detail = a->detail,
				.before = changes_before(&a->changes),
				.after = changes_after(&a->changes) });
	return rule_end(&a->rule, e);
}

typedef enum err list_of(struct db *db, struct arena *mem, const char **out);

/* Whole lists, before and after. */
static enum err
note_list(struct act *a, const char *name, list_of *list, const char *before)
{
	const char *after;
	enum err e = list(a->rule.db, a->rule.mem, &after);

	if (!e)
		changes_raw(&a->changes, name, before, after);
	return e;
}

/* ---- nameservers ---- */

static enum err
check_nameserver(struct act *a, struct nameserver *n)
{
	struct settings s;
	struct nameserver *rows;
	size_t count = 0;
	enum err e = dns_resolver_normal(a->rule.mem, n->address, &n->address);

	if (!e && *n->domain)
		e = dns_domain_normal(a->rule.mem, n->domain, &n->domain);
	if (!e)
		e = settings_load(a->rule.db, a->rule.mem, &s);
	if (!e && s.magic_dns && strcmp(n->domain, s.dns_domain) == 0)
		e = ERR_BASE_DOMAIN;
	if (!e)
		e = db_nameservers(a->rule.db, a->rule.mem, &rows, &count);
	for (size_t i = 0; !e && i < count; i++)
		if (strcmp(rows[i].domain, n->domain) == 0 &&
			strcmp(rows[i].address, n->address) == 0)
			e = ERR_EXISTS;
	return !e && count >= DNS_NAMESERVERS_MAX ? ERR_TOO_BIG : e;
}

enum err
tailnet_nameserver_add(struct db *db, const struct nameserver *n,
	const char *actor, int64_t now, int64_t *id)
{
	struct nameserver row = *n;
	const char *before = "[]";
	struct act a;
	enum err e = begin(&a, db, actor, now);

	if (!e)
		e = check_nameserver(&a, &row);
	if (!e)
		e = nameservers_json(db, a.rule.mem, &before);
	if (!e)
		e = db_nameserver_add(db, &row, id);
	if (!e) {
		a.detail = arena_printf(a.rule.mem, "nameserver %s",
			dns_nameserver_words(a.rule.mem, &row));
		e = note_list(&a, "nameservers", nameservers_json, before);
	}
	return end(&a, e);
}

/* Those of a domain stand together; the one that `id` changes places with. */
static bool
find_neighbour(const struct nameserver *rows, size_t count, int64_t id, bool up,
	size_t *at, size_t *with)
{
	size_t i = 0;

	while (rows[i].id != id)
		i++;
	if (up ? i == 0 : i + 1 == count)
		return false;
	*at = i;
	*with = up ? i - 1 : i + 1;
	return strcmp(rows[*at].domain, rows[*with].domain) == 0;
}

static enum err
swap(struct act *a, int64_t id, bool up)
{
	struct db *db = a->rule.db;
	struct nameserver *rows;
	size_t count, at, with;
	enum err e = db_nameservers(db, a->rule.mem, &rows, &count);

	if (e || !find_neighbour(rows, count, id, up, &at, &with))
		return e;
	e = db_nameserver_place(db, rows[at].id, rows[with].position);
	return e ? e
		 : db_nameserver_place(db, rows[with].id, rows[at].position);
}

enum err
tailnet_nameserver_move(
	struct db *db, int64_t id, bool up, const char *actor, int64_t now)
{
	const char *before = "[]";
	struct nameserver n;
	struct act a;
	enum err e = begin(&a, db, actor, now);

	if (!e)
		e = db_nameserver_by_id(db, id, a.rule.mem, &n);
	if (!e)
		e = nameservers_json(db, a.rule.mem, &before);
	if (!e)
		e = swap(&a, id, up);
	if (!e)
		e = note_list(&a, "nameservers", nameservers_json, before);
	return end(&a, e);
}

enum err
tailnet_nameserver_delete(
	struct db *db, int64_t id, const char *actor, int64_t now)
{
	const char *before = "[]";
	struct act a;
	enum err e = begin(&a, db, actor, now);

	if (!e)
		e = nameservers_json(db, a.rule.mem, &before);
	if (!e)
		e = db_nameserver_delete(db, id);
	if (!e)
		e = note_list(&a, "nameservers", nameservers_json, before);
	return end(&a, e);
}

/* ---- search domains ---- */

static enum err
check_search(struct act *a, const char *domain)
{
	struct search_domain *rows;
	size_t count = 0;
	enum err e = db_search_domains(a->rule.db, a->rule.mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++)
		if (strcmp(rows[i].domain, domain) == 0)
			e = ERR_EXISTS;
	return !e && count >= DNS_SEARCH_MAX ? ERR_TOO_BIG : e;
}

enum err
tailnet_search_add(struct db *db, const char *domain, const char *actor,
	int64_t now, int64_t *id)
{
	const char *before = "[]";
	struct act a;
	enum err e = begin(&a, db, actor, now);

	if (!e)
		e = dns_domain_normal(a.rule.mem, domain, &domain);
	if (!e)
		e = check_search(&a, domain);
	if (!e)
		e = searches_json(db, a.rule.mem, &before);
	if (!e)
		e = db_search_domain_add(db, domain, id);
	if (!e)
		e = note_list(&a, "search_domains", searches_json, before);
	return end(&a, e);
}

enum err
tailnet_search_delete(struct db *db, int64_t id, const char *actor, int64_t now)
{
	const char *before = "[]";
	struct act a;
	enum err e = begin(&a, db, actor, now);

	if (!e)
		e = searches_json(db, a.rule.mem, &before);
	if (!e)
		e = db_search_domain_delete(db, id);
	if (!e)
		e = note_list(&a, "search_domains", searches_json, before);
	return end(&a, e);
}

/* ---- records ---- */

/* "laptop" of "laptop.cairn.internal"; NULL: it is no such name. */
static const char *
label_below(struct arena *mem, const char *name, const char *domain)
{
	size_t len = strcspn(name, ".");

	if (!name[len] || strcmp(name + len + 1, domain) != 0)
		return NULL;
	return arena_printf(mem, "%.*s", (int)len, name);
}

static enum err
check_machine_name(struct act *a, const char *name)
{
	struct settings s;
	const char *label = NULL;
	bool taken = false;
	enum err e = settings_load(a->rule.db, a->rule.mem, &s);

	if (!e)
		label = label_below(a->rule.mem, name, s.dns_domain);
	if (label)
		e = db_node_name_taken(a->rule.db, label, 0, &taken);
	return !e && taken ? ERR_MACHINE_NAME : e;
}

static bool
same_record(const struct dns_record *a, const struct dns_record *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->type, b->type) == 0 &&
	       a->node_id == b->node_id &&
	       (a->node_id || strcmp(a->value, b->value) == 0);
}

static enum err
check_record(struct act *a, struct dns_record *r)
{
	struct dns_record *rows;
	size_t count = 0;
	struct node n;
	enum err e = dns_record_normal(a->rule.mem, r);

	if (!e && r->node_id) {
		r->value = NULL;
		e = db_node_by_id(a->rule.db, r->node_id, a->rule.mem, &n);
	}
	if (!e)
		e = check_machine_name(a, r->name);
	if (!e)
		e = db_dns_records(a->rule.db, a->rule.mem, &rows, &count);
	for (size_t i = 0; !e && i < count; i++)
		if (same_record(&rows[i], r))
			e = ERR_EXISTS;
	return !e && count >= DNS_RECORDS_MAX ? ERR_TOO_BIG : e;
}

enum err
tailnet_record_add(struct db *db, const struct dns_record *r, const char *actor,
	int64_t now, int64_t *id)
{
	struct dns_record row = *r;
	struct act a;
	enum err e = begin(&a, db, actor, now);

	if (!e)
		e = check_record(&a, &row);
	if (!e)
		e = db_dns_record_add(db, &row, id);
	if (!e)
		changes_text(&a.changes, "record", "",
			dns_record_words(db, a.rule.mem, &row));
	return end(&a, e);
}

enum err
tailnet_record_delete(struct db *db, int64_t id, const char *actor, int64_t now)
{
	struct dns_record row;
	struct act a;
	enum err e = begin(&a, db, actor, now);

	if (!e)
		e = db_dns_record_by_id(db, id, a.rule.mem, &row);
	if (!e)
		changes_text(&a.changes, "record",
			dns_record_words(db, a.rule.mem, &row), "");
	if (!e)
		e = db_dns_record_delete(db, id);
	return end(&a, e);
}

/* ---- settings ---- */

/* Only what differs is written, so that who is told of settings is not. */
static enum err
put_bool(struct act *a, const char *name, bool before, bool after)
{
	const char *why;

	changes_bool(&a->changes, name, before, after);
	if (before == after)
		return ERR_OK;
	return settings_store(a->rule.db, name, after ? "true" : "false",
		a->now, a->rule.mem, &why);
}

static enum err
has_global(struct act *a, bool *found)
{
	struct nameserver *rows;
	size_t count = 0;
	enum err e = db_nameservers(a->rule.db, a->rule.mem, &rows, &count);

	*found = !e && count && !*rows[0].domain;
	return e;
}

enum err
tailnet_dns_prefs(struct db *db, bool magic_dns, bool override,
	const char *actor, int64_t now)
{
	struct settings s = { .url = NULL };
	bool global = false;
	struct act a;
	enum err e = begin(&a, db, actor, now);

	if (!e)
		e = settings_load(db, a.rule.mem, &s);
	if (!e)
		e = has_global(&a, &global);
	if (!e && override && !s.override_local_dns && !global)
		e = ERR_NO_NAMESERVER;
	if (!e)
		e = put_bool(&a, "magic_dns", s.magic_dns, magic_dns);
	if (!e)
		e = put_bool(&a, "override_local_dns", s.override_local_dns,
			override);
	return end(&a, e);
}

enum err
tailnet_dns_domain(struct db *db, const char *domain, const char *actor,
	int64_t now, struct arena *mem, const char **why)
{
	struct settings s = { .url = NULL };
	struct act a;
	enum err e = begin(&a, db, actor, now);

	*why = err_words(e ? e : ERR_DB);
	if (!e)
		e = settings_load(db, a.rule.mem, &s);
	domain = domain_lower(mem, domain);
	if (!e && strcmp(s.dns_domain, domain) != 0)
		e = settings_store(db, "dns_domain", domain, now, mem, why);
	if (!e)
		changes_text(&a.changes, "base_domain", s.dns_domain, domain);
	return end(&a, e);
}

enum err
tailnet_dns_domain_try(struct db *db, const char *domain, struct arena *mem,
	const char **out, const char **why)
{
	struct rule r;
	enum err e = rule_begin(&r, db);

	*why = err_words(e);
	domain = domain_lower(mem, domain);
	if (!e)
		e = settings_store(db, "dns_domain", domain, 0, mem, why);
	if (!e)
		*out = domain;
	/* Taken back in any case. */
	e = rule_end(&r, e ? e : ERR_CHANGED);
	return e == ERR_CHANGED ? ERR_OK : e;
}

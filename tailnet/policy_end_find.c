/* Whom a word of people stands for. */
#include <string.h>
#include <strings.h>

#include "base/list.h"
#include "base/text.h"
#include "db/node.h"
#include "db/node_name.h"
#include "db/user.h"
#include "policy/places.h"
#include "policy/policy.h"
#include "policy/range.h"
#include "tailnet/policy_ends.h"
#include "tailnet/policy_world.h"
#include "tailnet/settings.h"

/* NULL: any. */
struct choose {
	const char *name, *tag, *autogroup;
	const struct range *range; /* that holds an address of it */
	const int64_t *users;      /* NULL: any */
	size_t user_count;
};

static bool
is_within(const struct range *r, const struct machine *m)
{
	for (size_t i = 0; i < m->face_count; i++)
		if (range_holds(*r, m->faces[i].addr))
			return true;
	return false;
}

static bool
is_chosen(const struct choose *c, const struct node_name *n,
	const struct machine *m, struct arena *mem)
{
	struct json_texts tags = { NULL, 0 };
	bool named;

	if (c->autogroup)
		return !autogroup_names(c->autogroup, m, &named) && named;
	if (c->range)
		return is_within(c->range, m);
	if (c->name)
		return true; /* no others were read */
	if (c->tag)
		return strstr(n->tags, c->tag) &&
		       !json_texts_parse(n->tags, mem, &tags) &&
		       list_has(&tags, c->tag);
	for (size_t i = 0; i < c->user_count; i++)
		if (n->user_id == c->users[i])
			return true;
	return !c->users;
}

static enum err
choose(struct db *db, struct engine *e, const struct choose *c,
	struct arena *mem, struct policy_end *out)
{
	struct policy_point *at;
	struct node_name *nodes;
	size_t count;
	enum err err =
		c->name ? db_node_names_of(db, c->name, mem, &nodes, &count)
			: db_node_names(db, mem, &nodes, &count);

	if (err)
		return err;
	at = arena_array(mem, count + 1, sizeof(*at));
	out->at = at;
	out->count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct machine *m = engine_machine(e, nodes[i].id);

		if (m && m->face_count && is_chosen(c, &nodes[i], m, mem))
			at[out->count++] = (struct policy_point){ nodes[i].name,
				m->faces[0].addr, m->id };
	}
	return ERR_OK;
}

static enum err
take_address(struct engine *e, struct addr a, struct arena *mem,
	struct policy_end *out)
{
	const struct machine *m = engine_machine_of(e, a);
	struct policy_point *at = arena_alloc(mem, sizeof(*at));

	*at = (struct policy_point){ out->word, a, m ? m->id : 0 };
	out->at = at;
	out->count = 1;
	return ERR_OK;
}

/* A name of `hosts`: an address, the machines in a subnet, or what is behind
 * its router: that stands by its last address, as places do. */
static enum err
take_host(struct db *db, struct engine *e, const struct policy_host *host,
	struct arena *mem, struct policy_end *out)
{
	enum err err = ERR_OK;

	if (!range_is_single(host->range))
		err = choose(db, e, &(struct choose){ .range = &host->range },
			mem, out);
	return err || out->count ? err
				 : take_address(e, host->range.last, mem, out);
}

static enum err
take_autogroup(struct db *db, struct engine *e, struct arena *mem,
	struct policy_end *out)
{
	const struct machine none = { .tags = { NULL, 0 } };
	struct addr internet;
	bool named;

	if (strcmp(out->word, "autogroup:internet") == 0 &&
		addr_parse(PLACE_INTERNET, &internet) == ERR_OK)
		return take_address(e, internet, mem, out);
	if (autogroup_names(out->word, &none, &named))
		return ERR_NOT_FOUND;
	return choose(
		db, e, &(struct choose){ .autogroup = out->word }, mem, out);
}

/* Without the domain of the tailnet behind it. */
static enum err
short_name(struct db *db, const char *word, struct arena *mem, const char **out)
{
	struct settings s;
	size_t len = strlen(word), tail;
	enum err err =
		strchr(word, '.') ? settings_load(db, mem, &s) : ERR_NOT_FOUND;

	*out = word;
	if (err)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	len -= len && word[len - 1] == '.';
	tail = strlen(s.dns_domain);
	if (tail && len > tail + 1 && word[len - tail - 1] == '.' &&
		strncasecmp(word + len - tail, s.dns_domain, tail) == 0)
		*out = arena_printf(mem, "%.*s", (int)(len - tail - 1), word);
	return ERR_OK;
}

/* People whose login, or name, is among the words. */
static enum err
take_people(struct db *db, struct engine *e, const struct json_texts *words,
	struct arena *mem, struct policy_end *out)
{
	struct user *users;
	struct choose c = { .users = NULL };
	int64_t *ids;
	size_t count;
	enum err err = db_users(db, mem, &users, &count);

	if (err)
		return err;
	c.users = ids = arena_array(mem, count + 1, sizeof(*ids));
	for (size_t i = 0; i < count; i++)
		if (list_has(words, policy_login(mem, &users[i])) ||
			list_has(words, users[i].name))
			ids[c.user_count++] = users[i].id;
	if (!c.user_count &&
		strchr(words->count ? words->at[0] : "", '@') == NULL)
		return ERR_NOT_FOUND;
	return choose(db, e, &c, mem, out);
}

static enum err
take_group(struct db *db, struct engine *e, struct arena *mem,
	struct policy_end *out)
{
	const struct policy *p = engine_policy(e);
	size_t alias = policy_alias(p, out->word);
	const struct json_texts none = { NULL, 0 };

	if (alias == SIZE_MAX)
		return ERR_NOT_FOUND;
	if (!p->aliases[alias].logins.count) {
		out->count = none.count;
		return ERR_OK;
	}
	return take_people(db, e, &p->aliases[alias].logins, mem, out);
}

/* By one of the names that people give: a machine's, a host's, their own. */
static enum err
find_named(struct db *db, struct engine *e, const char *word, struct arena *mem,
	struct policy_end *out)
{
	const struct policy_host *host = policy_host(engine_policy(e), word);
	struct json_texts words = { &word, 1 };
	struct choose name = { .name = NULL };
	enum err err = short_name(db, word, mem, &name.name);

	if (!err)
		err = choose(db, e, &name, mem, out);
	if (err || out->count)
		return err;
	return host ? take_host(db, e, host, mem, out)
		    : take_people(db, e, &words, mem, out);
}

static enum err
find(struct db *db, struct engine *e, const char *word, struct arena *mem,
	struct policy_end *out)
{
	struct addr a;

	if (addr_parse(word, &a) == ERR_OK)
		return take_address(e, a, mem, out);
	if (text_starts(word, "tag:"))
		return choose(db, e, &(struct choose){ .tag = word }, mem, out);
	if (text_starts(word, "group:"))
		return take_group(db, e, mem, out);
	if (text_starts(word, "autogroup:"))
		return take_autogroup(db, e, mem, out);
	return find_named(db, e, word, mem, out);
}

/* A machine that waits for approval is not in the network yet. */
static const char *
trouble_of(struct db *db, const char *word, bool known, struct arena *mem)
{
	struct node n;

	if (text_starts(word, "autogroup:") && !known)
		return arena_printf(mem,
			"\"%s\" is no autogroup that names machines", word);
	if (!known && !db_node_by_name(db, word, mem, &n))
		return arena_printf(mem,
			n.unapproved ? "\"%s\" waits for the approval of an "
				       "admin and is not in the network yet"
				     : "\"%s\" has no address",
			word);
	return arena_printf(mem,
		known ? "\"%s\" names no machine"
		      : "\"%s\" is no machine, address, user, tag, group or "
			"host",
		word);
}

enum err
policy_end_find(struct db *db, struct engine *e, const char *word,
	struct arena *mem, struct policy_end *out)
{
	enum err err;

	*out = (struct policy_end){ .word = word };
	err = find(db, e, word, mem, out);
	if (err == ERR_NOT_FOUND || (!err && !out->count))
		out->trouble = trouble_of(db, word, !err, mem);
	return err;
}

enum err
policy_end_all(struct db *db, struct engine *e, struct arena *mem,
	struct policy_end *out)
{
	*out = (struct policy_end){ .word = "" };
	return choose(db, e, &(struct choose){ .name = NULL }, mem, out);
}

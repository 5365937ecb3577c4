#include <inttypes.h>
#include <string.h>

#include "db/machine_list.h"
#include "db/path_list.h"
#include "db/words.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/network_page.h"

static const struct column columns[] = {
	{ "Machine", "name", NULL },
	{ "Now", NULL, NULL },
	{ "Home relay", NULL, NULL },
	{ "Paths", NULL, NULL },
};

/* ---- a row ---- */

/* What the client found of its own network: this server sees no path. */
static const char *
direct_words(const struct path_row *p)
{
	if (p->working_udp == OPT_FALSE)
		return "Relayed: no UDP gets out of its network";
	if (p->mapping_varies == OPT_TRUE)
		return "Direct to most; relayed to others behind a hard NAT "
		       "like its own";
	if (p->working_udp == OPT_TRUE)
		return "Direct, wherever the other side lets it";
	return "Not known: it has not said";
}

static const char *
relay_words(struct request *r, struct arena *mem, const struct path_row *p)
{
	if (!p->home_derp)
		return "none";
	return p->home_derp == r->settings->relay_region_id
		       ? "this server"
		       : arena_printf(mem, "region %" PRId64, p->home_derp);
}

static const char *
now_words(const struct path_row *p)
{
	return p->online ? "online" : "offline";
}

static enum err
show_row(struct request *r, struct list *l, int64_t id)
{
	struct path_row p;
	enum err e = db_path_by_id(r->db, id, r->mem, &p);

	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e; /* it went just now */
	list_row(r, l, id, NULL,
		arena_printf(r->mem, "/admin/machines/%" PRId64, id), p.name);
	list_cell_text(r, l, now_words(&p));
	list_cell_text(r, l, relay_words(r, r->mem, &p));
	list_cell_text(r, l, direct_words(&p));
	list_row_end(r);
	return ERR_OK;
}

/* ---- which ones ---- */

/* Ids of this page, in their order. */
struct found {
	int64_t *ids;
	size_t count;
};

struct search {
	struct request *r;
	const char *q;
	struct arena *mem; /* of one row */
	struct found out;
	size_t room;
};

/* As the list of machines is searched, and by what stands in the row. */
static void
take_match(const struct path_row *p, void *arg)
{
	struct search *s = arg;
	const char *const texts[] = { p->name, p->hostname, p->owner,
		p->owner_name, p->tags, p->ipv4, p->ipv6, now_words(p),
		relay_words(s->r, s->mem, p), direct_words(p) };

	if (s->out.count < s->room &&
		words_match(s->q, texts, sizeof(texts) / sizeof(texts[0])))
		s->out.ids[s->out.count++] = p->id;
	arena_reset(s->mem);
}

/* All that match are looked at, those of the page are kept. */
static enum err
find_words(struct request *r, struct list *l, struct found *out)
{
	struct search s = {
		.r = r, .q = l->q, .mem = arena_new(), .room = (size_t)l->total
	};
	size_t skip;
	enum err e;

	s.out.ids = arena_array(r->mem, s.room + 1, sizeof(*s.out.ids));
	e = db_paths_each(r->db, l->descending, take_match, &s);
	arena_free(s.mem);
	l->matching = (int64_t)s.out.count;
	skip = (size_t)list_skip(l);
	*out = (struct found){ s.out.ids + skip, (size_t)list_shown(l) };
	return e;
}

static enum err
find(struct request *r, struct list *l, struct found *out)
{
	enum err e = db_machine_count(r->db, 0, &l->total);

	if (e)
		return e;
	if (*l->q)
		return find_words(r, l, out);
	l->matching = l->total;
	return db_machines_by_name(r->db, l->descending, list_skip(l),
		LIST_ROWS, r->mem, &out->ids, &out->count);
}

/* ---- the list ---- */

static enum err
show_list(struct request *r, struct list *l, const struct found *f)
{
	enum err e = ERR_OK;

	list_begin(r, l);
	if (list_table(r, l)) {
		for (size_t i = 0; !e && i < f->count; i++)
			e = show_row(r, l, f->ids[i]);
		list_end(r, l);
	} else if (!list_is_filtered(l)) {
		network_show_empty(r);
	}
	return e;
}

enum err
network_paths_show(struct request *r)
{
	struct list l = { .id = "paths",
		.path = NETWORK_PAGE,
		.view = { "view", "paths" },
		.one = "machine",
		.many = "machines",
		.columns = columns,
		.column_count = sizeof(columns) / sizeof(columns[0]),
		.sort = "name" };
	struct found found;
	enum err e;

	list_take(r, &l);
	e = find(r, &l, &found);
	if (e)
		return e;
	html_element(r, "p",
		"Machines go through their home relay until they found a way "
		"that is direct; which one they use they tell each other, not "
		"this server. What each found of its own network:");
	return show_list(r, &l, &found);
}

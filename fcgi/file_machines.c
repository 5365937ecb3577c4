/*
 * file_machines.c: the list of machines as a file to save.
 */
#include "fcgi/export.h"
#include "fcgi/machines_find.h"
#include "fcgi/pages_machines.h"

static const char *const fields[] = { "id", "name", "hostname", "owner", "tags",
	"ipv4", "ipv6", "os", "os_version", "version", "state", "last_seen",
	"online_since", "expires", "created", "ephemeral", "ssh",
	"routes_advertised", "routes_approved" };

struct asked {
	struct list l;
	struct machine_search s;
};

static enum err
write_row(struct export *x, const struct machine_row *m)
{
	export_int(x, m->id);
	export_text(x, m->name);
	export_text(x, m->hostname);
	export_text(x, m->owner);
	export_texts(x, m->tags);
	export_text(x, m->ipv4);
	export_text(x, m->ipv6);
	export_text(x, m->os);
	export_text(x, m->os_version);
	export_text(x, m->version);
	export_text(x, machine_state_word(m->state));
	export_time(x, m->last_seen);
	export_time(x, m->online_since);
	export_time(x, m->expires_at);
	export_time(x, m->created_at);
	export_bool(x, m->ephemeral);
	export_bool(x, m->ssh);
	export_texts(x, m->advertised);
	export_texts(x, m->approved);
	return export_row(x);
}

static enum err
write_rows(struct export *x, void *arg)
{
	struct request *r = x->r;
	struct asked *a = arg;
	struct machines_found found = { .whole = true };
	struct machine_row m;
	enum err e = machines_search(r, &a->l, &a->s, &found);

	for (size_t i = 0; !e && i < found.count; i++) {
		e = db_machine_row(r->db, found.ids[i], r->now, x->mem, &m);
		if (!e)
			e = write_row(x, &m);
	}
	return e;
}

enum err
file_machines(struct request *r)
{
	struct asked *a = arena_array(r->mem, 1, sizeof(*a));

	machines_take(r, &a->l, &a->s);
	return export_reply(
		r, &(struct export_of){ .what = "machines",
			   .list = &a->l,
			   .fields = fields,
			   .count = sizeof(fields) / sizeof(fields[0]),
			   .rows = write_rows,
			   .arg = a });
}

#include <inttypes.h>

#include "db/live.h"
#include "db/node.h"
#include "fcgi/html.h"
#include "fcgi/network_page.h"
#include "fcgi/policy_show.h"
#include "proto/tailcfg.h"

enum {
	ROWS_MAX = 200, /* shown */
};

/* What the client found of its own network: this server sees no path. */
static const char *
direct_words(struct request *r, const struct live *l)
{
	struct tailcfg_hostinfo h = { .net_info = NULL };
	const struct tailcfg_net_info *net;

	if (!l || !l->hostinfo)
		return "Not known: it has not said";
	if (tailcfg_hostinfo_decode(
		    (struct json_raw){ l->hostinfo }, r->mem, &h) ||
		!h.net_info)
		return "Not known: it has not said";
	net = h.net_info;
	if (net->working_udp == OPT_FALSE)
		return "Relayed: no UDP gets out of its network";
	if (net->mapping_varies == OPT_TRUE)
		return "Direct to most; relayed to others behind a hard NAT "
		       "like its own";
	if (net->working_udp == OPT_TRUE)
		return "Direct, wherever the other side lets it";
	return "Not known: it has not said";
}

static const char *
relay_words(struct request *r, const struct live *l)
{
	if (!l || !l->home_derp)
		return "none";
	return l->home_derp == r->settings->relay_region_id
		       ? "this server"
		       : arena_printf(r->mem, "region %" PRId64, l->home_derp);
}

static void
show_row(struct request *r, const struct node *n, const struct live *l)
{
	html_begin(r, "tr");
	policy_first_begin(r, "Machine");
	html_link(r, arena_printf(r->mem, "/admin/machines/%" PRId64, n->id),
		n->name);
	html_end(r);
	policy_cell(r, "Now", l && l->online ? "online" : "not online");
	policy_cell(r, "Home relay", relay_words(r, l));
	policy_cell(r, "Paths", direct_words(r, l));
	html_end(r);
}

enum err
network_paths_show(struct request *r)
{
	static const char *const heads[] = { "Machine", "Now", "Home relay",
		"Paths" };
	struct node *nodes;
	struct live *lives;
	size_t count, live_count, at = 0;
	enum err e = db_nodes(r->db, r->mem, &nodes, &count);

	if (!e)
		e = db_lives(r->db, r->mem, &lives, &live_count);
	if (e)
		return e;
	html_element(r, "p",
		"Machines go through their home relay until they found a way "
		"that is direct; which one they use they tell each other, not "
		"this server. What each found of its own network:");
	policy_table(r, "paths", heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < count && i < ROWS_MAX; i++) {
		while (at < live_count && lives[at].node_id < nodes[i].id)
			at++;
		show_row(r, &nodes[i],
			at < live_count && lives[at].node_id == nodes[i].id
				? &lives[at]
				: NULL);
	}
	html_end(r);
	html_end(r);
	if (count > ROWS_MAX)
		html_element(r, "p",
			arena_printf(r->mem,
				"%zu more machines are not shown; each says so "
				"on its own page.",
				count - ROWS_MAX));
	return ERR_OK;
}

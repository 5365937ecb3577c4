#include "fcgi/machine_facts.h"

#include <inttypes.h>
#include <string.h>

#include "base/own_net.h"
#include "base/text.h"
#include "db/audit.h"
#include "fcgi/html.h"
#include "fcgi/machine_show.h"
#include "fcgi/machine_where.h"
#include "tailnet/derpmap.h"

enum {
	KEY_SHOWN = 12,     /* characters of a key behind its prefix */
	ENDPOINTS_MAX = 32, /* shown */
	SEEN_NOW_SECONDS = 60,
};

static enum err
or_nothing(enum err e)
{
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* As the worker knows it (worker/machine_map.c). */
static bool
is_here(const struct machine_facts *k)
{
	struct own_net own;

	if (!k->noise.id || k->noise.ended_at)
		return false;
	own_net_read(&own);
	return own_net_holds(&own, k->noise.address, k->live.endpoints);
}

enum err
machine_facts_read(
	struct request *r, const struct node *n, struct machine_facts *k)
{
	struct primaries primaries;
	enum err e;

	*k = (struct machine_facts){ .n = n,
		.own = machine_where(r)->own,
		.live = { .endpoints = "[]" } };
	e = db_machine_row(r->db, n->id, r->now, r->mem, &k->row);
	if (!e)
		e = machine_primaries(r, &k->row, 1, &primaries);
	if (!e)
		k->standby = machine_stands_by(&k->row, &primaries);
	if (!e)
		e = or_nothing(db_live_by_node(r->db, n->id, r->mem, &k->live));
	if (!e)
		e = or_nothing(db_noise_session_newest(
			r->db, &n->machine_key, r->mem, &k->noise));
	if (!e)
		e = db_nodes_of_machine(r->db, &n->machine_key, r->mem,
			&k->same, &k->same_count);
	if (!e)
		e = machine_asks_load(r, n, &k->asks);
	if (!e)
		e = machine_world_open(r, n, &k->world);
	if (e)
		return e;
	k->world.own = k->own;
	k->world.here = is_here(k);
	/* It was checked when it came; what does not fit shows less. */
	if (tailcfg_hostinfo_decode(
		    (struct json_raw){
			    k->live.hostinfo ? k->live.hostinfo : n->hostinfo },
		    r->mem, &k->host))
		k->host = (struct tailcfg_hostinfo){ 0 };
	return ERR_OK;
}

/* The row of a fact whose value follows. */
void
machine_fact(struct request *r, const char *name, const char *words)
{
	html_element(r, "dt", words);
	html_begin(r, "dd", "data-fact", name);
}

static void
text_fact(struct request *r, const char *name, const char *words,
	const char *value)
{
	html_fact(r, name, words, value && *value ? value : "unknown");
}

static void
time_fact(struct request *r, const char *name, const char *words, int64_t at,
	const char *none)
{
	machine_fact(r, name, words);
	if (at)
		html_time(r, at);
	else
		html_text(r, none);
	html_end(r);
}

static void
address_fact(struct request *r, const char *name, const char *words,
	const char *address)
{
	if (!address)
		return;
	machine_fact(r, name, words);
	html_begin(r, "code", "id", arena_printf(r->mem, "fact-%s", name));
	html_text(r, address);
	html_end(r);
	html_text(r, " ");
	show_copy(r, arena_printf(r->mem, "fact-%s", name), address);
	html_end(r);
}

/* The start of a key, and behind it the whole. */
static void
key_fact(struct request *r, const char *name, const char *words,
	enum key_kind kind, const struct key *key)
{
	const char *id = arena_printf(r->mem, "fact-%s", name);
	const char *text = key_text(r->mem, kind, key);

	machine_fact(r, name, words);
	if (key_is_zero(key)) {
		html_text(r, "not known");
		html_end(r);
		return;
	}
	html_begin(r, "details");
	html_begin(r, "summary");
	html_textf(r, "%.*s", KEY_SHOWN, strchr(text, ':') + 1);
	html_end(r);
	html_begin(r, "code", "id", id);
	html_text(r, text);
	html_end(r);
	html_text(r, " ");
	show_copy(r, id, words);
	html_end(r);
	html_end(r);
}

/* "user:3" as "ann in the browser". */
static const char *
registered_words(struct request *r, const struct node *n)
{
	const char *by = n->registered_by;
	const char *name = NULL;
	int64_t id = 0;

	if (strcmp(n->register_method, "authkey") == 0) {
		name = db_audit_name(
			r->db, r->mem, "preauth-key", n->preauth_key_id);
		return name ? arena_printf(
				      r->mem, "by key hskey-auth-%s…", name)
			    : "by a key that is gone";
	}
	if (strcmp(n->register_method, "cli") == 0)
		return "by the command line";
	if (text_starts(by, "user:") && !text_int(by + strlen("user:"), &id))
		name = db_audit_name(r->db, r->mem, "user", id);
	return name ? arena_printf(r->mem, "by %s in the browser", name)
		    : "in the browser";
}

static void
show_names(struct request *r, const struct machine_facts *k)
{
	const char *domain =
		r->settings->magic_dns ? r->settings->dns_domain : "";

	html_fact(r, "name", "Name", k->n->name);
	text_fact(r, "hostname", "Host name", k->n->hostname);
	if (*domain)
		html_fact(r, "fqdn", "Full name",
			arena_printf(r->mem, "%s.%s", k->n->name, domain));
}

static void
show_software(struct request *r, const struct machine_facts *k)
{
	const struct tailcfg_hostinfo *h = &k->host;

	text_fact(r, "os", "System",
		h->os && h->os_version
			? arena_printf(r->mem, "%s %s", h->os, h->os_version)
			: h->os);
	if (h->distro && *h->distro)
		html_fact(r, "distro", "Distribution",
			arena_printf(r->mem, "%s %s", h->distro,
				h->distro_version ? h->distro_version : ""));
	text_fact(r, "version", "Client", h->ipn_version);
	html_fact(r, "capver", "Capability version",
		arena_printf(r->mem, "%" PRId64,
			k->live.capver ? k->live.capver : k->n->capver));
}

/* A machine that signed in again as somebody else's is there twice. */
static void
show_same(struct request *r, const struct machine_facts *k)
{
	for (size_t i = 0; i < k->same_count; i++) {
		const struct node *other = &k->same[i];

		if (other->id == k->n->id)
			continue;
		html_begin(r, "p", "class", "same");
		html_text(r, "The same machine is also there as ");
		html_link(r,
			arena_printf(
				r->mem, "/admin/machines/%" PRId64, other->id),
			other->name);
		html_text(r, ".");
		html_end(r);
	}
}

void
machine_summary_show(struct request *r, const struct machine_facts *k)
{
	html_begin(r, "section", "id", "summary", "data-swap", "", "data-state",
		machine_state_word(k->row.state));
	html_element(r, "h2", "Summary");
	html_begin(r, "dl");
	machine_fact(r, "state", "State");
	show_state(r, &k->row);
	show_badges(r, &k->row, k->standby);
	html_end(r);
	machine_fact(r, k->n->user_id ? "owner" : "tags",
		k->n->user_id ? "Owner" : "Tags");
	show_owner(r, &k->row);
	html_end(r);
	show_names(r, k);
	address_fact(r, "ipv4", "IPv4", k->n->ipv4);
	address_fact(r, "ipv6", "IPv6", k->n->ipv6);
	show_software(r, k);
	html_fact(r, "ephemeral", "Ephemeral", k->n->ephemeral ? "yes" : "no");
	time_fact(r, "created", "Created", k->n->created_at, "");
	html_fact(r, "registered", "Registered", registered_words(r, k->n));
	html_end(r);
	if (!k->own)
		show_same(r, k);
	html_end(r);
}

void
machine_key_show(struct request *r, const struct machine_facts *k)
{
	html_begin(r, "section", "id", "key", "data-swap", "");
	html_element(r, "h2", "Key");
	html_begin(r, "dl");
	machine_fact(r, "expires", "Expires");
	show_expiry(r, &k->row);
	html_end(r);
	time_fact(r, "signed-in", "Last sign-in", k->n->signed_in_at,
		"not known");
	key_fact(r, "machine-key", "Machine key", KEY_MACHINE,
		&k->n->machine_key);
	key_fact(r, "node-key", "Node key", KEY_NODE, &k->n->node_key);
	key_fact(r, "disco-key", "Disco key", KEY_DISCO, &k->live.disco_key);
	html_end(r);
	html_end(r);
}

static const char *
yes_no(enum opt_bool b)
{
	return b == OPT_TRUE ? "yes" : b == OPT_FALSE ? "no" : "unknown";
}

static void
show_latencies(struct request *r, const struct tailcfg_net_info *net)
{
	const struct tailcfg_latency *at = net->latency.at;

	if (!net->latency.count)
		return;
	machine_fact(r, "latencies", "Latency by relay");
	for (size_t i = 0; i < net->latency.count && i < ENDPOINTS_MAX; i++)
		html_textf(r, "%s%s: %.0f ms", i ? ", " : "",
			at[i].region ? at[i].region : "?",
			at[i].seconds * 1000);
	html_end(r);
}

static void
show_network(struct request *r, const struct machine_facts *k)
{
	const struct tailcfg_net_info *net = k->host.net_info;

	if (!net)
		return;
	show_latencies(r, net);
	html_fact(r, "mapping-varies", "NAT mapping varies",
		yes_no(net->mapping_varies));
	html_fact(r, "udp", "UDP", yes_no(net->working_udp));
	html_fact(r, "ipv6-works", "IPv6 to the internet",
		yes_no(net->working_ipv6));
	html_fact(r, "port-mapping", "Port mapping",
		net->upnp == OPT_TRUE || net->pmp == OPT_TRUE ||
				net->pcp == OPT_TRUE || net->have_port_map
			? "yes"
			: "no");
}

static void
show_endpoints(struct request *r, const struct machine_facts *k)
{
	struct json_texts l = { NULL, 0 };

	(void)json_texts_parse(k->live.endpoints, r->mem, &l);
	machine_fact(r, "endpoints", "Endpoints");
	if (!l.count)
		html_text(r, "none");
	for (size_t i = 0; i < l.count && i < ENDPOINTS_MAX; i++) {
		html_begin(r, "div");
		html_element(r, "code", l.at[i]);
		html_end(r);
	}
	html_end(r);
}

static void
show_noise(struct request *r, const struct noise_session *s)
{
	char hash[2 * sizeof(s->hash) + 1];

	if (!s->id)
		return;
	text_hex(hash, s->hash, sizeof(s->hash));
	machine_fact(r, "noise", "Control session");
	html_text(r, "began ");
	html_time(r, s->started_at);
	html_textf(r, ", version %" PRId64 ", handshake ", s->capver);
	html_element(r, "code", hash);
	if (s->ended_at) {
		html_text(r, ", ended ");
		html_time(r, s->ended_at);
	}
	html_end(r);
}

static void
show_relay(struct request *r, int64_t region)
{
	html_fact(r, "relay", "Home relay",
		region == r->settings->relay_region_id ? "this server"
		: region ? arena_printf(r->mem, "region %" PRId64, region)
			 : "none");
}

/* "8 s ago" would grow on an open page, for nothing is told of each look. */
static bool
is_seen_now(const struct request *r, const struct machine_facts *k)
{
	return k->live.online && r->now - k->live.last_seen <= SEEN_NOW_SECONDS;
}

void
machine_connection_show(struct request *r, const struct machine_facts *k)
{
	/* An expired one may still hold its connection, and reaches nothing. */
	bool online = k->row.state == MACHINE_ONLINE;

	html_begin(r, "section", "id", "connection", "data-swap", "");
	html_element(r, "h2", "Connection");
	html_begin(r, "dl");
	time_fact(r, "online-since", "Came online",
		online ? k->live.online_since : 0,
		online ? "not known" : "not online");
	if (is_seen_now(r, k))
		text_fact(r, "last-seen", "Last seen", "now");
	else
		time_fact(r, "last-seen", "Last seen", k->live.last_seen,
			"never");
	text_fact(r, "seen-from", "Seen from", k->noise.address);
	if (!k->own)
		machine_ping_show(r, &k->asks);
	show_endpoints(r, k);
	show_relay(r, k->live.home_derp);
	show_network(r, k);
	show_noise(r, &k->noise);
	html_end(r);
	html_end(r);
}

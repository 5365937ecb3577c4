#include "tailnet/derpmap.h"

#include <limits.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/buf.h"
#include "base/ip.h"
#include "base/own.h"
#include "base/text.h"
#include "tailnet/derpmap_read.h"

enum {
	MAP_MAX = 2 * POLICY_TEXT_MAX + 4 * 1024 * 1024,
};

bool
derpmap_self_signed(const char *home, char hash[65])
{
	unsigned char digest[32];
	char path[PATH_MAX];
	unsigned len = 0;
	bool own = false;
	X509 *cert;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/tls/cert.pem", home);
	f = fopen(path, "re");
	if (!f)
		return false;
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	(void)fclose(f);
	if (!cert)
		return false;
	if (X509_NAME_cmp(X509_get_subject_name(cert),
		    X509_get_issuer_name(cert)) == 0 &&
		X509_digest(cert, EVP_sha256(), digest, &len) == 1) {
		text_hex(hash, digest, sizeof(digest));
		own = true;
	}
	X509_free(cert);
	return own;
}

const char *
derpmap_own_pin(const struct settings *s, const char *home, struct arena *mem)
{
	const char *host;
	char hash[65];
	int64_t port;
	bool https;

	settings_url_parts(s, mem, &host, &port, &https);
	if ((https && port != s->https_port) ||
		!derpmap_self_signed(home, hash))
		return "";
	return arena_strdup(mem, hash);
}

/* Rows. */

static enum err
read_maps(struct arena *mem, struct derpmap_rows *rows)
{
	rows->maps =
		arena_array(mem, rows->source_count + 1, sizeof(*rows->maps));
	for (size_t i = 0; i < rows->source_count; i++) {
		const char *text = rows->sources[i].map, *why;

		/* It was good when it was stored; what newer rules refuse
		 * counts as not there. */
		(void)derpmap_read(
			(struct bytes){ (const void *)text, strlen(text) },
			DERPMAP_OWN, mem, &rows->maps[i], &why);
	}
	return ERR_OK;
}

enum err
derpmap_rows_load(struct db *db, struct arena *mem, struct derpmap_rows *out)
{
	struct derpmap_rows rows = { .added_count = 0 };
	enum err e = db_derp_regions(db, mem, &rows.added, &rows.added_count);

	if (!e)
		e = db_derp_sources(db, mem, &rows.sources, &rows.source_count);
	if (!e)
		e = db_derp_hidden(db, mem, &rows.hidden, &rows.hidden_count);
	if (!e)
		e = read_maps(mem, &rows);
	if (!e)
		*out = rows;
	return e;
}

/* Regions. */

static void
give_address(struct tailcfg_derp_node *n, const char *host, const char *listen)
{
	static const uint8_t any[16];
	struct ip ip;

	n->ipv4 = n->ipv6 = "";
	if (ip_parse(host, &ip) && ip_parse(listen, &ip))
		return;
	if (memcmp(ip.bytes, any, sizeof(any)) == 0)
		return; /* a wildcard says nothing */
	n->ipv4 =
		ip.family == 4 ? (ip_parse(host, &ip) ? listen : host) : "none";
	n->ipv6 =
		ip.family == 6 ? (ip_parse(host, &ip) ? listen : host) : "none";
}

static struct tailcfg_derp_node *
one_node(struct arena *mem, struct tailcfg_derp_region *region)
{
	struct tailcfg_derp_node *n = arena_array(mem, 1, sizeof(*n));

	n->name = arena_printf(mem, "%llda", (long long)region->id);
	n->region_id = region->id;
	n->cert_name = n->stun_test_ip = "";
	region->nodes = (struct json_objects){ n, 1 };
	return n;
}

static void
own_entry(const struct settings *s, const char *pin, struct arena *mem,
	struct derpmap_entry *out)
{
	struct tailcfg_derp_node *n;
	const char *host;
	int64_t port;
	bool https;

	settings_url_parts(s, mem, &host, &port, &https);
	*out = (struct derpmap_entry){ .from = DERPMAP_FROM_OWN, .pin = pin };
	out->region.id = s->relay_region_id;
	out->region.code = s->relay_code;
	out->region.name = s->relay_name;
	n = one_node(mem, &out->region);
	n->host_name = host;
	n->stun_port = s->stun_port;
	n->derp_port = https ? port : s->https_port;
	give_address(n, host, s->listen);
}

/* A literal address names its own family, and has no other. */
static const char *
address_or(const char *given, const char *host, int family)
{
	struct ip ip;

	if (*given || ip_parse(host, &ip))
		return given;
	return ip.family == family ? host : "none";
}

static void
added_entry(const struct derp_region *row, struct arena *mem,
	struct derpmap_entry *out)
{
	struct tailcfg_derp_node *n;

	*out = (struct derpmap_entry){ .from = DERPMAP_FROM_ADDED,
		.no_token = !row->token_at,
		.pin = row->cert };
	out->region.id = row->id;
	out->region.code = row->code;
	out->region.name = row->name;
	n = one_node(mem, &out->region);
	n->host_name = row->host;
	n->ipv4 = address_or(row->ipv4, row->host, 4);
	n->ipv6 = address_or(row->ipv6, row->host, 6);
	n->stun_port = row->stun_port ? row->stun_port : -1;
	n->derp_port = row->port;
}

static bool
is_hidden(const struct derpmap_rows *rows, int64_t id)
{
	for (size_t i = 0; i < rows->hidden_count; i++)
		if (rows->hidden[i] == id)
			return true;
	return false;
}

/* In the place of one of the same id. */
static void
put_entry(struct derpmap_list *l, const struct derpmap_rows *rows,
	const struct derpmap_entry *entry)
{
	size_t i = 0;

	while (i < l->count && l->at[i].region.id != entry->region.id)
		i++;
	l->at[i] = *entry;
	l->at[i].hidden = is_hidden(rows, entry->region.id);
	l->count += i == l->count;
}

static int
by_id(const void *a, const void *b)
{
	const struct derpmap_entry *x = a, *y = b;

	return (x->region.id > y->region.id) - (x->region.id < y->region.id);
}

static void
put_source(struct derpmap_list *l, const struct derpmap_rows *rows, size_t at)
{
	const struct tailcfg_derp_region *regions = rows->maps[at].regions.at;

	for (size_t i = 0; i < rows->maps[at].regions.count; i++)
		put_entry(l, rows,
			&(struct derpmap_entry){ .from = DERPMAP_FROM_SOURCE,
				.source = &rows->sources[at],
				.pin = "",
				.region = regions[i] });
}

static size_t
most_entries(const struct derpmap_rows *rows)
{
	size_t most = rows->added_count + 1;

	for (size_t i = 0; i < rows->source_count; i++)
		most += rows->maps[i].regions.count;
	return most;
}

void
derpmap_list(const struct settings *s, const struct derpmap_rows *rows,
	const char *own_pin, struct arena *mem, struct derpmap_list *out)
{
	struct derpmap_list l = { .at = arena_array(mem, most_entries(rows) + 1,
					  sizeof(*l.at)) };
	struct derpmap_entry e;

	for (size_t i = 0; i < rows->source_count; i++)
		put_source(&l, rows, i);
	for (size_t i = 0; i < rows->added_count; i++) {
		added_entry(&rows->added[i], mem, &e);
		put_entry(&l, rows, &e);
	}
	if (s->relay_enabled) {
		own_entry(s, own_pin, mem, &e);
		put_entry(&l, rows, &e);
	}
	qsort(l.at, l.count, sizeof(*l.at), by_id);
	for (size_t i = 0; i < l.count; i++)
		l.shown += !l.at[i].hidden;
	*out = l;
}

const struct derpmap_entry *
derpmap_find(const struct derpmap_list *list, int64_t id)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->at[i].region.id == id)
			return &list->at[i];
	return NULL;
}

/* Names. */

struct name {
	UT_hash_handle hh;
	char text[];
};

/* False if it was taken before. */
static bool
take_name(struct name **names, const char *text)
{
	size_t len = strlen(text);
	struct name *n;

	HASH_FIND(hh, *names, text, len, n);
	if (n)
		return false;
	n = own_alloc(sizeof(*n) + len + 1);
	memcpy(n->text, text, len + 1);
	HASH_ADD_KEYPTR(hh, *names, n->text, len, n);
	return true;
}

static void
drop_names(struct name *names)
{
	struct name *n, *next;

	HASH_ITER(hh, names, n, next)
	{
		HASH_DEL(names, n);
		free(n);
	}
}

/* Those of the policy stay as they are written. */
static void
take_policy_names(
	struct name **names, const struct policy_relays *p, struct arena *mem)
{
	for (size_t i = 0; i < p->region_count; i++) {
		struct tailcfg_derp_region region = { .id = 0 };
		const char *text = p->regions[i].json;
		const struct tailcfg_derp_node *nodes;

		if (!text || json_decode((struct bytes){ (const void *)text,
						 strlen(text) },
				     &tailcfg_derp_region_table, mem, &region))
			continue;
		nodes = region.nodes.at;
		for (size_t k = 0; k < region.nodes.count; k++)
			if (nodes[k].name)
				(void)take_name(names, nodes[k].name);
	}
}

static void
name_nodes(struct name **names, struct derpmap_entry *e, struct arena *mem)
{
	size_t count = e->region.nodes.count;
	const struct tailcfg_derp_node *from = e->region.nodes.at;
	struct tailcfg_derp_node *to = arena_array(mem, count, sizeof(*to));

	for (size_t i = 0; i < count; i++) {
		const char *name = from[i].name;

		to[i] = from[i];
		for (int n = 1; !take_name(names, name); n++)
			name = n == 1 ? arena_printf(mem, "%lld-%s",
						(long long)e->region.id,
						from[i].name)
				      : arena_printf(mem, "%lld-%s-%d",
						(long long)e->region.id,
						from[i].name, n);
		to[i].name = name;
	}
	e->region.nodes.at = to;
}

/* Those that win have the first word: the own one, those added by hand, then
 * sources, the later ones first. */
static void
name_all(struct derpmap_list *l, const struct derpmap_rows *rows,
	const struct policy_relays *policy, struct arena *mem)
{
	struct name *names = NULL;

	take_policy_names(&names, policy, mem);
	for (int from = DERPMAP_FROM_OWN; from <= DERPMAP_FROM_ADDED; from++)
		for (size_t i = 0; i < l->count; i++)
			if ((int)l->at[i].from == from)
				name_nodes(&names, &l->at[i], mem);
	for (size_t s = rows->source_count; s > 0; s--)
		for (size_t i = 0; i < l->count; i++)
			if (l->at[i].source == &rows->sources[s - 1])
				name_nodes(&names, &l->at[i], mem);
	drop_names(names);
}

/* The map. */

/* What the policy says of a region: *stays false if it is gone or replaced. */
static bool
policy_leaves(const struct policy_relays *p, int64_t id)
{
	if (p->omit_default)
		return false;
	for (size_t i = 0; i < p->region_count; i++)
		if (p->regions[i].id == id)
			return false;
	return true;
}

static size_t
policy_regions(const struct policy_relays *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->region_count; i++)
		count += p->regions[i].json != NULL;
	return count;
}

/* How the certificate of a pinned one is told to newer and older clients. */
static void
put_region(struct buf *b, const struct derpmap_entry *e, bool pins,
	struct arena *mem)
{
	struct tailcfg_derp_region region = e->region;
	struct tailcfg_derp_node *n = region.nodes.at;

	if (*e->pin) {
		n->cert_name =
			pins ? arena_printf(mem, "sha256-raw:%s", e->pin) : "";
		n->insecure_for_tests = !pins;
	}
	buf_putf(b, "\"%lld\":", (long long)region.id);
	json_encode(b, &tailcfg_derp_region_table, &region);
}

static const char *
map_json(struct arena *mem, const struct derpmap_list *l,
	const struct policy_relays *policy, bool pins)
{
	const char *comma = "";
	struct buf b;

	buf_init(&b, mem, MAP_MAX);
	buf_puts(&b, "{\"Regions\":{");
	for (size_t i = 0; i < l->count; i++) {
		buf_puts(&b, comma);
		put_region(&b, &l->at[i], pins, mem);
		comma = ",";
	}
	for (size_t i = 0; i < policy->region_count; i++) {
		const struct policy_region *r = &policy->regions[i];

		if (!r->json)
			continue;
		buf_putf(&b, "%s\"%lld\":%s", comma, (long long)r->id, r->json);
		comma = ",";
	}
	buf_puts(&b, "}");
	if (policy->home_params)
		buf_putf(&b, ",\"HomeParams\":%s", policy->home_params);
	buf_puts(&b,
		policy->omit_default ? ",\"omitDefaultRegions\":true}" : "}");
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

/* Those that are sent beside the policy's. */
static void
pick(const struct settings *s, const char *pin,
	const struct policy_relays *policy, struct arena *mem,
	struct derpmap_list *l)
{
	size_t count = 0;

	for (size_t i = 0; i < l->count; i++)
		if (!l->at[i].hidden &&
			policy_leaves(policy, l->at[i].region.id))
			l->at[count++] = l->at[i];
	if (!count && !policy_regions(policy))
		own_entry(s, pin, mem, &l->at[count++]);
	l->count = count;
}

void
derpmap_make(const struct settings *s, const struct derpmap_rows *rows,
	const struct policy_relays *policy, const char *home, struct arena *mem,
	const char **old, const char **new)
{
	const char *pin = derpmap_own_pin(s, home, mem);
	struct derpmap_list l;

	derpmap_list(s, rows, pin, mem, &l);
	pick(s, pin, policy, mem, &l);
	name_all(&l, rows, policy, mem);
	*old = map_json(mem, &l, policy, false);
	*new = map_json(mem, &l, policy, true);
}

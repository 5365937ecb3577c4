#include "tailnet/snapdns.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/engine.h"
#include "tailnet/dnsconfig.h"
#include "tailnet/dnsview.h"
#include "tailnet/snapedit.h"
#include "tailnet/snapsee.h"

/* What a class of viewers is told: clients that know UseWithExitNode, or those
 * that do not. */
struct dns_common {
	uint64_t gen; /* of COMMON_DNS; 0: not made yet */
	char *json;
	size_t len;
	uint8_t print[DNS_PRINT_SIZE];
};

struct snap_dns {
	struct arena *mem;
	struct dns_rows rows;
	struct dns_common commons[2];
};

void
snap_dns_free(struct snapshot *s)
{
	if (!s->dns)
		return;
	for (size_t i = 0; i < 2; i++)
		free(s->dns->commons[i].json);
	arena_free(s->dns->mem);
	free(s->dns);
	s->dns = NULL;
}

enum err
snap_dns_load(struct snapshot *s, struct db *db)
{
	struct snap_dns *fresh = own_alloc(sizeof(*fresh));
	enum err e;

	fresh->mem = arena_new();
	e = dns_rows_load(db, fresh->mem, &fresh->rows);
	if (e) {
		arena_free(fresh->mem);
		free(fresh);
		return e;
	}
	snap_dns_free(s);
	s->dns = fresh;
	s->commons[COMMON_DNS] = ++s->gen;
	return ERR_OK;
}

static bool
is_followed(const struct snapshot *s, int64_t id)
{
	const struct dns_rows *rows = &s->dns->rows;

	if (!rows->follows)
		return false;
	for (size_t i = 0; i < rows->name_count; i++)
		if (rows->names[i].node_id == id)
			return true;
	return false;
}

void
snap_dns_node(struct snapshot *s, struct snap_node *n)
{
	if (!s->dns || (!s->dns->rows.follows && !s->dns->rows.nextdns))
		return;
	if (is_followed(s, n->id))
		s->commons[COMMON_DNS] = ++s->gen;
	snap_touch(s, n, ASPECT_DNS);
}

struct asking {
	struct snapshot *s;
	const struct snap_node *viewer;
	struct arena *mem;
};

static const char *
address_of(void *arg, int64_t node_id, bool six)
{
	const struct asking *a = arg;
	const struct snap_node *n = snapshot_node(a->s, node_id);

	if (!n || (n != a->viewer && !snap_sees_node(a->s, a->viewer, n)))
		return NULL;
	return dnsview_address(
		a->s->engine, a->viewer->id, node_id, six, a->mem);
}

static void
make(struct snapshot *s, struct buf *out, const struct map_viewer *v)
{
	struct arena *mem = arena_new();
	struct asking a = { s, v->node, mem };
	struct dns_view view = {
		.capver = v->capver, .address = address_of, .arg = &a
	};

	if (s->dns->rows.nextdns)
		dnsview_device(s->engine, v->node->id, v->node->hostname,
			v->node->hostinfo, mem, &view);
	dnsconfig_put(out, &s->dns->rows, &s->settings, &view);
	arena_free(mem);
}

static void
print_of(const struct buf *b, size_t from, uint8_t out[DNS_PRINT_SIZE])
{
	(void)crypto_generichash(
		out, DNS_PRINT_SIZE, b->bytes + from, b->len - from, NULL, 0);
}

/* NULL: each viewer's is its own, for records that follow machines, and for
 * NextDNS. */
static struct dns_common *
common_of(struct snapshot *s, const struct map_viewer *v)
{
	if (s->dns->rows.follows || s->dns->rows.nextdns)
		return NULL;
	return &s->dns->commons[v->capver >= EXIT_DNS_CAPVER];
}

/* Made for the first viewer of its class after each change. */
static void
put_common(struct snapshot *s, struct buf *out, const struct map_viewer *v,
	struct dns_common *c)
{
	size_t from = out->len;

	if (c->gen == s->commons[COMMON_DNS]) {
		buf_put(out, c->json, c->len);
		return;
	}
	make(s, out, v);
	free(c->json);
	c->len = out->len - from;
	c->json = own_alloc(c->len);
	memcpy(c->json, out->bytes + from, c->len);
	print_of(out, from, c->print);
	c->gen = s->commons[COMMON_DNS];
}

void
snap_dns_put(struct snapshot *s, struct buf *out, const struct map_viewer *v)
{
	struct dns_common *c = common_of(s, v);
	size_t from = out->len;

	if (c)
		put_common(s, out, v, c);
	else
		make(s, out, v);
	if (v->held && c)
		memcpy(v->held->dns, c->print, sizeof(c->print));
	else if (v->held)
		print_of(out, from, v->held->dns);
}

bool
snap_dns_may_differ(
	const struct snapshot *s, const struct map_viewer *v, uint64_t from)
{
	return s->commons[COMMON_DNS] > from ||
	       v->node->changed[ASPECT_DNS] > from;
}

bool
snap_dns_put_change(struct snapshot *s, struct buf *out,
	const struct map_viewer *v, uint64_t from)
{
	uint8_t before[DNS_PRINT_SIZE];

	if (!snap_dns_may_differ(s, v, from))
		return false;
	if (!v->held) {
		snap_dns_put(s, out, v);
		return true;
	}
	memcpy(before, v->held->dns, sizeof(before));
	snap_dns_put(s, out, v);
	return memcmp(before, v->held->dns, sizeof(before)) != 0;
}

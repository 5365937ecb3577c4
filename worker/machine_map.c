#include "worker/machine_map.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ip.h"
#include "base/log.h"
#include "db/retired.h"
#include "proto/tailcfg.h"
#include "tailnet/hostview.h"
#include "tailnet/mapresp.h"
#include "worker/endpoints.h"
#include "worker/fanout.h"
#include "worker/inner.h"
#include "worker/now.h"
#include "worker/presence.h"

enum {
	OWN_NET_MS = 5000, /* it is looked at anew after that */
};

/* The node that the request is about: its node key and the session's machine
 * key must belong together (DESIGN 1.1). */
static struct snap_node *
find(struct stream *st, const struct key *node_key)
{
	struct worker *w = st->session->worker;
	struct snap_node *n = snapshot_node_by_key(w->snap, node_key);

	if (!n) {
		worker_catch_up(w);
		n = snapshot_node_by_key(w->snap, node_key);
	}
	if (n && !key_equal(&n->machine_key, &st->session->machine_key))
		return NULL;
	return n;
}

static bool
is_listen_loopback(const struct worker *w)
{
	struct ip ip;

	return !ip_parse(w->snap->settings.listen, &ip) && ip_is_loopback(&ip);
}

static struct snap_soft
soft_of(struct stream *st, const struct tailcfg_map_request *q)
{
	struct worker *w = st->session->worker;
	struct arena *mem = w->scratch;
	struct snap_soft soft = { .capver = q->version };

	if (!q->stream || q->endpoints.count)
		soft.endpoints = endpoints_normal(
			mem, &q->endpoints, is_listen_loopback(w));
	if (q->disco_key && *q->disco_key &&
		key_parse(KEY_DISCO, q->disco_key, &soft.disco_key))
		memset(&soft.disco_key, 0, sizeof(soft.disco_key));
	if (!q->hostinfo)
		return soft;
	if (q->hostinfo->net_info)
		soft.home_derp = q->hostinfo->net_info->preferred_derp;
	if (soft.home_derp < 0 || soft.home_derp > 65535)
		soft.home_derp = 0;
	soft.host = hostview_of(mem, q->hostinfo);
	soft.hostinfo = q->hostinfo_raw.text;
	return soft;
}

static void
take_soft(struct stream *st, struct snap_node *n,
	const struct tailcfg_map_request *q)
{
	struct worker *w = st->session->worker;
	struct snap_soft soft = soft_of(st, q);

	w->counters.lite_updates++;
	if (!snapshot_soft(w->snap, n, &soft, now_held()))
		w->counters.lite_noop++;
}

static void
see_host(struct stream *st, struct snap_node *n)
{
	static struct own_net own;
	static int64_t read_ms = -OWN_NET_MS;

	if (clock_now_ms() - read_ms >= OWN_NET_MS) {
		own_net_read(&own);
		read_ms = clock_now_ms();
	}
	snapshot_on_server(st->session->worker->snap, n, &own,
		own_net_holds(&own, st->session->address, n->endpoints));
}

static bool
same_list(const struct json_texts *list, const char *stored, struct arena *mem)
{
	struct json_texts other;

	if (json_texts_parse(stored ? stored : "[]", mem, &other) ||
		other.count != list->count)
		return false;
	for (size_t i = 0; i < list->count; i++) {
		bool found = false;

		for (size_t k = 0; !found && k < other.count; k++)
			found = strcmp(list->at[i], other.at[k]) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* Hostname, routes and tags outlive us: a handler writes them. */
static bool
is_durable_news(struct stream *st, const struct snap_node *n,
	const struct tailcfg_map_request *q)
{
	struct arena *mem = st->session->worker->scratch;
	const struct tailcfg_hostinfo *h = q->hostinfo;

	if (!h)
		return false;
	return (h->hostname && *h->hostname &&
		       strcmp(h->hostname, n->hostname) != 0) ||
	       !same_list(&h->routable_ips, n->routes, mem) ||
	       !same_list(&h->request_tags, n->requested_tags, mem);
}

/* The handler has stored what lasts; the rest is told now. */
static void
durable_done(struct stream *st, const struct cgi_answer *a)
{
	struct worker *w = st->session->worker;
	struct bytes body = { st->body, st->body_len };
	struct tailcfg_map_request q = { 0 };
	struct snap_node *n;
	struct key node_key;

	if (!a || a->status != 200) {
		inner_forward(st, a);
		return;
	}
	if (!tailcfg_map_decode(body, w->scratch, &q) &&
		!key_parse(KEY_NODE, q.node_key, &node_key) &&
		(n = find(st, &node_key))) {
		n->fresh_live = true;
		take_soft(st, n, &q);
		see_host(st, n);
	}
	stream_answer(st, 200, NULL, 0, NULL, 0);
	arena_reset(w->scratch);
}

static void
hash_of(const struct stream *st, uint8_t out[TOLD_SIZE])
{
	crypto_generichash(out, TOLD_SIZE, st->body, st->body_len, NULL, 0);
}

/* Clients repeat themselves: an update that is byte for byte the one that was
 * taken last says nothing, and is not even parsed. */
static bool
is_repeated(const struct stream *st)
{
	struct worker *w = st->session->worker;
	const struct stream *map = st->session->map;
	struct snap_node *n = map && map->node_id
				      ? snapshot_node(w->snap, map->node_id)
				      : NULL;
	uint8_t told[TOLD_SIZE];

	if (!n || n->stream != map)
		return false;
	hash_of(st, told);
	return memcmp(told, n->told, sizeof(told)) == 0;
}

static void
lite_update(struct stream *st, struct snap_node *n,
	const struct tailcfg_map_request *q)
{
	if (is_durable_news(st, n, q)) {
		if (dispatch_limited(st))
			return;
		inner_submit(st, "", durable_done);
		return;
	}
	n->fresh_live = true;
	take_soft(st, n, q);
	see_host(st, n);
	hash_of(st, n->told);
	stream_answer(st, 200, NULL, 0, NULL, 0);
}

static void
push(void *arg, struct blob *b)
{
	stream_push(arg, b);
}

static void
one_shot(struct stream *st, struct snap_node *n,
	const struct tailcfg_map_request *q)
{
	struct map_viewer v = { .node = n,
		.capver = q->version,
		.plain = st->plain,
		.exact = true };

	stream_begin(st);
	if (n->hidden)
		stream_push(st, mapresp_shut_out(st->session->worker->snap, &v,
					now_held()));
	else
		mapresp_full(
			st->session->worker->snap, &v, now_held(), push, st);
	stream_end(st);
}

/* A newer stream replaces an older one, of the same node or of the same tunnel.
 */
static void
replace(struct stream *old)
{
	if (!old)
		return;
	fanout_remove(old);
	if (old->session->map == old)
		old->session->map = NULL;
	stream_end(old);
}

static void
start_stream(struct stream *st, const struct key *node_key, int64_t capver)
{
	st->node_key = *node_key;
	st->capver = capver;
	stream_begin(st);
	replace(st->session->map);
	st->session->map = st;
	fanout_add(st);
}

static void
long_poll(struct stream *st, struct snap_node *n,
	const struct tailcfg_map_request *q)
{
	struct worker *w = st->session->worker;

	if (!n->fresh_live)
		take_soft(st, n, q);
	replace(n->stream);
	see_host(st, n);
	st->node_id = n->id;
	n->stream = st;
	start_stream(st, &n->node_key, q->version);
	if (!n->online)
		log_event(LOG_INFO, "node online", "node",
			log_int((long long)n->id), "name", n->name, "session",
			log_int((long long)st->session->id));
	snapshot_online(w->snap, n, true, now_held());
	fanout_pay(st);
}

/* A key that was retired, of this machine: its client is asked to log in. */
static bool
farewell(struct stream *st, const struct tailcfg_map_request *q,
	const struct key *node_key)
{
	struct worker *w = st->session->worker;
	struct retired_key old;

	if (db_retired_by_key(w->db, node_key, w->scratch, &old) ||
		!key_equal(&old.machine_key, &st->session->machine_key))
		return false;
	if (!q->stream) {
		stream_answer(st, 200, NULL, 0, NULL, 0);
		return true;
	}
	st->node_id = old.node_id;
	start_stream(st, node_key, q->version);
	st->farewell = true;
	stream_push(st, mapresp_farewell(w->snap, st->plain, old.node_id,
				old.name, node_key));
	wheel_set(&st->session->timer, KEEPALIVE_SECONDS);
	session_pump(st->session);
	return true;
}

static void
refuse(struct stream *st, int status, const char *words)
{
	if (worker_may_log(clock_now_ms()))
		log_event(LOG_INFO, "map request refused", "session",
			log_int((long long)st->session->id), "why", words);
	stream_words(st, status, words);
}

static void
answer(struct stream *st, const struct tailcfg_map_request *q)
{
	struct snap_node *n;
	struct key node_key;

	if (q->version < TAILCFG_CAPVER_MIN) {
		refuse(st, 400,
			"unsupported client version: 1.80 or newer is "
			"needed");
		return;
	}
	if (!q->node_key || key_parse(KEY_NODE, q->node_key, &node_key)) {
		refuse(st, 400, "the node key is malformed");
		return;
	}
	st->plain = !q->compress || strcmp(q->compress, "zstd") != 0;
	n = find(st, &node_key);
	if (!n) {
		if (!farewell(st, q, &node_key))
			refuse(st, 404, "node not found");
	} else if (q->stream) {
		long_poll(st, n, q);
	} else if (q->omit_peers) {
		lite_update(st, n, q);
	} else {
		one_shot(st, n, q);
	}
}

void
machine_map(struct stream *st)
{
	struct worker *w = st->session->worker;
	struct bytes body = { st->body, st->body_len };
	struct tailcfg_map_request q = { 0 };

	if (is_repeated(st)) {
		w->counters.lite_updates++;
		w->counters.lite_noop++;
		stream_answer(st, 200, NULL, 0, NULL, 0);
		return;
	}
	if (tailcfg_map_decode(body, w->scratch, &q))
		refuse(st, 400,
			"the map request is not valid JSON, or past "
			"its limits");
	else
		answer(st, &q);
	arena_reset(w->scratch);
}

void
machine_map_gone(struct stream *st)
{
	struct worker *w = st->session->worker;
	struct snap_node *n =
		st->node_id ? snapshot_node(w->snap, st->node_id) : NULL;

	fanout_remove(st);
	if (st->session->map == st)
		st->session->map = NULL;
	if (n && n->stream == st) {
		n->stream = NULL;
		presence_left(w, n);
	}
}

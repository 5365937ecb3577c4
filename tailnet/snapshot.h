/*
 * snapshot.h: the tailnet in memory, as the worker sees it.
 *
 * Loaded once in one read transaction, moved forward by the change log, and by
 * the soft state that clients tell (endpoints, disco key, home DERP, presence).
 * It is the only thing that map messages are made from.
 *
 * Time in it is the generation, a number that grows with each visible change.
 * Each node remembers for each aspect at which generation it changed last, and
 * the nodes stand in a list by their last change.  So a session that holds one
 * number, the generation it was sent, owes exactly what changed since: a slow
 * client costs no queue, and sessions that stand at the same number share the
 * same bytes (docs/adr/0001).
 */
#ifndef TAILNET_SNAPSHOT_H
#define TAILNET_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uthash.h>

#include "base/blob.h"
#include "base/own_net.h"
#include "db/change.h"
#include "db/db.h"
#include "db/live.h"
#include "proto/key.h"
#include "tailnet/settings.h"
#include "tailnet/snapids.h"

enum {
	CHUNK_NODES = 64,       /* peers in one compressed frame */
	CHUNK_FRAMES = 8,       /* kept of a chunk: what kinds of viewers see */
	SOFT_BURST = 10,        /* soft updates of a node at once … */
	SOFT_PAUSE_SECONDS = 5, /* … then one in so many seconds */
	CAP_SOURCES_FROM = 64,  /* addresses: policy/engine.h */
	ANNOUNCE_TICKS = 3, /* a new node that says nothing is told of then */
	TOLD_SIZE = 16,     /* of a hash */
};

/* What may change of a node. */
enum aspect {
	ASPECT_WHOLE, /* anything a patch cannot say: a full peer */
	ASPECT_ENDPOINTS,
	ASPECT_DERP,
	ASPECT_ONLINE,
	ASPECT_KEY,
	ASPECT_DISCO,
	ASPECT_EXPIRY,
	ASPECT_CAPS,   /* what others are told that it can do */
	ASPECT_SELF,   /* from here on they are nobody's but its own: itself */
	ASPECT_PEERS,  /* whom it may see */
	ASPECT_ROUTES, /* what it gets of those that carry routes */
	ASPECT_FILTER,
	ASPECT_SSH,
	ASPECT_DNS, /* its DNSConfig may differ: tailnet/snapdns */
	ASPECTS,
};

/* What all sessions share. */
enum common {
	COMMON_DNS,
	COMMON_DERP_OLD, /* the map of clients before DERP_PIN_CAPVER */
	COMMON_DERP_NEW,
	COMMON_USERS,
	COMMON_DOMAIN,
	COMMON_VERSION, /* the newest of clients that is known */
	COMMONS,
};

struct derpmap_rows;
struct engine;
struct snap_dns;
struct snap_node;
TAILQ_HEAD(snap_list, snap_node);
TAILQ_HEAD(snap_owned, snap_node);

struct snap_user {
	int64_t id;
	char *login, *display_name, *picture_url;
	uint64_t gen;            /* of the last change of the profile */
	struct snap_owned owned; /* profiles without a node are not sent */
	UT_hash_handle hh;
};

struct snap_node {
	int64_t id, user_id; /* user_id 0: tagged */
	struct key machine_key, node_key, disco_key;
	char *name, *tags, *ipv4, *ipv6, *hostname, *endpoints;
	char *routes, *approved_routes, *requested_tags;
	char *primary_routes; /* JSON list: it was elected for them */
	enum routing routing;
	char *custom;       /* as node.attributes */
	char *peer_caps;    /* JSON; "" if there are none */
	uint64_t owned_gen; /* when it became its owner's */
	char *host;         /* what peers see of the hostinfo, JSON */
	char *hostinfo;     /* the newest whole hostinfo, JSON */
	int64_t row_capver; /* as the row has it: of its last registration */
	int64_t home_derp, capver, created_at, expires_at, last_seen;
	int64_t online_since; /* 0: it is not, or not known */
	int64_t settled_at;   /* when it was found to be offline; 0: before */
	bool online, ephemeral;
	bool over;        /* its key has expired, as of the last tick */
	bool hidden;      /* unapproved: no peer hears of it, nor it of any */
	bool on_server;   /* its tunnel comes from this very host */
	bool routes_wait; /* it advertises some that are not approved */
	bool untagged;    /* it asks for tags that it does not have */
	bool special;     /* viewers get more or less than its addresses */
	bool only_ipv6; /* it has no IPv4 address for others, nor they for it */
	bool live_dirty; /* node_live must be written */
	uint64_t stored; /* hash of what pages show of node_live */
	bool fresh_live; /* this worker had a lite update of it */
	/* Hash of the lite update that was taken last; zero once anything else
	 * may have changed what it said. */
	uint8_t told[TOLD_SIZE];
	/* Hash of the addresses and routes that it was told of itself. */
	uint8_t own_record[TOLD_SIZE];
	uint64_t changed[ASPECTS];
	uint64_t gen;      /* the last change that peers see */
	unsigned deferred; /* aspects that wait for a token */
	int unannounced;   /* ticks until peers hear of it; 0: they did */
	int64_t tokens, tokens_at;
	void *stream;    /* the worker's map stream of it, or NULL */
	int64_t left_ms; /* when the last one ended, monotonic */
	TAILQ_ENTRY(snap_node) recent;  /* newest change first */
	TAILQ_ENTRY(snap_node) waiting; /* with deferred aspects */
	TAILQ_ENTRY(snap_node) dirty;   /* with live_dirty */
	TAILQ_ENTRY(snap_node) owned;   /* of its owner, unless hidden */
	TAILQ_ENTRY(snap_node) specials;
	UT_hash_handle by_id, by_key;
};

/* Some peers of a chunk compressed, with some of their records as only some
 * viewers get them, as of a generation.  What patches can tell of the peers in
 * `behind` is newer. */
struct snap_frame {
	uint64_t peers, records;
	struct blob *blob; /* NULL: none */
	uint64_t gen, behind;
	size_t patched; /* patches that were sent for want of a newer frame */
};

struct snap_chunk {
	int64_t number; /* node id / CHUNK_NODES */
	size_t count;
	struct snap_node *at[CHUNK_NODES]; /* id % CHUNK_NODES; none hidden */
	uint64_t there, special;           /* a bit for each of them */
	/* Their JSON side by side, each after a comma, and where each ends;
	 * what it still says of a peer with its bit in `stale` is old. */
	struct blob *text;
	uint32_t end[CHUNK_NODES];
	uint64_t stale;
	struct snap_frame frames[CHUNK_FRAMES];
	size_t next_frame;
};

/* What changed between two generations, for tailnet/mapdelta. */
struct snap_changed {
	uint64_t from, to;
	struct snap_ids nodes, users;
};

/* A message that many sessions want, up to generation `to`. */
struct snap_delta {
	uint64_t to;
	struct snap_ids key;
	struct blob *message;
};

/* A message of that text, for tailnet/mapshared. */
struct snap_shared {
	char *text;
	size_t len;
	bool plain;
	struct blob *message; /* NULL: none */
};

/* The frame of the profiles of those users. */
struct snap_profiles {
	struct snap_ids users;
	struct blob *frame;
};

enum {
	PROFILES_CACHE = 16,
	DELTA_CACHE = 32,
	SHARED_CACHE = 4, /* classes of viewers in most networks */
	DELTA_LISTS = 4,
};

typedef void snapshot_elected(
	const struct snap_node *n, const char *route, bool wins);

struct snapshot {
	struct settings settings;
	struct arena *settings_mem;
	struct arena *scratch; /* of one text that is copied at its end */
	const char *home;
	int64_t seq; /* of the last change that was applied */
	uint64_t gen;
	uint64_t commons[COMMONS];
	struct snap_node *by_id, *by_key;
	struct snap_user *users;
	struct snap_list recent, waiting, dirty;
	struct snap_chunk **chunks; /* by number */
	size_t chunk_count, node_count, hidden_count, online_count;
	uint64_t peers_gen; /* when one was taken from peers last */
	uint64_t forgotten; /* what changed up to here is not known */
	struct snap_profiles profiles[PROFILES_CACHE];
	size_t next_profiles;
	struct snap_dns *dns;     /* tailnet/snapdns; NULL: not loaded */
	struct engine *engine;    /* tailnet/snappolicy */
	size_t cap_sources_from;  /* CAP_SOURCES_FROM, but in tests */
	bool policy_asks;         /* for attributes of machines */
	int64_t attributes_until; /* the first that ends does then; 0: none */
	struct snap_owned specials;
	struct own_net own_net; /* what nodes on this host keep */
	/* Told of each election; may be NULL. */
	snapshot_elected *elected;
	struct arena *record_mem; /* of one record */
	struct snap_owned tagged; /* their owner's profile is sent like a
				   * user's */
	struct snap_changed changed;
	struct snap_ids lists[DELTA_LISTS], delta_key;
	struct snap_delta deltas[DELTA_CACHE];
	size_t delta_next;
	struct snap_shared shared[SHARED_CACHE];
	size_t shared_next;
	char *derp_old, *derp_new; /* JSON of the two DERP maps (DESIGN 4) */
	struct arena *relays_mem;  /* of `relays` */
	struct derpmap_rows *relays;
};

struct snapshot *snapshot_new(const char *home);
void snapshot_free(struct snapshot *s);

/* Rows, soft state and the last seq in one read transaction.  Nodes that
 * node_live calls online count as online: the caller ends that after a grace.
 */
enum err snapshot_load(struct snapshot *s, struct db *db);

/* Called for each change after it was applied. */
typedef void snapshot_seen(void *arg, const struct change *c);

/* Applies the log after s->seq, whole.  A log that was pruned past s->seq is
 * loaded anew. */
enum err snapshot_catch_up(
	struct snapshot *s, struct db *db, snapshot_seen *seen, void *arg);

struct snap_node *snapshot_node(struct snapshot *s, int64_t id);
/* It will be asked for soon. */
void snapshot_fetch(const struct snapshot *s, int64_t id);
struct snap_node *snapshot_node_by_key(
	struct snapshot *s, const struct key *node_key);
struct snap_user *snapshot_user(struct snapshot *s, int64_t id);

/* What a client says of itself that need not survive.  NULL or zero members
 * are not told: they leave what is known. */
struct snap_soft {
	const char *endpoints; /* normal JSON list */
	struct key disco_key;
	int64_t home_derp, capver;
	const char *host;     /* projection for peers, JSON */
	const char *hostinfo; /* whole, JSON */
};

/* Whether anything differed.  Peers hear at once while the node has tokens,
 * then once in SOFT_PAUSE_SECONDS (spec/reliability.md T32).  Clears `told`. */
bool snapshot_soft(struct snapshot *s, struct snap_node *n,
	const struct snap_soft *soft, int64_t now);
/* How many nodes have changes that are deferred, or were not announced yet. */
size_t snapshot_deferred(const struct snapshot *s);
/* Lets deferred changes out whose time has come; once a second. */
void snapshot_tick(struct snapshot *s, int64_t now);

void snapshot_online(
	struct snapshot *s, struct snap_node *n, bool online, int64_t now);

/* It runs on this host, or not: then it keeps the host's networks, whatever
 * routers carry.  Its peers' records follow. */
void snapshot_on_server(struct snapshot *s, struct snap_node *n,
	const struct own_net *own, bool on_server);

/* Hash of what pages show at once: presence, and what it carries. */
uint64_t snapshot_live_print(const struct live *l);

/* What is known of it as a router; a node that comes online is fine. */
void snapshot_routing(
	struct snapshot *s, struct snap_node *n, enum routing routing);
/* Nodes that share a subnet and are online, by id; in `mem`. */
size_t snapshot_rivals(struct snapshot *s, struct arena *mem, int64_t **out);

/* The own certificate, the settings or the policy changed: the DERP maps are
 * made anew. */
void snapshot_derp_refresh(struct snapshot *s);

#endif

/*
 * relays.h: what people do to the relays that machines are told of: the own
 * one, those added by hand, sources of whole maps, what is hidden
 * (spec/pages.md 12.2).
 *
 * Each rule is one transaction with its audit row, relay.changed.  None may
 * leave machines without a region: ERR_LAST_RELAY, whatever a policy adds.  At
 * the end of each the jobs follow (fcgi/job.h): sources that are to be read,
 * regions that are to be tried.
 *
 * A relay on another machine proves to be one by its token.  It is shown once
 * and kept as a hash; with it the relay asks /verify.
 */
#ifndef TAILNET_RELAYS_H
#define TAILNET_RELAYS_H

#include "db/derp.h"
#include "tailnet/derpmap.h"
#include "tailnet/seal.h"

enum {
	RELAY_SOURCES_MAX = 8,
	RELAYS_ADDED_MAX = 64,
	RELAY_PLACE_MAX = 1024, /* bytes of an address or a path */
	RELAY_TOKEN_SECRET_LEN = 43,
	RELAY_FILE_SECONDS = 300, /* a file is looked at so often */
};

#define RELAY_JOB_SOURCE "derp-source" /* about a row of derp_source */
#define RELAY_JOB_TEST   "relay-test"  /* about a region */

/* What the audit row of one's end says. */
#define RELAY_REMOVED "removed"

/* Who does it, for the audit row. */
struct relay_act {
	const char *actor;
	int64_t now;
};

struct relay_own {
	bool enabled;
	int64_t region_id, stun_port;
	const char *code, *name;
};

/* What is wrong and where: `field` as the settings and derp_region have it. */
struct relay_fault {
	const char *field, *why;
};

/* The settings of the own relay.  ERR_BAD_INPUT with *fault; ERR_EXISTS: a
 * relay that was added has that region. */
enum err tailnet_relay_own(struct db *db, const struct relay_own *own,
	const struct relay_act *act, struct arena *mem,
	struct relay_fault *fault);

/* *token, in `mem`, is shown this once.  ERR_BAD_INPUT with *fault, ERR_EXISTS
 * (that region is the own one's or was added already), ERR_TOO_BIG (there are
 * RELAYS_ADDED_MAX). */
enum err tailnet_relay_add(struct db *db, const struct secret *pepper,
	const struct derp_region *r, const struct relay_act *act,
	struct arena *mem, const char **token, struct relay_fault *fault);
/* ERR_NOT_FOUND: no such relay was added by hand. */
enum err tailnet_relay_remove(
	struct db *db, int64_t region, const struct relay_act *act);
/* A new token in the place of the old one, if any. */
enum err tailnet_relay_token_new(struct db *db, const struct secret *pepper,
	int64_t region, const struct relay_act *act, struct arena *mem,
	const char **token);
/* From now on it counts as nobody's.  ERR_NOT_FOUND: it has none. */
enum err tailnet_relay_token_revoke(
	struct db *db, int64_t region, const struct relay_act *act);
/* Of any region that there is, or was hidden.  Nothing is done, and no row
 * written, where it is so already. */
enum err tailnet_relay_hide(struct db *db, int64_t region, bool hidden,
	const struct relay_act *act);

/* An https address, or with `paths` the path of a file or a folder of this
 * machine.  ERR_BAD_INPUT with *fault, ERR_EXISTS, ERR_TOO_BIG. */
enum err tailnet_relay_source_add(struct db *db, const char *place, bool paths,
	const struct relay_act *act, struct arena *mem, int64_t *id,
	struct relay_fault *fault);
enum err tailnet_relay_source_remove(
	struct db *db, int64_t id, const struct relay_act *act);
/* It is read as soon as may be. */
enum err tailnet_relay_source_refresh(
	struct db *db, int64_t id, const struct relay_act *act);
/* These addresses, one a line, and no others; paths stay.  And how often. */
enum err tailnet_relay_sources_set(struct db *db, const char *urls,
	const char *hours, const struct relay_act *act, struct arena *mem,
	struct relay_fault *fault);

/* A source was read: its map is stored if it is another, and whoever follows
 * hears of it.  `map` is text of derpmap_text. */
enum err tailnet_relay_source_read(struct db *db, const struct derp_source *s,
	const char *map, int64_t regions, int64_t now);

/* Which relay the token is of.  ERR_DENIED: of none, in the same time for a
 * wrong secret, a revoked token and an unknown region. */
enum err tailnet_relay_of_token(struct db *db, const struct secret *pepper,
	const char *token, struct arena *mem, struct derp_region *out);

/* Inside the caller's transaction, after any change: refuses to leave no
 * region, and lets jobs follow. */
enum err relays_settle(struct db *db, int64_t now);
/* Rows and settings together. */
enum err relays_list(struct db *db, const char *home, struct arena *mem,
	struct derpmap_rows *rows, struct derpmap_list *list);
/* The same, with how each region answered last, and whose home it is; all in
 * `mem`. */
struct relays_view {
	struct derpmap_rows rows;
	struct derpmap_list list;
	struct derp_test *tests;
	struct derp_homes *homes;
	size_t test_count, home_count;
};
enum err relays_view(struct db *db, const char *home, struct arena *mem,
	struct relays_view *out);
/* NULL: it was not tried yet. */
const struct derp_test *relays_test_of(
	const struct relays_view *v, int64_t region);
/* No machines where nobody is at home. */
struct derp_homes relays_homes_of(const struct relays_view *v, int64_t region);
/* https, a host, no user, no fragment, at most RELAY_PLACE_MAX bytes. */
bool relay_url_is_valid(const char *url);

#endif

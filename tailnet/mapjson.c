#include "tailnet/mapjson.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/own.h"
#include "policy/engine.h"
#include "tailnet/derpmap.h"
#include "tailnet/hostview.h"
#include "tailnet/mapfilter.h"
#include "tailnet/mapmessages.h"
#include "tailnet/maprecord.h"
#include "tailnet/register.h"
#include "tailnet/snapdns.h"
#include "tailnet/ssh_check.h"

enum {
	EXPIRED_BACK_SECONDS = 86400, /* a client's clock may be behind ours */
};

static void
put_member(struct buf *out, const char *name, const char *text)
{
	buf_puts(out, ",\"");
	buf_puts(out, name);
	buf_puts(out, "\":");
	json_put_text(out, text);
}

static void
put_raw(struct buf *out, const char *name, const char *json)
{
	buf_puts(out, ",\"");
	buf_puts(out, name);
	buf_puts(out, "\":");
	buf_puts(out, json);
}

/* A text that needs no escape: a key, a time. */
static void
put_plain(struct buf *out, const char *name, const char *text)
{
	buf_puts(out, ",\"");
	buf_puts(out, name);
	buf_puts(out, "\":\"");
	buf_puts(out, text);
	buf_puts(out, "\"");
}

static void
put_int(struct buf *out, const char *name, int64_t value)
{
	buf_puts(out, ",\"");
	buf_puts(out, name);
	buf_puts(out, "\":");
	json_put_int(out, value);
}

static void
put_time(struct buf *out, const char *name, int64_t at)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(at, text);
	put_plain(out, name, text);
}

static void
put_key(struct buf *out, const char *name, enum key_kind kind,
	const struct key *k)
{
	char text[KEY_TEXT_SIZE];

	key_print(kind, k, text);
	put_plain(out, name, text);
}

/* What self and peers have in common, up to the addresses. */
static void
put_identity(const struct snapshot *s, struct buf *out,
	const struct snap_node *n, int64_t user)
{
	buf_puts(out, "{\"ID\":");
	json_put_int(out, n->id);
	buf_puts(out, ",\"StableID\":\"");
	json_put_int(out, n->id);
	buf_puts(out, "\",\"Name\":\"");
	buf_puts(out, n->name); /* a label and a domain need no escape */
	buf_puts(out, ".");
	buf_puts(out, s->settings.dns_domain);
	buf_puts(out, ".\",\"User\":");
	json_put_int(out, user);
	put_key(out, "Key", KEY_NODE, &n->node_key);
}

static void
put_expiry(struct buf *out, const struct snap_node *n)
{
	if (n->expires_at)
		put_time(out, "KeyExpiry", n->expires_at);
}

static void
put_tags(struct buf *out, const struct snap_node *n)
{
	if (!n->user_id)
		put_raw(out, "Tags", n->tags);
}

static void
put_peer(struct snapshot *s, struct buf *out, const struct snap_node *viewer,
	const struct snap_node *n)
{
	put_identity(s, out, n, n->user_id ? n->user_id : TAGGED_USER_ID);
	put_expiry(out, n);
	if (!key_is_zero(&n->disco_key))
		put_key(out, "DiscoKey", KEY_DISCO, &n->disco_key);
	maprecord_put(s, out, viewer, n);
	put_raw(out, "Hostinfo", n->host);
	put_time(out, "Created", n->created_at);
	put_int(out, "Cap", n->capver);
	put_tags(out, n);
	put_raw(out, "Endpoints", n->endpoints);
	if (n->home_derp)
		put_int(out, "HomeDERP", n->home_derp);
	put_time(out, "LastSeen", n->last_seen ? n->last_seen : n->created_at);
	buf_puts(out, n->online ? ",\"Online\":true}" : ",\"Online\":false}");
}

void
mapjson_put_common(
	struct snapshot *s, struct buf *out, const struct snap_node *n)
{
	put_peer(s, out, NULL, n);
}

void
mapjson_put_peer(struct snapshot *s, struct buf *out,
	const struct snap_node *viewer, const struct snap_node *n)
{
	put_peer(s, out, viewer, n);
}

void
mapjson_patch(struct buf *out, const struct snap_node *n, uint64_t from)
{
	buf_putf(out, "{\"NodeID\":%" PRId64, n->id);
	if (n->changed[ASPECT_DERP] > from)
		put_int(out, "DERPRegion", n->home_derp);
	if (n->changed[ASPECT_ENDPOINTS] > from)
		put_raw(out, "Endpoints", n->endpoints);
	if (n->changed[ASPECT_KEY] > from)
		put_key(out, "Key", KEY_NODE, &n->node_key);
	if (n->changed[ASPECT_DISCO] > from)
		put_key(out, "DiscoKey", KEY_DISCO, &n->disco_key);
	if (n->changed[ASPECT_ONLINE] > from) {
		buf_puts(out,
			n->online ? ",\"Online\":true" : ",\"Online\":false");
		put_time(out, "LastSeen", n->last_seen);
	}
	if (n->changed[ASPECT_CAPS] > from)
		put_raw(out, "CapMap", *n->peer_caps ? n->peer_caps : "{}");
	if (n->changed[ASPECT_EXPIRY] > from)
		put_time(out, "KeyExpiry",
			n->expires_at ? n->expires_at : CLOCK_GO_ZERO);
	buf_puts(out, "}");
}

/* Past for the client too, whatever its clock says. */
static int64_t
seen_expiry(const struct snap_node *n, int64_t now)
{
	if (n->expires_at && n->expires_at <= now &&
		n->expires_at > now - EXPIRED_BACK_SECONDS)
		return now - EXPIRED_BACK_SECONDS;
	return n->expires_at;
}

/* Who waits for approval is not known to the policy, and may do nothing yet. */
static void
put_self_caps(struct snapshot *s, struct buf *out, const struct snap_node *n)
{
	buf_puts(out, ",\"CapMap\":");
	if (n->hidden)
		buf_puts(out, "{}");
	else
		engine_put_caps(s->engine, n->id, out);
}

static void
put_ssh(struct snapshot *s, struct buf *out, const struct snap_node *n)
{
	buf_puts(out, "\"SSHPolicy\":{\"rules\":");
	engine_put_ssh(s->engine, n->id, SSH_HOLD_BASE, out);
	buf_puts(out, "}");
}

static void
put_self(struct snapshot *s, struct buf *out, const struct snap_node *n,
	int64_t now)
{
	struct arena *mem = arena_new();

	put_identity(s, out, n,
		n->user_id ? n->user_id : SELF_TAGGED_USER_ID(n->id));
	if (n->expires_at)
		put_time(out, "KeyExpiry", seen_expiry(n, now));
	put_key(out, "Machine", KEY_MACHINE, &n->machine_key);
	if (!key_is_zero(&n->disco_key))
		put_key(out, "DiscoKey", KEY_DISCO, &n->disco_key);
	maprecord_put(s, out, n, n);
	put_raw(out, "Hostinfo", hostview_of_self(mem, n->hostinfo));
	put_time(out, "Created", n->created_at);
	put_tags(out, n);
	buf_puts(out, n->hidden ? ",\"MachineAuthorized\":false"
				: ",\"MachineAuthorized\":true");
	put_self_caps(s, out, n);
	buf_puts(out, "}");
	arena_free(mem);
}

static void
put_profile(struct buf *out, int64_t id, const char *login,
	const char *display_name, const char *picture_url)
{
	buf_putf(out, "{\"ID\":%" PRId64, id);
	put_member(out, "LoginName", login);
	put_member(out, "DisplayName", display_name);
	if (picture_url && *picture_url)
		put_member(out, "ProfilePicURL", picture_url);
	buf_puts(out, "}");
}

/* Of the viewer itself: as the register reply said it. */
static void
put_own_profile(struct snapshot *s, struct buf *out, const struct snap_node *n)
{
	struct snap_user *u = snapshot_user(s, n->user_id);
	struct arena *mem = arena_new();

	if (u)
		put_profile(
			out, u->id, u->login, u->display_name, u->picture_url);
	else
		put_profile(out, SELF_TAGGED_USER_ID(n->id),
			arena_printf(
				mem, "%s.%s", n->name, s->settings.dns_domain),
			n->name, NULL);
	arena_free(mem);
}

static const char *
derp_for(const struct snapshot *s, const struct map_viewer *v)
{
	return v->capver < DERP_PIN_CAPVER ? s->derp_old : s->derp_new;
}

static bool
derp_changed(
	const struct snapshot *s, const struct map_viewer *v, uint64_t from)
{
	enum common which =
		v->capver < DERP_PIN_CAPVER ? COMMON_DERP_OLD : COMMON_DERP_NEW;

	return s->commons[which] > from;
}

static void
put_domain(const struct snapshot *s, struct buf *out)
{
	const char *title = s->settings.tailnet_name;

	buf_puts(out, "\"Domain\":");
	json_put_text(out, *title ? title : s->settings.dns_domain);
}

void
mapjson_head(struct snapshot *s, struct buf *out, const struct map_viewer *v,
	int64_t now)
{
	buf_puts(out, "{\"Node\":");
	put_self(s, out, v->node, now);
	put_raw(out, "DERPMap", derp_for(s, v));
	buf_puts(out, ",\"DNSConfig\":");
	snap_dns_put(s, out, v);
	buf_puts(out, ",");
	put_domain(s, out);
	buf_puts(out, ",\"CollectServices\":false,");
	mapfilter_put(s, out, v);
	buf_puts(out, ",");
	put_ssh(s, out, v->node);
	if (s->settings.disable_log_tail)
		buf_puts(out, ",\"Debug\":{\"DisableLogTail\":true}");
	(void)mapmessages_put(out, ",", v, now);
	mapmessages_put_version(s, out, ",", v->node, false);
	put_time(out, "ControlTime", now);
	buf_puts(out, ",\"UserProfiles\":[");
	put_own_profile(s, out, v->node);
	buf_puts(out, ",");
}

void
mapjson_profile(struct snapshot *s, struct buf *out, int64_t user_id)
{
	const struct snap_user *u = snapshot_user(s, user_id);

	if (u)
		put_profile(
			out, u->id, u->login, u->display_name, u->picture_url);
	else
		put_profile(out, TAGGED_USER_ID, "tagged-devices",
			"Tagged Devices", NULL);
}

void
mapjson_profiles(
	struct snapshot *s, struct buf *out, const struct snap_ids *users)
{
	for (size_t i = 0; i < users->count; i++) {
		if (i)
			buf_puts(out, ",");
		mapjson_profile(s, out, users->at[i]);
	}
}

bool
mapjson_may_have_self_changes(const struct snapshot *s,
	const struct map_viewer *v, uint64_t from, int64_t now)
{
	return mapmessages_differ(v, now) ||
	       v->node->changed[ASPECT_SELF] > from ||
	       v->node->changed[ASPECT_FILTER] > from ||
	       v->node->changed[ASPECT_SSH] > from ||
	       derp_changed(s, v, from) || s->commons[COMMON_DOMAIN] > from ||
	       s->commons[COMMON_VERSION] > from ||
	       snap_dns_may_differ(s, v, from);
}

/* After a comma, or the brace that opens the message. */
static bool
put_dns_change(struct snapshot *s, struct buf *out, const char *before,
	const struct map_viewer *v, uint64_t from)
{
	size_t len = out->len;

	buf_puts(out, before);
	buf_puts(out, "\"DNSConfig\":");
	if (snap_dns_put_change(s, out, v, from))
		return true;
	out->len = len;
	return false;
}

bool
mapjson_self_changes(struct snapshot *s, struct buf *out,
	const struct map_viewer *v, uint64_t from, int64_t now)
{
	const char *before = "{";

	if (v->node->changed[ASPECT_SELF] > from) {
		buf_puts(out, "{\"Node\":");
		put_self(s, out, v->node, now);
		buf_puts(out, ",\"UserProfiles\":[");
		put_own_profile(s, out, v->node);
		buf_puts(out, "]");
		before = ",";
	}
	if (v->node->changed[ASPECT_FILTER] > from) {
		buf_puts(out, before);
		mapfilter_put_changes(s, out, v);
		before = ",";
	}
	if (v->node->changed[ASPECT_SSH] > from) {
		buf_puts(out, before);
		put_ssh(s, out, v->node);
		before = ",";
	}
	if (derp_changed(s, v, from)) {
		buf_puts(out, before);
		buf_puts(out, "\"DERPMap\":");
		buf_puts(out, derp_for(s, v));
		before = ",";
	}
	if (put_dns_change(s, out, before, v, from))
		before = ",";
	if (s->commons[COMMON_DOMAIN] > from) {
		buf_puts(out, before);
		put_domain(s, out);
		before = ",";
	}
	if (s->commons[COMMON_VERSION] > from) {
		mapmessages_put_version(s, out, before, v->node, true);
		before = ",";
	}
	if (mapmessages_put(out, before, v, now))
		before = ",";
	buf_puts(out, "}");
	return *before == ',';
}

void
mapjson_shut_out(struct snapshot *s, struct buf *out,
	const struct map_viewer *v, int64_t now)
{
	buf_puts(out, "{\"Node\":");
	put_self(s, out, v->node, now);
	put_raw(out, "DERPMap", derp_for(s, v));
	(void)mapmessages_put(out, ",", v, now);
	buf_puts(out, "," MAPFILTER_NOTHING ",\"SSHPolicy\":{"
		      "\"rules\":[]},\"UserProfiles\":[");
	put_own_profile(s, out, v->node);
	buf_puts(out, "]}");
}

void
mapjson_farewell(struct snapshot *s, struct buf *out, int64_t node_id,
	const char *name, const struct key *node_key)
{
	buf_putf(out,
		"{\"Node\":{\"ID\":%" PRId64 ",\"StableID\":\"%" PRId64
		"\",\"Name\":\"",
		node_id, node_id);
	buf_puts(out, name);
	buf_puts(out, ".");
	buf_puts(out, s->settings.dns_domain);
	buf_putf(out, ".\",\"User\":%" PRId64, TAGGED_USER_ID);
	put_key(out, "Key", KEY_NODE, node_key);
	buf_puts(out, ",\"KeyExpiry\":\"1970-01-02T00:00:00Z\",\"Hostinfo\":{},"
		      "\"MachineAuthorized\":true}," MAPFILTER_NOTHING
		      ",\"UserProfiles\":[");
	put_profile(
		out, TAGGED_USER_ID, "tagged-devices", "Tagged Devices", NULL);
	buf_puts(out, "]}");
}

#include "tailnet/mapmessages.h"

#include "base/clock.h"
#include "base/json.h"
#include "proto/tailcfg.h"
#include "tailnet/client_version.h"

enum message {
	MESSAGE_APPROVAL,
	MESSAGE_EXPIRY,
	MESSAGE_ROUTES,
	MESSAGE_TAGS,
	MESSAGES,
};

static const struct {
	const char *id, *title, *severity;
	bool cuts_off;
} messages[] = {
	[MESSAGE_APPROVAL] = { "cairn-approval",
		"This machine waits for approval", "high", true },
	[MESSAGE_EXPIRY] = { "cairn-key-expiry", "The key expires soon",
		"medium", false },
	[MESSAGE_ROUTES] = { "cairn-routes", "A route waits for approval",
		"low", false },
	[MESSAGE_TAGS] = { "cairn-tags", "Tags were not given", "low", false },
};

static bool
expires_soon(const struct snap_node *n, int64_t now)
{
	return n->expires_at > now &&
	       n->expires_at - now <= MESSAGE_EXPIRY_SECONDS;
}

struct map_said
mapmessages_of(const struct snap_node *n, int64_t now)
{
	struct map_said said = { 0, 0 };

	if (n->hidden)
		said.messages |= 1u << MESSAGE_APPROVAL;
	if (n->routes_wait && !n->hidden)
		said.messages |= 1u << MESSAGE_ROUTES;
	if (n->untagged && !n->hidden)
		said.messages |= 1u << MESSAGE_TAGS;
	if (expires_soon(n, now)) {
		said.messages |= 1u << MESSAGE_EXPIRY;
		said.expires_at = n->expires_at;
	}
	return said;
}

static bool
differ(const struct map_said *a, const struct map_said *b)
{
	return a->messages != b->messages || a->expires_at != b->expires_at;
}

bool
mapmessages_differ(const struct map_viewer *v, int64_t now)
{
	struct map_said said;

	if (!v->said)
		return false;
	said = mapmessages_of(v->node, now);
	return differ(&said, v->said);
}

static void
put_text(struct buf *out, enum message m, const struct map_said *said)
{
	char at[CLOCK_TEXT_SIZE];

	switch (m) {
	case MESSAGE_APPROVAL:
		buf_puts(out, "\"An admin has to let it in before it can "
			      "connect.\"");
		break;
	case MESSAGE_EXPIRY:
		clock_text(said->expires_at, at);
		buf_putf(out,
			"\"The key of this machine expires on %.10s at %.5s "
			"UTC. Sign in again before, or ask an admin to move "
			"that.\"",
			at, at + 11);
		break;
	case MESSAGE_TAGS:
		buf_puts(out,
			"\"This machine does not have all tags that it "
			"asks for (--advertise-tags). Tags are given at a "
			"login, to who owns them by the policy: run "
			"'tailscale up --force-reauth' with the same "
			"flags, or ask an admin to tag it.\"");
		break;
	default:
		buf_puts(out, "\"Not all routes that this machine advertises "
			      "are approved: an admin has to do that before "
			      "others use them.\"");
		break;
	}
}

/* Below 117: the whole list. */
static void
put_health(struct buf *out, const struct map_said *said)
{
	const char *before = "";

	buf_puts(out, "\"Health\":[");
	for (enum message m = 0; m < MESSAGES; m++) {
		if (!(said->messages & 1u << m))
			continue;
		buf_puts(out, before);
		put_text(out, m, said);
		before = ",";
	}
	buf_puts(out, "]");
}

static void
put_message(struct buf *out, enum message m, const struct map_said *said)
{
	buf_puts(out, "{\"Title\":");
	json_put_text(out, messages[m].title);
	buf_puts(out, ",\"Text\":");
	put_text(out, m, said);
	buf_putf(out, ",\"Severity\":\"%s\"%s}", messages[m].severity,
		messages[m].cuts_off ? ",\"ImpactsConnectivity\":true" : "");
}

/* Each that is new or another than before; null for what is over. */
static void
put_messages(struct buf *out, const struct map_said *said,
	const struct map_said *before)
{
	bool moved = said->expires_at != before->expires_at;
	const char *comma = "";

	buf_puts(out, "\"DisplayMessages\":{");
	for (enum message m = 0; m < MESSAGES; m++) {
		bool is = said->messages & 1u << m;
		bool was = before->messages & 1u << m;

		if (is == was && !(is && m == MESSAGE_EXPIRY && moved))
			continue;
		buf_putf(out, "%s\"%s\":", comma, messages[m].id);
		comma = ",";
		if (is)
			put_message(out, m, said);
		else
			buf_puts(out, "null");
	}
	buf_puts(out, "}");
}

bool
mapmessages_put(struct buf *out, const char *before, const struct map_viewer *v,
	int64_t now)
{
	struct map_said said = mapmessages_of(v->node, now), was = { 0, 0 };

	if (v->said)
		was = *v->said;
	if (!differ(&said, &was))
		return false;
	buf_puts(out, before);
	if (v->capver < TAILCFG_CAPVER_DISPLAY_MESSAGES)
		put_health(out, &said);
	else
		put_messages(out, &said, &was);
	if (v->said)
		*v->said = said;
	return true;
}

static bool
is_behind(const struct snap_node *n, const char *newest)
{
	struct tailcfg_hostinfo h = { 0 };
	struct arena *mem = arena_new();
	bool behind;

	behind = !tailcfg_hostinfo_decode(
			 (struct json_raw){ n->hostinfo }, mem, &h) &&
		 h.ipn_version &&
		 client_version_is_older(h.ipn_version, newest);
	arena_free(mem);
	return behind;
}

void
mapmessages_put_version(const struct snapshot *s, struct buf *out,
	const char *before, const struct snap_node *n, bool cleared)
{
	const char *newest = s->settings.client_version;

	if (!*newest && !cleared)
		return;
	buf_puts(out, before);
	buf_puts(out, "\"ClientVersion\":{");
	if (*newest && is_behind(n, newest))
		buf_putf(out, "\"LatestVersion\":\"%s\"}", newest);
	else
		buf_puts(out, "\"RunningLatest\":true}");
}

#include "worker/sweep.h"

#include "base/log.h"
#include "db/ask.h"
#include "db/audit.h"
#include "db/audit_chain.h"
#include "db/change.h"
#include "db/link.h"
#include "db/noise_session.h"
#include "db/pending.h"
#include "db/preauth_key.h"
#include "db/retired.h"
#include "db/spent_form.h"
#include "db/web_session.h"
#include "tailnet/ask.h"
#include "tailnet/attribute.h"
#include "tailnet/dnsfile.h"
#include "tailnet/node.h"
#include "tailnet/ssh_check.h"
#include "worker/asks.h"
#include "worker/dns_watch.h"
#include "worker/now.h"

enum {
	REAP_AT_ONCE = 256,
};

static int64_t reaped_at, swept_at;

static bool
is_gone(const struct worker *w, const struct snap_node *n, int64_t now)
{
	int64_t since = n->last_seen ? n->last_seen : n->created_at;

	/* Who was online when the worker before ended could not come back until
	 * this one was there. */
	if (n->left_ms && since < w->started_at)
		since = w->started_at;
	if (since < now_believed_at())
		since = now_believed_at();
	return n->ephemeral && !n->online && !n->stream &&
	       now - since > w->snap->settings.ephemeral_timeout;
}

static void
collect_ephemeral(struct worker *w, struct arena *mem, int64_t now,
	struct sweep_list *out)
{
	struct snap_node *n, *next;

	out->reap = arena_array(mem, REAP_AT_ONCE, sizeof(int64_t));
	HASH_ITER(by_id, w->snap->by_id, n, next)
	if (out->reap_count < REAP_AT_ONCE && is_gone(w, n, now))
		out->reap[out->reap_count++] = n->id;
}

void
sweep_collect(struct worker *w, struct arena *mem, int64_t now,
	struct sweep_list *out)
{
	const struct settings *s = &w->snap->settings;

	*out = (struct sweep_list){ .attributes =
					    w->snap->attributes_until &&
					    w->snap->attributes_until <= now,
		.asks = asks_due(now) };
	out->dns_file = dns_watch_take(w, mem);
	if (now - reaped_at >= REAP_SECONDS) {
		reaped_at = now;
		collect_ephemeral(w, mem, now, out);
	}
	if (now - swept_at < SWEEP_SECONDS)
		return;
	swept_at = now;
	out->retention = true;
	out->keep_sessions = s->keep_sessions;
	out->keep_audit = s->keep_audit;
	out->keep_changes = s->keep_changes;
	out->keep_keys = s->keep_keys;
}

bool
sweep_is_due(const struct sweep_list *l)
{
	return l->reap_count || l->attributes || l->asks || l->retention ||
	       l->dns_file;
}

static enum err
prune(struct db *db, const struct sweep_list *l, int64_t now)
{
	int64_t gone;
	enum err e = db_begin(db);

	if (!e)
		e = db_noise_session_prune(db, now - l->keep_sessions, &gone);
	if (!e)
		e = db_audit_prune(db, now - l->keep_audit, &gone);
	if (!e)
		e = db_change_prune(
			db, now - l->keep_changes, CHANGES_KEPT, &gone);
	if (!e)
		e = db_preauth_key_prune(db, now - l->keep_keys, &gone);
	if (!e)
		e = db_pending_prune(db, now - PENDING_KEPT_SECONDS, &gone);
	if (!e)
		e = db_retired_prune(db, now - RETIRED_SECONDS, &gone);
	if (!e)
		e = db_address_prune(db, now, &gone);
	if (!e)
		e = db_web_session_prune(db, now, &gone);
	if (!e)
		e = db_link_prune(db, now - LINKS_KEPT_SECONDS, &gone);
	if (!e)
		e = db_spent_form_prune(db, now - SPENT_SECONDS, &gone);
	if (!e)
		e = db_ask_prune(db, now - ASKS_KEPT_SECONDS, &gone);
	if (!e)
		e = db_ssh_check_prune(db, now - CHECK_KEPT_SECONDS, &gone);
	if (!e)
		e = db_ssh_check_trim(db, now, CHECKS_OVER_MAX, &gone);
	return db_end(db, e);
}

static void
end_attributes(struct db *db, int64_t now)
{
	int64_t gone = 0;
	enum err e = tailnet_attributes_expire(db, now, &gone);

	if (e)
		log_event(LOG_WARN, "attributes not ended, trying again later",
			"why", err_words(e));
	else if (gone)
		log_event(LOG_INFO, "attributes ended", "count",
			log_int((long long)gone));
}

static enum err
read_dns_file(struct db *db, const char *path, int64_t now)
{
	enum err e = tailnet_dns_file(db, path, now);

	if (e)
		log_event(LOG_WARN, "extra records not stored, trying again",
			"path", path, "why", err_words(e));
	return e;
}

enum err
sweep_run(struct db *db, const struct sweep_list *l, int64_t now)
{
	int64_t silent;

	for (size_t i = 0; i < l->reap_count; i++) {
		enum err e = tailnet_node_reap(db, l->reap[i], now);

		if (!e)
			log_event(LOG_INFO, "ephemeral node removed", "node",
				log_int((long long)l->reap[i]));
	}
	if (l->attributes)
		end_attributes(db, now);
	if (l->asks && tailnet_asks_end(db, now, &silent))
		log_event(LOG_WARN, "open questions not ended", (char *)0);
	if (l->retention) {
		enum err e = prune(db, l, now);

		if (e)
			log_event(LOG_WARN,
				"retention failed, trying again "
				"later",
				"why", err_words(e));
	}
	return l->dns_file ? read_dns_file(db, l->dns_file, now) : ERR_OK;
}

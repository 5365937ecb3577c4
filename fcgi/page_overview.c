/*
 * page_overview.c: how things stand (spec/pages.md 14): counts, what is still
 * to be done, and what happened last.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/audit.h"
#include "db/dns.h"
#include "db/factor.h"
#include "db/machine_list.h"
#include "db/pending.h"
#include "db/policy_text.h"
#include "db/ssh_check.h"
#include "db/user.h"
#include "fcgi/audit_words.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/pages_server.h"

enum {
	EVENTS_SHOWN = 10,
	EXPIRING_DAYS = 7,
	STEPS_MAX = 8,
};

static const struct column columns[] = {
	{ "When", NULL, NULL },
	{ "Who", NULL, NULL },
	{ "Event", NULL, NULL },
	{ "Target", NULL, NULL },
	{ "Details", NULL, NULL },
};

struct standing {
	struct machine_counts machines;
	int64_t asking; /* registrations */
	int64_t routes; /* machines with some that wait */
	struct ssh_check_counts logins;
	struct audit *events;
	size_t event_count;
};

static enum err
read_standing(struct request *r, struct standing *s)
{
	enum err e = db_machine_counts(r->db, r->now,
		r->now + (int64_t)EXPIRING_DAYS * 86400, &s->machines);

	if (!e)
		e = db_pending_count(r->db, r->now, &s->asking);
	if (!e)
		e = db_machines_with_waiting_routes(r->db, &s->routes);
	if (!e)
		e = db_ssh_check_count(r->db, 0, 0, r->now, &s->logins);
	if (!e)
		e = db_audits(r->db, 0, EVENTS_SHOWN, r->mem, &s->events,
			&s->event_count);
	return e;
}

static void
show_count_of(struct request *r, const char *fact, int64_t count,
	const char *href, const char *words)
{
	html_begin(r, "li", "data-fact", fact);
	html_begin(r, "a", "href", href);
	html_begin(r, "b");
	html_textf(r, "%" PRId64, count);
	html_end(r);
	html_textf(r, " %s", words);
	html_end(r);
	html_end(r);
}

static void
show_state_count(
	struct request *r, const struct standing *s, enum machine_state state)
{
	bool one = s->machines.of[state] == 1;
	const char *const words[] = {
		[MACHINE_NEEDS_APPROVAL] =
			one ? "needs approval" : "need approval",
		[MACHINE_EXPIRED] = "expired",
		[MACHINE_ONLINE] = "online",
		[MACHINE_NEVER] = "never connected",
		[MACHINE_OFFLINE] = "offline",
	};
	const char *word = machine_state_word(state);

	show_count_of(r, word, s->machines.of[state],
		arena_printf(r->mem, "/admin/machines?status=%s", word),
		words[state]);
}

/* What somebody should look at. */
static void
show_soon(struct request *r, const struct standing *s)
{
	html_begin(r, "ul", "id", "soon", "data-swap", "");
	show_count_of(r, "expiring", s->machines.expiring,
		"/admin/machines?expires=7",
		s->machines.expiring == 1 ? "expires within 7 days"
					  : "expire within 7 days");
	show_count_of(r, "routes-waiting", s->routes,
		"/admin/machines?route=waiting",
		s->routes == 1 ? "has routes that wait"
			       : "have routes that wait");
	if (r->who.can & CAN_MACHINES) {
		show_count_of(r, "waiting", s->asking, "/admin/registrations",
			s->asking == 1 ? "asks to join" : "ask to join");
		show_count_of(r, "logins", s->logins.all, "/admin/checks",
			s->logins.all == 1 ? "SSH login waits"
					   : "SSH logins wait");
	}
	html_end(r);
}

/* Each machine is in one of the states, so they add up; the rest is beside. */
static void
show_counts(struct request *r, const struct standing *s)
{
	static const enum machine_state states[] = { MACHINE_ONLINE,
		MACHINE_OFFLINE, MACHINE_NEVER, MACHINE_EXPIRED,
		MACHINE_NEEDS_APPROVAL };

	html_begin(r, "ul", "id", "counts", "data-swap", "");
	show_count_of(r, "machines", s->machines.all, "/admin/machines",
		s->machines.all == 1 ? "machine" : "machines");
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		show_state_count(r, s, states[i]);
	html_end(r);
	show_soon(r, s);
}

/* ---- what is still to be done ---- */

struct step {
	const char *name, *words, *href;
	unsigned can; /* who may do it; to others it is nothing to do */
	bool done;
};

/* One that was made on the page lies on the server until it is fetched; one of
 * the command line lies where somebody wanted it. */
static enum err
has_backup_elsewhere(struct request *r, bool *has)
{
	enum err e = db_audit_has(r->db, "backup.downloaded", NULL, has);

	return e || *has ? e : db_audit_has(r->db, "backup.made", "cli", has);
}

static size_t
keep_own(const struct request *r, struct step *steps, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (r->who.can & steps[i].can)
			steps[n++] = steps[i];
	return n;
}

static enum err
read_steps(struct request *r, const struct standing *s,
	struct step steps[STEPS_MAX], size_t *count)
{
	int64_t policies = 0, owners = 0, names = 0;
	bool factor = false, backup = false;
	size_t n = 0;
	enum err e = db_policy_count(r->db, &policies);

	if (!e)
		e = db_user_owners(r->db, &owners);
	if (!e)
		e = db_dns_count(r->db, &names);
	if (!e)
		e = db_factor_is_there(r->db, r->who.user_id, &factor);
	if (!e)
		e = has_backup_elsewhere(r, &backup);
	if (e)
		return e;
	steps[n++] =
		(struct step){ "factor", "Give your account a second factor",
			"/me/security", CAN_SELF, factor };
	steps[n++] = (struct step){ "machine", "Connect the first machine",
		"/admin/machines/new", CAN_MACHINES, s->machines.all > 0 };
	steps[n++] = (struct step){ "policy", "Write down who reaches what",
		"/admin/policy", CAN_NETWORK, policies > 0 };
	steps[n++] = (struct step){ "dns", "Name a nameserver or a record",
		"/admin/dns", CAN_NETWORK, names > 0 };
	steps[n++] = (struct step){ "owner",
		"Make a second owner, for the day that the first is away",
		"/admin/users", CAN_OWN, owners > 1 };
	if (r->settings->backup_days || backup) /* 0: nobody asks for one */
		steps[n++] = (struct step){ "backup",
			"Make a backup and download it, or make one elsewhere "
			"with cairn backup",
			"/admin/settings/backup", CAN_OWN, backup };
	steps[n++] = (struct step){ "https", "Serve this site by https",
		"/admin/health#check-certificate", CAN_SETTINGS,
		text_starts(r->settings->url, "https://") };
	*count = keep_own(r, steps, n);
	return ERR_OK;
}

static bool
all_done(const struct step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!steps[i].done)
			return false;
	return true;
}

static void
show_steps(struct request *r, const struct step *steps, size_t count)
{
	if (all_done(steps, count))
		return;
	html_element(r, "h2", "To do");
	html_begin(r, "ol", "id", "checklist", "data-swap", "");
	for (size_t i = 0; i < count; i++) {
		html_begin(r, "li", "data-step", steps[i].name, "data-state",
			steps[i].done ? "done" : "open");
		if (steps[i].done) {
			html_textf(r, "Done: %s", steps[i].words);
		} else {
			html_link(r, steps[i].href, steps[i].words);
		}
		html_end(r);
	}
	html_end(r);
}

/* ---- what happened ---- */

static void
show_events(struct request *r, const struct standing *s)
{
	struct list l = { .id = "events",
		.one = "event",
		.columns = columns,
		.column_count = sizeof(columns) / sizeof(columns[0]) };

	html_element(r, "h2", "Lately");
	list_bare(r, &l);
	for (size_t i = 0; i < s->event_count; i++) {
		const struct audit *a = &s->events[i];

		list_row(r, &l, a->id, NULL, NULL, "");
		html_begin(r, "a", "href",
			arena_printf(r->mem, "/admin/audit/%" PRId64, a->id));
		html_time(r, a->at);
		html_end(r);
		list_cell(r, &l);
		audit_show_actor(r, a->actor, a->actor_name);
		audit_event_cell(r, &l, a);
		list_cell(r, &l);
		audit_show_target(r, a);
		list_cell_text(r, &l, audit_details(r, a));
		list_row_end(r);
	}
	list_end(r, &l);
	html_begin(r, "p");
	html_link(r, "/admin/audit", "All that happened");
	html_end(r);
}

enum err
page_admin(struct request *r)
{
	struct standing s = { .asking = 0 };
	struct step steps[STEPS_MAX];
	size_t count = 0;
	enum err e = read_standing(r, &s);

	if (!e)
		e = read_steps(r, &s, steps, &count);
	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "overview",
			.h1 = frame_organisation(r),
			.title = "Overview",
			.section = SECTION_OVERVIEW,
			.live = "machine registration user policy dns audit check" },
		NULL);
	show_counts(r, &s);
	show_steps(r, steps, count);
	show_events(r, &s);
	frame_end(r);
	return ERR_OK;
}

#include "fcgi/frame.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "db/health.h"
#include "db/pending.h"
#include "fcgi/flash.h"
#include "fcgi/form.h"
#include "fcgi/html.h"
#include "fcgi/page.h"
#include "fcgi/router.h"
#include "tailnet/backup_due.h"
#include "tailnet/policy_file.h"
#include "tailnet/policy_trouble.h"

#define STYLE  "/static/cairn-" STYLE_HASH ".css"
#define SCRIPT "/static/cairn-" SCRIPT_HASH ".js"

enum {
	SILENT_SECONDS = 5, /* without a sign of life of the worker */
};

static const struct place {
	const char *href, *words;
	unsigned can;
	bool portal;
} places[SECTIONS] = {
	[SECTION_OVERVIEW] = { "/admin/", "Overview", CAN_READ, false },
	[SECTION_MACHINES] = { "/admin/machines", "Machines", CAN_READ, false },
	[SECTION_USERS] = { "/admin/users", "Users", CAN_READ, false },
	[SECTION_KEYS] = { "/admin/keys", "Keys", CAN_READ, false },
	[SECTION_POLICY] = { "/admin/policy", "Policy", CAN_READ, false },
	[SECTION_NETWORK] = { "/admin/routes", "Network", CAN_READ, false },
	[SECTION_DNS] = { "/admin/dns", "DNS", CAN_READ, false },
	[SECTION_RELAYS] = { "/admin/relays", "Relays", CAN_READ, false },
	[SECTION_AUDIT] = { "/admin/audit", "Audit", CAN_READ, false },
	[SECTION_HEALTH] = { "/admin/health", "Health", CAN_READ, false },
	[SECTION_SETTINGS] = { "/admin/settings/general", "Settings", CAN_READ,
		false },
	[SECTION_ME] = { "/me", "Your machines", CAN_SELF, true },
	[SECTION_CONNECT] = { "/connect", "Connect", CAN_SELF, true },
	[SECTION_MY_KEYS] = { "/me/keys", "Your keys", CAN_SELF, true },
	[SECTION_SESSIONS] = { "/me/sessions", "Sessions", CAN_SELF, true },
	[SECTION_SECURITY] = { "/me/security", "Security", CAN_SELF, true },
};

const char *
frame_organisation(struct request *r)
{
	if (r->settings && *r->settings->tailnet_name)
		return r->settings->tailnet_name;
	return "cairn";
}

/* Empty parts and those that say what stands before them are left out. */
static void
write_title(struct request *r, const struct page *p, bool refused)
{
	const char *parts[] = { p->title ? p->title : p->h1,
		places[p->section].words, frame_organisation(r) };
	const char *last = NULL;

	html_begin(r, "title");
	if (refused)
		html_text(r, "Error: ");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i] || !*parts[i] ||
			(last && strcmp(last, parts[i]) == 0))
			continue;
		if (last)
			html_text(r, " · ");
		html_text(r, last = parts[i]);
	}
	html_end(r);
}

static void
write_head(struct request *r, const struct page *p, bool refused)
{
	html_begin(r, "head");
	html_void(r, "meta", "charset", "utf-8");
	html_void(r, "meta", "name", "viewport", "content",
		"width=device-width, initial-scale=1");
	html_void(r, "meta", "name", "color-scheme", "content", "light dark");
	if (p->refresh)
		html_void(r, "meta", "http-equiv", "refresh", "content",
			arena_printf(r->mem, "%d", p->refresh));
	write_title(r, p, refused);
	html_void(r, "link", "rel", "stylesheet", "href", STYLE);
	html_void(r, "link", "rel", "icon", "href", "/favicon.svg");
	if (r->reply.class == REPLY_PAGE) {
		html_begin(r, "script", "src", SCRIPT, "defer", "");
		html_end(r);
	}
	html_end(r);
}

static void
write_header(struct request *r)
{
	html_begin(r, "header");
	html_begin(r, "a", "class", "home", "href", "/");
	html_text(r, frame_organisation(r));
	html_end(r);
	if (r->who.session) {
		html_begin(r, "a", "class", "who", "href", "/me");
		html_text(r, r->who.name);
		html_end(r);
		html_begin(r, "form", "method", "post", "action", "/logout",
			"id", "form-logout");
		form_hidden(r);
		html_begin(r, "button", "type", "submit");
		html_text(r, "Sign out");
		html_end(r);
		html_end(r);
	}
	html_end(r);
}

static bool
is_portal(const struct page *p, const struct request *r)
{
	if (p->section != SECTION_NONE)
		return places[p->section].portal;
	return !(r->who.can & CAN_READ);
}

static void
nav_link(struct request *r, const char *href, const char *words, bool here)
{
	html_begin(r, "li");
	html_begin(r, "a", "href", href);
	if (here)
		html_attribute(r, "aria-current", "page");
	html_text(r, words);
	html_end(r);
	html_end(r);
}

/* Some are only with a setting. */
static bool
is_there(const struct request *r, enum section s)
{
	return s != SECTION_MY_KEYS ||
	       (r->settings && r->settings->members_make_keys);
}

/* From the portal whoever may read finds the way back. */
static void
write_nav(struct request *r, const struct page *p)
{
	bool portal = is_portal(p, r);

	html_begin(r, "nav", "aria-label", "Main");
	html_begin(r, "details"); /* folded on a phone only: cairn.css */
	html_element(r, "summary", "Menu");
	html_begin(r, "ul");
	if (portal && (r->who.can & CAN_READ))
		nav_link(r, "/admin/", "Admin", false);
	for (enum section s = 1; s < SECTIONS; s++) {
		const struct place *at = &places[s];

		if (at->portal == portal && (r->who.can & at->can) &&
			is_there(r, s))
			nav_link(r, at->href, at->words, s == p->section);
	}
	html_end(r);
	html_end(r); /* details */
	html_end(r);
}

/* Seconds since the worker touched worker.alive; -1: it does not run. */
static int64_t
worker_age(struct request *r)
{
	struct stat st;

	if (stat(arena_printf(r->mem, "%s/worker.alive", r->home), &st) != 0)
		return -1;
	return r->now - st.st_mtim.tv_sec;
}

static void
strip_silent(struct request *r)
{
	html_begin(r, "p");
	html_link(r, "/admin/health#check-worker", "The worker is silent");
	html_text(r, ": changes reach machines late, and new ones cannot join. "
		     "Run cairn doctor on the server.");
	html_end(r);
}

static void
strip_waiting(struct request *r, int64_t waiting)
{
	html_begin(r, "a", "href", "/admin/registrations");
	html_textf(r,
		waiting == 1 ? "%" PRId64 " machine asks to join"
			     : "%" PRId64 " machines ask to join",
		waiting);
	html_end(r);
}

/* What keeps the newest text from being the policy. */
static const char *
policy_words(struct request *r)
{
	const char *words = policy_trouble(r->db, r->mem);

	return words || !r->settings
		       ? words
		       : policy_file_trouble(r->db, r->settings, r->mem);
}

static void
strip_policy(struct request *r, const char *words)
{
	html_begin(r, "p");
	html_begin(r, "a", "href", "/admin/policy");
	html_textf(r, "The newest policy is not in force: %s.", words);
	html_end(r);
	html_end(r);
}

static void
strip_health(struct request *r, const char *failing)
{
	html_begin(r, "p");
	html_begin(r, "a", "href", "/admin/health");
	html_textf(r, "Something fails on the server: %s.", failing);
	html_end(r);
	html_end(r);
}

static bool
backup_is_overdue(struct request *r)
{
	struct backup_due b = { .overdue = false };

	if ((r->who.can & CAN_READ) && r->settings)
		(void)backup_due(r->db, r->settings, r->now, &b);
	return b.overdue;
}

static void
strip_backup(struct request *r)
{
	html_begin(r, "p");
	html_link(r,
		r->who.can & CAN_OWN ? "/admin/settings/backup"
				     : "/admin/health#check-backup",
		"The backup is overdue");
	html_end(r);
}

/* There for whoever reads admin pages, empty while all is well: a live page
 * can fill it. */
static void
write_strip(struct request *r, const struct page *p)
{
	int64_t age = worker_age(r), waiting = 0;
	bool silent = age < 0 || age > SILENT_SECONDS;
	bool overdue = backup_is_overdue(r);
	const char *policy = r->who.can & CAN_READ ? policy_words(r) : NULL;
	const char *failing = "";
	int64_t failing_count = 0;

	if (r->who.can & CAN_READ)
		(void)db_health_failing(
			r->db, r->mem, &failing, &failing_count);
	if (r->who.can & CAN_MACHINES)
		(void)db_pending_count(r->db, r->now, &waiting);
	if (p->asks && waiting)
		waiting--;
	if (!(r->who.can & CAN_READ))
		silent = false;
	html_begin(r, "div", "id", "strip", "role", "status", "data-swap", "",
		"data-level",
		silent || policy || failing_count ? "bad"
		: waiting || overdue              ? "info"
						  : "none");
	if (silent)
		strip_silent(r);
	if (policy)
		strip_policy(r, policy);
	if (failing_count)
		strip_health(r, failing);
	if (overdue)
		strip_backup(r);
	if (waiting) {
		html_begin(r, "p");
		strip_waiting(r, waiting);
		html_end(r);
	}
	html_end(r);
}

/* What was refused stands at the address of its form, which cannot be looked at
 * again. */
static void
open_body(struct request *r, const struct page *p, const struct form *refused)
{
	const char *role = r->who.session ? role_word(r->who.role) : "";
	const char *live =
		!refused && r->reply.class == REPLY_PAGE ? p->live : NULL;

	if (!live)
		html_begin(r, "body", "data-page", p->name, "data-role", role);
	else
		html_begin(r, "body", "data-page", p->name, "data-role", role,
			"data-live", live);
	if (live && p->live_id)
		html_attribute(r, "data-live-id",
			arena_printf(r->mem, "%" PRId64, p->live_id));
	if (live && r->seq)
		html_attribute(r, "data-live-seq",
			arena_printf(r->mem, "%" PRId64, r->seq));
	if (live && p->live_url)
		html_attribute(r, "data-live-url", p->live_url);
	if (r->reply.class == REPLY_ERROR_PAGE && r->reply.status)
		html_attribute(r, "data-status",
			arena_printf(r->mem, "%d", r->reply.status));
	if (r->reply.error)
		html_attribute(r, "data-error", r->reply.error);
}

static void
write_up(struct request *r, const struct frame_place *up)
{
	if (!up->href)
		return;
	html_begin(r, "p", "id", "up", "class", "hint");
	html_link(r, up->href, up->words);
	html_end(r);
}

void
frame_begin(struct request *r, const struct page *p, const struct form *refused)
{
	html_open(r);
	r->reply.type = "text/html; charset=utf-8";
	if (r->reply.class == REPLY_DATA)
		r->reply.class = r->route && (r->route->flags & SECRET)
					 ? REPLY_SECRET
					 : REPLY_PAGE;
	if (!r->reply.status)
		r->reply.status = refused ? 422 : 200;
	html_begin(r, "html", "lang", "en", "data-theme",
		r->who.theme ? r->who.theme : "auto");
	write_head(r, p, refused != NULL);
	open_body(r, p, refused);
	html_begin(r, "a", "class", "skip", "href", "#main");
	html_text(r, "Skip to content");
	html_end(r);
	write_header(r);
	if (r->who.session) {
		write_nav(r, p);
		write_strip(r, p);
	}
	html_begin(r, "main", "id", "main", "tabindex", "-1");
	if (p->first)
		p->first(r, p->first_arg);
	if (!refused)
		flash_show(r);
	if (refused)
		form_messages(r, refused);
	write_up(r, &p->up);
	html_element(r, "h1", p->h1);
}

void
frame_end(struct request *r)
{
	html_end(r); /* main */
	html_begin(r, "footer");
	html_begin(r, "p");
	html_text(r, "cairn " CAIRN_VERSION);
	if (r->settings)
		html_textf(r, " · %s", r->settings->url);
	html_text(r, " · ");
	html_link(r, "/connect", "How to connect a machine");
	html_end(r);
	html_end(r);
	html_end(r); /* body */
	html_end(r); /* html */
	html_drop(r);
}

void
frame_section(struct request *r, const char *section,
	const struct frame_place *pages, size_t count, size_t here)
{
	html_begin(r, "nav", "aria-label", section);
	html_begin(r, "ul");
	for (size_t i = 0; i < count; i++) {
		html_begin(r, "li");
		html_begin(r, "a", "href", pages[i].href);
		if (i == here)
			html_attribute(r, "aria-current", "page");
		html_text(r, pages[i].words);
		html_end(r);
		html_end(r);
	}
	html_end(r);
	html_end(r);
}

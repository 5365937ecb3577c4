#include "fcgi/flash.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/audit.h"
#include "db/node.h"
#include "fcgi/html.h"
#include "fcgi/who.h"

enum {
	FLASH_SECONDS = 30,
};

/* A text that begins with it has not come to anything yet, and looks so. */
#define WAITS "wait:"

/* {name} becomes the name of the row `kind`:id, as it is or, once it is gone,
 * as the audit row of its end has it.  {counts}: what flash_counts put there.
 * {machines}: how many of them. */
static const struct flash {
	const char *code, *text, *kind, *gone;
} flashes[] = {
	{ "already-done", "This was done already.", NULL, NULL },
	{ "set-up", "cairn is set up.", NULL, NULL },
	{ "welcome", "Welcome.", NULL, NULL },
	{ "password-set", "The new password is set. Sign in with it.", NULL,
		NULL },
	{ "password-changed", "The new password is set.", NULL, NULL },
	{ "signed-out", "You are signed out.", NULL, NULL },
	{ "sessions-ended", "The sessions have ended.", NULL, NULL },
	{ "code-late", "That took too long. Begin again.", NULL, NULL },
	{ "factor-removed", "The second factor is off.", NULL, NULL },
	{ "user-factor-removed", "{name} signs in with the password alone.",
		"user", NULL },
	{ "theme-set", "The look is set.", NULL, NULL },
	{ "machine-renamed", "Renamed to {name}.", "node", NULL },
	{ "machine-tagged", "The tags of {name} are set.", "node", NULL },
	{ "routes-saved", "{counts}", NULL, NULL },
	{ "machine-moved", "The owner of {name} is set.", "node", NULL },
	{ "machine-address", "The addresses of {name} are set.", "node", NULL },
	{ "machine-expiry", "The key expiry of {name} is set.", "node", NULL },
	{ "machine-approved", "{name} may connect.", "node", NULL },
	{ "machine-unapproved", "{name} waits for approval.", "node", NULL },
	{ "machine-deleted", "Deleted {name}.", "node", "machine.deleted" },
	{ "bulk-done", "{machines}", NULL, NULL },
	{ "machine-asked", WAITS "Asked {name}: the answer comes below.",
		"node", NULL },
	{ "machine-offline", "Not asked, since it is not connected: {name}.",
		"node", NULL },
	{ "machine-busy", "Not asked, since it has to answer first: {name}.",
		"node", NULL },
	{ "user-added", "Added {name}.", "user", NULL },
	{ "user-saved", "Saved {name}.", "user", NULL },
	{ "role-set", "The role of {name} is set.", "user", NULL },
	{ "user-approve", "{name} may sign in.", "user", NULL },
	{ "user-suspend", "{name} is suspended.", "user", NULL },
	{ "user-restore", "{name} may sign in again.", "user", NULL },
	{ "user-deleted", "Deleted {name}.", "user", "user.deleted" },
	{ "policy-saved", "Saved as {name}.", "policy", NULL },
	{ "policy-restored", "Restored as {name}.", "policy", NULL },
	{ "policy-unchanged", "Nothing was changed: the text is as it was.",
		NULL, NULL },
	{ "key-revoked", "The key is revoked.", NULL, NULL },
	{ "settings-saved", "Saved.", NULL, NULL },
	{ "backup-made", "Backed up.", NULL, NULL },
	{ "user-waits",
		"The password is set. An admin must approve you before you "
		"sign in.",
		NULL, NULL },
	{ "check-rejected", "The login is refused.", NULL, NULL },
	{ "check-revoked", "The permission is withdrawn: the next login asks.",
		NULL, NULL },
	{ "check-over", "This was decided already, or is over.", NULL, NULL },
	{ "notice-added", "Added.", NULL, NULL },
	{ "notice-saved", "Saved.", NULL, NULL },
	{ "notice-tested", "The test is on its way: reload in a moment.", NULL,
		NULL },
	{ "notice-deleted", "Deleted.", NULL, NULL },
	{ "relays-saved", "Saved.", NULL, NULL },
	{ "relay-hidden", "Machines are not told of it any more.", NULL, NULL },
	{ "relay-shown", "Machines are told of it again.", NULL, NULL },
	{ "relay-deleted", "The relay is deleted.", NULL, NULL },
	{ "relay-token-revoked",
		"Its token is revoked: new clients are not let in there any more.",
		NULL, NULL },
	{ "relay-source-asked", "It is read in a moment.", NULL, NULL },
	{ "confirmed", "It is you. Go back to the other tab and send it again.",
		NULL, NULL },
	{ "identity-linked", "The account is linked.", NULL, NULL },
	{ "identity-unlinked", "The account is not linked any more.", NULL,
		NULL },
	{ "dns-saved", "Saved.", NULL, NULL },
	{ "audit-verified",
		"The log was verified from its first row to its newest: all of "
		"it fits.",
		NULL, NULL },
	{ "audit-broken",
		"The log was verified, and somebody changed it past cairn.",
		NULL, NULL },
	{ "audit-asked",
		"The log is long and is being verified: what is found comes in "
		"a moment.",
		NULL, NULL },
	{ "health-asked", "Looking again: what is found comes in a moment.",
		NULL, NULL },
};

static const struct flash *
flash_of(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(flashes) / sizeof(flashes[0]); i++)
		if (strlen(flashes[i].code) == len &&
			strncmp(flashes[i].code, text, len) == 0)
			return &flashes[i];
	return NULL;
}

void
flash_set_text(struct request *r, const char *text)
{
	char *value = arena_strdup(r->mem, text);
	char *blank = strchr(value, ' ');

	if (blank)
		*blank = '.';
	r->reply.flash = text;
	cookie_set(r, cookie_name(r, "cairn-flash"), value, FLASH_SECONDS);
}

void
flash_set(struct request *r, const char *code, int64_t id)
{
	flash_set_text(
		r, id ? arena_printf(r->mem, "%s %" PRId64, code, id) : code);
}

static const char *
name_of(struct request *r, const struct flash *f, int64_t id)
{
	const char *name = db_audit_name(r->db, r->mem, f->kind, id);
	struct audit a;

	if (name || !f->gone)
		return name ? name : "it";
	if (db_audit_last(r->db,
		    arena_printf(r->mem, "%s:%" PRId64, f->kind, id), f->gone,
		    r->mem, &a))
		return "it";
	return *a.subject_name ? a.subject_name : a.detail;
}

int64_t
flash_counts(size_t first, size_t second)
{
	if (first > FLASH_COUNT_MAX)
		first = FLASH_COUNT_MAX;
	if (second > FLASH_COUNT_MAX)
		second = FLASH_COUNT_MAX;
	return (int64_t)(first * (FLASH_COUNT_MAX + 1) + second);
}

/* "2 routes approved, 1 withdrawn." */
static const char *
counts_words(struct request *r, int64_t id)
{
	int64_t all = FLASH_COUNT_MAX + 1, first = id / all, second = id % all;
	const char *one = first + second == 1 ? "route" : "routes";

	if (id <= 0 || first > FLASH_COUNT_MAX)
		return "No route was changed.";
	if (!second)
		return arena_printf(
			r->mem, "%" PRId64 " %s approved.", first, one);
	if (!first)
		return arena_printf(
			r->mem, "%" PRId64 " %s withdrawn.", second, one);
	return arena_printf(r->mem,
		"%" PRId64 " %s approved, %" PRId64 " withdrawn.", first,
		first == 1 ? "route" : "routes", second);
}

static bool
still_waits(const struct flash *f)
{
	return text_starts(f->text, WAITS);
}

static void
show_text(struct request *r, const struct flash *f, int64_t id)
{
	const char *text = f->text + (still_waits(f) ? strlen(WAITS) : 0);
	const char *mark = strstr(text, "{name}");

	if (strcmp(f->text, "{counts}") == 0) {
		html_text(r, counts_words(r, id));
		return;
	}
	if (strcmp(f->text, "{machines}") == 0) {
		html_textf(r, "Done for %" PRId64 " %s.", id,
			id == 1 ? "machine" : "machines");
		return;
	}
	if (!mark) {
		html_text(r, f->text);
		return;
	}
	html_textf(r, "%.*s", (int)(mark - text), text);
	html_text(r, name_of(r, f, id));
	html_text(r, mark + strlen("{name}"));
}

static const struct flash *
in_cookie(struct request *r, int64_t *id)
{
	const char *value = cookie_get(r, cookie_name(r, "cairn-flash"));
	size_t len = value ? strcspn(value, ".") : 0;

	*id = 0;
	if (!value || (value[len] && text_int(value + len + 1, id)))
		return NULL;
	return flash_of(value, len);
}

bool
flash_is_there(struct request *r)
{
	int64_t id;

	return in_cookie(r, &id) != NULL;
}

static bool
may_read(const struct request *r)
{
	return r->who.can & CAN_READ;
}

/* A machine that is theirs, or that they deleted. */
static bool
is_own(struct request *r, const struct flash *f, int64_t id)
{
	const char *self =
		arena_printf(r->mem, "user:%" PRId64, r->who.user_id);
	struct node n;
	struct audit a;

	if (!r->who.session || strcmp(f->kind, "node") != 0)
		return false;
	if (!db_node_by_id(r->db, id, r->mem, &n))
		return n.user_id == r->who.user_id;
	return f->gone &&
	       !db_audit_last(r->db,
		       arena_printf(r->mem, "%s:%" PRId64, f->kind, id),
		       f->gone, r->mem, &a) &&
	       strcmp(a.actor, self) == 0;
}

void
flash_show(struct request *r)
{
	int64_t id;
	const struct flash *f = in_cookie(r, &id);

	/* An open page that looks again (cairn.js) is not who it is for. */
	if (!f || request_claim(r, "HTTP_CAIRN_LIVE"))
		return;
	/* A cookie is a claim: names are for those who may read them anyway. */
	if (f->kind && (!id || !(may_read(r) || is_own(r, f, id))))
		return;
	html_begin(r, "p", "id", still_waits(f) ? "wait" : "flash", "role",
		"status", "tabindex", "-1", "autofocus", "", "data-flash",
		f->code);
	show_text(r, f, id);
	html_end(r);
	cookie_set(r, cookie_name(r, "cairn-flash"), "", 0);
}

int64_t
flash_id(struct request *r, const char *code)
{
	int64_t id;
	const struct flash *f = in_cookie(r, &id);

	return f && strcmp(f->code, code) == 0 ? id : 0;
}

/*
 * page_register.c: GET /register/{auth_id}, the page at the AuthURL that
 * `tailscale up` prints (spec/pages.md 7.1).
 *
 * It shows which machine asks, and the command by which an admin admits it.
 * Nothing is decided here: a GET changes nothing, and there is no form.  The
 * link is a secret of 144 bits; the rate limit is against guessing in bulk.
 */
#include <string.h>

#include "base/clock.h"
#include "db/node.h"
#include "db/user.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/page.h"
#include "fcgi/reply.h"
#include "proto/tailcfg.h"
#include "tailnet/register.h"

enum {
	KEY_SHOWN = 12, /* characters of the machine key */
	WORDS_MAX = 128,
};

static const char *
or_unknown(const char *s)
{
	return s && *s ? s : "unknown";
}

static const char *
list_words(struct request *r, const struct json_texts *list)
{
	struct buf out;

	if (!list->count)
		return "none";
	buf_init(&out, r->mem, REPLY_MAX);
	for (size_t i = 0; i < list->count && i < WORDS_MAX; i++) {
		buf_puts(&out, i ? ", " : "");
		buf_puts(&out, list->at[i]);
	}
	buf_put(&out, "", 1);
	return buf_error(&out) ? "too many" : (const char *)out.bytes;
}

static const char *
key_start(struct request *r, const struct key *key)
{
	return arena_printf(r->mem, "%.*s", KEY_SHOWN,
		key_text(r->mem, KEY_MACHINE, key) + strlen("mkey:"));
}

static void
show_device(struct request *r, const struct pending *p)
{
	struct tailcfg_hostinfo h = { 0 };

	/* It was checked when it came; a row that does not fit shows less. */
	(void)tailcfg_hostinfo_decode(
		(struct json_raw){ p->hostinfo }, r->mem, &h);
	html_begin(r, "dl", "id", "device");
	html_fact(r, "hostname", "Name", p->hostname);
	html_fact(r, "os", "System",
		arena_printf(r->mem, "%s %s", or_unknown(h.os),
			h.os_version ? h.os_version : ""));
	html_fact(r, "version", "Client", or_unknown(h.ipn_version));
	html_fact(r, "address", "Seen from", or_unknown(p->address));
	html_fact(
		r, "key", "Machine key begins", key_start(r, &p->machine_key));
	html_fact(r, "code", "Code", p->code);
	html_element(r, "dt", "Asked");
	html_begin(r, "dd", "data-fact", "asked");
	html_time(r, p->created_at);
	html_end(r);
	html_fact(r, "tags", "Tags asked for", list_words(r, &h.request_tags));
	html_fact(
		r, "routes", "Routes offered", list_words(r, &h.routable_ips));
	html_end(r);
}

static void
begin(struct request *r, const char *h1)
{
	frame_begin(r, &(struct page){ .name = "register", .h1 = h1 }, NULL);
}

static void
show_waiting(struct request *r, const struct pending *p, const char *auth_id)
{
	begin(r, arena_printf(r->mem, "Add %s?", p->hostname));
	html_begin(r, "section", "data-state", "waiting");
	show_device(r, p);
	html_element(r, "h2", "To add it");
	html_begin(r, "p");
	html_text(r, "An admin runs this on the server, with the name of the "
		     "user who will own the machine in place of NAME:");
	html_end(r);
	html_command(r, "command",
		arena_printf(r->mem,
			"cairn auth register --auth-id %s --user NAME",
			auth_id));
	html_begin(r, "p");
	html_text(r, "Or send this link to an admin and tell them the code ");
	html_element(r, "strong", p->code);
	html_text(r, ", so that they can see that it is your machine. If you "
		     "do not recognise it, close this page: it is not added.");
	html_end(r);
	html_begin(r, "p");
	html_text(r, "The link is good until ");
	html_time(r, p->expires_at);
	html_text(r, ".");
	html_end(r);
	html_end(r);
	frame_end(r);
}

static const char *
owner_words(struct request *r, const struct pending *p)
{
	struct node node;
	struct user user;

	if (db_node_by_id(r->db, p->node_id, r->mem, &node))
		return NULL;
	if (!node.user_id)
		return node.tags;
	return db_user_by_id(r->db, node.user_id, r->mem, &user) ? NULL
								 : user.name;
}

static void
show_approved(struct request *r, const struct pending *p)
{
	const char *owner = owner_words(r, p);

	begin(r, arena_printf(r->mem, "%s is added", p->hostname));
	html_begin(r, "section", "data-state", "approved");
	html_begin(r, "p");
	if (owner)
		html_textf(r, "It belongs to %s. ", owner);
	html_text(r, "You can close this window.");
	html_end(r);
	html_end(r);
	frame_end(r);
}

static void
show_rejected(struct request *r, const struct pending *p)
{
	begin(r, arena_printf(r->mem, "%s was turned away", p->hostname));
	html_begin(r, "section", "data-state", "rejected");
	html_begin(r, "p");
	html_text(r, "An admin turned it away ");
	html_time(r, p->decided_at);
	if (p->reason && *p->reason)
		html_textf(r, ": %s", p->reason);
	html_text(r, ".");
	html_end(r);
	html_end(r);
	frame_end(r);
}

static enum err
show_expired(struct request *r)
{
	r->reply.class = REPLY_ERROR_PAGE;
	r->reply.status = 410;
	begin(r, "This link is no longer good");
	html_begin(r, "p", "data-state", "expired");
	html_text(r, "Run ");
	html_element(r, "code", "tailscale up");
	html_text(r, " again for a new link.");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

static enum err
show(struct request *r, const struct pending *p)
{
	switch (p->state) {
	case PENDING_APPROVED:
		show_approved(r, p);
		break;
	case PENDING_REJECTED:
		show_rejected(r, p);
		break;
	case PENDING_WAITING:
		if (p->expires_at <= r->now)
			return show_expired(r);
		show_waiting(r, p, r->parts[0]);
		break;
	}
	return ERR_OK;
}

enum err
page_register(struct request *r)
{
	struct pending p;
	enum err e;

	if (!rate_take(r->rate, RATE_REGISTER_PAGE, r->address, r->now,
		    REGISTER_PER_MINUTE)) {
		r->reply.retry_after = "60";
		return ERR_RATE;
	}
	e = tailnet_pending_find(r->db, r->pepper, r->parts[0], r->mem, &p);
	if (e == ERR_BAD_INPUT)
		r->why = "this is not a registration link: "
			 "it was not copied whole";
	if (e == ERR_NOT_FOUND)
		return show_expired(r);
	return e ? e : show(r, &p);
}

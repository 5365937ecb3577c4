#include "fcgi/oidc_page.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/identity.h"
#include "db/web_session.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/gone.h"
#include "fcgi/html.h"
#include "fcgi/oidc_link.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"
#include "tailnet/oidc_sign_in.h"

const char *
oidc_link_token(struct request *r)
{
	const char *cookie = cookie_get(r, cookie_name(r, "cairn"));
	uint8_t hash[32];
	char *hex = arena_alloc(r->mem, 2 * sizeof(hash) + 1);

	pepper_hash(r->pepper,
		arena_printf(r->mem, "oidc link %" PRId64 " %s", r->who.session,
			cookie ? cookie : ""),
		hash);
	text_hex(hex, hash, sizeof(hash));
	return hex;
}

enum err
oidc_is_set_up(struct request *r, bool *is)
{
	struct provider *rows;
	size_t count;
	enum err e = db_providers(r->db, r->mem, &rows, &count);

	if (!e)
		*is = count != 0;
	return e;
}

/* ERR_NOT_FOUND: who is signed in came by no provider that is there. */
static enum err
came_by(struct request *r, struct identity *i, struct provider *p)
{
	struct web_session s;
	enum err e =
		db_web_session_by_id(r->db, r->who.session, r->now, r->mem, &s);

	if (!e && !s.identity_id)
		e = ERR_NOT_FOUND;
	if (!e)
		e = db_identity_by_id(r->db, s.identity_id, r->mem, i);
	if (!e && !i->provider_id)
		e = ERR_NOT_FOUND;
	return e ? e : db_provider_by_id(r->db, i->provider_id, r->mem, p);
}

enum err
oidc_session(struct request *r, bool *found, int64_t *until)
{
	struct identity i;
	struct provider p;
	enum err e = came_by(r, &i, &p);

	*found = !e;
	*until = !e && p.key_expiry ? i.token_until : 0;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static void
put_link(struct request *r, const char *id, const char *href, const char *words)
{
	html_begin(r, "p");
	html_begin(r, "a", "class", "button", "id", id, "href", href);
	html_text(r, words);
	html_end(r);
	html_end(r);
}

/* The first has the id alone, the others with their number. */
static const char *
id_of(struct request *r, const struct provider *p, size_t i)
{
	return i ? arena_printf(r->mem, "oidc-%" PRId64, p->id) : "oidc";
}

static const char *
start_of(struct request *r, const struct provider *p, const char *more,
	const char *next)
{
	const char *at = arena_printf(
		r->mem, "/oidc/start?provider=%" PRId64 "%s", p->id, more);

	return *next ? arena_printf(r->mem, "%s&next=%s", at,
			       text_url_encode(r->mem, next))
		     : at;
}

enum err
oidc_links(struct request *r, const char *next)
{
	struct provider *rows;
	size_t count;
	enum err e = db_providers(r->db, r->mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++)
		put_link(r, id_of(r, &rows[i], i),
			start_of(r, &rows[i], "", next),
			arena_printf(r->mem, "Continue with %s", rows[i].name));
	return e;
}

static void
put_again(
	struct request *r, const struct provider *p, size_t i, const char *next)
{
	put_link(r, id_of(r, p, i), start_of(r, p, "&fresh=1", next),
		arena_printf(r->mem, "Sign in with %s again", p->name));
}

enum err
oidc_again_link(struct request *r, const char *next)
{
	struct identity i;
	struct provider p;
	enum err e = came_by(r, &i, &p);

	if (!e)
		put_again(r, &p, 0, next);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
oidc_fresh_links(struct request *r, const char *next)
{
	struct identity *rows;
	size_t count, shown = 0;
	enum err e = db_identities_of_user(
		r->db, r->who.user_id, r->mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++) {
		struct provider p;

		if (!rows[i].provider_id)
			continue;
		e = db_provider_by_id(r->db, rows[i].provider_id, r->mem, &p);
		if (!e)
			put_again(r, &p, shown++, next);
	}
	return e;
}

/* ---- the page Security ---- */

static const char *
unlink_path(struct request *r, int64_t id)
{
	return arena_printf(r->mem, "/me/identities/%" PRId64 "/unlink", id);
}

static void
show_identity(struct request *r, const struct identity *i, const char *name)
{
	struct form f;

	html_begin(r, "li", "data-id", arena_printf(r->mem, "%" PRId64, i->id));
	html_element(r, "strong", name);
	html_textf(r, ", %s. ", *i->email ? i->email : i->sub);
	form_init(r, &f, arena_printf(r->mem, "unlink-%" PRId64, i->id),
		unlink_path(r, i->id), NULL, 0);
	form_show(&f, "plain:Unlink");
	html_end(r);
}

static bool
is_linked(const struct identity *rows, size_t count, int64_t provider)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].provider_id == provider)
			return true;
	return false;
}

static const char *
name_of(const struct provider *all, size_t count, const struct identity *i)
{
	for (size_t k = 0; k < count; k++)
		if (all[k].id == i->provider_id)
			return all[k].name;
	return i->issuer;
}

enum err
oidc_security(struct request *r)
{
	struct provider *all;
	struct identity *rows;
	size_t count, all_count;
	enum err e = db_providers(r->db, r->mem, &all, &all_count);

	if (!e)
		e = db_identities_of_user(
			r->db, r->who.user_id, r->mem, &rows, &count);
	if (e || (!all_count && !count))
		return e;
	html_element(r, "h2", "Accounts elsewhere");
	html_begin(r, "ul", "id", "identities");
	for (size_t i = 0; i < count; i++)
		show_identity(r, &rows[i], name_of(all, all_count, &rows[i]));
	html_end(r);
	for (size_t i = 0; i < all_count; i++)
		if (!is_linked(rows, count, all[i].id))
			put_link(r,
				arena_printf(
					r->mem, "link-%" PRId64, all[i].id),
				start_of(r, &all[i],
					arena_printf(r->mem, "&link=%s",
						oidc_link_token(r)),
					""),
				arena_printf(r->mem, "Link %s", all[i].name));
	return ERR_OK;
}

static void
put_way(struct request *r, const char *href, const char *words)
{
	html_begin(r, "p");
	html_link(r, href, words);
	html_end(r);
}

/* Says where to go on: who lets go of the last way in is locked out. */
static enum err
refuse_last(struct request *r)
{
	bool by_password = r->settings->password_sign_in;

	r->reply.class = REPLY_ERROR_PAGE;
	r->reply.status = 409;
	frame_begin(r,
		&(struct page){ .name = "error",
			.h1 = by_password ? "Set a password first"
					  : "Link another account first" },
		NULL);
	html_element(r, "p",
		"It is the only way by which you can sign in, so it stays "
		"linked.");
	if (by_password && r->who.can & CAN_SETTINGS)
		put_way(r,
			arena_printf(r->mem, "/admin/users/%" PRId64,
				r->who.user_id),
			"Make a link that sets a password, on your page of "
			"Users");
	else if (by_password)
		html_element(r, "p",
			"An admin makes a link that sets one, on your page of "
			"Users.");
	put_way(r, "/me/security", "Back to Security");
	frame_end(r);
	return ERR_OK;
}

enum err
do_identity_unlink(struct request *r)
{
	int64_t id = page_id(r, 0);
	enum err e = tailnet_identity_unlink(r->db, r->settings, id,
		r->who.user_id, prove_actor_text(r), r->now);

	if (e == ERR_NOT_FOUND)
		return reply_gone(
			r, &(struct gone){ .thing = "linked account of yours",
				   .list = "/me/security",
				   .list_words = "Security" });
	if (e == ERR_LAST_PROVIDER)
		return refuse_last(r);
	return e ? e : form_done(r, "/me/security", "identity-unlinked", 0);
}

/* ---- for a form that is sent again, and behind signing out ---- */

enum err
oidc_mine(struct request *r, struct provider **rows, size_t *count)
{
	struct identity *mine;
	size_t n, found = 0;
	enum err e =
		db_identities_of_user(r->db, r->who.user_id, r->mem, &mine, &n);

	if (e)
		return e;
	*rows = arena_array(r->mem, n + 1, sizeof(**rows));
	for (size_t i = 0; !e && i < n; i++)
		if (mine[i].provider_id)
			e = db_provider_by_id(r->db, mine[i].provider_id,
				r->mem, &(*rows)[found++]);
	*count = found;
	return e;
}

const char *
oidc_fresh_path(struct request *r, const struct provider *p)
{
	return start_of(r, p, "&fresh=1", "");
}

enum err
oidc_to_sign_out(struct request *r, int64_t *provider)
{
	struct identity i;
	struct provider p;
	enum err e = came_by(r, &i, &p);

	*provider =
		!e && oidc_end_session_url(r->mem, r->settings, &p) ? p.id : 0;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
oidc_sign_out_link(struct request *r, int64_t provider)
{
	struct provider p;
	const char *url;
	enum err e = provider ? db_provider_by_id(r->db, provider, r->mem, &p)
			      : ERR_NOT_FOUND;

	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	url = oidc_end_session_url(r->mem, r->settings, &p);
	if (url)
		put_link(r, "oidc-sign-out", url,
			arena_printf(r->mem, "Sign out of %s too", p.name));
	return ERR_OK;
}

/*
 * page_key_revoke.c: revoking an auth key, after a question (spec/pages.md 8,
 * 10.3).
 */
#include <inttypes.h>

#include "db/preauth_list.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/gone.h"
#include "fcgi/html.h"
#include "fcgi/key_where.h"
#include "fcgi/pages_people.h"
#include "fcgi/prove.h"
#include "tailnet/keys.h"

/* Another's is answered as one that never was. */
static enum err
find_own(
	struct request *r, enum err e, const struct preauth_key *k, bool *found)
{
	*found = !e && k->user_id == r->who.user_id;
	if (*found || (e && e != ERR_NOT_FOUND))
		return e;
	return reply_gone(r, &(struct gone){ .thing = "key of yours",
				     .list = key_where(r)->list,
				     .list_words = key_where(r)->list_words });
}

/* The key of the address.  *found false: the answer is made. */
static enum err
find(struct request *r, struct preauth_key *out, bool *found)
{
	int64_t id = page_id(r, 0);
	enum err e = key_where_is_open(r);

	*found = false;
	if (e)
		return e;
	e = db_preauth_key_by_id(r->db, id, r->mem, out);
	if (key_where(r)->own)
		return find_own(r, e, out, found);
	*found = !e;
	if (e != ERR_NOT_FOUND)
		return e;
	return reply_gone(r, &(struct gone){ .kind = "preauth-key",
				     .id = id,
				     .event = "key.deleted",
				     .thing = "key",
				     .list = key_where(r)->list,
				     .list_words = key_where(r)->list_words });
}

static enum err
show_question(struct request *r, const struct preauth_key *k, int64_t nodes)
{
	struct form f;

	form_init(r, &f, "revoke", key_revoke_path(r, k->id), NULL, 0);
	frame_begin(r,
		&(struct page){ .name = "key-revoke",
			.h1 = arena_printf(
				r->mem, "Revoke %s?", key_words(r, k)),
			.title = key_words(r, k),
			.section = key_where(r)->section },
		NULL);
	if (*k->description)
		html_element(r, "p", k->description);
	html_element(r, "p",
		nodes == 1 ? "1 machine joined with it; it stays."
			   : arena_printf(r->mem,
				     "%" PRId64
				     " machines joined with it; they stay.",
				     nodes));
	html_element(r, "p", "No other machine can join with it any more.");
	form_open(&f);
	form_button(&f, "danger:Revoke", NULL);
	html_text(r, " ");
	html_link(r, key_where(r)->list, "Cancel");
	form_close(&f);
	frame_end(r);
	return ERR_OK;
}

enum err
page_key_revoke(struct request *r)
{
	struct preauth_key k;
	int64_t nodes = 0;
	bool found;
	enum err e = find(r, &k, &found);

	if (!e && found)
		e = db_preauth_node_count(r->db, k.id, &nodes);
	return e || !found ? e : show_question(r, &k, nodes);
}

enum err
do_key_revoke(struct request *r)
{
	struct preauth_key k;
	bool found;
	enum err e = find(r, &k, &found);

	/* It is so already: no second row in the log. */
	if (!e && found && !k.revoked_at)
		e = tailnet_preauth_key_revoke(
			r->db, k.id, prove_actor_text(r), r->now);
	return e || !found ? e
			   : form_done(r, key_where(r)->list, "key-revoked", 0);
}

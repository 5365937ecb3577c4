/*
 * page_provider.c: one provider of those that people sign in by, a new one, and
 * its end (spec/pages.md 13).
 */
#include <inttypes.h>

#include "fcgi/frame.h"
#include "fcgi/gone.h"
#include "fcgi/html.h"
#include "fcgi/pages_people.h"
#include "fcgi/prove.h"
#include "fcgi/provider_form.h"
#include "fcgi/reply.h"

static enum err
no_such(struct request *r)
{
	return reply_gone(r, &(struct gone){ .kind = "provider",
				     .id = page_id(r, 0),
				     .event = "provider.deleted",
				     .thing = "provider",
				     .list = SIGN_IN_HERE,
				     .list_words = "Sign-in" });
}

static enum err
one(struct request *r, struct editing *out)
{
	*out = (struct editing){ .r = r };
	out->path = arena_printf(
		r->mem, SIGN_IN_PROVIDERS "/%" PRId64, page_id(r, 0));
	return db_provider_by_id(r->db, page_id(r, 0), r->mem, &out->stored);
}

enum err
page_provider(struct request *r)
{
	struct editing e;
	enum err err = one(r, &e);

	if (err)
		return err == ERR_NOT_FOUND ? no_such(r) : err;
	provider_form_make(&e);
	return provider_form_page(&e);
}

enum err
do_provider(struct request *r)
{
	struct editing e;
	enum err err = one(r, &e);

	if (err)
		return err == ERR_NOT_FOUND ? no_such(r) : err;
	return provider_form_act(&e);
}

enum err
page_provider_new(struct request *r)
{
	struct editing e = { .r = r, .path = SIGN_IN_PROVIDERS "/new" };

	provider_form_make(&e);
	return provider_form_page(&e);
}

enum err
do_provider_new(struct request *r)
{
	struct editing e = { .r = r, .path = SIGN_IN_PROVIDERS "/new" };

	return provider_form_act(&e);
}

static void
delete_form(struct request *r, struct form *f)
{
	form_init(r, f, "delete",
		arena_printf(r->mem, SIGN_IN_PROVIDERS "/%" PRId64 "/delete",
			page_id(r, 0)),
		NULL, 0);
}

enum err
page_provider_delete(struct request *r)
{
	struct editing e;
	enum err err = one(r, &e);
	struct form f;

	if (err)
		return err == ERR_NOT_FOUND ? no_such(r) : err;
	delete_form(r, &f);
	frame_begin(r,
		&(struct page){ .name = "provider-delete",
			.h1 = arena_printf(r->mem, "Delete %s?", e.stored.name),
			.section = SECTION_SETTINGS },
		NULL);
	html_element(r, "p",
		"Nobody signs in by it any more, and its groups name nobody in "
		"the policy. Users and their machines stay; sessions go on "
		"until they end.");
	form_show(&f, "danger:Delete");
	html_begin(r, "p");
	html_link(r, SIGN_IN_HERE, "Cancel");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

enum err
do_provider_delete(struct request *r)
{
	enum err e = tailnet_provider_delete(
		r->db, page_id(r, 0), prove_actor_text(r), r->now);

	if (e == ERR_NOT_FOUND)
		return no_such(r);
	return e ? e : form_done(r, SIGN_IN_HERE, "settings-saved", 0);
}

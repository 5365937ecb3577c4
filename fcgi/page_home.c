/*
 * page_home.c: the start: onward for who is signed in, two ways for who is not
 * (spec/pages.md 6).
 */
#include "db/user.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/page.h"
#include "fcgi/reply.h"

static void
show_ways(struct request *r)
{
	html_begin(r, "ul", "class", "ways");
	html_begin(r, "li");
	html_link(r, "/connect", "Connect a machine");
	html_end(r);
	html_begin(r, "li");
	html_link(r, "/login", "Sign in");
	html_end(r);
	html_end(r);
}

static void
show_not_set_up(struct request *r)
{
	html_begin(r, "p");
	html_text(r, "Not set up yet. Run ");
	html_element(r, "code", "cairn setup-link");
	html_text(r, " on the server.");
	html_end(r);
}

enum err
page_home(struct request *r)
{
	int64_t owners = 0;
	enum err e;

	if (r->who.session)
		return reply_redirect(
			r, 303, r->who.can & CAN_READ ? "/admin/" : "/me");
	e = db_user_owners(r->db, &owners);
	if (e)
		return e;
	frame_begin(r,
		&(struct page){
			.name = "landing", .h1 = frame_organisation(r) },
		NULL);
	html_element(r, "p",
		"This server brings the machines of one private network "
		"together. Each runs a Tailscale client and signs in here.");
	if (owners)
		show_ways(r);
	else
		show_not_set_up(r);
	frame_end(r);
	return ERR_OK;
}

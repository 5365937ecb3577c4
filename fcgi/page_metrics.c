/*
 * page_metrics.c: settings, section Metrics: the token that opens /metrics,
 * which is made here, shown once, and taken away.
 */
#include <string.h>

#include "base/text.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/machine_show.h"
#include "fcgi/once.h"
#include "fcgi/pages_people.h"
#include "fcgi/prove.h"
#include "fcgi/settings_sections.h"

#define HERE "/admin/settings/metrics"

static void
show_form(struct request *r)
{
	bool there = *r->settings->metrics_token;
	struct form f;

	form_init(r, &f, "settings-metrics", HERE, NULL, 0);
	form_open(&f);
	form_button(&f, there ? "Make another token" : "Make a token", "make");
	if (there)
		form_button(&f, "plain:Take the token away", "end");
	form_close(&f);
}

static const char *
line(struct request *r, const char *token)
{
	return arena_printf(r->mem,
		"curl -H 'Authorization: Bearer %s' %s/metrics", token,
		r->settings->url);
}

enum err
page_metrics(struct request *r)
{
	settings_begin(r, settings_section_here(r), NULL);
	html_element(r, "p",
		"Counts of machines, tunnels and requests, and the age of the "
		"newest backup, as Prometheus reads them. Whoever has the "
		"token reads them; without one the address does not exist.");
	html_begin(r, "dl");
	html_fact(r, "metrics_token", "Token",
		*r->settings->metrics_token ? "there is one" : "none");
	html_end(r);
	if (*r->settings->metrics_token)
		html_command(r, "command", line(r, "TOKEN"));
	if (r->who.can & CAN_SETTINGS)
		show_form(r);
	frame_end(r);
	return ERR_OK;
}

static enum err
show_token(struct request *r, const char *token)
{
	form_shows_once(r, HERE);
	frame_begin(r,
		&(struct page){ .name = "metrics-token",
			.h1 = "Copy this token now",
			.section = SECTION_SETTINGS },
		NULL);
	once_secret(r, "Token", token);
	html_element(r, "p",
		"It is not shown again. One that was there before opens "
		"nothing any more.");
	html_command(r, "command", line(r, token));
	show_copy(r, "command", "the line");
	html_begin(r, "p");
	html_link(r, HERE, "Back to the metrics");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

enum err
do_metrics(struct request *r)
{
	const char *does = fields_one(r, "do"), *why;
	bool makes = does && strcmp(does, "make") == 0;
	const char *token = makes ? text_random(r->mem, TOKEN_LEN) : "";
	enum err e;

	if (!makes && (!does || strcmp(does, "end") != 0)) {
		r->why = "the form says neither make nor end in its field do";
		return ERR_BAD_INPUT;
	}
	e = settings_put(r->db, "metrics_token", token, prove_actor_text(r),
		r->now, r->mem, &why);
	if (e)
		return e;
	return makes ? show_token(r, token)
		     : form_done(r, HERE, "settings-saved", 0);
}

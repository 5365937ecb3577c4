/*
 * pages_relays.h: the relays that machines are told of (spec/pages.md 12.2).
 */
#ifndef FCGI_PAGES_RELAYS_H
#define FCGI_PAGES_RELAYS_H

#include "fcgi/form.h"
#include "fcgi/request.h"
#include "tailnet/relays.h"

enum err page_relays(struct request *r);
/* The same with what was refused of the form of its rules. */
enum err relays_again(struct request *r, struct form *refused);
enum err do_relays_own(struct request *r);
enum err do_relays_sources(struct request *r);
enum err do_relays_add(struct request *r);
enum err do_relay_hide(struct request *r);
enum err do_relay_show(struct request *r);
enum err do_relay_delete(struct request *r);
enum err do_relay_token(struct request *r);
enum err do_relay_revoke(struct request *r);
enum err do_relay_source_refresh(struct request *r);

/* The forms of the page, as they are stored until one is taken. */
struct relay_forms {
	struct form own, sources, add;
};

void relay_forms_init(struct request *r, struct relay_forms *f,
	const struct derpmap_rows *rows);
/* The page, `refused` being one of its forms or another one; or NULL. */
enum err relays_show(
	struct request *r, struct relay_forms *f, struct form *refused);

#endif

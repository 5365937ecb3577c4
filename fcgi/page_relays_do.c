/*
 * page_relays_do.c: what the forms of the page of relays do (page_relays.c).
 */
#include <inttypes.h>
#include <string.h>

#include "db/audit.h"
#include "fcgi/frame.h"
#include "fcgi/gone.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/machine_show.h"
#include "fcgi/once.h"
#include "fcgi/pages_relays.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"

#define HERE "/admin/relays"

static enum err
begin(struct request *r, struct relay_forms *f)
{
	struct derpmap_rows rows;
	enum err e = derpmap_rows_load(r->db, r->mem, &rows);

	if (!e)
		relay_forms_init(r, f, &rows);
	return e;
}

static struct relay_act
act_of(struct request *r)
{
	return (struct relay_act){ prove_actor_text(r), r->now };
}

/* "relay_code" is the field "code". */
static const char *
field_of(const char *name)
{
	return strncmp(name, "relay_", 6) == 0 ? name + 6 : name;
}

/* What the rule refused, said at its field; false: it is not the form's, as
 * when the guard of forms refused it before the rule. */
static bool
blame(struct form *f, enum err e, const struct relay_fault *fault,
	const char *taken_at)
{
	if (e == ERR_BAD_INPUT && fault->field)
		form_complain(f, field_of(fault->field),
			arena_printf(f->r->mem, "Enter %s.", fault->why));
	else if (e == ERR_EXISTS)
		form_complain(f, taken_at,
			"There is a relay with this region already.");
	else if (e == ERR_LAST_RELAY)
		form_complain(f, f->count ? f->fields[0].name : "do",
			"Machines need at least one relay: show or add "
			"another one first.");
	else
		return false;
	return true;
}

/* ---- hiding ---- */

static const char *
homes_words(struct request *r, const struct relays_view *v, int64_t id)
{
	int64_t machines = relays_homes_of(v, id).machines;

	return machines == 1
		       ? "1 machine has its home there, and looks for "
			 "another."
		       : arena_printf(r->mem,
				 "%" PRId64 " machines have their home there, "
				 "and look for another.",
				 machines);
}

/* Those that machines are told of beside one, and how many of them are known to
 * answer and let everybody in. */
struct others {
	size_t shown, good;
};

static struct others
others_of(const struct relays_view *v, int64_t id)
{
	struct others o = { 0, 0 };

	for (size_t i = 0; i < v->list.count; i++) {
		const struct derpmap_entry *e = &v->list.at[i];
		const struct derp_test *t = relays_test_of(v, e->region.id);

		if (e->hidden || e->region.id == id)
			continue;
		o.shown++;
		o.good += !e->no_token && t && !*t->error;
	}
	return o;
}

static enum err
ask_hide(struct request *r, const struct relays_view *v,
	const struct derpmap_entry *e, size_t left)
{
	const struct confirm c = {
		.question = arena_printf(r->mem, "Hide %s?", e->region.name),
		.effects = { homes_words(r, v, e->region.id),
			left == 1 ? "1 relay is left, and it is not known to "
				    "answer."
				  : arena_printf(r->mem,
					    "%zu relays are left, and none of "
					    "them is known to answer.",
					    left),
			"Without one that answers, machines that find no "
			"direct way to each other lose each other." },
		.section = SECTION_RELAYS,
		.button = "danger:Hide",
		.cancel = HERE,
	};

	return kept_confirm(r, &c);
}

/* *asked: it would leave some, but none that is known to answer, and the answer
 * asks about that. */
static enum err
ask_if_none_answers(struct request *r, int64_t id, bool *asked)
{
	struct relays_view v = { .test_count = 0 };
	const struct derpmap_entry *entry;
	struct others o;
	enum err e = relays_view(r->db, r->home, r->mem, &v);

	*asked = false;
	if (e || kept_is_confirmed(r))
		return e;
	entry = derpmap_find(&v.list, id);
	if (!entry || entry->hidden)
		return ERR_OK;
	o = others_of(&v, id);
	*asked = o.shown && !o.good;
	return *asked ? ask_hide(r, &v, entry, o.shown) : ERR_OK;
}

/* ---- the own one, sources ---- */

/* *asked: as above, where the form hides the own one. */
static enum err
ask_own(struct request *r, const struct relay_own *own, bool *asked)
{
	*asked = false;
	return own->enabled ? ERR_OK
			    : ask_if_none_answers(
				      r, r->settings->relay_region_id, asked);
}

enum err
do_relays_own(struct request *r)
{
	const struct relay_act act = act_of(r);
	struct relay_fault fault = { NULL, NULL };
	struct relay_forms f;
	struct relay_own own;
	bool asked;
	enum err e = begin(r, &f);

	if (e)
		return e;
	if (!form_take(&f.own))
		return relays_show(r, &f, &f.own);
	own = (struct relay_own){ form_box(&f.own, "enabled"),
		form_int(&f.own, "region_id"), form_int(&f.own, "stun_port"),
		form_get(&f.own, "code"), form_get(&f.own, "name") };
	e = ask_own(r, &own, &asked);
	if (e || asked)
		return e;
	e = tailnet_relay_own(r->db, &own, &act, r->mem, &fault);
	if (blame(&f.own, e, &fault, "region_id"))
		return relays_show(r, &f, &f.own);
	return e ? e : form_done(r, HERE, "relays-saved", 0);
}

enum err
do_relays_sources(struct request *r)
{
	const struct relay_act act = act_of(r);
	struct relay_fault fault = { NULL, NULL };
	struct relay_forms f;
	enum err e = begin(r, &f);

	if (e)
		return e;
	if (!form_take(&f.sources))
		return relays_show(r, &f, &f.sources);
	e = tailnet_relay_sources_set(r->db, form_get(&f.sources, "url"),
		form_get(&f.sources, "hours"), &act, r->mem, &fault);
	if (e == ERR_TOO_BIG)
		form_complain(&f.sources, "url",
			"There would be more than 8 sources, with the files "
			"that the command line named.");
	if (e == ERR_TOO_BIG || blame(&f.sources, e, &fault, "url"))
		return relays_show(r, &f, &f.sources);
	return e ? e : form_done(r, HERE, "relays-saved", 0);
}

/* ---- a relay of its own ---- */

static const char *
config_of(struct request *r, const char *token)
{
	return arena_printf(
		r->mem, "server = %s\ntoken = %s\n", r->settings->url, token);
}

static enum err
show_token(struct request *r, const char *token)
{
	form_shows_once(r, HERE);
	frame_begin(r,
		&(struct page){ .name = "relay-token",
			.h1 = "Copy this token now",
			.section = SECTION_RELAYS },
		NULL);
	once_secret(r, "Token", token);
	html_element(r, "p",
		"It is not shown again. With it the relay asks this server "
		"who may use it.");
	html_element(r, "h2", "On the machine of the relay");
	html_begin(r, "p");
	html_text(r, "In ");
	html_element(r, "code", "/etc/cairn/relay.conf");
	html_text(r, ", which only its user may read; then start ");
	html_element(r, "code", "cairn-relay-remote.service");
	html_text(r, ".");
	html_end(r);
	html_command(r, "command", config_of(r, token));
	show_copy(r, "command", "the lines");
	html_begin(r, "p");
	html_link(r, HERE, "All relays");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

static void
take_region(struct form *f, struct derp_region *row)
{
	*row = (struct derp_region){ .id = form_int(f, "region_id"),
		.code = form_get(f, "code"),
		.name = form_get(f, "name"),
		.host = form_get(f, "host"),
		.ipv4 = form_get(f, "ipv4"),
		.ipv6 = form_get(f, "ipv6"),
		.port = form_int(f, "port"),
		.stun_port = form_int(f, "stun_port"),
		.cert = "" };
}

enum err
do_relays_add(struct request *r)
{
	const struct relay_act act = act_of(r);
	struct relay_fault fault = { NULL, NULL };
	struct derp_region row;
	struct relay_forms f;
	const char *token = NULL;
	enum err e = begin(r, &f);

	if (e)
		return e;
	if (!form_take(&f.add))
		return relays_show(r, &f, &f.add);
	take_region(&f.add, &row);
	e = tailnet_relay_add(
		r->db, r->pepper, &row, &act, r->mem, &token, &fault);
	if (e == ERR_TOO_BIG)
		form_complain(&f.add, "region_id",
			arena_printf(r->mem, "%d relays were added already.",
				RELAYS_ADDED_MAX));
	if (e == ERR_TOO_BIG || blame(&f.add, e, &fault, "region_id"))
		return relays_show(r, &f, &f.add);
	return e ? e : show_token(r, token);
}

/* The page again, with what was refused above it. */
static enum err
refuse(struct request *r, enum err refused)
{
	const struct relay_fault none = { NULL, NULL };
	struct relay_forms f;
	struct form act;
	enum err e = begin(r, &f);

	if (e)
		return e;
	form_init(r, &act, "act", HERE, NULL, 0);
	(void)form_take(&act);
	if (!blame(&act, refused, &none, "do"))
		return refused;
	return relays_show(r, &f, &act);
}

/* Others alter the region of a relay too, so the log knows its end by the last
 * that was said of it. */
static enum err
gone_as(struct request *r, const char *thing)
{
	struct gone g = { .kind = "relay",
		.id = page_id(r, 0),
		.event = "",
		.thing = thing,
		.list = HERE,
		.list_words = "All relays" };
	const char *subject = arena_printf(r->mem, "relay:%" PRId64, g.id);
	struct audit last;

	if (!db_audit_newest(r->db, subject, r->mem, &last) &&
		strcmp(last.detail, RELAY_REMOVED) == 0)
		g.event = last.action;
	return reply_gone(r, &g);
}

static enum err
gone(struct request *r)
{
	return gone_as(r, "relay");
}

static enum err
switch_region(struct request *r, bool hidden, const char *flash)
{
	const struct relay_act act = act_of(r);
	enum err e = tailnet_relay_hide(r->db, page_id(r, 0), hidden, &act);

	if (e == ERR_NOT_FOUND)
		return gone(r);
	if (e == ERR_LAST_RELAY)
		return refuse(r, e);
	return e ? e : form_done(r, HERE, flash, 0);
}

enum err
do_relay_hide(struct request *r)
{
	bool asked;
	enum err e = ask_if_none_answers(r, page_id(r, 0), &asked);

	return e || asked ? e : switch_region(r, true, "relay-hidden");
}

enum err
do_relay_show(struct request *r)
{
	return switch_region(r, false, "relay-shown");
}

static enum err
ask_delete(struct request *r, const struct derp_region *row)
{
	struct relays_view v = { .test_count = 0 };
	struct confirm c = {
		.question = arena_printf(r->mem, "Delete %s?", row->name),
		.effects = { NULL, "Its token is good for nothing any more." },
		.section = SECTION_RELAYS,
		.button = "danger:Delete",
		.cancel = HERE,
	};
	enum err e = relays_view(r->db, r->home, r->mem, &v);

	if (e)
		return e;
	c.effects[0] = homes_words(r, &v, row->id);
	return kept_confirm(r, &c);
}

enum err
do_relay_delete(struct request *r)
{
	const struct relay_act act = act_of(r);
	int64_t id = page_id(r, 0);
	struct derp_region row;
	enum err e = db_derp_region(r->db, id, r->mem, &row);

	if (e == ERR_NOT_FOUND)
		return gone(r);
	if (!e && !kept_is_confirmed(r))
		return ask_delete(r, &row);
	if (!e)
		e = tailnet_relay_remove(r->db, id, &act);
	if (e == ERR_LAST_RELAY)
		return refuse(r, e);
	return e ? e : form_done(r, HERE, "relay-deleted", 0);
}

enum err
do_relay_token(struct request *r)
{
	const struct relay_act act = act_of(r);
	const char *token = NULL;
	enum err e = tailnet_relay_token_new(
		r->db, r->pepper, page_id(r, 0), &act, r->mem, &token);

	if (e == ERR_NOT_FOUND)
		return gone_as(r, "relay with a token");
	return e ? e : show_token(r, token);
}

enum err
do_relay_revoke(struct request *r)
{
	const struct relay_act act = act_of(r);
	enum err e = tailnet_relay_token_revoke(r->db, page_id(r, 0), &act);

	if (e == ERR_NOT_FOUND)
		return gone_as(r, "relay with a token");
	return e ? e : form_done(r, HERE, "relay-token-revoked", 0);
}

enum err
do_relay_source_refresh(struct request *r)
{
	const struct relay_act act = act_of(r);
	enum err e = tailnet_relay_source_refresh(r->db, page_id(r, 0), &act);

	if (e == ERR_NOT_FOUND)
		return reply_gone(r, &(struct gone){ .thing = "map of others",
					     .list = HERE,
					     .list_words = "All relays" });
	return e ? e : form_done(r, HERE, "relay-source-asked", 0);
}

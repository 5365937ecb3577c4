/*
 * deeds_net.c: what the actors do to what is no machine: records and
 * nameservers, relays, and logins by SSH that wait for their owner.
 */
#include "tests/ledger/actor.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tests/ledger/watchers.h"

enum {
	DNS_LEAST = 12, /* of records and of nameservers each there are … */
	RELAYS_LEAST = 8,
	REGIONS_EACH = 10000, /* of an actor; none is named twice */
	LOGINS = 3,           /* of each desk's machine that are asked for */
	LINK_MS = 2000, /* an address may open one a second (page_check.c) */
};

/* ---- DNS ---- */

/* A kind of name with an address. */
struct naming {
	enum fact_kind kind;
	enum pool_kind pool;
	const char *verb, *first;
	const char *add, *drop; /* forms of the page */
	const char *name_field, *address_field;
};

static const struct naming record = { FACT_RECORD, POOL_RECORDS, "record", "n",
	"form-record-add", "form-record-", "name", "value" };
static const struct naming nameserver = { FACT_NAMESERVER, POOL_NAMESERVERS,
	"nameserver", "s", "form-ns-add", "form-ns-", "domain", "address" };

static void
add_name(struct actor *a, struct arena *mem, const struct naming *n)
{
	const char *name = arena_printf(
		mem, "%s%u-%lu" VIEW_ZONE, n->first, a->number, a->made++);
	const char *address = arena_printf(
		mem, "10.1.%u.%u", a->number, (unsigned)(a->made % 250) + 1);
	const struct change c = {
		.kind = n->kind,
		.subject = name,
		.value = address,
		.line = arena_printf(mem, "%s %s %s", n->verb, name, address),
		.page = "/admin/dns",
		.form = n->add,
		.typed = { { n->name_field, name },
			{ n->address_field, address },
			{ n->kind == FACT_RECORD ? "type" : NULL, "A" } },
		.flash = "dns-saved",
	};

	if (!change(a, mem, &c))
		return;
	count(a, &a->load->counts.dns);
	pool_put(a->load, n->pool, name);
}

static void
drop_name(struct actor *a, struct arena *mem, const struct naming *n,
	const char *name)
{
	const struct change c = {
		.kind = n->kind,
		.subject = name,
		.value = VIEW_GONE,
		.line = arena_printf(mem, "%s %s " VIEW_GONE, n->verb, name),
		.where = arena_printf(mem, "where-%s %s", n->verb, name),
		.page = "/admin/dns",
		.form = n->drop,
		.form_tail = "-delete",
		.flash = "dns-saved",
	};

	if (change(a, mem, &c))
		count(a, &a->load->counts.dns);
}

static void
do_name(struct actor *a, struct arena *mem, const struct naming *n)
{
	char name[KEY_TEXT_SIZE];

	if (a->load->pools[n->pool].count >= DNS_LEAST &&
		pool_take(a, n->pool, name))
		drop_name(a, mem, n, name);
	else
		add_name(a, mem, n);
}

/* ---- relays ---- */

/* A relay is told of from the start: two facts by one deed, of a hand alone,
 * for its page would show a token. */
static void
add_relay(struct actor *a, struct arena *mem)
{
	const char *id = arena_printf(mem, "%lu",
		VIEW_REGION + a->number * (unsigned long)REGIONS_EACH +
			a->relays++ % REGIONS_EACH);
	struct facts *f = a->load->facts;
	const struct change c = {
		.kind = FACT_RELAY,
		.subject = id,
		.value = VIEW_HERE,
		.line = arena_printf(mem, "relay %s add", id),
	};

	facts_try(f, FACT_REGION, id, VIEW_HERE);
	if (!change(a, mem, &c))
		return;
	facts_told(f, FACT_REGION, id, VIEW_HERE);
	count(a, &a->load->counts.relays);
	pool_put(a->load, POOL_RELAYS, id);
}

static void
drop_relay(struct actor *a, struct arena *mem, const char *id)
{
	const struct change c = {
		.kind = FACT_RELAY,
		.subject = id,
		.value = VIEW_GONE,
		.line = arena_printf(mem, "relay %s " VIEW_GONE, id),
	};

	if (change(a, mem, &c))
		count(a, &a->load->counts.relays);
}

static void
switch_relay(struct actor *a, struct arena *mem, const char *id)
{
	char state[HAND_TEXT];
	bool hide;

	if (!ask_once(a, state, arena_printf(mem, "where-relay %s", id)))
		return;
	hide = strcmp(state, "shown") == 0;
	if (!change(a, mem,
		    &(struct change){ .kind = FACT_REGION,
			    .subject = id,
			    .value = hide ? VIEW_GONE : VIEW_HERE,
			    .line = arena_printf(mem, "relay %s %s", id,
				    hide ? "hide" : "show"),
			    .page = "/admin/relays",
			    .form = arena_printf(mem, "form-region-%s", id),
			    /* Where no other one is known to answer. */
			    .typed = { { hide ? "confirm" : NULL, "1" } },
			    .flash = hide ? "relay-hidden" : "relay-shown" }))
		return;
	count(a, &a->load->counts.relays);
	pool_put(a->load, POOL_RELAYS, id);
}

static void
do_relay(struct actor *a, struct arena *mem)
{
	char id[KEY_TEXT_SIZE];

	if (a->load->pools[POOL_RELAYS].count < RELAYS_LEAST ||
		!pool_take(a, POOL_RELAYS, id))
		add_relay(a, mem);
	else if (next_random(a) % 3 == 0)
		drop_relay(a, mem, id);
	else
		switch_relay(a, mem, id);
}

/* ---- SSH ---- */

/* What may be said to a check, and where. */
struct verdict {
	const char *word, *value;
	const char *form, *flash; /* of the list; NULL: it has none */
};

static const struct verdict approve = { "approve", "approved", NULL, "" };
static const struct verdict reject = { "reject", "rejected", "form-check-",
	"check-rejected" };
static const struct verdict withdraw = { "revoke", "ended", NULL, NULL };
static const struct verdict revoke = { "revoke", "ended", "form-revoke-",
	"check-revoked" };

/* An address opens few links (rate.h): now and then one.  Taken though a hand
 * may do it then. */
static bool
may_open_link(struct actor *a)
{
	struct load *l = a->load;
	int64_t now = clock_now_ms();
	bool may;

	pthread_mutex_lock(&l->lock);
	may = now - l->link_ms >= LINK_MS;
	if (may)
		l->link_ms = now;
	pthread_mutex_unlock(&l->lock);
	return may;
}

static const struct verdict *
choose(struct actor *a, bool waits)
{
	switch (next_random(a) % 4) {
	case 0:
		return waits ? &reject : &revoke;
	case 1:
		return waits ? &withdraw : &revoke;
	default:
		return waits ? &approve : &revoke;
	}
}

static void
decide(struct actor *a, struct arena *mem, const struct verdict *v,
	const char *id, const char *login, const char *link)
{
	const bool by_link = v == &approve && may_open_link(a);
	const struct change c = {
		.kind = FACT_CHECK,
		.subject = id,
		.value = v->value,
		.line = arena_printf(mem, "check %s %s", id, v->word),
		.page = by_link ? arena_printf(mem, "/auth/%s", link)
				: arena_printf(
					  mem, "/admin/checks?q=%s", login),
		.form = by_link   ? "form-check"
			: v->form ? arena_printf(mem, "%s%s", v->form, id)
				  : NULL,
		.typed = { { v == &revoke ? NULL : "decision", v->word } },
		.flash = v->flash,
	};

	if (change(a, mem, &c))
		count(a, &a->load->counts.checks);
}

/* Of the machine that belongs to the actor's desk. */
static void
do_check(struct actor *a, struct arena *mem)
{
	const char *login = arena_printf(
		mem, "u%u-%u", a->number, (unsigned)(next_random(a) % LOGINS));
	char answer[HAND_TEXT], id[24], state[16], link[64];

	if (!ask_once(a, answer,
		    arena_printf(mem, "ask " WATCHER_NAME " %s", a->number,
			    login)) ||
		sscanf(answer, "%23s %15s %63s", id, state, link) != 3)
		return;
	facts_told(a->load->facts, FACT_CHECK, id, state);
	decide(a, mem, choose(a, strcmp(state, "waiting") == 0), id, login,
		link);
}

void
act_on_net(struct actor *a, struct arena *mem)
{
	switch (next_random(a) % 6) {
	case 0:
	case 1:
		do_check(a, mem);
		break;
	case 2:
		do_relay(a, mem);
		break;
	case 3:
		do_name(a, mem, &nameserver);
		break;
	default:
		do_name(a, mem, &record);
	}
}

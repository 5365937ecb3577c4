/* Who vouches for people: whether each answers as a provider does.  Nothing of
 * it is stored, so that who signs in finds what was read for a sign-in. */
#include "base/clock.h"
#include "db/provider.h"
#include "tailnet/doctor.h"
#include "tailnet/provider_ask.h"

enum {
	QUICK_MS = 4000, /* for all of them together, where somebody waits */
};

static const char *
read_words(struct doctor *d, const struct provider *p)
{
	return p->discovery_at
		       ? arena_printf(d->mem, "read last for a sign-in at %s",
				 clock_print(d->mem, p->discovery_at))
		       : "never read for a sign-in";
}

static void
show_silent(struct doctor *d, const struct provider *p, const char *why,
	bool nobody)
{
	const char *remedy = arena_printf(d->mem,
		"see that it runs, and that this server reaches it; 'cairn "
		"providers test %s' asks again%s",
		p->name,
		nobody ? "; nobody signs in until then, but 'cairn settings "
			 "set password_sign_in true' lets passwords in again"
		       : "");

	if (nobody)
		doctor_fail(d, HEALTH_PROVIDER, remedy,
			"provider: %s does not answer: %s; %s", p->name, why,
			read_words(d, p));
	else
		doctor_warn(d, HEALTH_PROVIDER, remedy,
			"provider: %s does not answer: %s; %s", p->name, why,
			read_words(d, p));
}

static int64_t
room_ms(const struct doctor *d, int64_t until_ms)
{
	int64_t left = until_ms - clock_now_ms();

	if (!d->quick)
		return OIDC_MS;
	return left > 0 ? left : 0;
}

/* One that is asked, or was no more. */
struct asked {
	bool was;
	struct provider_trial t;
};

static struct asked *
ask_all(struct doctor *d, const struct provider *rows, size_t count,
	bool *silent)
{
	int64_t until_ms = clock_now_ms() + QUICK_MS;
	struct asked *all = arena_array(d->mem, count + 1, sizeof(*all));

	*silent = true;
	for (size_t i = 0; i < count; i++) {
		int64_t ms = room_ms(d, until_ms);

		all[i].was = ms != 0;
		if (ms)
			provider_try(rows[i].issuer, ms, d->mem, &all[i].t);
		*silent = *silent && ms && all[i].t.trouble;
	}
	return all;
}

static void
show(struct doctor *d, const struct provider *p, const struct asked *a,
	bool nobody)
{
	if (!a->was)
		doctor_unknown(d, HEALTH_PROVIDER,
			"provider: %s was not asked, those before it took too "
			"long",
			p->name);
	else if (a->t.trouble)
		show_silent(d, p, a->t.trouble, nobody);
	else
		doctor_ok(d, HEALTH_PROVIDER,
			"provider: %s answers, with %zu %s", p->name, a->t.keys,
			a->t.keys == 1 ? "key" : "keys");
}

void
doctor_providers(struct doctor *d)
{
	const struct asked *all;
	struct provider *rows;
	bool silent;
	size_t count;

	if (db_providers(d->db, d->mem, &rows, &count))
		return;
	if (!count)
		doctor_ok(d, HEALTH_PROVIDER,
			"provider: none is set up, people sign in with "
			"passwords");
	all = ask_all(d, rows, count, &silent);
	for (size_t i = 0; i < count; i++)
		show(d, &rows[i], &all[i],
			silent && !d->settings.password_sign_in);
}

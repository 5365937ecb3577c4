#include "tailnet/policy_trial.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "policy/tests.h"
#include "tailnet/policy_force.h"
#include "tailnet/policy_world.h"

/* They outlive the policy. */
static void
keep_sources(struct arena *mem, struct policy_failures *all)
{
	struct policy_failure *at =
		arena_array(mem, all->count + 1, sizeof(*at));

	for (size_t i = 0; i < all->count; i++) {
		at[i] = all->at[i];
		at[i].src = arena_strdup(mem, at[i].src);
	}
	all->at = at;
}

static bool
is_time_left(void *until)
{
	return clock_now_ms() < *(int64_t *)until;
}

static enum err
compare(struct db *db, struct engine *after, struct arena *mem,
	struct policy_trial *out)
{
	int64_t until = clock_now_ms() + POLICY_IMPACT_MS;
	struct policy_force force;
	struct engine *before;
	enum err e = policy_in_force(db, mem, &force);

	if (!e)
		e = policy_world(db, force.policy, mem, &before);
	if (e)
		return e;
	policy_compare(before, after, POLICY_FLOWS_MAX, is_time_left, &until,
		mem, &out->impact);
	out->compared = true;
	out->against = force.version;
	engine_free(before);
	return ERR_OK;
}

/* Takes the policy over. */
static enum err
run(struct db *db, struct policy *p, unsigned more, struct arena *mem,
	struct policy_trial *out)
{
	struct engine *e;
	enum err err = policy_world(db, p, mem, &e), late = ERR_OK;

	if (err)
		return err;
	err = policy_tests(e, mem, &out->error, &out->failures);
	keep_sources(mem, &out->failures);
	if (more & TRY_ROWS)
		out->rows = policy_test_rows(e, mem, POLICY_ROWS_MAX);
	/* It can be told of one whose tests fail, too. */
	if ((more & TRY_IMPACT) && (!err || out->failures.count))
		late = compare(db, e, mem, out);
	engine_free(e);
	return late ? late : err;
}

enum err
policy_try(struct db *db, const char *text, unsigned more, struct arena *mem,
	struct policy_trial *out)
{
	struct bytes bytes = { (const void *)text, strlen(text) };
	struct policy *policy;
	enum err e;

	memset(out, 0, sizeof(*out));
	e = policy_domains(db, mem, &out->domains);
	if (!e)
		e = policy_load(
			bytes, &out->domains, mem, &policy, &out->error);
	if (e)
		return e;
	out->unruled = !policy->has_grants && !policy->has_acls;
	if (policy->test_count || policy->ssh_test_count || (more & TRY_IMPACT))
		e = run(db, policy, more, mem, out);
	else
		policy_free(policy);
	return e;
}

const char *
policy_error_words(struct arena *mem, const struct policy_error *error)
{
	if (!error->place.line || text_starts(error->text, "hujson: line "))
		return error->text;
	return arena_printf(mem, "line %u, column %u: %s", error->place.line,
		error->place.column, error->text);
}

const char *
policy_trial_words(struct arena *mem, const struct policy_trial *t)
{
	size_t count = 0;
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, policy_error_words(mem, &t->error));
	for (size_t i = 0; i < t->failures.count; i++) {
		const struct policy_failure *f = &t->failures.at[i];

		for (size_t k = 0; k < f->errors.count; k++)
			if (count++ < POLICY_FAILURES_TOLD)
				buf_puts(&b,
					arena_printf(mem,
						"\nline %u, from \"%s\": %s",
						f->place.line, f->src,
						f->errors.at[k]));
	}
	if (count > POLICY_FAILURES_TOLD)
		buf_puts(&b, arena_printf(mem, "\nand %zu more",
				     count - POLICY_FAILURES_TOLD));
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

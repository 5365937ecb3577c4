#include <string.h>

#include "base/list.h"
#include "policy/ssh.h"
#include "policy/tests_inside.h"

static const char *const verdict_words[] = {
	[SSH_NOTHING] = "Deny",
	[SSH_ACCEPT] = "Accept",
	[SSH_CHECK] = "Check",
};

struct machines {
	const struct machine **at;
	size_t count;
};

static void
add_machine(void *arg, const struct machine *m)
{
	struct machines *l = arg;

	l->at[l->count++] = m;
}

/* ---- destinations -------------------------------------------------------- */

/* autogroup:self: the untagged sources. */
static void
add_sources(struct machines *l, const struct test_end *src)
{
	for (size_t i = 0; i < src->count; i++) {
		const struct machine *m = src->at[i].machine;

		if (m && m->person && (!l->count || l->at[l->count - 1] != m))
			add_machine(l, m);
	}
}

static struct machines
targets(struct test_run *run, const char *text, const struct test_end *src)
{
	const struct policy *p = engine_policy(run->e);
	size_t alias = policy_alias(p, text);
	struct machines l = { NULL, 0 };
	struct test_end end;

	l.at = arena_array(run->mem, engine_machine_count(run->e) + 1,
		sizeof(const void *));
	if (strcmp(text, "autogroup:self") == 0) {
		add_sources(&l, src);
	} else if (alias != SIZE_MAX && !alias_is_literal(&p->aliases[alias])) {
		if (p->aliases[alias].kind != ALIAS_ANY)
			engine_members(
				run->e, (uint32_t)alias, add_machine, &l);
	} else {
		end = test_end_of(run->e, run->mem, text, TEST_MACHINES);
		if (end.count && end.at[0].machine)
			add_machine(&l, end.at[0].machine);
	}
	return l;
}

/* ---- an entry ------------------------------------------------------------ */

static enum ssh_verdict
verdict_of(struct test_run *run, const struct machine *from,
	const struct machine *to, const char *login,
	const struct ssh_rule **rule)
{
	struct machine as_if;

	*rule = NULL;
	if (!from)
		return SSH_NOTHING;
	as_if = *from;
	if (run->attributes) {
		as_if.attributes = (struct engine_attribute *)run->attributes;
		as_if.attribute_count = run->attribute_count;
	}
	return ssh_decide(run->e, &as_if, to, login, rule);
}

/* The first source and destination that answer otherwise are told. */
static void
try_login(struct test_run *run, const struct test_end *src,
	const struct machines *to, const char *dst, const char *login,
	enum ssh_verdict want)
{
	for (size_t i = 0; i < to->count; i++)
		for (size_t k = 0; k < src->count; k++) {
			const struct ssh_rule *rule;
			enum ssh_verdict got = verdict_of(run,
				src->at[k].machine, to->at[i], login, &rule);

			if (got == want)
				continue;
			if (run->seen)
				*run->seen = (struct test_seen){ .known = true,
					.verdict = got,
					.ssh = rule,
					.from = src->at[k].machine,
					.to = to->at[i] };
			test_fails(run,
				"user \"%s\" on \"%s\": want: %s, got: %s",
				login, dst, verdict_words[want],
				verdict_words[got]);
			return;
		}
}

static void
try_destination(struct test_run *run, const struct policy_ssh_test *t,
	const struct test_end *src, const char *dst)
{
	const struct machines to = targets(run, dst, src);
	const struct {
		const struct json_texts *logins;
		enum ssh_verdict want;
	} lists[] = {
		{ &t->accept, SSH_ACCEPT },
		{ &t->check, SSH_CHECK },
		{ &t->deny, SSH_NOTHING },
	};
	const char *unmanned = test_unmanned(run->e, dst);

	if (!to.count) {
		test_fails(run, "dst \"%s\": %s", dst,
			unmanned ? unmanned : "names no machine");
		return;
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (size_t k = 0; k < lists[i].logins->count; k++)
			try_login(run, src, &to, dst, lists[i].logins->at[k],
				lists[i].want);
}

void
test_ssh(struct test_run *run, const struct policy_ssh_test *t)
{
	struct test_end src =
		test_end_of(run->e, run->mem, t->src, TEST_MACHINES);

	test_attributes(run, t->posture_attrs);
	if (!src.count)
		test_names_nobody(run, t->src);
	else if (!t->dst.count)
		test_fails(run, "dst names nobody");
	else if (!t->accept.count && !t->check.count && !t->deny.count)
		test_fails(run, "accept, check and deny are empty");
	else if (list_has(&t->accept, "") || list_has(&t->check, "") ||
		 list_has(&t->deny, ""))
		test_fails(run, "a user is empty");
	else
		for (size_t i = 0; i < t->dst.count; i++)
			try_destination(run, t, &src, t->dst.at[i]);
}

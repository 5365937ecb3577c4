#include "policy/test_rows.h"

#include "policy/tests_inside.h"
#include "policy/who.h"

struct rows {
	struct engine *e;
	struct arena *mem;
	struct test_row *at;
	size_t count, most, left;
};

/* The next row, NULL when there is no room: it is counted. */
static struct test_row *
begin(struct rows *r, const char *section, size_t number,
	struct policy_place place, const char *src)
{
	struct test_row *row = &r->at[r->count];

	if (r->count == r->most) {
		r->left++;
		return NULL;
	}
	r->count++;
	*row = (struct test_row){ .section = section,
		.number = number,
		.place = place,
		.src = arena_strdup(r->mem, src),
		.wants = "",
		.to = "",
		.got = "",
		.rule = "" };
	return row;
}

/* A network test that holds may have seen one that was let through. */
static void
tell_seen(struct rows *r, const struct test_seen *s, struct test_row *row)
{
	static const char *const words[] = { [SSH_NOTHING] = "deny",
		[SSH_ACCEPT] = "accept",
		[SSH_CHECK] = "check" };

	if (!row->error || !s->known)
		return;
	row->got = words[s->verdict];
	row->rule =
		s->ssh ? arena_printf(r->mem, "ssh[%zu]",
				 (size_t)(s->ssh - engine_policy(r->e)->ssh))
		       : reach_words(r->mem, &s->rule);
	row->rule_place = s->ssh ? s->ssh->place : s->rule.place;
	row->from_id = s->from ? s->from->id : 0;
	row->to_id = s->to ? s->to->id : 0;
}

/* ---- tests --------------------------------------------------------------- */

static void
run_network(struct rows *r, const struct policy_test *t, struct test_row *row)
{
	struct json_texts errors = { NULL, 0 };
	struct test_seen seen = { .known = false };
	struct test_run run = {
		.e = r->e, .mem = r->mem, .seen = &seen, .errors = &errors
	};

	test_network(&run, t);
	row->error = errors.count ? errors.at[0] : NULL;
	tell_seen(r, &seen, row);
}

static void
add_destinations(struct rows *r, size_t number, bool accept)
{
	const struct policy_test *t = &engine_policy(r->e)->tests[number];
	const struct json_texts *list = accept ? &t->accept : &t->deny;

	for (size_t i = 0; i < list->count; i++) {
		struct policy_test one = *t;
		struct test_row *row =
			begin(r, "tests", number, t->place, t->src);

		if (!row)
			continue;
		one.accept = one.deny = (struct json_texts){ NULL, 0 };
		*(accept ? &one.accept : &one.deny) =
			(struct json_texts){ list->at + i, 1 };
		row->wants = accept ? "accept" : "deny";
		row->to = arena_strdup(r->mem, list->at[i]);
		run_network(r, &one, row);
	}
}

static void
add_network(struct rows *r, size_t number)
{
	const struct policy_test *t = &engine_policy(r->e)->tests[number];
	struct test_row *row;

	add_destinations(r, number, true);
	add_destinations(r, number, false);
	if (t->accept.count || t->deny.count)
		return;
	row = begin(r, "tests", number, t->place, t->src);
	if (row)
		run_network(r, t, row);
}

/* ---- sshTests ------------------------------------------------------------ */

static void
run_ssh(struct rows *r, const struct policy_ssh_test *t, struct test_row *row)
{
	struct json_texts errors = { NULL, 0 };
	struct test_seen seen = { .known = false };
	struct test_run run = {
		.e = r->e, .mem = r->mem, .seen = &seen, .errors = &errors
	};

	test_ssh(&run, t);
	row->error = errors.count ? errors.at[0] : NULL;
	tell_seen(r, &seen, row);
}

enum login_list {
	LOGIN_ACCEPT,
	LOGIN_CHECK,
	LOGIN_DENY,
	LOGIN_LISTS,
};

static struct json_texts *
logins(struct policy_ssh_test *t, enum login_list which)
{
	struct json_texts *lists[] = { &t->accept, &t->check, &t->deny };

	return lists[which];
}

static void
add_login(struct rows *r, size_t number, enum login_list which, size_t login,
	size_t dst)
{
	static const char *const words[] = { "accept", "check", "deny" };
	struct policy_ssh_test t = engine_policy(r->e)->ssh_tests[number];
	struct test_row *row = begin(r, "sshTests", number, t.place, t.src);
	struct json_texts one = { logins(&t, which)->at + login, 1 };

	if (!row)
		return;
	t.accept = t.check = t.deny = (struct json_texts){ NULL, 0 };
	*logins(&t, which) = one;
	t.dst = (struct json_texts){ t.dst.at + dst, 1 };
	row->wants = words[which];
	row->to = arena_printf(r->mem, "%s on %s", one.at[0], t.dst.at[0]);
	run_ssh(r, &t, row);
}

static void
add_ssh(struct rows *r, size_t number)
{
	struct policy_ssh_test t = engine_policy(r->e)->ssh_tests[number];
	struct test_row *row;
	bool any = false;

	for (enum login_list w = 0; w < LOGIN_LISTS; w++)
		for (size_t i = 0; i < logins(&t, w)->count; i++)
			for (size_t k = 0; k < t.dst.count; k++) {
				any = true;
				add_login(r, number, w, i, k);
			}
	row = any ? NULL : begin(r, "sshTests", number, t.place, t.src);
	if (row)
		run_ssh(r, &t, row);
}

struct test_rows
policy_test_rows(struct engine *e, struct arena *mem, size_t most)
{
	const struct policy *p = engine_policy(e);
	struct rows r = { .e = e, .mem = mem, .most = most };

	r.at = arena_array(mem, most + 1, sizeof(*r.at));
	for (size_t i = 0; i < p->test_count; i++)
		add_network(&r, i);
	for (size_t i = 0; i < p->ssh_test_count; i++)
		add_ssh(&r, i);
	return (struct test_rows){ r.at, r.count, r.left };
}

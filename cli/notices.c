/* cairn notices …: who else is told of what happens. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/secret_line.h"
#include "cli/texts.h"
#include "tailnet/notice.h"
#include "tailnet/secrets.h"
#include "tailnet/settings.h"

enum {
	PASSWORD_MAX = 256,
	LOG_ROWS = 20,
	LOG_ROWS_MAX = 1000,
};

static bool
is_mail(const struct notice_target *t)
{
	return strcmp(t->kind, "mail") == 0;
}

/* ---- what is shown ---- */

static void
put_events(struct value *v, const char *events)
{
	struct value *list = value_list(v, "events");

	while (*events) {
		size_t gap = strspn(events, " ");
		size_t len = strcspn(events + gap, " ");

		if (len)
			value_text(list, NULL,
				arena_printf(v->mem, "%.*s", (int)len,
					events + gap));
		events += gap + len;
	}
}

static void
put_notice(struct value *v, const struct notice *n)
{
	value_int(v, "id", n->id);
	value_time(v, "at", n->at);
	value_text(v, "event", n->event);
	value_text(v, "type", n->type);
	value_text(v, "message", n->message);
	value_text(v, "state", n->state);
	value_int(v, "tries", n->tries)->keep = true;
	value_time(v, "tried_at", n->tried_at);
	value_text(v, "answer", n->answer);
}

static void
put_target(struct value *v, const struct notice_target *t)
{
	value_int(v, "id", t->id);
	value_text(v, "kind", t->kind);
	value_text(v, "place", t->place);
	value_text(v, "format", t->format);
	put_events(v, t->events);
	value_text(v, "server", t->server);
	value_text(v, "security", t->security);
	value_text(v, "sender", t->sender);
	value_text(v, "account", t->account);
	value_time(v, "created_at", t->created_at);
}

static const char *
last_words(struct arena *mem, const struct notice *rows, size_t count)
{
	if (!count)
		return "nothing yet";
	if (!*rows[0].answer || strcmp(rows[0].state, "sent") == 0)
		return rows[0].state;
	return arena_printf(mem, "%s: %s", rows[0].state, rows[0].answer);
}

static enum err
list_target(struct cli *c, struct table *t, struct value *list,
	const struct notice_target *target)
{
	struct value *v = value_object(list, NULL);
	struct notice *last;
	int64_t waiting = 0;
	size_t count;
	enum err e = db_notice_count(c->db, target->id, "waiting", &waiting);

	if (!e)
		e = db_notices_of(
			c->db, target->id, 0, 1, c->mem, &last, &count);
	if (e)
		return e;
	table_int(t, target->id);
	table_cell(t, *target->format ? arena_printf(c->mem, "%s, %s",
						target->kind, target->format)
				      : target->kind);
	table_cell(t, target->place);
	table_cell(t, notice_addresses(c->mem, target->events));
	table_int(t, waiting);
	table_cell(t, last_words(c->mem, last, count));
	put_target(v, target);
	value_int(v, "waiting", waiting)->keep = true;
	if (count)
		put_notice(value_object(v, "last"), &last[0]);
	return ERR_OK;
}

static void
print(struct cli *c, struct table *t, struct value *list)
{
	if (c->format == FORMAT_PLAIN)
		cli_print_table(c, t);
	else
		cli_print_value(c, c->out, list);
}

enum err
cmd_notices_list(struct cli *c)
{
	static const char *const heads[] = { "ID", "Kind", "Where", "Events",
		"Waiting", "Last", NULL };
	struct value *list = value_new_list(c->mem);
	struct notice_target *rows;
	struct table t;
	size_t count = 0;
	enum err e = db_notice_targets(c->db, c->mem, &rows, &count);

	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; !e && i < count; i++)
		e = list_target(c, &t, list, &rows[i]);
	if (e)
		return cli_fail(c, e, "reading the targets");
	print(c, &t, list);
	return ERR_OK;
}

static enum err
find(struct cli *c, struct notice_target *out)
{
	int64_t id = 0;
	enum err e;

	if (!c->arg_count || text_int(c->args[0], &id))
		return cli_refuse(c,
			"missing parameters: the ID of a target; 'cairn "
			"notices list' has them");
	e = db_notice_target(c->db, id, c->mem, out);
	if (e == ERR_NOT_FOUND)
		return cli_refuse(c,
			"there is no target %" PRId64
			"; 'cairn notices list' has them",
			id);
	return e ? cli_fail(c, e, "finding the target") : ERR_OK;
}

enum err
cmd_notices_log(struct cli *c)
{
	static const char *const heads[] = { "ID", "When", "Event", "Message",
		"State", "Tries", "Answer", NULL };
	int64_t rows_most =
		cli_given(c, "rows") ? cli_number(c, "rows") : LOG_ROWS;
	struct value *list = value_new_list(c->mem);
	struct notice_target target;
	struct notice *rows;
	struct table t;
	size_t count;
	enum err e = find(c, &target);

	if (e)
		return e;
	if (rows_most < 1 || rows_most > LOG_ROWS_MAX)
		return cli_refuse(
			c, "--rows is a number from 1 to %d", LOG_ROWS_MAX);
	e = db_notices_of(
		c->db, target.id, 0, rows_most, c->mem, &rows, &count);
	if (e)
		return cli_fail(c, e, "reading the log");
	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < count; i++) {
		table_int(&t, rows[i].id);
		table_time(&t, rows[i].at);
		table_cell(&t, rows[i].event);
		table_cell(&t, rows[i].message);
		table_cell(&t, rows[i].state);
		table_int(&t, rows[i].tries);
		table_cell(&t, rows[i].answer);
		put_notice(value_object(list, NULL), &rows[i]);
	}
	print(c, &t, list);
	return ERR_OK;
}

/* ---- what is changed ---- */

static void
take_text(struct cli *c, const char *flag, const char **to)
{
	if (cli_given(c, flag))
		*to = cli_text(c, flag);
}

/* What is said, over what there was. */
static enum err
take_flags(struct cli *c, struct notice_target *t)
{
	const char *odd = NULL;

	take_text(c, "format", &t->format);
	take_text(c, "server", &t->server);
	take_text(c, "security", &t->security);
	take_text(c, "sender", &t->sender);
	take_text(c, "account", &t->account);
	if (cli_given(c, "events"))
		t->events = notice_events(c->mem, cli_text(c, "events"), &odd);
	if (odd)
		return cli_refuse(c,
			"\"%s\" is no event: 'cairn help notices add' has "
			"them",
			odd);
	return ERR_OK;
}

static enum err
check(struct cli *c, const struct notice_target *t, const char *doing)
{
	const char *field, *why;
	struct settings s;
	enum err e = settings_load(c->db, c->mem, &s);

	if (e)
		return cli_fail(c, e, "reading settings");
	why = notice_target_trouble(c->mem, t, s.notice_private, &field);
	if (!why)
		return ERR_OK;
	if (strcmp(field, "place") == 0)
		return cli_refuse(c, "%s: %s", doing, why);
	return cli_refuse(c, "%s: --%s: %s", doing, field, why);
}

/* Arguments behind the kind, as they come. */
static const char *
place_of(struct cli *c, int from)
{
	const char *all = "";

	for (int i = from; i < c->arg_count; i++)
		all = arena_printf(
			c->mem, "%s%s%s", all, *all ? " " : "", c->args[i]);
	return all;
}

static enum err
store(struct cli *c, const struct notice_target *t, const char *password)
{
	struct value *v = value_new_object(c->mem);
	const char *text = "";
	struct secret seal;
	int64_t id = 0;
	enum err e = secret_current(c->db, c->home, "seal", &seal);

	if (!e)
		e = tailnet_notice_target_add(c->db, &seal, t, password,
			CLI_ACTOR, c->now, c->mem, &id, &text);
	secret_wipe(&seal);
	if (e == ERR_TOO_BIG)
		return cli_refuse(c,
			"adding the target: there are %d, no more fit",
			NOTICE_TARGETS_MAX);
	if (e)
		return cli_fail(c, e, "adding the target");
	value_int(v, "id", id);
	if (!is_mail(t))
		value_text(v, "key", text);
	cli_answer(c, v,
		is_mail(t)
			? arena_printf(c->mem, "Target %" PRId64 " added", id)
			: text);
	return ERR_OK;
}

enum err
cmd_notices_add(struct cli *c)
{
	const char *kind = c->arg_count ? c->args[0] : "";
	bool mail = strcmp(kind, "mail") == 0;
	struct notice_target t = { .kind = kind,
		.format = mail ? "" : "json",
		.events = "",
		.server = "",
		.security = mail ? "starttls" : "",
		.sender = "",
		.account = "" };
	const char *password = NULL;
	enum err e;

	if ((!mail && strcmp(kind, "webhook") != 0) || c->arg_count < 2)
		return cli_refuse(c,
			"say webhook and its address, or mail and addresses");
	if (!mail && c->arg_count > 2)
		return cli_refuse(c, "unexpected argument \"%s\"", c->args[2]);
	t.place = mail ? notice_addresses(c->mem, place_of(c, 1)) : c->args[1];
	e = take_flags(c, &t);
	if (!e)
		e = check(c, &t, "adding the target");
	if (!e)
		e = secret_line(c, "password-file", PASSWORD_MAX, &password);
	if (e)
		return e;
	if (mail)
		return store(c, &t, password && *t.account ? password : "");
	return store(c, &t, NULL);
}

static enum err
replace(struct cli *c, const struct notice_target *before,
	const struct notice_target *t, const char *password)
{
	struct secret seal;
	enum err e;

	if (!password && !notice_keeps_password(before, t))
		return cli_refuse(c,
			"changing the target: give --password-file: the "
			"password was for another server or account");
	e = secret_current(c->db, c->home, "seal", &seal);
	if (!e)
		e = tailnet_notice_target_set(
			c->db, &seal, t, password, CLI_ACTOR, c->now);
	secret_wipe(&seal);
	if (e)
		return cli_fail(c, e, "changing the target");
	cli_answer(c, value_new_object(c->mem), "Target changed");
	return ERR_OK;
}

enum err
cmd_notices_set(struct cli *c)
{
	const char *password = NULL;
	struct notice_target before, t;
	enum err e = find(c, &before);

	if (e)
		return e;
	t = before;
	if (c->arg_count > 1)
		t.place = is_mail(&t) ? notice_addresses(c->mem, place_of(c, 1))
				      : place_of(c, 1);
	e = take_flags(c, &t);
	if (!e)
		e = check(c, &t, "changing the target");
	if (!e)
		e = secret_line(c, "password-file", PASSWORD_MAX, &password);
	return e ? e : replace(c, &before, &t, is_mail(&t) ? password : NULL);
}

enum err
cmd_notices_test(struct cli *c)
{
	struct notice_target t;
	enum err e = find(c, &t);

	if (e)
		return e;
	e = tailnet_notice_test(c->db, t.id, CLI_ACTOR, c->now);
	if (e)
		return cli_fail(c, e, "testing the target");
	cli_answer(c, value_new_object(c->mem),
		arena_printf(c->mem,
			"The test is on its way; 'cairn notices log %" PRId64
			"' tells what becomes of it",
			t.id));
	return ERR_OK;
}

enum err
cmd_notices_delete(struct cli *c)
{
	struct notice_target t;
	int64_t waiting = 0;
	enum err e = find(c, &t);

	if (!e && db_notice_count(c->db, t.id, "waiting", &waiting))
		e = cli_fail(c, ERR_DB, "counting what waits");
	if (e)
		return e;
	if (!cli_confirm(c,
		    "Delete %s? %" PRId64
		    " notices wait for it and are not sent; its log goes too.",
		    t.place, waiting)) {
		cli_result(c, "Target not deleted");
		return ERR_OK;
	}
	e = tailnet_notice_target_delete(c->db, t.id, CLI_ACTOR, c->now);
	if (e)
		return cli_fail(c, e, "deleting the target");
	cli_answer(c, value_new_object(c->mem), "Target deleted");
	return ERR_OK;
}

/* cairn users … */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/list.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/rows.h"
#include "tailnet/factor.h"
#include "tailnet/people.h"
#include "tailnet/policy_named.h"
#include "tailnet/user.h"

static void
answer_user(struct cli *c, const struct user *u, const char *words)
{
	struct value *v = value_new_object(c->mem);

	put_user(v, u);
	cli_answer(c, v, words);
}

static enum err
name_error(struct cli *c, enum err e, const char *doing, const char *name)
{
	if (e == ERR_EXISTS)
		cli_refuse(c, "%s: there is a user named \"%s\" already", doing,
			name);
	else if (e == ERR_BAD_NAME)
		cli_refuse(c,
			"%s: \"%s\" is not a user name: 2 to 63 letters, "
			"digits, '-', '.', '_' and one '@', a letter first",
			doing, name);
	else if (e)
		cli_fail(c, e, doing);
	return e;
}

static bool
is_picture(const char *s)
{
	return (text_starts(s, "https://") || text_starts(s, "http://")) &&
	       !s[strcspn(s, " \t\r\n<>\"")];
}

enum err
cmd_users_create(struct cli *c)
{
	struct user u = {
		.name = c->arg_count ? c->args[0] : "",
		.display_name = cli_text(c, "display-name"),
		.email = cli_text(c, "email"),
		.picture_url = cli_text(c, "picture-url"),
		.created_at = c->now,
		.role = role_of(*cli_text(c, "role") ? cli_text(c, "role")
						     : role_word(ROLE_MEMBER)),
	};
	enum err e;

	if (!c->arg_count)
		return cli_refuse(c, "missing parameters: the user's name");
	if (*u.email && !email_is_valid(u.email))
		return cli_refuse(c, "invalid email: \"%s\"", u.email);
	if (*u.picture_url && !is_picture(u.picture_url))
		return cli_refuse(
			c, "invalid picture URL: \"%s\"", u.picture_url);
	if (u.role == ROLES)
		return cli_refuse(c,
			"invalid role: \"%s\" is none of owner, admin, "
			"network-admin, it-admin, auditor, member",
			cli_text(c, "role"));
	e = tailnet_person_add(c->db, &actor_cli, &u, c->now, &u.id);
	if (e)
		return name_error(c, e, "creating user", u.name);
	answer_user(c, &u, "User created");
	return ERR_OK;
}

/* As headscale: an id above 0 counts before the name, that before the email. */
static bool
is_asked_for(const struct cli *c, const struct user *u)
{
	int64_t id = cli_number(c, "identifier");

	if (id > 0)
		return u->id == id;
	if (*cli_text(c, "name"))
		return strcasecmp(u->name, cli_text(c, "name")) == 0;
	if (*cli_text(c, "email"))
		return strcasecmp(u->email, cli_text(c, "email")) == 0;
	return true;
}

static void
add_row(struct table *t, const struct user *u)
{
	table_int(t, u->id);
	table_cell(t, u->display_name);
	table_cell(t, u->name);
	table_cell(t, u->email);
	table_time(t, u->created_at);
}

enum err
cmd_users_list(struct cli *c)
{
	static const char *const heads[] = { "ID", "Name", "Username", "Email",
		"Created", NULL };
	struct value *list = value_new_list(c->mem);
	struct table t;
	struct user *users;
	size_t count;
	enum err e = db_users(c->db, c->mem, &users, &count);

	if (e)
		return cli_fail(c, e, "listing users");
	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < count; i++) {
		if (!is_asked_for(c, &users[i]))
			continue;
		add_row(&t, &users[i]);
		put_user(value_object(list, NULL), &users[i]);
	}
	if (c->format == FORMAT_PLAIN)
		cli_print_table(c, &t);
	else
		cli_print_value(c, c->out, list);
	return ERR_OK;
}

/* The one user that --identifier or --name means. */
static enum err
named_user(struct cli *c, struct user *out)
{
	int64_t id = cli_number(c, "identifier");

	if (!cli_given(c, "identifier") && !cli_given(c, "name"))
		return cli_refuse(c, "--name or --identifier flag is required");
	return find_user(c,
		cli_given(c, "identifier")
			? arena_printf(c->mem, "%" PRId64, id)
			: cli_text(c, "name"),
		out);
}

/* On stderr: lines of the policy that named the user and do not any more. */
static void
warn_of_policy(
	struct cli *c, const struct user *before, const struct user *after)
{
	struct json_texts were = policy_logins(c->mem, before);
	struct json_texts are = policy_logins(c->mem, after);
	struct json_ints lines;

	for (size_t i = 0; i < were.count; i++) {
		struct json_texts one = { &were.at[i], 1 };

		if (list_has(&are, were.at[i]) ||
			policy_lines_naming(c->db, &one, c->mem, &lines))
			continue;
		for (size_t k = 0; k < lines.count; k++)
			fprintf(c->err,
				"Warning: line %" PRId64
				" of the policy names %s, who is nobody "
				"now\n",
				lines.at[k], were.at[i]);
	}
}

enum err
cmd_users_rename(struct cli *c)
{
	const char *name = cli_text(c, "new-name");
	struct user u, before;
	enum err e = named_user(c, &u);

	if (e)
		return e;
	e = tailnet_user_rename(c->db, u.id, name, CLI_ACTOR, c->now);
	if (e)
		return name_error(c, e, "renaming user", name);
	before = u;
	u.name = name;
	answer_user(c, &u, "User renamed");
	warn_of_policy(c, &before, &u);
	return ERR_OK;
}

enum err
cmd_users_destroy(struct cli *c)
{
	struct user u;
	enum err e = named_user(c, &u);

	if (e)
		return e;
	if (!cli_confirm(c,
		    "Do you want to remove the user \"%s\" (%" PRId64
		    ") and any associated preauthkeys?",
		    u.name, u.id)) {
		cli_result(c, "User not destroyed");
		return ERR_OK;
	}
	e = tailnet_user_delete(c->db, u.id, CLI_ACTOR, c->now);
	if (e)
		return cli_fail(c, e, "destroying user");
	cli_answer(c, value_new_object(c->mem), "User destroyed");
	return ERR_OK;
}

/* Who lost the device and the recovery codes. */
enum err
cmd_users_remove_factor(struct cli *c)
{
	struct user u;
	enum err e = named_user(c, &u);

	if (e)
		return e;
	if (!cli_confirm(c,
		    "Do you want the password alone to open the account of "
		    "\"%s\" (%" PRId64 ")?",
		    u.name, u.id)) {
		cli_result(c, "Second factor not removed");
		return ERR_OK;
	}
	e = tailnet_factor_reset(c->db, &actor_cli, u.id, c->now);
	if (e == ERR_NOT_FOUND)
		return cli_refuse(c, "%s has no second factor", u.name);
	if (e)
		return cli_fail(c, e, "removing the second factor");
	cli_answer(c, value_new_object(c->mem), "Second factor removed");
	return ERR_OK;
}

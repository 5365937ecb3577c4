/* cairn auth list: what an --auth-id can be of. */
#include "cli/command.h"
#include "cli/table.h"
#include "tailnet/register.h"
#include "tailnet/secrets.h"
#include "tailnet/ssh_check.h"

/* Both kinds, as they are printed. */
struct entry {
	const char *auth_id, *kind, *state;
	const char *machine, *owner, *to, *login; /* "" where there is none */
	int64_t asked, until;
};

static void
put_entry(struct value *list, struct table *t, const struct entry *e)
{
	struct value *v = value_object(list, NULL);

	value_text(v, "auth_id", e->auth_id);
	value_text(v, "kind", e->kind);
	value_text(v, "state", e->state);
	value_text(v, "machine", e->machine);
	value_text(v, "owner", e->owner);
	value_text(v, "destination", e->to);
	value_text(v, "login", e->login);
	value_time(v, "created_at", e->asked);
	value_time(v, "until", e->until);
	table_cell(t, e->auth_id);
	table_cell(t, e->kind);
	table_cell(t, e->state);
	table_stranger(t, e->machine);
	table_cell(t, e->owner);
	table_cell(t, e->to);
	table_stranger(t, e->login);
	table_time(t, e->asked);
	table_time(t, e->until);
}

static enum err
put_registrations(struct cli *c, const struct secret *pepper,
	struct value *list, struct table *t)
{
	struct pending *rows;
	size_t count = 0;
	enum err e = db_pendings(c->db, c->now, c->mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++)
		put_entry(list, t,
			&(struct entry){ .auth_id = tailnet_pending_id(
						 c->mem, pepper, &rows[i]),
				.kind = "registration",
				.state = "waiting",
				.machine = rows[i].hostname,
				.owner = "",
				.to = "",
				.login = "",
				.asked = rows[i].created_at,
				.until = rows[i].expires_at });
	return e;
}

static enum err
put_checks(struct cli *c, const struct secret *pepper, struct value *list,
	struct table *t)
{
	struct ssh_check *rows;
	size_t count = 0;
	enum err e = db_ssh_checks_open(c->db, c->now - CHECK_KEPT_SECONDS,
		c->now, c->mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++) {
		const struct ssh_check *k = &rows[i];
		bool waits = k->state == CHECK_WAITING;

		if (!check_is_open(k, c->now))
			continue;
		put_entry(list, t,
			&(struct entry){
				.auth_id = tailnet_check_id(c->mem, pepper, k),
				.kind = "ssh",
				.state = waits ? "waiting" : "approved",
				.machine = k->src_name,
				.owner = k->user_name,
				.to = k->dst_name,
				.login = k->login,
				.asked = k->created_at,
				.until = waits ? k->expires_at
					       : check_until(k) });
	}
	return e;
}

enum err
cmd_auth_list(struct cli *c)
{
	static const char *const heads[] = { "ID", "Kind", "State", "Machine",
		"Owner", "To", "Login", "Asked", "Until", NULL };
	struct value *list = value_new_list(c->mem);
	struct secret pepper;
	struct table t;
	enum err e = secret_current(c->db, c->home, "pepper", &pepper);

	table_init(&t, c->mem, c->colour, heads);
	if (!e)
		e = put_registrations(c, &pepper, list, &t);
	if (!e)
		e = put_checks(c, &pepper, list, &t);
	secret_wipe(&pepper);
	if (e)
		return cli_fail(c, e, "listing auth requests");
	if (c->format == FORMAT_PLAIN)
		cli_print_table(c, &t);
	else
		cli_print_value(c, c->out, list);
	return ERR_OK;
}

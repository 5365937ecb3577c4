/* cairn providers …: who vouches for people. */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/secret_line.h"
#include "cli/texts.h"
#include "tailnet/oidc.h"
#include "tailnet/provider.h"
#include "tailnet/provider_ask.h"
#include "tailnet/seal.h"
#include "tailnet/secrets.h"

/* Flags that are members of the row, and the members of its JSON. */
static const struct {
	const char *flag, *name, *words;
	size_t offset;
	bool list; /* lines there, commas here */
} members[] = {
#define MEMBER(flag, name, words, list)                                   \
	{                                                                 \
		flag, #name, words, offsetof(struct provider, name), list \
	}
	MEMBER("name", name, "Name", false),
	MEMBER("issuer", issuer, "Issuer", false),
	MEMBER("client-id", client_id, "Client id", false),
	MEMBER("scopes", scopes, "Scopes", false),
	MEMBER("domains", domains, "Domains", true),
	MEMBER("users", users, "Users", true),
	MEMBER("groups", groups, "Groups", true),
	MEMBER("group-claim", group_claim, "Claim with the groups", false),
	MEMBER("group-domain", group_domain, "Domain of the groups", false),
	MEMBER("role-claim", role_claim, "Claim with the role", false),
	MEMBER("roles", roles, "What its values mean", true),
#undef MEMBER
};

enum {
	MEMBERS = sizeof(members) / sizeof(members[0]),
};

static const char **
member(struct provider *p, size_t i)
{
	return (const char **)(void *)((char *)p + members[i].offset);
}

/* ---- what is shown ---- */

static void
put_lines(struct value *v, const char *name, const char *text)
{
	struct json_texts l = provider_lines(v->mem, text);
	struct value *list = value_list(v, name);

	for (size_t i = 0; i < l.count; i++)
		value_text(list, NULL, l.at[i]);
}

static const char *
state_words(const struct provider *p)
{
	return *p->error         ? p->error
	       : p->discovery_at ? "answered"
				 : "not asked yet";
}

static void
put_provider(struct value *v, struct provider *p)
{
	value_int(v, "id", p->id);
	for (size_t i = 0; i < MEMBERS; i++)
		if (members[i].list)
			put_lines(v, members[i].name, *member(p, i));
		else
			value_text(v, members[i].name, *member(p, i));
	value_bool(v, "has_secret", p->secret.len != 0)->keep = true;
	value_bool(v, "links", p->links)->keep = true;
	value_bool(v, "key_expiry", p->key_expiry)->keep = true;
	value_time(v, "answered_at", p->discovery_at);
	value_time(v, "tried_at", p->tried_at);
	value_text(v, "error", p->error);
	value_time(v, "created_at", p->created_at);
}

enum err
cmd_providers_list(struct cli *c)
{
	static const char *const heads[] = { "ID", "Name", "Issuer",
		"Client id", "State", "Tried", NULL };
	struct value *list = value_new_list(c->mem);
	struct provider *rows;
	struct table t;
	size_t count;
	enum err e = db_providers(c->db, c->mem, &rows, &count);

	if (e)
		return cli_fail(c, e, "reading the providers");
	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < count; i++) {
		table_int(&t, rows[i].id);
		table_cell(&t, rows[i].name);
		table_cell(&t, rows[i].issuer);
		table_cell(&t, rows[i].client_id);
		table_cell(&t, state_words(&rows[i]));
		table_time(&t, rows[i].tried_at);
		put_provider(value_object(list, NULL), &rows[i]);
	}
	if (c->format == FORMAT_PLAIN)
		cli_print_table(c, &t);
	else
		cli_print_value(c, c->out, list);
	return ERR_OK;
}

/* By id, or by its name. */
static enum err
find(struct cli *c, struct provider *out)
{
	const char *words = c->arg_count ? c->args[0] : "";
	int64_t id = 0;
	enum err e;

	if (!*words)
		return cli_refuse(c,
			"missing parameters: the provider, by ID or name; "
			"'cairn providers list' has them");
	e = text_int(words, &id) ? ERR_NOT_FOUND
				 : db_provider_by_id(c->db, id, c->mem, out);
	if (e == ERR_NOT_FOUND)
		e = db_provider_by_name(c->db, words, c->mem, out);
	if (e == ERR_NOT_FOUND)
		return cli_refuse(c,
			"there is no provider \"%s\"; 'cairn providers list' "
			"has them",
			words);
	return e ? cli_fail(c, e, "finding the provider") : ERR_OK;
}

static enum err
redirect_of(struct cli *c, const char **out)
{
	struct settings s;
	enum err e = settings_load(c->db, c->mem, &s);

	if (e)
		return cli_fail(c, e, "reading settings");
	*out = oidc_redirect(c->mem, &s);
	return ERR_OK;
}

static const char *
commas(struct arena *mem, const char *lines)
{
	struct json_texts l = provider_lines(mem, lines);

	return texts_join(mem, l.at, l.count, ", ");
}

static const char *
yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static const char *
all_words(struct cli *c, struct provider *p, const char *redirect)
{
	const char *words = "";

	for (size_t i = 0; i < MEMBERS; i++)
		words = arena_printf(c->mem, "%s%s: %s\n", words,
			members[i].words,
			members[i].list ? commas(c->mem, *member(p, i))
					: *member(p, i));
	return arena_printf(c->mem,
		"%sClient secret: %s\n"
		"A member with the same verified address is the same person: "
		"%s\nMachines expire with the token: %s\nState: %s\n"
		"Redirect address, to be entered there: %s",
		words, p->secret.len ? "stored" : "none", yes_no(p->links),
		yes_no(p->key_expiry), state_words(p), redirect);
}

enum err
cmd_providers_show(struct cli *c)
{
	struct value *v = value_new_object(c->mem);
	const char *redirect = "";
	struct provider p;
	enum err e = find(c, &p);

	if (!e)
		e = redirect_of(c, &redirect);
	if (e)
		return e;
	put_provider(v, &p);
	value_text(v, "redirect", redirect);
	cli_answer(c, v, all_words(c, &p, redirect));
	return ERR_OK;
}

/* ---- what is changed ---- */

/* Commas part, or lines where there are any: names of groups may hold commas.
 */
static const char *
lines_of(struct cli *c, const char *text)
{
	const char **texts;
	size_t count;

	if (strchr(text, '\n'))
		return text;
	count = texts_of_commas(c->mem, text, &texts);
	return texts_join(c->mem, texts, count, "\n");
}

static void
take_members(struct cli *c, struct provider *p)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		const char *text = cli_text(c, members[i].flag);

		if (cli_given(c, members[i].flag))
			*member(p, i) =
				members[i].list ? lines_of(c, text) : text;
	}
	if (cli_given(c, "links"))
		p->links = cli_yes(c, "links");
	if (cli_given(c, "key-expiry"))
		p->key_expiry = cli_yes(c, "key-expiry");
}

/* The flag that stands for a member, "--client-id"; "" if none does. */
static const char *
flag_of(struct arena *mem, const char *field)
{
	if (strcmp(field, "client_secret") == 0)
		return " --client-secret-file:";
	for (size_t i = 0; i < MEMBERS; i++)
		if (strcmp(members[i].name, field) == 0)
			return arena_printf(mem, " --%s:", members[i].flag);
	return "";
}

static enum err
put(struct cli *c, struct provider *p, const char *doing, const char *done)
{
	struct provider_change change = {
		.provider = *p, .actor = CLI_ACTOR, .now = c->now
	};
	struct value *v = value_new_object(c->mem);
	const char *field = NULL, *why = NULL, *redirect = "";
	struct secret seal;
	int64_t id = 0;
	enum err e = secret_line(
		c, "client-secret-file", PROVIDER_SECRET_MAX, &change.secret);

	if (!e)
		e = redirect_of(c, &redirect);
	if (e)
		return e;
	e = secret_current(c->db, c->home, "seal", &seal);
	change.seal = &seal;
	if (!e)
		e = tailnet_provider_put(
			c->db, &change, c->mem, &id, &field, &why);
	secret_wipe(&seal);
	if (why)
		return cli_refuse(
			c, "%s:%s %s", doing, flag_of(c->mem, field), why);
	if (e == ERR_FULL)
		return cli_refuse(c, "%s: there are %d, no more fit", doing,
			PROVIDERS_MAX);
	if (e)
		return cli_fail(c, e, doing);
	value_int(v, "id", id);
	value_text(v, "redirect", redirect);
	cli_answer(c, v, arena_printf(c->mem, "%s %s", done, redirect));
	return ERR_OK;
}

enum err
cmd_providers_add(struct cli *c)
{
	struct provider p = { .id = 0 };

	take_members(c, &p);
	return put(c, &p, "adding the provider",
		"Provider added. Enter there, as the redirect address:");
}

enum err
cmd_providers_set(struct cli *c)
{
	struct provider p;
	enum err e = find(c, &p);

	if (e)
		return e;
	take_members(c, &p);
	return put(c, &p, "changing the provider",
		"Provider changed. Its redirect address is");
}

enum err
cmd_providers_delete(struct cli *c)
{
	struct provider p;
	enum err e = find(c, &p);

	if (e)
		return e;
	if (!cli_confirm(c,
		    "Delete the provider \"%s\"? Nobody signs in by it then, "
		    "and its groups name nobody in the policy.",
		    p.name)) {
		cli_result(c, "Provider not deleted");
		return ERR_OK;
	}
	e = tailnet_provider_delete(c->db, p.id, CLI_ACTOR, c->now);
	if (e)
		return cli_fail(c, e, "deleting the provider");
	cli_answer(c, value_new_object(c->mem), "Provider deleted");
	return ERR_OK;
}

/* ---- what it says of itself ---- */

enum err
cmd_providers_test(struct cli *c)
{
	struct value *v = value_new_object(c->mem);
	const char *redirect = "", *found, *keys;
	struct provider_trial t;
	struct provider p;
	enum err e = find(c, &p);

	if (!e)
		e = redirect_of(c, &redirect);
	if (e)
		return e;
	provider_try(p.issuer, OIDC_MS, c->mem, &t);
	found = t.d.issuer ? t.d.authorization : t.trouble;
	keys = t.trouble ? t.trouble
			 : arena_printf(c->mem, "%zu for signatures", t.keys);
	value_text(v, "result", t.trouble ? "error" : "ok");
	value_text(v, "discovery", found);
	value_text(v, "keys", keys);
	value_text(v, "redirect", redirect);
	cli_answer(c, v,
		arena_printf(c->mem,
			"Discovery: %s\nKeys: %s\n"
			"Redirect address, to be entered there: %s",
			found, keys, redirect));
	return t.trouble ? cli_refuse(c, "provider %s: %s", p.name, t.trouble)
			 : ERR_OK;
}

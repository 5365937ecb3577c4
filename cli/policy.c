/* cairn policy … */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "tailnet/policy_store.h"

enum err
cmd_policy_get(struct cli *c)
{
	struct policy_text p;
	enum err e = db_policy_current(c->db, c->mem, &p);

	if (e == ERR_NOT_FOUND) {
		cli_refuse(c, "loading policy: none was ever set, so "
			      "everything is allowed");
		return e;
	}
	if (e)
		return cli_fail(c, e, "loading policy");
	/* As it was stored, whatever --output says: it is a file. */
	fprintf(c->out, "%s\n", p.text);
	return ERR_OK;
}

static enum err
read_stream(struct cli *c, FILE *f, const char **text)
{
	char *bytes = arena_alloc(c->mem, POLICY_TEXT_MAX + 2);
	size_t len = fread(bytes, 1, POLICY_TEXT_MAX + 1, f);

	if (ferror(f))
		return cli_refuse(
			c, "reading policy file: %s", strerror(errno));
	if (len > POLICY_TEXT_MAX)
		return cli_refuse(c,
			"reading policy file: larger than %d bytes",
			POLICY_TEXT_MAX);
	if (strlen(bytes) != len)
		return cli_refuse(
			c, "reading policy file: it holds a NUL byte");
	*text = bytes;
	return ERR_OK;
}

static enum err
read_policy(struct cli *c, const char **text)
{
	const char *name = cli_text(c, "file");
	FILE *f;
	enum err e;

	if (strcmp(name, "-") == 0)
		return read_stream(c, c->in, text);
	f = fopen(name, "re");
	if (!f)
		return cli_refuse(c, "reading policy file: %s: %s", name,
			strerror(errno));
	e = read_stream(c, f, text);
	fclose(f);
	return e;
}

static enum err
policy_error(struct cli *c, enum err e, const char *doing, const char *why)
{
	if (e == ERR_POLICY) {
		cli_refuse(c, "%s: %s", doing, why);
		return e;
	}
	return e ? cli_fail(c, e, doing) : ERR_OK;
}

enum err
cmd_policy_set(struct cli *c)
{
	const char *text, *why = "";
	enum err e = read_policy(c, &text);

	if (e)
		return e;
	e = tailnet_policy_set(c->db, text, CLI_ACTOR, c->now, c->mem, &why);
	if (e)
		return policy_error(c, e, "setting policy", why);
	fprintf(c->out, "Policy updated.\n");
	return ERR_OK;
}

enum err
cmd_policy_check(struct cli *c)
{
	const char *text, *why = "";
	enum err e = read_policy(c, &text);

	if (e)
		return e;
	e = policy_check(text, c->mem, &why);
	if (e)
		return policy_error(c, e, "checking policy", why);
	fprintf(c->out, "Policy is valid\n");
	return ERR_OK;
}

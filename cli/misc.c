/* cairn version, health, generate private-key. */
#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli/command.h"
#include "proto/key.h"
#include "tailnet/health.h"

#ifndef CAIRN_COMMIT
#define CAIRN_COMMIT "unknown"
#endif

enum err
cmd_version(struct cli *c)
{
	size_t len = strlen(CAIRN_COMMIT);
	bool dirty = len > 6 && strcmp(CAIRN_COMMIT + len - 6, "-dirty") == 0;
	struct value *v = value_new_object(c->mem);
	struct utsname system;

	uname(&system);
	value_text(v, "version", CAIRN_VERSION);
	value_text(v, "commit", CAIRN_COMMIT);
	value_text(v, "compiler", __VERSION__);
	value_text(v, "os", system.sysname);
	value_text(v, "arch", system.machine);
	value_bool(v, "dirty", dirty)->keep = true;
	cli_answer(c, v,
		arena_printf(c->mem,
			"cairn version %s\ncommit: %s\nbuilt with: gcc %s "
			"%s/%s\n",
			CAIRN_VERSION, CAIRN_COMMIT, __VERSION__,
			system.sysname, system.machine));
	return ERR_OK;
}

enum err
cmd_health(struct cli *c)
{
	struct value *v = value_new_object(c->mem);
	const char *trouble = health_trouble(c->db, c->home, c->now, c->mem);

	if (trouble)
		return cli_refuse(c, "%s", trouble);
	value_bool(v, "database_connectivity", true);
	value_text(v, "warning", health_warning(c->db, c->now, c->mem));
	cli_answer(c, v, "ok");
	return ERR_OK;
}

enum err
cmd_private_key(struct cli *c)
{
	struct value *v = value_new_object(c->mem);
	struct key private_key, public_key;
	enum err e = key_new(&private_key, &public_key);
	const char *text;

	if (e)
		return cli_fail(c, e, "generating a key");
	text = key_text(c->mem, KEY_PRIVATE, &private_key);
	key_wipe(&private_key);
	v->plain = true;
	value_text(v, "private_key", text);
	cli_answer(c, v, text);
	return ERR_OK;
}

/*
 * settings_ask.h: `cairn settings set`: what is refused and asked before one is
 * stored, as the pages do (tailnet/setting_ask.h).
 */
#ifndef CLI_SETTINGS_ASK_H
#define CLI_SETTINGS_ASK_H

#include "cli/cli.h"
#include "tailnet/settings.h"

/* *agreed false: somebody said no, or nobody answered.  With --force nothing is
 * asked. */
enum err settings_set_asked(
	struct cli *c, const struct setting_value *v, bool *agreed);

#endif

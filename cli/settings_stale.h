/*
 * settings_stale.h: what `cairn settings set stale_…` refuses and asks before
 * it stores, as the page of that section does (tailnet/stale_ask.h).
 */
#ifndef CLI_SETTINGS_STALE_H
#define CLI_SETTINGS_STALE_H

#include "cli/cli.h"

/* *agreed false: somebody said no.  Other settings are always agreed to. */
enum err settings_stale_agree(
	struct cli *c, const char *name, const char *value, bool *agreed);

#endif

/*
 * settings_text.h: which texts the settings of kind TEXT take; for settings.c.
 */
#ifndef TAILNET_SETTINGS_TEXT_H
#define TAILNET_SETTINGS_TEXT_H

#include "tailnet/settings.h"

/* *value becomes the form that is stored; *why says what is expected. */
enum err settings_check_text(struct arena *mem, const struct setting_row *row,
	const char **value, const char **why);
/* ERR_BAD_INPUT unless it is scheme, host and perhaps a port. */
enum err settings_split_url(struct arena *mem, const char *url,
	const char **host, int64_t *port, bool *https);

#endif

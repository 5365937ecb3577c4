/*
 * init.h: makes an instance or brings it up to date; may be run any number of
 * times.  `cairn init` is the only caller.
 *
 * HOME (0750), HOME/keys with both secrets, database and migrations, server
 * keys; at first start the initial settings.
 */
#ifndef TAILNET_INIT_H
#define TAILNET_INIT_H

#include "base/arena.h"
#include "base/err.h"

struct init_input {
	const char *home;
	/* Initial settings, NULL for the default (DESIGN 4). */
	const char *listen, *http_port, *https_port, *stun_port, *url,
		*dns_domain;
	long long now;
};

/* *why says in words what is wrong (folder not writable, database newer …). */
enum err tailnet_init(
	const struct init_input *in, struct arena *mem, const char **why);

#endif

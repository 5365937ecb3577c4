/*
 * config.h: the small file of a relay on another machine.
 *
 *	# as the page "Relays" shows it
 *	server = https://vpn.example.org
 *	token = cairn-relay-901-…
 *
 * Further names, all optional: listen (address of STUN, "::" without one),
 * stun_port (3478), key_file (HOME/derp.key, made at the first start), ca_file
 * (certificates that are trusted instead of the system's), rate (bytes a second
 * that one machine may send, 0 for any).  A line that begins with # says
 * nothing.  As it holds a secret, nobody else may read it.
 */
#ifndef WORKER_RELAY_CONFIG_H
#define WORKER_RELAY_CONFIG_H

#include "base/arena.h"
#include "base/err.h"
#include "proto/key.h"

enum {
	RELAY_CONFIG_MAX = 16 * 1024, /* bytes of the file */
};

struct relay_config {
	const char *server; /* http or https, without a slash at its end */
	const char *token, *listen, *key_file, *ca_file;
	int64_t stun_port, rate;
};

/* Texts in `mem`.  ERR_NOT_FOUND, ERR_DENIED (others may read it), ERR_TOO_BIG,
 * ERR_BAD_INPUT: *why says what is wrong. */
enum err relay_config_read(const char *path, const char *home,
	struct arena *mem, struct relay_config *out, const char **why);

/* The private key in that file; made (0600) where there is none.  ERR_IO,
 * ERR_CRYPTO (what stands there is no key). */
enum err relay_key_read(const char *path, struct key *out);

#endif

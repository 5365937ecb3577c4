/*
 * machine.h: what a client asks inside its Noise session, handed over by the
 * worker (rows with NOISE).
 *
 * The machine key is the worker's word.  A node key in a body is the client's,
 * and counts only if the node has both keys.
 */
#ifndef FCGI_MACHINE_H
#define FCGI_MACHINE_H

#include "db/node.h"
#include "fcgi/request.h"

enum {
	REGISTER_BODY_MAX = 64 * 1024,
	MAP_BODY_MAX = 256 * 1024,
	SMALL_BODY_MAX = 64 * 1024, /* of everything else */
	AUDIT_DETAIL_MAX = 256,     /* bytes of one account */
	AUDIT_PER_MINUTE = 20,      /* from one address */
};

enum err machine_register(struct request *r);   /* machine_register.c */
enum err machine_update(struct request *r);     /* machine_update.c */
enum err machine_ssh_action(struct request *r); /* machine_ssh.c */

/* machine_misc.c */
enum err machine_not_built(struct request *r); /* 501, at once */
enum err machine_no_lock(struct request *r);   /* tailnet lock is off */
enum err machine_update_health(struct request *r);
enum err machine_audit_log(struct request *r);
/* What a machine says to a question of tailnet/ask.h. */
enum err machine_answer(struct request *r);

/*
 * The node of that node key, if the session's machine is its.  ERR_NOT_FOUND
 * with the same words for an unknown key and for another machine's.
 */
enum err machine_node(
	struct request *r, const char *node_key, struct node *out);

#endif

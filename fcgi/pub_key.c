/*
 * GET /key?v=N: the server's public Noise key (spec/protocol.md 1).
 *
 * legacyPublicKey stays zero: nothing speaks the protocol before Noise here.
 */
#include "base/text.h"
#include "db/server_key.h"
#include "fcgi/pub.h"
#include "fcgi/reply.h"
#include "proto/tailcfg.h"

enum {
	/* Clients before this version read the bare legacy key, and there is
	 * none: they get the empty answer that makes them give up. */
	CAPVER_OF_NOISE = 39,
};

enum err
pub_key(struct request *r)
{
	const char *v = request_query(r, "v");
	const struct key none = { { 0 } };
	struct tailcfg_key_answer answer;
	struct server_key key;
	int64_t capver;
	enum err e;

	if (!v || !*v)
		return reply_text(r, 400, "capability version must be set");
	if (text_int(v, &capver) || capver < 0)
		return reply_text(r, 400, "invalid capability version");
	if (capver < CAPVER_OF_NOISE)
		return reply_empty(r, 200);
	e = db_server_key(r->db, "noise", r->mem, &key);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_CRYPTO : e;
	answer.legacy_public_key = key_text(r->mem, KEY_MACHINE, &none);
	answer.public_key = key_text(r->mem, KEY_MACHINE, &key.public);
	return reply_json(r, &tailcfg_key_answer_table, &answer);
}

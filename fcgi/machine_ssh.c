/*
 * machine_ssh.c: GET /machine/ssh/action/SRC/to/DST, asked by the machine that
 * somebody logs in to (spec/protocol.md 5.3).
 *
 * Whatever the rule says is 200 with an SSHAction: any other status makes the
 * client ask again, for half an hour, while the person at the terminal is told
 * nothing.
 */
#include "base/log.h"
#include "db/change.h"
#include "fcgi/gone.h"
#include "fcgi/machine.h"
#include "fcgi/reply.h"
#include "tailnet/ssh_check.h"

static void
log_answer(const struct request *r, const struct ssh_ask *in,
	const struct ssh_result *from)
{
	log_event(LOG_INFO, "ssh asked", "outcome", from->word, "session",
		log_int(r->peer.session), "src", log_int(in->src_id), "dst",
		log_int(in->dst_id), "check",
		from->id ? log_int(from->id) : NULL);
}

enum err
machine_ssh_action(struct request *r)
{
	const char *login = request_query(r, "local_user");
	struct ssh_ask in = { .machine_key = r->peer.machine_key,
		.src_id = page_id(r, 0),
		.dst_id = page_id(r, 1),
		.login = login ? login : "",
		.auth_id = request_query(r, "auth_id"),
		.over = r->peer.wait == WAIT_OVER,
		.now = r->now };
	struct ssh_result result = { .action = NULL };
	struct settings s;
	enum err e = request_settings(r, &s);

	if (!e)
		e = tailnet_ssh_ask(r->db, &s, r->pepper, &in, r->mem, &result);
	if (e == ERR_BAD_INPUT)
		r->why = "local_user is no login";
	else if (e == ERR_NOT_FOUND)
		r->why = "node not found";
	if (e)
		return e;
	log_answer(r, &in, &result);
	return result.answer == SSH_WAIT
		       ? reply_wait(r, change_word(CHANGE_CHECK), result.id,
				 result.deadline)
		       : reply_json_text(r, 200, result.action);
}

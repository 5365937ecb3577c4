/*
 * machine_register.c: POST /machine/register (spec/protocol.md 5.1).
 *
 * The rule decides (tailnet/register.h); here its outcome becomes what clients
 * understand.  A refusal is 200 with Error: any other status says "try again"
 * to a client, and only its log would show why.
 */
#include "base/log.h"
#include "db/change.h"
#include "fcgi/machine.h"
#include "fcgi/reply.h"
#include "proto/tailcfg.h"
#include "tailnet/register.h"

enum {
	REFUSED_LINES_PER_MINUTE = 3, /* in the log, of one address */
};

static const char *
either(const char *first, const char *second)
{
	return first && *first ? first : second;
}

/*
 * The owner as the maps' UserProfiles will show it: the first map overwrites
 * what stands here, and the two must agree.  A tagged machine owns itself.
 */
static void
put_owner(struct request *r, const struct settings *s,
	const struct register_result *from,
	struct tailcfg_register_response *out)
{
	const struct user *u = &from->user;
	const struct node *n = &from->node;

	if (n->user_id) {
		out->login.id = u->id;
		out->login.login_name = either(u->email, u->name);
		out->login.display_name =
			either(u->display_name, out->login.login_name);
		out->login.profile_pic_url = u->picture_url;
	} else {
		out->login.id = SELF_TAGGED_USER_ID(n->id);
		out->login.login_name =
			arena_printf(r->mem, "%s.%s", n->name, s->dns_domain);
		out->login.display_name = n->name;
	}
	out->user.id = out->login.id;
	out->user.display_name = out->login.display_name;
	out->user.profile_pic_url = out->login.profile_pic_url;
}

/* A refused client asks again for ever, a few times a minute (protocol 5.1). */
static enum log_level
level_of(const struct request *r, const struct register_result *from)
{
	if (from->outcome == REGISTER_REFUSED &&
		!rate_take(r->rate, RATE_REFUSED_LINE, r->address, r->now,
			REFUSED_LINES_PER_MINUTE))
		return LOG_DEBUG;
	return LOG_INFO;
}

static void
log_outcome(const struct request *r, const struct register_result *from)
{
	static const char *const words[] = {
		[REGISTER_DONE] = "done",
		[REGISTER_KEY_EXPIRED] = "key expired",
		[REGISTER_LOGGED_OUT] = "logged out",
		[REGISTER_AUTH_URL] = "link given",
		[REGISTER_WAIT] = "waiting",
		[REGISTER_REFUSED] = "refused",
	};
	bool known = from->outcome == REGISTER_DONE;

	log_event(level_of(r, from), "register answered", "outcome",
		words[from->outcome], "session", log_int(r->peer.session),
		"node", known ? log_int(from->node.id) : NULL, "user",
		known ? either(from->user.name, "tagged") : NULL, "pending",
		from->pending_id ? log_int(from->pending_id) : NULL, "reason",
		from->outcome == REGISTER_REFUSED ? from->words : NULL, "from",
		r->address);
}

static enum err
answer(struct request *r, const struct settings *s,
	const struct register_result *from)
{
	struct tailcfg_register_response out = { 0 };

	switch (from->outcome) {
	case REGISTER_DONE:
		out.machine_authorized = !from->node.unapproved;
		put_owner(r, s, from, &out);
		break;
	case REGISTER_KEY_EXPIRED:
	case REGISTER_LOGGED_OUT:
		out.node_key_expired = true;
		break;
	case REGISTER_AUTH_URL:
		out.auth_url = from->auth_url;
		break;
	case REGISTER_WAIT:
		if (r->peer.wait == WAIT_OVER)
			return ERR_BUSY; /* the worker asks no further */
		return reply_wait(r, change_word(CHANGE_PENDING),
			from->pending_id, from->deadline);
	case REGISTER_REFUSED:
		out.error = either(from->words, err_words(from->error));
		break;
	}
	return reply_json(r, &tailcfg_register_response_table, &out);
}

enum err
machine_register(struct request *r)
{
	struct tailcfg_register_request request = { 0 };
	struct register_input in = {
		.request = &request,
		.machine_key = r->peer.machine_key,
		.capver = r->peer.capver,
		.address = r->address,
		.may_wait = r->peer.wait != WAIT_OVER,
		.now = r->now,
	};
	struct register_result result = { 0 };
	struct settings s;
	enum err e = tailcfg_register_decode(r->body, r->mem, &request);

	if (e) {
		r->why = "the register request is not the JSON expected";
		return e;
	}
	e = request_settings(r, &s);
	if (!e)
		e = tailnet_register(
			r->db, &s, r->pepper, &in, r->mem, &result);
	if (e)
		return e;
	log_outcome(r, &result);
	return answer(r, &s, &result);
}

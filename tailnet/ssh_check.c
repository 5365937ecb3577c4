#include "tailnet/ssh_check.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "tailnet/audit.h"
#include "tailnet/check_ends.h"

#define PREFIX "hskey-authreq-"

enum {
	ID_LEN = 24,
	CODE_LEN = 6,
	ANSWER_MAX = 4096,
};

static const char id_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz0123456789-_";

/* ---- the id in the link -------------------------------------------------- */

const char *
tailnet_check_id(struct arena *mem, const struct secret *pepper,
	const struct ssh_check *c)
{
	char word[ID_LEN - CODE_LEN + 1];
	uint8_t hash[32];

	pepper_hash(pepper,
		arena_printf(mem,
			"sshcheck %" PRId64 " %" PRId64 " %s %" PRId64 " %s",
			c->src_id, c->dst_id,
			key_text(mem, KEY_NODE, &c->src_key), c->created_at,
			c->code),
		hash);
	for (size_t i = 0; i < sizeof(word) - 1; i++)
		word[i] = id_letters[hash[i] % 64];
	word[sizeof(word) - 1] = '\0';
	return arena_printf(mem, PREFIX "%s%s", word, c->code);
}

enum err
tailnet_check_find(struct db *db, const struct secret *pepper,
	const char *auth_id, struct arena *mem, struct ssh_check *out)
{
	uint8_t hash[32];

	if (!text_starts(auth_id, PREFIX) ||
		strlen(auth_id) != sizeof(PREFIX) - 1 + ID_LEN ||
		strspn(auth_id + sizeof(PREFIX) - 1, id_letters) != ID_LEN)
		return ERR_BAD_INPUT;
	pepper_hash(pepper, auth_id, hash);
	return db_ssh_check_by_hash(db, hash, mem, out);
}

/* ---- how long ------------------------------------------------------------ */

int64_t
check_until(const struct ssh_check *c)
{
	return c->state == CHECK_APPROVED && c->period
		       ? c->decided_at + c->period
		       : 0;
}

bool
check_is_open(const struct ssh_check *c, int64_t now)
{
	if (c->state == CHECK_WAITING)
		return c->expires_at > now;
	return c->state == CHECK_APPROVED && check_until(c) > now;
}

/* ---- answers ------------------------------------------------------------- */

/* One connection on its way. */
struct asking {
	struct db *db;
	const struct settings *s;
	const struct secret *pepper;
	const struct ssh_ask *in;
	struct arena *mem;
	struct node src, dst;
	struct policy_ssh rule;
	struct ssh_check row;
	struct ssh_result *out;
};

static enum err
say(struct asking *a, const char *word, const char *action)
{
	a->out->answer = SSH_SAY;
	a->out->word = word;
	a->out->action = action;
	return ERR_OK;
}

static enum err
say_yes(struct asking *a)
{
	return say(a, "accepted",
		"{\"accept\":true,\"allowAgentForwarding\":true,"
		"\"allowLocalPortForwarding\":true,"
		"\"allowRemotePortForwarding\":true}");
}

static enum err
put(struct asking *a, const char *word, const char *message, const char *more)
{
	struct buf b;

	buf_init(&b, a->mem, ANSWER_MAX);
	buf_puts(&b, "{\"message\":");
	json_put_text(&b, arena_printf(a->mem, "%s\n", message));
	buf_puts(&b, more);
	buf_puts(&b, "}");
	buf_put(&b, "", 1);
	return buf_error(&b) ? buf_error(&b)
			     : say(a, word, (const char *)b.bytes);
}

static enum err
say_no(struct asking *a, const char *why)
{
	return put(a, "refused", arena_printf(a->mem, "cairn: %s.", why),
		",\"reject\":true");
}

/* Asks again with the id of the row. */
static enum err
say_ask(struct asking *a)
{
	const char *id = tailnet_check_id(a->mem, a->pepper, &a->row);
	const char *words = arena_printf(a->mem,
		"cairn: %s must allow this login first. Open\n\n"
		"\t%s/auth/%s\n\nand come back to this terminal.",
		a->row.user_name, a->s->url, id);

	a->out->id = a->row.id;
	return put(a, "asked", words,
		arena_printf(a->mem,
			",\"holdAndDelegate\":\"" SSH_HOLD_BASE
			"/machine/ssh/action/%" PRId64 "/to/%" PRId64
			"?local_user=%s&auth_id=%s\"",
			a->in->src_id, a->in->dst_id,
			text_url_encode(a->mem, a->in->login), id));
}

/* ---- a row for it -------------------------------------------------------- */

static struct ssh_check_key
key_of(const struct asking *a)
{
	return (struct ssh_check_key){ .src_id = a->in->src_id,
		.dst_id = a->in->dst_id,
		.login = a->in->login,
		.src_key = a->src.node_key,
		.user_id = a->src.user_id };
}

/* Where nothing is left, a destination that has at least two more than this
 * one gives up its newest: so those that ask for many, whatever they are up to,
 * keep nobody else out, and nobody takes places in turns. */
static enum err
take_place(struct asking *a, int64_t src_id, int64_t own, const char *words,
	const char **full)
{
	struct ssh_check_most most = { .count = 0 };
	enum err e = db_ssh_check_most(a->db, src_id, a->in->now, &most);

	if (!e && most.count < own + 2)
		*full = words;
	else if (!e)
		e = db_ssh_check_end(a->db, most.id,
			"logins at other machines wait as well", a->in->now);
	return e;
}

static enum err
check_room(struct asking *a, const char **full)
{
	struct ssh_check_counts n;
	enum err e =
		db_ssh_check_count(a->db, a->src.id, a->dst.id, a->in->now, &n);

	*full = NULL;
	if (!e && n.pair >= CHECKS_PAIR_MAX)
		*full = "too many logins of this machine wait here already";
	else if (!e && n.destination >= CHECKS_DESTINATION_MAX)
		*full = "too many logins wait here already";
	else if (!e && n.source >= CHECKS_SOURCE_MAX)
		e = take_place(a, a->src.id, n.pair,
			"too many logins of this machine wait already", full);
	else if (!e && n.all >= CHECKS_MAX)
		e = take_place(a, 0, n.destination,
			"too many logins wait already", full);
	return e;
}

static enum err
add(struct asking *a)
{
	struct ssh_check *c = &a->row;
	struct user owner;
	enum err e = db_user_by_id(a->db, a->src.user_id, a->mem, &owner);

	if (e)
		return e;
	*c = (struct ssh_check){ .code = text_random(a->mem, CODE_LEN),
		.src_id = a->src.id,
		.dst_id = a->dst.id,
		.src_key = a->src.node_key,
		.user_id = a->src.user_id,
		.login = a->in->login,
		.src_name = a->src.name,
		.dst_name = a->dst.name,
		.user_name = owner.name,
		.period = a->rule.period,
		.created_at = a->in->now,
		.expires_at = a->in->now + CHECK_LIFE_SECONDS };
	pepper_hash(a->pepper, tailnet_check_id(a->mem, a->pepper, c),
		c->auth_hash);
	return db_ssh_check_add(a->db, c, &c->id);
}

/* Connections alike share a link, but where each is to be asked for. */
static enum err
ask_anew(struct asking *a)
{
	const struct ssh_check_key k = key_of(a);
	const char *full;
	enum err e = ERR_NOT_FOUND;

	if (!a->src.user_id)
		return say_no(a, err_words(ERR_SOURCE_TAGGED));
	if (a->rule.period)
		e = db_ssh_check_waiting(
			a->db, &k, a->in->now, a->mem, &a->row);
	if (e == ERR_NOT_FOUND) {
		e = check_room(a, &full);
		if (!e && full)
			return say_no(a,
				arena_printf(a->mem,
					"%s; try again in some minutes", full));
		if (!e)
			e = add(a);
	}
	return e ? e : say_ask(a);
}

/* ---- the second time ----------------------------------------------------- */

static bool
is_bound(const struct asking *a)
{
	const struct ssh_check *c = &a->row;

	return c->src_id == a->in->src_id && c->dst_id == a->in->dst_id &&
	       strcmp(c->login, a->in->login) == 0 &&
	       key_equal(&c->src_key, &a->src.node_key) &&
	       c->user_id == a->src.user_id;
}

static enum err
wait_on(struct asking *a)
{
	if (a->in->over) /* the worker has no room to wait: again, later */
		return ERR_BUSY;
	a->out->answer = SSH_WAIT;
	a->out->word = "waiting";
	a->out->deadline = a->row.expires_at;
	return ERR_OK;
}

static const char *
rejected_words(struct asking *a)
{
	const char *by = audit_actor_name(a->db, a->mem, a->row.decided_by);

	return arena_printf(a->mem, "%s said no%s%s",
		by               ? by
		: *a->row.reason ? "an admin"
				 : "somebody",
		*a->row.reason ? ": " : "", a->row.reason);
}

static enum err
answer_row(struct asking *a)
{
	const struct ssh_check *c = &a->row;

	a->out->id = c->id;
	switch (c->state) {
	case CHECK_WAITING:
		if (c->expires_at > a->in->now)
			return wait_on(a);
		return a->in->over ? say_no(a, "nobody allowed it in time")
				   : ask_anew(a);
	case CHECK_APPROVED:
		/* For its own connection, while the link lives; others were
		 * looked at before. */
		return c->expires_at > a->in->now ? say_yes(a) : ask_anew(a);
	case CHECK_REJECTED:
		return say_no(a, rejected_words(a));
	case CHECK_ENDED:
		break;
	}
	return say_no(
		a, *c->reason ? c->reason : "the permission was withdrawn");
}

/* ---- the rule ------------------------------------------------------------ */

static enum err
find_ends(struct asking *a)
{
	enum err e = db_node_by_id(a->db, a->in->dst_id, a->mem, &a->dst);

	if (!e && !key_equal(&a->dst.machine_key, &a->in->machine_key))
		e = ERR_NOT_FOUND;
	return e;
}

static bool
is_out(const struct node *n, int64_t now)
{
	return n->unapproved || (n->expires_at && n->expires_at <= now);
}

static enum err
answer_checked(struct asking *a)
{
	const struct ssh_check_key k = key_of(a);
	enum err e = ERR_NOT_FOUND;

	if (a->rule.period)
		e = db_ssh_check_approved(
			a->db, &k, a->rule.period, a->in->now, a->mem, &a->row);
	if (!e) {
		a->out->id = a->row.id;
		return say_yes(a);
	}
	if (e == ERR_NOT_FOUND && a->in->auth_id)
		e = tailnet_check_find(
			a->db, a->pepper, a->in->auth_id, a->mem, &a->row);
	if (!e && is_bound(a))
		return answer_row(a);
	return e && e != ERR_NOT_FOUND && e != ERR_BAD_INPUT ? e : ask_anew(a);
}

static enum err
answer(struct asking *a)
{
	enum err e = find_ends(a);

	if (e)
		return e;
	e = db_node_by_id(a->db, a->in->src_id, a->mem, &a->src);
	if (e == ERR_NOT_FOUND)
		return say_no(a, "this machine is not in the network any more");
	if (!e && (is_out(&a->src, a->in->now) || is_out(&a->dst, a->in->now)))
		return say_no(a, "a machine whose key expired, or that is not "
				 "approved, has no SSH");
	if (!e)
		e = policy_ask_ssh(
			a->db, &a->src, &a->dst, a->in->login, &a->rule);
	if (e)
		return e;
	if (!a->rule.allowed)
		return say_no(a, "no rule lets you in");
	return a->rule.check ? answer_checked(a) : say_yes(a);
}

enum err
tailnet_ssh_ask(struct db *db, const struct settings *s,
	const struct secret *pepper, const struct ssh_ask *in,
	struct arena *mem, struct ssh_result *out)
{
	struct asking a = { .db = db,
		.s = s,
		.pepper = pepper,
		.in = in,
		.mem = mem,
		.out = out };
	enum err e;

	memset(out, 0, sizeof(*out));
	if (!*in->login || strlen(in->login) > SSH_LOGIN_MAX ||
		text_length(in->login) == SIZE_MAX)
		return ERR_BAD_INPUT;
	e = db_begin(db);
	if (!e)
		e = answer(&a);
	return db_end(db, e);
}

/* ---- decisions ----------------------------------------------------------- */

static enum err
still_waits(struct db *db, int64_t id, int64_t now, struct arena *mem,
	struct ssh_check *c)
{
	enum err e = db_ssh_check_by_id(db, id, mem, c);

	if (!e && c->state != CHECK_WAITING)
		e = ERR_DECIDED;
	if (!e && c->expires_at <= now)
		e = ERR_EXPIRED;
	return e;
}

/* In a browser the owner alone; the command line acts for the server. */
static enum err
may_approve(struct db *db, const struct ssh_check *c, const struct actor *a,
	struct arena *mem)
{
	struct node src;
	enum err e = db_node_by_id(db, c->src_id, mem, &src);

	if (e || !a->user_id)
		return e;
	if (!src.user_id)
		return ERR_SOURCE_TAGGED;
	return src.user_id == a->user_id && c->user_id == a->user_id
		       ? ERR_OK
		       : ERR_NOT_OWNER;
}

enum err
tailnet_check_approve(
	struct db *db, int64_t id, const struct actor *a, int64_t now)
{
	struct arena *mem = arena_new();
	const char *actor = actor_text(mem, a);
	struct ssh_check c;
	enum err e = db_begin(db);

	if (!e)
		e = still_waits(db, id, now, mem, &c);
	if (!e)
		e = may_approve(db, &c, a, mem);
	if (!e)
		e = db_ssh_check_decide(db, id, CHECK_APPROVED, "", actor, now);
	if (!e)
		e = check_tell(db, &c, "ssh.approved", actor, "", now, mem);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}

enum err
tailnet_check_reject(struct db *db, int64_t id, const char *reason,
	const char *actor, int64_t now)
{
	struct arena *mem = arena_new();
	struct ssh_check c;
	enum err e = db_begin(db);

	if (!e)
		e = still_waits(db, id, now, mem, &c);
	if (!e)
		e = db_ssh_check_decide(
			db, id, CHECK_REJECTED, reason, actor, now);
	if (!e)
		e = check_tell(db, &c, "ssh.rejected", actor, reason, now, mem);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}

enum err
tailnet_check_revoke(struct db *db, int64_t id, const char *actor, int64_t now)
{
	struct arena *mem = arena_new();
	struct ssh_check c;
	enum err e = db_begin(db);

	if (!e)
		e = db_ssh_check_by_id(db, id, mem, &c);
	if (!e && c.state != CHECK_WAITING && c.state != CHECK_APPROVED)
		e = ERR_DECIDED;
	if (!e)
		e = check_end(db, &c, "an admin withdrew the permission", actor,
			now, mem);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}

/* ---- the policy ---------------------------------------------------------- */

enum err
tailnet_check_rule(struct db *db, const struct ssh_check *c, struct arena *mem,
	struct policy_ssh *out)
{
	struct node src, dst;
	enum err e = db_node_by_id(db, c->src_id, mem, &src);

	if (!e)
		e = db_node_by_id(db, c->dst_id, mem, &dst);
	return e ? e : policy_ask_ssh(db, &src, &dst, c->login, out);
}

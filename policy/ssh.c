#include "policy/ssh.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/own.h"
#include "policy/ssh_kept.h"
#include "policy/ssh_pieces.h"

#define HOLD_PATH                                          \
	"/machine/ssh/action/$SRC_NODE_ID/to/$DST_NODE_ID" \
	"?local_user=$LOCAL_USER"
#define NOT_RECORDED    "This session must be recorded, and no recorder answers."
#define RECORDING_ENDED "Recording failed: this session ends."

/* ---- principals ---------------------------------------------------------- */

/* Addresses of sources, each as often as it is told. */
struct principals {
	struct engine *e;
	const struct ssh_piece *piece;
	size_t alias; /* place in the rule's sources */
	const char **at;
	size_t count, room;
};

static void
add_text(struct principals *all, const char *text)
{
	if (all->count == all->room) {
		all->room = all->room ? 2 * all->room : 64;
		all->at = own_grow(all->at, all->room, sizeof(all->at[0]));
	}
	all->at[all->count++] = text;
}

static bool
wanted(const struct ssh_piece *p, const struct machine *m)
{
	return p->sources == SSH_ALL ||
	       (p->sources == SSH_PERSON && m->person == p->person) ||
	       (p->sources == SSH_TAGGED && m->tags.count > 0) ||
	       (p->sources == SSH_MACHINE && m == p->machine);
}

/* A machine is told of by the first alias that names it.  By autogroup:tagged
 * it stands there once for each of its tags, as the hosted service has it. */
static void
add_machine(void *arg, const struct machine *m)
{
	struct principals *all = arg;
	const struct ssh_rule *r = all->piece->rule;
	const struct policy *p = engine_policy(all->e);
	size_t times = 1;

	if (!wanted(all->piece, m) ||
		ssh_named_at(all->e, &r->src, m) != all->alias ||
		!machine_passes(all->e, &r->postures, m))
		return;
	if (p->aliases[r->src.at[all->alias]].kind == ALIAS_TAGGED &&
		all->piece->sources != SSH_MACHINE)
		times = m->tags.count;
	for (size_t i = 0; i < m->face_count; i++)
		for (size_t k = 0; k < times; k++)
			add_text(all, m->faces[i].text);
}

static void
find_principals(struct principals *all)
{
	const struct ssh_piece *p = all->piece;
	const struct alias_list *src = &p->rule->src;

	for (all->alias = 0; all->alias < src->count; all->alias++) {
		if (p->sources == SSH_ALL || p->sources == SSH_TAGGED)
			engine_members(
				all->e, src->at[all->alias], add_machine, all);
		else if (p->sources == SSH_MACHINE)
			add_machine(all, p->machine);
		else
			for (size_t i = 0; i < p->person->machine_count; i++)
				add_machine(all, p->person->machines[i]);
	}
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
put_principals(struct engine *e, const struct ssh_piece *piece, struct buf *out)
{
	struct principals all = { .e = e, .piece = piece };
	size_t rule = (size_t)(piece->rule - engine_policy(e)->ssh);
	size_t begun = out->len;

	if (piece->sources == SSH_ALL && ssh_kept_write(e, rule, out))
		return;
	find_principals(&all);
	if (all.count)
		qsort(all.at, all.count, sizeof(all.at[0]), by_text);
	for (size_t i = 0; i < all.count; i++) {
		buf_puts(out, i ? ",{\"nodeIP\":\"" : "{\"nodeIP\":\"");
		buf_puts(out, all.at[i]);
		buf_puts(out, "\"}");
	}
	free(all.at);
	if (piece->sources == SSH_ALL && !buf_error(out))
		ssh_kept_put(e, rule, out->bytes + begun, out->len - begun);
}

/* ---- users --------------------------------------------------------------- */

#define NONROOT "autogroup:nonroot"

static void
put_user(struct buf *out, const char *asked, const char *local)
{
	buf_puts(out, ",");
	json_put_text(out, asked);
	buf_puts(out, ":");
	json_put_text(out, local);
}

static bool
said_before(const struct json_texts *l, size_t i)
{
	const struct json_texts before = { l->at, i };

	return list_has(&before, l->at[i]);
}

static void
put_users(struct buf *out, const struct ssh_rule *r)
{
	buf_puts(out, list_has(&r->users, "root") ? "{\"root\":\"root\""
						  : "{\"root\":\"\"");
	if (list_has(&r->users, NONROOT))
		buf_puts(out, ",\"*\":\"=\"");
	for (size_t i = 0; i < r->users.count; i++) {
		const char *user = r->users.at[i];

		if (strcmp(user, "root") != 0 && strcmp(user, NONROOT) != 0 &&
			!said_before(&r->users, i))
			put_user(out, user, user);
	}
	buf_puts(out, "}");
}

static void
put_personal(struct buf *out, const struct ssh_piece *piece)
{
	struct arena *mem = arena_new();
	const char *local = ssh_local_part(mem, piece->rule, piece->person);

	buf_puts(out, "{");
	json_put_text(out, local);
	buf_puts(out, ":");
	json_put_text(out, local);
	buf_puts(out, "}");
	arena_free(mem);
}

/* ---- actions ------------------------------------------------------------- */

static void
add_recorder(void *arg, const struct machine *m)
{
	struct buf *out = arg;

	for (size_t i = 0; i < m->face_count; i++) {
		const struct face *f = &m->faces[i];

		if (out->len)
			buf_puts(out, ",");
		buf_putf(out,
			addr_is_ipv4(f->addr) ? "\"%s:80\"" : "\"[%s]:80\"",
			f->text);
	}
}

/* Members of an action that records, each behind a comma; false: it must, and
 * nobody is there who would. */
static bool
put_recorders(struct engine *e, const struct ssh_rule *r, struct buf *out)
{
	struct arena *mem = arena_new();
	struct buf list;
	bool possible;

	buf_init(&list, mem, out->limit);
	for (size_t i = 0; i < r->recorder.count; i++)
		engine_members(e, r->recorder.at[i], add_recorder, &list);
	possible = list.len || !r->recorder.count || !r->enforce_recorder;
	if (list.len) {
		buf_puts(out, ",\"recorders\":[");
		buf_put(out, list.bytes, list.len);
		buf_puts(out, "]");
	}
	if (list.len && r->enforce_recorder)
		buf_puts(out,
			",\"onRecordingFailure\":{"
			"\"RejectSessionWithMessage\":\"" NOT_RECORDED "\","
			"\"TerminateSessionWithMessage\":\"" RECORDING_ENDED
			"\"}");
	arena_free(mem);
	return possible;
}

static void
put_action(struct engine *e, const struct ssh_rule *r, const char *base,
	struct buf *out)
{
	size_t begun = out->len;

	if (r->check) {
		buf_puts(out, "{\"holdAndDelegate\":\"");
		buf_puts(out, base);
		buf_puts(out, HOLD_PATH "\"");
	} else {
		buf_puts(out, "{\"accept\":true,\"allowAgentForwarding\":true,"
			      "\"allowLocalPortForwarding\":true,"
			      "\"allowRemotePortForwarding\":true");
	}
	if (!put_recorders(e, r, out)) {
		out->len = begun;
		buf_puts(out,
			"{\"message\":\"" NOT_RECORDED "\",\"reject\":true");
	}
	buf_puts(out, "}");
}

/* ---- rules --------------------------------------------------------------- */

struct writer {
	struct engine *e;
	const char *base;
	struct buf *out;
	size_t count;
};

static void
put_piece(void *arg, const struct ssh_piece *piece)
{
	struct writer *w = arg;
	const struct json_texts *env = &piece->rule->accept_env;

	buf_puts(w->out,
		w->count++ ? ",{\"principals\":[" : "{\"principals\":[");
	put_principals(w->e, piece, w->out);
	buf_puts(w->out, "],\"sshUsers\":");
	if (piece->personal)
		put_personal(w->out, piece);
	else
		put_users(w->out, piece->rule);
	buf_puts(w->out, ",\"action\":");
	put_action(w->e, piece->rule, w->base, w->out);
	if (env->count) {
		buf_puts(w->out, ",\"acceptEnv\":");
		json_put_texts(w->out, env);
	}
	buf_puts(w->out, "}");
}

void
ssh_put_rules(struct engine *e, const struct machine *m, const char *base,
	struct buf *out)
{
	struct writer w = { .e = e, .base = base, .out = out };

	buf_puts(out, "[");
	ssh_pieces(e, m, NULL, put_piece, &w);
	buf_puts(out, "]");
}

/* ---- what the client would do -------------------------------------------- */

struct decision {
	const char *login;
	const struct ssh_rule *rule; /* NULL: none yet */
};

static bool
lets_in(const struct ssh_piece *p, const char *login)
{
	const struct json_texts *users = &p->rule->users;
	struct arena *mem;
	bool same;

	if (p->personal) {
		mem = arena_new();
		same = strcmp(ssh_local_part(mem, p->rule, p->person), login) ==
		       0;
		arena_free(mem);
		return same;
	}
	return list_has(users, login) ||
	       (strcmp(login, "root") != 0 && list_has(users, NONROOT));
}

static void
decide(void *arg, const struct ssh_piece *piece)
{
	struct decision *d = arg;

	if (!d->rule && lets_in(piece, d->login))
		d->rule = piece->rule;
}

enum ssh_verdict
ssh_decide(struct engine *e, const struct machine *from,
	const struct machine *to, const char *login,
	const struct ssh_rule **rule)
{
	struct decision d = { .login = login };

	ssh_pieces(e, to, from, decide, &d);
	if (rule)
		*rule = d.rule;
	return !d.rule ? SSH_NOTHING : d.rule->check ? SSH_CHECK : SSH_ACCEPT;
}

/* ---- as whom ------------------------------------------------------------- */

struct logins {
	struct arena *mem;
	void (*visit)(void *arg, const struct ssh_login *login);
	void *arg;
};

static void
tell_login(void *arg, const struct ssh_piece *piece)
{
	const struct json_texts *users = &piece->rule->users;
	struct logins *l = arg;
	const char *words = "";

	/* Of localparts alone: each person has a piece of the own. */
	if (!piece->personal && !users->count)
		return;
	for (size_t i = 0; !piece->personal && i < users->count; i++)
		words = arena_printf(
			l->mem, "%s%s%s", words, i ? ", " : "", users->at[i]);
	if (piece->personal)
		words = ssh_local_part(l->mem, piece->rule, piece->person);
	l->visit(l->arg,
		&(struct ssh_login){ piece->rule, words, piece->personal });
}

void
ssh_each_login(struct engine *e, const struct machine *from,
	const struct machine *to, struct arena *mem,
	void (*visit)(void *arg, const struct ssh_login *login), void *arg)
{
	struct logins l = { mem, visit, arg };

	ssh_pieces(e, to, from, tell_login, &l);
}

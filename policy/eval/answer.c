#include "policy/eval/answer.h"

#include "policy/tests.h"

static const struct eval_node *
node_of(const struct eval_input *in, size_t i)
{
	return &in->nodes[i];
}

static void
put_list(struct buf *out, const char *name, const struct json_texts *list)
{
	buf_puts(out, name);
	json_put_texts(out, list);
}

/* ---- one node ---- */

static void
put_peer(struct engine *e, const struct eval_node *viewer,
	const struct eval_node *peer, struct arena *mem, struct buf *out)
{
	struct engine_record r;
	size_t before;

	engine_record(e, viewer->machine.id, peer->machine.id, mem, &r);
	json_put_text(out, peer->name);
	put_list(out, ":{\"allowedIPs\":", &r.allowed_ips);
	if (r.primary_routes.count)
		put_list(out, ",\"primaryRoutes\":", &r.primary_routes);
	before = out->len;
	buf_puts(out, ",\"capMap\":");
	engine_put_peer_caps(e, peer->machine.id, out);
	if (out->len == before + sizeof(",\"capMap\":") - 1)
		out->len = before;
	buf_puts(out, "}");
}

static void
put_peers(struct engine *e, const struct eval_input *in,
	const struct eval_node *n, struct arena *mem, struct buf *out)
{
	bool first = true;

	buf_puts(out, ",\"peers\":{");
	for (size_t i = 0; i < in->node_count; i++) {
		const struct eval_node *peer = node_of(in, i);

		if (!engine_sees(e, n->machine.id, peer->machine.id))
			continue;
		buf_puts(out, first ? "" : ",");
		first = false;
		put_peer(e, n, peer, mem, out);
	}
	buf_puts(out, "}}");
}

static void
put_node(struct engine *e, const struct eval_input *in,
	const struct eval_node *n, struct arena *mem, struct buf *out)
{
	int64_t id = n->machine.id;
	struct engine_record own;
	struct json_texts approved;

	engine_record(e, id, id, mem, &own);
	engine_auto_approved(e, id, mem, &approved);
	json_put_text(out, n->name);
	buf_puts(out, ":{\"packetFilter\":");
	engine_put_filter(e, id, out);
	buf_puts(out, ",\"sshRules\":");
	engine_put_ssh(e, id, "https://cairn.invalid", out);
	put_list(out, ",\"addresses\":", &own.addresses);
	put_list(out, ",\"allowedIPs\":", &own.allowed_ips);
	put_list(out, ",\"primaryRoutes\":", &own.primary_routes);
	buf_puts(out, ",\"capMap\":");
	engine_put_caps(e, id, out);
	put_list(out, ",\"autoApproved\":", &approved);
	put_peers(e, in, n, mem, out);
}

static void
put_nodes(struct engine *e, const struct eval_input *in, struct arena *mem,
	struct buf *out)
{
	buf_puts(out, "{\"status\":200,\"nodes\":{");
	for (size_t i = 0; i < in->node_count; i++) {
		buf_puts(out, i ? "," : "");
		put_node(e, in, node_of(in, i), mem, out);
	}
	buf_puts(out, "}}\n");
}

/* ---- the tailnet ---- */

static void
put_refusal(struct buf *out, int status, const char *text)
{
	buf_putf(out, "{\"status\":%d,\"error\":", status);
	json_put_text(out, text);
	buf_puts(out, "}\n");
}

static enum err
fill(struct engine *e, const struct eval_input *in, struct arena *mem)
{
	enum err err = ERR_OK;

	engine_set_settings(e, &in->settings);
	for (size_t i = 0; i < in->user_count && !err; i++)
		err = engine_put_person(
			e, &(struct engine_person){ .id = in->users[i].id,
				   .login = in->users[i].login,
				   .role = in->users[i].role });
	for (size_t i = 0; i < in->node_count && !err; i++)
		err = engine_put_machine(e, &node_of(in, i)->machine);
	for (size_t i = 0; i < in->node_count && !err; i++) {
		struct engine_machine m = node_of(in, i)->machine;

		if (!node_of(in, i)->decide)
			continue;
		engine_auto_approved(e, m.id, mem, &m.approved_routes);
		err = engine_put_machine(e, &m);
	}
	return err;
}

static enum err
judge(struct engine *e, const struct eval_input *in, struct arena *mem,
	struct buf *out)
{
	struct policy_error error = { NULL, { 0, 0 } };
	struct policy_failures failures = { 0 };
	enum err err = fill(e, in, mem);

	if (err)
		return err;
	err = policy_tests(e, mem, &error, &failures);
	if (err == ERR_POLICY)
		put_refusal(out, 400, error.text);
	else
		put_nodes(e, in, mem, out);
	return ERR_OK;
}

enum err
eval_answer(const struct eval_input *in, size_t most, struct arena *mem,
	struct bytes *out)
{
	struct policy_error error = { NULL, { 0, 0 } };
	struct engine *e = engine_new();
	struct policy *policy = NULL;
	struct buf b;
	enum err err;

	buf_init(&b, mem, most);
	err = policy_load(in->policy, &in->domains, mem, &policy, &error);
	if (err) {
		put_refusal(&b, err == ERR_TOO_BIG ? 413 : 400, error.text);
		err = ERR_OK;
	} else {
		engine_set_policy(e, policy);
		err = judge(e, in, mem, &b);
	}
	engine_free(e);
	if (!err)
		err = buf_error(&b);
	*out = (struct bytes){ b.bytes, b.len };
	return err;
}

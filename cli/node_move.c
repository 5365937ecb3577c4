/* cairn nodes move, cairn nodes address: whose a machine is, and where. */
#include <string.h>

#include "cli/nodes.h"
#include "tailnet/node.h"

enum err
cmd_nodes_move(struct cli *c)
{
	struct user to;
	enum err e = find_user(c, cli_text(c, "user"), &to);

	if (e)
		return e;
	e = tailnet_node_move(c->db, &actor_cli, cli_number(c, "identifier"),
		to.id, !cli_yes(c, "keep-key"), c->now);
	return e ? node_error(c, e, "moving the node")
		 : node_changed(c, "Node moved");
}

/* As the flag says; without it as it is. */
static const char *
wanted(struct cli *c, const char *flag, const char *has)
{
	const char *text = cli_text(c, flag);

	if (!cli_given(c, flag))
		return has ? has : "";
	return strcmp(text, "none") == 0 ? "" : text;
}

static enum err
refuse(struct cli *c, enum err e, const char *address)
{
	if (e == ERR_BAD_ADDRESS && !*address)
		return cli_refuse(
			c, "setting addresses: a node needs at least one");
	if (e == ERR_BAD_ADDRESS)
		return cli_refuse(c,
			"setting addresses: \"%s\" is not an address of that "
			"family",
			address);
	if (e == ERR_ADDRESS_RANGE)
		return cli_refuse(c,
			"setting addresses: %s lies outside of the setting "
			"ipv4_prefix or ipv6_prefix, or is reserved",
			address);
	if (e == ERR_ADDRESS_TAKEN)
		return cli_refuse(
			c, "setting addresses: another node has %s", address);
	return node_error(c, e, "setting addresses");
}

enum err
cmd_nodes_address(struct cli *c)
{
	struct node_addresses a;
	struct settings s;
	struct node n;
	int family = 4;
	enum err e;

	if (!cli_given(c, "ipv4") && !cli_given(c, "ipv6"))
		return cli_refuse(c,
			"setting addresses: missing parameters: --ipv4 or "
			"--ipv6");
	e = node_read(c, "setting addresses", &n);
	if (e)
		return e;
	e = settings_load(c->db, c->mem, &s);
	if (e)
		return cli_fail(c, e, "setting addresses");
	a = (struct node_addresses){ wanted(c, "ipv4", n.ipv4),
		wanted(c, "ipv6", n.ipv6) };
	e = tailnet_node_addresses(
		c->db, &s, n.id, &a, CLI_ACTOR, c->now, &family);
	return e ? refuse(c, e, family == 6 ? a.ipv6 : a.ipv4)
		 : node_changed(c, "Node updated");
}

/*
 * command.h: the verbs of the program, in one table: words, aliases, flags,
 * help and function.  The parser, `help` and the usage texts read it.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/cli.h"

enum {
	OPENS = 1,          /* c->db is open when it runs */
	WRITES = OPENS | 2, /* and the bell is rung when it did well */
	ASKS = 4,           /* takes --force; only help reads it */
};

struct command {
	const char *group; /* "" for a verb of its own */
	const char *verb;
	const char *aliases; /* separated by blanks */
	const char *args;    /* as help shows them */
	int most_args;
	unsigned flags;
	const char *help;
	enum err (*run)(struct cli *c);
	struct flag takes[FLAGS_MAX];
};

struct group {
	const char *name, *aliases, *help;
};

extern const struct command commands[];
extern const size_t command_count;
extern const struct group groups[];
extern const size_t group_count;
/* Of every command: --output, --home, --force, --help. */
extern const struct flag global_flags[];

/* NULL when there is no such. */
const struct group *group_find(const char *word);
const struct command *command_find(const char *group, const char *word);

/* The program, a group or a command explained. */
void help_program(struct buf *out);
void help_group(struct buf *out, const struct group *g);
void help_command(struct buf *out, const struct command *c);

enum err cmd_init(struct cli *c);
enum err cmd_setup_link(struct cli *c);
enum err cmd_backup(struct cli *c);
enum err cmd_restore(struct cli *c);
enum err cmd_rotate_seal(struct cli *c);
enum err cmd_rotate_pepper(struct cli *c);
enum err cmd_rotate_noise(struct cli *c);
enum err cmd_rotate_relay(struct cli *c);
enum err cmd_users_create(struct cli *c);
enum err cmd_users_list(struct cli *c);
enum err cmd_users_rename(struct cli *c);
enum err cmd_users_destroy(struct cli *c);
enum err cmd_users_remove_factor(struct cli *c);
enum err cmd_keys_create(struct cli *c);
enum err cmd_keys_list(struct cli *c);
enum err cmd_keys_expire(struct cli *c);
enum err cmd_keys_delete(struct cli *c);
enum err cmd_nodes_list(struct cli *c);
enum err cmd_nodes_routes(struct cli *c);
enum err cmd_nodes_stale(struct cli *c);
enum err cmd_nodes_approve_routes(struct cli *c);
enum err cmd_nodes_attr(struct cli *c);
enum err cmd_nodes_ping(struct cli *c);
enum err cmd_nodes_debug(struct cli *c);
enum err cmd_nodes_rename(struct cli *c);
enum err cmd_nodes_expire(struct cli *c);
enum err cmd_nodes_delete(struct cli *c);
enum err cmd_nodes_register(struct cli *c);
enum err cmd_nodes_approve(struct cli *c);
enum err cmd_nodes_move(struct cli *c);
enum err cmd_nodes_address(struct cli *c);
enum err cmd_nodes_tag(struct cli *c);
enum err cmd_auth_register(struct cli *c);
enum err cmd_auth_approve(struct cli *c);
enum err cmd_auth_reject(struct cli *c);
enum err cmd_auth_revoke(struct cli *c);
enum err cmd_auth_list(struct cli *c);
enum err cmd_policy_get(struct cli *c);
enum err cmd_policy_set(struct cli *c);
enum err cmd_policy_check(struct cli *c);
enum err cmd_policy_diff(struct cli *c);
enum err cmd_policy_history(struct cli *c);
enum err cmd_policy_revert(struct cli *c);
enum err cmd_policy_who(struct cli *c);
enum err cmd_policy_rules(struct cli *c);
enum err cmd_relays_list(struct cli *c);
enum err cmd_relays_add(struct cli *c);
enum err cmd_relays_remove(struct cli *c);
enum err cmd_relays_hide(struct cli *c);
enum err cmd_relays_show(struct cli *c);
enum err cmd_relays_token(struct cli *c);
enum err cmd_relays_source(struct cli *c);
enum err cmd_notices_list(struct cli *c);
enum err cmd_notices_log(struct cli *c);
enum err cmd_notices_add(struct cli *c);
enum err cmd_notices_set(struct cli *c);
enum err cmd_notices_test(struct cli *c);
enum err cmd_notices_delete(struct cli *c);
enum err cmd_providers_list(struct cli *c);
enum err cmd_providers_show(struct cli *c);
enum err cmd_providers_add(struct cli *c);
enum err cmd_providers_set(struct cli *c);
enum err cmd_providers_test(struct cli *c);
enum err cmd_providers_delete(struct cli *c);
enum err cmd_dns_get(struct cli *c);
enum err cmd_dns_set(struct cli *c);
enum err cmd_dns_nameservers(struct cli *c);
enum err cmd_dns_search(struct cli *c);
enum err cmd_dns_records(struct cli *c);
enum err cmd_dns_lookup(struct cli *c);
enum err cmd_audit_verify(struct cli *c);
enum err cmd_settings_list(struct cli *c);
enum err cmd_settings_get(struct cli *c);
enum err cmd_settings_set(struct cli *c);
enum err cmd_health(struct cli *c);
enum err cmd_version(struct cli *c);
enum err cmd_doctor(struct cli *c);
enum err cmd_logs(struct cli *c);
enum err cmd_private_key(struct cli *c);

#endif

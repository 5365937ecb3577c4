#include "cli/command.h"

#include <string.h>

/* clang-format off */
#define NODE_ID   { "identifier", 'i', FLAG_NODE, .required = true, .help = "Node, by ID or name" }
#define USER_ID   { "identifier", 'i', FLAG_INT, .help = "User identifier (ID)" }
#define USER_NAME { "name", 'n', FLAG_TEXT, .help = "Username" }
#define KEY_ID    { "id", 'i', FLAG_ID, .help = "Key identifier (ID)" }
#define FILE_NAME { "file", 'f', FLAG_TEXT, .required = true, .help = "Path of a policy file in HuJSON, - for standard input" }
#define PASSPHRASE { "passphrase-file", 0, FLAG_TEXT, .help = "File whose first line is the passphrase, - for standard input" }
#define DRY_RUN   { "dry-run", 0, FLAG_BOOL, .help = "Say what would be, change nothing" }
#define AUTH_ID   { "auth-id", 0, FLAG_TEXT, .required = true, .help = "The id in the link that the client shows" }
#define PROVIDER_MORE \
		{ "client-secret-file", 0, FLAG_TEXT, .help = "File whose first line is the client's secret, - for standard input; an empty line: it has none" }, \
		{ "scopes", 0, FLAG_TEXT, .help = "Scopes, a blank between (default \"openid profile email\")" }, \
		{ "domains", 0, FLAG_TEXTS, .help = "Domains of verified addresses that are let in; '' for any" }, \
		{ "users", 0, FLAG_TEXTS, .help = "Addresses that are let in; '' for any" }, \
		{ "groups", 0, FLAG_TEXTS, .help = "Groups that are let in, as the provider calls them; '' for any" }, \
		{ "group-claim", 0, FLAG_TEXT, .help = "Claim with the groups (default \"groups\")" }, \
		{ "group-domain", 0, FLAG_TEXT, .help = "What stands behind @ of its groups in the policy (default: the issuer's host)" }, \
		{ "role-claim", 0, FLAG_TEXT, .help = "Claim with the role (default: roles are given here)" }, \
		{ "roles", 0, FLAG_TEXTS, .help = "What its values mean: it-team=it-admin,staff=member" }, \
		{ "links", 0, FLAG_BOOL, .help = "A member with the same verified address is the same person" }, \
		{ "key-expiry", 0, FLAG_BOOL, .help = "Machines expire with the token they were added by" }
#define TARGET_FLAGS \
		{ "events", 0, FLAG_TEXTS, .help = "What it hears of: key.expiring, approval.needed, machine.new, route.waiting, policy.changed, health.failing" }, \
		{ "format", 0, FLAG_TEXT, .help = "Of a webhook: json (signed, the default), slack, discord or text" }, \
		{ "server", 0, FLAG_TEXT, .help = "Of mail: its server, as mail.example.org:587" }, \
		{ "security", 0, FLAG_TEXT, .help = "Of mail: starttls (the default), tls or none" }, \
		{ "sender", 0, FLAG_TEXT, .help = "Of mail: the sender's address" }, \
		{ "account", 0, FLAG_TEXT, .help = "Of mail: the account at the server; '' for none" }, \
		{ "password-file", 0, FLAG_TEXT, .help = "File whose first line is the account's password, - for standard input" }
/* headscale's way past its server.  cairn always works on the database. */
#define BYPASS    { "bypass-grpc-and-access-database-directly", 0, FLAG_BOOL, .hidden = true, .help = "" }, \
		  { "bypass-server-and-access-database-directly", 0, FLAG_BOOL, .hidden = true, .help = "" }

const struct flag global_flags[] = {
	{ "output", 'o', FLAG_TEXT, .help = "Output format: json, json-line or yaml; none for people" },
	{ "home", 0, FLAG_TEXT, .help = "Folder of the instance (default CAIRN_HOME, else \"run\")" },
	{ "force", 0, FLAG_BOOL, .help = "Ask nothing, do it" },
	{ "help", 'h', FLAG_BOOL, .help = "Explain the command" },
	{ "version", 0, FLAG_BOOL, .hidden = true, .help = "" },
	{ .kind = FLAG_NONE },
};

const struct group groups[] = {
	{ "users", "user", "Manage the users" },
	{ "preauthkeys", "preauthkey authkey pre", "Manage the keys that let machines in" },
	{ "nodes", "node", "Manage the machines" },
	{ "auth", "", "Decide on machines that ask to join and logins that must be allowed" },
	{ "policy", "", "Manage the policy" },
	{ "dns", "", "Manage nameservers, search domains and records" },
	{ "relays", "relay derp", "Manage the relays that machines are told of" },
	{ "providers", "provider oidc", "Manage the providers that people sign in by" },
	{ "notices", "notice", "Manage who is told of what happens: webhooks and mail" },
	{ "audit", "", "Look at the log of who did what" },
	{ "settings", "setting", "Read and change the settings" },
	{ "rotate", "", "Change the keys of the server: lost, leaked, or old" },
	{ "generate", "gen", "Make keys" },
};
const size_t group_count = sizeof(groups) / sizeof(groups[0]);

const struct command commands[] = {
	{ "", "init", "", "", 0, 0,
	  "Make the instance, or bring it up to this version", cmd_init, { { 0 } } },
	{ "", "setup-link", "", "", 0, WRITES,
	  "Print a link that makes the owner's account, or gives its password anew", cmd_setup_link, {
		{ "first", 0, FLAG_BOOL, .help = "Print nothing when there is an owner already" } } },
	{ "", "backup", "", "[FILE]", 1, WRITES,
	  "Put the whole instance into one file, while it runs", cmd_backup, { PASSPHRASE } },
	{ "", "restore", "", "FILE", 1, 0,
	  "Put the instance of a backup into the folder", cmd_restore, { PASSPHRASE,
		{ "url", 0, FLAG_TEXT, .help = "The public URL from now on (default: as it was)" },
		{ "replace", 0, FLAG_BOOL, .help = "Let an instance that is there make room; its files are kept" } } },
	{ "", "doctor", "", "", 0, 0,
	  "Look for what is wrong, and say what helps", cmd_doctor, {
		{ "url", 0, FLAG_TEXT, .help = "Public URL to try (default: the setting url)" },
		{ "insecure", 0, FLAG_BOOL, .help = "Do not insist on a certificate that is trusted here" } } },
	{ "", "logs", "", "", 0, 0,
	  "Print what the programs logged last", cmd_logs, {
		{ "process", 'p', FLAG_TEXT, .help = "Of this one: cairn-fcgi, cairn-worker, cairn-relay, cairn-keeper" },
		{ "level", 'l', FLAG_TEXT, .help = "This and worse: debug, info, warn, error" },
		{ "lines", 'n', FLAG_COUNT, .help = "How many at most (default: 100)" } } },
	{ "", "health", "", "", 0, OPENS,
	  "Check database and worker; exit status 0 or 1", cmd_health, { { 0 } } },
	{ "", "version", "", "", 0, 0,
	  "Print the version", cmd_version, { { 0 } } },

	{ "users", "create", "c new", "NAME", 1, WRITES,
	  "Creates a new user", cmd_users_create, {
		{ "display-name", 'd', FLAG_TEXT, .help = "Display name" },
		{ "email", 'e', FLAG_TEXT, .help = "Email" },
		{ "picture-url", 'p', FLAG_TEXT, .help = "Profile picture URL" },
		{ "role", 0, FLAG_TEXT, .help = "owner, admin, network-admin, it-admin, auditor or member (the default)" } } },
	{ "users", "list", "ls show", "", 0, OPENS,
	  "List all the users", cmd_users_list, { USER_ID, USER_NAME,
		{ "email", 'e', FLAG_TEXT, .help = "Email" } } },
	{ "users", "rename", "mv", "", 0, WRITES,
	  "Renames a user", cmd_users_rename, { USER_ID, USER_NAME,
		{ "new-name", 'r', FLAG_TEXT, .required = true, .help = "New username" } } },
	{ "users", "destroy", "delete", "", 0, WRITES | ASKS,
	  "Destroys a user, and its keys", cmd_users_destroy, { USER_ID, USER_NAME } },
	{ "users", "remove-factor", "", "", 0, WRITES | ASKS,
	  "Takes the second factor of a user away", cmd_users_remove_factor, { USER_ID, USER_NAME } },

	{ "preauthkeys", "create", "c new", "", 0, WRITES,
	  "Creates a new preauthkey, shown this once", cmd_keys_create, {
		{ "user", 'u', FLAG_TEXT, .help = "User, by ID or name" },
		{ "reusable", 0, FLAG_BOOL, .help = "Good for more than one machine" },
		{ "ephemeral", 0, FLAG_BOOL, .help = "Its machines are forgotten when they go offline" },
		{ "expiration", 'e', FLAG_TEXT, .help = "How long it is good: 30m, 24h, 90d; 0 for ever (default \"1h\")" },
		{ "tags", 0, FLAG_TEXTS, .help = "Tags of its machines: tag:a,tag:b" } } },
	{ "preauthkeys", "list", "ls show", "", 0, OPENS,
	  "List all preauthkeys", cmd_keys_list, { { 0 } } },
	{ "preauthkeys", "expire", "revoke exp e", "", 0, WRITES,
	  "Expire a preauthkey", cmd_keys_expire, { KEY_ID } },
	{ "preauthkeys", "delete", "del rm d", "", 0, WRITES,
	  "Delete a preauthkey; its machines stay", cmd_keys_delete, { KEY_ID } },

	{ "nodes", "list", "ls show", "", 0, OPENS,
	  "List nodes", cmd_nodes_list, {
		{ "user", 'u', FLAG_TEXT, .help = "Only of this user, by ID, name or email" } } },
	{ "nodes", "list-routes", "lsr routes", "", 0, OPENS,
	  "List routes available on nodes", cmd_nodes_routes, {
		{ "identifier", 'i', FLAG_NODE, .help = "Node, by ID or name" } } },
	{ "nodes", "stale", "", "", 0, OPENS,
	  "List what the rule about stale machines would be done to now; nothing is", cmd_nodes_stale, {
		{ "days", 0, FLAG_INT, .help = "As if the setting stale_days were that" } } },
	{ "nodes", "approve-routes", "", "", 0, WRITES,
	  "Replace the approved routes of a node; none given: withdraw all", cmd_nodes_approve_routes, { NODE_ID,
		{ "routes", 'r', FLAG_TEXTS, .help = "Routes to approve, separated by commas; an exit route stands for both" } } },
	{ "nodes", "rename", "", "NEW_NAME", 1, WRITES,
	  "Renames a node; '' gives it its own name again", cmd_nodes_rename, { NODE_ID } },
	{ "nodes", "expire", "logout exp e", "", 0, WRITES,
	  "Expire (log out) a node: now, at a time, or never", cmd_nodes_expire, { NODE_ID,
		{ "expiry", 'e', FLAG_TEXT, .help = "When, as 2027-01-31T12:00:00Z or 30m from now (default: now)" },
		{ "disable", 'd', FLAG_BOOL, .help = "Never" } } },
	{ "nodes", "delete", "del", "", 0, WRITES | ASKS,
	  "Delete a node", cmd_nodes_delete, { NODE_ID } },
	{ "nodes", "approve", "", "", 0, WRITES,
	  "Let a machine in that waits for approval", cmd_nodes_approve, { NODE_ID,
		{ "withdraw", 0, FLAG_BOOL, .help = "Shut it out again" } } },
	{ "nodes", "tag", "tags t", "", 0, WRITES,
	  "Replace the tags of a node", cmd_nodes_tag, { NODE_ID,
		{ "tags", 't', FLAG_TEXTS, .help = "All its tags from now on: tag:a,tag:b" } } },
	{ "nodes", "move", "mv", "", 0, WRITES,
	  "Give the machine of a user to another, who signs in on it", cmd_nodes_move, { NODE_ID,
		{ "user", 'u', FLAG_TEXT, .required = true, .help = "New owner, by ID or name" },
		{ "keep-key", 0, FLAG_BOOL, .help = "Its key stays good: whoever has it goes on in the new owner's name" } } },
	{ "nodes", "address", "addresses ip", "", 0, WRITES,
	  "Set the addresses of a node", cmd_nodes_address, { NODE_ID,
		{ "ipv4", 0, FLAG_TEXT, .help = "IPv4 address, none for none (default: as it is)" },
		{ "ipv6", 0, FLAG_TEXT, .help = "IPv6 address, none for none (default: as it is)" } } },
	{ "nodes", "attr", "attribute attributes", "get|set|unset NODE [NAME [VALUE]]", 4, WRITES,
	  "Show, set or remove attributes of a node (by ID or name) that postures of the policy ask for", cmd_nodes_attr, {
		{ "expires", 0, FLAG_TEXT, .help = "When it ends, as 2027-01-31T12:00:00Z or 24h (default: never)" } } },
	{ "nodes", "ping", "", "NODE", 1, WRITES,
	  "Ask whether a node (by ID or name) answers the server, or let it ping another", cmd_nodes_ping, {
		{ "type", 't', FLAG_TEXT, .help = "How it shall ping another: disco, TSMP, ICMP or peerapi" },
		{ "to", 0, FLAG_TEXT, .help = "The other one, by ID or name" } } },
	{ "nodes", "debug", "", "NODE echo|prefs|health|update|netcheck", 2, WRITES,
	  "Ask a node (by ID or name) what it is set to, what it complains of, or whether it updates itself; netcheck: what it told last", cmd_nodes_debug, { { 0 } } },
	{ "nodes", "register", "", "", 0, WRITES,
	  "Admit a machine (old spelling of auth register)", cmd_nodes_register, {
		{ "key", 'k', FLAG_TEXT, .required = true, .help = "The id in the link that the client shows" },
		{ "user", 'u', FLAG_TEXT, .required = true, .help = "User, by ID or name" } } },

	{ "auth", "register", "", "", 0, WRITES,
	  "Register a node to your network", cmd_auth_register, { AUTH_ID,
		{ "user", 'u', FLAG_TEXT, .required = true, .help = "User, by ID or name" } } },
	{ "auth", "approve", "", "", 0, WRITES,
	  "Approve a login by SSH, or a registration, which needs --user", cmd_auth_approve, { AUTH_ID,
		{ "user", 'u', FLAG_TEXT, .help = "User, by ID or name" } } },
	{ "auth", "reject", "", "", 0, WRITES,
	  "Turn it away, for good", cmd_auth_reject, { AUTH_ID,
		{ "reason", 'r', FLAG_TEXT, .help = "Words that the client shows" } } },
	{ "auth", "revoke", "", "", 0, WRITES,
	  "Take back that a login by SSH was allowed", cmd_auth_revoke, { AUTH_ID } },
	{ "auth", "list", "ls show", "", 0, OPENS,
	  "List what waits, and logins by SSH that are allowed", cmd_auth_list, { { 0 } } },

	{ "policy", "get", "show view fetch", "[VERSION]", 1, OPENS,
	  "Print the current policy, or a version of it", cmd_policy_get, { BYPASS } },
	{ "policy", "set", "put update", "", 0, WRITES,
	  "Replace the policy", cmd_policy_set, { FILE_NAME, BYPASS,
		{ "note", 'm', FLAG_TEXT, .help = "Why, for the history" } } },
	{ "policy", "check", "", "", 0, OPENS,
	  "Check a policy file, change nothing", cmd_policy_check, { FILE_NAME, BYPASS } },
	{ "policy", "diff", "", "[VERSION [VERSION]]", 2, OPENS,
	  "Compare a file, or a version, to the current policy", cmd_policy_diff, {
		{ "file", 'f', FLAG_TEXT, .help = "Path of a policy file, - for standard input" } } },
	{ "policy", "history", "log versions", "", 0, OPENS,
	  "List the versions of the policy", cmd_policy_history, { { 0 } } },
	{ "policy", "revert", "restore", "VERSION", 1, WRITES,
	  "Make the text of a version the policy again", cmd_policy_revert, { { 0 } } },
	{ "policy", "rules", "rule", "list|add|remove [PLACE [VALUE]]", 3, WRITES,
	  "List the rules, tests, groups and tag owners of the policy with their lines, or change one at its place in the text", cmd_policy_rules, {
		{ "src", 0, FLAG_TEXT, .help = "Of a rule: from whom, a comma between; of a test: the one" },
		{ "dst", 0, FLAG_TEXT, .help = "To whom" },
		{ "ports", 0, FLAG_TEXT, .help = "Of a rule of grants: 443, 80-90, tcp:22 or '*'" },
		{ "users", 0, FLAG_TEXT, .help = "Of an SSH rule: the logins" },
		{ "action", 0, FLAG_TEXT, .help = "Of an SSH rule: accept (the default) or check" },
		{ "period", 0, FLAG_TEXT, .help = "How long a check lasts: 12h, or always" },
		{ "env", 0, FLAG_TEXT, .help = "Of an SSH rule: variables that are taken over" },
		{ "accept", 0, FLAG_TEXT, .help = "Of a test: what must be let through, tag:web:443; of one of SSH: logins" },
		{ "check", 0, FLAG_TEXT, .help = "Of a test of SSH: logins that are checked" },
		{ "deny", 0, FLAG_TEXT, .help = "Of a test: what must not be let through" },
		{ "proto", 0, FLAG_TEXT, .help = "Of a test: tcp, udp, sctp or icmp" },
		{ "note", 'm', FLAG_TEXT, .help = "Why, for the history" },
		DRY_RUN } },
	{ "policy", "who", "", "SRC DST[:PORT[/PROTO]]", 2, OPENS,
	  "Say which rule lets one reach another, or that none does. Without PORT any port is asked for, without PROTO TCP and UDP", cmd_policy_who, { { 0 } } },

	{ "relays", "list", "ls", "", 0, OPENS,
	  "List all regions: where they come from, how they answered last, machines at home", cmd_relays_list, { { 0 } } },
	{ "relays", "add", "create", "", 0, WRITES,
	  "Add a relay on another machine, a region of its own; prints its token, this once", cmd_relays_add, {
		{ "region", 'r', FLAG_INT, .required = true, .help = "Its region: a number from 1 to 65535" },
		{ "code", 'c', FLAG_TEXT, .required = true, .help = "Short name" },
		{ "name", 'n', FLAG_TEXT, .help = "Name (default: the code)" },
		{ "host", 0, FLAG_TEXT, .required = true, .help = "Host name or address that its certificate is for" },
		{ "ipv4", 0, FLAG_TEXT, .help = "IPv4 address, for clients without DNS; none for none" },
		{ "ipv6", 0, FLAG_TEXT, .help = "IPv6 address; none for none" },
		{ "port", 'p', FLAG_INT, .help = "Port of https (default 443)" },
		{ "stun-port", 0, FLAG_INT, .help = "UDP port of STUN, 0 for none (default 3478)" },
		{ "cert", 0, FLAG_TEXT, .help = "SHA-256 in hex of its certificate, if that is self-signed" } } },
	{ "relays", "remove", "delete rm", "REGION", 1, WRITES | ASKS,
	  "Remove a relay that was added", cmd_relays_remove, { { 0 } } },
	{ "relays", "hide", "", "REGION", 1, WRITES,
	  "Tell machines no more of a region", cmd_relays_hide, { { 0 } } },
	{ "relays", "show", "", "REGION", 1, WRITES,
	  "Tell machines of a region again", cmd_relays_show, { { 0 } } },
	{ "relays", "token", "", "new|revoke REGION", 2, WRITES,
	  "Make a new token for a relay that was added, shown this once, or revoke it", cmd_relays_token, { { 0 } } },
	{ "relays", "source", "sources", "list|add|remove|refresh [PLACE]", 2, WRITES,
	  "Maps of others: https addresses, and files or folders of this machine (JSON)", cmd_relays_source, { { 0 } } },

	{ "dns", "get", "show", "", 0, OPENS,
	  "Print all that is set for names, and what is wrong with it", cmd_dns_get, { { 0 } } },
	{ "dns", "set", "", "", 0, WRITES,
	  "Change how names are looked up", cmd_dns_set, {
		{ "magic-dns", 0, FLAG_TEXT, .help = "true or false: machines find each other by name" },
		{ "override-local", 0, FLAG_TEXT, .help = "true or false: nameservers of all names replace those of the machines' networks" },
		{ "base-domain", 0, FLAG_TEXT, .help = "What stands behind the name of each machine" } } },
	{ "dns", "nameservers", "nameserver ns", "list|add|remove|move [ADDRESS|ID [up|down]]", 3, WRITES,
	  "Show or change the nameservers, of all names or of a domain", cmd_dns_nameservers, {
		{ "domain", 'd', FLAG_TEXT, .help = "Only for names at and below this domain" },
		{ "with-exit-node", 0, FLAG_BOOL, .help = "Ask it also while an exit node is in use" } } },
	{ "dns", "search", "search-domains", "list|add|remove [DOMAIN]", 2, WRITES,
	  "Show or change the search domains, tried behind names without a dot", cmd_dns_search, { { 0 } } },
	{ "dns", "records", "record", "list|add|remove [NAME TYPE [VALUE]|ID]", 4, WRITES,
	  "Show or change the A and AAAA records beside those of the file", cmd_dns_records, {
		{ "node", 0, FLAG_TEXT, .help = "The address of this node (ID or name) instead of VALUE" } } },
	{ "dns", "lookup", "", "NAME NODE", 2, OPENS,
	  "Say what a node (by ID or name) would get for a name, and from where", cmd_dns_lookup, { { 0 } } },

	{ "providers", "list", "ls", "", 0, OPENS,
	  "List who vouches for people, and how they answered last", cmd_providers_list, { { 0 } } },
	{ "providers", "show", "get", "PROVIDER", 1, OPENS,
	  "Show a provider, and the redirect address to be entered there", cmd_providers_show, { { 0 } } },
	{ "providers", "add", "create", "", 0, WRITES,
	  "Let people sign in by a provider (OpenID Connect)", cmd_providers_add, {
		{ "name", 'n', FLAG_TEXT, .required = true, .help = "Name, as it stands on the button" },
		{ "issuer", 'i', FLAG_TEXT, .required = true, .help = "Its https address, exactly as it calls itself" },
		{ "client-id", 'c', FLAG_TEXT, .required = true, .help = "The client's id there" },
		PROVIDER_MORE } },
	{ "providers", "set", "update change", "PROVIDER", 1, WRITES,
	  "Change a provider; what is not said stays", cmd_providers_set, {
		{ "name", 'n', FLAG_TEXT, .help = "Name, as it stands on the button" },
		{ "issuer", 'i', FLAG_TEXT, .help = "Its https address, exactly as it calls itself" },
		{ "client-id", 'c', FLAG_TEXT, .help = "The client's id there" },
		PROVIDER_MORE } },
	{ "providers", "test", "check", "PROVIDER", 1, OPENS,
	  "Ask a provider for its discovery and keys; exit status 0 or 1", cmd_providers_test, { { 0 } } },
	{ "providers", "delete", "remove rm del", "PROVIDER", 1, WRITES | ASKS,
	  "Delete a provider; its users and their machines stay", cmd_providers_delete, { { 0 } } },

	{ "notices", "list", "ls", "", 0, OPENS,
	  "List where notices go, and what became of the last of each", cmd_notices_list, { { 0 } } },
	{ "notices", "log", "show", "ID", 1, OPENS,
	  "List what one target was told, the newest first, and how that went", cmd_notices_log, {
		{ "rows", 'n', FLAG_INT, .help = "So many (default 20)" } } },
	{ "notices", "add", "create", "webhook URL | mail ADDRESS...", ARGS_MAX, WRITES,
	  "Tell others of what happens; of a webhook prints the key that its receiver checks by, this once", cmd_notices_add, { TARGET_FLAGS } },
	{ "notices", "set", "update change", "ID [URL|ADDRESS...]", ARGS_MAX, WRITES,
	  "Change a target; what is not said stays, the key too", cmd_notices_set, { TARGET_FLAGS } },
	{ "notices", "test", "", "ID", 1, WRITES,
	  "Send a test", cmd_notices_test, { { 0 } } },
	{ "notices", "delete", "remove rm del", "ID", 1, WRITES | ASKS,
	  "Tell a target no more; its log goes too", cmd_notices_delete, { { 0 } } },

	{ "audit", "verify", "check", "", 0, OPENS,
	  "Walk over the whole audit log: whether rows were changed or taken out", cmd_audit_verify, {
		{ "row", 0, FLAG_INT, .help = "A row whose hash was noted" },
		{ "hash", 0, FLAG_TEXT, .help = "That hash" } } },

	{ "settings", "list", "ls show", "", 0, OPENS,
	  "List all settings, and when a change counts", cmd_settings_list, { { 0 } } },
	{ "settings", "get", "", "NAME", 1, OPENS,
	  "Print one setting", cmd_settings_get, { { 0 } } },
	{ "settings", "set", "put", "NAME VALUE", 2, WRITES | ASKS,
	  "Change one setting", cmd_settings_set, { { 0 } } },

	{ "rotate", "seal", "", "", 0, WRITES | ASKS,
	  "Close all that is sealed with a new keys/seal; nobody notices", cmd_rotate_seal, { DRY_RUN,
		{ "lost", 0, FLAG_BOOL, .help = "The old one is lost, in no backup either: give up what it closed" } } },
	{ "rotate", "pepper", "", "", 0, WRITES | ASKS,
	  "Make keys/pepper anew, leaked or lost: browsers, keys for machines, links and recovery codes end", cmd_rotate_pepper, { DRY_RUN } },
	{ "rotate", "noise-key", "", "", 0, WRITES | ASKS,
	  "Give the server another machine key; clients take it when they are started", cmd_rotate_noise, { DRY_RUN,
		{ "grace", 0, FLAG_TEXT, .help = "How long the old one is answered: 30d (the default), 12h; 0 where it leaked" },
		{ "end-old", 0, FLAG_BOOL, .help = "No new key: answer those of before no more" } } },
	{ "rotate", "relay-key", "", "", 0, WRITES | ASKS,
	  "Give the own relay another key; nobody notices", cmd_rotate_relay, { DRY_RUN } },

	{ "generate", "private-key", "", "", 0, 0,
	  "Print a new private key", cmd_private_key, { { 0 } } },
};
const size_t command_count = sizeof(commands) / sizeof(commands[0]);
/* clang-format on */

static bool
is_word(const char *list, const char *word, size_t len)
{
	while (*list) {
		size_t n = strcspn(list, " ");

		if (n == len && memcmp(list, word, len) == 0)
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

const struct group *
group_find(const char *word)
{
	for (size_t i = 0; i < group_count; i++)
		if (strcmp(groups[i].name, word) == 0 ||
			is_word(groups[i].aliases, word, strlen(word)))
			return &groups[i];
	return NULL;
}

const struct command *
command_find(const char *group, const char *word)
{
	for (size_t i = 0; i < command_count; i++) {
		const struct command *c = &commands[i];

		if (strcmp(c->group, group) == 0 &&
			(strcmp(c->verb, word) == 0 ||
				is_word(c->aliases, word, strlen(word))))
			return c;
	}
	return NULL;
}

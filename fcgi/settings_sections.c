/*
 * settings_sections.c: the sections of the settings and their fields.
 */
#include "fcgi/settings_sections.h"

#include "base/zone.h"
#include "fcgi/html.h"
#include "fcgi/key_lives.h"
#include "fcgi/pages_notices.h"
#include "fcgi/pages_people.h"
#include "fcgi/pages_relays.h"
#include "fcgi/provider_form.h"
#include "fcgi/settings_server.h"
#include "fcgi/settings_stale.h"
#include "tailnet/stale_ask.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	DAY = 86400,
	MINUTE = 60,
};

static const struct choice orders[] = {
	{ "sequential", "One after the other" },
	{ "random", "At random" },
};

static const struct field general_fields[] = {
	{ "org", "Name of this network",
		.hint = "Shown on these pages and by the clients.", .max = 64,
		.flags = FIELD_REQUIRED },
	{ "key_expiry_days", "Days until a machine must sign in again",
		.hint = "0: never. For machines that sign in from now on.",
		.kind = FIELD_NUMBER, .least = 0, .most = 3650,
		.flags = FIELD_REQUIRED },
	{ "ephemeral_minutes", "Minutes until an ephemeral machine is deleted",
		.hint = "Counted from when it went offline.",
		.kind = FIELD_NUMBER, .least = 2, .most = 10080,
		.flags = FIELD_REQUIRED },
	{ "device_approval", "An admin approves each new machine",
		.hint = "Auth keys are pre-approved, unless they are made "
			"otherwise.",
		.kind = FIELD_BOX },
	{ "user_approval", "An admin approves each new user",
		.hint = "Who comes by an invite waits before signing in.",
		.kind = FIELD_BOX },
	{ "taildrop", "Machines may send files to each other (Taildrop)",
		.kind = FIELD_BOX },
	{ "auto_update", "Clients update themselves", .kind = FIELD_BOX },
};

static const struct field address_fields[] = {
	{ "ipv4_prefix", "IPv4 prefix",
		.hint = "Inside 100.64.0.0/10. Empty: machines get no IPv4 "
			"address.",
		.max = 64, .flags = FIELD_MONO },
	{ "ipv6_prefix", "IPv6 prefix",
		.hint = "Inside fd7a:115c:a1e0::/48. Empty: machines get no "
			"IPv6 address.",
		.max = 64, .flags = FIELD_MONO },
	{ "allocation", "New addresses", .kind = FIELD_RADIO,
		.flags = FIELD_REQUIRED, .choices = orders, .choice_count = 2 },
};

static const struct field key_fields[] = {
	{ "members_make_keys", "Members make keys for their own machines",
		.hint = "Each for one machine, good for at most 7 days, "
			"without tags; it needs approval as they do in the "
			"browser.",
		.kind = FIELD_BOX },
	{ "key_life", "A new key is good for",
		.hint = "Where nobody says otherwise: on the forms and on the "
			"command line.",
		.kind = FIELD_SELECT, .flags = FIELD_REQUIRED,
		.choices = key_lives, .choice_count = PREAUTH_LIFE_COUNT },
	{ "keep_days", "Days that a used or expired key stays listed",
		.hint = "Revoked ones are listed for 7 days at most.",
		.kind = FIELD_NUMBER, .least = 1, .most = 3650,
		.flags = FIELD_REQUIRED },
};

static const struct field server_fields[] = {
	{ "url", "Server address",
		.hint = "What machines and browsers are told, like "
			"https://vpn.example.org. Empty: http:// with the "
			"address and port below.",
		.max = 512, .flags = FIELD_MONO },
	{ "listen", "IP address to listen on",
		.hint = "127.0.0.1 is this machine alone, :: every address. "
			"For STUN, and for nginx where make run starts it.",
		.max = 45, .flags = FIELD_REQUIRED | FIELD_MONO },
	{ "http_port", "Port of http (TCP)",
		.hint = "For nginx where make run starts it.",
		.kind = FIELD_NUMBER, .least = 1, .most = 65535,
		.flags = FIELD_REQUIRED },
	{ "https_port", "Port of https (TCP)",
		.hint = "The same; and where machines look for the relay while "
			"the server address is http://.",
		.kind = FIELD_NUMBER, .least = 1, .most = 65535,
		.flags = FIELD_REQUIRED },
	{ "stun_port", "Port of STUN (UDP)",
		.hint = "By which machines learn how they look from outside.",
		.kind = FIELD_NUMBER, .least = 1, .most = 65535,
		.flags = FIELD_REQUIRED },
};

static const struct settings_part server_parts[] = {
	{ "url", "url", 0 },
	{ "listen", "listen", 0 },
	{ "http_port", "http_port", 0 },
	{ "https_port", "https_port", 0 },
	{ "stun_port", "stun_port", 0 },
};

static const struct field client_fields[] = {
	{ "client_version", "Newest client that you know of",
		.hint = "Like 1.102.3: older ones tell their people that there "
			"is an update. Empty: they are told nothing.",
		.max = 32, .flags = FIELD_MONO },
	{ "disable_log_tail", "Clients do not upload their logs",
		.hint = "Off: they send them to Tailscale, as they do by "
			"themselves.",
		.kind = FIELD_BOX },
};

static const struct settings_part client_parts[] = {
	{ "client_version", "client_version", 0 },
	{ "disable_log_tail", "disable_log_tail", 0 },
};

static const struct field sign_in_fields[] = {
	{ "password_sign_in", "People may sign in with a password",
		.hint = "Off only when an owner has signed in by a provider.",
		.kind = FIELD_BOX },
	{ "require_second_factor",
		"Whoever is more than a member needs a second factor",
		.hint = "Who has none sets it up after signing in, before any "
			"page of the admin site. Of sign-ins with a password: "
			"a provider asks for a factor of its own.",
		.kind = FIELD_BOX },
	{ "remote_user", "nginx vouches for people",
		.hint = "Whoever it names in REMOTE_USER signs in as that user. "
			"Only where nginx itself has checked who it is, and "
			"nothing else can set REMOTE_USER: docs/DEPLOY.md "
			"shows how.",
		.kind = FIELD_BOX },
};

static const struct settings_part sign_in_parts[] = {
	{ "password_sign_in", "password_sign_in", 0 },
	{ "require_second_factor", "require_second_factor", 0 },
	{ "remote_user", "remote_user", 0 },
};

static const struct field retention_fields[] = {
	{ "audit_days", "Days that the audit log is kept", .kind = FIELD_NUMBER,
		.least = 1, .most = 3650, .flags = FIELD_REQUIRED },
	{ "session_days", "Days that ended tunnels of machines are kept",
		.kind = FIELD_NUMBER, .least = 1, .most = 365,
		.flags = FIELD_REQUIRED },
	{ "change_days", "Days that the log of changes is kept",
		.hint = "From it worker and open pages catch up. At most "
			"200,000 rows stay.",
		.kind = FIELD_NUMBER, .least = 1, .most = 365,
		.flags = FIELD_REQUIRED },
};

static const struct settings_part retention_parts[] = {
	{ "audit_days", "keep_audit", DAY },
	{ "session_days", "keep_sessions", DAY },
	{ "change_days", "keep_changes", DAY },
};

static const struct field limit_fields[] = {
	{ "register_rate", "Registrations a second, of all machines together",
		.kind = FIELD_NUMBER, .least = 1, .most = 1000000,
		.flags = FIELD_REQUIRED },
	{ "register_machine_rate", "Registrations of one machine at once",
		.hint = "After these one each six seconds.",
		.kind = FIELD_NUMBER, .least = 1, .most = 1000000,
		.flags = FIELD_REQUIRED },
	{ "fcgi_children", "Handlers for pages",
		.hint = "Processes; from the next start on.",
		.kind = FIELD_NUMBER, .least = 1, .most = 64,
		.flags = FIELD_REQUIRED },
	{ "inner_children", "Handlers for machines",
		.hint = "Processes; from the next start on.",
		.kind = FIELD_NUMBER, .least = 1, .most = 64,
		.flags = FIELD_REQUIRED },
};

static const struct settings_part limit_parts[] = {
	{ "register_rate", "register_rate", 0 },
	{ "register_machine_rate", "register_machine_rate", 0 },
	{ "fcgi_children", "fcgi_children", 0 },
	{ "inner_children", "inner_children", 0 },
};

/* ---- beside something else ---- */

static const struct field notice_fields[] = {
	{ "notice_private", "They may go into private networks",
		.hint = "Off: addresses in private networks, of this host and "
			"of the machines are refused, and so are http:// and "
			"mail without TLS.",
		.kind = FIELD_BOX },
};

static const struct settings_part notice_parts[] = {
	{ "notice_private", "notice_private", 0 },
};

static const struct settings_aside notice_aside = { .path = NOTICES_HERE
						    "/private",
	.home = NOTICES_HERE,
	.again = notices_again };

static const struct field backup_fields[] = {
	{ "backup_days", "Days after which a backup is overdue",
		.hint = "Then all pages of the admin site say so. 0: nobody "
			"asks for any.",
		.kind = FIELD_NUMBER, .least = 0, .most = 3650,
		.flags = FIELD_REQUIRED },
};

static const struct settings_part backup_parts[] = {
	{ "backup_days", "backup_days", 0 },
};

static const struct settings_aside backup_aside = { .path = BACKUP_HERE "/days",
	.home = BACKUP_HERE,
	.again = backup_again,
	.can = CAN_OWN };

static const struct field relay_fields[] = {
	{ "relay_verify", "The own relay serves machines of this network only",
		.kind = FIELD_BOX },
	{ "relay_rate", "Bytes a second that one machine sends by it at most",
		.hint = "0: any.", .kind = FIELD_NUMBER, .least = 0,
		.most = 1000000000, .flags = FIELD_REQUIRED },
	{ "relay_private", "Maps of others may be read from private networks",
		.hint = "Off: their addresses must be public.",
		.kind = FIELD_BOX },
};

static const struct settings_part relay_parts[] = {
	{ "relay_verify", "relay_verify", 0 },
	{ "relay_rate", "relay_rate", 0 },
	{ "relay_private", "relay_private", 0 },
};

static const struct settings_aside relay_aside = {
	.path = "/admin/relays/rules",
	.home = "/admin/relays",
	.again = relays_again,
	.can = CAN_NETWORK
};

static const struct settings_part key_parts[] = {
	{ "members_make_keys", "members_make_keys", 0 },
	{ "key_life", "key_life", 0 },
	{ "keep_days", "keep_keys", DAY },
};

static const struct field appearance_fields[] = {
	{ "time_zone", "Time zone of these pages",
		.hint = "Like Europe/Vienna, or UTC. Files that are saved, the "
			"days that Audit is searched by and the command line "
			"stay in UTC.",
		.max = ZONE_NAME_MAX, .flags = FIELD_REQUIRED | FIELD_MONO },
};

static const struct settings_part appearance_parts[] = {
	{ "time_zone", "time_zone", 0 },
};

static const struct choice stale_actions[] = {
	{ "expire", "Expire their keys: somebody signs in again" },
	{ "delete", "Delete them" },
};

static const struct field stale_fields[] = {
	{ "stale_days", "Days without a sign of a machine",
		.hint = "0: nothing is done. Machines of users alone, never "
			"tagged ones.",
		.kind = FIELD_NUMBER, .least = 0, .most = STALE_DAYS_MOST,
		.flags = FIELD_REQUIRED },
	{ "stale_action", "Then", .kind = FIELD_RADIO, .flags = FIELD_REQUIRED,
		.choices = stale_actions, .choice_count = 2 },
	{ "stale_exempt", "Never these",
		.hint = "Names of machines, a blank between.",
		.max = STALE_EXEMPT_MAX, .flags = FIELD_MONO },
};

static const struct settings_part stale_parts[] = {
	{ "stale_days", "stale_days", 0 },
	{ "stale_action", "stale_action", 0 },
	{ "stale_exempt", "stale_exempt", 0 },
};

static const struct settings_part general_parts[] = {
	{ "org", "tailnet_name", 0 },
	{ "key_expiry_days", "node_expiry", DAY },
	{ "ephemeral_minutes", "ephemeral_timeout", MINUTE },
	{ "device_approval", "device_approval", 0 },
	{ "user_approval", "user_approval", 0 },
	{ "taildrop", "taildrop", 0 },
	{ "auto_update", "auto_update", 0 },
};

static const struct settings_part address_parts[] = {
	{ "ipv4_prefix", "ipv4_prefix", 0 },
	{ "ipv6_prefix", "ipv6_prefix", 0 },
	{ "allocation", "address_order", 0 },
};

static void
show_base_domain(struct request *r)
{
	html_element(r, "dt", "Base domain");
	html_begin(r, "dd", "data-fact", "base-domain");
	html_link(r, "/admin/dns", r->settings->dns_domain);
	if (!r->settings->magic_dns)
		html_text(r, ", not in use: MagicDNS is off");
	html_end(r);
}

static void
show_server(struct request *r)
{
	html_element(r, "h2", "Server");
	html_begin(r, "dl", "id", "server");
	html_fact(r, "url", "Server address", r->settings->url);
	show_base_domain(r);
	html_fact(r, "version", "Version", "cairn " CAIRN_VERSION);
	html_end(r);
	html_begin(r, "p");
	html_text(r, "The address is changed in the section ");
	html_link(r, "/admin/settings/server", "Server");
	html_text(r, ", the domain on the page ");
	html_link(r, "/admin/dns", "DNS");
	html_text(r, ".");
	html_end(r);
}

/* A section whose fields are settings, and one that stands beside. */
#define FIELDS(x) \
	.count = COUNT(x##_fields), .fields = x##_fields, .parts = x##_parts

const struct settings_section settings_sections[] = {
	{ "general", "General", FIELDS(general), .below = show_server },
	{ "server", "Server", FIELDS(server), .ask = settings_server_ask,
		.below = settings_server_show },
	{ "addresses", "Addresses", FIELDS(address) },
	{ "clients", "Clients", FIELDS(client) },
	{ "sign-in", "Sign-in", FIELDS(sign_in), .above = sign_in_above,
		.ask = sign_in_ask },
	{ "keys", "Keys", FIELDS(key) },
	{ "stale", "Stale machines", FIELDS(stale),
		.check = settings_stale_check, .below = settings_stale_show },
	{ "notifications", "Notifications", .page = page_notices,
		.act = do_notices_webhook },
	{ "retention", "Retention", FIELDS(retention) },
	{ "limits", "Limits", FIELDS(limit) },
	{ "metrics", "Metrics", .page = page_metrics, .act = do_metrics },
	{ "appearance", "Appearance", FIELDS(appearance) },
	{ "backup", "Backup", .can = CAN_OWN, .page = page_backup,
		.act = do_backup },
	{ "notifications/notice-private", NULL, FIELDS(notice),
		.aside = &notice_aside },
	{ "backup/backup-days", NULL, FIELDS(backup), .aside = &backup_aside },
	{ "relays/relay-rules", NULL, FIELDS(relay), .aside = &relay_aside },
};

const size_t settings_section_count = COUNT(settings_sections);

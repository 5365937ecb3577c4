/*
 * settings_sections.c: the sections of the settings and their fields.
 */
#include "fcgi/settings_sections.h"

#include "base/zone.h"
#include "fcgi/html.h"
#include "fcgi/key_lives.h"
#include "fcgi/pages_notices.h"
#include "fcgi/pages_people.h"
#include "fcgi/settings_stale.h"

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

static const struct settings_part key_parts[] = {
	{ "members_make_keys", "members_make_keys", 0 },
	{ "key_life", "key_life", 0 },
	{ "keep_days", "keep_keys", DAY },
};

static const struct field appearance_fields[] = {
	{ "time_zone", "Time zone of these pages",
		.hint = "Like Europe/Vienna, or UTC. Fields for a time, files "
			"that are saved and the command line stay in UTC.",
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
		.kind = FIELD_NUMBER, .least = 0, .most = 3650,
		.flags = FIELD_REQUIRED },
	{ "stale_action", "Then", .kind = FIELD_RADIO, .flags = FIELD_REQUIRED,
		.choices = stale_actions, .choice_count = 2 },
	{ "stale_exempt", "Never these",
		.hint = "Names of machines, a blank between.", .max = 1024,
		.flags = FIELD_MONO },
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
show_server(struct request *r)
{
	html_element(r, "h2", "Server");
	html_begin(r, "dl", "id", "server");
	html_fact(r, "url", "Server address", r->settings->url);
	html_fact(r, "base-domain", "Base domain",
		r->settings->magic_dns ? r->settings->dns_domain : "none");
	html_fact(r, "version", "Version", "cairn " CAIRN_VERSION);
	html_end(r);
	html_begin(r, "p");
	html_text(r, "The base domain is changed on the page ");
	html_link(r, "/admin/dns", "DNS");
	html_text(r, ".");
	html_end(r);
}

/* clang-format off */
const struct settings_section settings_sections[] = {
	{ "general", "General", COUNT(general_fields), general_fields,
		general_parts, .below = show_server },
	{ "addresses", "Addresses", COUNT(address_fields), address_fields,
		address_parts, .below = NULL },
	{ "sign-in", "Sign-in", .page = page_sign_in, .act = do_sign_in },
	{ "keys", "Keys", COUNT(key_fields), key_fields, key_parts,
		.below = NULL },
	{ "stale", "Stale machines", COUNT(stale_fields), stale_fields,
		stale_parts, .below = settings_stale_show },
	{ "notifications", "Notifications", .page = page_notices,
		.act = do_notices_webhook },
	{ "appearance", "Appearance", COUNT(appearance_fields),
		appearance_fields, appearance_parts, .below = NULL },
	{ "backup", "Backup", .can = CAN_OWN,
		.page = page_backup, .act = do_backup },
};
/* clang-format on */

const size_t settings_section_count = COUNT(settings_sections);

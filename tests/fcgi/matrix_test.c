/*
 * matrix_test.c: every address of people × everybody who may ask, and what
 * stands before every form.
 *
 * The rows are those of the site map (fcgi/routes.c).  A row without cells here
 * fails the test, and so does a cell without its row: who adds an address says
 * who may.  The same rows then show that no form has an effect without its
 * token or from another site, and that looking changes nothing.
 */
#include "tests/fcgi/hostile.h"

#include "db/factor.h"
#include "db/identity.h"
#include "db/provider.h"
#include "tailnet/dns.h"
#include "tailnet/keys.h"
#include "tailnet/notice.h"
#include "tailnet/policy_store.h"
#include "tailnet/relays.h"
#include "tests/fcgi/checks.h"

enum who_asks {
	AS_OWNER,
	AS_ADMIN,
	AS_NETWORK,
	AS_IT,
	AS_AUDITOR,
	AS_MEMBER,
	AS_NOBODY,
	AS_COUNT,
};

static const enum role roles[] = {
	[AS_OWNER] = ROLE_OWNER,
	[AS_ADMIN] = ROLE_ADMIN,
	[AS_NETWORK] = ROLE_NETWORK_ADMIN,
	[AS_IT] = ROLE_IT_ADMIN,
	[AS_AUDITOR] = ROLE_AUDITOR,
	[AS_MEMBER] = ROLE_MEMBER,
};

/* What stands for the star of an address. */
enum thing {
	NOTHING,
	A_USER,         /* a member, made for this request */
	A_SESSION,      /* another one of who asks */
	AN_IDENTITY,    /* of who asks */
	A_PROVIDER,     /* made for this request */
	A_PROVIDER_NEW, /* none: the form is on its own page */
	A_FACTOR_USER,  /* a member with a second factor */
	OWN_FACTOR,     /* nothing; who asks has one */
	A_SETUP,        /* token of a link */
	AN_INVITE,
	A_RESET,
	A_MACHINE,   /* of a member */
	OWN_MACHINE, /* of who asks */
	A_ROUTE,     /* the same; its number stands in the body */
	A_KEY,
	OWN_KEY, /* of who asks */
	A_REGISTRATION,
	A_CHECK,        /* of a machine of who asks */
	A_CHECK_NUMBER, /* the same, by its row */
	A_SYSTEM,       /* of /connect */
	A_PROFILE,      /* of /apple */
	A_VERSION,      /* of the policy, not the newest */
	THE_RELAYS,     /* none was added by hand */
	A_RELAY,
	A_HIDDEN_RELAY,
	A_SOURCE,
	A_TARGET, /* of notices */
	A_NAMESERVER,
	A_SEARCH_DOMAIN,
	A_RECORD,
	AN_EVENT, /* the newest row of the audit log */
	ABOVE,    /* nothing; the form is on the page above */
};

/* clang-format off */
#define READERS    { 200, 200, 200, 200, 200, 403, 303 }
#define MACHINES   { 200, 200, 403, 200, 403, 403, 303 }
#define PEOPLE_GET { 200, 200, 403, 200, 403, 403, 303 }
#define SETTINGS_GET { 200, 200, 403, 403, 403, 403, 303 }
#define SELF       { 200, 200, 200, 200, 200, 200, 303 }
#define OPEN       { 200, 200, 200, 200, 200, 200, 200 }
#define GO         { 303, 303, 303, 303, 303, 303, 303 }
/* Forms: done, or not for this role, or the session has ended. */
#define DO_NETWORK  { 303, 303, 303, 403, 403, 403, 401 }
#define SHOW_NETWORK { 200, 200, 200, 403, 403, 403, 401 }
#define ASK_READERS { 200, 200, 200, 200, 200, 403, 401 }
#define DO_PEOPLE   { 303, 303, 403, 303, 403, 403, 401 }
#define DO_MACHINES { 303, 303, 403, 303, 403, 403, 401 }
#define DO_ROUTES   { 303, 303, 303, 303, 403, 403, 401 }
#define DO_SETTINGS { 303, 303, 403, 403, 403, 403, 401 }
#define DO_SELF     { 303, 303, 303, 303, 303, 303, 401 }
#define SHOW_PEOPLE   { 200, 200, 403, 200, 403, 403, 401 }
#define SHOW_MACHINES { 200, 200, 403, 200, 403, 403, 401 }
#define PASSWORDS "password=correct+horse+battery&password_again=correct+horse+battery"
#define POLICY_TEXT                                                        \
	"{\"tagOwners\":{\"tag:a\":[],\"tag:x\":[]},"                      \
	"\"grants\":[{\"src\":[\"*\"],\"dst\":[\"*\"],\"ip\":[\"*\"]}]}"
#define STAYS true /* it writes nothing even when it is done */

static const struct cells {
	enum method method;
	const char *path;
	enum thing thing;
	const char *form; /* on that thing's page, if it has a stamp: its id */
	const char *body;
	int status[AS_COUNT];
	bool stays;
} cells[] = {
	{ METHOD_GET,  "/", NOTHING, NULL, NULL, { 303, 303, 303, 303, 303, 303, 200 }, 0 },
	{ METHOD_GET,  "/setup/*", A_SETUP, NULL, NULL, OPEN, 0 },
	{ METHOD_POST, "/setup/*", A_SETUP, NULL, PASSWORDS, GO, 0 },
	{ METHOD_GET,  "/invite/*", AN_INVITE, NULL, NULL, OPEN, 0 },
	{ METHOD_POST, "/invite/*", AN_INVITE, NULL, PASSWORDS, GO, 0 },
	{ METHOD_GET,  "/reset/*", A_RESET, NULL, NULL, OPEN, 0 },
	{ METHOD_POST, "/reset/*", A_RESET, NULL, PASSWORDS, GO, 0 },
	{ METHOD_GET,  "/login", NOTHING, NULL, NULL, { 303, 303, 303, 303, 303, 303, 200 }, 0 },
	{ METHOD_POST, "/login", NOTHING, NULL, "name=owner&password=correct+horse+battery", GO, 0 },
	{ METHOD_GET,  "/login/code", NOTHING, NULL, NULL, GO, 0 },
	{ METHOD_POST, "/login/code", NOTHING, NULL, "code=123456", GO, STAYS },
	{ METHOD_GET,  "/login/confirm", NOTHING, NULL, NULL, SELF, 0 },
	{ METHOD_POST, "/login/confirm", NOTHING, NULL, "password=correct+horse+battery", DO_SELF, 0 },
	{ METHOD_POST, "/login/remote", NOTHING, NULL, "", { 403, 403, 403, 403, 403, 403, 403 }, STAYS },
	{ METHOD_GET,  "/oidc/start", NOTHING, NULL, NULL, { 404, 404, 404, 404, 404, 404, 404 }, 0 },
	{ METHOD_GET,  "/oidc/callback", NOTHING, NULL, NULL, { 403, 403, 403, 403, 403, 403, 403 }, 0 },
	{ METHOD_POST, "/logout", NOTHING, NULL, "", GO, 0 },
	{ METHOD_GET,  "/register/*", A_REGISTRATION, NULL, NULL, OPEN, 0 },
	{ METHOD_GET,  "/admin/events", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/me/events", NOTHING, NULL, NULL, SELF, 0 },
	{ METHOD_GET,  "/register/*/events", A_REGISTRATION, NULL, NULL, OPEN, 0 },
	{ METHOD_GET,  "/auth/*/events", A_CHECK, NULL, NULL, OPEN, 0 },

	{ METHOD_GET,  "/admin/users", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/users.csv", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/users.json", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/users/new", NOTHING, NULL, NULL, PEOPLE_GET, 0 },
	{ METHOD_POST, "/admin/users/new", NOTHING, NULL, "name=new%d&sign_in=none", DO_PEOPLE, 0 },
	{ METHOD_GET,  "/admin/users/*", A_USER, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/users/*/profile", A_USER, "form-user", "name=renamed%d", DO_PEOPLE, 0 },
	{ METHOD_POST, "/admin/users/*/role", A_USER, "form-role", "role=auditor", DO_SETTINGS, 0 },
	{ METHOD_POST, "/admin/users/*/status", A_USER, NULL, "do=suspend&confirm=1", DO_PEOPLE, 0 },
	{ METHOD_POST, "/admin/users/*/invite", A_USER, NULL, "do=invite", SHOW_PEOPLE, 0 },
	{ METHOD_POST, "/admin/users/*/sessions/revoke", A_USER, NULL, "", DO_PEOPLE, 0 },
	{ METHOD_POST, "/admin/users/*/factor/delete", A_FACTOR_USER, NULL, "confirm=1", DO_PEOPLE, 0 },
	{ METHOD_GET,  "/admin/users/*/delete", A_USER, NULL, NULL, PEOPLE_GET, 0 },
	{ METHOD_POST, "/admin/users/*/delete", A_USER, NULL, "typed=made%d", DO_PEOPLE, 0 },
	{ METHOD_GET,  "/admin/keys", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/keys.csv", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/keys.json", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/keys/new", NOTHING, NULL, NULL, MACHINES, 0 },
	{ METHOD_POST, "/admin/keys/new", NOTHING, NULL, "tags=tag:a", SHOW_MACHINES, 0 },
	{ METHOD_GET,  "/admin/keys/*/revoke", A_KEY, NULL, NULL, MACHINES, 0 },
	{ METHOD_POST, "/admin/keys/*/revoke", A_KEY, NULL, "", DO_MACHINES, 0 },
	{ METHOD_GET,  "/admin/policy", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/policy", NOTHING, "form-policy", "do=save&text=" POLICY_TEXT "//%d", DO_NETWORK, 0 },
	{ METHOD_GET,  "/admin/access", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/access", NOTHING, NULL, "text={}", ASK_READERS, STAYS },
	{ METHOD_GET,  "/admin/network", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/network.svg", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/policy/rules", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/policy/rules", NOTHING, "form-rule", "do=add-rule&src=*&dst=*&ports=%d&confirm=1", DO_NETWORK, 0 },
	{ METHOD_GET,  "/admin/policy/history", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/policy/history.csv", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/policy/history.json", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/policy/history/*", A_VERSION, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/policy/history/*/restore", A_VERSION, "form-restore", "", DO_NETWORK, 0 },
	{ METHOD_GET,  "/admin/relays", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/relays/own", THE_RELAYS, "form-relay-own", "enabled=1&region_id=900&code=c%d&name=n&stun_port=3478", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/relays/rules", ABOVE, "form-relay-rules", "relay_verify=1&relay_rate=%d", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/relays/sources", THE_RELAYS, "form-relay-sources", "url=https://m%d.example/&hours=3", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/relays/sources/*/refresh", A_SOURCE, NULL, "", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/relays/regions", THE_RELAYS, NULL, "region_id=%d&code=c&name=n&host=h&port=443&stun_port=0", SHOW_NETWORK, 0 },
	{ METHOD_POST, "/admin/relays/regions/*/hide", A_RELAY, NULL, "confirm=1", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/relays/regions/*/show", A_HIDDEN_RELAY, NULL, "", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/relays/regions/*/delete", A_RELAY, NULL, "confirm=1", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/relays/regions/*/token", A_RELAY, NULL, "", SHOW_NETWORK, 0 },
	{ METHOD_POST, "/admin/relays/regions/*/revoke", A_RELAY, NULL, "", DO_NETWORK, 0 },
	{ METHOD_GET,  "/admin/dns", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/dns/preferences", ABOVE, "form-dns-prefs", "", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/dns/domain", ABOVE, "form-dns-domain", "base_domain=d%d.example&confirm=1", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/dns/nameservers", NOTHING, NULL, "address=fd00::%d", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/dns/nameservers/*/order", A_NAMESERVER, NULL, "move=up", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/dns/nameservers/*/delete", A_NAMESERVER, NULL, "", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/dns/search", NOTHING, NULL, "domain=s%d.example", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/dns/search/*/delete", A_SEARCH_DOMAIN, NULL, "", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/dns/records", NOTHING, NULL, "name=r%d.lan&type=A&value=10.0.0.1", DO_NETWORK, 0 },
	{ METHOD_POST, "/admin/dns/records/*/delete", A_RECORD, NULL, "", DO_NETWORK, 0 },
	{ METHOD_GET,  "/admin/health", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/health/run", ABOVE, NULL, "", { 303, 303, 303, 303, 303, 403, 401 }, 0 },
	{ METHOD_GET,  "/admin/health/bundle", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/audit", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/audit/verify", ABOVE, "form-verify", "", { 303, 303, 303, 303, 303, 403, 401 }, 0 },
	{ METHOD_GET,  "/admin/logs", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/logs.csv", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/logs.json", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/audit.csv", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/audit.json", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/audit/*", AN_EVENT, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/settings", NOTHING, NULL, NULL, { 303, 303, 303, 303, 303, 403, 303 }, 0 },
	{ METHOD_GET,  "/admin/settings/keys", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/settings/keys", NOTHING, "form-settings-keys", "members_make_keys=1&key_life=1h&keep_days=%d", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/stale", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/settings/stale", NOTHING, "form-settings-stale", "stale_days=%d&stale_action=expire&stale_exempt=&confirm=1", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/notifications", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/settings/notifications", NOTHING, NULL, "url=https://a.example.org/&format=json&event=machine.new", { 200, 200, 403, 403, 403, 403, 401 }, 0 },
	{ METHOD_POST, "/admin/settings/notifications/mail", NOTHING, NULL, "to=a@b.example&server=mail.example.org:587&security=starttls&sender=c@d.example&account=&password=&event=machine.new", DO_SETTINGS, 0 },
	{ METHOD_POST, "/admin/settings/notifications/private", ABOVE, "form-notice-private", "notice_private=1", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/notifications/*", A_TARGET, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/settings/notifications/*", A_TARGET, "form-target", "url=https://b.example.org/%d&format=json&event=machine.new", DO_SETTINGS, 0 },
	{ METHOD_POST, "/admin/settings/notifications/*/test", A_TARGET, NULL, "", DO_SETTINGS, 0 },
	{ METHOD_POST, "/admin/settings/notifications/*/delete", A_TARGET, NULL, "confirm=1", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/general", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/settings/general", NOTHING, "form-settings-general", "org=net%d&key_expiry_days=9&ephemeral_minutes=30", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/server", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/settings/server", NOTHING, "form-settings-server", "url=&listen=127.0.0.1&http_port=8080&https_port=8443&stun_port=%d", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/clients", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/settings/clients", NOTHING, "form-settings-clients", "client_version=1.%d.0&disable_log_tail=1", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/retention", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/settings/retention", NOTHING, "form-settings-retention", "audit_days=%d&session_days=30&change_days=1", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/limits", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/settings/limits", NOTHING, "form-settings-limits", "register_rate=%d&register_machine_rate=20&fcgi_children=4&inner_children=4", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/metrics", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/settings/metrics", NOTHING, NULL, "do=make", { 200, 200, 403, 403, 403, 403, 401 }, 0 },
	{ METHOD_GET,  "/admin/settings/addresses", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/settings/addresses", NOTHING, "form-settings-addresses", "ipv4_prefix=100.64.0.0%2F%d&ipv6_prefix=&allocation=random", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/appearance", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/settings/appearance", NOTHING, "form-settings-appearance", "time_zone=Etc/GMT-%d", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/backup", NOTHING, NULL, NULL, { 200, 403, 403, 403, 403, 403, 303 }, 0 },
	{ METHOD_POST, "/admin/settings/backup", NOTHING, NULL, "passphrase=&passphrase_again=", { 303, 403, 403, 403, 403, 403, 401 }, 0 },
	{ METHOD_POST, "/admin/settings/backup/days", ABOVE, "form-backup-days", "backup_days=%d", { 303, 403, 403, 403, 403, 403, 401 }, 0 },
	{ METHOD_GET,  "/admin/settings/backup/*", NOTHING, NULL, NULL, { 404, 403, 403, 403, 403, 403, 303 }, 0 },
	{ METHOD_GET,  "/admin/settings/sign-in", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/settings/sign-in", NOTHING, "form-settings-sign-in", "password_sign_in=1&remote_user=1&confirm=1", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/sign-in/providers/new", NOTHING, NULL, NULL, SETTINGS_GET, 0 },
	{ METHOD_POST, "/admin/settings/sign-in/providers/new", A_PROVIDER_NEW, "form-provider", "oidc_name=y%d&oidc_issuer=https://y.example&oidc_client_id=y&oidc_scopes=openid&oidc_group_claim=g", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/sign-in/providers/*", A_PROVIDER, NULL, NULL, SETTINGS_GET, 0 },
	{ METHOD_POST, "/admin/settings/sign-in/providers/*", A_PROVIDER, "form-provider", "oidc_name=z%d&oidc_issuer=https://z.example&oidc_client_id=z&oidc_scopes=openid&oidc_group_claim=g", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/admin/settings/sign-in/providers/*/delete", A_PROVIDER, NULL, NULL, SETTINGS_GET, 0 },
	{ METHOD_POST, "/admin/settings/sign-in/providers/*/delete", A_PROVIDER, NULL, "", DO_SETTINGS, 0 },
	{ METHOD_GET,  "/me/sessions", NOTHING, NULL, NULL, SELF, 0 },
	{ METHOD_POST, "/me/sessions/revoke-others", A_SESSION, NULL, "", DO_SELF, 0 },
	{ METHOD_POST, "/me/sessions/*/revoke", A_SESSION, NULL, "", DO_SELF, 0 },
	{ METHOD_GET,  "/me/keys", NOTHING, NULL, NULL, SELF, 0 },
	{ METHOD_GET,  "/me/keys/new", NOTHING, NULL, NULL, SELF, 0 },
	{ METHOD_POST, "/me/keys/new", NOTHING, NULL, "expires=1d", { 200, 200, 200, 200, 200, 200, 401 }, 0 },
	{ METHOD_GET,  "/me/keys/*/revoke", OWN_KEY, NULL, NULL, SELF, 0 },
	{ METHOD_POST, "/me/keys/*/revoke", OWN_KEY, NULL, "", DO_SELF, 0 },
	{ METHOD_GET,  "/me/security", NOTHING, NULL, NULL, SELF, 0 },
	{ METHOD_POST, "/me/password", NOTHING, NULL, "password_old=correct+horse+battery&" PASSWORDS, DO_SELF, 0 },
	{ METHOD_GET,  "/me/totp", NOTHING, NULL, NULL, SELF, 0 },
	{ METHOD_POST, "/me/totp", NOTHING, NULL, "code=1", { 422, 422, 422, 422, 422, 422, 401 }, STAYS },
	{ METHOD_POST, "/me/totp/codes", OWN_FACTOR, NULL, "", { 200, 200, 200, 200, 200, 200, 401 }, 0 },
	{ METHOD_POST, "/me/totp/delete", OWN_FACTOR, NULL, "confirm=1", DO_SELF, 0 },
	{ METHOD_POST, "/me/identities/*/unlink", AN_IDENTITY, NULL, "", DO_SELF, 0 },
	{ METHOD_POST, "/me/theme", NOTHING, NULL, "theme=dark", DO_SELF, STAYS },

	{ METHOD_GET,  "/admin", NOTHING, NULL, NULL, { 301, 301, 301, 301, 301, 301, 301 }, 0 },
	{ METHOD_GET,  "/admin/", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/machines", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/machines.csv", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/machines.json", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/machines/new", NOTHING, NULL, NULL, MACHINES, 0 },
	{ METHOD_POST, "/admin/machines/new", NOTHING, NULL, "tags=tag:a", SHOW_MACHINES, 0 },
	{ METHOD_GET,  "/admin/routes", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/routes.csv", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_GET,  "/admin/routes.json", NOTHING, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/routes", A_ROUTE, NULL, "do=approve&route=%d:10.1.0.0%2F24", DO_ROUTES, 0 },
	{ METHOD_POST, "/admin/machines/bulk", A_ROUTE, NULL, "machine=%d&action=routes&confirm=1", DO_ROUTES, 0 },
	{ METHOD_GET,  "/admin/machines/*", A_MACHINE, NULL, NULL, READERS, 0 },
	{ METHOD_POST, "/admin/machines/*/name", A_MACHINE, "form-rename", "name=renamed%d", DO_MACHINES, 0 },
	{ METHOD_POST, "/admin/machines/*/tags", A_MACHINE, "form-tags", "tags=tag:x&confirm=1", DO_MACHINES, 0 },
	{ METHOD_POST, "/admin/machines/*/routes", A_MACHINE, "form-routes", "route=10.1.0.0%2F24", DO_ROUTES, 0 },
	{ METHOD_POST, "/admin/machines/*/expiry", A_MACHINE, "form-expiry", "do=now&confirm=1", DO_MACHINES, 0 },
	{ METHOD_POST, "/admin/machines/*/approval", A_MACHINE, NULL, "do=withdraw", DO_MACHINES, 0 },
	{ METHOD_POST, "/admin/machines/*/owner", A_MACHINE, "form-owner", "owner=7&sign_in=1", DO_MACHINES, 0 },
	{ METHOD_POST, "/admin/machines/*/addresses", A_MACHINE, "form-address", "ipv4=100.64.3.%d", DO_MACHINES, 0 },
	{ METHOD_POST, "/admin/machines/*/ping", A_MACHINE, NULL, "", DO_MACHINES, STAYS },
	{ METHOD_POST, "/admin/machines/*/ask", A_MACHINE, NULL, "do=prefs", DO_MACHINES, STAYS },
	{ METHOD_GET,  "/admin/machines/*/delete", A_MACHINE, NULL, NULL, MACHINES, 0 },
	{ METHOD_POST, "/admin/machines/*/delete", A_MACHINE, NULL, "", DO_MACHINES, 0 },
	{ METHOD_POST, "/register/*", A_REGISTRATION, NULL, "decision=approve", DO_SELF, 0 },
	{ METHOD_GET,  "/auth/*", A_CHECK, NULL, NULL, SELF, 0 },
	{ METHOD_POST, "/auth/*", A_CHECK, NULL, "decision=approve", DO_SELF, 0 },
	{ METHOD_GET,  "/admin/checks", NOTHING, NULL, NULL, MACHINES, 0 },
	{ METHOD_GET,  "/admin/checks.csv", NOTHING, NULL, NULL, MACHINES, 0 },
	{ METHOD_GET,  "/admin/checks.json", NOTHING, NULL, NULL, MACHINES, 0 },
	{ METHOD_POST, "/admin/checks/*", A_CHECK_NUMBER, NULL, "decision=reject", DO_MACHINES, 0 },
	{ METHOD_POST, "/admin/checks/*/revoke", A_CHECK_NUMBER, NULL, "", DO_MACHINES, 0 },
	{ METHOD_GET,  "/admin/registrations", NOTHING, NULL, NULL, MACHINES, 0 },
	{ METHOD_GET,  "/admin/registrations.csv", NOTHING, NULL, NULL, MACHINES, 0 },
	{ METHOD_GET,  "/admin/registrations.json", NOTHING, NULL, NULL, MACHINES, 0 },
	{ METHOD_POST, "/admin/registrations", NOTHING, NULL, "auth_id=x", { 422, 422, 403, 422, 403, 403, 401 }, STAYS },
	{ METHOD_GET,  "/connect", NOTHING, NULL, NULL, OPEN, 0 },
	{ METHOD_GET,  "/connect/*", A_SYSTEM, NULL, NULL, OPEN, 0 },
	{ METHOD_GET,  "/apple", NOTHING, NULL, NULL, { 301, 301, 301, 301, 301, 301, 301 }, 0 },
	{ METHOD_GET,  "/apple/*", A_PROFILE, NULL, NULL, OPEN, 0 },
	{ METHOD_GET,  "/windows", NOTHING, NULL, NULL, { 301, 301, 301, 301, 301, 301, 301 }, 0 },
	{ METHOD_GET,  "/windows/tailscale.reg", NOTHING, NULL, NULL, OPEN, 0 },
	{ METHOD_GET,  "/me", NOTHING, NULL, NULL, SELF, 0 },
	{ METHOD_GET,  "/me/machines/*", OWN_MACHINE, NULL, NULL, SELF, 0 },
	{ METHOD_POST, "/me/machines/*/name", OWN_MACHINE, "form-rename", "name=renamed%d", DO_SELF, 0 },
	{ METHOD_POST, "/me/machines/*/expiry", OWN_MACHINE, "form-expiry", "do=now&confirm=1", DO_SELF, 0 },
	{ METHOD_GET,  "/me/machines/*/delete", OWN_MACHINE, NULL, NULL, SELF, 0 },
	{ METHOD_POST, "/me/machines/*/delete", OWN_MACHINE, NULL, "", DO_SELF, 0 },
};
/* clang-format on */

#define CELLS (sizeof(cells) / sizeof(cells[0]))

/* A site where everybody is, and a number that makes names new. */
struct world {
	struct site *s;
	struct db *beside; /* another connection: it sees commits */
	int64_t users[AS_COUNT];
	const char *hash;
	int made;
};

static const struct route *
route_of(const struct cells *c)
{
	for (size_t i = 0; i < route_count; i++)
		if ((routes[i].flags & PEOPLE) &&
			routes[i].method == c->method &&
			strcmp(routes[i].path, c->path) == 0)
			return &routes[i];
	return NULL;
}

static const char *
words_of(struct site *s, enum method method, const char *path)
{
	return arena_printf(
		s->mem, "%s %s", method == METHOD_POST ? "POST" : "GET", path);
}

static void
set_password(struct world *w, int64_t id)
{
	assert_int_equal(db_begin(w->s->db), ERR_OK);
	assert_int_equal(
		db_login_set_password(w->s->db, id, w->hash, w->s->now),
		ERR_OK);
	assert_int_equal(db_commit(w->s->db), ERR_OK);
}

static void
world_open(struct world *w, void **state)
{
	const char *why;

	w->s = *state;
	w->made = 10;
	/* Thousands of commits, none of which must survive anything. */
	assert_int_equal(db_exec(w->s->db, "PRAGMA synchronous=OFF"), ERR_OK);
	assert_int_equal(db_open(w->s->home, &w->beside), ERR_OK);
	assert_int_equal(password_hash(w->s->mem, PASSWORD, &w->hash), ERR_OK);
	for (size_t i = 0; i < AS_NOBODY; i++) {
		w->users[i] = person_without_password(w->s,
			i == AS_OWNER ? "owner"
				      : arena_printf(w->s->mem, "as%zu", i),
			roles[i]);
		set_password(w, w->users[i]);
	}
	assert_int_equal(settings_put(w->s->db, "members_make_keys", "true",
				 "cli", w->s->now, w->s->mem, &why),
		ERR_OK);
	/* The seventh: of the form `owner`. */
	assert_int_equal(person_without_password(w->s, "heir", ROLE_MEMBER), 7);
}

static struct tab
tab_as(struct world *w, enum who_asks who)
{
	struct browser b = { .address = "192.0.2.7", .agent = "test" };
	struct tab t = tab_new(w->s);
	struct session_made made;

	if (who == AS_NOBODY)
		return t;
	assert_int_equal(
		tailnet_session_begin(w->s->db, &w->s->pepper, w->users[who],
			NULL, &b, w->s->now, w->s->mem, &made),
		ERR_OK);
	tab_keep(&t, arena_printf(w->s->mem, "cairn=%s", made.token));
	return t;
}

static const char *
number(struct world *w, int64_t id)
{
	return arena_printf(w->s->mem, "%lld", (long long)id);
}

/* Signed in, so that there is a session to end. */
static int64_t
new_user(struct world *w)
{
	struct browser b = { .address = "192.0.2.8", .agent = "test" };
	int64_t id = person_without_password(
		w->s, arena_printf(w->s->mem, "made%d", w->made), ROLE_MEMBER);
	struct session_made made;

	assert_int_equal(tailnet_session_begin(w->s->db, &w->s->pepper, id,
				 NULL, &b, w->s->now, w->s->mem, &made),
		ERR_OK);
	return id;
}

static const char *
new_session(struct world *w, enum who_asks who)
{
	struct tab t = tab_as(w, who);
	struct web_session row;
	uint8_t hash[32];

	if (who == AS_NOBODY)
		return "1";
	session_hash(&w->s->pepper, tab_cookie(&t, "cairn"), hash);
	assert_int_equal(db_web_session_by_hash(
				 w->s->db, hash, w->s->now, w->s->mem, &row),
		ERR_OK);
	return number(w, row.id);
}

static const char *
new_setup(struct world *w)
{
	struct settings settings;
	const char *url;

	assert_int_equal(settings_load(w->s->db, w->s->mem, &settings), ERR_OK);
	assert_int_equal(tailnet_setup_link(w->s->db, &settings, &w->s->pepper,
				 w->s->now, w->s->mem, &url),
		ERR_OK);
	return strrchr(url, '/') + 1;
}

static const char *
new_link(struct world *w, bool reset)
{
	int64_t id = new_user(w);
	const char *token;
	enum err e = reset ? tailnet_reset(w->s->db, &w->s->pepper, &actor_cli,
				     id, w->s->now, w->s->mem, &token)
			   : tailnet_invite(w->s->db, &w->s->pepper, &actor_cli,
				     id, w->s->now, w->s->mem, &token);

	assert_int_equal(e, ERR_OK);
	return token;
}

static int64_t
new_key(struct world *w, int64_t user_id)
{
	struct preauth_key k = { .user_id = user_id };
	const char *text;
	int64_t id;

	assert_int_equal(tailnet_preauth_key_add(w->s->db, &w->s->pepper, &k,
				 &actor_cli, w->s->now, w->s->mem, &id, &text),
		ERR_OK);
	return id;
}

static const char *
new_registration(struct world *w)
{
	struct answer a = ask_with(w->s,
		&(struct ask){ .group = GROUP_INNER,
			.method = "POST",
			.uri = "/machine/register",
			.machine =
				arena_printf(w->s->mem, "mkey:%064d", w->made),
			.body = arena_printf(w->s->mem,
				"{\"Version\":142,\"NodeKey\":\"nodekey:%064d\""
				",\"Hostinfo\":{\"OS\":\"linux\","
				"\"Hostname\":\"new%d\"}}",
				w->made, w->made) });
	const char *at = strstr(a.body, "hskey-authreq-");

	if (!at)
		fail_msg("no link: %d %s", a.status, a.body);
	return arena_printf(w->s->mem, "%.38s", at);
}

static int64_t
new_version(struct world *w)
{
	struct policy_save in = { .actor = "cli" };
	struct policy_saved out = { .version = 0 };
	int64_t older = 0;

	for (int i = 0; i < 2; i++) {
		older = out.version;
		in.text = arena_printf(
			w->s->mem, POLICY_TEXT "// %d %d", w->made, i);
		assert_int_equal(tailnet_policy_save(w->s->db, &in, w->s->now,
					 w->s->mem, &out),
			ERR_OK);
	}
	return older;
}

static struct ssh_check
new_check(struct world *w, enum who_asks who)
{
	int64_t owner = w->users[who == AS_NOBODY ? AS_MEMBER : who];
	int64_t src = machine_of(
		w->s, owner, arena_printf(w->s->mem, "from%d", w->made));

	return check_of(w->s, src, src, "root");
}

/* The only one that was added by hand. */
static int64_t
new_relay(struct world *w, enum thing thing)
{
	const struct relay_act act = { "cli", w->s->now };
	const struct derp_region row = { .id = 2000 + w->made,
		.code = "c",
		.name = "n",
		.host = "h",
		.ipv4 = "",
		.ipv6 = "",
		.port = 443,
		.cert = "" };
	struct relay_fault fault;
	const char *token;

	assert_int_equal(db_exec(w->s->db, "DELETE FROM derp_region; "
					   "DELETE FROM derp_hidden"),
		ERR_OK);
	if (thing == THE_RELAYS)
		return 0;
	assert_int_equal(tailnet_relay_add(w->s->db, &w->s->pepper, &row, &act,
				 w->s->mem, &token, &fault),
		ERR_OK);
	if (thing == A_HIDDEN_RELAY)
		assert_int_equal(
			tailnet_relay_hide(w->s->db, row.id, true, &act),
			ERR_OK);
	return row.id;
}

static int64_t
new_source(struct world *w)
{
	const struct relay_act act = { "cli", w->s->now };
	struct relay_fault fault;
	int64_t id = 0;

	assert_int_equal(db_exec(w->s->db, "DELETE FROM derp_source"), ERR_OK);
	assert_int_equal(
		tailnet_relay_source_add(w->s->db, "https://maps.example/",
			false, &act, w->s->mem, &id, &fault),
		ERR_OK);
	assert_int_equal(
		db_exec(w->s->db, "UPDATE job SET due_at = due_at + 9"),
		ERR_OK);
	return id;
}

/* With one before it, so that it can go up.  No more than there may be. */
static int64_t
new_nameserver(struct world *w)
{
	struct nameserver *rows, n = { .domain = "" };
	int64_t id = 0;
	size_t count;

	assert_int_equal(
		db_nameservers(w->s->db, w->s->mem, &rows, &count), ERR_OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(tailnet_nameserver_delete(w->s->db, rows[i].id,
					 "cli", w->s->now),
			ERR_OK);
	for (int i = 1; i < 3; i++) {
		n.address = arena_printf(w->s->mem, "10.%d.0.1", i);
		assert_int_equal(tailnet_nameserver_add(
					 w->s->db, &n, "cli", w->s->now, &id),
			ERR_OK);
	}
	return id;
}

static int64_t
new_target(struct world *w)
{
	const struct notice_target t = { .kind = "webhook",
		.place = "https://a.example.org/",
		.format = "json",
		.events = " machine.new ",
		.server = "",
		.security = "",
		.sender = "",
		.account = "" };
	struct notice_target *rows;
	struct secret seal;
	const char *text;
	int64_t id = 0;
	size_t count;

	assert_int_equal(
		db_notice_targets(w->s->db, w->s->mem, &rows, &count), ERR_OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(tailnet_notice_target_delete(w->s->db,
					 rows[i].id, "cli", w->s->now),
			ERR_OK);
	assert_int_equal(
		secret_current(w->s->db, w->s->home, "seal", &seal), ERR_OK);
	assert_int_equal(tailnet_notice_target_add(w->s->db, &seal, &t, NULL,
				 "cli", w->s->now, w->s->mem, &id, &text),
		ERR_OK);
	return id;
}

static int64_t
new_search_domain(struct world *w)
{
	struct search_domain *rows;
	int64_t id = 0;
	size_t count;

	assert_int_equal(
		db_search_domains(w->s->db, w->s->mem, &rows, &count), ERR_OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(tailnet_search_delete(w->s->db, rows[i].id,
					 "cli", w->s->now),
			ERR_OK);
	assert_int_equal(tailnet_search_add(w->s->db, "old.example", "cli",
				 w->s->now, &id),
		ERR_OK);
	return id;
}

static int64_t
new_provider(struct world *w)
{
	struct provider p = { .name = arena_printf(w->s->mem, "p%d", w->made),
		.issuer =
			arena_printf(w->s->mem, "https://p%d.example", w->made),
		.client_id = "p",
		.scopes = "openid",
		.domains = "",
		.users = "",
		.groups = "",
		.group_claim = "groups",
		.group_domain = "p.example",
		.role_claim = "",
		.roles = "",
		.created_at = w->s->now };
	struct provider *rows;
	int64_t id = 0;
	size_t count;

	assert_int_equal(
		db_providers(w->s->db, w->s->mem, &rows, &count), ERR_OK);
	assert_int_equal(db_begin(w->s->db), ERR_OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(
			db_provider_delete(w->s->db, rows[i].id), ERR_OK);
	assert_int_equal(db_provider_add(w->s->db, &p, &id), ERR_OK);
	assert_int_equal(db_commit(w->s->db), ERR_OK);
	return id;
}

static int64_t
new_identity(struct world *w, enum who_asks who)
{
	struct identity i = {
		.user_id = w->users[who == AS_NOBODY ? AS_MEMBER : who],
		.issuer = "https://login.example.org",
		.sub = arena_printf(w->s->mem, "%d", w->made),
		.email = "",
		.groups = "[]",
		.refresh_error = "",
		.linked_at = w->s->now
	};
	int64_t id = 0;

	assert_int_equal(db_begin(w->s->db), ERR_OK);
	assert_int_equal(db_identity_add(w->s->db, &i, &id), ERR_OK);
	assert_int_equal(db_commit(w->s->db), ERR_OK);
	return id;
}

static int64_t
new_record(struct world *w)
{
	struct dns_record r = { .name = arena_printf(
					w->s->mem, "old%d.lan", w->made),
		.type = "A",
		.value = "10.0.0.1" };
	int64_t id = 0;

	assert_int_equal(
		tailnet_record_add(w->s->db, &r, "cli", w->s->now, &id),
		ERR_OK);
	return id;
}

static void
new_factor(struct world *w, int64_t user_id)
{
	const struct factor f = { .user_id = user_id,
		.secret = { (const void *)"sealed", 6 },
		.added_at = w->s->now };

	assert_int_equal(db_begin(w->s->db), ERR_OK);
	assert_int_equal(db_factor_add(w->s->db, &f), ERR_OK);
	assert_int_equal(db_commit(w->s->db), ERR_OK);
}

/* What a request before this one left. */
static void
no_factor(struct world *w, int64_t user_id)
{
	enum err e;

	assert_int_equal(db_begin(w->s->db), ERR_OK);
	e = db_factor_delete(w->s->db, user_id);
	assert_true(!e || e == ERR_NOT_FOUND);
	assert_int_equal(db_commit(w->s->db), ERR_OK);
}

static const char *
new_thing(struct world *w, enum thing thing, enum who_asks who)
{
	struct ssh_check check;
	int64_t id;

	switch (thing) {
	case A_USER:
		return number(w, new_user(w));
	case A_SESSION:
		return new_session(w, who);
	case A_FACTOR_USER:
		id = new_user(w);
		new_factor(w, id);
		return number(w, id);
	case OWN_FACTOR:
		if (who != AS_NOBODY)
			new_factor(w, w->users[who]);
		return "x";
	case A_SETUP:
		return new_setup(w);
	case AN_INVITE:
		return new_link(w, false);
	case A_RESET:
		return new_link(w, true);
	case A_MACHINE:
	case A_ROUTE:
	case OWN_MACHINE:
		return number(
			w, machine_of(w->s,
				   thing == OWN_MACHINE && who != AS_NOBODY
					   ? w->users[who]
					   : w->users[AS_MEMBER],
				   arena_printf(w->s->mem, "box%d", w->made)));
	case A_KEY:
		return number(w, new_key(w, 1));
	case OWN_KEY:
		return number(w,
			new_key(w,
				w->users[who == AS_NOBODY ? AS_MEMBER : who]));
	case A_REGISTRATION:
		return new_registration(w);
	case A_CHECK:
		check = new_check(w, who);
		return tailnet_check_id(w->s->mem, &w->s->pepper, &check);
	case A_CHECK_NUMBER:
		return number(w, new_check(w, who).id);
	case A_VERSION:
		return number(w, new_version(w));
	case THE_RELAYS:
	case A_RELAY:
	case A_HIDDEN_RELAY:
		return number(w, new_relay(w, thing));
	case A_SOURCE:
		return number(w, new_source(w));
	case A_TARGET:
		return number(w, new_target(w));
	case A_NAMESERVER:
		return number(w, new_nameserver(w));
	case A_PROVIDER:
		return number(w, new_provider(w));
	case A_PROVIDER_NEW:
		(void)new_provider(w); /* and no other one */
		return "new";
	case AN_IDENTITY:
		return number(w, new_identity(w, who));
	case A_SEARCH_DOMAIN:
		return number(w, new_search_domain(w));
	case A_RECORD:
		return number(w, new_record(w));
	case AN_EVENT:
		return number(w, audit_last(w->s).id);
	case A_SYSTEM:
		return "linux";
	case A_PROFILE:
		return "ios";
	case NOTHING:
	case ABOVE:
		break;
	}
	return "x";
}

static const char *
path_with(struct world *w, const char *path, const char *thing)
{
	const char *star = strchr(path, '*');

	return star ? arena_printf(w->s->mem, "%.*s%s%s", (int)(star - path),
			      path, thing, star + 1)
		    : path;
}

/* One request in the making. */
struct shot {
	const char *path, *body;
	struct tab tab;
};

/* The stamp is of what is stored, so the owner's page has it too, but for what
 * only one has a page of. */
static const char *
stamp(struct world *w, const struct cells *c, enum who_asks who,
	const char *path)
{
	struct tab t = tab_as(w, c->thing != OWN_MACHINE ? AS_OWNER
				 : who == AS_NOBODY      ? AS_MEMBER
							 : who);
	const char *page = path;

	if (c->thing != NOTHING && !text_starts(c->form, "form-provider") &&
		strcmp(c->form, "form-target") != 0)
		page = arena_printf(w->s->mem, "%.*s",
			(int)(strrchr(path, '/') - path), path);
	tab_get(&t, page);
	if (t.last.status != 200)
		fail_msg("%s: %d", page, t.last.status);
	tab_choose(&t, c->form);
	return t.was;
}

static struct shot
aim(struct world *w, const struct cells *c, enum who_asks who)
{
	struct shot shot;
	const char *thing, *d;

	w->made++;
	if (who != AS_NOBODY)
		no_factor(w, w->users[who]);
	thing = new_thing(w, c->thing, who);
	shot.tab = tab_as(w, who);
	shot.path = path_with(w, c->path, thing);
	shot.body = c->body;
	if (!c->body)
		return shot;
	d = strstr(c->body, "%d");
	if (d) /* prefixes: /11 to /30 */
		shot.body = arena_printf(w->s->mem, "%.*s%d%s",
			(int)(d - c->body), c->body,
			c->thing == A_ROUTE           ? atoi(thing)
			: strstr(c->body, "prefix")   ? 11 + w->made % 5
			: strstr(c->body, "GMT")      ? 1 + w->made % 14
			: strstr(c->body, "ipv4=100") ? w->made % 200
						      : w->made,
			d + 2);
	tab_get(&shot.tab, who == AS_NOBODY ? "/login" : "/me/security");
	assert_int_equal(shot.tab.last.status, 200);
	shot.tab.was = c->form ? stamp(w, c, who, shot.path) : NULL;
	return shot;
}

static struct answer
fire(const struct cells *c, struct shot *shot)
{
	return c->body ? tab_post(&shot->tab, shot->path, shot->body)
		       : tab_get(&shot->tab, shot->path);
}

static void
every_address_has_its_cells(void **state)
{
	struct site *s = *state;

	for (size_t i = 0; i < route_count; i++) {
		size_t found = 0;

		if (!(routes[i].flags & PEOPLE))
			continue;
		for (size_t k = 0; k < CELLS; k++)
			found += route_of(&cells[k]) == &routes[i];
		if (found != 1)
			fail_msg("%s has cells %zu times: say who may",
				words_of(s, routes[i].method, routes[i].path),
				found);
	}
	for (size_t k = 0; k < CELLS; k++)
		if (!route_of(&cells[k]))
			fail_msg("%s is in no route",
				words_of(s, cells[k].method, cells[k].path));
}

static void
everybody_gets_what_their_cell_says(void **state)
{
	struct world w;
	size_t wrong = 0;

	world_open(&w, state);
	for (size_t k = 0; k < CELLS; k++)
		for (enum who_asks who = 0; who < AS_COUNT; who++) {
			struct shot shot = aim(&w, &cells[k], who);
			int status = fire(&cells[k], &shot).status;

			if (status == cells[k].status[who])
				continue;
			wrong++;
			print_error("%s as %d: %d, not %d\n",
				words_of(w.s, cells[k].method, shot.path), who,
				status, cells[k].status[who]);
		}
	db_close(w.beside);
	assert_int_equal(wrong, 0);
}

static void
refuse_kind(struct world *w, const struct cells *c, struct shot *shot, int kind)
{
	static const char *const names[] = { "no token", "another's token",
		"another origin", "cross-site", "origin null" };
	bool stale = route_of(c)->flags & STALE;
	int64_t before;
	struct tab other = tab_as(w, AS_MEMBER), t = shot->tab;
	int status;

	tab_get(&other, "/me/security");
	if (kind == 0)
		t.csrf = "";
	if (kind == 1)
		t.csrf = other.csrf;
	if (kind == 2)
		t.more[0] = "HTTP_ORIGIN=https://evil.test";
	if (kind == 3)
		t.more[0] = "HTTP_SEC_FETCH_SITE=cross-site";
	if (kind == 4)
		t.more[0] = "HTTP_ORIGIN=null";
	before = db_data_version(w->beside);
	status = tab_post(&t, shot->path, shot->body).status;
	if (status != 403 && !(stale && kind < 2 && status == 422))
		fail_msg("%s with %s: %d", shot->path, names[kind], status);
	if (db_data_version(w->beside) != before)
		fail_msg("%s with %s wrote", shot->path, names[kind]);
	if (kind >= 2)
		assert_holds(t.last.body, "data-error=\"origin\"");
}

static void
no_form_has_an_effect_from_elsewhere(void **state)
{
	struct world w;

	world_open(&w, state);
	for (size_t k = 0; k < CELLS; k++) {
		const struct cells *c = &cells[k];
		struct shot shot;
		int64_t before;

		if (c->method != METHOD_POST)
			continue;
		shot = aim(&w, c, AS_OWNER);
		for (int kind = 0; kind < 5; kind++)
			refuse_kind(&w, c, &shot, kind);
		/* The same form, as its page sends it. */
		before = db_data_version(w.beside);
		assert_int_equal(fire(c, &shot).status, c->status[AS_OWNER]);
		if ((db_data_version(w.beside) == before) != c->stays)
			fail_msg("%s: %s", shot.path,
				c->stays ? "wrote" : "wrote nothing");
	}
	db_close(w.beside);
}

/* What each form leaves in the audit log (spec/pages.md); "": it is no event.
 */
static const struct {
	const char *path, *event;
} events[] = {
	{ "/setup/*", "user.recovered" },
	{ "/invite/*", "user.joined" },
	{ "/reset/*", "user.password_set" },
	{ "/login", "session.started" },
	{ "/login/confirm", "" },
	{ "/login/remote", "" }, /* nginx vouches for nobody here */
	{ "/logout", "session.ended" },
	{ "/admin/users/new", "user.created" },
	{ "/admin/users/*/profile", "user.changed" },
	{ "/admin/users/*/role", "user.role_set" },
	{ "/admin/users/*/status", "user.suspended" },
	{ "/admin/users/*/invite", "user.invited" },
	{ "/admin/users/*/sessions/revoke", "session.revoked" },
	{ "/admin/users/*/delete", "user.deleted" },
	{ "/admin/users/*/factor/delete", "user.factor_removed" },
	{ "/login/code", "" },
	{ "/me/totp", "" }, /* the code is not right */
	{ "/me/totp/codes", "user.recovery_codes_made" },
	{ "/me/totp/delete", "user.factor_removed" },
	{ "/admin/keys/new", "key.created" },
	{ "/admin/keys/*/revoke", "key.revoked" },
	{ "/admin/policy", "policy.saved" },
	{ "/admin/access", "" },
	{ "/admin/policy/rules", "policy.saved" },
	{ "/admin/policy/history/*/restore", "policy.saved" },
	{ "/admin/dns/preferences", "dns.changed" },
	{ "/admin/dns/domain", "dns.changed" },
	{ "/admin/dns/nameservers", "dns.changed" },
	{ "/admin/dns/nameservers/*/order", "dns.changed" },
	{ "/admin/dns/nameservers/*/delete", "dns.changed" },
	{ "/admin/dns/search", "dns.changed" },
	{ "/admin/dns/search/*/delete", "dns.changed" },
	{ "/admin/dns/records", "dns.changed" },
	{ "/admin/dns/records/*/delete", "dns.changed" },
	{ "/admin/settings/general", "setting.changed" },
	{ "/admin/settings/server", "setting.changed" },
	{ "/admin/settings/clients", "setting.changed" },
	{ "/admin/settings/retention", "setting.changed" },
	{ "/admin/settings/limits", "setting.changed" },
	{ "/admin/settings/metrics", "setting.changed" },
	{ "/admin/settings/backup/days", "setting.changed" },
	{ "/admin/settings/notifications/private", "setting.changed" },
	{ "/admin/relays/rules", "setting.changed" },
	{ "/admin/settings/addresses", "setting.changed" },
	{ "/admin/settings/keys", "setting.changed" },
	{ "/admin/settings/stale", "setting.changed" },
	{ "/admin/settings/notifications", "notice.added" },
	{ "/admin/settings/notifications/mail", "notice.added" },
	{ "/admin/settings/notifications/*", "notice.changed" },
	{ "/admin/settings/notifications/*/test", "notice.tested" },
	{ "/admin/settings/notifications/*/delete", "notice.deleted" },
	{ "/admin/settings/appearance", "setting.changed" },
	{ "/admin/settings/backup", "backup.made" },
	{ "/admin/settings/sign-in", "setting.changed" },
	{ "/admin/settings/sign-in/providers/new", "provider.added" },
	{ "/admin/settings/sign-in/providers/*", "provider.changed" },
	{ "/admin/settings/sign-in/providers/*/delete", "provider.deleted" },
	{ "/me/sessions/revoke-others", "session.revoked" },
	{ "/me/sessions/*/revoke", "session.revoked" },
	{ "/me/password", "user.password_set" },
	{ "/me/identities/*/unlink", "identity.unlinked" },
	{ "/me/keys/new", "key.created" },
	{ "/me/keys/*/revoke", "key.revoked" },
	{ "/me/machines/*/name", "machine.renamed" },
	{ "/me/machines/*/expiry", "machine.expired" },
	{ "/me/machines/*/delete", "machine.deleted" },
	{ "/me/theme", "" },
	{ "/admin/machines/new", "key.created" },
	{ "/admin/machines/*/name", "machine.renamed" },
	{ "/admin/machines/*/tags", "machine.tagged" },
	{ "/admin/health/run", "" },
	{ "/admin/audit/verify", "" },
	{ "/admin/routes", "machine.routes_set" },
	{ "/admin/machines/bulk", "machine.routes_set" },
	{ "/admin/machines/*/routes", "machine.routes_set" },
	{ "/admin/machines/*/expiry", "machine.expired" },
	{ "/admin/machines/*/approval", "machine.unapproved" },
	{ "/admin/machines/*/owner", "machine.owner_set" },
	{ "/admin/machines/*/addresses", "machine.address_set" },
	{ "/admin/machines/*/ping", "" },
	{ "/admin/machines/*/ask", "" }, /* it is not connected */
	{ "/admin/machines/*/delete", "machine.deleted" },
	{ "/register/*", "machine.registered" },
	{ "/auth/*", "ssh.approved" },
	{ "/admin/checks/*", "ssh.rejected" },
	{ "/admin/checks/*/revoke", "ssh.revoked" },
	{ "/admin/registrations", "" },
	{ "/admin/relays/own", "relay.changed" },
	{ "/admin/relays/sources", "relay.changed" },
	{ "/admin/relays/sources/*/refresh", "relay.changed" },
	{ "/admin/relays/regions", "relay.changed" },
	{ "/admin/relays/regions/*/hide", "relay.changed" },
	{ "/admin/relays/regions/*/show", "relay.changed" },
	{ "/admin/relays/regions/*/delete", "relay.changed" },
	{ "/admin/relays/regions/*/token", "relay.changed" },
	{ "/admin/relays/regions/*/revoke", "relay.changed" },
};

static const char *
event_of(const char *path)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i].path, path) == 0)
			return events[i].event;
	return NULL;
}

/* Rows newer than `before`, by their events. */
static const char *
left_since(struct world *w, int64_t before)
{
	struct audit *rows;
	const char *words = "";
	size_t count;

	assert_int_equal(
		db_audits(w->s->db, 0, 20, w->s->mem, &rows, &count), ERR_OK);
	for (size_t i = 0; i < count && rows[i].id > before; i++)
		words = arena_printf(
			w->s->mem, "%s %s ", words, rows[i].action);
	return words;
}

static void
each_form_leaves_its_event(void **state)
{
	struct world w;

	world_open(&w, state);
	for (size_t k = 0; k < CELLS; k++) {
		const char *event = event_of(cells[k].path), *left;
		struct shot shot;
		int64_t before;

		if (cells[k].method != METHOD_POST)
			continue;
		if (!event)
			fail_msg("%s: say which event", cells[k].path);
		shot = aim(&w, &cells[k], AS_OWNER);
		assert_int_equal(db_audit_newest_id(w.s->db, &before), ERR_OK);
		assert_int_equal(fire(&cells[k], &shot).status,
			cells[k].status[AS_OWNER]);
		left = left_since(&w, before);
		if (*event ? !strstr(left,
				     arena_printf(w.s->mem, " %s ", event))
			   : *left != '\0')
			fail_msg("%s left%s, not %s", shot.path, left, event);
	}
	db_close(w.beside);
}

static void
looking_changes_nothing(void **state)
{
	struct world w;

	world_open(&w, state);
	for (size_t k = 0; k < CELLS; k++)
		for (enum who_asks who = 0; who < AS_COUNT; who++) {
			struct shot shot;
			int64_t before;

			/* A file to save leaves its row: export_test.c. */
			if (cells[k].method != METHOD_GET ||
				(route_of(&cells[k])->flags & WRITES))
				continue;
			shot = aim(&w, &cells[k], who);
			before = db_data_version(w.beside);
			for (int i = 0; i < 2; i++)
				assert_int_equal(fire(&cells[k], &shot).status,
					cells[k].status[who]);
			if (db_data_version(w.beside) != before)
				fail_msg("GET %s as %d wrote", shot.path, who);
		}
	db_close(w.beside);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_address_has_its_cells),
		TEST(everybody_gets_what_their_cell_says),
		TEST(no_form_has_an_effect_from_elsewhere),
		TEST(each_form_leaves_its_event),
		TEST(looking_changes_nothing),
	};

	return cmocka_run_group_tests_name("fcgi/matrix", tests, NULL, NULL);
}

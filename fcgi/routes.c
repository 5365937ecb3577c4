/*
 * routes.c: the site map and nothing else.
 */
#include "fcgi/job.h"
#include "fcgi/machine.h"
#include "fcgi/page.h"
#include "fcgi/pages_dns.h"
#include "fcgi/pages_machines.h"
#include "fcgi/pages_people.h"
#include "fcgi/pages_policy.h"
#include "fcgi/pages_relays.h"
#include "fcgi/pub.h"
#include "fcgi/router.h"

/* clang-format off */
const struct route routes[] = {
	/* fcgi.sock: pages */
	{ METHOD_GET,   "/",              page_home,          PEOPLE, 0, 0 },
	{ METHOD_GET,   "/setup/*",       page_setup,         PEOPLE | SECRET, 0, 0 },
	{ METHOD_POST,  "/setup/*",       do_setup,           PEOPLE | SECRET | WRITES | STALE, FORM_BODY_MAX, 0 },
	{ METHOD_GET,   "/invite/*",      page_invite,        PEOPLE | SECRET, 0, 0 },
	{ METHOD_POST,  "/invite/*",      do_invite,          PEOPLE | SECRET | WRITES | STALE, FORM_BODY_MAX, 0 },
	{ METHOD_GET,   "/reset/*",       page_reset,         PEOPLE | SECRET, 0, 0 },
	{ METHOD_POST,  "/reset/*",       do_reset,           PEOPLE | SECRET | WRITES | STALE, FORM_BODY_MAX, 0 },
	{ METHOD_GET,   "/login",         page_login,         PEOPLE, 0, 0 },
	{ METHOD_POST,  "/login",         do_login,           PEOPLE | WRITES | STALE, FORM_BODY_MAX, 0 },
	{ METHOD_GET,   "/login/confirm", page_login_confirm, PEOPLE, 0, CAN_SELF },
	{ METHOD_POST,  "/login/confirm", do_login_confirm,   PEOPLE | WRITES, FORM_BODY_MAX, CAN_SELF },
	{ METHOD_POST,  "/logout",        do_logout,          PEOPLE | WRITES | OUT, FORM_BODY_MAX, CAN_SELF },
	{ METHOD_GET,   "/register/*",    page_register,      PEOPLE, 0, 0 },

	/* fcgi.sock: what open pages hear of */
	{ METHOD_GET,   "/admin/events",      page_admin_events,    PEOPLE, 0, CAN_READ },
	{ METHOD_GET,   "/me/events",         page_me_events,       PEOPLE, 0, CAN_SELF },
	{ METHOD_GET,   "/register/*/events", page_register_events, PEOPLE, 0, 0 },
	{ METHOD_GET,   "/auth/*/events",     page_check_events,    PEOPLE, 0, 0 },

	/* fcgi.sock: pages of people, keys, settings, audit; the own portal */
	{ METHOD_GET,   "/admin/users",                   page_users,              PEOPLE, 0, CAN_READ },
	{ METHOD_GET,   "/admin/users/new",               page_user_new,           PEOPLE, 0, CAN_PEOPLE },
	{ METHOD_POST,  "/admin/users/new",               do_user_new,             PEOPLE | WRITES, FORM_BODY_MAX, CAN_PEOPLE },
	{ METHOD_GET,   "/admin/users/*",                 page_user,               PEOPLE, 0, CAN_READ },
	{ METHOD_POST,  "/admin/users/*/profile",         do_user_profile,         PEOPLE | WRITES, FORM_BODY_MAX, CAN_PEOPLE },
	{ METHOD_POST,  "/admin/users/*/role",            do_user_role,            PEOPLE | WRITES | FRESH, FORM_BODY_MAX, CAN_SETTINGS },
	{ METHOD_POST,  "/admin/users/*/status",          do_user_status,          PEOPLE | WRITES, FORM_BODY_MAX, CAN_PEOPLE },
	{ METHOD_POST,  "/admin/users/*/invite",          do_user_invite,          PEOPLE | WRITES, FORM_BODY_MAX, CAN_PEOPLE },
	{ METHOD_POST,  "/admin/users/*/sessions/revoke", do_user_sessions_revoke, PEOPLE | WRITES, FORM_BODY_MAX, CAN_PEOPLE },
	{ METHOD_GET,   "/admin/users/*/delete",          page_user_delete,        PEOPLE | FRESH, 0, CAN_PEOPLE },
	{ METHOD_POST,  "/admin/users/*/delete",          do_user_delete,          PEOPLE | WRITES | FRESH, FORM_BODY_MAX, CAN_PEOPLE },
	{ METHOD_GET,   "/admin/keys",                    page_keys,               PEOPLE, 0, CAN_READ },
	{ METHOD_GET,   "/admin/keys/new",                page_key_new,            PEOPLE, 0, CAN_MACHINES },
	{ METHOD_POST,  "/admin/keys/new",                do_key_new,              PEOPLE | WRITES, FORM_BODY_MAX, CAN_MACHINES },
	{ METHOD_GET,   "/admin/keys/*/revoke",           page_key_revoke,         PEOPLE, 0, CAN_MACHINES },
	{ METHOD_POST,  "/admin/keys/*/revoke",           do_key_revoke,           PEOPLE | WRITES, FORM_BODY_MAX, CAN_MACHINES },
	{ METHOD_GET,   "/admin/policy",                  page_policy,             PEOPLE, 0, CAN_READ },
	{ METHOD_POST,  "/admin/policy",                  do_policy,               PEOPLE | WRITES | OWN_PAGE, POLICY_BODY_MAX, CAN_NETWORK },
	{ METHOD_GET,   "/admin/access",                  page_access,             PEOPLE, 0, CAN_READ },
	{ METHOD_POST,  "/admin/access",                  do_access,               PEOPLE | WRITES, POLICY_BODY_MAX, CAN_READ },
	{ METHOD_GET,   "/admin/policy/history",          page_policy_history,     PEOPLE, 0, CAN_READ },
	{ METHOD_GET,   "/admin/policy/history/*",        page_policy_version,     PEOPLE, 0, CAN_READ },
	{ METHOD_POST,  "/admin/policy/history/*/restore", do_policy_restore,      PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_GET,   "/admin/relays",                  page_relays,             PEOPLE, 0, CAN_READ },
	{ METHOD_POST,  "/admin/relays/own",              do_relays_own,           PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/relays/sources",          do_relays_sources,       PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/relays/sources/*/refresh", do_relay_source_refresh, PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/relays/regions",          do_relays_add,           PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/relays/regions/*/hide",   do_relay_hide,           PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/relays/regions/*/show",   do_relay_show,           PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/relays/regions/*/delete", do_relay_delete,         PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/relays/regions/*/token",  do_relay_token,          PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/relays/regions/*/revoke", do_relay_revoke,         PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_GET,   "/admin/dns",                     page_dns,                PEOPLE, 0, CAN_READ },
	{ METHOD_POST,  "/admin/dns/preferences",         do_dns_preferences,      PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/dns/domain",              do_dns_domain,           PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/dns/nameservers",         do_nameserver_add,       PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/dns/nameservers/*/order", do_nameserver_order,     PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/dns/nameservers/*/delete", do_nameserver_delete,   PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/dns/search",              do_search_add,           PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/dns/search/*/delete",     do_search_delete,        PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/dns/records",             do_record_add,           PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_POST,  "/admin/dns/records/*/delete",    do_record_delete,        PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK },
	{ METHOD_GET,   "/admin/audit",                   page_audit,              PEOPLE, 0, CAN_READ },
	{ METHOD_GET,   "/admin/settings",                page_settings,           PEOPLE, 0, CAN_READ },
	{ METHOD_GET,   "/admin/settings/general",        page_settings_section,   PEOPLE, 0, CAN_READ },
	{ METHOD_POST,  "/admin/settings/general",        do_settings_section,     PEOPLE | WRITES | OWN_PAGE, FORM_BODY_MAX, CAN_SETTINGS },
	{ METHOD_GET,   "/admin/settings/addresses",      page_settings_section,   PEOPLE, 0, CAN_READ },
	{ METHOD_POST,  "/admin/settings/addresses",      do_settings_section,     PEOPLE | WRITES | OWN_PAGE, FORM_BODY_MAX, CAN_SETTINGS },
	{ METHOD_GET,   "/me/sessions",               page_sessions,             PEOPLE, 0, CAN_SELF },
	{ METHOD_POST,  "/me/sessions/revoke-others", do_sessions_revoke_others, PEOPLE | WRITES, FORM_BODY_MAX, CAN_SELF },
	{ METHOD_POST,  "/me/sessions/*/revoke",      do_session_revoke,         PEOPLE | WRITES, FORM_BODY_MAX, CAN_SELF },
	{ METHOD_GET,   "/me/security",               page_security,             PEOPLE, 0, CAN_SELF },
	{ METHOD_POST,  "/me/password",               do_password,               PEOPLE | WRITES, FORM_BODY_MAX, CAN_SELF },
	{ METHOD_POST,  "/me/theme",                  do_theme,                  PEOPLE | WRITES, FORM_BODY_MAX, CAN_SELF },

	/* fcgi.sock: pages of machines and how they join */
	{ METHOD_GET,   "/connect",                      page_connect,        PEOPLE, 0, 0 },
	{ METHOD_GET,   "/connect/*",                    page_connect_system, PEOPLE, 0, 0 },
	{ METHOD_GET,   "/apple",                        page_apple,          PEOPLE, 0, 0 },
	{ METHOD_GET,   "/apple/*",                      file_apple,          PEOPLE, 0, 0 },
	{ METHOD_GET,   "/windows",                      page_windows,        PEOPLE, 0, 0 },
	{ METHOD_GET,   "/windows/tailscale.reg",        file_windows,        PEOPLE, 0, 0 },
	{ METHOD_GET,   "/me",                           page_me,             PEOPLE, 0, CAN_SELF },
	{ METHOD_POST,  "/register/*",                   do_register,         PEOPLE | WRITES | OWN_PAGE, FORM_BODY_MAX, CAN_SELF },
	{ METHOD_GET,   "/auth/*",                       page_ssh_check,      PEOPLE | FRESH, 0, CAN_SELF },
	{ METHOD_POST,  "/auth/*",                       do_ssh_check,        PEOPLE | WRITES | FRESH | OWN_PAGE, FORM_BODY_MAX, CAN_SELF },
	{ METHOD_GET,   "/admin/checks",                 page_checks,         PEOPLE, 0, CAN_MACHINES },
	{ METHOD_POST,  "/admin/checks/*",               do_check,            PEOPLE | WRITES, FORM_BODY_MAX, CAN_MACHINES },
	{ METHOD_POST,  "/admin/checks/*/revoke",        do_check_revoke,     PEOPLE | WRITES, FORM_BODY_MAX, CAN_MACHINES },
	{ METHOD_GET,   "/admin/registrations",          page_registrations,  PEOPLE, 0, CAN_MACHINES },
	{ METHOD_POST,  "/admin/registrations",          do_registrations,    PEOPLE | WRITES, FORM_BODY_MAX, CAN_MACHINES },
	{ METHOD_GET,   "/admin",                        page_admin_bare,     PEOPLE, 0, 0 },
	{ METHOD_GET,   "/admin/",                       page_admin,          PEOPLE, 0, CAN_READ },
	{ METHOD_GET,   "/admin/machines",               page_machines,       PEOPLE, 0, CAN_READ },
	{ METHOD_GET,   "/admin/machines/new",           page_machine_new,    PEOPLE, 0, CAN_MACHINES },
	{ METHOD_POST,  "/admin/machines/new",           do_machine_new,      PEOPLE | WRITES, FORM_BODY_MAX, CAN_MACHINES },
	{ METHOD_GET,   "/admin/routes",                 page_routes,         PEOPLE, 0, CAN_READ },
	{ METHOD_POST,  "/admin/routes",                 do_routes,           PEOPLE | WRITES | OWN_PAGE, FORM_BODY_MAX, CAN_NETWORK | CAN_MACHINES },
	{ METHOD_GET,   "/admin/machines/*",             page_machine,        PEOPLE, 0, CAN_READ },
	{ METHOD_POST,  "/admin/machines/*/name",        do_machine_name,     PEOPLE | WRITES, FORM_BODY_MAX, CAN_MACHINES },
	{ METHOD_POST,  "/admin/machines/*/tags",        do_machine_tags,     PEOPLE | WRITES, FORM_BODY_MAX, CAN_MACHINES },
	{ METHOD_POST,  "/admin/machines/*/routes",      do_machine_routes,   PEOPLE | WRITES, FORM_BODY_MAX, CAN_NETWORK | CAN_MACHINES },
	{ METHOD_POST,  "/admin/machines/*/expiry",      do_machine_expiry,   PEOPLE | WRITES, FORM_BODY_MAX, CAN_MACHINES },
	{ METHOD_POST,  "/admin/machines/*/approval",    do_machine_approval, PEOPLE | WRITES, FORM_BODY_MAX, CAN_MACHINES },
	{ METHOD_POST,  "/admin/machines/*/ping",        do_machine_ping,     PEOPLE | WRITES, FORM_BODY_MAX, CAN_MACHINES },
	{ METHOD_POST,  "/admin/machines/*/ask",         do_machine_ask,      PEOPLE | WRITES, FORM_BODY_MAX, CAN_MACHINES },
	{ METHOD_GET,   "/admin/machines/*/delete",      page_machine_delete, PEOPLE, 0, CAN_MACHINES },
	{ METHOD_POST,  "/admin/machines/*/delete",      do_machine_delete,   PEOPLE | WRITES, FORM_BODY_MAX, CAN_MACHINES },

	/* fcgi.sock: for programs */
	{ METHOD_GET,   "/key",           pub_key,           0, 0, 0 },
	{ METHOD_GET,   "/health",        pub_health,        0, 0, 0 },
	{ METHOD_GET,   "/version",       pub_version,       0, 0, 0 },
	{ METHOD_GET,   "/robots.txt",    pub_robots,        0, 0, 0 },
	{ METHOD_GET,   "/favicon.svg",   pub_favicon,       0, 0, 0 },
	{ METHOD_GET,   "/favicon.ico",   pub_favicon,       0, 0, 0 },
	{ METHOD_GET,   "/metrics",       pub_metrics,       0, 0, 0 },
	{ METHOD_GET,   "/bootstrap-dns", pub_bootstrap_dns, 0, 0, 0 },
	{ METHOD_POST,  "/verify",        pub_verify,        0, VERIFY_RELAY_BODY_MAX, 0 },
	{ METHOD_HEAD,  "/machine/ping-response", pub_ping_response, 0, 0, 0 },

	/* jobs.sock */
	{ METHOD_POST,  "/job/*",         do_job,            JOB | WRITES, 0, 0 },

	/* inner.sock */
	{ METHOD_POST,  "/machine/register",          machine_register,      NOISE | WRITES, REGISTER_BODY_MAX, 0 },
	{ METHOD_POST,  "/machine/map",               machine_update,        NOISE | WRITES, MAP_BODY_MAX, 0 },
	{ METHOD_GET,   "/machine/ssh/action/*/to/*", machine_ssh_action,    NOISE | WRITES, 0, 0 },
	{ METHOD_POST,  "/machine/audit-log",         machine_audit_log,     NOISE | WRITES, SMALL_BODY_MAX, 0 },
	{ METHOD_POST,  "/machine/update-health",     machine_update_health, NOISE, 0, 0 },
	{ METHOD_POST,  "/machine/c2n/*",             machine_answer,        NOISE | WRITES, SMALL_BODY_MAX, 0 },
	{ METHOD_POST,  "/machine/set-dns",           machine_not_built,     NOISE, 0, 0 },
	{ METHOD_POST,  "/machine/id-token",          machine_not_built,     NOISE, 0, 0 },
	{ METHOD_POST,  "/machine/feature/query",     machine_not_built,     NOISE, 0, 0 },
	{ METHOD_PATCH, "/machine/set-device-attr",   machine_not_built,     NOISE, 0, 0 },
	{ METHOD_GET,   "/machine/whoami",            machine_not_built,     NOISE, 0, 0 },
	{ METHOD_POST,  "/machine/webclient/init/*/to/*",   machine_not_built, NOISE, 0, 0 },
	{ METHOD_POST,  "/machine/webclient/wait/*/to/*/*", machine_not_built, NOISE, 0, 0 },
	{ METHOD_GET,   "/machine/tka/*",             machine_no_lock,       NOISE, 0, 0 },
	{ METHOD_GET,   "/machine/tka/*/*",           machine_no_lock,       NOISE, 0, 0 },
};
/* clang-format on */
const size_t route_count = sizeof(routes) / sizeof(routes[0]);

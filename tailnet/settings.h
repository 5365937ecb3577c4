/*
 * settings.h: every setting of the instance: its name, its default, what values
 * it takes, and when a new value counts.
 *
 * One table holds them all (SETTINGS_TABLE); `cairn init` fills url, listen,
 * ports and dns_domain from the environment at first start, afterwards they are
 * changed by `cairn settings`.  Readers load the whole struct: at start, and
 * when the change log names a setting.
 */
#ifndef TAILNET_SETTINGS_H
#define TAILNET_SETTINGS_H

#include "db/db.h"

enum setting_kind {
	SETTING_TEXT,
	SETTING_INT,
	SETTING_BOOL,     /* "true" or "false" */
	SETTING_DURATION, /* seconds; written as text_duration reads them */
};

/* clang-format off */
/*        member              kind      default           least        most  when */
#define SETTINGS_TABLE(X)                                                       \
	X(url,                TEXT,     "",               0,           0, "now") \
	X(listen,             TEXT,     "127.0.0.1",      0,           0, "start") \
	X(http_port,          INT,      "8080",           1,       65535, "start") \
	X(https_port,         INT,      "8443",           1,       65535, "start") \
	X(stun_port,          INT,      "3478",           1,       65535, "start") \
	X(dns_domain,         TEXT,     "cairn.internal", 0,           0, "now") \
	X(tailnet_name,       TEXT,     "",               0,           0, "now") \
	X(magic_dns,          BOOL,     "true",           0,           0, "now") \
	X(override_local_dns, BOOL,     "false",          0,           0, "now") \
	X(extra_records_path, TEXT,     "",               0,           0, "now") \
	X(policy_path,        TEXT,     "",               0,           0, "now") \
	X(ipv4_prefix,        TEXT,     "100.64.0.0/10",  0,           0, "now") \
	X(ipv6_prefix,        TEXT,     "fd7a:115c:a1e0::/48", 0,      0, "now") \
	X(address_order,      TEXT,     "random",         0,           0, "now") \
	X(node_expiry,        DURATION, "180d",           0, 10*31536000, "now") \
	X(ephemeral_timeout,  DURATION, "30m",           65,    31536000, "now") \
	X(device_approval,    BOOL,     "false",          0,           0, "now") \
	X(user_approval,      BOOL,     "false",          0,           0, "now") \
	X(require_second_factor, BOOL,  "false",          0,           0, "now") \
	X(taildrop,           BOOL,     "true",           0,           0, "now") \
	X(auto_update,        BOOL,     "false",          0,           0, "now") \
	X(client_version,     TEXT,     "",               0,           0, "now") \
	X(disable_log_tail,   BOOL,     "true",           0,           0, "now") \
	X(inner_children,     INT,      "4",              1,          64, "start") \
	X(fcgi_children,      INT,      "4",              1,          64, "start") \
	X(register_rate,      INT,      "200",            1,     1000000, "now") \
	X(register_machine_rate, INT,   "20",             1,     1000000, "now") \
	X(relay_enabled,      BOOL,     "true",           0,           0, "now") \
	X(relay_region_id,    INT,      "900",          900,         999, "now") \
	X(relay_code,         TEXT,     "cairn",          0,           0, "now") \
	X(relay_name,         TEXT,     "cairn",          0,           0, "now") \
	X(relay_hours,        INT,      "3",              1,         168, "now") \
	X(relay_private,      BOOL,     "false",          0,           0, "now") \
	X(relay_verify,       BOOL,     "true",           0,           0, "now") \
	X(relay_rate,         INT,      "0",              0,  1000000000, "now") \
	X(notice_private,     BOOL,     "false",          0,           0, "now") \
	X(backup_days,        INT,      "7",              0,        3650, "now") \
	X(stale_days,         INT,      "0",              0,        3650, "now") \
	X(stale_action,       TEXT,     "expire",         0,           0, "now") \
	X(stale_exempt,       TEXT,     "",               0,           0, "now") \
	X(password_sign_in,   BOOL,     "true",           0,           0, "now") \
	X(remote_user,        BOOL,     "false",          0,           0, "now") \
	X(members_make_keys,  BOOL,     "false",          0,           0, "now") \
	X(key_life,           TEXT,     "1h",             0,           0, "now") \
	X(time_zone,          TEXT,     "UTC",            0,           0, "now") \
	X(metrics_token,      TEXT,     "",               0,           0, "now") \
	X(keep_sessions,      DURATION, "30d",         3600,    31536000, "now") \
	X(keep_audit,         DURATION, "1y",         86400, 10*31536000, "now") \
	X(keep_changes,       DURATION, "1d",          3600,    31536000, "now") \
	X(keep_keys,          DURATION, "90d",         3600, 10*31536000, "now")
/* clang-format on */

struct settings {
#define SETTING_TYPE_TEXT     const char *
#define SETTING_TYPE_INT      int64_t
#define SETTING_TYPE_BOOL     bool
#define SETTING_TYPE_DURATION int64_t
#define X(member, kind, otherwise, least, most, when) \
	SETTING_TYPE_##kind member;
	SETTINGS_TABLE(X)
#undef X
};

struct setting_row {
	const char *name;
	enum setting_kind kind;
	const char *otherwise; /* the value without a row */
	int64_t least, most;   /* of numbers */
	const char *when;      /* "now" or "start" */
	size_t offset;         /* in struct settings */
};

extern const struct setting_row setting_rows[];
extern const size_t setting_row_count;
const struct setting_row *setting_row(const char *name);

/*
 * All settings, texts in `mem`.  Address and ports in the environment
 * (CAIRN_LISTEN, CAIRN_HTTP_PORT …) go before the stored ones: they hold for
 * the run that they were given to, in all its programs.  An empty url becomes
 * "http://LISTEN:HTTP_PORT" (IPv6 in brackets, port 80 left out).  A stored
 * value that no longer fits counts as its default.  url has no trailing slash.
 */
enum err settings_load(struct db *db, struct arena *mem, struct settings *out);
/* As they are stored: without the environment, and url may be empty. */
enum err settings_load_stored(
	struct db *db, struct arena *mem, struct settings *out);

/*
 * Checks and stores one, in its own transaction with its audit row.
 * ERR_NOT_FOUND: no such name.  ERR_BAD_INPUT and ERR_DOMAIN_SERVER: *why (in
 * mem) says what is expected; among others: url must be http(s) with host,
 * without path; http only on a private host is a warning of others; dns_domain
 * is a valid domain, neither the host of url nor a parent of it; address_order
 * is random or sequential; key_life is one of PREAUTH_LIVES (keys.h), time_zone
 * one that zone_is_known; ipv4_prefix lies in 100.64.0.0/10 and ipv6_prefix in
 * fd7a:115c:a1e0::/48, one of them may be empty; ERR_OUTSIDE when machines have
 * addresses outside of it; ERR_LAST_RELAY and ERR_EXISTS as relays.h has it.
 * ERR_LAST_PROVIDER when password_sign_in would lock everybody out.
 * metrics_token is stored hashed and never shown again: ask
 * settings_metrics_token_is.
 */
enum err settings_put(struct db *db, const char *name, const char *value,
	const char *actor, int64_t now, struct arena *mem, const char **why);

struct setting_value {
	const char *name, *value;
};

/*
 * Several at once, all or none, with an audit row for each that differs from
 * what holds now; the others are left alone.  They need only agree with each
 * other in the end.  When one is refused *field is its name (NULL: it is none's
 * fault) and *why says what is expected, as settings_put.
 */
enum err settings_put_many(struct db *db, const struct setting_value *values,
	size_t count, const char *actor, int64_t now, struct arena *mem,
	const char **field, const char **why);
/* The same inside the caller's transaction. */
enum err settings_put_in(struct db *db, const struct setting_value *values,
	size_t count, const char *actor, int64_t now, struct arena *mem,
	const char **field, const char **why);

/* What a rule makes of one, as it is stored and unchecked, inside the caller's
 * transaction with its audit row; the same as before: nothing. */
enum err settings_rewrite(struct db *db, const char *name, const char *value,
	const char *actor, int64_t now, struct arena *mem);

/* One, inside the caller's transaction, without the audit row. */
enum err settings_store(struct db *db, const char *name, const char *value,
	int64_t now, struct arena *mem, const char **why);

/* Never true while none is set. */
bool settings_metrics_token_is(const struct settings *s, const char *token);

/* Clients take http from localhost and private addresses alone, and look for
 * https elsewhere (spec/protocol.md 2.3). */
bool settings_url_needs_https(const char *url, struct arena *mem);

/* The host of the url, without port and brackets; its port (80 or 443 where
 * none is written); whether it is https. */
void settings_url_parts(const struct settings *s, struct arena *mem,
	const char **host, int64_t *port, bool *https);

#endif

/*
 * tailcfg.h: the structs that control and nodes exchange, member for member as
 * the clients name them.  The comment on a member says since which capability
 * version (capver) clients know it, where that matters to us.
 *
 * Keys, addresses, prefixes and times stay texts here.  Parts of a map that are
 * built once and sent to many (nodes, filters, the DERP map) are json_raw in
 * the messages: the cached text goes in, and the fake client decodes it by the
 * part's own table.
 */
#ifndef PROTO_TAILCFG_H
#define PROTO_TAILCFG_H

#include "base/json.h"

enum {
	TAILCFG_CAPVER_MIN = 113,      /* 1.80 */
	TAILCFG_CAPVER_CERT_PIN = 115, /* knows CertName "sha256-raw:…" */
	TAILCFG_CAPVER_DISPLAY_MESSAGES = 117,
	TAILCFG_CAPVER_NEWEST = 142, /* 1.102, the newest that was read */
};

/* ---- what a node says about itself ---- */

struct tailcfg_service {
	const char *proto; /* tcp, udp, peerapi4, peerapi6, peerapi-dns-proxy */
	int64_t port;
	const char *description;
};

struct tailcfg_latency {
	const char *region; /* "900-v4" */
	double seconds;
};

struct tailcfg_net_info {
	enum opt_bool mapping_varies;
	enum opt_bool working_ipv6, os_has_ipv6, working_udp, working_icmpv4;
	enum opt_bool upnp, pmp, pcp;
	bool have_port_map;
	int64_t preferred_derp; /* becomes the node's home region */
	const char *link_type;
	struct json_map latency; /* of tailcfg_latency */
	const char *firewall_mode;
};

struct tailcfg_location {
	const char *country, *country_code, *city, *city_code;
	double latitude, longitude;
	int64_t priority;
};

struct tailcfg_hostinfo {
	const char *ipn_version, *frontend_log_id, *backend_log_id;
	const char *os, *os_version;
	enum opt_bool container;
	const char *env, *distro, *distro_version, *distro_code_name;
	const char *app;
	enum opt_bool desktop;
	const char *package, *device_model, *push_device_token;
	const char *hostname;
	bool shields_up, sharee_node, no_logs_no_support, wire_ingress,
		ingress_enabled, allows_update;
	const char *machine, *go_arch, *go_arch_var, *go_version;
	struct json_texts routable_ips, request_tags, wol_macs;
	struct json_objects services; /* of tailcfg_service */
	struct tailcfg_net_info *net_info;
	struct json_texts ssh_host_keys;
	const char *cloud;
	enum opt_bool userspace, userspace_router, app_connector;
	const char *services_hash;
	bool peer_relay;
	const char *exit_node_id;
	struct tailcfg_location *location;
	struct json_raw tpm;
	enum opt_bool state_encrypted;
};

/* ---- POST /machine/register ---- */

struct tailcfg_auth {
	const char *auth_key;
};

struct tailcfg_register_request {
	int64_t version;
	const char *node_key, *old_node_key, *nl_key;
	struct tailcfg_auth *auth;
	const char *expiry; /* past: logout */
	const char *followup;
	struct json_raw hostinfo_raw; /* as the client wrote it */
	bool ephemeral;
	const char *node_key_signature;
	const char *tailnet;

	/* The same decoded; not written, and not NULL after
	 * tailcfg_register_decode. */
	const struct tailcfg_hostinfo *hostinfo;
};

struct tailcfg_user {
	int64_t id;
	const char *display_name, *profile_pic_url, *created;
};

struct tailcfg_login {
	int64_t id;
	const char *provider, *login_name, *display_name, *profile_pic_url;
};

struct tailcfg_register_response {
	struct tailcfg_user user;
	struct tailcfg_login login; /* LoginName must not be empty */
	bool node_key_expired;
	bool machine_authorized;
	const char *auth_url;
	struct json_raw node_key_signature; /* always null from us */
	const char *error; /* shown by `tailscale up` as it is */
};

/* ---- POST /machine/map, the request ---- */

struct tailcfg_map_request {
	int64_t version;
	const char *compress; /* "zstd" */
	bool keep_alive;
	const char *node_key, *disco_key;
	bool stream;
	struct json_raw hostinfo_raw;
	struct json_texts endpoints;
	struct json_ints endpoint_types; /* 1 local, 2 STUN, 3 mapped … */
	const char *tka_head;
	bool read_only, omit_peers;
	struct json_texts debug_flags;

	/* The same decoded; not written.  NULL if there is none. */
	const struct tailcfg_hostinfo *hostinfo;
};

/* ---- parts of a map ---- */

struct tailcfg_cap { /* CapMap: name → list of values, or null */
	const char *name;
	struct json_raw values;
};

struct tailcfg_resolver {
	const char *addr;
	struct json_texts bootstrap;
	bool use_with_exit_node; /* 125 */
};

struct tailcfg_node {
	int64_t id;
	const char *stable_id;
	const char *name; /* FQDN with its dot */
	int64_t user, sharer;
	const char *key, *key_expiry, *machine, *disco_key;
	struct json_texts addresses;
	struct json_texts allowed_ips; /* [] routes nothing; null = addresses */
	struct json_texts endpoints;
	int64_t home_derp;        /* 111 */
	struct json_raw hostinfo; /* {} at least; for peers a projection */
	const char *created;
	int64_t cap; /* the node's own capver */
	struct json_texts tags, primary_routes;
	const char *last_seen;
	enum opt_bool online; /* peers: never unset */
	bool machine_authorized;
	struct json_map cap_map; /* of tailcfg_cap */
	bool expired;
	bool is_wireguard_only, is_jailed;
	struct json_objects exit_node_dns; /* of tailcfg_resolver */
};

/* What is unset (NULL, 0, OPT_UNSET) stays as the client has it. */
struct tailcfg_peer_change {
	int64_t node_id;
	int64_t derp_region;
	int64_t cap;
	struct json_map cap_map;     /* set: replaces the whole map */
	struct json_texts endpoints; /* `at` set and count 0: none are left */
	const char *key, *disco_key;
	enum opt_bool online;
	const char *last_seen;
	const char *key_expiry;
};

struct tailcfg_derp_node {
	const char *name; /* unique over all regions */
	int64_t region_id;
	const char *host_name;
	const char *cert_name; /* 115 for "sha256-raw:…" */
	const char *ipv4, *ipv6;
	int64_t stun_port;
	bool stun_only;
	int64_t derp_port;
	bool insecure_for_tests;
	const char *stun_test_ip;
	bool can_port80;
};

struct tailcfg_derp_region {
	int64_t id;
	const char *code, *name;
	double latitude, longitude;
	bool avoid, no_measure_no_home; /* 115 */
	struct json_objects nodes;      /* of tailcfg_derp_node */
};

struct tailcfg_derp_home {
	struct json_raw region_score;
};

struct tailcfg_derp_map {
	struct tailcfg_derp_home *home_params;
	struct json_map regions; /* of tailcfg_derp_region, by id */
	bool omit_default_regions;
};

struct tailcfg_dns_route { /* Routes: suffix → resolvers, [] for our own */
	const char *suffix;
	struct json_objects resolvers; /* of tailcfg_resolver */
};

struct tailcfg_dns_record {
	const char *name, *type, *value;
};

struct tailcfg_dns_config {
	struct json_objects resolvers; /* of tailcfg_resolver */
	struct json_map routes;        /* of tailcfg_dns_route */
	struct json_objects fallback_resolvers;
	struct json_texts domains;
	bool proxied; /* MagicDNS */
	struct json_texts cert_domains;
	struct json_objects extra_records; /* of tailcfg_dns_record */
	struct json_texts exit_node_filtered_set;
};

struct tailcfg_port_range {
	int64_t first, last;
};

struct tailcfg_net_port_range {
	const char *ip;
	struct tailcfg_port_range ports;
};

struct tailcfg_cap_grant {
	struct json_texts dsts;
	struct json_texts caps;
	struct json_map cap_map; /* of tailcfg_cap */
};

struct tailcfg_filter_rule {
	struct json_texts src_ips;
	struct json_objects dst_ports; /* of tailcfg_net_port_range */
	struct json_ints ip_proto;     /* empty: TCP, UDP and ICMP */
	struct json_objects cap_grant; /* of tailcfg_cap_grant */
};

/* PacketFilters: name → rules; json_put_map writes them all. */
struct tailcfg_filter {
	const char *name;          /* or "*" */
	struct json_objects rules; /* of tailcfg_filter_rule; NULL deletes */
};

struct tailcfg_ssh_principal {
	const char *node, *node_ip, *user_login;
	bool any;
};

struct tailcfg_ssh_user { /* sshUsers: asked for → local name */
	const char *asked, *local;
};

struct tailcfg_ssh_failure {
	const char *reject_message, *terminate_message, *notify_url;
};

struct tailcfg_ssh_action {
	const char *message;
	bool reject, accept;
	int64_t session_duration; /* nanoseconds */
	bool allow_agent_forwarding;
	const char *hold_and_delegate;
	bool allow_local_port_forwarding, allow_remote_port_forwarding;
	struct json_texts recorders;
	struct tailcfg_ssh_failure *on_recording_failure;
};

struct tailcfg_ssh_rule {
	const char *rule_expires;
	struct json_objects principals; /* of tailcfg_ssh_principal */
	struct json_map ssh_users;      /* of tailcfg_ssh_user */
	struct tailcfg_ssh_action *action;
	struct json_texts accept_env;
};

struct tailcfg_ssh_policy {
	struct json_objects rules; /* of tailcfg_ssh_rule; always written */
};

struct tailcfg_user_profile {
	int64_t id;
	const char *login_name, *display_name, *profile_pic_url;
	struct json_texts groups;
};

struct tailcfg_ping_request {
	const char *url; /* another one each time */
	bool url_is_noise, log;
	const char *types, *ip;
	const char *payload; /* base64 */
};

struct tailcfg_display_action {
	const char *url, *label;
};

struct tailcfg_display_message {
	const char *title, *text, *severity; /* high, medium, low */
	bool impacts_connectivity;
	struct tailcfg_display_action *primary_action;
};

struct tailcfg_display_entry {
	const char *id;                          /* or "*" */
	struct tailcfg_display_message *message; /* NULL takes it away */
};

struct tailcfg_client_version {
	bool running_latest;
	const char *latest_version;
	bool urgent_security_update, notify;
	const char *notify_url, *notify_text;
};

struct tailcfg_debug {
	double sleep_seconds;
	bool disable_log_tail;
};

struct tailcfg_node_flag { /* OnlineChange, PeerSeenChange */
	int64_t id;
	bool value;
};

struct tailcfg_dial_candidate {
	const char *ip, *ace_host;
	double dial_start_delay_sec, dial_timeout_sec;
	int64_t priority;
};

struct tailcfg_dial_plan {
	struct json_objects candidates; /* always written */
};

/* ---- POST /machine/map, a message of the answer; all absent = unchanged ----
 */

struct tailcfg_map_response {
	bool keep_alive;
	struct tailcfg_ping_request *ping_request;
	const char *pop_browser_url;
	struct json_raw node;           /* tailcfg_node: self */
	struct json_raw derp_map;       /* tailcfg_derp_map */
	struct json_raws peers;         /* tailcfg_node each, sorted by id */
	struct json_raws peers_changed; /* tailcfg_node each */
	struct json_ints peers_removed;
	struct json_objects peers_changed_patch; /* of tailcfg_peer_change */
	struct json_map peer_seen_change;        /* of tailcfg_node_flag */
	struct json_map online_change;           /* of tailcfg_node_flag */
	struct json_raw dns_config;              /* tailcfg_dns_config */
	const char *domain;
	enum opt_bool collect_services;
	struct json_raw packet_filter;    /* list of tailcfg_filter_rule */
	struct json_raw packet_filters;   /* tailcfg_filter, by name */
	struct json_raws user_profiles;   /* tailcfg_user_profile each */
	struct json_texts health;         /* `at` set and count 0 clears */
	struct json_map display_messages; /* of tailcfg_display_entry; 117 */
	struct json_raw ssh_policy;       /* tailcfg_ssh_policy */
	const char *control_time;
	struct tailcfg_debug *debug;
	struct tailcfg_dial_plan *control_dial_plan;
	struct tailcfg_client_version *client_version;
};

/* ---- the other inner requests ---- */

struct tailcfg_set_dns_request {
	int64_t version;
	const char *node_key, *name, *type, *value;
};

struct tailcfg_id_token_request {
	int64_t cap_version;
	const char *node_key, *audience;
};

struct tailcfg_id_token_response {
	const char *id_token;
};

struct tailcfg_feature_request {
	const char *feature, *node_key;
};

struct tailcfg_feature_response {
	bool complete;
	const char *text, *url;
	bool should_wait;
};

struct tailcfg_audit_log_request {
	int64_t version;
	const char *node_key, *action, *details, *timestamp;
};

struct tailcfg_device_attr_request {
	int64_t version;
	const char *node_key;
	struct json_raw update; /* {attr: value, or null to delete} */
};

struct tailcfg_update_health_request { /* to 1.88 */
	const char *subsys, *error, *node_key;
};

struct tailcfg_ping_response {
	const char *type, *ip, *node_ip, *node_name, *err;
	double latency_seconds;
	const char *endpoint, *derp_region_code;
	int64_t derp_region_id;
};

struct tailcfg_early_payload {
	const char *node_key_challenge; /* chalpub: */
};

struct tailcfg_key_answer { /* GET /key */
	const char *legacy_public_key, *public_key;
};

#define TAILCFG_TABLES(X)        \
	X(service)               \
	X(net_info)              \
	X(location)              \
	X(hostinfo)              \
	X(register_request)      \
	X(register_response)     \
	X(map_request)           \
	X(cap)                   \
	X(resolver)              \
	X(node)                  \
	X(peer_change)           \
	X(derp_node)             \
	X(derp_region)           \
	X(derp_map)              \
	X(dns_record)            \
	X(dns_config)            \
	X(filter_rule)           \
	X(filter)                \
	X(ssh_action)            \
	X(ssh_rule)              \
	X(ssh_policy)            \
	X(user_profile)          \
	X(ping_request)          \
	X(display_message)       \
	X(map_response)          \
	X(set_dns_request)       \
	X(id_token_request)      \
	X(id_token_response)     \
	X(feature_request)       \
	X(feature_response)      \
	X(audit_log_request)     \
	X(device_attr_request)   \
	X(update_health_request) \
	X(ping_response)         \
	X(early_payload)         \
	X(key_answer)

/* tailcfg_node_table encodes and decodes struct tailcfg_node, and so on. */
#define X(name) extern const struct json_table tailcfg_##name##_table;
TAILCFG_TABLES(X)
#undef X

/* json_decode by the table into a zeroed struct. */
enum err tailcfg_register_decode(struct bytes text, struct arena *mem,
	struct tailcfg_register_request *out);
enum err tailcfg_map_decode(
	struct bytes text, struct arena *mem, struct tailcfg_map_request *out);
/* ERR_BAD_INPUT if `raw` is no Hostinfo; an absent one reads as {}. */
enum err tailcfg_hostinfo_decode(
	struct json_raw raw, struct arena *mem, struct tailcfg_hostinfo *out);

/* What is sent each 50 s; these very bytes, clients compare them. */
#define TAILCFG_KEEP_ALIVE "{\"KeepAlive\":true}"

#endif

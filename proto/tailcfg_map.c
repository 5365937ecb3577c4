/* tailcfg_map.c: the request for a map, and a message of the answer; declared
 * in tailcfg.h. */
#include "proto/tailcfg_table.h"

/* clang-format off */

#define THIS struct tailcfg_map_request
static const struct json_field map_request_fields[] = {
	FIELD(version,             "Version",              KEEP_EMPTY),
	FIELD(compress,            "Compress",             OMIT_EMPTY),
	FIELD(keep_alive,          "KeepAlive",            OMIT_EMPTY),
	FIELD(node_key,            "NodeKey",              KEEP_EMPTY),
	FIELD(disco_key,           "DiscoKey",             KEEP_EMPTY),
	FIELD(stream,              "Stream",               OMIT_EMPTY),
	FIELD(hostinfo_raw,        "Hostinfo",             OMIT_EMPTY),
	STRUCT(hostinfo,           "Hostinfo",             READ_ONLY, hostinfo),
	FIELD(endpoints,           "Endpoints",            OMIT_EMPTY),
	FIELD(endpoint_types,      "EndpointTypes",        OMIT_EMPTY),
	FIELD(tka_head,            "TKAHead",              OMIT_EMPTY),
	FIELD(read_only,           "ReadOnly",             OMIT_EMPTY),
	FIELD(omit_peers,          "OmitPeers",            OMIT_EMPTY),
	FIELD(debug_flags,         "DebugFlags",           OMIT_EMPTY),
};
TABLE(map_request, map_request_fields);
#undef THIS

#define THIS struct tailcfg_ping_request
static const struct json_field ping_request_fields[] = {
	FIELD(url,                 "URL",                  KEEP_EMPTY),
	FIELD(url_is_noise,        "URLIsNoise",           OMIT_EMPTY),
	FIELD(log,                 "Log",                  OMIT_EMPTY),
	FIELD(types,               "Types",                OMIT_EMPTY),
	FIELD(ip,                  "IP",                   OMIT_EMPTY),
	FIELD(payload,             "Payload",              OMIT_EMPTY),
};
TABLE(ping_request, ping_request_fields);
#undef THIS

#define THIS struct tailcfg_display_action
static const struct json_field display_action_fields[] = {
	FIELD(url,                 "URL",                  OMIT_EMPTY),
	FIELD(label,               "Label",                OMIT_EMPTY),
};
PART(display_action, display_action_fields);
#undef THIS

#define THIS struct tailcfg_display_message
static const struct json_field display_message_fields[] = {
	FIELD(title,               "Title",                OMIT_EMPTY),
	FIELD(text,                "Text",                 OMIT_EMPTY),
	FIELD(severity,            "Severity",             OMIT_EMPTY),
	FIELD(impacts_connectivity, "ImpactsConnectivity", OMIT_EMPTY),
	STRUCT(primary_action,     "PrimaryAction",        OMIT_EMPTY, display_action),
};
TABLE(display_message, display_message_fields);
#undef THIS

#define THIS struct tailcfg_display_entry
static const struct json_field display_entry_fields[] = {
	FIELD(id,                  NULL,                   KEEP_EMPTY),
	STRUCT(message,            NULL,                   KEEP_EMPTY, display_message),
};
PART(display_entry, display_entry_fields);
#undef THIS

#define THIS struct tailcfg_client_version
static const struct json_field client_version_fields[] = {
	FIELD(running_latest,      "RunningLatest",        OMIT_EMPTY),
	FIELD(latest_version,      "LatestVersion",        OMIT_EMPTY),
	FIELD(urgent_security_update, "UrgentSecurityUpdate", OMIT_EMPTY),
	FIELD(notify,              "Notify",               OMIT_EMPTY),
	FIELD(notify_url,          "NotifyURL",            OMIT_EMPTY),
	FIELD(notify_text,         "NotifyText",           OMIT_EMPTY),
};
PART(client_version, client_version_fields);
#undef THIS

#define THIS struct tailcfg_debug
static const struct json_field debug_fields[] = {
	FIELD(sleep_seconds,       "SleepSeconds",         OMIT_EMPTY),
	FIELD(disable_log_tail,    "DisableLogTail",       OMIT_EMPTY),
};
PART(debug, debug_fields);
#undef THIS

#define THIS struct tailcfg_node_flag
static const struct json_field node_flag_fields[] = {
	FIELD(id,                  NULL,                   KEEP_EMPTY),
	JSON_VALUE(THIS, value),
};
PART(node_flag, node_flag_fields);
#undef THIS

#define THIS struct tailcfg_dial_candidate
static const struct json_field dial_candidate_fields[] = {
	FIELD(ip,                  "IP",                   OMIT_EMPTY),
	FIELD(ace_host,            "ACEHost",              OMIT_EMPTY),
	FIELD(dial_start_delay_sec, "DialStartDelaySec",   OMIT_EMPTY),
	FIELD(dial_timeout_sec,    "DialTimeoutSec",       OMIT_EMPTY),
	FIELD(priority,            "Priority",             OMIT_EMPTY),
};
PART(dial_candidate, dial_candidate_fields);
#undef THIS

#define THIS struct tailcfg_dial_plan
static const struct json_field dial_plan_fields[] = {
	STRUCT(candidates,         "Candidates",           KEEP_LIST, dial_candidate),
};
PART(dial_plan, dial_plan_fields);
#undef THIS

#define THIS struct tailcfg_map_response
static const struct json_field map_response_fields[] = {
	FIELD(keep_alive,          "KeepAlive",            OMIT_EMPTY),
	STRUCT(ping_request,       "PingRequest",          OMIT_EMPTY, ping_request),
	FIELD(pop_browser_url,     "PopBrowserURL",        OMIT_EMPTY),
	FIELD(node,                "Node",                 OMIT_EMPTY),
	FIELD(derp_map,            "DERPMap",              OMIT_EMPTY),
	FIELD(peers,               "Peers",                OMIT_EMPTY),
	FIELD(peers_changed,       "PeersChanged",         OMIT_EMPTY),
	FIELD(peers_removed,       "PeersRemoved",         OMIT_EMPTY),
	STRUCT(peers_changed_patch, "PeersChangedPatch",   OMIT_EMPTY, peer_change),
	STRUCT(peer_seen_change,   "PeerSeenChange",       OMIT_EMPTY, node_flag),
	STRUCT(online_change,      "OnlineChange",         OMIT_EMPTY, node_flag),
	FIELD(dns_config,          "DNSConfig",            OMIT_EMPTY),
	FIELD(domain,              "Domain",               OMIT_EMPTY),
	FIELD(collect_services,    "CollectServices",      OMIT_EMPTY),
	FIELD(packet_filter,       "PacketFilter",         OMIT_EMPTY),
	FIELD(packet_filters,      "PacketFilters",        OMIT_EMPTY),
	FIELD(user_profiles,       "UserProfiles",         OMIT_EMPTY),
	FIELD(health,              "Health",               OMIT_NULL),
	STRUCT(display_messages,   "DisplayMessages",      OMIT_NULL, display_entry),
	FIELD(ssh_policy,          "SSHPolicy",            OMIT_EMPTY),
	FIELD(control_time,        "ControlTime",          OMIT_EMPTY),
	STRUCT(debug,              "Debug",                OMIT_EMPTY, debug),
	STRUCT(control_dial_plan,  "ControlDialPlan",      OMIT_EMPTY, dial_plan),
	STRUCT(client_version,     "ClientVersion",        OMIT_EMPTY, client_version),
};
TABLE(map_response, map_response_fields);
#undef THIS

/* clang-format on */

enum err
tailcfg_map_decode(
	struct bytes text, struct arena *mem, struct tailcfg_map_request *out)
{
	struct tailcfg_map_request r = { .version = 0 };
	enum err e = json_decode(text, &tailcfg_map_request_table, mem, &r);

	if (!e)
		*out = r;
	return e;
}

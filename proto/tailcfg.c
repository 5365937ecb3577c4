#include "proto/tailcfg.h"

#include <string.h>

#define FIELD(member, name, empty) JSON_FIELD(THIS, member, name, empty)
#define STRUCT(member, name, empty, part) \
	JSON_STRUCT(THIS, member, name, empty, tailcfg_##part##_table)
#define INSIDE(member, name, part) \
	JSON_INSIDE_STRUCT(THIS, member, name, tailcfg_##part##_table)

/* Tables that only other tables name are static. */
#define TABLE(name, fields)                              \
	const struct json_table tailcfg_##name##_table = \
		JSON_TABLE(THIS, fields)
#define PART(name, fields) static TABLE(name, fields)

/* clang-format off */

/* ---- what a node says about itself ---- */

#define THIS struct tailcfg_service
static const struct json_field service_fields[] = {
	FIELD(proto,               "Proto",                OMIT_EMPTY),
	FIELD(port,                "Port",                 KEEP_EMPTY),
	FIELD(description,         "Description",          OMIT_EMPTY),
};
TABLE(service, service_fields);
#undef THIS

#define THIS struct tailcfg_latency
static const struct json_field latency_fields[] = {
	FIELD(region,              NULL,                   KEEP_EMPTY),
	JSON_VALUE(THIS, seconds),
};
PART(latency, latency_fields);
#undef THIS

#define THIS struct tailcfg_net_info
static const struct json_field net_info_fields[] = {
	FIELD(mapping_varies,      "MappingVariesByDestIP", OMIT_EMPTY),
	FIELD(working_ipv6,        "WorkingIPv6",          OMIT_EMPTY),
	FIELD(os_has_ipv6,         "OSHasIPv6",            OMIT_EMPTY),
	FIELD(working_udp,         "WorkingUDP",           OMIT_EMPTY),
	FIELD(working_icmpv4,      "WorkingICMPv4",        OMIT_EMPTY),
	FIELD(have_port_map,       "HavePortMap",          OMIT_EMPTY),
	FIELD(upnp,                "UPnP",                 OMIT_EMPTY),
	FIELD(pmp,                 "PMP",                  OMIT_EMPTY),
	FIELD(pcp,                 "PCP",                  OMIT_EMPTY),
	FIELD(preferred_derp,      "PreferredDERP",        OMIT_EMPTY),
	FIELD(link_type,           "LinkType",             OMIT_EMPTY),
	STRUCT(latency,            "DERPLatency",          OMIT_EMPTY, latency),
	FIELD(firewall_mode,       "FirewallMode",         OMIT_EMPTY),
};
TABLE(net_info, net_info_fields);
#undef THIS

#define THIS struct tailcfg_location
static const struct json_field location_fields[] = {
	FIELD(country,             "Country",              OMIT_EMPTY),
	FIELD(country_code,        "CountryCode",          OMIT_EMPTY),
	FIELD(city,                "City",                 OMIT_EMPTY),
	FIELD(city_code,           "CityCode",             OMIT_EMPTY),
	FIELD(latitude,            "Latitude",             OMIT_EMPTY),
	FIELD(longitude,           "Longitude",            OMIT_EMPTY),
	FIELD(priority,            "Priority",             OMIT_EMPTY),
};
TABLE(location, location_fields);
#undef THIS

#define THIS struct tailcfg_hostinfo
static const struct json_field hostinfo_fields[] = {
	FIELD(ipn_version,         "IPNVersion",           OMIT_EMPTY),
	FIELD(frontend_log_id,     "FrontendLogID",        OMIT_EMPTY),
	FIELD(backend_log_id,      "BackendLogID",         OMIT_EMPTY),
	FIELD(os,                  "OS",                   OMIT_EMPTY),
	FIELD(os_version,          "OSVersion",            OMIT_EMPTY),
	FIELD(container,           "Container",            OMIT_EMPTY),
	FIELD(env,                 "Env",                  OMIT_EMPTY),
	FIELD(distro,              "Distro",               OMIT_EMPTY),
	FIELD(distro_version,      "DistroVersion",        OMIT_EMPTY),
	FIELD(distro_code_name,    "DistroCodeName",       OMIT_EMPTY),
	FIELD(app,                 "App",                  OMIT_EMPTY),
	FIELD(desktop,             "Desktop",              OMIT_EMPTY),
	FIELD(package,             "Package",              OMIT_EMPTY),
	FIELD(device_model,        "DeviceModel",          OMIT_EMPTY),
	FIELD(push_device_token,   "PushDeviceToken",      OMIT_EMPTY),
	FIELD(hostname,            "Hostname",             OMIT_EMPTY),
	FIELD(shields_up,          "ShieldsUp",            OMIT_EMPTY),
	FIELD(sharee_node,         "ShareeNode",           OMIT_EMPTY),
	FIELD(no_logs_no_support,  "NoLogsNoSupport",      OMIT_EMPTY),
	FIELD(wire_ingress,        "WireIngress",          OMIT_EMPTY),
	FIELD(ingress_enabled,     "IngressEnabled",       OMIT_EMPTY),
	FIELD(allows_update,       "AllowsUpdate",         OMIT_EMPTY),
	FIELD(machine,             "Machine",              OMIT_EMPTY),
	FIELD(go_arch,             "GoArch",               OMIT_EMPTY),
	FIELD(go_arch_var,         "GoArchVar",            OMIT_EMPTY),
	FIELD(go_version,          "GoVersion",            OMIT_EMPTY),
	FIELD(routable_ips,        "RoutableIPs",          OMIT_EMPTY),
	FIELD(request_tags,        "RequestTags",          OMIT_EMPTY),
	FIELD(wol_macs,            "WoLMACs",              OMIT_EMPTY),
	STRUCT(services,           "Services",             OMIT_EMPTY, service),
	STRUCT(net_info,           "NetInfo",              OMIT_EMPTY, net_info),
	FIELD(ssh_host_keys,       "sshHostKeys",          OMIT_EMPTY),
	FIELD(cloud,               "Cloud",                OMIT_EMPTY),
	FIELD(userspace,           "Userspace",            OMIT_EMPTY),
	FIELD(userspace_router,    "UserspaceRouter",      OMIT_EMPTY),
	FIELD(app_connector,       "AppConnector",         OMIT_EMPTY),
	FIELD(services_hash,       "ServicesHash",         OMIT_EMPTY),
	FIELD(peer_relay,          "PeerRelay",            OMIT_EMPTY),
	FIELD(exit_node_id,        "ExitNodeID",           OMIT_EMPTY),
	STRUCT(location,           "Location",             OMIT_EMPTY, location),
	FIELD(tpm,                 "TPM",                  OMIT_EMPTY),
	FIELD(state_encrypted,     "StateEncrypted",       OMIT_EMPTY),
};
TABLE(hostinfo, hostinfo_fields);
#undef THIS

/* ---- register ---- */

#define THIS struct tailcfg_auth
static const struct json_field auth_fields[] = {
	FIELD(auth_key,            "AuthKey",              OMIT_EMPTY),
};
PART(auth, auth_fields);
#undef THIS

#define THIS struct tailcfg_register_request
static const struct json_field register_request_fields[] = {
	FIELD(version,             "Version",              KEEP_EMPTY),
	FIELD(node_key,            "NodeKey",              KEEP_EMPTY),
	FIELD(old_node_key,        "OldNodeKey",           KEEP_EMPTY),
	FIELD(nl_key,              "NLKey",                KEEP_EMPTY),
	STRUCT(auth,               "Auth",                 OMIT_EMPTY, auth),
	FIELD(expiry,              "Expiry",               KEEP_EMPTY),
	FIELD(followup,            "Followup",             KEEP_EMPTY),
	FIELD(hostinfo_raw,        "Hostinfo",             KEEP_EMPTY),
	STRUCT(hostinfo,           "Hostinfo",             READ_ONLY, hostinfo),
	FIELD(ephemeral,           "Ephemeral",            OMIT_EMPTY),
	FIELD(node_key_signature,  "NodeKeySignature",     OMIT_EMPTY),
	FIELD(tailnet,             "Tailnet",              OMIT_EMPTY),
};
TABLE(register_request, register_request_fields);
#undef THIS

#define THIS struct tailcfg_user
static const struct json_field user_fields[] = {
	FIELD(id,                  "ID",                   KEEP_EMPTY),
	FIELD(display_name,        "DisplayName",          KEEP_EMPTY),
	FIELD(profile_pic_url,     "ProfilePicURL",        OMIT_EMPTY),
	FIELD(created,             "Created",              OMIT_EMPTY),
};
PART(user, user_fields);
#undef THIS

#define THIS struct tailcfg_login
static const struct json_field login_fields[] = {
	FIELD(id,                  "ID",                   KEEP_EMPTY),
	FIELD(provider,            "Provider",             KEEP_EMPTY),
	FIELD(login_name,          "LoginName",            KEEP_EMPTY),
	FIELD(display_name,        "DisplayName",          KEEP_EMPTY),
	FIELD(profile_pic_url,     "ProfilePicURL",        OMIT_EMPTY),
};
PART(login, login_fields);
#undef THIS

#define THIS struct tailcfg_register_response
static const struct json_field register_response_fields[] = {
	INSIDE(user,               "User",                 user),
	INSIDE(login,              "Login",                login),
	FIELD(node_key_expired,    "NodeKeyExpired",       KEEP_EMPTY),
	FIELD(machine_authorized,  "MachineAuthorized",    KEEP_EMPTY),
	FIELD(auth_url,            "AuthURL",              KEEP_EMPTY),
	FIELD(node_key_signature,  "NodeKeySignature",     KEEP_EMPTY),
	FIELD(error,               "Error",                KEEP_EMPTY),
};
TABLE(register_response, register_response_fields);
#undef THIS

/* ---- map, the request ---- */

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

/* ---- parts of a map ---- */

#define THIS struct tailcfg_cap
static const struct json_field cap_fields[] = {
	FIELD(name,                NULL,                   KEEP_EMPTY),
	JSON_VALUE(THIS, values),
};
PART(cap, cap_fields);
#undef THIS

#define THIS struct tailcfg_resolver
static const struct json_field resolver_fields[] = {
	FIELD(addr,                "Addr",                 OMIT_EMPTY),
	FIELD(bootstrap,           "BootstrapResolution",  OMIT_EMPTY),
	FIELD(use_with_exit_node,  "UseWithExitNode",      OMIT_EMPTY),
};
TABLE(resolver, resolver_fields);
#undef THIS

#define THIS struct tailcfg_node
static const struct json_field node_fields[] = {
	FIELD(id,                  "ID",                   KEEP_EMPTY),
	FIELD(stable_id,           "StableID",             KEEP_EMPTY),
	FIELD(name,                "Name",                 KEEP_EMPTY),
	FIELD(user,                "User",                 KEEP_EMPTY),
	FIELD(sharer,              "Sharer",               OMIT_EMPTY),
	FIELD(key,                 "Key",                  KEEP_EMPTY),
	FIELD(key_expiry,          "KeyExpiry",            OMIT_EMPTY),
	FIELD(machine,             "Machine",              OMIT_EMPTY),
	FIELD(disco_key,           "DiscoKey",             OMIT_EMPTY),
	FIELD(addresses,           "Addresses",            KEEP_LIST),
	FIELD(allowed_ips,         "AllowedIPs",           OMIT_NULL),
	FIELD(endpoints,           "Endpoints",            OMIT_EMPTY),
	FIELD(home_derp,           "HomeDERP",             OMIT_EMPTY),
	FIELD(hostinfo,            "Hostinfo",             OMIT_EMPTY),
	FIELD(created,             "Created",              OMIT_EMPTY),
	FIELD(cap,                 "Cap",                  OMIT_EMPTY),
	FIELD(tags,                "Tags",                 OMIT_EMPTY),
	FIELD(primary_routes,      "PrimaryRoutes",        OMIT_EMPTY),
	FIELD(last_seen,           "LastSeen",             OMIT_EMPTY),
	FIELD(online,              "Online",               OMIT_EMPTY),
	FIELD(machine_authorized,  "MachineAuthorized",    OMIT_EMPTY),
	STRUCT(cap_map,            "CapMap",               OMIT_EMPTY, cap),
	FIELD(expired,             "Expired",              OMIT_EMPTY),
	FIELD(is_wireguard_only,   "IsWireGuardOnly",      OMIT_EMPTY),
	FIELD(is_jailed,           "IsJailed",             OMIT_EMPTY),
	STRUCT(exit_node_dns,      "ExitNodeDNSResolvers", OMIT_EMPTY, resolver),
};
TABLE(node, node_fields);
#undef THIS

#define THIS struct tailcfg_peer_change
static const struct json_field peer_change_fields[] = {
	FIELD(node_id,             "NodeID",               KEEP_EMPTY),
	FIELD(derp_region,         "DERPRegion",           OMIT_EMPTY),
	FIELD(cap,                 "Cap",                  OMIT_EMPTY),
	STRUCT(cap_map,            "CapMap",               OMIT_NULL, cap),
	FIELD(endpoints,           "Endpoints",            OMIT_NULL),
	FIELD(key,                 "Key",                  OMIT_EMPTY),
	FIELD(disco_key,           "DiscoKey",             OMIT_EMPTY),
	FIELD(online,              "Online",               OMIT_EMPTY),
	FIELD(last_seen,           "LastSeen",             OMIT_EMPTY),
	FIELD(key_expiry,          "KeyExpiry",            OMIT_EMPTY),
};
TABLE(peer_change, peer_change_fields);
#undef THIS

#define THIS struct tailcfg_derp_node
static const struct json_field derp_node_fields[] = {
	FIELD(name,                "Name",                 KEEP_EMPTY),
	FIELD(region_id,           "RegionID",             KEEP_EMPTY),
	FIELD(host_name,           "HostName",             KEEP_EMPTY),
	FIELD(cert_name,           "CertName",             OMIT_EMPTY),
	FIELD(ipv4,                "IPv4",                 OMIT_EMPTY),
	FIELD(ipv6,                "IPv6",                 OMIT_EMPTY),
	FIELD(stun_port,           "STUNPort",             OMIT_EMPTY),
	FIELD(stun_only,           "STUNOnly",             OMIT_EMPTY),
	FIELD(derp_port,           "DERPPort",             OMIT_EMPTY),
	FIELD(insecure_for_tests,  "InsecureForTests",     OMIT_EMPTY),
	FIELD(stun_test_ip,        "STUNTestIP",           OMIT_EMPTY),
	FIELD(can_port80,          "CanPort80",            OMIT_EMPTY),
};
TABLE(derp_node, derp_node_fields);
#undef THIS

#define THIS struct tailcfg_derp_region
static const struct json_field derp_region_fields[] = {
	FIELD(id,                  "RegionID",             KEEP_EMPTY),
	FIELD(code,                "RegionCode",           KEEP_EMPTY),
	FIELD(name,                "RegionName",           KEEP_EMPTY),
	FIELD(latitude,            "Latitude",             OMIT_EMPTY),
	FIELD(longitude,           "Longitude",            OMIT_EMPTY),
	FIELD(avoid,               "Avoid",                OMIT_EMPTY),
	FIELD(no_measure_no_home,  "NoMeasureNoHome",      OMIT_EMPTY),
	STRUCT(nodes,              "Nodes",                KEEP_LIST, derp_node),
};
TABLE(derp_region, derp_region_fields);
#undef THIS

#define THIS struct tailcfg_derp_home
static const struct json_field derp_home_fields[] = {
	FIELD(region_score,        "RegionScore",          OMIT_EMPTY),
};
PART(derp_home, derp_home_fields);
#undef THIS

#define THIS struct tailcfg_derp_map
static const struct json_field derp_map_fields[] = {
	STRUCT(home_params,        "HomeParams",           OMIT_EMPTY, derp_home),
	STRUCT(regions,            "Regions",              KEEP_EMPTY, derp_region),
	FIELD(omit_default_regions, "omitDefaultRegions",  OMIT_EMPTY),
};
TABLE(derp_map, derp_map_fields);
#undef THIS

#define THIS struct tailcfg_dns_route
static const struct json_field dns_route_fields[] = {
	FIELD(suffix,              NULL,                   KEEP_EMPTY),
	STRUCT(resolvers,          NULL,                   KEEP_LIST, resolver),
};
PART(dns_route, dns_route_fields);
#undef THIS

#define THIS struct tailcfg_dns_record
static const struct json_field dns_record_fields[] = {
	FIELD(name,                "Name",                 OMIT_EMPTY),
	FIELD(type,                "Type",                 OMIT_EMPTY),
	FIELD(value,               "Value",                OMIT_EMPTY),
};
TABLE(dns_record, dns_record_fields);
#undef THIS

#define THIS struct tailcfg_dns_config
static const struct json_field dns_config_fields[] = {
	STRUCT(resolvers,          "Resolvers",            OMIT_EMPTY, resolver),
	STRUCT(routes,             "Routes",               OMIT_NULL, dns_route),
	STRUCT(fallback_resolvers, "FallbackResolvers",    OMIT_EMPTY, resolver),
	FIELD(domains,             "Domains",              OMIT_EMPTY),
	FIELD(proxied,             "Proxied",              OMIT_EMPTY),
	FIELD(cert_domains,        "CertDomains",          OMIT_EMPTY),
	STRUCT(extra_records,      "ExtraRecords",         OMIT_EMPTY, dns_record),
	FIELD(exit_node_filtered_set, "ExitNodeFilteredSet", OMIT_EMPTY),
};
TABLE(dns_config, dns_config_fields);
#undef THIS

#define THIS struct tailcfg_port_range
static const struct json_field port_range_fields[] = {
	FIELD(first,               "First",                KEEP_EMPTY),
	FIELD(last,                "Last",                 KEEP_EMPTY),
};
PART(port_range, port_range_fields);
#undef THIS

#define THIS struct tailcfg_net_port_range
static const struct json_field net_port_range_fields[] = {
	FIELD(ip,                  "IP",                   KEEP_EMPTY),
	INSIDE(ports,              "Ports",                port_range),
};
PART(net_port_range, net_port_range_fields);
#undef THIS

#define THIS struct tailcfg_cap_grant
static const struct json_field cap_grant_fields[] = {
	FIELD(dsts,                "Dsts",                 OMIT_EMPTY),
	FIELD(caps,                "Caps",                 OMIT_EMPTY),
	STRUCT(cap_map,            "CapMap",               OMIT_EMPTY, cap),
};
PART(cap_grant, cap_grant_fields);
#undef THIS

#define THIS struct tailcfg_filter_rule
static const struct json_field filter_rule_fields[] = {
	FIELD(src_ips,             "SrcIPs",               KEEP_LIST),
	STRUCT(dst_ports,          "DstPorts",             OMIT_EMPTY, net_port_range),
	FIELD(ip_proto,            "IPProto",              OMIT_EMPTY),
	STRUCT(cap_grant,          "CapGrant",             OMIT_EMPTY, cap_grant),
};
TABLE(filter_rule, filter_rule_fields);
#undef THIS

#define THIS struct tailcfg_filter
static const struct json_field filter_fields[] = {
	FIELD(name,                NULL,                   KEEP_EMPTY),
	STRUCT(rules,              NULL,                   KEEP_EMPTY, filter_rule),
};
TABLE(filter, filter_fields);
#undef THIS

#define THIS struct tailcfg_ssh_principal
static const struct json_field ssh_principal_fields[] = {
	FIELD(node,                "node",                 OMIT_EMPTY),
	FIELD(node_ip,             "nodeIP",               OMIT_EMPTY),
	FIELD(user_login,          "userLogin",            OMIT_EMPTY),
	FIELD(any,                 "any",                  OMIT_EMPTY),
};
PART(ssh_principal, ssh_principal_fields);
#undef THIS

#define THIS struct tailcfg_ssh_user
static const struct json_field ssh_user_fields[] = {
	FIELD(asked,               NULL,                   KEEP_EMPTY),
	JSON_VALUE(THIS, local),
};
PART(ssh_user, ssh_user_fields);
#undef THIS

#define THIS struct tailcfg_ssh_failure
static const struct json_field ssh_failure_fields[] = {
	FIELD(reject_message,      "RejectSessionWithMessage", OMIT_EMPTY),
	FIELD(terminate_message,   "TerminateSessionWithMessage", OMIT_EMPTY),
	FIELD(notify_url,          "NotifyURL",            OMIT_EMPTY),
};
PART(ssh_failure, ssh_failure_fields);
#undef THIS

#define THIS struct tailcfg_ssh_action
static const struct json_field ssh_action_fields[] = {
	FIELD(message,             "message",              OMIT_EMPTY),
	FIELD(reject,              "reject",               OMIT_EMPTY),
	FIELD(accept,              "accept",               OMIT_EMPTY),
	FIELD(session_duration,    "sessionDuration",      OMIT_EMPTY),
	FIELD(allow_agent_forwarding, "allowAgentForwarding", OMIT_EMPTY),
	FIELD(hold_and_delegate,   "holdAndDelegate",      OMIT_EMPTY),
	FIELD(allow_local_port_forwarding, "allowLocalPortForwarding", OMIT_EMPTY),
	FIELD(allow_remote_port_forwarding, "allowRemotePortForwarding", OMIT_EMPTY),
	FIELD(recorders,           "recorders",            OMIT_EMPTY),
	STRUCT(on_recording_failure, "onRecordingFailure", OMIT_EMPTY, ssh_failure),
};
TABLE(ssh_action, ssh_action_fields);
#undef THIS

#define THIS struct tailcfg_ssh_rule
static const struct json_field ssh_rule_fields[] = {
	FIELD(rule_expires,        "ruleExpires",          OMIT_EMPTY),
	STRUCT(principals,         "principals",           KEEP_LIST, ssh_principal),
	STRUCT(ssh_users,          "sshUsers",             KEEP_LIST, ssh_user),
	STRUCT(action,             "action",               KEEP_EMPTY, ssh_action),
	FIELD(accept_env,          "acceptEnv",            OMIT_EMPTY),
};
TABLE(ssh_rule, ssh_rule_fields);
#undef THIS

#define THIS struct tailcfg_ssh_policy
static const struct json_field ssh_policy_fields[] = {
	STRUCT(rules,              "rules",                KEEP_LIST, ssh_rule),
};
TABLE(ssh_policy, ssh_policy_fields);
#undef THIS

#define THIS struct tailcfg_user_profile
static const struct json_field user_profile_fields[] = {
	FIELD(id,                  "ID",                   KEEP_EMPTY),
	FIELD(login_name,          "LoginName",            KEEP_EMPTY),
	FIELD(display_name,        "DisplayName",          KEEP_EMPTY),
	FIELD(profile_pic_url,     "ProfilePicURL",        OMIT_EMPTY),
	FIELD(groups,              "Groups",               OMIT_EMPTY),
};
TABLE(user_profile, user_profile_fields);
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

/* ---- map, a message of the answer ---- */

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

/* ---- the other inner requests ---- */

#define THIS struct tailcfg_set_dns_request
static const struct json_field set_dns_request_fields[] = {
	FIELD(version,             "Version",              KEEP_EMPTY),
	FIELD(node_key,            "NodeKey",              KEEP_EMPTY),
	FIELD(name,                "Name",                 KEEP_EMPTY),
	FIELD(type,                "Type",                 KEEP_EMPTY),
	FIELD(value,               "Value",                KEEP_EMPTY),
};
TABLE(set_dns_request, set_dns_request_fields);
#undef THIS

#define THIS struct tailcfg_id_token_request
static const struct json_field id_token_request_fields[] = {
	FIELD(cap_version,         "CapVersion",           KEEP_EMPTY),
	FIELD(node_key,            "NodeKey",              KEEP_EMPTY),
	FIELD(audience,            "Audience",             KEEP_EMPTY),
};
TABLE(id_token_request, id_token_request_fields);
#undef THIS

#define THIS struct tailcfg_id_token_response
static const struct json_field id_token_response_fields[] = {
	FIELD(id_token,            "id_token",             KEEP_EMPTY),
};
TABLE(id_token_response, id_token_response_fields);
#undef THIS

#define THIS struct tailcfg_feature_request
static const struct json_field feature_request_fields[] = {
	FIELD(feature,             "Feature",              KEEP_EMPTY),
	FIELD(node_key,            "NodeKey",              KEEP_EMPTY),
};
TABLE(feature_request, feature_request_fields);
#undef THIS

#define THIS struct tailcfg_feature_response
static const struct json_field feature_response_fields[] = {
	FIELD(complete,            "Complete",             OMIT_EMPTY),
	FIELD(text,                "Text",                 OMIT_EMPTY),
	FIELD(url,                 "URL",                  OMIT_EMPTY),
	FIELD(should_wait,         "ShouldWait",           OMIT_EMPTY),
};
TABLE(feature_response, feature_response_fields);
#undef THIS

#define THIS struct tailcfg_audit_log_request
static const struct json_field audit_log_request_fields[] = {
	FIELD(version,             "Version",              OMIT_EMPTY),
	FIELD(node_key,            "NodeKey",              OMIT_EMPTY),
	FIELD(action,              "Action",               OMIT_EMPTY),
	FIELD(details,             "Details",              OMIT_EMPTY),
	FIELD(timestamp,           "Timestamp",            OMIT_EMPTY),
};
TABLE(audit_log_request, audit_log_request_fields);
#undef THIS

#define THIS struct tailcfg_device_attr_request
static const struct json_field device_attr_request_fields[] = {
	FIELD(version,             "Version",              KEEP_EMPTY),
	FIELD(node_key,            "NodeKey",              KEEP_EMPTY),
	FIELD(update,              "Update",               KEEP_EMPTY),
};
TABLE(device_attr_request, device_attr_request_fields);
#undef THIS

#define THIS struct tailcfg_update_health_request
static const struct json_field update_health_request_fields[] = {
	FIELD(subsys,              "Subsys",               KEEP_EMPTY),
	FIELD(error,               "Error",                KEEP_EMPTY),
	FIELD(node_key,            "NodeKey",              KEEP_EMPTY),
};
TABLE(update_health_request, update_health_request_fields);
#undef THIS

#define THIS struct tailcfg_ping_response
static const struct json_field ping_response_fields[] = {
	FIELD(type,                "Type",                 KEEP_EMPTY),
	FIELD(ip,                  "IP",                   OMIT_EMPTY),
	FIELD(node_ip,             "NodeIP",               OMIT_EMPTY),
	FIELD(node_name,           "NodeName",             OMIT_EMPTY),
	FIELD(err,                 "Err",                  OMIT_EMPTY),
	FIELD(latency_seconds,     "LatencySeconds",       OMIT_EMPTY),
	FIELD(endpoint,            "Endpoint",             OMIT_EMPTY),
	FIELD(derp_region_id,      "DERPRegionID",         OMIT_EMPTY),
	FIELD(derp_region_code,    "DERPRegionCode",       OMIT_EMPTY),
};
TABLE(ping_response, ping_response_fields);
#undef THIS

#define THIS struct tailcfg_early_payload
static const struct json_field early_payload_fields[] = {
	FIELD(node_key_challenge,  "nodeKeyChallenge",     KEEP_EMPTY),
};
TABLE(early_payload, early_payload_fields);
#undef THIS

#define THIS struct tailcfg_key_answer
static const struct json_field key_answer_fields[] = {
	FIELD(legacy_public_key,   "legacyPublicKey",      KEEP_EMPTY),
	FIELD(public_key,          "publicKey",            KEEP_EMPTY),
};
TABLE(key_answer, key_answer_fields);
#undef THIS

/* clang-format on */

enum err
tailcfg_hostinfo_decode(
	struct json_raw raw, struct arena *mem, struct tailcfg_hostinfo *out)
{
	const char *text = raw.text ? raw.text : "{}";
	struct tailcfg_hostinfo h = { .hostname = NULL };
	enum err e = json_decode(
		(struct bytes){ (const unsigned char *)text, strlen(text) },
		&tailcfg_hostinfo_table, mem, &h);

	if (!e)
		*out = h;
	return e;
}

enum err
tailcfg_register_decode(struct bytes text, struct arena *mem,
	struct tailcfg_register_request *out)
{
	struct tailcfg_register_request r = { .version = 0 };
	enum err e =
		json_decode(text, &tailcfg_register_request_table, mem, &r);

	if (e)
		return e;
	if (!r.hostinfo)
		r.hostinfo = arena_alloc(mem, sizeof(*r.hostinfo));
	*out = r;
	return ERR_OK;
}

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

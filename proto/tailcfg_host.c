/* tailcfg_host.c: what a node says about itself; declared in tailcfg.h. */
#include <string.h>

#include "proto/tailcfg_table.h"

/* clang-format off */

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

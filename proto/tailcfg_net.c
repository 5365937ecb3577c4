/* tailcfg_net.c: the map of relays, and what is told of names; declared in
 * tailcfg.h. */
#include "proto/tailcfg_table.h"

/* clang-format off */

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

#define THIS struct tailcfg_resolver
static const struct json_field resolver_fields[] = {
	FIELD(addr,                "Addr",                 OMIT_EMPTY),
	FIELD(bootstrap,           "BootstrapResolution",  OMIT_EMPTY),
	FIELD(use_with_exit_node,  "UseWithExitNode",      OMIT_EMPTY),
};
TABLE(resolver, resolver_fields);
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

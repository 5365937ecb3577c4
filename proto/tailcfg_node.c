/* tailcfg_node.c: what is told of a machine and of its person; declared in
 * tailcfg.h. */
#include "proto/tailcfg_table.h"

/* clang-format off */

#define THIS struct tailcfg_cap
static const struct json_field cap_fields[] = {
	FIELD(name,                NULL,                   KEEP_EMPTY),
	JSON_VALUE(THIS, values),
};
TABLE(cap, cap_fields);
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

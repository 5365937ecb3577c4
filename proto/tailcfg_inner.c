/* tailcfg_inner.c: the other requests through the tunnel, its first words, and
 * what /key says; declared in tailcfg.h. */
#include "proto/tailcfg_table.h"

/* clang-format off */

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

/* tailcfg_rules.c: what a machine lets in: packets and logins; declared in
 * tailcfg.h. */
#include "proto/tailcfg_table.h"

/* clang-format off */

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

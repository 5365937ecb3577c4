/*
 * shape.h: which members a policy has, and of what kind they are.
 *
 * The whole file is checked in the order of the text, before anything is made
 * of it.  Names of members match in any case; older spellings count as the new
 * ones; a member that is null is as if it were absent.  Texts are trimmed
 * afterwards, but for those that are kept as they stand.
 */
#ifndef POLICY_SHAPE_H
#define POLICY_SHAPE_H

#include "policy/hujson.h"

/* clang-format off */
#define MEMBER_TABLE(X)                                              \
	X(ACLS, "acls") X(GRANTS, "grants") X(GROUPS, "groups")      \
	X(HOSTS, "hosts") X(TAG_OWNERS, "tagOwners")                 \
	X(AUTO_APPROVERS, "autoApprovers") X(SSH, "ssh")             \
	X(NODE_ATTRS, "nodeAttrs") X(TESTS, "tests")                 \
	X(SSH_TESTS, "sshTests") X(POSTURES, "postures")             \
	X(RANDOMIZE_CLIENT_PORT, "randomizeClientPort")              \
	X(DEFAULT_SRC_POSTURE, "defaultSrcPosture")                  \
	X(IPSETS, "ipsets") X(DISABLE_IPV4, "disableIPv4")           \
	X(ONE_CGNAT_ROUTE, "OneCGNATRoute") X(DERP_MAP, "derpMap")   \
	X(ACTION, "action") X(SRC, "src") X(DST, "dst")              \
	X(USERS, "users") X(PORTS, "ports") X(PROTO, "proto")        \
	X(SRC_POSTURE, "srcPosture") X(IP, "ip") X(APP, "app")       \
	X(VIA, "via") X(ROUTES, "routes") X(EXIT_NODE, "exitNode")   \
	X(SERVICES, "services") X(CHECK_PERIOD, "checkPeriod")       \
	X(ACCEPT_ENV, "acceptEnv") X(RECORDER, "recorder")           \
	X(ENFORCE_RECORDER, "enforceRecorder") X(TARGET, "target")   \
	X(ATTR, "attr") X(IP_POOL, "ipPool") X(ACCEPT, "accept")     \
	X(ALLOW, "allow") X(DENY, "deny") X(CHECK, "check")          \
	X(SRC_POSTURE_ATTRS, "srcPostureAttrs")                      \
	X(REGIONS, "Regions") X(HOME_PARAMS, "HomeParams")           \
	X(OMIT_DEFAULT_REGIONS, "OmitDefaultRegions")                \
	X(REGION_SCORE, "RegionScore") X(REGION_ID, "RegionID")      \
	X(REGION_CODE, "RegionCode") X(REGION_NAME, "RegionName")    \
	X(LATITUDE, "Latitude") X(LONGITUDE, "Longitude")            \
	X(AVOID, "Avoid") X(NO_MEASURE, "NoMeasureNoHome")           \
	X(NODES, "Nodes") X(NAME, "Name") X(HOST_NAME, "HostName")   \
	X(CERT_NAME, "CertName") X(IPV4, "IPv4") X(IPV6, "IPv6")     \
	X(STUN_PORT, "STUNPort") X(STUN_ONLY, "STUNOnly")            \
	X(DERP_PORT, "DERPPort") X(STUN_TEST_IP, "STUNTestIP")       \
	X(INSECURE, "InsecureForTests") X(CAN_PORT_80, "CanPort80")
/* clang-format on */

enum member {
	MEMBER_NONE, /* a free name, or a member that is null */
#define X(name, word) MEMBER_##name,
	MEMBER_TABLE(X)
#undef X
	MEMBERS,
};

/* ERR_POLICY with *error in `mem`.  Sets `member` of values, trims texts. */
enum err shape_check(
	struct hujson *h, struct arena *mem, struct policy_error *error);

/* NULL if the object has none. */
const struct hujson_value *shape_member(const struct hujson *h,
	const struct hujson_value *object, enum member m);

#endif

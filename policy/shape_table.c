#include "policy/shape_table.h"

/* The language, as a table: what stands in braces below is what a policy may
 * say. */

#define WITH(...)                                   \
	(const struct shape_member[])               \
	{                                           \
		__VA_ARGS__, { MEMBER_NONE, NULL }, \
	}
#define STRUCT(...)                                                \
	{                                                          \
		.kind = SHAPE_STRUCT, .members = WITH(__VA_ARGS__) \
	}
#define OLD_STRUCT(...)                                  \
	{                                                \
		.kind = SHAPE_STRUCT, .has_older = true, \
		.members = WITH(__VA_ARGS__)             \
	}
#define LIST(of)                                 \
	{                                        \
		.kind = SHAPE_LIST, .inner = &of \
	}
#define MAP(of)                                 \
	{                                       \
		.kind = SHAPE_MAP, .inner = &of \
	}
#define NULL_MAP(of)                                              \
	{                                                         \
		.kind = SHAPE_MAP, .inner = &of, .has_null = true \
	}

static const struct shape text = { .kind = SHAPE_TEXT };
static const struct shape raw = { .kind = SHAPE_RAW };
static const struct shape truth = { .kind = SHAPE_BOOL };
static const struct shape whole = { .kind = SHAPE_WHOLE };
static const struct shape number = { .kind = SHAPE_NUMBER };
static const struct shape any = { .kind = SHAPE_ANY };
static const struct shape texts = LIST(text);
static const struct shape raws = LIST(raw);
static const struct shape anys = LIST(any);
static const struct shape text_map = MAP(text);
static const struct shape any_map = MAP(any);
static const struct shape number_map = MAP(number);
static const struct shape list_map = NULL_MAP(texts);
static const struct shape app = NULL_MAP(anys);

/* clang-format off */
static const struct shape acl = OLD_STRUCT(
	{ MEMBER_ACTION, &text },
	{ MEMBER_SRC, &texts },
	{ MEMBER_DST, &texts },
	{ MEMBER_USERS, &texts },
	{ MEMBER_PORTS, &texts },
	{ MEMBER_PROTO, &text },
	{ MEMBER_SRC_POSTURE, &texts });
static const struct shape grant = STRUCT(
	{ MEMBER_SRC, &texts },
	{ MEMBER_DST, &texts },
	{ MEMBER_IP, &texts },
	{ MEMBER_APP, &app },
	{ MEMBER_VIA, &texts },
	{ MEMBER_SRC_POSTURE, &texts });
static const struct shape approvers = STRUCT(
	{ MEMBER_ROUTES, &list_map },
	{ MEMBER_EXIT_NODE, &texts },
	{ MEMBER_SERVICES, &list_map });
static const struct shape ssh = STRUCT(
	{ MEMBER_ACTION, &text },
	{ MEMBER_SRC, &texts },
	{ MEMBER_DST, &texts },
	{ MEMBER_USERS, &texts },
	{ MEMBER_CHECK_PERIOD, &text },
	{ MEMBER_ACCEPT_ENV, &raws },
	{ MEMBER_SRC_POSTURE, &texts },
	{ MEMBER_RECORDER, &texts },
	{ MEMBER_ENFORCE_RECORDER, &truth });
static const struct shape node_attr = STRUCT(
	{ MEMBER_TARGET, &texts },
	{ MEMBER_ATTR, &raws },
	{ MEMBER_APP, &app },
	{ MEMBER_IP_POOL, &texts });
static const struct shape test = OLD_STRUCT(
	{ MEMBER_SRC, &text },
	{ MEMBER_PROTO, &text },
	{ MEMBER_ACCEPT, &texts },
	{ MEMBER_ALLOW, &texts },
	{ MEMBER_DENY, &texts },
	{ MEMBER_SRC_POSTURE_ATTRS, &any_map });
static const struct shape ssh_test = STRUCT(
	{ MEMBER_SRC, &text },
	{ MEMBER_DST, &texts },
	{ MEMBER_ACCEPT, &texts },
	{ MEMBER_CHECK, &texts },
	{ MEMBER_DENY, &texts },
	{ MEMBER_SRC_POSTURE_ATTRS, &any_map });

/* As tailcfg's DERPMap. */
static const struct shape derp_node = STRUCT(
	{ MEMBER_NAME, &raw },
	{ MEMBER_REGION_ID, &whole },
	{ MEMBER_HOST_NAME, &raw },
	{ MEMBER_CERT_NAME, &raw },
	{ MEMBER_IPV4, &raw },
	{ MEMBER_IPV6, &raw },
	{ MEMBER_STUN_PORT, &whole },
	{ MEMBER_STUN_ONLY, &truth },
	{ MEMBER_DERP_PORT, &whole },
	{ MEMBER_INSECURE, &truth },
	{ MEMBER_STUN_TEST_IP, &raw },
	{ MEMBER_CAN_PORT_80, &truth });
static const struct shape derp_nodes = LIST(derp_node);
static const struct shape derp_region = STRUCT(
	{ MEMBER_REGION_ID, &whole },
	{ MEMBER_REGION_CODE, &raw },
	{ MEMBER_REGION_NAME, &raw },
	{ MEMBER_LATITUDE, &number },
	{ MEMBER_LONGITUDE, &number },
	{ MEMBER_AVOID, &truth },
	{ MEMBER_NO_MEASURE, &truth },
	{ MEMBER_NODES, &derp_nodes });
static const struct shape derp_regions = NULL_MAP(derp_region);
static const struct shape derp_home = STRUCT(
	{ MEMBER_REGION_SCORE, &number_map });
static const struct shape derp_map = STRUCT(
	{ MEMBER_HOME_PARAMS, &derp_home },
	{ MEMBER_REGIONS, &derp_regions },
	{ MEMBER_OMIT_DEFAULT_REGIONS, &truth });

static const struct shape acls = LIST(acl);
static const struct shape grants = LIST(grant);
static const struct shape ssh_rules = LIST(ssh);
static const struct shape node_attrs = LIST(node_attr);
static const struct shape tests = LIST(test);
static const struct shape ssh_tests = LIST(ssh_test);

const struct shape shape_of_policy = STRUCT(
	{ MEMBER_ACLS, &acls },
	{ MEMBER_GRANTS, &grants },
	{ MEMBER_GROUPS, &list_map },
	{ MEMBER_HOSTS, &text_map },
	{ MEMBER_TAG_OWNERS, &list_map },
	{ MEMBER_AUTO_APPROVERS, &approvers },
	{ MEMBER_SSH, &ssh_rules },
	{ MEMBER_NODE_ATTRS, &node_attrs },
	{ MEMBER_TESTS, &tests },
	{ MEMBER_SSH_TESTS, &ssh_tests },
	{ MEMBER_RANDOMIZE_CLIENT_PORT, &truth },
	{ MEMBER_POSTURES, &list_map },
	{ MEMBER_DEFAULT_SRC_POSTURE, &texts },
	{ MEMBER_IPSETS, &list_map },
	{ MEMBER_DISABLE_IPV4, &truth },
	{ MEMBER_ONE_CGNAT_ROUTE, &text },
	{ MEMBER_DERP_MAP, &derp_map });
/* clang-format on */

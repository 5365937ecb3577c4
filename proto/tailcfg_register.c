/* tailcfg_register.c: what a node asks to come in, and the answer; declared in
 * tailcfg.h. */
#include "proto/tailcfg_table.h"

/* clang-format off */

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

/* clang-format on */

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

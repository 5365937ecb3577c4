/*
 * user_identity.h: who a user is to the providers, on the page of that user.
 */
#ifndef FCGI_USER_IDENTITY_H
#define FCGI_USER_IDENTITY_H

#include "fcgi/request.h"

/* Names of those that vouch for the user, ", " between; "" for none. */
enum err user_providers(struct request *r, int64_t user_id, const char **names);
/* Facts of each, within the list of facts: who it is there, and its groups as
 * the policy writes them. */
enum err user_identity_facts(struct request *r, int64_t user_id);
/* Why names and address are not changed here. */
const char *user_profile_reason(struct request *r, const char *providers);

#endif

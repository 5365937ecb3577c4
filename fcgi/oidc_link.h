/*
 * oidc_link.h: the token that stands in the link which links an account.
 */
#ifndef FCGI_OIDC_LINK_H
#define FCGI_OIDC_LINK_H

#include "fcgi/request.h"

/* Of this session alone. */
const char *oidc_link_token(struct request *r);

#endif

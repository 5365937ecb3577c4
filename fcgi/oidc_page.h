/*
 * oidc_page.h: what other pages need of signing in by a provider.
 */
#ifndef FCGI_OIDC_PAGE_H
#define FCGI_OIDC_PAGE_H

#include "db/provider.h"
#include "fcgi/request.h"

enum {
	OIDC_STARTS_PER_MINUTE = 60, /* from one address */
};

/* A button for each provider, the first of them a#oidc; none without any.
 * `next` as page_next takes it. */
enum err oidc_links(struct request *r, const char *next);
/* The same to show again who it is (3.2): those of who is signed in. */
enum err oidc_fresh_links(struct request *r, const char *next);
/* Those that may vouch for who is signed in. */
enum err oidc_mine(struct request *r, struct provider **rows, size_t *count);
/* Where one of them is asked to, in a tab that ends with the flash "confirmed".
 */
const char *oidc_fresh_path(struct request *r, const struct provider *p);
/* The provider that vouched for this session, if one signs out there too; 0. */
enum err oidc_to_sign_out(struct request *r, int64_t *provider);
/* Behind signing out: the link that does it there; nothing for 0. */
enum err oidc_sign_out_link(struct request *r, int64_t provider);
/* On /me/security: what is linked, and what can be. */
enum err oidc_security(struct request *r);
/* By what who is signed in came: *found false, by no provider.  *until: when
 * the token ends, if machines end with it; else 0. */
enum err oidc_session(struct request *r, bool *found, int64_t *until);
/* The way to that provider, to show again who it is; none without. */
enum err oidc_again_link(struct request *r, const char *next);
/* Whether there is any. */
enum err oidc_is_set_up(struct request *r, bool *is);

enum err page_oidc_start(struct request *r);
enum err page_oidc_callback(struct request *r);
enum err do_identity_unlink(struct request *r);

#endif

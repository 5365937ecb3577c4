/*
 * pages_policy.h: the policy as a text, its history, who reaches what
 * (spec/pages.md 11).
 */
#ifndef FCGI_PAGES_POLICY_H
#define FCGI_PAGES_POLICY_H

#include "fcgi/request.h"

enum {
	POLICY_BODY_MAX =
		4 * 1024 * 1024, /* encoded; POLICY_TEXT_MAX decoded */
};

enum err page_policy(struct request *r);
enum err do_policy(struct request *r);
enum err page_access(struct request *r);
enum err do_access(struct request *r);
enum err page_network(struct request *r);
enum err file_network(struct request *r);
enum err page_rules(struct request *r);
enum err do_rules(struct request *r);
enum err page_policy_history(struct request *r);
enum err file_policy_history(struct request *r);
enum err page_policy_version(struct request *r);
enum err do_policy_restore(struct request *r);

/* 404: that version is not kept. */
enum err policy_no_version(struct request *r);

#endif

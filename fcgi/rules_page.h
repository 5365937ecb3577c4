/*
 * rules_page.h: the policy as tables of its entries (spec/pages.md 11.3).
 *
 *   page_rules.c   the page, its forms, what they do
 *   rules_show.c   the tables
 */
#ifndef FCGI_RULES_PAGE_H
#define FCGI_RULES_PAGE_H

#include "db/policy_text.h"
#include "fcgi/request.h"
#include "policy/hujson.h"

#define RULES_PAGE "/admin/policy/rules"

struct rules {
	struct request *r;
	const struct policy_text *now;
	const struct hujson *h; /* of the newest text */
	bool writes;
};

/* Of the sections that there are. */
void rules_groups(struct rules *p);
void rules_tag_owners(struct rules *p);
void rules_network(struct rules *p);
void rules_ssh(struct rules *p);
void rules_tests(struct rules *p);

#endif

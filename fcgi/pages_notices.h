/*
 * pages_notices.h: where notices go: page_notices.c,
 * page_notice.c.
 */
#ifndef FCGI_PAGES_NOTICES_H
#define FCGI_PAGES_NOTICES_H

#include "fcgi/request.h"

#define NOTICES_HERE "/admin/settings/notifications"

/* The section of the settings; its form adds a webhook. */
enum err page_notices(struct request *r);
/* The same with what was refused of the form beside them. */
struct form;
enum err notices_again(struct request *r, struct form *refused);
enum err do_notices_webhook(struct request *r);
enum err do_notices_mail(struct request *r);

/* One target: what became of its notices, its form, a test, its end. */
enum err page_notice_log(struct request *r);
enum err do_notice_change(struct request *r);
enum err do_notice_test(struct request *r);
enum err do_notice_delete(struct request *r);

#endif

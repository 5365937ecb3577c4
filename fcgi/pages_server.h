/*
 * pages_server.h: the overview, and the pages of the server itself
 * (spec/pages.md 14).
 */
#ifndef FCGI_PAGES_SERVER_H
#define FCGI_PAGES_SERVER_H

#include "fcgi/request.h"

/* page_overview.c */
enum err page_admin(struct request *r);
/* page_health.c, and what is handed to whoever helps: file_health.c. */
enum err page_health(struct request *r);
enum err do_health_run(struct request *r);
enum err file_health(struct request *r);
/* page_logs.c */
enum err page_logs(struct request *r);
enum err file_logs(struct request *r);

#endif

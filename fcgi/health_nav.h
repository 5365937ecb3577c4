/*
 * health_nav.h: the pages of the section Health.
 */
#ifndef FCGI_HEALTH_NAV_H
#define FCGI_HEALTH_NAV_H

#include "fcgi/request.h"

enum health_place {
	HEALTH_CHECKS,
	HEALTH_LOGS,
	HEALTH_PLACES,
};

void health_nav(struct request *r, enum health_place here);

#endif

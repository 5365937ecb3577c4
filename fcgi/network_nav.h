/*
 * network_nav.h: the pages of the section Network.  The policy's own navigation
 * leads to the picture too.
 */
#ifndef FCGI_NETWORK_NAV_H
#define FCGI_NETWORK_NAV_H

#include "fcgi/request.h"

enum network_pages {
	NETWORK_ROUTES,
	NETWORK_PICTURE,
};

void network_nav(struct request *r, enum network_pages here);

#endif

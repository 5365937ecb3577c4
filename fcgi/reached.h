/*
 * reached.h: whether others reach the address that the server has, said where a
 * machine is told to connect to it (spec/pages.md 7.3, 9.2).
 */
#ifndef FCGI_REACHED_H
#define FCGI_REACHED_H

#include "fcgi/request.h"

/* Nobody gave the server an address that others reach. */
bool reached_by_itself_alone(struct request *r);
/* #only-here, which says so and where that is changed; else nothing. */
void show_whether_reached(struct request *r);

#endif

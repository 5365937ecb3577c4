/*
 * gate.h: what stands before a page and behind a form (spec/pages.md 1.2, 1.3,
 * 3, 5.3).
 *
 * gate_in looks, in this order: where a POST comes from, whether the session
 * is there, whether the form is of this session, whether the role may, whether
 * the form had its effect already, and whether the sign-in is fresh enough.  It
 * answers itself where one of them fails; what was typed is kept in a form that
 * can be sent again.
 *
 * How a form is spent, and that it is spent once: spent.h.
 */
#ifndef FCGI_GATE_H
#define FCGI_GATE_H

#include "fcgi/request.h"

/* Before the handler.  *passed false: r->reply is complete. */
enum err gate_in(struct request *r, bool *passed);
/* Between the handler's look and its commit somebody else changed what it
 * edits: nothing was done, and the handler has to look again. */
bool gate_must_look_again(struct request *r);
/* Behind the handler, whatever it said: a form that was spent before is
 * answered as the first time. */
enum err gate_out(struct request *r, enum err e);

/* 403 with data-error="role": who may, and who asks.  For what the route table
 * cannot know: whom it is done to. */
enum err gate_refuse(struct request *r, unsigned can);

#endif

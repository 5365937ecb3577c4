/*
 * spent.h: a form has its effect once (spec/pages.md 1.3, docs/adr/0011).
 *
 * A form is spent in the transaction of its change: spent_arm arms the
 * connection, so whatever rule the handler calls spends it at its commit.
 * Checks and confirm pages write nothing, so they do not.  Under the writers'
 * lock the session and the role are looked at again: who lost them while the
 * request was under way does nothing any more (r->lost).
 */
#ifndef FCGI_SPENT_H
#define FCGI_SPENT_H

#include "fcgi/request.h"

/* Before the handler: the form's own field, and whether it had its effect
 * already.  *passed false: the reply is complete, or the error tells. */
enum err spent_look(struct request *r, bool *passed);
/* From now on the next commit spends it. */
void spent_arm(struct request *r);
/* What is written between this and spent_arm does not: a sign-in that failed,
 * the last use of a session. */
void spent_aside(struct request *r);

/* Behind the handler.  Whether an equal form was spent while this one was
 * looked at; `e` is what the handler said. */
bool spent_meanwhile(struct request *r, enum err e);
/* As the first time; while that one is still under way, the page it is on. */
enum err spent_answer(struct request *r);
/* Keeps what was answered, for the same form again. */
void spent_note(struct request *r);

#endif

/*
 * nodes.h: what the verbs about one node have in common.  The node is that of
 * --identifier.
 */
#ifndef CLI_NODES_H
#define CLI_NODES_H

#include "cli/command.h"
#include "cli/rows.h"

/* Finds the nodes that flags name; what goes wrong is said.  From then on
 * cli_number() gives their ids. */
enum err nodes_named(struct cli *c);
/* Says what went wrong with it, and gives `e` back. */
enum err node_error(struct cli *c, enum err e, const char *doing);
/* By id or by name; what goes wrong is said. */
enum err node_find(struct cli *c, const char *words, struct node *out);
/* As it is now; what goes wrong is said. */
enum err node_read(struct cli *c, const char *doing, struct node *out);
/* Answers a write with the node as it stands now, or the words. */
enum err node_changed(struct cli *c, const char *words);

/* Names the first of these tags (JSON) that the policy has no owner for. */
enum err refuse_tag(struct cli *c, const char *doing, const char *tags);

/* A time, or how long from now, which is more than 0; else it is said. */
enum err take_when(struct cli *c, const char *text, int64_t *at);

#endif

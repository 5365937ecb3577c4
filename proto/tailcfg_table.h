/*
 * tailcfg_table.h: how the tables of tailcfg.h are written, a field a line:
 * member, name on the wire, and what an empty one does.  THIS is the struct.
 * For the files proto/tailcfg_*.c alone, which hold a kind of message each.
 */
#ifndef PROTO_TAILCFG_TABLE_H
#define PROTO_TAILCFG_TABLE_H

#include "proto/tailcfg.h"

#define FIELD(member, name, empty) JSON_FIELD(THIS, member, name, empty)
#define STRUCT(member, name, empty, part) \
	JSON_STRUCT(THIS, member, name, empty, tailcfg_##part##_table)
#define INSIDE(member, name, part) \
	JSON_INSIDE_STRUCT(THIS, member, name, tailcfg_##part##_table)

/* Tables that only others of the same file name are static. */
#define TABLE(name, fields)                              \
	const struct json_table tailcfg_##name##_table = \
		JSON_TABLE(THIS, fields)
#define PART(name, fields) static TABLE(name, fields)

#endif

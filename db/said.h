/*
 * said.h: what lists show and sort by of a hostinfo, as SQL over its text: kept
 * in columns, so that no list reads JSON.
 *
 * A client writes what it likes.  Text that is no JSON gives NULL, what is
 * missing in it ''.
 */
#ifndef DB_SAID_H
#define DB_SAID_H

/* `host` and `path` are literals: SAID("?6", "OS"). */
#define SAID(host, path)                       \
	"CASE WHEN json_valid(" host ") THEN " \
	"coalesce(json_extract(" host ", '$." path "'), '') END"

/* "1.102.3-t5f" as 1010200003: a number whatever was said, NULL for NULL.
 * As db/schema/0005_lists.sql made it. */
#define SAID_NUMBER(host)                                                  \
	"(SELECT " SAID_PARTS " FROM "                                     \
	"(SELECT v, substr(v, instr(v, '.') + 1) AS m FROM (SELECT " SAID( \
		host, "IPNVersion") " AS v)))"

/* Of "v", the whole, and "m", what stands behind its first dot. */
#define SAID_PARTS                                            \
	"min(max(CAST(v AS INTEGER), 0), 9999) * 1000000000 " \
	"+ min(max(CAST(m AS INTEGER), 0), 9999) * 100000 "   \
	"+ min(max(CAST(substr(m, instr(m, '.') + 1) AS INTEGER), 0), 99999)"

#endif

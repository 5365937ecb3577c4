/*
 * tests_inside.h: what the two kinds of tests share.
 */
#ifndef POLICY_TESTS_INSIDE_H
#define POLICY_TESTS_INSIDE_H

#include "policy/reach.h"
#include "policy/ssh.h"
#include "policy/tests.h"

/* One end of a test: machines, or one address. */
struct test_end {
	struct reach_point *at; /* an address each */
	size_t count;
};

/* What was seen instead of what was wanted. */
struct test_seen {
	bool known;                 /* else the entry itself is wrong */
	enum ssh_verdict verdict;   /* of a network test: NOTHING or ACCEPT */
	struct reach_rule rule;     /* that let it through */
	const struct ssh_rule *ssh; /* that let it in */
	const struct machine *from, *to; /* NULL: nobody's address */
};

/* What an entry is run with. */
struct test_run {
	struct engine *e;
	struct arena *mem;
	const struct engine_attribute *attributes; /* NULL: the machines' own */
	size_t attribute_count;
	struct test_seen *seen;    /* of the last one that fails; or NULL */
	struct json_texts *errors; /* grows; its room is the caller's */
	size_t room;
};

/* Machines of one class are let through alike, so that for the network one of
 * them will do: the first. */
enum test_points {
	TEST_MACHINES, /* all */
	TEST_SOURCES,
	TEST_DESTINATIONS,
};

/* Without points: it names nobody, or cannot be an end of a test. */
struct test_end test_end_of(struct engine *e, struct arena *mem,
	const char *text, enum test_points which);

/* Of a user, group or tag that is known and has no machine now: "has no machine
 * yet" or "names no machine yet".  NULL: nothing is known by that name. */
const char *test_unmanned(const struct engine *e, const char *text);

/* What the entry says of the source, in *run: values of any kind as texts. */
void test_attributes(struct test_run *run, struct json_raw json);

void test_fails(struct test_run *run, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* src "x": names nobody, or has no machine yet. */
void test_names_nobody(struct test_run *run, const char *src);

/* One entry; what is wrong with it goes to run->errors. */
void test_network(struct test_run *run, const struct policy_test *t);
void test_ssh(struct test_run *run, const struct policy_ssh_test *t);

#endif

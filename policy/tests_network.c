#include <string.h>

#include "policy/ports.h"
#include "policy/tests_inside.h"

enum {
	SCTP = 132,
	TCP = 6,
	UDP = 17,
};

enum outcome {
	OUTCOME_DROP,
	OUTCOME_ACCEPT,
	OUTCOME_UNCLEAR, /* the destination cannot be tested */
};

static const char *const outcome_words[] = { "Drop", "Accept" };

struct test_query {
	struct test_run *run;
	struct test_end src;
	int proto;
};

/* ---- a destination ------------------------------------------------------- */

/* One port that can be asked for, -1 if it is none. */
static int
one_port(struct arena *mem, const char *text, int proto)
{
	struct port_list ports;

	if (proto == REACH_ICMP)
		return strcmp(text, "0") == 0 ? 0 : -1;
	if (ports_parse(text, mem, &ports) || ports.count != 1 ||
		ports.at[0].first != ports.at[0].last)
		return -1;
	return ports.at[0].first;
}

static void
see(struct test_query *q, enum ssh_verdict verdict,
	const struct reach_rule *rule, const struct reach_point *from,
	const struct reach_point *to)
{
	if (q->run->seen)
		*q->run->seen = (struct test_seen){ .known = true,
			.verdict = verdict,
			.rule = *rule,
			.from = from->machine,
			.to = to ? to->machine : NULL };
}

/* Whether any address of the source's family is let through to; *met says
 * whether there is one. */
static bool
gets_through(struct test_query *q, const struct reach_point *from,
	const struct test_end *dst, int port, bool *met)
{
	struct reach_ask ask = { .from = *from,
		.port = port,
		.proto = q->proto,
		.for_tests = true,
		.attributes = q->run->attributes,
		.attribute_count = q->run->attribute_count };
	struct reach_rule rule;

	*met = false;
	for (size_t i = 0; i < dst->count; i++) {
		if (addr_is_ipv4(dst->at[i].addr) != addr_is_ipv4(from->addr))
			continue;
		*met = true;
		ask.to = dst->at[i];
		rule = reach_find(q->run->e, &ask);
		if (rule.section)
			see(q, SSH_ACCEPT, &rule, from, &dst->at[i]);
		if (rule.section)
			return true;
	}
	return false;
}

/* Every source address must get through, family by family. */
static enum outcome
try_destination(struct test_query *q, const char *text)
{
	struct arena *mem = q->run->mem;
	const char *port_text = NULL;
	const char *host = host_part(text, mem, &port_text);
	const struct reach_rule none = { .section = REACH_NOTHING };
	struct test_end dst;
	bool any = false, met;
	int port;

	if (!host)
		return OUTCOME_UNCLEAR;
	dst = test_end_of(q->run->e, mem, host, TEST_DESTINATIONS);
	port = one_port(mem, port_text, q->proto);
	if (!dst.count || port < 0)
		return OUTCOME_UNCLEAR;
	for (size_t i = 0; i < q->src.count; i++) {
		if (!gets_through(q, &q->src.at[i], &dst, port, &met) && met) {
			see(q, SSH_NOTHING, &none, &q->src.at[i],
				dst.count == 1 ? &dst.at[0] : NULL);
			return OUTCOME_DROP;
		}
		any = any || met;
	}
	return any ? OUTCOME_ACCEPT : OUTCOME_DROP;
}

/* Why a destination cannot be tested. */
static const char *
unclear_words(struct test_query *q, const char *text)
{
	struct arena *mem = q->run->mem;
	const char *port = NULL, *host = host_part(text, mem, &port);
	const char *unmanned = host ? test_unmanned(q->run->e, host) : NULL;

	return unmanned && one_port(mem, port, q->proto) >= 0
		       ? arena_printf(mem, "%s %s", host, unmanned)
		       : "not a host that is known and one port";
}

static void
try_list(struct test_query *q, const struct json_texts *list, enum outcome want)
{
	for (size_t i = 0; i < list->count; i++) {
		enum outcome got = try_destination(q, list->at[i]);

		if (got == OUTCOME_UNCLEAR)
			test_fails(q->run, "address \"%s\": %s", list->at[i],
				unclear_words(q, list->at[i]));
		else if (got != want)
			test_fails(q->run, "address \"%s\": want: %s, got: %s",
				list->at[i], outcome_words[want],
				outcome_words[got]);
	}
}

/* ---- an entry ------------------------------------------------------------ */

static bool
proto_of(struct test_run *run, const char *text, int *proto)
{
	if (proto_parse(text, run->mem, proto))
		return false;
	return *proto == POLICY_NO_PROTO || *proto == REACH_ICMP ||
	       *proto == TCP || *proto == UDP || *proto == SCTP;
}

void
test_network(struct test_run *run, const struct policy_test *t)
{
	struct test_query q = { .run = run };

	q.src = test_end_of(run->e, run->mem, t->src, TEST_SOURCES);
	test_attributes(run, t->posture_attrs);
	if (!q.src.count)
		test_names_nobody(run, t->src);
	else if (!t->accept.count && !t->deny.count)
		test_fails(run, "neither accept nor deny has an address");
	else if (!proto_of(run, t->proto, &q.proto))
		test_fails(run,
			"proto \"%s\": only tcp, udp, sctp and icmp can be "
			"tested",
			t->proto);
	else {
		try_list(&q, &t->accept, OUTCOME_ACCEPT);
		try_list(&q, &t->deny, OUTCOME_DROP);
	}
}

#include "worker/relay/stun_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "proto/stun.h"

enum {
	PATIENCE_MS = 5000,
};

static const uint8_t tx[STUN_TX_LEN] = "abcdefghijkl";

static struct fixture {
	uv_loop_t loop;
	struct stun_port *port;
} f;

static void
open_port(const char *listen)
{
	char what[IP_TEXT_SIZE + 10];

	uv_loop_init(&f.loop);
	assert_int_equal(
		stun_port_open(&f.loop, listen, 0, &f.port, what), ERR_OK);
}

static void
close_port(void)
{
	stun_port_close(f.port);
	uv_run(&f.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f.loop), 0);
}

/* A client at `from` that speaks with `to` only. */
static int
client_of(int family, const char *from, const char *to)
{
	int fd = socket(family == 4 ? AF_INET : AF_INET6,
		SOCK_DGRAM | SOCK_NONBLOCK, 0);
	uint16_t port = stun_port_number(f.port, family);
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	assert_true(fd >= 0 && port > 0);
	if (family == 4) {
		inet_pton(AF_INET, from, &v4.sin_addr);
		assert_int_equal(
			bind(fd, (struct sockaddr *)&v4, sizeof(v4)), 0);
		inet_pton(AF_INET, to, &v4.sin_addr);
		v4.sin_port = htons(port);
		assert_int_equal(
			connect(fd, (struct sockaddr *)&v4, sizeof(v4)), 0);
	} else {
		inet_pton(AF_INET6, to, &v6.sin6_addr);
		v6.sin6_port = htons(port);
		assert_int_equal(
			connect(fd, (struct sockaddr *)&v6, sizeof(v6)), 0);
	}
	return fd;
}

static void
ask(int fd)
{
	uint8_t request[STUN_REQUEST_LEN];

	stun_request_put(request, tx);
	assert_int_equal(
		send(fd, request, sizeof(request), 0), sizeof(request));
}

/* The connected socket takes an answer only from the address it asked. */
static size_t
wait_answer(int fd, uint8_t answer[STUN_ANSWER_MAX])
{
	int64_t until = clock_now_ms() + PATIENCE_MS;
	ssize_t len = -1;

	while (len < 0 && clock_now_ms() < until) {
		uv_run(&f.loop, UV_RUN_NOWAIT);
		len = recv(fd, answer, STUN_ANSWER_MAX, 0);
	}
	assert_true(len > 0);
	return (size_t)len;
}

static void
check(int family, const char *from, const char *to)
{
	int fd = client_of(family, from, to);
	uint8_t answer[STUN_ANSWER_MAX];
	struct sockaddr_storage mine;
	socklen_t mine_len = sizeof(mine);
	struct ip ip, expected;
	uint16_t port;
	size_t len;

	ask(fd);
	len = wait_answer(fd, answer);
	assert_int_equal(len, family == 4 ? 32 : 44);
	assert_int_equal(stun_answer_read(answer, len, tx, &ip, &port), ERR_OK);
	assert_int_equal(ip_parse(from, &expected), ERR_OK);
	assert_true(ip_equal(&ip, &expected));
	assert_int_equal(
		getsockname(fd, (struct sockaddr *)&mine, &mine_len), 0);
	assert_int_equal(port, ntohs(((struct sockaddr_in *)&mine)->sin_port));
	close(fd);
}

static void
each_family_hears_its_own_address(void **state)
{
	(void)state;
	open_port("127.0.0.1");
	check(4, "127.0.0.1", "127.0.0.1");
	check(4, "127.0.0.9", "127.0.0.1");
	close_port();
	open_port("::1");
	check(6, "::1", "::1");
	close_port();
}

static void
a_wildcard_answers_from_the_address_that_was_asked(void **state)
{
	static const char *const wildcards[] = { "0.0.0.0", "::", "*" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		open_port(wildcards[i]);
		check(4, "127.0.0.1", "127.0.0.1");
		check(4, "127.0.0.1", "127.0.0.5");
		check(6, "::1", "::1");
		close_port();
	}
}

static void
what_is_no_request_gets_silence(void **state)
{
	int fd;
	uint8_t answer[STUN_ANSWER_MAX];

	(void)state;
	open_port("127.0.0.1");
	fd = client_of(4, "127.0.0.1", "127.0.0.1");
	assert_int_equal(send(fd, "hello", 5, 0), 5);
	assert_int_equal(send(fd, "", 0, 0), 0);
	ask(fd);
	assert_int_equal(wait_answer(fd, answer), 32);
	assert_int_equal(recv(fd, answer, sizeof(answer), 0), -1);
	assert_int_equal(stun_port_counts(f.port)->malformed, 2);
	assert_int_equal(stun_port_counts(f.port)->answered, 1);
	close(fd);
	close_port();
}

static void
one_source_gets_fifty_at_once_and_others_are_not_concerned(void **state)
{
	uint8_t answer[STUN_ANSWER_MAX];
	int greedy, other;
	int64_t begin = clock_now_ms(), most;

	(void)state;
	open_port("127.0.0.1");
	greedy = client_of(4, "127.0.0.1", "127.0.0.1");
	other = client_of(4, "127.0.0.2", "127.0.0.1");
	for (int i = 0; i < 3 * STUN_RATE; i++) {
		ask(greedy);
		uv_run(&f.loop, UV_RUN_NOWAIT);
	}
	ask(other);
	assert_int_equal(wait_answer(other, answer), 32);
	most = STUN_RATE + 2 + (clock_now_ms() - begin) * STUN_RATE / 1000;
	assert_in_range(
		stun_port_counts(f.port)->answered, STUN_RATE + 1, most);
	assert_true(stun_port_counts(f.port)->limited > 0);
	close(greedy);
	close(other);
	close_port();
}

static void
a_taken_port_is_told_with_its_address(void **state)
{
	char what[IP_TEXT_SIZE + 10];
	struct stun_port *second = NULL;
	uint16_t number;

	(void)state;
	open_port("127.0.0.1");
	number = stun_port_number(f.port, 4);
	assert_int_equal(
		stun_port_open(&f.loop, "127.0.0.1", number, &second, what),
		ERR_IO);
	assert_int_equal(errno, EADDRINUSE);
	assert_true(strncmp(what, "127.0.0.1:", 10) == 0);
	assert_null(second);
	assert_int_equal(stun_port_open(&f.loop, "localhost", 1, &second, what),
		ERR_BAD_INPUT);
	close_port();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_family_hears_its_own_address),
		cmocka_unit_test(
			a_wildcard_answers_from_the_address_that_was_asked),
		cmocka_unit_test(what_is_no_request_gets_silence),
		cmocka_unit_test(
			one_source_gets_fifty_at_once_and_others_are_not_concerned),
		cmocka_unit_test(a_taken_port_is_told_with_its_address),
	};

	return cmocka_run_group_tests_name(
		"relay/stun_port", tests, NULL, NULL);
}

/* Jobs that read maps of relays and try regions. */
#include "tests/fcgi/ask.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "fcgi/jobs.h"
#include "tailnet/derpmap_read.h"
#include "tailnet/health_checks.h"
#include "tailnet/relays.h"

#define MAP(id)                                                         \
	"{\"Regions\":{\"" id "\":{\"RegionID\":" id ",\"RegionCode\":" \
	"\"c\",\"RegionName\":\"n\",\"Nodes\":[{\"Name\":\"" id "a\","  \
	"\"RegionID\":" id ",\"HostName\":\"h.example\"}]}}}"

static const char *
path(struct site *s, const char *name)
{
	return arena_printf(s->mem, "%s/%s", s->home, name);
}

static void
put_file(struct site *s, const char *name, const char *text)
{
	FILE *f = fopen(path(s, name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

static int64_t
add(struct site *s, const char *place)
{
	const struct relay_act act = { "cli", NOW };
	struct relay_fault fault;
	int64_t id = 0;

	assert_int_equal(tailnet_relay_source_add(
				 s->db, place, true, &act, s->mem, &id, &fault),
		ERR_OK);
	return id;
}

static struct derp_source
run(struct site *s, int64_t id)
{
	struct derp_source row;
	struct job j;

	assert_int_equal(tailnet_relay_source_refresh(s->db, id,
				 &(struct relay_act){ "cli", s->now }),
		ERR_OK);
	assert_int_equal(
		db_job_of(s->db, RELAY_JOB_SOURCE, id, s->mem, &j), ERR_OK);
	assert_int_equal(
		ask(s, GROUP_JOBS, "POST",
			arena_printf(s->mem, "/job/%lld", (long long)j.id),
			NULL)
			.status,
		200);
	assert_int_equal(db_derp_source(s->db, id, s->mem, &row), ERR_OK);
	return row;
}

static struct job
job_of(struct site *s, int64_t id)
{
	struct job j;

	assert_int_equal(
		db_job_of(s->db, RELAY_JOB_SOURCE, id, s->mem, &j), ERR_OK);
	return j;
}

static void
a_file_is_read_and_looked_at_again(void **state)
{
	struct site *s = *state;
	int64_t id = add(s, path(s, "map.json"));
	struct derp_source row;

	put_file(s, "map.json", MAP("7"));
	row = run(s, id);
	assert_string_equal(row.error, "");
	assert_int_equal(row.regions, 1);
	assert_string_equal(row.map, MAP("7"));
	assert_int_equal(row.read_at, NOW);
	assert_int_equal(job_of(s, id).due_at, NOW + RELAY_FILE_SECONDS);
}

static void
a_file_that_goes_bad_keeps_the_last_good_map(void **state)
{
	struct site *s = *state;
	int64_t id = add(s, path(s, "map.json"));
	struct derp_source row;

	put_file(s, "map.json", MAP("7"));
	run(s, id);
	s->now += 60;
	put_file(s, "map.json", "{\"Regions\":{\"7\":{}}}");
	row = run(s, id);
	assert_string_equal(row.map, MAP("7"));
	assert_int_equal(row.read_at, NOW);
	assert_int_equal(row.tried_at, NOW + 60);
	assert_holds(row.error, "region 7: its RegionID is 0");
	assert_int_equal(job_of(s, id).due_at, NOW + 60 + JOB_AGAIN_FIRST);
	assert_string_equal(job_of(s, id).last_error, row.error);
	assert_int_equal(unlink(path(s, "map.json")), 0);
	row = run(s, id);
	assert_string_equal(row.map, MAP("7"));
	assert_holds(row.error, "cannot be read");
	put_file(s, "map.json", MAP("8"));
	row = run(s, id);
	assert_string_equal(row.map, MAP("8"));
	assert_string_equal(row.error, "");
	assert_int_equal(job_of(s, id).tries, 0);
}

static void
a_folder_is_read_in_the_order_of_its_names(void **state)
{
	struct site *s = *state;
	int64_t id = add(s, path(s, "maps"));
	struct derp_source row;

	assert_int_equal(mkdir(path(s, "maps"), 0700), 0);
	row = run(s, id);
	assert_holds(row.error, "no file that ends in .json");
	put_file(s, "maps/a.json", MAP("8"));
	put_file(s, "maps/b.json", MAP("7"));
	put_file(s, "maps/c.txt", "no JSON at all");
	put_file(s, "maps/.d.json", "nor this");
	row = run(s, id);
	assert_string_equal(row.error, "");
	assert_int_equal(row.regions, 2);
	put_file(s, "maps/e.json", "{");
	row = run(s, id);
	assert_holds(row.error, "e.json: it is no map");
	assert_int_equal(row.regions, 2);
}

/* So many regions of sixteen nodes each, as a file has room for. */
static const char *
many_regions(struct site *s, int first, int count)
{
	struct buf b;

	buf_init(&b, s->mem, DERPMAP_BYTES_MAX);
	buf_puts(&b, "{\"Regions\":{");
	for (int id = first; id < first + count; id++) {
		buf_putf(&b,
			"%s\"%d\":{\"RegionID\":%d,\"RegionCode\":\"c\","
			"\"RegionName\":\"n\",\"Nodes\":[",
			id > first ? "," : "", id, id);
		for (int n = 0; n < DERPMAP_NODES_MAX; n++)
			buf_putf(&b,
				"%s{\"Name\":\"%d-%d\",\"RegionID\":%d,"
				"\"HostName\":\"relay-of-%d.example.org\"}",
				n ? "," : "", id, n, id, id);
		buf_puts(&b, "]}");
	}
	buf_puts(&b, "}}");
	buf_put(&b, "", 1);
	assert_int_equal(buf_error(&b), ERR_OK);
	return (const char *)b.bytes;
}

/* What is kept is read again at each look: it must not be good once only. */
static void
a_folder_that_is_too_large_as_a_whole_is_refused_in_words(void **state)
{
	struct site *s = *state;
	int64_t id = add(s, path(s, "maps"));
	struct derpmap_rows rows;
	struct derp_source row;

	assert_int_equal(mkdir(path(s, "maps"), 0700), 0);
	put_file(s, "maps/a.json", many_regions(s, 1, 60));
	row = run(s, id);
	assert_string_equal(row.error, "");
	put_file(s, "maps/b.json", many_regions(s, 61, 60));
	row = run(s, id);
	assert_holds(row.error, "all of it together");
	assert_holds(row.error, "more than 131072 bytes");
	assert_int_equal(row.regions, 60);
	assert_int_equal(derpmap_rows_load(s->db, s->mem, &rows), ERR_OK);
	assert_int_equal(rows.maps[0].regions.count, 60);
}

static void
a_pipe_or_a_device_holds_nobody(void **state)
{
	struct site *s = *state;
	int64_t id = add(s, path(s, "pipe")), zero = add(s, "/dev/zero");

	assert_int_equal(mkfifo(path(s, "pipe"), 0600), 0);
	assert_holds(run(s, id).error, "cannot be read as a file");
	assert_holds(run(s, zero).error, "cannot be read as a file");
}

static void
a_file_is_taken_at_its_limit_and_no_further(void **state)
{
	struct site *s = *state;
	int64_t id = add(s, path(s, "map.json"));
	char *text = arena_alloc(s->mem, DERPMAP_BYTES_MAX + 2);

	memset(text, ' ', DERPMAP_BYTES_MAX + 1);
	memcpy(text, MAP("7"), strlen(MAP("7")));
	put_file(s, "map.json", text);
	assert_holds(run(s, id).error, "more than 131072 bytes");
	text[DERPMAP_BYTES_MAX] = '\0';
	put_file(s, "map.json", text);
	assert_string_equal(run(s, id).error, "");
}

static void
a_source_that_went_meanwhile_ends_its_job(void **state)
{
	struct site *s = *state;
	int64_t id = add(s, path(s, "map.json"));
	struct job j = job_of(s, id);

	assert_int_equal(db_derp_source_delete(s->db, id), ERR_OK);
	assert_int_equal(
		ask(s, GROUP_JOBS, "POST",
			arena_printf(s->mem, "/job/%lld", (long long)j.id),
			NULL)
			.status,
		200);
	assert_int_equal(db_job_by_id(s->db, j.id, s->mem, &j), ERR_NOT_FOUND);
}

static void
a_map_that_leaves_no_region_is_not_taken(void **state)
{
	struct site *s = *state;
	const struct relay_act act = { "cli", NOW };
	const struct relay_own own = { false, 900, 3478, "cairn", "cairn" };
	struct relay_fault fault;
	int64_t id = add(s, path(s, "map.json"));
	struct derp_source row;

	put_file(s, "map.json", MAP("7"));
	run(s, id);
	assert_int_equal(
		tailnet_relay_own(s->db, &own, &act, s->mem, &fault), ERR_OK);
	put_file(s, "map.json", MAP("8"));
	assert_int_equal(db_derp_hide(s->db, 8, true), ERR_OK);
	row = run(s, id);
	assert_string_equal(row.map, MAP("7"));
	assert_holds(row.error, "at least one relay");
}

static void
a_region_that_does_not_answer_is_a_result(void **state)
{
	struct site *s = *state;
	const char *why;
	struct derp_test *rows;
	size_t count;
	struct job j;

	/* A port that nobody has. */
	assert_int_equal(settings_put(s->db, "https_port", "9", "cli", NOW,
				 s->mem, &why),
		ERR_OK);
	assert_int_equal(
		settings_put(s->db, "stun_port", "9", "cli", NOW, s->mem, &why),
		ERR_OK);
	assert_int_equal(db_job_want(s->db, RELAY_JOB_TEST, 900, NOW), ERR_OK);
	assert_int_equal(
		db_job_of(s->db, RELAY_JOB_TEST, 900, s->mem, &j), ERR_OK);
	assert_int_equal(
		ask(s, GROUP_JOBS, "POST",
			arena_printf(s->mem, "/job/%lld", (long long)j.id),
			NULL)
			.status,
		200);
	assert_int_equal(db_derp_tests(s->db, s->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].id, 900);
	assert_int_equal(rows[0].at, NOW);
	assert_int_equal(rows[0].stun_ms, -1);
	assert_int_equal(rows[0].https_ms, -1);
	assert_holds(rows[0].error, "STUN: no answer; HTTPS: ");
	assert_int_equal(
		db_job_of(s->db, RELAY_JOB_TEST, 900, s->mem, &j), ERR_OK);
	assert_int_equal(j.tries, 0);
	assert_int_equal(j.due_at, NOW + RELAY_RETEST_SECONDS);
}

/* What the page of health says of relays is of now. */
static void
a_region_that_answers_otherwise_than_before_has_all_looked_at(void **state)
{
	struct site *s = *state;
	struct job j, look;
	const char *why;

	assert_int_equal(
		settings_put(s->db, "stun_port", "9", "cli", NOW, s->mem, &why),
		ERR_OK);
	for (int i = 0; i < 2; i++) {
		s->now = NOW + i;
		assert_int_equal(
			db_job_want(s->db, HEALTH_JOB, 0, NOW + 99), ERR_OK);
		assert_int_equal(
			db_job_want(s->db, RELAY_JOB_TEST, 900, s->now),
			ERR_OK);
		assert_int_equal(
			db_job_of(s->db, RELAY_JOB_TEST, 900, s->mem, &j),
			ERR_OK);
		(void)ask(s, GROUP_JOBS, "POST",
			arena_printf(s->mem, "/job/%lld", (long long)j.id),
			NULL);
		assert_int_equal(
			db_job_of(s->db, HEALTH_JOB, 0, s->mem, &look), ERR_OK);
		/* The second time it is as dead as the first. */
		assert_int_equal(look.due_at, i ? NOW + 99 : NOW);
	}
}

/* Each takes the whole time that https may take to connect: one after the other
 * they would need 40 seconds. */
static void
regions_that_are_due_are_tried_beside_each_other(void **state)
{
	struct site *s = *state;
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int64_t begun = clock_now_ms();
	struct derp_test *rows;
	size_t count, done = 0;
	struct job j;

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	for (int64_t id = 1; id <= RELAY_TRIALS_AT_ONCE + 1; id++) {
		assert_int_equal(
			db_derp_region_add(
				s->db, &(struct derp_region){ .id = id,
					       .code = arena_printf(s->mem,
						       "r%lld", (long long)id),
					       .name = "R",
					       .host = "127.0.0.1",
					       .ipv4 = "127.0.0.1",
					       .ipv6 = "none",
					       .port = ntohs(at.sin_port),
					       .cert = "" }),
			ERR_OK);
		assert_int_equal(
			db_job_want(s->db, RELAY_JOB_TEST, id, NOW), ERR_OK);
	}
	assert_int_equal(
		db_job_of(s->db, RELAY_JOB_TEST, 3, s->mem, &j), ERR_OK);
	assert_int_equal(
		ask(s, GROUP_JOBS, "POST",
			arena_printf(s->mem, "/job/%lld", (long long)j.id),
			NULL)
			.status,
		200);
	close(fd);
	assert_in_range(clock_now_ms() - begun, 2000, 15000);
	assert_int_equal(db_derp_tests(s->db, s->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, RELAY_TRIALS_AT_ONCE);
	for (int64_t id = 1; id <= RELAY_TRIALS_AT_ONCE + 1; id++) {
		assert_int_equal(
			db_job_of(s->db, RELAY_JOB_TEST, id, s->mem, &j),
			ERR_OK);
		assert_int_equal(j.tries, 0);
		done += j.due_at == NOW + RELAY_RETEST_SECONDS;
	}
	assert_int_equal(done, RELAY_TRIALS_AT_ONCE);
}

static void
no_private_address_is_asked_unless_it_is_allowed(void **state)
{
	struct site *s = *state;
	int64_t id = add(s, "https://127.0.0.1:9/map");
	const char *why;

	assert_holds(run(s, id).error, "not one of the public internet");
	assert_int_equal(settings_put(s->db, "relay_private", "true", "cli",
				 NOW, s->mem, &why),
		ERR_OK);
	assert_lacks(run(s, id).error, "not one of the public internet");
	assert_holds(run(s, id).error, "connect");
}

#define test(name) cmocka_unit_test_setup_teardown(name, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_file_is_read_and_looked_at_again),
		test(a_file_that_goes_bad_keeps_the_last_good_map),
		test(a_folder_is_read_in_the_order_of_its_names),
		test(a_folder_that_is_too_large_as_a_whole_is_refused_in_words),
		test(a_pipe_or_a_device_holds_nobody),
		test(a_file_is_taken_at_its_limit_and_no_further),
		test(a_source_that_went_meanwhile_ends_its_job),
		test(a_map_that_leaves_no_region_is_not_taken),
		test(a_region_that_does_not_answer_is_a_result),
		test(a_region_that_answers_otherwise_than_before_has_all_looked_at),
		test(regions_that_are_due_are_tried_beside_each_other),
		test(no_private_address_is_asked_unless_it_is_allowed),
	};

	return cmocka_run_group_tests_name("jobs of relays", tests, NULL, NULL);
}

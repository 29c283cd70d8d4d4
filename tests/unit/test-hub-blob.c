/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs from and to files: what is small takes the way of all objects, what is large is on the disk
 * at once, and both come back byte for byte.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/git_world.h"

#define LARGE ((size_t)3 * 1024 * 1024 + 17)

/* A file without a name that holds len bytes which do not compress. */
static int file_of(size_t len, uint32_t seed)
{
	FILE *f = tmpfile();
	int fd = dup(fileno(f));

	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525u + 1013904223u;
		putc((int)(seed >> 24), f);
	}
	assert_int_equal(fclose(f), 0);
	return fd;
}

static bool same_content(int a, int b)
{
	char x[4096], y[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(a, x, sizeof(x), at)) > 0) {
		if (pread(b, y, sizeof(y), at) != n || memcmp(x, y, (size_t)n) != 0)
			return false;
		at += n;
	}
	return pread(b, y, 1, at) == 0;
}

static void test_round_trip(void **state)
{
	static const size_t sizes[] = { 0, 1, HUB_BLOB_LARGE, HUB_BLOB_LARGE + 1, LARGE };
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		int from = file_of(sizes[i], (uint32_t)i), to = file_of(0, 0);
		struct err e = ERR_INIT;
		struct oid id, again;
		uint64_t size;

		world_ok(hub_blob_put_file(w->hub, from, sizes[i], &id, &e), &e);
		world_ok(hub_blob_put_file(w->hub, from, sizes[i], &again, &e), &e);
		assert_true(oid_equal(&id, &again));
		world_ok(hub_blob_size(w->hub, &id, &size, &e), &e);
		assert_int_equal(size, sizes[i]);
		world_ok(hub_blob_copy(w->hub, &id, to, &e), &e);
		assert_true(same_content(from, to));
		close(from);
		close(to);
	}
}

/* git hash-object gives the same id; the object is there without a flush, and survives. */
static void test_large_blobs_are_on_disk(void **state)
{
	struct world *w = *state;
	struct err e = ERR_INIT;
	struct oid id;
	char hex[41];
	int fd = file_of(LARGE, 7);

	world_ok(hub_blob_put_file(w->hub, fd, LARGE, &id, &e), &e);
	close(fd);
	oid_hex(&id, hex);
	world_run(w, "git -C hub.git cat-file blob %s | git hash-object --stdin | grep -qx %s", hex,
		  hex);
	world_reopen(w);
	assert_true(hub_has(w->hub, &id));
}

static void test_what_cannot_be_put(void **state)
{
	struct world *w = *state;
	struct err e = ERR_INIT;
	struct oid id;
	int fd = file_of(LARGE, 1);

	assert_int_equal(hub_blob_put_file(w->hub, fd, LARGE + 1, &id, &e), ERR_RETRY);
	assert_int_equal(ftruncate(fd, 3), 0);
	assert_int_equal(hub_blob_put_file(w->hub, fd, 4, &id, &e), ERR_RETRY);
	close(fd);
	world_run(w, "test -z \"$(find hub.git/objects -name 'tmp_object*')\"");
}

static void test_a_damaged_blob(void **state)
{
	struct world *w = *state;
	struct err e = ERR_INIT;
	int from = file_of(LARGE, 9), to = file_of(0, 0);
	struct oid id;
	char hex[41];

	world_ok(hub_blob_put_file(w->hub, from, LARGE, &id, &e), &e);
	oid_hex(&id, hex);
	world_run(w, "f=hub.git/objects/%.2s/%s; chmod u+w $f; truncate -s 1000000 $f", hex,
		  hex + 2);
	assert_int_equal(hub_blob_copy(w->hub, &id, to, &e), ERR_BUG);
	assert_non_null(strstr(e.text, "is damaged"));
	world_run(w, "rm -rf hub.git/objects/??");
	close(from);
	close(to);
}

/* What a remote sent comes in packs. */
static void test_a_packed_blob(void **state)
{
	struct world *w = *state;
	struct err e = ERR_INIT;
	int from = file_of(LARGE, 5), to = file_of(0, 0);
	struct oid id;

	world_ok(hub_blob_put_file(w->hub, from, LARGE, &id, &e), &e);
	world_run(w, "cd hub.git && find objects/?? -type f | tr -d / | sed s/objects// |"
		     " git pack-objects -q objects/pack/pack >/dev/null && rm -r objects/??");
	world_reopen(w);
	world_ok(hub_blob_copy(w->hub, &id, to, &e), &e);
	assert_true(same_content(from, to));
	close(from);
	close(to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_round_trip),         WORLD_TEST(test_large_blobs_are_on_disk),
		WORLD_TEST(test_what_cannot_be_put), WORLD_TEST(test_a_damaged_blob),
		WORLD_TEST(test_a_packed_blob),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The table of objects in memory: what was added is found, nothing else is, also when ids collide in
 * all the bits that choose a slot. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git/hub/slice.h"
#include "oids.h"

#define MANY 5000

/* Ids whose first bytes are equal land in the same slot, whatever the size of the table. */
static void add_number(struct slice *s, uint32_t n, bool colliding)
{
	struct oid id = numbered_oid(n, colliding);
	char text[16];
	int len = snprintf(text, sizeof(text), "object %u", n);

	slice_add(s, &id, (int)(n % 3) + 1, text, (size_t)len);
}

static void check_number(const struct slice *s, uint32_t n, bool colliding)
{
	struct oid id = numbered_oid(n, colliding);
	const struct slice_object *o = slice_find(s, &id);
	char text[16];
	int len = snprintf(text, sizeof(text), "object %u", n);

	assert_non_null(o);
	assert_true(oid_equal(&o->id, &id));
	assert_int_equal(o->type, (int)(n % 3) + 1);
	assert_int_equal(o->len, len);
	assert_memory_equal(o->data, text, (size_t)len);
}

static void test_empty(void **state)
{
	struct slice s = { 0 };
	struct oid id = numbered_oid(1, false);

	(void)state;
	assert_null(slice_find(&s, &id));
	slice_clear(&s);
	slice_release(&s);
	slice_release(&s);
}

static void fill_and_check(uint32_t count, bool colliding)
{
	struct slice s = { 0 };

	for (uint32_t n = 0; n < count; n++)
		add_number(&s, n, colliding);
	assert_int_equal(s.count, count);
	for (uint32_t n = 0; n < count; n++)
		check_number(&s, n, colliding);
	for (uint32_t n = count; n < 2 * count; n++) {
		struct oid id = numbered_oid(n, colliding);

		assert_null(slice_find(&s, &id));
	}
	slice_release(&s);
}

static void test_many(void **state)
{
	(void)state;
	fill_and_check(MANY, false);
}

static void test_collisions(void **state)
{
	(void)state;
	fill_and_check(300, true);
}

static void test_order_is_kept(void **state)
{
	struct slice s = { 0 };

	(void)state;
	for (uint32_t n = 0; n < 1000; n++)
		add_number(&s, 1000 - n, false);
	for (uint32_t n = 0; n < 1000; n++) {
		struct oid id = numbered_oid(1000 - n, false);

		assert_true(oid_equal(&s.items[n].id, &id));
	}
	slice_release(&s);
}

static void test_first_content_stays(void **state)
{
	struct slice s = { 0 };
	struct oid id = numbered_oid(7, false);

	(void)state;
	slice_add(&s, &id, 3, "one", 3);
	slice_add(&s, &id, 2, "other", 5);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.bytes, 3);
	assert_int_equal(slice_find(&s, &id)->type, 3);
	assert_memory_equal(slice_find(&s, &id)->data, "one", 3);
	slice_release(&s);
}

static void test_empty_content(void **state)
{
	struct slice s = { 0 };
	struct oid id = numbered_oid(7, false);

	(void)state;
	slice_add(&s, &id, 3, NULL, 0);
	assert_non_null(slice_find(&s, &id));
	assert_int_equal(slice_find(&s, &id)->len, 0);
	slice_release(&s);
}

static void test_clear_and_reuse(void **state)
{
	struct slice s = { 0 };

	(void)state;
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t n = 0; n < 500; n++)
			add_number(&s, round * 1000 + n, false);
		assert_int_equal(s.count, 500);
		assert_true(s.bytes > 0);
		check_number(&s, round * 1000 + 499, false);
		slice_clear(&s);
		assert_int_equal(s.count, 0);
		assert_int_equal(s.bytes, 0);
		for (uint32_t n = 0; n < 500; n++) {
			struct oid id = numbered_oid(round * 1000 + n, false);

			assert_null(slice_find(&s, &id));
		}
	}
	slice_release(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_collisions),
		cmocka_unit_test(test_order_is_kept),
		cmocka_unit_test(test_first_content_stays),
		cmocka_unit_test(test_empty_content),
		cmocka_unit_test(test_clear_and_reuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

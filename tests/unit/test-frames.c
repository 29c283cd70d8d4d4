/* SPDX-License-Identifier: Apache-2.0 */
/* Messages out of a stream: in whatever pieces they arrive, the same ones come out. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/frames.h"

#define MAX 8

/* Takes all messages that are there into out, each in brackets; "!" for one that is too long. */
static void take_all(struct frames *f, struct buf *out)
{
	enum frames_state state;
	char *text;
	size_t len;

	while ((state = frames_first(f, &text, &len)) == FRAMES_MESSAGE) {
		assert_int_equal(frames_first(f, &text, &len),
				 FRAMES_MESSAGE); /* changes nothing */
		assert_int_equal(text[len], '\0');
		buf_add_char(out, '[');
		buf_add(out, text, len);
		buf_add_char(out, ']');
		frames_drop(f);
	}
	if (state == FRAMES_TOO_LONG)
		buf_add_char(out, '!');
}

static void test_pieces(void **state)
{
	static const struct {
		const char *sent, *taken;
	} table[] = {
		{ "", "" },
		{ "a", "" },
		{ "a\n", "[a]" },
		{ "\n", "[]" },
		{ "\n\n", "[][]" },
		{ "a\nbc\nd", "[a][bc]" },
		{ "12345678\n", "[12345678]" },
		{ "12345678", "" },
		{ "123456789", "!" },
		{ "a\n123456789", "[a]!" },
		{ "a\n123456789\nb\n", "[a]!" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		for (size_t piece = 1; piece <= 16; piece++) {
			struct frames f = FRAMES_INIT('\n', MAX);
			cleanup_buf struct buf out = BUF_UNBOUNDED;
			size_t len = strlen(table[i].sent);

			for (size_t at = 0; at < len && !strchr(buf_str(&out), '!'); at += piece) {
				frames_add(&f, table[i].sent + at,
					   piece < len - at ? piece : len - at);
				take_all(&f, &out);
			}
			assert_string_equal(buf_str(&out), table[i].taken);
			frames_release(&f);
		}
	}
}

static void test_other_end(void **state)
{
	struct frames f = FRAMES_INIT('\0', MAX);
	cleanup_buf struct buf out = BUF_UNBOUNDED;

	(void)state;
	frames_add(&f, "a\nb\0c", 5);
	take_all(&f, &out);
	assert_string_equal(buf_str(&out), "[a\nb]");
	frames_release(&f);
}

/* The memory of a large message is not kept for small ones. */
static void test_memory(void **state)
{
	struct frames f = FRAMES_INIT('\n', 1024 * 1024);
	cleanup_free char *large = xcalloc(1, 500000);
	char *text;
	size_t len;

	(void)state;
	memset(large, 'x', 500000);
	frames_add(&f, large, 500000);
	assert_int_equal(frames_first(&f, &text, &len), FRAMES_NONE);
	frames_add(&f, "\n", 1);
	assert_int_equal(frames_first(&f, &text, &len), FRAMES_MESSAGE);
	assert_int_equal(len, 500000);
	frames_drop(&f);
	assert_true(f.in.cap <= 64 * 1024);
	frames_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_other_end),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

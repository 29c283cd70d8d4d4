/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two .gitattributes files, the path of a file, and its bytes, with record separators between them:
 * what is said of it is well-formed, and what would be stored is no longer than the file and has all
 * of its letters.
 */

#include "fuzz.h"

#include "filter/clean.h"
#include "path/path.h"

static void check_values(const struct attribute_value *values)
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
		MUST(!values[i].value == (values[i].state != ATTRIBUTE_VALUE));
}

static size_t count_lf(const char *data, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += data[i] == '\n';
	return n;
}

static void check_bytes(const struct attribute_value *values, const char *data, size_t len)
{
	struct clean c = clean_of(values);

	for (int before = 0; before < 2; before++) {
		cleanup_buf struct buf out = BUF_INIT(FUZZ_OUT_MAX);

		clean_apply(&c, data, len, before, &out);
		MUST(!out.full && out.len <= len);
		MUST(count_lf(buf_str(&out), out.len) == count_lf(data, len));
		if (!clean_is_any(&c))
			MUST(out.len == len && memcmp(buf_str(&out), data, len) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct attribute_value values[ATTRIBUTE_COUNT];
	struct attributes a = { 0 };
	const uint8_t *rest, *file;
	size_t rest_len, file_len, n = fuzz_split(data, len, &rest, &rest_len);
	struct err e = ERR_INIT;
	char *path;

	if (!attributes_add(&a, "", (const char *)data, n, &e)) {
		data = rest;
		n = fuzz_split(data, rest_len, &rest, &rest_len);
		if (!attributes_add(&a, "a", (const char *)data, n, &e)) {
			n = fuzz_split(rest, rest_len, &file, &file_len);
			path = xstrndup((const char *)rest, n);
			if (path_check(path, NULL) == 0) {
				attributes_of(&a, path, values);
				check_values(values);
				check_bytes(values, (const char *)file, file_len);
			}
			free(path);
		}
	}
	attributes_release(&a);
	return 0;
}

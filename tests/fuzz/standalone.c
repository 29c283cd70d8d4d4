/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target on the files that are named, where there is no fuzzing engine. */

#include "fuzz.h"

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		cleanup_buf struct buf data = BUF_INIT(FUZZ_OUT_MAX);
		FILE *f = fopen(argv[i], "rb");
		char part[65536];
		size_t n;

		if (!f) {
			perror(argv[i]);
			return 1;
		}
		while ((n = fread(part, 1, sizeof(part), f)) > 0)
			buf_add(&data, part, n);
		fclose(f);
		LLVMFuzzerTestOneInput((const uint8_t *)buf_str(&data), data.len);
	}
	printf("%d files\n", argc - 1);
	return 0;
}

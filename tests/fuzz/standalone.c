/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without a fuzzing engine, on the files that are named and those in the
 * directories that are named. None at all is a failure: it would have shown nothing.
 */

#include <ftw.h>

#include "fuzz.h"

static int files;

static int run_file(const char *path, const struct stat *st, int type, struct FTW *where)
{
	cleanup_buf struct buf data = BUF_INIT(FUZZ_OUT_MAX);
	char part[65536];
	size_t n;
	FILE *f;

	(void)st;
	(void)where;
	if (type != FTW_F)
		return 0;
	f = fopen(path, "rb");
	if (!f) {
		perror(path);
		return 1;
	}
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&data, part, n);
	fclose(f);
	LLVMFuzzerTestOneInput((const uint8_t *)buf_str(&data), data.len);
	files++;
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int r = nftw(argv[i], run_file, 8, 0);

		if (r < 0)
			perror(argv[i]);
		if (r)
			return 1;
	}
	printf("%d files\n", files);
	return files == 0;
}

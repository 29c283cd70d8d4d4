/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the folder of real notebooks. Never writes there. */

#include "corpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_BYTES ((size_t)256 << 20)

const char *corpus_dir(void)
{
	static char *dir;
	const char *root = getenv("NBSYNC_SOURCE_ROOT");

	if (dir)
		return dir;
	if (getenv("NBSYNC_CORPUS")) {
		dir = xstrdup(getenv("NBSYNC_CORPUS"));
	} else {
		if (!root)
			root = getenv("NBSYNC_SOURCE");
		dir = xasprintf("%s/../shared/corpus", root ? root : ".");
	}
	if (access(dir, R_OK) == 0)
		return dir;
	free(dir);
	dir = NULL;
	return NULL;
}

bool corpus_read(struct buf *out, const char *path)
{
	FILE *f = fopen(path, "rb");
	char part[65536];
	size_t n;

	*out = BUF_INIT(FILE_MAX_BYTES);
	if (!f)
		return false;
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(out, part, n);
	fclose(f);
	buf_add(out, "", 0);
	return !out->full;
}

static void must_read(struct corpus_file *file)
{
	if (corpus_read(&file->data, file->path))
		return;
	fprintf(stderr, "cannot read '%s'\n", file->path);
	exit(1);
}

static int by_path(const void *a, const void *b)
{
	const struct corpus_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

struct corpus_file *corpus_load(const char *sub, size_t *count)
{
	cleanup_free char *folder = xasprintf("%s/%s", corpus_dir(), sub);
	struct corpus_file *files = NULL;
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t cap = 0;

	*count = 0;
	while (dir && (entry = readdir(dir))) {
		struct corpus_file file = { 0 };

		file.path = xasprintf("%s/%s", folder, entry->d_name);
		if (!notebook_name_parse(&file.name, file.path)) {
			free(file.path);
			continue;
		}
		must_read(&file);
		files = array_grow(files, *count, &cap, sizeof(*files));
		files[(*count)++] = file;
	}
	if (dir)
		closedir(dir);
	if (*count)
		qsort(files, *count, sizeof(*files), by_path);
	return files;
}

static void release_file(struct corpus_file *file)
{
	free(file->path);
	notebook_name_release(&file->name);
	buf_release(&file->data);
}

void corpus_free(struct corpus_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		release_file(&files[i]);
	free(files);
}

/* The n-th column of a line of tab-separated values is this text. */
static bool column_is(const char *line, int n, const char *text)
{
	size_t len = strlen(text);

	while (n-- && line)
		line = strchr(line, '\t') ? strchr(line, '\t') + 1 : NULL;
	return line && strncmp(line, text, len) == 0 && line[len] == '\t';
}

static void load_pair(struct corpus_pair *pair, const char *sub)
{
	size_t count;
	struct corpus_file *files = corpus_load(sub, &count);

	if (count != 2) {
		fprintf(stderr, "'%s' does not hold two notebooks\n", sub);
		exit(1);
	}
	pair->source = files[0]; /* a.* comes before b.ipynb */
	pair->ipynb = files[1];
	free(files);
}

struct corpus_pair *corpus_load_pairs(size_t *count)
{
	cleanup_free char *index = xasprintf("%s/pairs/index.tsv", corpus_dir());
	cleanup_buf struct buf text = BUF_INIT(0);
	struct corpus_pair *pairs = NULL;
	char *save = NULL;
	size_t cap = 0;

	*count = 0;
	if (!corpus_read(&text, index))
		return NULL;
	for (char *line = strtok_r(text.data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		cleanup_free char *sub = xstrndup(line, strcspn(line, "\t"));

		if (!str_starts(sub, "pairs/"))
			continue;
		pairs = array_grow(pairs, *count, &cap, sizeof(*pairs));
		load_pair(&pairs[*count], sub);
		pairs[*count].exact_bytes = column_is(line, 7, "EXACT");
		pairs[(*count)++].exact_cells = column_is(line, 8, "EXACT(modern)");
	}
	return pairs;
}

void corpus_free_pairs(struct corpus_pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		release_file(&pairs[i].source);
		release_file(&pairs[i].ipynb);
	}
	free(pairs);
}

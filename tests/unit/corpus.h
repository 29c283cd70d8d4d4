/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Real notebooks for tests, read where they lie. NBSYNC_CORPUS names the folder; by default it is
 * ../shared/corpus beside the source root (NBSYNC_SOURCE_ROOT or NBSYNC_SOURCE). It holds src/ and
 * nb/ with single notebooks, and pairs/NNN/{a.*,b.ipynb} with index.tsv.
 */

#include "base/buf.h"
#include "notebook/notebook.h"

/* The folder, NULL when there is none. Valid until the process ends. */
const char *corpus_dir(void);

struct corpus_file {
	char *path; /* owned */
	struct notebook_name name;
	struct buf data;
};

/* All notebooks of a sub-folder in the order of their names; the process ends when one cannot be
 * read. corpus_free() releases the list. */
struct corpus_file *corpus_load(const char *sub, size_t *count);
void corpus_free(struct corpus_file *files, size_t count);

/* The same notebook in both formats, from Git history. */
struct corpus_pair {
	struct corpus_file source, ipynb;
	bool exact_bytes; /* the source is obtained byte for byte from the ipynb */
	bool exact_cells; /* by today's rules, every cell of the ipynb is obtained from the source */
};
struct corpus_pair *corpus_load_pairs(size_t *count);
void corpus_free_pairs(struct corpus_pair *pairs, size_t count);

bool corpus_read(struct buf *out, const char *path);

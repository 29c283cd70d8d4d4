/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exports of notebooks, many at once, into memory. Files that are no notebooks are in files.c.
 *
 * Without outputs a Jupyter notebook is a thousandth of its size, so outputs=NONE is asked for
 * where nothing is about to be replaced. Whether a server knows it is not documented: one that
 * ignores it sends everything, one that refuses it is asked without it (call.c). What came is not
 * looked at here: a caller that wants no outputs takes them out.
 *
 * A notebook with outputs may have 100 MiB, and eight may be on their way: so whatever is larger than
 * source may be is given up and asked for again alone, and what then fills the memory, for the others
 * too, makes them come later.
 */

#include <stdlib.h>
#include <string.h>

#include "workspace/call.h"
#include "workspace/error.h"

/* The content of one export. A folder exports as a zip archive, without an error: what was a notebook
 * when the caller looked may be a folder by now. */
static void take_content(const struct batch *b, size_t i, const char *path,
			 struct workspace_result *r)
{
	struct buf *content = &b->requests[i].answer.body;
	char object[API_QUOTE_MAX];

	r->code = batch_check(b, i, path, &r->error);
	r->later = batch_is_later(b, i);
	if (r->code)
		return;
	if (content->len >= 4 && memcmp(content->data, "PK", 2) == 0 && content->data[2] < ' ') {
		api_quote(object, path, strlen(path));
		r->code = err_set(&r->error, ERR_INVALID,
				  "workspace '%s' exported '%s' as an archive: it is a folder",
				  b->w->name, object);
		return;
	}
	r->content = *content;
	*content = BUF_INIT(0);
}

int workspace_export(struct workspace *w, const struct workspace_wanted *items, size_t count,
		     struct workspace_result **out, struct err *e)
{
	struct batch b;
	int code;

	*out = NULL;
	batch_init(&b, w, CALL_EXPORT, "export", count);
	b.room = WORKSPACE_EXPORT_BYTES;
	for (size_t i = 0; i < count; i++)
		batch_get_export(&b, i, items[i].path, items[i].form);
	code = batch_run(&b, e);
	if (!code) {
		*out = xcalloc(count, sizeof(**out));
		for (size_t i = 0; i < count; i++)
			take_content(&b, i, items[i].path, &(*out)[i]);
	}
	batch_release(&b);
	return code;
}

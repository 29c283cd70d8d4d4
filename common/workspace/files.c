/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content of files that are no notebooks, which may have half a gigabyte: it goes from the connection
 * into a file. Importing them is in import.c; there, a part of a form comes from a file.
 *
 * What arrives must have the size that the workspace says the object has. Where it says none, a page
 * or an error message of a gateway that calls itself a success could be taken for content; so then it
 * is looked at as other answers are. A folder exports as an archive without an error.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "workspace/call.h"
#include "workspace/error.h"

/* Puts what arrived where answers are, so that it is judged as one. */
static void judge_as_answer(struct buf *body, int fd, size_t len)
{
	if (!buf_reserve(body, len) || pread(fd, body->data, len, 0) != (ssize_t)len)
		return;
	body->len = len;
	body->data[len] = '\0';
}

static int check_size(const struct batch *b, const struct workspace_download *item, int64_t got,
		      struct err *e)
{
	char object[API_QUOTE_MAX];

	if (item->size < 0 || item->size == got)
		return ERR_OK;
	api_quote(object, item->path, strlen(item->path));
	return err_set(e, ERR_RETRY, "'%s' changed in workspace '%s' while being read", object,
		       b->w->name);
}

static void take_file(const struct batch *b, size_t i, const struct workspace_download *item,
		      struct workspace_result *out)
{
	struct http_answer *a = &b->requests[i].answer;
	struct stat st = { 0 };

	if (!a->result && fstat(*item->file, &st)) {
		out->code = err_set(&out->error, ERR_RETRY, "cannot examine a file of ours");
		return;
	}
	if (!a->result && a->status == 200 && item->size < 0 && st.st_size <= CALL_REPLY_MAX)
		judge_as_answer(&a->body, *item->file, (size_t)st.st_size);
	out->code = batch_check(b, i, item->path, &out->error);
	if (!out->code)
		out->code = check_size(b, item, st.st_size, &out->error);
	out->object.size = st.st_size;
}

int workspace_download(struct workspace *w, const struct workspace_download *items, size_t count,
		       struct workspace_result **out, struct err *e)
{
	struct batch b;
	int code;

	*out = NULL;
	batch_init(&b, w, CALL_EXPORT, "export", count);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *canonical = workspace_path_canonical(items[i].path);
		cleanup_free char *escaped = http_escape(canonical, false);
		cleanup_free char *query = xasprintf("path=%s&format=SOURCE&direct_download=true",
						     escaped);

		batch_get(&b, i, "/workspace/export", query, WORKSPACE_FILE_MAX);
		b.requests[i].sink.file = items[i].file;
	}
	code = batch_run(&b, e);
	if (!code) {
		*out = xcalloc(count, sizeof(**out));
		for (size_t i = 0; i < count; i++)
			take_file(&b, i, &items[i], &(*out)[i]);
	}
	batch_release(&b);
	return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The past of some paths, from the commits that changed them. The commits are read once for all paths,
 * newest first, until each path has met the versions with which its search ends, or enough was read. The
 * cost follows the commits, what they changed, and the size of the folders on the way to the paths: other
 * folders are not opened.
 *
 * It judges nothing: which of these versions matters is decided in plan/since.c.
 */

#include "side/past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/message.h"
#include "side/file.h"

/* What comparing two versions costs, as struct tree_reading counts it: for each that is parsed, and how
 * many times its bytes. */
#define COMPARE_COST  (32 * 1024)
#define COMPARE_TIMES 8
/* What reading a blob costs besides its bytes. */
#define READ_COST 8192

struct reader {
	const struct past_source *source;
	struct past *pasts;
	size_t count;
	size_t open;           /* paths whose search goes on */
	struct past **changed; /* room for all; by the commit that is being read */
	size_t changed_count;
	struct tree_reading reading;
	uint64_t cost_max;
	bool reached; /* all that came after source.dealt was read */
	const struct commit_info *commit;
	struct err *e;
	int r;
};

static void version_release(struct past_version *v)
{
	free(v->file);
}

static void forget_earliest(struct past *p)
{
	if (p->earliest)
		version_release(p->earliest);
	free(steal(&p->earliest));
}

void past_release(struct past *p)
{
	for (size_t i = 0; i < p->count; i++)
		version_release(&p->items[i]);
	free(p->items);
	version_release(&p->change.before);
	forget_earliest(p);
	*p = (struct past){ 0 };
}

int past_same(const struct side_context *c, const struct version *a, const struct version *b,
	      bool *same, struct err *e)
{
	struct err unreadable = ERR_INIT;
	struct oid x, y;
	int r;

	*same = version_same(a, b);
	if (*same || version_absent(a) || version_absent(b) || a->kind != b->kind)
		return ERR_OK;
	if ((r = content_cells(&c->content, a, &x, &unreadable)) ||
	    (r = content_cells(&c->content, b, &y, &unreadable)))
		return r == ERR_INVALID ? ERR_OK : err_set(e, r, "%s", unreadable.text);
	*same = oid_equal(&x, &y);
	return ERR_OK;
}

bool past_was_in_workspace(const struct commit_info *commit, const char *claim,
			   const char *object_id)
{
	return str_eq(commit->committer, MESSAGE_COMMITTER) &&
	       (message_has_object(commit->message, object_id) ||
		message_has_workspace(commit->message, claim));
}

bool past_contains(struct side_context *c, const struct version *base, const struct version *whole,
		   const struct version *part, struct err *e)
{
	struct content_merging merging = { .content = &c->content };
	struct version both;
	bool same;

	if (version_absent(whole) || version_absent(part) || version_same(part, base))
		return false;
	if (version_same(whole, part))
		return true;
	same = content_merge(&merging, base, whole, part, &both) && version_same(&both, whole);
	if (merging.failed.code)
		*e = merging.failed;
	return same;
}

int past_take(struct side_context *c, struct row *row, const struct past_version *item,
	      struct version *out, struct err *e)
{
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	const struct content_bytes bytes = { SIDE_GIT, item->file, &data };
	struct oid raw;
	int r;

	*out = item->version;
	if (version_absent(out))
		return ERR_OK;
	if (oid_equal(&out->blob, &row->side[SIDE_GIT].raw)) {
		*out = row->side[SIDE_GIT].version;
		return ERR_OK;
	}
	r = hub_blob_get(c->hub, &out->blob, &data, e);
	return r ? r : content_take(&c->content, row, &bytes, out, &raw, e);
}

static bool is_done(const struct past *p)
{
	if (p->given_up)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(p->until); i++)
		if (p->until[i] && !p->met[i])
			return false;
	return true;
}

/* ---- which path a file is of ---- */

static int compare_path(const void *path, const void *past)
{
	return strcmp(path, ((const struct past *)past)->row->path);
}

static struct past *find(const struct reader *r, const char *path)
{
	return bsearch(path, r->pasts, r->count, sizeof(*r->pasts), compare_path);
}

/* Whether a blob under that name is a notebook. What cannot be read is what its name says first. */
static bool is_notebook(const struct reader *r, struct past *p, const char *file,
			const struct oid *id)
{
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	enum file_class class = file_class(file);
	const char *extension;

	if (class != FILE_SCRIPT)
		return class == FILE_NOTEBOOK;
	extension = strrchr(file, '.');
	if (oid_equal(&p->kind.blob, id) && str_eq(p->kind.extension, extension))
		return p->kind.is_notebook;
	p->kind.blob = *id;
	snprintf(p->kind.extension, sizeof(p->kind.extension), "%s", extension);
	p->kind.is_notebook = hub_blob_get(r->source->context->hub, id, &data, NULL) ||
			      file_is_notebook(file, buf_str(&data), data.len);
	p->cost += READ_COST + data.len;
	return p->kind.is_notebook;
}

/* What a blob under a file's name is to a path; a script that is of the other kind is nothing to it.
 * name: what the file's name says of a notebook; NULL: the path is that of a file. */
static struct past_version version_of(const struct reader *r, struct past *p, const char *file,
				      const struct notebook_name *name, const struct oid *id)
{
	struct past_version v = { 0 };

	if (oid_is_zero(id) || is_notebook(r, p, file, id) != (name != NULL))
		return v;
	v.version = (struct version){ .blob = *id, .kind = name ? VERSION_NOTEBOOK : VERSION_FILE };
	if (name) {
		v.version.format = name->format;
		v.version.language = name->language;
	}
	return v;
}

/* ---- one commit ---- */

static void add(struct past *p, const struct past_version *v, const char *file)
{
	p->items = array_grow(p->items, p->count, &p->cap, sizeof(*p->items));
	p->items[p->count] = *v;
	p->items[p->count++].file = file ? xstrdup(file) : NULL;
}

/* A file of the path's; a notebook that changed its format is one that went and one that came. */
static void note_path(struct reader *r, struct past *p, const char *file,
		      const struct past_version *now, const struct past_version *before)
{
	if (is_done(p) || (version_absent(&now->version) && version_absent(&before->version)))
		return;
	if (!p->change.any) {
		p->change.any = true;
		r->changed[r->changed_count++] = p;
		/* What a later commit found there is what this one made. */
		if (!p->found)
			add(p, now, version_absent(&now->version) ? NULL : file);
		p->found = false;
		p->items[p->count - 1].in_workspace = past_was_in_workspace(
			r->commit, r->source->claim, p->row->side[SIDE_WORKSPACE].id);
	} else if (!version_absent(&now->version)) {
		struct past_version *last = &p->items[p->count - 1];

		free(last->file);
		last->version = now->version;
		last->file = xstrdup(file);
	}
	if (version_absent(&p->change.before.version) && !version_absent(&before->version)) {
		p->change.before = *before;
		p->change.before.file = xstrdup(file);
	}
}

static void note_state(struct reader *r, const struct tree_difference *d)
{
	struct past_version now = { 0 }, before = { 0 };
	cleanup_free char *path = state_path(d->path, &d->new_id, &now.version);
	struct past *p = path ? find(r, path) : NULL;

	free(state_path(d->path, &d->old_id, &before.version));
	if (p)
		note_path(r, p, d->path, &now, &before);
}

/* tree_diff.file; a script may be a notebook in one commit and a file in the next. */
static bool note_file(void *payload, const struct tree_difference *d)
{
	struct reader *r = payload;
	struct notebook_name name = { 0 };
	struct past *p;

	if (r->source->is_state) {
		note_state(r, d);
		return true;
	}
	p = find(r, d->path);
	if (p && row_names_file(p->row, d->path)) {
		struct past_version now = version_of(r, p, d->path, NULL, &d->new_id),
				    before = version_of(r, p, d->path, NULL, &d->old_id);

		note_path(r, p, d->path, &now, &before);
	}
	if (notebook_name_parse(&name, d->path) && (p = find(r, name.stem))) {
		struct past_version now = version_of(r, p, d->path, &name, &d->new_id),
				    before = version_of(r, p, d->path, &name, &d->old_id);

		note_path(r, p, d->path, &now, &before);
	}
	notebook_name_release(&name);
	return true;
}

static int find_cells(struct reader *r, struct past *p, const struct version *v,
		      struct past_cells *out)
{
	struct err unreadable = ERR_INIT;
	uint64_t size = 0;
	int code;

	if (out->known)
		return ERR_OK;
	/* What it costs is mostly that the notebook is parsed. */
	hub_blob_size(r->source->context->hub, &v->blob, &size, NULL);
	p->cost += COMPARE_COST + COMPARE_TIMES * size;
	code = content_cells(&r->source->context->content, v, &out->id, &unreadable);
	out->known = true;
	out->readable = !code;
	return code && code != ERR_INVALID ? err_set(r->e, code, "%s", unreadable.text) : ERR_OK;
}

/* past_same() of what was there before a commit and one of the versions where the search ends. */
static int compare(struct reader *r, struct past *p, size_t which, const struct version *before,
		   struct past_cells *cells, bool *same)
{
	const struct version *until = p->until[which];
	int code;

	*same = version_same(until, before);
	if (*same || version_absent(until) || version_absent(before) || until->kind != before->kind)
		return ERR_OK;
	if ((code = find_cells(r, p, until, &p->cells[which])) ||
	    (code = find_cells(r, p, before, cells)))
		return code;
	*same = p->cells[which].readable && cells->readable &&
		oid_equal(&p->cells[which].id, &cells->id);
	return ERR_OK;
}

/* Whether that version is where the search ends. */
static int meet(struct reader *r, struct past *p, const struct version *v, bool *met)
{
	struct past_cells cells = { 0 };
	int code = ERR_OK;

	*met = false;
	for (size_t i = 0; !code && i < ARRAY_SIZE(p->until); i++) {
		bool same = false;

		if (p->until[i] && !p->met[i])
			code = compare(r, p, i, v, &cells, &same);
		p->met[i] |= same;
		*met |= same;
	}
	return code;
}

/* The commit was read: whether what was there before it is where the search ends. */
static int finish_change(struct reader *r, struct past *p)
{
	struct past_version *before = &p->change.before;
	int code = ERR_OK;
	bool met = false;

	if (r->reached)
		code = meet(r, p, &before->version, &met);
	if (met) {
		add(p, before, before->file);
		p->found = true;
	}
	p->given_up = p->cost + r->reading.cost >= r->cost_max;
	r->open -= is_done(p);
	forget_earliest(p);
	if (r->reached)
		version_release(before);
	else
		p->earliest = xmemdup(before, sizeof(*before));
	*before = (struct past_version){ 0 };
	p->change.any = false;
	return code;
}

/* All that came after source.dealt was read: what stood there then is where the search ends, or else what
 * came later, when a cycle was cut off that had gone on. */
static int finish_dealt(struct reader *r, struct past *p)
{
	int code;
	bool met;

	if (!p->earliest || is_done(p))
		return ERR_OK;
	if (!(code = meet(r, p, &p->earliest->version, &met)) && met) {
		add(p, p->earliest, p->earliest->file);
		p->items[p->count - 1].at_dealt = true;
		p->found = true;
	}
	for (size_t i = 0; !code && i < p->count; i++)
		code = meet(r, p, &p->items[i].version, &met);
	forget_earliest(p);
	r->open -= is_done(p);
	return code;
}

static int reach_dealt(struct reader *r)
{
	int code = ERR_OK;

	r->reached = true;
	for (size_t i = 0; !code && i < r->count; i++)
		code = finish_dealt(r, &r->pasts[i]);
	return code;
}

/* tree_diff.enter: whether a path that is asked for is in that folder. */
static bool leads_to_path(void *payload, const char *folder)
{
	const struct reader *r = payload;
	size_t len, low = 0, high = r->count;

	if (r->source->is_state && str_starts(folder, STATE_FILES))
		folder += strlen(STATE_FILES);
	else if (r->source->is_state && strncmp(folder, STATE_FILES, strlen(folder)) == 0)
		return true;
	len = strlen(folder);
	/* The first path that is not before all that is in the folder. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *path = r->pasts[middle].row->path;
		int order = strncmp(path, folder, len);

		if (order < 0 || (order == 0 && (unsigned char)path[len] < '/'))
			low = middle + 1;
		else
			high = middle;
	}
	return low < r->count && strncmp(r->pasts[low].row->path, folder, len) == 0 &&
	       r->pasts[low].row->path[len] == '/';
}

static int read_changes(struct reader *r, const struct commit_info *commit)
{
	const struct tree_diff diff = {
		.enter = leads_to_path,
		.file = note_file,
		.payload = r,
		.reading = &r->reading,
	};
	int code = hub_commit_diff(r->source->context->hub, commit, r->source->folder, &diff, r->e);

	for (size_t i = 0; !code && i < r->changed_count; i++)
		code = finish_change(r, r->changed[i]);
	r->changed_count = 0;
	return code;
}

/* hub_walk.visit */
static bool visit(void *payload, const struct commit_info *commit)
{
	struct reader *r = payload;

	if (oid_equal(&commit->id, &r->source->since))
		return false;
	r->commit = commit;
	if (oid_equal(&commit->id, &r->source->dealt) && (r->r = reach_dealt(r)))
		return false;
	if (!r->open)
		return false;
	if (context_cancelled(r->source->context))
		r->r = err_set(r->e, ERR_CANCELLED, "asked to stop");
	else if (commit->parent_count <= 1)
		r->r = read_changes(r, commit);
	return !r->r && r->open && r->reading.cost < r->cost_max;
}

int past_read_agreed(const struct side_context *c, struct past *pasts, size_t count, struct err *e)
{
	const struct past_source source = {
		.context = c,
		.tip = c->state.agreed,
		.folder = "",
		.claim = "",
		.is_state = true,
	};

	return past_read(&source, pasts, count, e);
}

static uint64_t cost_max(size_t paths)
{
	uint64_t max = PAST_COST_MAX + (paths - 1) * PAST_COST_OF_PATH;

	return max < PAST_COST_OF_ALL ? max : PAST_COST_OF_ALL;
}

int past_read(const struct past_source *source, struct past *pasts, size_t count, struct err *e)
{
	struct reader reader = { .source = source, .pasts = pasts, .count = count, .e = e };
	const struct hub_walk walk = { PAST_COMMITS_MAX, visit, &reader };
	int r;

	for (size_t i = 0; i < count; i++)
		reader.open += !is_done(&pasts[i]);
	if (!reader.open || oid_is_zero(&source->tip))
		return ERR_OK;
	reader.cost_max = cost_max(reader.open);
	reader.reached = oid_is_zero(&source->dealt);
	reader.changed = xcalloc(count, sizeof(struct past *));
	r = hub_walk(source->context->hub, &source->tip, &walk, e);
	free(reader.changed);
	tree_reading_release(&reader.reading);
	return r ? r : reader.r;
}

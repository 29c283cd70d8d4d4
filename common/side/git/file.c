/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file of the branch, taken into the row that it belongs to: a notebook, or another file where
 * those are wanted. What cannot be taken is held, never taken for deleted.
 */

#include <stdlib.h>
#include <string.h>

#include "path/path.h"
#include "side/file.h"
#include "side/git/files/attributes.h"
#include "side/git/internal.h"
#include "side/kind.h"

#define MODE_LINK      0120000u
#define MODE_SUBMODULE 0160000u

/* Whether the file is managed as what path says it is: a notebook's stem, or its own name. */
static bool takes(const struct side_context *c, const char *path, const struct tree_file *f)
{
	return filter_takes(&c->filter, path, f->path, table_find(&c->table, path));
}

static void hold(struct row *row, enum hold_reason reason, const char *file, const struct err *why)
{
	entry_hold(row, SIDE_GIT, reason, file, why->text);
	entry_found(row, SIDE_GIT);
}

/* A file whose content is wrong (ERR_INVALID) is held until it changes; one that could not be read
 * is read again at the next look. */
static void hold_unread(struct git_side *s, struct row *row, const struct tree_file *f,
			enum hold_reason invalid, const struct err *why)
{
	bool read = why->code == ERR_INVALID;

	hold(row, read ? invalid : HOLD_UNREADABLE, f->path, why);
	row->side[SIDE_GIT].raw = read ? f->id : (struct oid){ 0 };
	if (!read)
		s->looked = false;
}

static bool known_plain(const struct side_context *c, const struct tree_file *f)
{
	const struct row *row = table_find(&c->plain, f->path);

	return row && oid_equal(&row->side[SIDE_GIT].raw, &f->id);
}

/* Whether a file with a notebook's name is none. A notebook that lost its header in a commit is
 * none any more; ERR_INVALID when that looks like an accident (see kind.h). */
static int check_plain(struct side_context *c, const struct tree_file *f,
		       const struct notebook_name *name, const struct buf *data, bool *plain,
		       struct err *e)
{
	*plain = name->format != NOTEBOOK_IPYNB &&
		 !notebook_is_source(buf_str(data), data->len, name->language);
	if (!*plain || !kind_was_notebook(c, SIDE_GIT, f->path))
		return ERR_OK;
	return kind_check_commit(f->path, data, e);
}

/* A file that is no notebook; its content is not read. */
static void take_plain(struct git_side *s, const struct tree_file *f)
{
	struct side_context *c = s->side.context;
	struct row *row = table_get(&c->table, f->path);
	struct err e = ERR_INIT;
	struct version v;
	uint64_t size;

	if (hub_blob_size(c->hub, &f->id, &size, &e) || file_check_size(f->path, size, &e)) {
		hold_unread(s, row, f, HOLD_TOO_LARGE, &e);
		return;
	}
	if (git_is_pointer(c, &f->id)) {
		git_refuse_pointer(f->path, &e);
		hold_unread(s, row, f, HOLD_KIND, &e);
		return;
	}
	v = git_attributes_version(c, &s->attributes, row, f->path, &f->id);
	entry_set_present(row, SIDE_GIT, &v, &f->id, f->path);
	entry_found(row, SIDE_GIT);
}

/* A script without a notebook's header travels as a file where those are wanted. Otherwise it is
 * remembered, so that no look reads it again while it is the same. */
static void take_script(struct git_side *s, const struct tree_file *f)
{
	struct side_context *c = s->side.context;

	if (!files_wanted(c)) {
		table_get(&c->plain, f->path)->side[SIDE_GIT].raw = f->id;
		c->plain.changed = true;
	} else if (takes(c, f->path, f)) {
		take_plain(s, f);
	}
}

/* Another file of this notebook was found before. */
static void hold_both(struct row *row, const char *file)
{
	const char *first = row->side[SIDE_GIT].file;
	struct err e = ERR_INIT;

	err_set(&e, ERR_INVALID, "'%s' and '%s' would be one notebook '%s': rename one of them",
		first, file, row->path);
	hold(row, HOLD_COLLISION, first, &e);
}

/* A file with a notebook's name, which is new or changed. */
static void read_file(struct git_side *s, const struct tree_file *f,
		      const struct notebook_name *name)
{
	struct side_context *c = s->side.context;
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	struct err e = ERR_INIT;
	struct version v;
	struct row *row;
	struct oid raw;
	bool plain = false;
	int r;

	r = hub_blob_get(c->hub, &f->id, &data, &e);
	if (!r)
		r = check_plain(c, f, name, &data, &plain, &e);
	if (!r && plain) {
		take_script(s, f);
		return;
	}
	if (!takes(c, name->stem, f))
		return;
	row = table_get(&c->table, name->stem);
	if (entry_is_found(row, SIDE_GIT)) {
		hold_both(row, f->path);
		return;
	}
	if (!r)
		r = content_take(&c->content, row,
				 &(struct content_bytes){ SIDE_GIT, f->path, &data }, &v, &raw, &e);
	if (r) {
		hold_unread(s, row, f, HOLD_UNPARSABLE, &e);
		/* The row of the other kind, if there is one, does not count as deleted. */
		row = kind_twin(c, row, SIDE_GIT);
		if (row)
			hold(row, HOLD_UNPARSABLE, f->path, &e);
		return;
	}
	entry_set_present(row, SIDE_GIT, &v, &raw, f->path);
	entry_found(row, SIDE_GIT);
}

/* The row that knows this very file already; NULL: it has to be read. */
static struct row *known_row(struct side_context *c, const struct tree_file *f)
{
	struct row *row = table_find_file(&c->table, SIDE_GIT, f->path);
	const struct entry *entry = row ? &row->side[SIDE_GIT] : NULL;

	return entry && entry->state != ENTRY_ABSENT && oid_equal(&entry->raw, &f->id) &&
			       !entry_is_found(row, SIDE_GIT)
		       ? row
		       : NULL;
}

/* The path of the row that a file may belong to, or under which it is held; NULL: the mapping does
 * not manage it. A script can be a notebook or a file, which only its first line says; here it is
 * enough that one of the two is managed. Borrowed. */
static const char *path_of(const struct side_context *c, const struct tree_file *f,
			   const struct notebook_name *name)
{
	if (name->stem && takes(c, name->stem, f))
		return name->stem;
	if (!files_wanted(c) || f->mode == MODE_SUBMODULE || file_class(f->path) == FILE_NOTEBOOK)
		return NULL;
	return takes(c, f->path, f) ? f->path : NULL;
}

/* path: see path_of(). */
static void take_file(struct git_side *s, const struct tree_file *f, const char *path,
		      const struct notebook_name *name)
{
	struct side_context *c = s->side.context;
	struct row *row = table_find(&c->table, path), *known = known_row(c, f);
	struct err e = ERR_INIT;

	if (path_check(f->path, &e)) {
		hold(table_get(&c->table, path), HOLD_NAME, f->path, &e);
	} else if (f->mode == MODE_LINK || f->mode == MODE_SUBMODULE) {
		err_set(&e, ERR_INVALID, "'%s' is a link in the repository", f->path);
		hold(table_get(&c->table, path), HOLD_KIND, f->path, &e);
	} else if (git_attributes_check(c, &s->attributes, f->path, &f->id, &e)) {
		hold(table_get(&c->table, path), HOLD_KIND, f->path, &e);
	} else if (!files_wanted(c) && row && entry_is_found(row, SIDE_GIT)) {
		hold_both(row, f->path);
	} else if (known) {
		entry_found(known, SIDE_GIT);
	} else if (name->stem) {
		read_file(s, f, name);
	} else if (row && entry_is_found(row, SIDE_GIT)) {
		hold_both(row, f->path);
	} else {
		take_plain(s, f);
	}
}

void git_look_at_file(struct git_side *s, const struct tree_file *f)
{
	struct side_context *c = s->side.context;
	struct notebook_name name = { 0 };
	const char *path;

	notebook_name_parse(&name, f->path);
	path = path_of(c, f, &name);
	if (path && !known_plain(c, f))
		take_file(s, f, path, &name);
	notebook_name_release(&name);
}

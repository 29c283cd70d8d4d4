/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mapping's filter. The hard part is that a notebook's names are only known bit by bit: a new
 * file tells its own name, its language (and so its name on the branch) is known once it was read,
 * and a name that it had on a side is known from the entry. Each question is asked with the names
 * that are known then, and the names of a row include those of its entries; so a look never
 * refuses what the row allows.
 */

#include "filter/filter.h"

#include <stdlib.h>
#include <string.h>

#include "path/path.h"

void filter_init(struct filter *f, const struct config_mapping *m)
{
	*f = (struct filter){ .mapping = m, .generation = 1 };
}

void filter_release(struct filter *f)
{
	ignore_release(&f->rules);
}

void filter_swap(struct filter *f, struct ignore *rules)
{
	struct ignore old = f->rules;

	f->rules = *rules;
	*rules = old;
	f->generation++;
}

/* ---- names ---- */

/* The files a notebook is, or would be: those that differ from each other. */
struct files {
	char *name[SIDE_COUNT + 1]; /* owned */
	size_t count;
};

static void files_add(struct files *files, char *name)
{
	for (size_t i = 0; i < files->count; i++) {
		if (str_eq(files->name[i], name)) {
			free(name);
			return;
		}
	}
	files->name[files->count++] = name;
}

static void files_release(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->name[i]);
}

/* The version that is agreed, else would be. */
static const struct version *likely_version(const struct row *row)
{
	if (!version_absent(&row->agreed))
		return &row->agreed;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (!version_absent(&row->side[s].version))
			return &row->side[s].version;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (!version_absent(&row->base[s]))
			return &row->base[s];
	return NULL;
}

/* Format and language of that version. The name of an .ipynb does not tell its language: then that
 * of a source file on some side does. False when nothing is known yet. */
static bool tell_version(struct version *out, const struct row *row)
{
	const struct version *v = row ? likely_version(row) : NULL;
	struct notebook_name name;

	if (!v)
		return false;
	*out = *v;
	for (enum side_id s = 0; out->format == NOTEBOOK_IPYNB && s < SIDE_COUNT; s++) {
		const struct entry *entry = &row->side[s];

		if (entry->state == ENTRY_ABSENT || !entry->file ||
		    !notebook_name_parse(&name, entry->file))
			continue;
		if (name.format == NOTEBOOK_SOURCE)
			out->language = name.language;
		notebook_name_release(&name);
	}
	return true;
}

/* Whether a file can go on under its name as that version. */
static bool name_stays(const char *file, const struct version *v)
{
	struct notebook_name name;
	bool stays;

	if (!notebook_name_parse(&name, file))
		return true;
	stays = name.format == NOTEBOOK_IPYNB || name.language == v->language;
	notebook_name_release(&name);
	return stays;
}

/* What the notebook is called on one side, and what it will be called there. */
static void add_side(struct files *files, const struct filter *f, const char *stem,
		     const struct row *row, enum side_id side, const struct version *v)
{
	const struct entry *entry = row ? &row->side[side] : NULL;
	const char *has = entry && entry->state != ENTRY_ABSENT ? entry->file : NULL;

	if (has)
		files_add(files, xstrdup(has));
	if (v && (!has || !name_stays(has, v)))
		files_add(files, notebook_name_make(
					 stem, version_fresh_format(f->mapping, side, v->format),
					 v->language));
}

/* ---- answers ---- */

bool filter_includes(const struct config_mapping *m, const char *stem)
{
	return !names_ignored(stem) && glob_list_matches(m->include, stem) &&
	       !glob_list_matches(m->exclude, stem);
}

/* By the ignore files. What is agreed goes on while it is not known what they say; what is new
 * waits. */
static bool by_file(const struct filter *f, const char *stem, const char *file, bool agreed)
{
	enum ignore_verdict verdict = ignore_notebook(&f->rules, file, strlen(stem));

	return verdict == IGNORE_NOT || (verdict == IGNORE_UNKNOWN && agreed);
}

static bool judge(const struct filter *f, const char *stem, const struct row *row,
		  const struct version *v)
{
	static const enum side_id named[] = { SIDE_LOCAL, SIDE_GIT };
	bool agreed = row && !version_absent(&row->agreed), manages;
	struct files files = { .count = 0 };

	if (!filter_includes(f->mapping, stem))
		return false;
	if (!f->rules.files)
		return true;
	/* A file that is no notebook has one name everywhere. */
	if (v && v->kind == VERSION_FILE)
		return by_file(f, stem, stem, agreed);
	for (size_t i = 0; i < ARRAY_SIZE(named); i++)
		if (config_has_side(f->mapping, named[i]))
			add_side(&files, f, stem, row, named[i], v);
	manages = files.count || by_file(f, stem, stem, agreed);
	for (size_t i = 0; i < files.count; i++)
		manages &= by_file(f, stem, files.name[i], agreed);
	files_release(&files);
	return manages;
}

static bool judge_row(const struct filter *f, const struct row *row)
{
	struct version v;

	return judge(f, row->path, row, tell_version(&v, row) ? &v : NULL);
}

bool filter_manages_row(const struct filter *f, struct row *row)
{
	if (row->filtered.generation != f->generation) {
		row->filtered.managed = judge_row(f, row);
		row->filtered.generation = f->generation;
	}
	return row->filtered.managed;
}

/* Whether the row's answer, if it is a yes, was one about this file too. */
static bool covers(const struct filter *f, const struct row *row, const char *file)
{
	const struct entry *local = &row->side[SIDE_LOCAL], *git = &row->side[SIDE_GIT];

	return row->filtered.generation == f->generation && row->filtered.managed &&
	       ((local->state != ENTRY_ABSENT && str_eq(local->file, file)) ||
		(git->state != ENTRY_ABSENT && str_eq(git->file, file)));
}

bool filter_takes(const struct filter *f, const char *stem, const char *file, const struct row *row)
{
	if (row && covers(f, row, file))
		return true;
	return filter_includes(f->mapping, stem) &&
	       by_file(f, stem, file, row && !version_absent(&row->agreed));
}

bool filter_takes_object(const struct filter *f, const char *stem,
			 const enum notebook_language *language, struct row *row)
{
	struct version v;

	if (!language || tell_version(&v, row))
		return row ? filter_manages_row(f, row) : judge(f, stem, NULL, NULL);
	v = (struct version){ .language = *language };
	v.format = f->mapping->git_format == CONFIG_FORMAT_IPYNB ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
	return judge(f, stem, row, &v);
}

bool filter_enters(const struct filter *f, const char *folder)
{
	return !names_folder_ignored(folder) &&
	       ignore_path(&f->rules, folder, true) != IGNORE_MATCHED;
}

/* Whether what its file is called does not matter: the stem, or a folder above it, decides. */
static bool refused_by_place(const struct filter *f, const char *stem)
{
	cleanup_free char *folder = path_dir(stem);

	return !filter_includes(f->mapping, stem) ||
	       (*folder && ignore_path(&f->rules, folder, true) == IGNORE_MATCHED);
}

void filter_spare(const struct filter *f, struct table *t, enum side_id side)
{
	for (struct row *row = table_next(t, NULL); row; row = table_next(t, row))
		if (row->side[side].state != ENTRY_ABSENT && !entry_is_found(row, side) &&
		    !version_absent(&row->base[side]) && !filter_manages_row(f, row) &&
		    !refused_by_place(f, row->path))
			entry_found(row, side);
}

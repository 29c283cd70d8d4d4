/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How people write: texts of notebooks made of tokens, put on one side, with a note of whom they
 * touched and of what they took away.
 */

#include "tests/model/people.h"

#include <stdlib.h>
#include <string.h>

#include "tests/world/store.h"

/* ---- names ---- */

char *model_stem(unsigned lane, unsigned stem)
{
	return xasprintf("l%02u/%s", lane, stem_names[stem]);
}

char *people_path(const struct model *m, enum side_id side, const char *file)
{
	return xasprintf("%s%s", side == SIDE_GIT ? m->setup->git_path : "", file);
}

void people_hint(struct model *m, enum side_id side, const char *file)
{
	if (side != SIDE_LOCAL)
		return;
	m->hints = array_grow(m->hints, m->hint_count, &m->hint_cap, sizeof(*m->hints));
	m->hints[m->hint_count++] = xstrdup(file);
}

void people_touch(struct model *m, const struct step *s, unsigned stem)
{
	m->touched[s->lane][stem] |= (uint8_t)(1u << s->side);
	m->news[s->side][s->lane][stem] = true;
}

/* ---- tokens ---- */

static bool contains(const uint16_t *tokens, size_t count, uint16_t token)
{
	for (size_t i = 0; i < count; i++)
		if (tokens[i] == token)
			return true;
	return false;
}

void people_replaced(struct model *m, const uint16_t *old, size_t old_count, const uint16_t *new,
		     size_t new_count)
{
	for (size_t i = 0; i < old_count; i++)
		if (!contains(new, new_count, old[i]))
			m->taken[old[i]] = true;
	for (size_t i = 0; i < new_count; i++)
		m->known[new[i]] = true;
}

/* ---- texts ---- */

static const char *prefix_of(enum notebook_language language)
{
	return language == NOTEBOOK_SQL ? "--" : language == NOTEBOOK_SCALA ? "//" : "#";
}

static const char *extension_of(enum notebook_format format, enum notebook_language language)
{
	return extension_names[format == NOTEBOOK_IPYNB ? EXTENSIONS - 1 : (int)language];
}

char *people_source(enum notebook_language language, const uint16_t *tokens, size_t count)
{
	const char *prefix = prefix_of(language);
	struct buf out = BUF_INIT(65536);

	buf_addf(&out, "%s Databricks notebook source\n", prefix);
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_addf(&out, "\n%s COMMAND ----------\n\n", prefix);
		buf_addf(&out, "tok%04u\n", tokens[i]);
	}
	return buf_steal(&out, NULL);
}

static char *write_ipynb(enum notebook_language language, const uint16_t *tokens, size_t count)
{
	static const char *const names[] = { "python", "sql", "scala", "r" };
	struct buf out = BUF_INIT(65536);

	buf_add_str(&out, "{\"cells\": [");
	for (size_t i = 0; i < count; i++)
		buf_addf(&out,
			 "%s\n {\"cell_type\": \"code\", \"execution_count\": null, \"metadata\": "
			 "{}, \"outputs\": [], \"source\": [\"tok%04u\"]}",
			 i ? "," : "", tokens[i]);
	buf_addf(&out,
		 "\n], \"metadata\": {\"language_info\": {\"name\": \"%s\"}}, \"nbformat\": 4, "
		 "\"nbformat_minor\": 4}\n",
		 names[language]);
	return buf_steal(&out, NULL);
}

/* ---- writing ---- */

bool people_is_free(const struct model *m, enum side_id side, const char *stem)
{
	cleanup_free char *path = xasprintf("%s/%s", WORLD_FOLDER, stem);
	struct store_object o;
	bool good = true;

	if (side != SIDE_WORKSPACE)
		return true;
	if (store_get(m->w->store, path, &o))
		good = o.type == WORKSPACE_NOTEBOOK;
	store_object_release(&o);
	for (char *slash; good && (slash = strrchr(path, '/')) != path;) {
		*slash = '\0';
		if (store_get(m->w->store, path, &o))
			good = o.type == WORKSPACE_DIRECTORY;
		store_object_release(&o);
	}
	return good;
}

void people_put_text(struct model *m, enum side_id side, const char *file, const char *text)
{
	cleanup_free char *path = people_path(m, side, file);

	world_write(m->w, side, path, text);
	people_hint(m, side, file);
}

void people_remove(struct model *m, enum side_id side, const char *file)
{
	cleanup_free char *path = people_path(m, side, file);

	world_delete(m->w, side, path);
	people_hint(m, side, file);
}

void people_put(struct model *m, enum side_id side, const char *stem, enum notebook_format format,
		enum notebook_language language, const uint16_t *tokens, size_t count,
		const struct sight *old)
{
	cleanup_free char *file = xasprintf("%s%s", stem, extension_of(format, language));
	cleanup_free char *text = format == NOTEBOOK_IPYNB ? write_ipynb(language, tokens, count)
							   : people_source(language, tokens, count);

	people_put_text(m, side, file, text);
	people_replaced(m, old ? old->tokens : NULL, old ? old->token_count : 0, tokens, count);
	if (old && side != SIDE_WORKSPACE && !str_eq(old->file, file))
		people_remove(m, side, old->file);
}

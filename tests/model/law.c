/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The law: whatever a cycle, and not a person, replaced or took away on a side, the hub has its bytes,
 * whole; or they stand somewhere still. What a person did while the cycle ran is told apart by looking
 * right before and right after it. And what a cycle put in the place of a notebook says something
 * else, in the same format, with all marks of it but for those that somebody took away; a new notebook
 * has the format that the configuration wants.
 *
 * This does not judge what becomes of marks where two sides changed one notebook, where there were
 * renames, and where there was a clash: only that their bytes are in the hub.
 */

#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "filter/names.h"
#include "path/path.h"
#include "tests/model/model.h"

/* Where one side is preferred, what another said may lose without a word; the hub has it. */
bool law_is_loose(const struct model *m, unsigned lane)
{
	return !m->setup->keeps_both || m->moved[lane] || m->ever_moved[lane] || m->clashed[lane];
}

/* ---- bytes ---- */

static void note_displaced(struct model *m, const struct sight *s)
{
	struct world *w = m->w;

	w->versions = array_grow(w->versions, w->version_count, &w->version_cap,
				 sizeof(*w->versions));
	w->versions[w->version_count++] =
		(struct world_version){ .side = s->side, .id = s->raw, .path = xstrdup(s->file) };
}

/* The only notebook of that stem on that side. */
static const struct sight *find_only(const struct sights *all, const struct sight *like)
{
	const struct sight *found = NULL;

	for (size_t i = 0; i < all->count; i++) {
		const struct sight *s = &all->items[i];

		if (s->side != like->side || !str_eq(s->stem, like->stem))
			continue;
		if (found || s->kind != SIGHT_NOTEBOOK)
			return NULL;
		found = s;
	}
	return found;
}

/* ---- format and marks ---- */

/* Two sides have touched it, this one among them: what becomes of it is a merge, or a clash. */
static bool is_joined(const struct model *m, unsigned lane, unsigned index, enum side_id side)
{
	unsigned mask = m->touched[lane][index];

	return mask & (1u << side) && mask & ~(1u << side);
}

static void check_mark(struct model *m, const struct sight *s, enum mark k, uint16_t was,
		       uint16_t is)
{
	if (was && was != is && !m->marked[k][was].taken)
		model_wrong(m, "a cycle took %s %u of '%s' away on the %s side", mark_names[k], was,
			    s->file, side_names[s->side]);
}

static void check_cells(struct model *m, const struct sight *was, const struct sight *is,
			bool joined)
{
	bool strip = m->program->words[RICH_OUTPUTS] == 0;

	for (size_t i = 0; i < was->nb.count; i++) {
		uint16_t token = was->nb.cells[i].token;
		const struct rich_cell *old = rich_find(&was->nb, token);
		const struct rich_cell *new = rich_find(&is->nb, token);

		for (enum mark k = 0; old && new &&k < MARKS_OF_CELLS; k++)
			if (!joined || (k == MARK_OUTPUT && strip))
				check_mark(m, was, k, old->marks[k], new->marks[k]);
	}
}

static void check_written(struct model *m, const struct sight *was, const struct sight *is)
{
	unsigned lane, index;
	bool joined;

	if (!model_locate(was->stem, &lane, &index) || law_is_loose(m, lane))
		return;
	if (was->format != is->format) {
		model_wrong(m, "a cycle made '%s' of '%s' on the %s side", is->file, was->file,
			    side_names[was->side]);
		return;
	}
	joined = is_joined(m, lane, index, was->side);
	check_cells(m, was, is, joined);
	for (enum mark k = MARKS_OF_CELLS; k < MARKS && !joined; k++)
		if (rich_tells(&is->nb, k))
			check_mark(m, was, k, was->nb.marks[k], is->nb.marks[k]);
}

/* Nobody writes what stands there already in another spelling. */
static void check_need(struct model *m, const struct sight *was, const struct sight *is)
{
	if (was->kind == SIGHT_NOTEBOOK && is->kind == SIGHT_NOTEBOOK &&
	    oid_equal(&was->cells, &is->cells) && memcmp(&was->nb, &is->nb, sizeof(was->nb)) == 0)
		model_wrong(m, "a cycle wrote '%s' of the %s side anew, which says what it said",
			    is->file, side_names[is->side]);
}

/* What a cycle wrote where no notebook was. */
static void check_new(struct model *m, const struct sight *s)
{
	const struct config_mapping *mapping = config_mapping(m->w->config, "etl");
	/* Order of rich_words. */
	static const int64_t in_workspace[] = { CONFIG_FORMAT_KEEP, CONFIG_FORMAT_SOURCE,
						CONFIG_FORMAT_IPYNB };
	bool knows = config_key_find(CONFIG_MAPPING, rich_keys[RICH_WORKSPACE_FORMAT]) != NULL;
	int64_t formats[SIDE_COUNT] = {
		[SIDE_LOCAL] = mapping->local_format,
		[SIDE_WORKSPACE] =
			in_workspace[knows ? m->program->words[RICH_WORKSPACE_FORMAT] : 0],
		[SIDE_GIT] = mapping->git_format,
	};
	unsigned lane, index;

	if (s->kind != SIGHT_NOTEBOOK || !model_locate(s->stem, &lane, &index) ||
	    law_is_loose(m, lane) || formats[s->side] == CONFIG_FORMAT_KEEP)
		return;
	if ((formats[s->side] == CONFIG_FORMAT_IPYNB) != (s->format == NOTEBOOK_IPYNB))
		model_wrong(m,
			    "a cycle made '%s' on the %s side, which is not the format of new "
			    "notebooks there",
			    s->file, side_names[s->side]);
}

/* ---- both moments ---- */

static bool has_stem(const struct sights *all, const struct sight *like)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].side == like->side && str_eq(all->items[i].stem, like->stem))
			return true;
	return false;
}

static void note_clashes(struct model *m, const struct sights *now)
{
	for (size_t i = 0; i < now->count; i++) {
		cleanup_free char *original = NULL;
		unsigned lane, index;

		if (now->items[i].kind == SIGHT_COPY &&
		    names_is_conflict(now->items[i].stem, &original, NULL) &&
		    model_locate(original, &lane, &index))
			m->clashed[lane] = true;
	}
}

void law_begin(struct model *m)
{
	sights_release(&m->stood);
	model_look(m, &m->stood);
}

void law_end(struct model *m)
{
	struct sights now;

	model_look(m, &now);
	note_clashes(m, &now);
	for (size_t i = 0; i < m->stood.count; i++) {
		const struct sight *was = &m->stood.items[i];
		const struct sight *is = sights_file(&now, was->side, was->file);

		if ((is && oid_equal(&was->raw, &is->raw)) ||
		    str_starts(path_base(was->file), PATH_TEMP_PREFIX))
			continue;
		note_displaced(m, was);
		if (is)
			check_need(m, was, is);
		is = find_only(&now, was);
		if (is && find_only(&m->stood, was) == was)
			check_written(m, was, is);
	}
	for (size_t i = 0; i < now.count; i++)
		if (!has_stem(&m->stood, &now.items[i]))
			check_new(m, &now.items[i]);
	marks_check_outputs(m, &now);
	sights_release(&now);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What must be true of marks: sides agree in them as far as their formats can tell, nobody's is lost,
 * and outputs are only where they may be. */

#include "tests/model/model.h"

/* Order of rich_words. */
enum { OUTPUTS_STRIP, OUTPUTS_KEEP, OUTPUTS_KEEP_TAGGED };

/* Whether sides have to agree in what a cell has. */
static bool is_common(const struct model *m, enum mark k, const struct rich_cell *cell)
{
	uint8_t outputs = m->program->words[RICH_OUTPUTS];

	return k != MARK_OUTPUT || outputs == OUTPUTS_KEEP ||
	       (outputs == OUTPUTS_KEEP_TAGGED && cell->keeps);
}

/* Whoever made Jupyter of source took nothing away that source could not say: it may come, or not. */
static bool may_be_silent(const struct model *m, const struct sight *s)
{
	unsigned lane, index;

	return model_locate(s->stem, &lane, &index) && m->reformed[lane];
}

static void differ(struct model *m, enum mark k, const struct sight *a, uint16_t one,
		   const struct sight *b, uint16_t other)
{
	if (one != other && ((one && other) || !may_be_silent(m, a)))
		model_wrong(m, "'%s' has %s %u on the %s side and %u on the %s side", a->stem,
			    mark_names[k], one, side_names[a->side], other, side_names[b->side]);
}

void marks_agree(struct model *m, const struct sight *a, const struct sight *b)
{
	for (enum mark k = 0; k < MARKS; k++) {
		if (!rich_tells(&a->nb, k) || !rich_tells(&b->nb, k))
			continue;
		if (k >= MARKS_OF_CELLS) {
			differ(m, k, a, a->nb.marks[k], b, b->nb.marks[k]);
			continue;
		}
		for (size_t i = 0; i < a->nb.count && i < b->nb.count; i++) {
			const struct rich_cell *one = &a->nb.cells[i], *other = &b->nb.cells[i];

			if (is_common(m, k, one))
				differ(m, k, a, one->marks[k], b, other->marks[k]);
			if (k == MARK_TAG)
				differ(m, k, a, one->keeps, b, other->keeps);
		}
	}
}

static void check_stayed(struct model *m, enum mark k, const struct sight *was, uint16_t one,
			 uint16_t other)
{
	/* A cell that is tagged so from now on gets what it has elsewhere. */
	if (!one && k == MARK_OUTPUT && m->program->words[RICH_OUTPUTS] == OUTPUTS_KEEP_TAGGED)
		return;
	if (one != other && (one || !may_be_silent(m, was)))
		model_wrong(m, "'%s' had %s %u where the %s side alone touched it, and has %u now",
			    was->file, mark_names[k], one, side_names[was->side], other);
}

/* Outputs that somebody just asked to keep, and does not have, may come from where they are. */
static bool may_come(const struct model *m, enum mark k, const struct rich_cell *was)
{
	return k == MARK_OUTPUT && m->program->words[RICH_OUTPUTS] == OUTPUTS_KEEP_TAGGED &&
	       was->keeps && !was->marks[k];
}

void marks_stay(struct model *m, const struct sight *was, const struct sight *is)
{
	if (was->format != is->format)
		model_wrong(m, "'%s' is '%s' where the %s side alone touched it", was->file,
			    is->file, side_names[was->side]);
	for (enum mark k = 0; k < MARKS; k++) {
		if (k >= MARKS_OF_CELLS)
			check_stayed(m, k, was, was->nb.marks[k], is->nb.marks[k]);
		for (size_t i = 0; k < MARKS_OF_CELLS && i < was->nb.count && i < is->nb.count; i++)
			if (!may_come(m, k, &was->nb.cells[i]))
				check_stayed(m, k, was, was->nb.cells[i].marks[k],
					     is->nb.cells[i].marks[k]);
	}
}

/* ---- none is lost ---- */

static bool is_seen(const struct sights *now, enum mark k, uint16_t number)
{
	for (size_t i = 0; i < now->count; i++)
		if (rich_has(&now->items[i].nb, k, number))
			return true;
	return false;
}

/* An output that nobody asked to keep, in the place where somebody tagged the cell elsewhere: there stands
 * by now the one that the tag keeps. */
static bool is_displaced(const struct model *m, enum mark k, const struct marked *mark)
{
	if (k != MARK_OUTPUT || m->program->words[RICH_OUTPUTS] != OUTPUTS_KEEP_TAGGED ||
	    mark->kept)
		return false;
	for (uint16_t n = 1; n < STEPS_TOKENS; n++) {
		const struct marked *other = &m->marked[k][n];

		if (other->known && other->kept && other->lane == mark->lane &&
		    other->token == mark->token)
			return true;
	}
	return false;
}

void marks_check(struct model *m, const struct sights *now)
{
	for (enum mark k = 0; k < MARKS; k++) {
		for (uint16_t n = 1; n < STEPS_TOKENS; n++) {
			const struct marked *mark = &m->marked[k][n];

			if (!mark->known || mark->taken || law_is_loose(m, mark->lane) ||
			    (k < MARKS_OF_CELLS && m->taken[mark->token]))
				continue;
			if (!is_seen(now, k, n) && !is_displaced(m, k, mark))
				model_wrong(m, "%s %u is gone, and nobody took it away",
					    mark_names[k], n);
		}
	}
}

/* ---- outputs ---- */

static void check_output(struct model *m, const struct sight *s, const struct rich_cell *cell)
{
	struct marked *mark = &m->marked[MARK_OUTPUT][cell->marks[MARK_OUTPUT]];

	if (!cell->marks[MARK_OUTPUT] || mark->side == s->side)
		return;
	if (m->program->words[RICH_OUTPUTS] == OUTPUTS_STRIP || !mark->kept)
		model_wrong(m, "output %u, which is of the %s side, is in '%s' of the %s side",
			    cell->marks[MARK_OUTPUT], side_names[mark->side], s->file,
			    side_names[s->side]);
}

/* A cell that is tagged where it ran has outputs that may travel. */
static void note_kept(struct model *m, const struct sight *s)
{
	for (size_t i = 0; i < s->nb.count; i++) {
		struct marked *mark = &m->marked[MARK_OUTPUT][s->nb.cells[i].marks[MARK_OUTPUT]];

		mark->kept |= mark->side == s->side && s->nb.cells[i].keeps;
	}
}

void marks_check_outputs(struct model *m, const struct sights *now)
{
	for (size_t i = 0; i < now->count; i++)
		note_kept(m, &now->items[i]);
	if (m->program->words[RICH_OUTPUTS] == OUTPUTS_KEEP)
		return;
	for (size_t i = 0; i < now->count; i++)
		for (size_t j = 0; j < now->items[i].nb.count; j++)
			check_output(m, &now->items[i], &now->items[i].nb.cells[j]);
}

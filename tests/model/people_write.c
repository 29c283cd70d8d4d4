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

/* ---- tokens and marks ---- */

static void take_marks(struct model *m, enum mark from, enum mark to, const uint16_t *marks,
		       const struct rich *new)
{
	for (enum mark k = from; k < to; k++)
		if (marks[k] && !rich_has(new, k, marks[k]))
			m->marked[k][marks[k]].taken = true;
}

static void give_mark(struct model *m, const struct step *s, enum mark k, uint16_t number,
		      const struct rich_cell *cell)
{
	struct marked *mark = &m->marked[k][number];

	if (!number)
		return;
	if (!mark->known)
		mark->side = s->side;
	mark->known = true;
	mark->lane = s->lane;
	mark->token = cell ? cell->token : 0;
	mark->kept |= cell && cell->keeps;
}

void people_replaced(struct model *m, const struct step *s, const struct rich *old,
		     const struct rich *new)
{
	for (size_t i = 0; old && i < old->count; i++) {
		if (!rich_has_token(new, old->cells[i].token))
			m->taken[old->cells[i].token] = true;
		take_marks(m, 0, MARKS_OF_CELLS, old->cells[i].marks, new);
	}
	if (old)
		take_marks(m, MARKS_OF_CELLS, MARKS, old->marks, new);
	for (size_t i = 0; new &&i < new->count; i++) {
		m->known[new->cells[i].token] = true;
		for (enum mark k = 0; k < MARKS_OF_CELLS; k++)
			give_mark(m, s, k, new->cells[i].marks[k], &new->cells[i]);
	}
	for (enum mark k = MARKS_OF_CELLS; new &&k < MARKS; k++)
		give_mark(m, s, k, new->marks[k], NULL);
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
		good = o.type == STORE_NOTEBOOK;
	store_object_release(&o);
	for (char *slash; good && (slash = strrchr(path, '/')) != path;) {
		*slash = '\0';
		if (store_get(m->w->store, path, &o))
			good = o.type == STORE_DIRECTORY;
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

static const char *extension_of(const struct rich *nb)
{
	return extension_names[nb->format == NOTEBOOK_IPYNB ? EXTENSIONS - 1 : (int)nb->language];
}

void people_put(struct model *m, const struct step *s, const char *stem, const struct rich *nb,
		const struct sight *old)
{
	cleanup_free char *file = xasprintf("%s%s", stem, extension_of(nb));
	cleanup_free char *text = rich_text(nb);

	people_put_text(m, s->side, file, text);
	people_replaced(m, s, old ? &old->nb : NULL, nb);
	if (old && s->side != SIDE_WORKSPACE && !str_eq(old->file, file))
		people_remove(m, s->side, old->file);
}

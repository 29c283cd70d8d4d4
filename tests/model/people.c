/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people do. Each of them sees one side and knows nothing of nbsync: reads a notebook there,
 * writes another one. What they took away of what they saw is noted.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "path/path.h"
#include "tests/model/people.h"
#include "tests/world/files.h"
#include "tests/world/store.h"

/* ---- one notebook ---- */

static void do_write(struct place *p)
{
	uint16_t tokens[] = { p->step->token, (uint16_t)(p->step->token + 1),
			      (uint16_t)(p->step->token + 2) };
	struct rich nb;
	enum notebook_format format = p->step->to == EXTENSIONS - 1 ? NOTEBOOK_IPYNB
								    : NOTEBOOK_SOURCE;
	enum notebook_language language = format == NOTEBOOK_IPYNB
						  ? NOTEBOOK_PYTHON
						  : (enum notebook_language)p->step->to;

	if (!p->exists && !people_is_free(p->m, p->step->side, p->stem))
		return;
	nb = rich_plain(p->exists ? p->there.format : format,
			p->exists ? p->there.language : language, tokens, 3);
	people_enrich(p->m, &nb, p->step->token);
	people_put(p->m, p->step, p->stem, &nb, p->exists ? &p->there : NULL);
}

/* Replaces one token in the text and nothing else. */
static void do_edit(struct place *p)
{
	cleanup_free char *old = NULL, *text = NULL;
	struct rich nb = p->there.nb;
	struct rich_cell *cell;
	const char *found;

	if (!nb.count)
		return;
	cell = &nb.cells[p->step->cell % nb.count];
	old = xasprintf("tok%04u", cell->token);
	cell->token = p->step->token;
	found = strstr(p->there.text, old);
	text = xasprintf("%.*stok%04u%s", (int)(found - p->there.text), p->there.text,
			 p->step->token, found + strlen(old));
	people_put_text(p->m, p->step->side, p->there.file, text);
	people_replaced(p->m, p->step, &p->there.nb, &nb);
}

static void do_insert(struct place *p)
{
	struct rich nb = p->there.nb;
	size_t at = p->step->cell % (nb.count + 1);

	if (nb.count + 1 >= MODEL_CELLS)
		return;
	memmove(nb.cells + at + 1, nb.cells + at, (nb.count - at) * sizeof(*nb.cells));
	nb.cells[at] = (struct rich_cell){ .token = p->step->token };
	nb.count++;
	if (p->m->program->rich && p->step->cell % 2)
		rich_fill_cell(&nb, at, p->step->token);
	people_put(p->m, p->step, p->stem, &nb, &p->there);
}

static void do_cut(struct place *p)
{
	struct rich nb = p->there.nb;
	size_t at;

	if (nb.count < 2)
		return;
	at = p->step->cell % nb.count;
	nb.count--;
	memmove(nb.cells + at, nb.cells + at + 1, (nb.count - at) * sizeof(*nb.cells));
	people_put(p->m, p->step, p->stem, &nb, &p->there);
}

static void do_delete(struct place *p)
{
	people_replaced(p->m, p->step, &p->there.nb, NULL);
	people_forget_marks(p->m, p->stem);
	people_remove(p->m, p->step->side, p->there.file);
}

static void do_rename(struct place *p)
{
	cleanup_free char *stem = model_stem(p->step->lane, p->step->to);
	cleanup_free char *file = xasprintf("%s%s", stem, path_ext(p->there.file));
	cleanup_free char *from = people_path(p->m, p->step->side, p->there.file);
	cleanup_free char *to = people_path(p->m, p->step->side, file);
	struct sight other;
	bool taken = model_find(p->m, p->step->side, stem, &other);

	sight_release(&other);
	/* A notebook that was edited and renamed is recognised by its object's id, which a restart
	 * forgets; so a rename to a name that is held would not outlive it. */
	if (p->step->side == SIDE_WORKSPACE && str_eq(stem_names[p->step->to], "B"))
		return;
	if (taken || !people_is_free(p->m, p->step->side, stem))
		return;
	world_rename(p->m->w, p->step->side, from, to);
	people_hint(p->m, p->step->side, p->there.file);
	people_hint(p->m, p->step->side, file);
	people_touch(p->m, p->step, p->step->to);
	p->m->moved[p->step->lane] |= (uint8_t)(1u << p->step->side);
}

static void do_copy(struct place *p)
{
	cleanup_free char *stem = model_stem(p->step->lane, p->step->to);
	cleanup_free char *file = xasprintf("%s%s", stem, path_ext(p->there.file));
	struct sight other;
	bool taken = model_find(p->m, p->step->side, stem, &other);

	sight_release(&other);
	if (taken || !people_is_free(p->m, p->step->side, stem))
		return;
	people_put_text(p->m, p->step->side, file, p->there.text);
	people_touch(p->m, p->step, p->step->to);
	/* Once the original goes, that was a rename. */
	p->m->moved[p->step->lane] |= (uint8_t)(1u << p->step->side);
}

static void do_touch(struct place *p)
{
	people_put_text(p->m, p->step->side, p->there.file, p->there.text);
}

static void do_format(struct place *p)
{
	enum notebook_format other = p->there.format == NOTEBOOK_IPYNB ? NOTEBOOK_SOURCE
								       : NOTEBOOK_IPYNB;

	struct rich nb = p->there.nb;

	/* Two commits in Git: who goes back by one finds both files. */
	p->m->contested[p->step->lane][p->step->from] = true;
	nb.format = other;
	p->m->reformed[p->step->lane] |= other == NOTEBOOK_IPYNB;
	rich_keep_what_it_tells(&nb);
	people_forget_marks(p->m, p->stem);
	people_put(p->m, p->step, p->stem, &nb, &p->there);
}

static void do_language(struct place *p)
{
	enum notebook_language next = (p->there.language + 1) % NOTEBOOK_LANGUAGES;

	struct rich nb = p->there.nb;

	p->m->contested[p->step->lane][p->step->from] = true;
	nb.language = next;
	rich_keep_what_it_tells(&nb);
	people_put(p->m, p->step, p->stem, &nb, &p->there);
}

/* ---- broken files ---- */

static struct broken *broken_at(struct model *m, const struct step *s)
{
	return &m->broken[s->side][s->lane][s->from];
}

/* Markers of a merge, the first line lost, or half of it. */
static void do_break(struct place *p)
{
	struct broken *b = broken_at(p->m, p->step);
	size_t len = strlen(p->there.text);
	cleanup_free char *text = NULL;

	if (p->step->side == SIDE_WORKSPACE || !p->there.nb.count)
		return;
	if (p->there.format == NOTEBOOK_IPYNB)
		text = xasprintf("%.*s", (int)(len / 2), p->there.text);
	else if (p->step->cell % 2)
		text = xstrdup(strchrnul(p->there.text, '\n'));
	else
		text = xasprintf("%s<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n", p->there.text);
	/* A commit that takes the header away is a deletion, and what the notebook alone said goes with
	 * it. */
	if (p->step->side == SIDE_GIT && p->there.format == NOTEBOOK_SOURCE && p->step->cell % 2)
		p->m->ever_moved[p->step->lane] = true;
	b->is = true;
	snprintf(b->file, sizeof(b->file), "%s", p->there.file);
	b->nb = p->there.nb;
	people_put_text(p->m, p->step->side, p->there.file, text);
}

/* Whoever repairs it knows what it was; token 0: just that, otherwise one cell is edited. */
static void repair(struct place *p, uint16_t token)
{
	struct broken *b = broken_at(p->m, p->step);
	struct sight old = p->there;
	struct rich nb = b->nb;

	if (token)
		nb.cells[p->step->cell % nb.count].token = token;
	old.nb = b->nb;
	people_put(p->m, p->step, p->stem, &nb, &old);
	b->is = false;
}

static void give_up(struct place *p, const char *file)
{
	struct broken *b = broken_at(p->m, p->step);

	people_replaced(p->m, p->step, &b->nb, NULL);
	people_forget_marks(p->m, p->stem);
	people_remove(p->m, p->step->side, file);
	b->is = false;
}

/* Another file of the notebook has arrived meanwhile: that one is no version of the broken one. */
static bool is_beside(const struct place *p)
{
	return p->exists && !str_eq(p->there.file, broken_at(p->m, p->step)->file);
}

/* A file that is broken is repaired or deleted; nobody does anything else to it. */
static void do_broken(struct place *p)
{
	struct broken *b = broken_at(p->m, p->step);

	people_touch(p->m, p->step, p->step->from);
	if (!p->exists)
		b->is = false;
	else if (is_beside(p) || p->step->verb == VERB_DELETE)
		give_up(p, b->file);
	else if (p->step->verb == VERB_REPAIR)
		repair(p, p->step->token);
}

void model_repair_all(struct model *m)
{
	for (unsigned side = 0; side < SIDE_COUNT; side++) {
		for (unsigned lane = 0; lane < STEPS_LANES; lane++) {
			for (unsigned stem = 0; stem < STEMS; stem++) {
				struct step s = { .side = (uint8_t)side,
						  .lane = (uint8_t)lane,
						  .from = (uint8_t)stem };
				struct place p = { .m = m, .step = &s };

				if (!m->broken[side][lane][stem].is)
					continue;
				p.stem = model_stem(lane, stem);
				p.exists = model_find(m, side, p.stem, &p.there);
				if (is_beside(&p))
					give_up(&p, m->broken[side][lane][stem].file);
				else if (p.exists)
					repair(&p, 0);
				m->broken[side][lane][stem].is = false;
				sight_release(&p.there);
				free(p.stem);
			}
		}
	}
}

/* ---- folders ---- */

static bool has_folder(struct model *m, enum side_id side, const char *folder)
{
	cleanup_free char *path = NULL;
	struct tree_files files;
	struct store_object o;
	struct err e = ERR_INIT;
	struct hub *remote;
	struct oid tree;
	bool there;

	if (side == SIDE_LOCAL) {
		path = xasprintf("%s/%s", m->w->local, folder);
		return files_exist(path);
	}
	if (side == SIDE_WORKSPACE) {
		path = xasprintf("%s/%s", WORLD_FOLDER, folder);
		there = store_get(m->w->store, path, &o);
		store_object_release(&o);
		return there;
	}
	path = people_path(m, side, folder);
	remote = model_branch(m, &tree);
	world_ok(hub_tree_files(remote, &tree, path, &files, &e), &e);
	there = files.count > 0;
	tree_files_release(&files);
	return there;
}

static bool is_notebook(struct model *m, enum side_id side, const char *stem)
{
	struct sight there;
	bool is = model_find(m, side, stem, &there);

	sight_release(&there);
	return is;
}

static void do_move(struct model *m, const struct step *s)
{
	cleanup_free char *sub = xasprintf("l%02u/sub", s->lane), *from = NULL, *to = NULL;
	cleanup_free char *two = xasprintf("l%02u/two", s->lane);
	bool has_sub = has_folder(m, s->side, sub), has_two = has_folder(m, s->side, two);

	if (has_sub == has_two || (s->side == SIDE_WORKSPACE && is_notebook(m, s->side, sub)))
		return;
	for (unsigned stem = 0; stem < STEMS; stem++)
		if (m->broken[s->side][s->lane][stem].is)
			return;
	from = people_path(m, s->side, has_sub ? sub : two);
	to = people_path(m, s->side, has_sub ? two : sub);
	world_rename(m->w, s->side, from, to);
	people_hint(m, s->side, sub);
	people_hint(m, s->side, two);
	for (unsigned stem = 0; stem < STEMS; stem++) {
		if (!strchr(stem_names[stem], '/'))
			continue;
		people_touch(m, s, stem);
		/* Copies of clashes move along. */
		m->contested[s->lane][stem] = true;
	}
	m->moved[s->lane] |= (uint8_t)(1u << s->side);
}

/* ---- copies of clashes ---- */

static void do_copy_of_clash(struct model *m, const struct step *s)
{
	cleanup_free char *stem = model_stem(s->lane, s->to), *file = NULL;
	struct step local = *s;
	struct sights copies;
	struct sight *copy;

	if (m->setup->options.without[SIDE_LOCAL])
		return;
	local.side = SIDE_LOCAL;
	model_copies(m, s->lane, &copies);
	copy = copies.count ? &copies.items[s->cell % copies.count] : NULL;
	if (copy && s->verb == VERB_DROP) {
		people_replaced(m, &local, &copy->nb, NULL);
		people_remove(m, SIDE_LOCAL, copy->file);
	} else if (copy && s->verb == VERB_SCRIBBLE && copy->nb.count) {
		struct rich nb = rich_plain(NOTEBOOK_SOURCE, copy->language, &s->token, 1);
		cleanup_free char *text = rich_text(&nb);

		people_replaced(m, &local, &copy->nb, &nb);
		if (copy->format == NOTEBOOK_SOURCE)
			people_put_text(m, SIDE_LOCAL, copy->file, text);
		else
			m->known[s->token] = false;
	} else if (copy && s->verb == VERB_TAKE && !is_notebook(m, SIDE_LOCAL, stem)) {
		file = xasprintf("%s%s", stem, path_ext(copy->file));
		world_rename(m->w, SIDE_LOCAL, copy->file, file);
		people_hint(m, SIDE_LOCAL, file);
		people_touch(m, &local, s->to);
		m->moved[s->lane] |= 1u << SIDE_LOCAL;
	}
	sights_release(&copies);
}

/* ---- all ---- */

static void (*const doers[])(struct place *p) = {
	[VERB_WRITE] = do_write,
	[VERB_EDIT] = do_edit,
	[VERB_INSERT] = do_insert,
	[VERB_CUT] = do_cut,
	[VERB_DELETE] = do_delete,
	[VERB_RENAME] = do_rename,
	[VERB_COPY] = do_copy,
	[VERB_TOUCH] = do_touch,
	[VERB_FORMAT] = do_format,
	[VERB_LANGUAGE] = do_language,
	[VERB_BREAK] = do_break,
	[VERB_RUN] = people_run,
	[VERB_TAG] = people_tag,
	[VERB_WIDGET] = people_widget,
	[VERB_ENVIRONMENT] = people_environment,
};

static void do_to_notebook(struct model *m, const struct step *s)
{
	struct place p = { .m = m, .step = s, .stem = model_stem(s->lane, s->from) };

	p.exists = model_find(m, s->side, p.stem, &p.there);
	if (m->broken[s->side][s->lane][s->from].is) {
		do_broken(&p);
	} else if (s->verb < ARRAY_SIZE(doers) && doers[s->verb] &&
		   (p.exists || s->verb == VERB_WRITE)) {
		people_touch(m, s, s->from);
		doers[s->verb](&p);
	}
	sight_release(&p.there);
	free(p.stem);
}

static void do_wipe(struct model *m, const struct step *s)
{
	for (uint8_t stem = 0; stem < STEMS; stem++) {
		struct step one = *s;

		one.verb = VERB_DELETE;
		one.from = stem;
		do_to_notebook(m, &one);
	}
}

void model_do(struct model *m, const struct step *s)
{
	if (m->setup->options.without[s->side])
		return;
	if (s->verb == VERB_REWIND)
		people_rewind(m);
	else if (s->verb == VERB_WIPE)
		do_wipe(m, s);
	else if (s->verb == VERB_MOVE)
		do_move(m, s);
	else if (s->verb == VERB_DROP || s->verb == VERB_TAKE || s->verb == VERB_SCRIBBLE)
		do_copy_of_clash(m, s);
	else
		do_to_notebook(m, s);
}

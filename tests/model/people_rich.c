/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people do to what only a rich notebook can say. They see one side, and change one thing of what
 * its format tells them.
 */

#include "tests/model/people.h"

/* One cell of the notebook, to be changed; NULL when nobody can do that there. */
static struct rich_cell *choose(struct place *p, struct rich *nb, enum mark mark)
{
	*nb = p->there.nb;
	if (p->there.kind != SIGHT_NOTEBOOK || !nb->count || !rich_tells(nb, mark))
		return NULL;
	return &nb->cells[p->step->cell % nb->count];
}

static void put(struct place *p, const struct rich *nb)
{
	people_put(p->m, p->step, p->stem, nb, &p->there);
}

void people_run(struct place *p)
{
	struct rich nb;
	struct rich_cell *cell = choose(p, &nb, MARK_OUTPUT);

	if (!cell)
		return;
	cell->marks[MARK_OUTPUT] = p->step->token;
	put(p, &nb);
}

void people_tag(struct place *p)
{
	struct rich nb;
	struct rich_cell *cell = choose(p, &nb, MARK_TAG);

	if (!cell)
		return;
	if (p->step->token % 4 == 0)
		cell->marks[MARK_INPUT] = p->step->token;
	else if (p->step->token % 4 == 1 && cell->marks[MARK_TAG])
		cell->marks[MARK_TAG] = 0;
	else if (p->step->token % 4 == 2)
		cell->keeps = !cell->keeps;
	else
		cell->marks[MARK_TAG] = p->step->token;
	put(p, &nb);
}

void people_widget(struct place *p)
{
	static const enum mark marks[] = { MARK_WIDGET, MARK_WIDGET_TOO, MARK_DASHBOARD };
	enum mark mark = marks[p->step->cell % ARRAY_SIZE(marks)];
	struct rich nb;

	if (!choose(p, &nb, mark))
		return;
	/* Now and then it is taken away. */
	nb.marks[mark] = p->step->token % 5 == 0 && nb.marks[mark] ? 0 : p->step->token;
	put(p, &nb);
}

void people_environment(struct place *p)
{
	struct rich nb;

	if (!choose(p, &nb, MARK_ENVIRONMENT))
		return;
	nb.marks[MARK_ENVIRONMENT] = p->step->token % 5 == 0 && nb.marks[MARK_ENVIRONMENT]
					     ? 0
					     : p->step->token;
	put(p, &nb);
}

void people_enrich(const struct model *m, struct rich *nb, uint16_t number)
{
	if (!m->program->rich)
		return;
	rich_fill(nb, number);
	for (size_t i = 0; i < nb->count; i++)
		rich_fill_cell(nb, i, (uint16_t)(number + i));
	if (nb->format == NOTEBOOK_IPYNB && nb->count > 1)
		nb->cells[1].keeps = true;
}

static void forget(struct model *m, const struct rich *nb)
{
	for (enum mark k = 0; k < MARKS_OF_CELLS; k++)
		for (size_t i = 0; i < nb->count; i++)
			m->marked[k][nb->cells[i].marks[k]].taken = true;
	for (enum mark k = MARKS_OF_CELLS; k < MARKS; k++)
		m->marked[k][nb->marks[k]].taken = true;
}

void people_take(struct model *m, const struct rich *nb)
{
	for (size_t i = 0; i < nb->count; i++)
		m->taken[nb->cells[i].token] = true;
	forget(m, nb);
}

void people_forget_marks(struct model *m, const char *stem)
{
	for (enum side_id side = 0; m->program->rich && side < SIDE_COUNT; side++) {
		struct sight s = { 0 };

		if (!m->setup->options.without[side] && model_find(m, side, stem, &s))
			forget(m, &s.nb);
		sight_release(&s);
	}
}

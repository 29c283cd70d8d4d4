/* SPDX-License-Identifier: Apache-2.0 */
/* What stands before anybody does anything: three notebooks in each lane, and what nobody touches. */

#include "tests/model/people.h"
#include "tests/source_text.h"

#define MARKS_FROM 256 /* above all tokens of the beginning, below those of steps */

static enum side_id first_side(const struct model *m)
{
	if (m->setup->source >= 0)
		return (enum side_id)m->setup->source;
	return m->setup->options.without[SIDE_LOCAL] ? SIDE_WORKSPACE : SIDE_LOCAL;
}

/* In a rich program the first one is Jupyter of the workspace, as new ones are there, and the last one
 * Jupyter of another side. */
static void put_first(struct model *m, unsigned lane, unsigned index, uint8_t stem)
{
	cleanup_free char *path = model_stem(lane, stem);
	struct step s = { .side = (uint8_t)first_side(m), .lane = (uint8_t)lane };
	bool jupyter = m->program->rich && index != 1;
	uint16_t at = (uint16_t)(lane * 16 + index * 4), tokens[4];
	struct rich nb;

	if (jupyter && index == 0 && !m->setup->options.without[SIDE_WORKSPACE])
		s.side = SIDE_WORKSPACE;
	for (size_t i = 0; i < ARRAY_SIZE(tokens); i++)
		tokens[i] = (uint16_t)(at + i);
	nb = rich_plain(jupyter ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE,
			index == 1 ? NOTEBOOK_SQL : NOTEBOOK_PYTHON, tokens, ARRAY_SIZE(tokens));
	people_enrich(m, &nb, (uint16_t)(MARKS_FROM + at));
	m->touched[lane][stem] = (uint8_t)(1u << s.side);
	people_put(m, &s, path, &nb, NULL);
}

static void put_still(struct model *m)
{
	enum side_id first = first_side(m);

	people_put_text(m, first, "still/x.py", PY "still\n");
	people_put_text(m, first, "still/y.ipynb",
			"{\"cells\":[{\"cell_type\":\"code\",\"execution_count\":1,\"metadata\":{},"
			"\"outputs\":[],\"source\":[\"still\\n\",\"standing\"]}],\"metadata\":{},"
			"\"nbformat\":4,\"nbformat_minor\":2}");
	people_put_text(m, first, "still/z.r", PY "still\n");
	if (!m->setup->options.without[SIDE_LOCAL]) {
		people_put_text(m, SIDE_LOCAL, "still/script.py", "print(1)\n");
		people_put_text(m, SIDE_LOCAL, "still/notes.txt", "no notebook\n");
	}
	if (!m->setup->options.without[SIDE_GIT]) {
		world_write(m->w, SIDE_GIT, "pipeline/load.json", "{}\n");
		world_write(m->w, SIDE_GIT, "pipeline/x.py", PY "no\n");
	}
}

void model_begin(struct model *m)
{
	static const uint8_t stems[] = { 0, 1, 3 };
	bool used[STEPS_LANES] = { false };

	for (size_t i = 0; i < m->program->count; i++)
		used[m->program->steps[i].lane] |= step_has_lane(&m->program->steps[i]);
	for (unsigned lane = 0; lane < STEPS_LANES; lane++)
		for (unsigned i = 0; used[lane] && i < ARRAY_SIZE(stems); i++)
			put_first(m, lane, i, stems[i]);
	put_still(m);
}

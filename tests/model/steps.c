/* SPDX-License-Identifier: Apache-2.0 */
/* Programs as text: one line a step, "edit lane=3 side=local path=a cell=2 token=57 during=act". */

#include "tests/model/steps.h"

#include <stdlib.h>
#include <string.h>

#include "sync/cycle.h"

const char *const phase_names[PHASE_COUNT] = { "",     "record",  "think", "act",
					       "push", "request", "fetch" };
const char *const stem_names[STEMS] = {
	"a", "b", "c", "sub/a", "sub/d", "two/a", "two/d", "sub", "B",
};
const char *const extension_names[EXTENSIONS] = { ".py", ".sql", ".scala", ".r", ".ipynb" };

const char *const rich_keys[RICH_KEYS] = { "local_format", "git_format", "workspace_format",
					   "outputs", "server" };
const char *const rich_words[RICH_KEYS][RICH_WORDS] = {
	{ "source", "ipynb", "keep" },
	{ "source", "ipynb", "keep" },
	{ "keep", "source", "ipynb" },
	{ "strip", "keep", "keep-tagged" },
	{ "plain", "sends-outputs", "lists-less" },
};

#define GIT_PATH "notebooks/"

/* clang-format off */
#define WITH(text) { .config = text }
#define WITHOUT(side) { .without = { [side] = true } }
/* clang-format on */
#define ANY (-1)

const struct setup setups[] = {
	{ "plain", WITH(NULL), "", true, false, ANY },
	{ "ipynb-local", WITH("local_format = ipynb\ngit_path = notebooks\n"), GIT_PATH, true,
	  false, ANY },
	{ "keep", WITH("local_format = keep\ngit_format = keep\n"), "", true, false, ANY },
	{ "ipynb-git", WITH("git_format = ipynb\ngit_path = notebooks\n"), GIT_PATH, true, false,
	  ANY },
	{ "manual", WITH("commit = manual\n"), "", true, true, ANY },
	{ "no-workspace", WITHOUT(SIDE_WORKSPACE), "", true, false, ANY },
	{ "no-local", WITHOUT(SIDE_LOCAL), "", true, false, ANY },
	{ "no-git", WITHOUT(SIDE_GIT), "", true, false, ANY },
	{ "prefer-local", WITH("conflict = prefer-local\n"), "", false, false, ANY },
	{ "prefer-git", WITH("conflict = prefer-git\n"), "", false, false, ANY },
	{ "from-git", WITH("direction = git->workspace,local\n"), "", false, false, SIDE_GIT },
	{ "from-local", WITH("direction = local->workspace,git\n"), "", false, false, SIDE_LOCAL },
};

size_t setup_count(void)
{
	return ARRAY_SIZE(setups);
}

void program_release(struct program *p)
{
	free(p->steps);
	*p = (struct program){ 0 };
}

void program_add(struct program *p, const struct step *s)
{
	p->steps = array_grow(p->steps, p->count, &p->cap, sizeof(*p->steps));
	p->steps[p->count++] = *s;
}

/* ---- what a step says ---- */

enum operand { LANE = 1, SIDE = 2, PATH = 4, TO = 8, AS = 16, CELL = 32, TOKEN = 64, DURING = 128 };
#define FILE_ (LANE | SIDE | PATH | DURING)

static const struct {
	const char *name;
	unsigned operands;
} verbs[VERB_COUNT] = {
	[VERB_WRITE] = { "write", FILE_ | AS | TOKEN },
	[VERB_EDIT] = { "edit", FILE_ | CELL | TOKEN },
	[VERB_INSERT] = { "insert", FILE_ | CELL | TOKEN },
	[VERB_CUT] = { "cut", FILE_ | CELL },
	[VERB_DELETE] = { "delete", FILE_ },
	[VERB_RENAME] = { "rename", FILE_ | TO },
	[VERB_COPY] = { "copy", FILE_ | TO },
	[VERB_MOVE] = { "move", LANE | SIDE | DURING },
	[VERB_WIPE] = { "wipe", LANE | SIDE | DURING },
	[VERB_REWIND] = { "rewind", DURING },
	[VERB_TOUCH] = { "touch", FILE_ },
	[VERB_FORMAT] = { "format", FILE_ },
	[VERB_LANGUAGE] = { "language", FILE_ },
	[VERB_BREAK] = { "break", FILE_ | CELL },
	[VERB_REPAIR] = { "repair", FILE_ | CELL | TOKEN },
	[VERB_DROP] = { "drop", LANE | CELL | DURING },
	[VERB_TAKE] = { "take", LANE | CELL | TO | DURING },
	[VERB_SCRIBBLE] = { "scribble", LANE | CELL | TOKEN | DURING },
	[VERB_RUN] = { "run", FILE_ | CELL | TOKEN },
	[VERB_TAG] = { "tag", FILE_ | CELL | TOKEN },
	[VERB_WIDGET] = { "widget", FILE_ | CELL | TOKEN },
	[VERB_ENVIRONMENT] = { "environment", FILE_ | CELL | TOKEN },
	[VERB_ADOPT] = { "adopt", LANE | SIDE | PATH },
	[VERB_LIST_FAILS] = { "list-fails", 0 },
	[VERB_EXPORT_FAILS] = { "export-fails", LANE | PATH },
	[VERB_CLOSED] = { "closed", LANE | CELL },
	[VERB_REFUSED] = { "refused", LANE | PATH },
	[VERB_REPLY_LOST] = { "reply-lost", LANE | PATH },
	[VERB_OMITTED] = { "omitted", LANE | PATH | CELL },
	[VERB_ODD] = { "odd", LANE | PATH | CELL },
	[VERB_GONE] = { "gone", LANE | PATH },
	[VERB_UNDONE] = { "undone", LANE | PATH | CELL },
	[VERB_UNTOLD] = { "untold", LANE | CELL },
	[VERB_UNKNOWN] = { "unknown", LANE | CELL },
	[VERB_MEND] = { "mend", 0 },
	[VERB_FULL] = { "full", CELL },
	[VERB_HINTED] = { "hinted", CELL },
	[VERB_KILL] = { "kill", DURING },
	[VERB_STOP] = { "stop", DURING },
	[VERB_REOPEN] = { "reopen", 0 },
	[VERB_CACHE] = { "cache", CELL },
	[VERB_CONFIRM] = { "confirm", 0 },
	[VERB_SETTLE] = { "settle", 0 },
};

bool step_has_lane(const struct step *s)
{
	return verbs[s->verb].operands & LANE;
}

/* ---- printing ---- */

void step_print(struct buf *out, const struct step *s)
{
	unsigned operands = verbs[s->verb].operands;

	buf_add_str(out, verbs[s->verb].name);
	if (operands & LANE)
		buf_addf(out, " lane=%u", s->lane);
	if (operands & SIDE)
		buf_addf(out, " side=%s", side_names[s->side]);
	if (operands & PATH)
		buf_addf(out, " path=%s", stem_names[s->from]);
	if (operands & TO)
		buf_addf(out, " to=%s", stem_names[s->to]);
	if (operands & AS)
		buf_addf(out, " as=%s", extension_names[s->to]);
	if (operands & CELL)
		buf_addf(out, " cell=%u", s->cell);
	if (operands & TOKEN)
		buf_addf(out, " token=%u", s->token);
	if (operands & DURING && s->during)
		buf_addf(out, " during=%s", phase_names[s->during]);
	buf_add_char(out, '\n');
}

void program_print(struct buf *out, const struct program *p)
{
	buf_addf(out, "setup %s\n", p->setup->name);
	for (size_t k = 0; p->rich && k < RICH_KEYS; k++)
		buf_addf(out, "%s%s=%s%s", k ? " " : "rich ", rich_keys[k],
			 rich_words[k][p->words[k]], k + 1 < RICH_KEYS ? "" : "\n");
	for (size_t i = 0; i < p->count; i++)
		step_print(out, &p->steps[i]);
}

/* ---- parsing ---- */

/* The place of a word in a list; count when it is none of them. */
static uint8_t index_of(const char *word, const char *const *list, size_t count)
{
	uint8_t i = 0;

	while (i < count && !str_eq(list[i], word))
		i++;
	return i;
}

static bool take_number(const char *value, unsigned below, unsigned *out)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	*out = (unsigned)n;
	return *value && !*end && n < below;
}

static bool take_operand(struct step *s, const char *key, const char *value)
{
	unsigned n = 0;
	bool good;

	if (str_eq(key, "side"))
		return (s->side = index_of(value, side_names, SIDE_COUNT)) < SIDE_COUNT;
	if (str_eq(key, "path"))
		return (s->from = index_of(value, stem_names, STEMS)) < STEMS;
	if (str_eq(key, "to"))
		return (s->to = index_of(value, stem_names, STEMS)) < STEMS;
	if (str_eq(key, "as"))
		return (s->to = index_of(value, extension_names, EXTENSIONS)) < EXTENSIONS;
	if (str_eq(key, "during"))
		return (s->during = index_of(value, phase_names, PHASE_COUNT)) < PHASE_COUNT;
	if (str_eq(key, "lane")) {
		good = take_number(value, STEPS_LANES, &n);
		s->lane = (uint8_t)n;
		return good;
	}
	if (str_eq(key, "cell")) {
		good = take_number(value, 256, &n);
		s->cell = (uint8_t)n;
		return good;
	}
	good = str_eq(key, "token") && take_number(value, STEPS_TOKENS - 3, &n);
	s->token = (uint16_t)n;
	return good;
}

/* One line, which is taken apart. */
static bool parse_step(struct step *s, char *line)
{
	char *rest = NULL, *word = strtok_r(line, " ", &rest);

	*s = (struct step){ .verb = VERB_COUNT };
	for (uint8_t v = 0; word && v < VERB_COUNT; v++)
		if (str_eq(verbs[v].name, word))
			s->verb = v;
	if (s->verb == VERB_COUNT)
		return false;
	while ((word = strtok_r(NULL, " ", &rest))) {
		char *value = strchr(word, '=');

		if (!value)
			return false;
		*value = '\0';
		if (!take_operand(s, word, value + 1))
			return false;
	}
	return true;
}

static bool parse_setup(struct program *p, const char *name)
{
	for (size_t i = 0; i < setup_count(); i++)
		if (str_eq(setups[i].name, name))
			p->setup = &setups[i];
	return p->setup != NULL;
}

/* "local_format=keep …"; a key that is not there has its first word. */
static bool parse_rich(struct program *p, char *text)
{
	char *rest = NULL;

	p->rich = true;
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *value = strchr(word, '=');
		uint8_t key, at;

		if (!value)
			return false;
		*value++ = '\0';
		key = index_of(word, rich_keys, RICH_KEYS);
		at = key < RICH_KEYS ? index_of(value, rich_words[key], RICH_WORDS) : RICH_WORDS;
		if (at == RICH_WORDS)
			return false;
		p->words[key] = at;
	}
	return true;
}

bool program_parse(struct program *out, const char *text, unsigned *line)
{
	cleanup_free char *copy = xstrdup(text);
	char *rest = copy, *at;

	*out = (struct program){ 0 };
	*line = 0;
	while ((at = strsep(&rest, "\n"))) {
		struct step s;
		bool good;

		++*line;
		if (!*at || *at == '#')
			continue;
		if (str_starts(at, "setup ")) {
			good = parse_setup(out, at + 6);
		} else if (str_starts(at, "rich ")) {
			good = parse_rich(out, at + 5);
		} else {
			good = out->setup && parse_step(&s, at);
			if (good)
				program_add(out, &s);
		}
		if (!good)
			return false;
	}
	return out->setup != NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Playing a program: people and faults as they come, cycles, a judgement at each "settle" and at the
 * end, where a restart must find nothing to do. */

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/keys.h"
#include "path/path.h"
#include "tests/model/model.h"
#include "tests/model/people.h"
#include "tests/world/files.h"

/* ---- cycles ---- */

/* "push" is what a cycle reports whenever it talks to the remote. */
static enum phase phase_of(struct model *m, const char *name)
{
	enum phase phase = PHASE_RECORD;

	while (phase < PHASE_REQUEST && !str_eq(phase_names[phase], name))
		phase++;
	m->has_thought |= phase == PHASE_THINK;
	if (phase == PHASE_PUSH && !m->has_thought)
		return PHASE_FETCH;
	return phase < PHASE_REQUEST ? phase : PHASE_NONE;
}

/* While a cycle runs. */
static void do_meanwhile(struct model *m, const struct step *s)
{
	law_end(m);
	model_do(m, s);
	law_begin(m);
}

/*
 * One of the steps that wait for a request is done between two of them. Not what somebody does in the
 * workspace between a last look and its own request: that one round trip is nobody's.
 */
static void on_request(void *payload, const char *verb, const char *path)
{
	struct model *m = payload;
	bool last_look_is_over = str_eq(verb, "import") || str_eq(verb, "delete");

	(void)path;
	if (m->dies == PHASE_REQUEST)
		_exit(0);
	if (m->stops == PHASE_REQUEST)
		m->w->cancel = 1;
	for (size_t i = 0; i < m->waiting_count && !m->dies; i++) {
		const struct step *s = m->waiting[i];

		if (!s || s->during != PHASE_REQUEST ||
		    (last_look_is_over && s->side == SIDE_WORKSPACE))
			continue;
		m->waiting[i] = NULL;
		do_meanwhile(m, s);
		return;
	}
}

/* Steps that wait for this phase are done now. */
static void on_phase(struct world *w, const char *name)
{
	struct model *m = w->payload;
	enum phase phase = phase_of(m, name);

	if (!phase)
		return;
	if (m->dies == phase)
		_exit(0);
	if (m->stops == phase)
		w->cancel = 1;
	for (size_t i = 0; i < m->waiting_count && !m->dies; i++) {
		const struct step *s = m->waiting[i];

		if (!s || s->during != phase)
			continue;
		m->waiting[i] = NULL;
		do_meanwhile(m, s);
	}
}

static void do_waiting(struct model *m)
{
	for (size_t i = 0; i < m->waiting_count; i++)
		if (m->waiting[i])
			model_do(m, m->waiting[i]);
	m->waiting_count = 0;
}

static void forget_hints(struct model *m)
{
	for (size_t i = 0; i < m->hint_count; i++)
		free(m->hints[i]);
	m->hint_count = 0;
}

const struct report *model_cycle(struct model *m, const struct cycle_request *request)
{
	const struct report *r;

	if (request->full && !m->faulty && !m->stops)
		model_note_news(m);
	m->has_thought = false;
	law_begin(m);
	r = world_request(m->w, request);
	law_end(m);
	do_waiting(m);
	return r;
}

/* New hints may come while it runs. */
static void run_hinted(struct model *m, bool hurry)
{
	char **hints = m->hints;
	size_t count = m->hint_count;
	struct cycle_request request = { .hurry = hurry,
					 .hints = (const char *const *)hints,
					 .hint_count = count };

	m->hints = NULL;
	m->hint_count = m->hint_cap = 0;
	model_cycle(m, &request);
	for (size_t i = 0; i < count; i++)
		free(hints[i]);
	free(hints);
}

/* In a process that shares nothing with this one but the files. */
static void run_and_die(struct model *m, enum phase at)
{
	int status;
	pid_t pid;

	/* By then it has recorded what it saw. */
	if (!m->faulty && (at == PHASE_THINK || at == PHASE_ACT || at == PHASE_PUSH))
		model_note_news(m);
	law_begin(m);
	world_close(m->w);
	world_remote_close(m->w);
	pid = fork();
	if (pid < 0)
		files_die("cannot fork");
	if (pid == 0) {
		m->dies = at;
		m->has_thought = false;
		world_cycle(m->w, true, true);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		model_wrong(m, "a cycle that was to be killed ended with status %d", status);
	law_end(m);
}

/* What waits at this moment is confirmed: on any other plan the answer must be no. Nobody says yes to
 * deletions of what they know is only hidden. */
static void confirm(struct model *m)
{
	cleanup_free char *token = xstrdup(m->w->report.confirm);
	struct cycle_request request = { .full = true, .hurry = true, .confirm = token };

	if (token && !m->hidden)
		model_cycle(m, &request);
}

/* Everything that the decision is about may go: the versions of all sides, and the copies. */
static void adopt(struct model *m, const struct step *s)
{
	cleanup_free char *stem = model_stem(s->lane, s->from);
	struct cycle_adopt adopt = { .path = stem,
				     .from = CYCLE_FROM_SIDE,
				     .what = side_names[s->side] };
	struct cycle_request request = { .full = true, .hurry = true, .adopt = &adopt };
	struct sights all;

	/* What only gives keeps another version than the one that was chosen. */
	if (m->setup->source >= 0)
		return;
	model_look(m, &all);
	for (size_t i = 0; i < all.count; i++)
		if (str_starts(all.items[i].stem, stem))
			people_take(m, &all.items[i].nb);
	sights_release(&all);
	/* What comes while the decision is carried out may be part of what it is about. */
	for (size_t i = 0; i < m->waiting_count; i++)
		if (m->waiting[i] && m->waiting[i]->lane == s->lane)
			for (size_t j = 0; j < 3; j++)
				m->taken[m->waiting[i]->token + j] = true;
	/* A folder stands for all that is below it. */
	for (size_t i = 0; i < STEMS; i++)
		if (i == s->from || path_is_below(stem_names[i], stem_names[s->from]))
			m->touched[s->lane][i] = (1u << SIDE_COUNT) - 1;
	model_cycle(m, &request);
}

/* ---- faults ---- */

/* A folder of the lane, or a notebook. */
static char *fault_path(const struct step *s)
{
	cleanup_free char *stem = model_stem(s->lane, s->from);

	switch (s->verb) {
	case VERB_LIST_FAILS:
		return NULL;
	case VERB_CLOSED:
	case VERB_UNTOLD:
	case VERB_UNKNOWN:
		return s->cell % 2 ? xasprintf("l%02u", s->lane) : xasprintf("l%02u/sub", s->lane);
	case VERB_REFUSED:
	case VERB_REPLY_LOST:
	case VERB_UNDONE:
		return xasprintf("%s.py", stem);
	case VERB_OMITTED:
		return s->cell == 0 ? xasprintf("l%02u", s->lane) : steal(&stem);
	default:
		return steal(&stem);
	}
}

static void fault(struct model *m, const struct step *s)
{
	static const enum world_fault faults[] = {
		[VERB_LIST_FAILS] = WORLD_LIST_FAILS,    [VERB_EXPORT_FAILS] = WORLD_EXPORT_FAILS,
		[VERB_CLOSED] = WORLD_FOLDER_UNREADABLE, [VERB_REFUSED] = WORLD_IMPORT_REFUSED,
		[VERB_REPLY_LOST] = WORLD_REPLY_LOST,    [VERB_OMITTED] = WORLD_LISTING_OMITS,
		[VERB_ODD] = WORLD_LISTING_OMITS,        [VERB_GONE] = WORLD_EXPORT_ABSENT,
		[VERB_UNDONE] = WORLD_IMPORT_UNDONE,     [VERB_UNTOLD] = WORLD_HIDDEN,
		[VERB_UNKNOWN] = WORLD_KIND_UNKNOWN,
	};
	cleanup_free char *stem = model_stem(s->lane, s->from);
	cleanup_free char *path = fault_path(s);

	world_fault(m->w, faults[s->verb], path);
	if (s->verb == VERB_ODD)
		world_fault(m->w, WORLD_STAT_ODD, path);
	if (s->verb == VERB_UNDONE)
		world_fault(m->w, WORLD_DELETE_UNDONE, stem);
	/* … and cannot be looked at either. */
	if (s->verb == VERB_UNDONE && s->cell % 2) {
		world_fault(m->w, WORLD_EXPORT_FAILS, stem);
		world_fault(m->w, WORLD_STAT_ODD, stem);
	}
	m->hidden |= s->verb == VERB_UNTOLD;
	if (s->verb == VERB_UNTOLD)
		world_fault(m->w, s->cell / 2 % 2 ? WORLD_USER_UNTOLD : WORLD_STAT_ODD,
			    s->cell / 2 % 2 ? NULL : "");
	m->faulty = true;
	if (s->verb == VERB_REPLY_LOST) {
		m->disturbed[s->lane] = true;
		m->contested[s->lane][s->from] = true;
	}
}

/* ---- the cache ---- */

/* Of one program for the next, which is another world. */
static struct buf foreign_cache = BUF_UNBOUNDED;

/* What whoever copies, restores or damages a state directory leaves. */
static void disturb_cache(struct model *m, const struct step *s)
{
	cleanup_free char *path = xasprintf("%s/look.cache", m->w->state);
	cleanup_buf struct buf now = BUF_UNBOUNDED;
	const struct buf *other = s->cell % 4 == 1 ? &m->old_cache : &foreign_cache;

	world_close(m->w);
	if (!files_read(path, &now))
		return;
	switch (s->cell % 4) {
	case 0:
		files_remove(path);
		break;
	case 2:
		now.data[now.len / 2] ^= 1;
		files_write(path, buf_str(&now), now.len);
		now.data[now.len / 2] ^= 1;
		break;
	default:
		if (other->len)
			files_write(path, buf_str(other), other->len);
	}
	buf_clear(&m->old_cache);
	buf_add(&m->old_cache, buf_str(&now), now.len);
	buf_clear(&foreign_cache);
	buf_add(&foreign_cache, buf_str(&now), now.len);
}

/* ---- steps ---- */

static void run_cycle(struct model *m, const struct step *s)
{
	struct cycle_request request = { .full = true, .hurry = s->cell % 2 };

	if (s->verb == VERB_FULL) {
		forget_hints(m);
		model_cycle(m, &request);
	} else if (s->verb == VERB_HINTED) {
		run_hinted(m, s->cell % 2);
	} else if (s->verb == VERB_KILL) {
		run_and_die(m, (enum phase)s->during);
	} else if (s->verb == VERB_STOP) {
		m->stops = (enum phase)s->during;
		request.hurry = true;
		model_cycle(m, &request);
		m->stops = PHASE_NONE;
		m->w->cancel = 0;
	} else if (s->verb == VERB_REOPEN) {
		world_reopen(m->w);
	} else if (s->verb == VERB_CACHE) {
		disturb_cache(m, s);
	} else if (s->verb == VERB_CONFIRM) {
		confirm(m);
	} else {
		do_waiting(m);
		model_settle(m);
	}
}

static void play_step(struct model *m, const struct step *s)
{
	if (s->verb < VERB_ADOPT && s->during)
		m->waiting[m->waiting_count++] = s;
	else if (s->verb < VERB_ADOPT)
		model_do(m, s);
	else if (s->verb == VERB_ADOPT)
		adopt(m, s);
	else if (s->verb < VERB_MEND)
		fault(m, s);
	else if (s->verb > VERB_MEND)
		run_cycle(m, s);
	else {
		world_mend(m->w);
		m->faulty = m->hidden = false;
	}
}

static void restart(struct model *m, bool again)
{
	cleanup_free char *marks = world_marks(m->w, again), *moved = NULL;

	world_reopen(m->w);
	if (!world_report_idle(world_cycle(m->w, true, true)))
		model_wrong(m, "after a restart there is something to do");
	moved = world_moved(m->w, marks, again);
	if (moved)
		model_wrong(m, "%s", moved);
}

/* A restart finds everything as it was left, and every version is still there. */
static void check_end(struct model *m)
{
	cleanup_free char *lost = NULL;

	for (int again = 0; again < 2 && !m->wrong; again++)
		restart(m, again);
	lost = m->wrong ? NULL : world_check(m->w);
	if (lost)
		model_wrong(m, "%s", lost);
}

/* The configuration of a rich program: its formats, where its setup has none of its own. */
static void configure_rich(const struct program *p, struct buf *out)
{
	const char *own = p->setup->options.config;

	for (size_t k = 0; k < RICH_KEYS; k++)
		if (config_key_find(CONFIG_MAPPING, rich_keys[k]) &&
		    !(own && strstr(own, rich_keys[k])))
			buf_addf(out, "%s = %s\n", rich_keys[k], rich_words[k][p->words[k]]);
	buf_add_str(out, own ? own : "");
}

static void open_model(struct model *m, const struct program *p)
{
	cleanup_buf struct buf config = BUF_INIT(4096);
	struct world_options options = p->setup->options;

	*m = (struct model){ .program = p, .setup = p->setup };
	if (p->rich) {
		configure_rich(p, &config);
		options.config = buf_str(&config);
		options.server = (enum world_server)p->words[RICH_SERVER];
	}
	m->w = world_new(&options);
	m->w->payload = m;
	m->w->on_phase = on_phase;
	m->waiting = xcalloc(p->count, sizeof(*m->waiting));
	m->old_cache = BUF_UNBOUNDED;
	world_on_request(on_request, m);
}

static void close_model(struct model *m)
{
	world_on_request(NULL, NULL);
	world_free(m->w);
	buf_release(&m->old_cache);
	forget_hints(m);
	free(m->hints);
	free(m->waiting);
	sights_release(&m->still);
	sights_release(&m->stood);
	sights_release(&m->memory);
}

/* What is wrong, and what stands where. */
static char *with_sights(struct model *m)
{
	struct buf out = BUF_UNBOUNDED;
	struct sights all;

	buf_addf(&out, "%s\n\n", m->wrong);
	model_look(m, &all);
	for (size_t i = 0; i < all.count; i++) {
		cleanup_free char *told = sight_told(&all.items[i]);

		if (all.items[i].file[0] == 'l')
			buf_addf(&out, "%s %s %s\n", side_names[all.items[i].side],
				 all.items[i].file, told);
	}
	sights_release(&all);
	return buf_steal(&out, NULL);
}

char *model_play(const struct program *p)
{
	struct model *m = xcalloc(1, sizeof(*m));
	char *wrong;

	open_model(m, p);
	model_begin(m);
	model_settle(m);
	for (size_t i = 0; i < p->count && !m->wrong; i++)
		play_step(m, &p->steps[i]);
	if (!m->wrong)
		play_step(m, &(struct step){ .verb = VERB_SETTLE });
	check_end(m);
	wrong = m->wrong ? with_sights(m) : NULL;
	free(m->wrong);
	close_model(m);
	free(m);
	return wrong;
}

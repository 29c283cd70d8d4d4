/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the status from what the supervisor knows and what the workers said last. A worker's
 * result is kept as the text it came in and parsed here, when somebody asks, because a parsed one
 * would need thirty times its memory.
 */

#include "daemon/status.h"

#include <string.h>
#include <unistd.h>

#include "version.h"

/* The members of a result that status passes on as they are. */
static const char *const passed_on[] = {
	"sides",           "counts",  "held",  "held_total", "conflicts",
	"conflicts_total", "waiting", "notes", "confirm",
};

static void add_result(struct json *out, const struct json *result)
{
	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++) {
		const struct json *member = json_get(result, passed_on[i]);

		if (member)
			json_add_copy(out, passed_on[i], member);
	}
	json_add_int(out, "duration_ms", json_int(result, "duration_ms", -1));
}

/* Before the first result: the same members, saying that nothing is known. */
static void add_no_result(struct json *out, const struct mapping *m)
{
	struct json *sides = json_add_object(out, "sides"), *waiting;

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct json *side;

		if (!m->has_side[s])
			continue;
		side = json_add_object(sides, side_names[s]);
		json_add_str(side, "state", "unknown");
		json_add_str(side, "sentence", "");
		json_add_int(side, "notebooks", -1);
	}
	totals_json(&(struct totals){ 0 }, m->has_side, out, "counts");
	json_add_array(out, "held");
	json_add_int(out, "held_total", 0);
	json_add_array(out, "conflicts");
	json_add_int(out, "conflicts_total", 0);
	waiting = json_add_object(out, "waiting");
	json_add_int(waiting, "paths", 0);
	json_add_str(waiting, "sentence", "");
	json_add_array(out, "notes");
	json_add_int(out, "duration_ms", -1);
}

static void add_progress(struct json *out, const struct mapping *m)
{
	struct json *progress;

	if (m->state != MAPPING_RUNNING || !*m->report.phase)
		return;
	progress = json_add_object(out, "progress");
	json_add_str(progress, "phase", m->report.phase);
	json_add_int(progress, "done", m->report.done);
	json_add_int(progress, "total", m->report.total);
}

static void add_watching(struct json *out, const struct mapping *m)
{
	struct json *watching = json_add_object(out, "watching");

	if (!m->watch) {
		json_add_str(watching, "mode", "none");
		return;
	}
	json_add_str(watching, "mode", watch_mode_name(watch_mode(m->watch)));
	json_add_str(watching, "sentence", watch_sentence(m->watch));
	json_add_int(watching, "directories", (int64_t)watch_directories(m->watch));
}

static void add_mapping(struct json *mappings, const struct mapping *m)
{
	cleanup_json struct json *result = NULL;
	const struct mapping_report *r = &m->report;
	struct json *out = json_add_object(mappings, NULL);

	json_add_str(out, "name", m->name);
	json_add_str(out, "state", mapping_state_name(m->state));
	json_add_str(out, "code", err_name(r->code));
	json_add_str(out, "sentence", r->sentence ? r->sentence : "");
	json_add_int(out, "cycles", r->cycles);
	json_add_int(out, "crashes", r->crashes);
	json_add_int(out, "failures", r->failures);
	json_add_int(out, "last_cycle_ms", r->last_cycle_ms);
	json_add_int(out, "last_success_ms", r->last_success_ms);
	json_add_int(out, "next_ms", mapping_next_ms(m));
	json_add_int(out, "worker_pid", m->worker ? worker_pid(m->worker) : 0);
	add_watching(out, m);
	add_progress(out, m);
	if (r->result && !json_parse(&result, r->result, strlen(r->result), WORKER_LINE_MAX, NULL))
		add_result(out, result);
	else
		add_no_result(out, m);
	totals_json(&r->totals, m->has_side, out, "totals");
	ends_json(&r->ends, out, "answers");
}

/* The workers read the policy; the first note that speaks of it stands for all of them. */
static const char *policy_sentence(const struct json *mappings)
{
	for (const struct json *m = json_first(mappings); m; m = json_next(m)) {
		const struct json *notes = json_get(m, "notes");

		for (const struct json *n = notes ? json_first(notes) : NULL; n; n = json_next(n))
			if (json_text(n) && strstr(json_text(n), "policy"))
				return json_text(n);
	}
	return "";
}

void status_fill(const struct supervisor *s, struct json *out)
{
	struct json *daemon = json_add_object(out, "daemon");
	struct json *mappings = json_add_array(out, "mappings");

	for (size_t i = 0; i < s->mapping_count; i++)
		if (s->stopping || s->mappings[i]->state != MAPPING_STOPPING)
			add_mapping(mappings, s->mappings[i]);
	json_add_str(daemon, "version", NBSYNC_VERSION);
	json_add_int(daemon, "pid", getpid());
	json_add_str(daemon, "config_file", s->config->file);
	json_add_int(daemon, "started_ms", s->started_ms);
	json_add_int(daemon, "reloaded_ms", s->reloaded_ms);
	json_add_str(daemon, "reload_error", s->reload_error ? s->reload_error : "");
	json_add_str(daemon, "policy", policy_sentence(mappings));
}

char *status_line(const struct supervisor *s)
{
	const struct mapping *first = NULL;
	size_t troubled = 0, all = 0;

	for (size_t i = 0; i < s->mapping_count; i++) {
		const struct mapping *m = s->mappings[i];

		if (m->state == MAPPING_STOPPING)
			continue;
		all++;
		if (!m->report.sentence)
			continue;
		troubled++;
		if (!first)
			first = m;
	}
	if (first)
		return xasprintf("%zu of %zu mappings in trouble: '%s': %s", troubled, all,
				 first->name, first->report.sentence);
	return all == 1 ? xstrdup("1 mapping") : xasprintf("%zu mappings", all);
}

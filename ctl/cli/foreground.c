/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the worker does for the supervisor, for somebody who waits: the same cycle, repeated while
 * something moved meanwhile, but not for ever. What was asked for is asked once.
 */

#include "ctl/cli/foreground.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl/cli/progress.h"
#include "git/libgit2/start.h"

#define SETTLE_CYCLES \
	4 /* a side may change between look and act: then another cycle, at most so many */

static volatile int stop_requested;

static void on_signal(int signo)
{
	(void)signo;
	stop_requested = 1;
}

int foreground_start(struct err *e)
{
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGPIPE, SIG_IGN);
	return git_start(e);
}

void foreground_stop(void)
{
	git_stop();
}

static void on_progress(void *payload, const char *phase, size_t done, size_t total)
{
	(void)payload;
	progress_show(phase, (int64_t)done, (int64_t)total);
}

/* What earlier cycles did counts as done by this one. */
static void add_counts(struct report *r, const struct report *earlier)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		r->side[s].written += earlier->side[s].written;
		r->side[s].deleted += earlier->side[s].deleted;
	}
	r->commits += earlier->commits;
	r->pushes += earlier->pushes;
	if (!r->answer.sentence) {
		r->answer.code = earlier->answer.code;
		r->answer.sentence = xstrdup(earlier->answer.sentence);
	}
}

static void run_cycles(struct report *out, struct cycle *cycle, const struct cycle_request *wanted)
{
	struct cycle_request request = *wanted;
	struct report before;

	request.full = true;
	request.hurry = true;
	cycle_run(cycle, &request, out);
	request.adopt = NULL;
	request.confirm = NULL;
	request.create_from = NULL;
	for (int i = 1; i < SETTLE_CYCLES && !out->code && cycle_unsettled(cycle); i++) {
		before = *out;
		cycle_run(cycle, &request, out);
		add_counts(out, &before);
		report_release(&before);
	}
}

int foreground_run(struct json **result, const struct config *config, const char *mapping,
		   const struct cycle_request *request, struct err *e)
{
	struct cycle_options options = { .config = config,
					 .mapping = mapping,
					 .cancel = &stop_requested,
					 .progress = on_progress };
	struct report report;
	struct cycle *cycle;
	int r;

	*result = NULL;
	r = cycle_open(&cycle, &options, e);
	if (r == ERR_RETRY)
		return err_wrap(e, "mapping '%s' is in use; leave out --once to ask the daemon",
				mapping);
	if (r)
		return err_wrap(e, "mapping '%s'", mapping);
	run_cycles(&report, cycle, request);
	progress_end();
	*result = report_json(&report);
	json_redact(*result); /* while the cycle, and thus its tokens, are there */
	report_release(&report);
	cycle_close(cycle);
	return ERR_OK;
}

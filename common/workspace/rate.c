/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rate limits and back-off. Waits are drawn evenly from zero up to a bound that doubles ("full
 * jitter"), so that clients that failed together do not come back together.
 *
 * A failing connection gets a far smaller budget than a busy server: the other sides of a mapping
 * wait for this answer, and the next cycle tries again anyway.
 */

#include "workspace/rate.h"

void rate_window_init(struct rate_window *w, unsigned limit)
{
	*w = (struct rate_window){ .limit = limit <= RATE_WINDOW_MAX ? limit : 0 };
	for (unsigned i = 0; i < RATE_WINDOW_MAX; i++)
		w->sent_ms[i] = -RATE_WINDOW_MS;
}

int64_t rate_window_take(struct rate_window *w, int64_t now_ms)
{
	int64_t free_ms = w->sent_ms[w->next] + RATE_WINDOW_MS;

	if (!w->limit)
		return 0;
	if (free_ms > now_ms)
		return free_ms - now_ms;
	w->sent_ms[w->next] = now_ms;
	w->next = (w->next + 1) % w->limit;
	return 0;
}

int64_t retry_quiet_ms(int64_t retry_after_s)
{
	if (retry_after_s <= 0)
		return 0;
	if (retry_after_s > RETRY_AFTER_MAX_S)
		retry_after_s = RETRY_AFTER_MAX_S;
	return retry_after_s * 1000;
}

static bool is_busy(const struct retry_input *in)
{
	return in->answered && (in->status == 429 || in->status == 503 || in->transient);
}

static bool is_lost(const struct retry_input *in)
{
	return !in->answered && !in->hopeless && (in->idempotent || in->unsent);
}

/* A wait between 0 and the bound of this attempt. */
static int64_t jitter_ms(const struct retry_input *in)
{
	int64_t bound = RETRY_BASE_MS;

	for (unsigned i = 1; i < in->attempts && bound < RETRY_CAP_MS; i++)
		bound *= 2;
	if (bound > RETRY_CAP_MS)
		bound = RETRY_CAP_MS;
	return (int64_t)in->random % (bound + 1);
}

int64_t retry_wait_ms(const struct retry_input *in)
{
	int64_t wait = jitter_ms(in), budget = RETRY_BUDGET_MS;

	if (is_busy(in)) {
		wait += retry_quiet_ms(in->retry_after_s);
	} else if (is_lost(in) && in->attempts < RETRY_LOST_ATTEMPTS) {
		budget = RETRY_LOST_BUDGET_MS;
	} else {
		return -1;
	}
	return in->elapsed_ms + wait <= budget ? wait : -1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at all mappings anew each time instead of keeping lists that could disagree with their
 * states. Whoever was queued first is served first, also before a mapping whose own worker stands
 * ready: otherwise one that is edited all the time would keep its worker for ever. A mapping whose
 * configuration changed exists twice for a moment; the new one waits until the worker of the old
 * one is gone, because both would want the lock of the same hub.
 */

#include "daemon/queue.h"

#include <stdlib.h>

static int by_time_queued(const void *a, const void *b)
{
	const struct mapping *const *x = a, *const *y = b;

	return ((*x)->queued > (*y)->queued) - ((*x)->queued < (*y)->queued);
}

/* The caller frees the result. */
static struct mapping **queued_in_order(struct mapping *const *mappings, size_t count, size_t *n)
{
	struct mapping **queue = xcalloc(count, sizeof(*queue));

	*n = 0;
	for (size_t i = 0; i < count; i++)
		if (mappings[i]->state == MAPPING_QUEUED)
			queue[(*n)++] = mappings[i];
	qsort(queue, *n, sizeof(*queue), by_time_queued);
	return queue;
}

static bool twin_lives(struct mapping *const *mappings, size_t count, const struct mapping *m)
{
	for (size_t i = 0; i < count; i++)
		if (mappings[i] != m && mappings[i]->worker && str_eq(mappings[i]->name, m->name))
			return true;
	return false;
}

/* How many workers live, and how many of them are ending. */
static size_t count_workers(struct mapping *const *mappings, size_t count, size_t *ending)
{
	size_t alive = 0;

	*ending = 0;
	for (size_t i = 0; i < count; i++) {
		alive += mappings[i]->worker != NULL;
		*ending += mappings[i]->worker && worker_stopping(mappings[i]->worker);
	}
	return alive;
}

/* Whether m's worker does nothing that somebody who was queued at that time would have to wait for. */
static bool may_be_stopped(const struct mapping *m, uint64_t queued)
{
	if (!m->worker || worker_stopping(m->worker) || m->state == MAPPING_RUNNING)
		return false;
	return m->state != MAPPING_QUEUED || m->queued > queued;
}

/* The worker that has been idle for longest, one that is wanted again only if there is no other. */
static struct worker *worker_to_stop(struct mapping *const *mappings, size_t count, uint64_t queued)
{
	const struct mapping *best = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct mapping *m = mappings[i];
		bool wanted = m->state == MAPPING_QUEUED;

		if (!may_be_stopped(m, queued))
			continue;
		if (!best || (best->state == MAPPING_QUEUED && !wanted) ||
		    ((best->state == MAPPING_QUEUED) == wanted && m->idle_since < best->idle_since))
			best = m;
	}
	return best ? best->worker : NULL;
}

void queue_run(struct mapping *const *mappings, size_t count, int64_t workers)
{
	size_t limit = workers > 0 ? (size_t)workers : 1;
	size_t waiting, ending, alive = count_workers(mappings, count, &ending);
	cleanup_free struct mapping **queue = queued_in_order(mappings, count, &waiting);

	for (size_t i = 0; i < waiting; i++) {
		struct mapping *m = queue[i];
		struct worker *w;

		if (twin_lives(mappings, count, m) || (m->worker && worker_stopping(m->worker)))
			continue;
		if (m->worker || alive < limit) {
			alive += m->worker == NULL;
			mapping_start(m);
		} else if (ending > 0) {
			ending--; /* a place that will be free is meant for this one */
		} else if ((w = worker_to_stop(mappings, count, m->queued))) {
			worker_stop(w);
		}
	}
}
